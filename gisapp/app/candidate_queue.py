"""The candidates of a run as somebody goes through them: which is shown, which comes next."""

from __future__ import annotations

from collections.abc import Iterator

from gisapp.app.candidate_order import gone_through
from gisapp.app.candidate_table import (
    OPEN,
    Candidate,
    Tally,
    candidate_of,
    candidates_of,
    candidates_table,
    runs_of,
    tally,
    tally_of,
)
from gisapp.app.store import Change
from gisapp.model.edit import Edit, FeatureEdit, Steps
from gisapp.model.features import FeatureId
from gisapp.model.project import Project

FEW = 50  # rows of a change that are looked up one by one


class CandidateQueue:
    """Of the newest run unless another is named. Call it on the main thread."""

    def __init__(self, project: Project, run: str = "") -> None:
        self.runs = runs_of(project)
        self.run = run or (self.runs[0].id if self.runs else "")
        self.status, self.kind, self.order = "candidates", "both", "sigma"
        self.all: dict[FeatureId, Candidate] = {}
        self.shown: list[Candidate] = []
        self.tally: Tally = tally(project, self.run)
        self._current: FeatureId | None = None
        self._at = 0
        self._load(project)
        self.go_to_open()

    @property
    def current(self) -> Candidate | None:
        return self.all.get(self._current) if self._current is not None else None

    @property
    def position(self) -> int:
        """Of the current one among those shown, from 0; -1 where it is not one of them."""
        return next((n for n, c in enumerate(self.shown) if c.fid == self._current), -1)

    def use(self, *, run: str = "", status: str = "", kind: str = "", order: str = "") -> bool:
        """Filter or sort in another way; whether another run has to be loaded (`reload`)."""
        other = bool(run) and run != self.run
        self.run = run or self.run
        self.status, self.kind = status or self.status, kind or self.kind
        self.order = order or self.order
        self._arrange()
        return other

    def reload(self, project: Project) -> None:
        self.runs = runs_of(project)
        self.tally = tally(project, self.run)
        self._load(project)

    def follow(self, change: Change) -> bool:
        """After a change of the project: whether candidates are others now. An undone or redone
        decision is gone back to."""
        table = candidates_table(change.after)
        if candidates_table(change.before) is table:
            return False
        touched = list(_touched(change.edit, table.name)) if table is not None else []
        if table is not None and len(touched) <= FEW and all(fid in self.all for fid in touched):
            for fid in touched:
                one = candidate_of(table, fid)
                if one is not None:
                    self.all[fid] = one
            self.runs = runs_of(change.after)
            rows = ({"decision": c.decision, "from_rule": c.from_rule} for c in self.all.values())
            self.tally = tally_of(rows)
            self._arrange()
        else:
            self.reload(change.after)
        if change.kind != "edit":
            next((fid for fid in touched if self.go_to(fid)), None)
        return True

    def step(self, by: int) -> bool:
        """To the next or previous one shown; whether there was one."""
        at = self.position
        target = at + by if at >= 0 else min(self._at, len(self.shown) - 1)
        if not 0 <= target < len(self.shown):
            return False
        self._choose(target)
        return True

    def go_to(self, fid: FeatureId) -> bool:
        """A candidate of the run; where a filter hides it, the filter is taken away."""
        if fid not in self.all:
            return False
        self._current = fid
        if self.position < 0:
            self.status, self.kind = "all", "both"
        self._arrange()
        return True

    def go_to_open(self) -> bool:
        """The first that is not decided, else the first."""
        for number, one in enumerate(self.shown):
            if one.decision == OPEN:
                self._choose(number)
                return True
        if self.shown:
            self._choose(0)
        return False

    def go_on(self) -> bool:
        """The next that is not decided, from the current one on and round the end; whether there
        is one besides the current."""
        at = max(self.position, 0)
        count = len(self.shown)
        for by in range(1, count):
            number = (at + by) % count
            if self.shown[number].decision == OPEN:
                self._choose(number)
                return True
        return self.step(1)

    @property
    def next(self) -> Candidate | None:
        """What J shows."""
        at = self.position
        return self.shown[at + 1] if 0 <= at < len(self.shown) - 1 else None

    def _choose(self, number: int) -> None:
        self._at = number
        self._current = self.shown[number].fid

    def _load(self, project: Project) -> None:
        self.all = {one.fid: one for one in candidates_of(project, self.run)}
        self._arrange()

    def _arrange(self) -> None:
        """The current one stays where it can be seen; else the one in its place is shown."""
        self.shown = gone_through(list(self.all.values()), self.status, self.kind, self.order)
        at = self.position
        if at >= 0:
            self._at = at
        elif self.shown:
            self._choose(min(self._at, len(self.shown) - 1))
        elif self._current not in self.all:
            self._current = None


def _touched(edit: Edit, table: str) -> Iterator[FeatureId]:
    """Features of a table that an edit changes."""
    if isinstance(edit, Steps):
        for part in edit.parts:
            yield from _touched(part, table)
    elif isinstance(edit, FeatureEdit) and edit.table == table:
        yield from (FeatureId(str(fid)) for fid in edit.after)
