"""Which rows of a table are seen and in what order: filters, sorting, counts and sums.

Columns are numbered once: each row has the number of its value among all values in their order
(`ColumnIndex`). Filtering and sorting then work on whole numbers with numpy, which lets the
window go on meanwhile. Call everything here in a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gisapp.model.features import Column, FeatureId, FeatureSet, plain
from gisapp.model.field import Field
from gisapp.model.geometry import Extent
from gisapp.model.progress import Progress, Silent
from gisapp.model.table_look import ColorRule, Sign
from gisapp.model.text import tr

Numbers = npt.NDArray[np.int64]
NUMERIC = ("integer", "real")
AT_ONCE = 8192  # values looked at in one go, so that other threads get their turn
PREFIX = 48  # bytes of a text compared at once; what is equal so far is compared in full
LISTED = 2000  # values a filter lists; a person searches among more


@dataclass(frozen=True, slots=True)
class ColumnFilter:
    """What a column must hold for a row to be seen; all that is given must be true.

    `values` are words as they are shown ("" for nothing), None: any. `low` and `high` are
    inclusive, numbers or ISO dates as text.
    """

    sign: Literal["contains", "begins", "is", "is not"] = "contains"
    text: str = ""
    values: frozenset[str] | None = None
    low: str = ""
    high: str = ""
    empty: bool | None = None  # True: only rows with nothing, False: only with something

    def __bool__(self) -> bool:
        return self != ColumnFilter()


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What is asked of a table. `sort`: fields and whether they fall, the first counts most."""

    filters: tuple[tuple[str, ColumnFilter], ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    only: frozenset[FeatureId] | None = None  # these features
    owners: tuple[str, frozenset[str]] | None = None  # rows whose field holds one of these
    extent: Extent | None = None  # in `crs`: what touches it
    crs: str = ""

    def filter_of(self, name: str) -> ColumnFilter:
        return dict(self.filters).get(name, ColumnFilter())

    def with_filter(self, name: str, wanted: ColumnFilter) -> tuple[tuple[str, ColumnFilter], ...]:
        others = tuple(entry for entry in self.filters if entry[0] != name)
        return (*others, (name, wanted)) if wanted else others


def shown(field: Field, value: Any) -> str:
    """The words of a cell; empty for nothing."""
    value = plain(value)
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    return field.shown(value)


@dataclass(frozen=True, eq=False)
class ColumnIndex:
    """codes: n, 0 for nothing, else one more than the place of the value in `values`, which are
    in their order: numbers by size, choices as listed, texts as in a Chinese dictionary."""

    codes: npt.NDArray[np.int32]
    values: Column
    words: tuple[str, ...]  # of the values, as they are shown

    def allowed(self, one: ColumnFilter, kind: str) -> npt.NDArray[np.bool_]:
        """For each code whether the filter lets it pass."""
        passed = np.ones(len(self.values) + 1, bool)
        if one.values is not None:
            passed[1:] &= self._tested(lambda word: word in one.values)  # type: ignore[operator]
            passed[0] &= "" in one.values
        if one.text:
            wanted = one.text.casefold()
            passed[1:] &= self._tested(_TESTS[one.sign](wanted))
            passed[0] &= one.sign == "is not"
        for bound, compare in ((one.low, np.greater_equal), (one.high, np.less_equal)):
            if bound:
                passed[0] = False
                passed[1:] &= self._compared(bound, compare, kind)
        if one.empty is not None:
            passed[0] &= one.empty
            passed[1:] &= not one.empty
        return passed

    def _tested(self, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        out = np.empty(len(self.words), bool)
        for at in range(0, len(self.words), AT_ONCE):
            some = self.words[at : at + AT_ONCE]
            out[at : at + len(some)] = [test(word) for word in some]
        return out

    def _compared(
        self, bound: str, compare: Callable[[Any, Any], npt.NDArray[np.bool_]], kind: str
    ) -> npt.NDArray[np.bool_]:
        if kind in NUMERIC:
            try:
                return compare(self.values.astype(np.float64), float(bound))
            except ValueError:
                return np.ones(len(self.values), bool)  # no number yet: somebody is typing
        # a day includes its hours: "2026-01-17T08:00" lies at most at 2026-01-17
        texts = np.array([str(value)[: len(bound)] for value in self.values], f"U{len(bound)}")
        return compare(texts, np.array(bound, texts.dtype))


_TESTS: Mapping[str, Callable[[str], Callable[[str], bool]]] = {
    "contains": lambda wanted: lambda word: wanted in word.casefold(),
    "begins": lambda wanted: lambda word: word.casefold().startswith(wanted),
    "is": lambda wanted: lambda word: word.casefold() == wanted,
    "is not": lambda wanted: lambda word: word.casefold() != wanted,
}


def index_of(kind: Field, column: Column, progress: Progress | None = None) -> ColumnIndex:
    """Number the values of a column."""
    progress = progress or Silent()
    if column.dtype != object:
        return _index_of_numbers(kind, column)
    seen: dict[Any, int] = {}
    codes = np.empty(len(column), np.int32)
    for at in range(0, len(column), AT_ONCE):
        progress.report(0.5 * at / len(column))
        some = column[at : at + AT_ONCE].tolist()
        codes[at : at + len(some)] = [seen.setdefault(value, len(seen)) for value in some]
    first_seen = [plain(value) for value in seen]
    there = [n for n, value in enumerate(first_seen) if value not in (None, "")]
    values = np.empty(len(there), object)
    values[:] = [first_seen[n] for n in there]
    order = _order(kind, values)
    values = values[order]
    renumbered = np.zeros(len(first_seen), np.int32)
    renumbered[np.array(there, np.int64)[order]] = np.arange(1, len(there) + 1)
    return ColumnIndex(renumbered[codes] if len(codes) else codes, values, _words(kind, values))


def _index_of_numbers(kind: Field, column: Column) -> ColumnIndex:
    values, codes = np.unique(column, return_inverse=True)
    numbers = codes.reshape(-1).astype(np.int32) + 1
    if values.dtype.kind in "fM" and len(values):
        nothing = np.isnan(values)  # sorted last
        numbers[nothing[numbers - 1]] = 0
        values = values[~nothing]
    return ColumnIndex(numbers, values, _words(kind, values))


def _words(kind: Field, values: Column) -> tuple[str, ...]:
    out: list[str] = []
    for at in range(0, len(values), AT_ONCE):
        out += [shown(kind, value) for value in values[at : at + AT_ONCE].tolist()]
    return tuple(out)


def _order(kind: Field, values: Column) -> Numbers:
    """Places of the values in their order."""
    if kind.kind == "choice" and kind.choices:
        place: dict[Any, int] = {value: n for n, value in enumerate(kind.choices)}
        ranked = sorted(
            range(len(values)), key=lambda n: (place.get(values[n], len(place)), str(values[n]))
        )
        return np.array(ranked, np.int64)
    numbers = all(isinstance(value, int | float) for value in values)
    if numbers:
        return np.argsort(values.astype(np.float64), kind="stable")
    keys: list[bytes] = []
    for at in range(0, len(values), AT_ONCE):
        keys += [text_key(value) for value in values[at : at + AT_ONCE]]
    order = np.argsort(np.array(keys, f"S{PREFIX}"), kind="stable").astype(np.int64)
    return _finished(order, keys)


def text_key(value: Any) -> bytes:
    """Sorts as people expect: without case, Chinese by sound (the order of GB 2312, level 1)."""
    return str(value).casefold().encode("gb18030", "replace")


def _finished(order: Numbers, keys: Sequence[bytes]) -> Numbers:
    """Texts equal in what was compared, in full order."""
    if not any(len(key) > PREFIX for key in keys):
        return order
    cut = np.array([keys[n][:PREFIX] for n in order.tolist()], f"S{PREFIX}")
    edges = np.flatnonzero(np.concatenate([[True], cut[1:] != cut[:-1], [True]]))
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if b - a > 1:
            order[a:b] = sorted(order[a:b].tolist(), key=lambda n: keys[n])
    return order


@dataclass(eq=False)
class ColumnIndexes:
    """Those that were made, until the column is another array. Any thread."""

    _made: dict[str, tuple[Column, ColumnIndex]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, data: FeatureSet, name: str, progress: Progress) -> ColumnIndex:
        column = data.column(name)
        with self._lock:
            known = self._made.get(name)
        if known is not None and known[0] is column:
            return known[1]
        kind = next(f for f in data.fields if f.name == name)
        made = index_of(kind, column, progress)
        with self._lock:
            self._made[name] = (column, made)
        return made


def rows_of(
    data: FeatureSet,
    query: TableQuery,
    indexes: ColumnIndexes,
    progress: Progress | None = None,
) -> Numbers:
    """Numbers of the rows that are seen, in the order they are seen."""
    progress = progress or Silent()
    mask = _mask(data, query, indexes, progress)
    numbers = np.flatnonzero(mask)
    kinds = {f.name for f in data.fields}
    keys = []
    for name, falling in query.sort:
        if name in kinds:
            index = indexes.get(data, name, progress)
            codes = index.codes[numbers]
            nothing = codes == 0
            codes = -codes if falling else codes
            codes[nothing] = len(index.values) + 1  # what is empty comes last either way
            keys.append(codes)
        progress.report(0.9)
    if keys:
        numbers = numbers[np.lexsort(keys[::-1])]
    return numbers


def _mask(
    data: FeatureSet, query: TableQuery, indexes: ColumnIndexes, progress: Progress
) -> npt.NDArray[np.bool_]:
    mask = np.ones(len(data), bool)
    if query.only is not None:
        mask[:] = False
        there = data.numbers_of(query.only)
        mask[there[there >= 0]] = True
    if query.owners is not None:
        name, wanted = query.owners
        index = indexes.get(data, name, progress)
        mask &= index.allowed(ColumnFilter(values=wanted), "text")[index.codes]
    if query.extent is not None:
        shapes = data.shapes_in(query.crs or data.crs)
        near = np.zeros(len(data), bool)
        near[shapes.owner[shapes.parts_in(query.extent)]] = True
        mask &= near
    kinds = {f.name: f.kind for f in data.fields}
    for name, one in query.filters:
        if name in kinds:
            progress.report(0.5)
            index = indexes.get(data, name, progress)
            mask &= index.allowed(one, kinds[name])[index.codes]
    return mask


def value_counts(
    data: FeatureSet,
    name: str,
    query: TableQuery,
    indexes: ColumnIndexes,
    search: str = "",
    progress: Progress | None = None,
) -> tuple[list[tuple[str, int]], int]:
    """Words of a column with how many rows have them, among the rows all other filters let pass;
    what is empty comes first as "". And how many different words there are; `LISTED` are given."""
    progress = progress or Silent()
    others = TableQuery(
        query.with_filter(name, ColumnFilter()),
        (),
        query.only,
        query.owners,
        query.extent,
        query.crs,
    )
    mask = _mask(data, others, indexes, progress)
    index = indexes.get(data, name, progress)
    counts = np.bincount(index.codes[mask], minlength=len(index.values) + 1)
    there = counts > 0
    if search:
        there &= index.allowed(ColumnFilter(text=search), "text")
    codes = np.flatnonzero(there)
    listed: dict[str, int] = {}
    for code in codes[:LISTED].tolist():
        word = index.words[code - 1] if code else ""
        listed[word] = listed.get(word, 0) + int(counts[code])
    return list(listed.items()), len(codes)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the cells that hold something; sums only of numbers."""

    rows: int
    filled: int
    total: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None


def totals_of(data: FeatureSet, name: str, numbers: Numbers) -> Totals:
    """Of some rows of a column."""
    kind = next(f for f in data.fields if f.name == name)
    values = data.values_at(name, numbers)
    if kind.kind not in NUMERIC:
        filled = sum(value not in (None, "") for value in values.tolist())
        return Totals(len(numbers), filled)
    if values.dtype == object:
        values = np.array([np.nan if v is None else v for v in values.tolist()], np.float64)
    there = values[~np.isnan(values.astype(np.float64))]
    if not len(there):
        return Totals(len(numbers), 0)
    return Totals(
        len(numbers),
        len(there),
        float(there.sum()),
        float(there.mean()),
        float(there.min()),
        float(there.max()),
    )


def matches(rule: ColorRule, kind: Field, value: Any) -> bool:
    """Whether a cell gets the rule's colour."""
    value = plain(value)
    if rule.sign in ("empty", "filled"):
        return (value in (None, "")) == (rule.sign == "empty")
    if value in (None, ""):
        return False
    if rule.sign in ("at least", "at most"):
        return _reaches(rule.sign, rule.value, kind, value)
    return _TESTS[rule.sign](rule.value.casefold())(shown(kind, value))


def _reaches(sign: Sign, bound: str, kind: Field, value: Any) -> bool:
    if kind.kind in NUMERIC:
        try:
            limit = float(bound)
        except ValueError:
            return False
        return bool(value >= limit if sign == "at least" else value <= limit)
    text = str(value)[: len(bound)]
    return text >= bound if sign == "at least" else text <= bound
