"""How far a survey is, by county, river or team: each figure with what is counted and of what.

Which figures there are and what they count is data: `gisapp/standards/outfall_coverage.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gisapp.model.errors import ParameterError
from gisapp.model.project import Project
from gisapp.model.survey import HISTORY, OUTFALL_ID, OUTFALL_TABLE, standard
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.table import FeatureTable
from gisapp.model.text import language, tr
from gisapp.model.workflow import scheme_of

By = Literal["county", "river", "team"]
Of = Literal["all", "outfalls", "wet", "to_rectify"]
BY: tuple[By, ...] = ("county", "river", "team")
DRY = "无水"
_Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name, what is counted, and the sentence that says so."""

    id: str
    title: str
    title_zh_CN: str  # noqa: N815  (named as in the manifests)
    done: str  # the task of the chain that is behind an outfall that counts
    of: Of
    definition: str
    definition_zh_CN: str  # noqa: N815

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" else self.title

    @property
    def explanation(self) -> str:
        return self.definition_zh_CN if language() == "zh_CN" else self.definition


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. `rate`: 0 to 1, None of nothing."""

    done: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.done / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The figures of one group; `name` is empty where the field is."""

    name: str
    points: int
    outfalls: int
    overdue: int  # past the deadline of the rectification, or of the state they are in
    shares: Mapping[str, Share]  # by the id of the figure
    states: Mapping[str, int]


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    return tuple(
        Figure(f["id"], f["en"], f["zh"], f["done"], f["of"], f["definition"],
               f["definition_zh_CN"])
        for f in standard("outfall_coverage")["figure"]
    )  # fmt: skip


def coverage(
    project: Project, by: By | None, today: str, table: str = OUTFALL_TABLE
) -> tuple[Coverage, list[Coverage]]:
    """The figures of everything, and of each group, the largest first.

    `today` (ISO 8601) decides what is overdue. Raises ParameterError without such a table or field.
    """
    own = project.tables.get(table)
    names = {field.name for field in own.fields} if own is not None else set()
    if own is None or "state" not in names:
        raise ParameterError(
            tr("The project has no survey of outfalls in {table}").format(table=table),
            hint=tr("Open a survey project, or name the table of the outfalls."),
        )
    if by is not None and by not in names:
        raise ParameterError(tr("The outfalls have no field {field}").format(field=by))
    scheme = scheme_of(project)
    states, state_codes = _codes(own.column("state").tolist())
    marks = _marks(own, scheme, states, state_codes)
    marks["overdue"] = _overdue(project, own, scheme, states, state_codes, today)
    whole = _grouped([""], np.zeros(len(state_codes), np.int64), marks, states, state_codes)[0]
    if by is None:
        return whole, []
    groups, numbers = _codes(own.column(by).tolist())
    found = _grouped(groups, numbers, marks, states, state_codes)
    return whole, sorted(found, key=lambda one: (-one.points, one.name))


def _codes(values: Sequence[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different values as text, and the number of each row's value among them."""
    known: dict[Any, int] = {}
    numbers = np.fromiter(
        (known.setdefault(value or "", len(known)) for value in values), np.int64, len(values)
    )
    return [str(value) for value in known], numbers


def _marks(
    own: FeatureTable,
    scheme: SurveyScheme,
    states: list[str],
    codes: npt.NDArray[np.int64],
) -> dict[str, _Marks]:
    """Which rows count: for each task that is done, and for what shares are of."""
    found = [scheme.state(state) for state in states]

    def of_state(holds: Iterable[bool]) -> _Marks:
        marks: _Marks = np.fromiter(holds, bool, len(states))[codes]
        return marks

    outfalls = of_state(s is not None and s.outfall in ("yes", "exempt") for s in found)
    marks = {
        task: of_state(s is not None and task in s.done for s in found)
        for task in ("check", "monitor", "trace", "plan", "rectify", "close")
    }
    names = {field.name for field in own.fields}
    if "monitored_at" in names:  # a date on record says more than the state
        dated = (bool(value) for value in own.column("monitored_at").tolist())
        marks["monitor"] = marks["monitor"] | np.fromiter(dated, bool, len(codes))
    wet = outfalls
    if "drainage" in names:
        dry = (value == DRY for value in own.column("drainage").tolist())
        wet = outfalls & ~np.fromiter(dry, bool, len(codes))
    return marks | {
        "all": np.ones(len(codes), bool),
        "outfalls": outfalls,
        "wet": wet,
        "to_rectify": of_state(s is not None and s.outfall == "yes" for s in found),
    }


def _overdue(
    project: Project,
    own: FeatureTable,
    scheme: SurveyScheme,
    states: list[str],
    codes: npt.NDArray[np.int64],
    today: str,
) -> _Marks:
    """Past the deadline of the rectification and not rectified, or too long in their state."""
    today = today[:10]
    late: _Marks = np.zeros(len(codes), bool)
    if any(field.name == "deadline" for field in own.fields):
        due = (bool(value) and str(value)[:10] < today for value in own.column("deadline").tolist())
        found = [scheme.state(state) for state in states]
        unfinished = np.fromiter(
            (s is not None and s.outfall == "yes" and "rectify" not in s.done for s in found),
            bool,
            len(states),
        )
        late = np.fromiter(due, bool, len(codes)) & unfinished[codes]
    history = project.tables.get(HISTORY)
    if history is not None and len(history):
        columns = (history.column(n).tolist() for n in (OUTFALL_ID, "at", "to_state", "deadline"))
        newest: dict[str, tuple[str, str, str]] = {}
        for outfall, at, state, deadline in zip(*columns, strict=True):
            if outfall not in newest or str(at) >= newest[outfall][0]:
                newest[outfall] = (str(at), str(state), str(deadline or ""))
        overstayed = {f: s for f, (_, s, due_at) in newest.items() if due_at and due_at < today}
        fids = [fid for fid in overstayed if fid in own]
        numbers = own.numbers_of(fids)  # type: ignore[arg-type]
        for fid, number in zip(fids, numbers.tolist(), strict=True):
            if number >= 0 and states[codes[number]] == overstayed[fid]:
                late[number] = True
    return late


def _grouped(
    groups: list[str],
    numbers: npt.NDArray[np.int64],
    marks: Mapping[str, _Marks],
    states: list[str],
    codes: npt.NDArray[np.int64],
) -> list[Coverage]:
    count = len(groups)

    def counted(which: _Marks) -> list[int]:
        found: list[int] = np.bincount(numbers[which], minlength=count).tolist()
        return found

    totals = {name: counted(which) for name, which in marks.items()}
    done = {f.id: counted(marks[f.done] & marks[f.of]) for f in figures()}
    width = max(len(states), 1)
    by_state = np.bincount(numbers * width + codes, minlength=count * width)
    by_state = by_state.reshape(count, width)
    return [
        Coverage(
            name,
            totals["all"][n],
            totals["outfalls"][n],
            totals["overdue"][n],
            {f.id: Share(done[f.id][n], totals[f.of][n]) for f in figures()},
            {state: int(by_state[n, k]) for k, state in enumerate(states) if by_state[n, k]},
        )
        for n, name in enumerate(groups)
    ]
