"""What rules look at, and how they say what they found: rows of many outfalls at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import CGCS2000, transform
from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.outfall_record import related
from gisapp.model.project import Project
from gisapp.model.rules import Finding, Proposal, RuleKind, rule_kinds
from gisapp.model.survey import OUTFALL_ID
from gisapp.model.survey_scheme import State
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.table_block import xy_of
from gisapp.model.workflow import scheme_of

Numbers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
TEXTS = {str, type(None)}


@dataclass(frozen=True, eq=False)
class SurveyToCheck:
    """A project and the layers around it. `only`: these outfalls, and nothing is made for all.

    Rows that are looked at are counted from 0 (`at` in what follows); `ids[at]` is the outfall.
    """

    project: Project
    table: FeatureTable
    layers: Mapping[str, FeatureSet]  # by role
    values: Mapping[str, float]
    today: str  # ISO 8601
    only: tuple[FeatureId, ...] | None = None
    _columns: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    _filled: dict[str, Marks] = field(default_factory=dict)
    _related: dict[str, RelatedRows] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(f.name for f in self.table.fields)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Whole rows, when only some outfalls are looked at."""
        return tuple(self.table.row(fid) or {} for fid in self.only or ())

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        if self.only is None:
            return self.table.ids
        return np.array(self.only, object)

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> npt.NDArray[Any]:
        """A field of the rows looked at; None everywhere when the table has no such field."""
        if name not in self._columns:
            if name not in self.names:
                found = np.full(len(self), None, object)
            elif self.only is None:
                found = self.table.column(name)
            else:
                found = np.empty(len(self.rows), object)
                found[:] = [row.get(name) for row in self.rows]
            self._columns[name] = found
        return self._columns[name]

    def numeric(self, name: str) -> npt.NDArray[np.float64]:
        return numeric(self.column(name))

    def filled(self, name: str) -> Marks:
        """Where a field says something."""
        if name not in self._filled:
            self._filled[name] = filled(self.column(name))
        return self._filled[name]

    @cached_property
    def degrees(self) -> npt.NDArray[np.float64]:
        """Longitude and latitude, CGCS2000; NaN where there is no place."""
        return self.placed(CGCS2000)

    def placed(self, crs: str) -> npt.NDArray[np.float64]:
        if self.only is None:
            return self.table.shapes_in(crs).coords
        xy = np.array([xy_of(row.get(GEOMETRY)) for row in self.rows], np.float64).reshape(-1, 2)
        return transform(xy, self.table.crs, crs)

    @cached_property
    def states(self) -> tuple[State | None, ...]:
        """The state of each row, None for one the survey does not know."""
        known: dict[Any, State | None] = {s.id: s for s in scheme_of(self.project).states}
        return tuple(known.get(value) for value in self.column("state").tolist())

    def in_states(self, accepts: Callable[[State], bool]) -> Marks:
        listed = scheme_of(self.project).states
        ids = {state.id for state in listed if accepts(state)}
        return each_value(self.column("state"), lambda value: value in ids, np.bool_)

    @cached_property
    def is_outfall(self) -> Marks:
        """Rows that are not known to be none."""
        return ~self.in_states(lambda state: state.outfall == "no")

    def related_rows(self, table: str) -> RelatedRows:
        """Rows of a related table that belong to the outfalls looked at; found once."""
        if table not in self._related:
            self._related[table] = self._rows_of(table)
        return self._related[table]

    def _rows_of(self, table: str) -> RelatedRows:
        kept = self.project.tables.get(table)
        if kept is None:
            return RelatedRows((), np.empty(0, np.int64), {}, None)
        if self.only is None:
            at = self.table.numbers_of(kept.column(OUTFALL_ID).tolist())
            there = np.flatnonzero(at >= 0)
            columns = ChosenRows(kept, there)
            places = kept.shapes_in(CGCS2000).coords[there] if kept.crs else None
            return RelatedRows(tuple(kept.ids[there].tolist()), at[there], columns, places)
        found = [
            (fid, at, row)
            for at, outfall in enumerate(self.only)
            for fid, row in related(self.project, table, outfall)
        ]
        own: dict[str, npt.NDArray[Any]] = {}
        for f in kept.fields:
            own[f.name] = np.empty(len(found), object)
            own[f.name][:] = [row.get(f.name) for _, _, row in found]
        places = None
        if kept.crs:
            xy = np.array([xy_of(row.get(GEOMETRY)) for _, _, row in found]).reshape(-1, 2)
            places = transform(np.asarray(xy, np.float64), kept.crs, CGCS2000)
        numbers = np.array([at for _, at, _ in found], np.int64)
        return RelatedRows(tuple(fid for fid, _, _ in found), numbers, own, places)


class ChosenRows(Mapping[str, npt.NDArray[Any]]):
    """Columns of some rows of a table; each is laid out when it is asked for."""

    def __init__(self, table: FeatureTable, numbers: Numbers) -> None:
        self._table, self._numbers = table, numbers
        self._names = {field.name: None for field in table.fields}
        self._made: dict[str, npt.NDArray[Any]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._table.column(name)[self._numbers]
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class RelatedRows:
    """`at`: which outfall of those looked at each row belongs to."""

    ids: tuple[FeatureId, ...]
    at: Numbers
    columns: Mapping[str, npt.NDArray[Any]]
    degrees: npt.NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.ids)

    def filled(self, name: str) -> Marks:
        if name not in self.columns:
            return np.zeros(len(self), bool)
        return filled(self.columns[name])


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one finding."""

    message: str
    field: str = ""
    proposal: Proposal | None = None
    others: tuple[FeatureId, ...] = ()


@dataclass(frozen=True, eq=False)
class Found(Sequence[Finding]):
    """All findings of one kind. They become words when somebody looks at them.

    `features`: the outfall of each, `word(n)` what is said of the n-th.
    """

    kind: RuleKind
    features: npt.NDArray[Any]
    word: Callable[[int], Words]

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        words = self.word(number)
        return Finding(
            self.kind.id,
            FeatureId(str(self.features[number])),
            words.field,
            self.kind.severity,
            words.message,
            proposal=words.proposal,
            others=words.others,
        )

    def __iter__(self) -> Iterator[Finding]:
        return (self[n] for n in range(len(self)))

    def where(self, marks: Marks) -> Found:
        """Some of them."""
        chosen = np.flatnonzero(marks)
        return Found(self.kind, self.features[chosen], lambda n: self.word(int(chosen[n])))


def found(survey: SurveyToCheck, kind: str, at: Numbers, word: Callable[[int], Words]) -> Found:
    """Findings of the outfalls `at`; `word` is asked with the number among these."""
    return Found(rule_kinds()[kind], survey.ids[at], word)


def filled(values: npt.NDArray[Any]) -> Marks:
    if values.dtype == np.float64:
        there: Marks = ~np.isnan(values)
        return there
    if set(map(type, values.tolist())) <= TEXTS:
        return values.astype(bool)
    return each_value(values, lambda v: v is not None and v != "" and v == v, np.bool_)


def each_value(values: npt.NDArray[Any], told: Callable[[Any], Any], kind: Any) -> npt.NDArray[Any]:
    """What is told of each value, asked once for those that come again."""
    listed = values.tolist()
    try:
        if listed.count(None) == len(listed):
            return np.full(len(listed), told(None), kind)
        known = {value: told(value) for value in set(listed)}
        return np.fromiter(map(known.__getitem__, listed), kind, len(listed))
    except TypeError:  # a value that cannot be looked up
        return np.fromiter(map(told, listed), kind, len(listed))


def numeric(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Numbers as numbers, anything else as NaN."""
    if values.dtype == np.float64:
        return values
    made = (
        float(v) if isinstance(v, int | float) and not isinstance(v, bool) else np.nan
        for v in values.tolist()
    )
    return np.fromiter(made, np.float64, len(values))
