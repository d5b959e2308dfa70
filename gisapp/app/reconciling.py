"""Two ledgers side by side: which rows are the same outfall, with visible scores, and what differs.

A ledger is a project or any file the import understands. The first is the one that is corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.analysis.survey_ground import metres_between, on_the_globe
from gisapp.app.import_doctor import read_file, understand
from gisapp.app.import_doctor_checks import Surroundings
from gisapp.app.ledger import outfall_table
from gisapp.app.rules import fix_edit
from gisapp.io.recipe import Recipe
from gisapp.io.workbook import Column, Sheet, write_workbook
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.edit import Edit, add_features
from gisapp.model.features import FeatureId, plain
from gisapp.model.field import Field
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.outfall_codes import plain_code
from gisapp.model.outfall_record import full_row
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.rules import Finding, Proposal, Severity
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_TABLE, new_feature_id
from gisapp.model.table import GEOMETRY
from gisapp.model.text import tr

WEIGHTS: Mapping[str, float] = {"code": 0.5, "name": 0.25, "place": 0.25}
ENOUGH = 0.5  # a pair below this score is none
NEAR_M = 300.0  # farther apart a place says nothing for a pair
MOVED_M = 1.0  # nearer places are the same
CODES = ("code_national", "code_local")
_MOST_OF_A_NAME = 400  # pairs that are tried of rows with one name


@dataclass(frozen=True, eq=False)
class LedgerSide:
    """`labels`: the outfall's id, or the row of the file. `degrees`: NaN without a place."""

    name: str
    labels: tuple[str, ...]
    values: Mapping[str, npt.NDArray[Any]]
    degrees: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)

    def value(self, name: str, row: int) -> Any:
        column = self.values.get(name)
        found = plain(column[row]) if column is not None else None
        return None if found == "" else found

    def title(self, row: int) -> str:
        """What people call the row."""
        names = ("code_local", "code_national", "name")
        found = next((self.value(n, row) for n in names if self.value(n, row)), None)
        return str(found or self.labels[row])


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a pair; `geometry` is the place, its values words."""

    field: str
    one: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Rows of the two sides that are one outfall. `parts`: how well code, name and place agree,
    0 to 1; what one of them lacks is not there. `metres`: None without places."""

    one: int
    other: int
    score: float
    parts: Mapping[str, float]
    metres: float | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, eq=False)
class Reconciled:
    one: LedgerSide
    other: LedgerSide
    pairs: tuple[Pair, ...]  # best first
    only_one: tuple[int, ...]
    only_other: tuple[int, ...]

    @property
    def different(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.differences)


def side_of_project(project: Project) -> LedgerSide:
    """The outfalls of a project. Raises ProjectError."""
    table = outfall_table(project)
    values = {f.name: table.column(f.name) for f in table.fields if f.kind != "list"}
    degrees = table.shapes_in(CGCS2000).coords
    return LedgerSide(project.title or tr("Project"), tuple(table.ids.tolist()), values, degrees)


def side_of_file(path: Path, progress: Progress) -> LedgerSide:
    """A workbook, CSV, Shapefile, ... as the import understands it. Raises ReadError."""
    recipe = Recipe(_own_headings())
    read = read_file(path, recipe, Part(progress, 0.0, 0.5))
    found = understand(read, recipe, None, Surroundings(), Part(progress, 0.5, 1.0))
    kept = np.flatnonzero(~found.skip)
    known = {field.name for field in OUTFALL_FIELDS if field.kind != "list"}
    values = {name: column[kept] for name, column in found.values.items() if name in known}
    labels = tuple(str(number) for number in found.row_numbers[kept].tolist())
    return LedgerSide(path.name, labels, values, found.xy[kept])


def _own_headings() -> Mapping[str, str]:
    """Headings of the program's own ledgers are known; they need not be guessed."""
    known = {field.name for field in OUTFALL_FIELDS}
    return {
        f"column.{heading}": column.source
        for template in ledger_templates().values()
        for column in template.columns
        if column.source in known
        for heading in (column.title, column.title_zh_CN)
        if heading
    }


def reconcile(one: LedgerSide, other: LedgerSide, progress: Progress) -> Reconciled:
    """Pairs one to one, the best first taken; the same sides give the same answer."""
    candidates = sorted(_candidates(one, other, Part(progress, 0.0, 0.4)))
    scored = []
    for done, (a, b) in enumerate(candidates):
        if done % 1024 == 0:
            progress.report(0.4 + 0.5 * done / len(candidates))
        pair = _scored(one, other, a, b)
        if pair.score >= ENOUGH:
            scored.append(pair)
    scored.sort(key=lambda pair: (-pair.score, pair.one, pair.other))
    used_one: set[int] = set()
    used_other: set[int] = set()
    pairs = []
    for pair in scored:
        if pair.one not in used_one and pair.other not in used_other:
            used_one.add(pair.one)
            used_other.add(pair.other)
            pairs.append(replace(pair, differences=_differences(one, other, pair)))
    progress.report(1.0)
    return Reconciled(
        one,
        other,
        tuple(pairs),
        tuple(n for n in range(len(one)) if n not in used_one),
        tuple(n for n in range(len(other)) if n not in used_other),
    )


def _candidates(one: LedgerSide, other: LedgerSide, progress: Progress) -> set[tuple[int, int]]:
    """Rows with a code or name in common, and rows near each other."""
    found: set[tuple[int, int]] = set()
    for name in (*CODES, "name"):
        known: dict[str, list[int]] = {}
        for row in range(len(other)):
            value = other.value(name, row)
            if value:
                known.setdefault(plain_code(str(value)), []).append(row)
        for row in range(len(one)):
            value = one.value(name, row)
            same = known.get(plain_code(str(value)), []) if value else []
            if len(same) <= _MOST_OF_A_NAME:
                found |= {(row, b) for b in same}
    progress.report(0.5)
    here = np.flatnonzero(np.isfinite(one.degrees).all(axis=1))
    there = np.flatnonzero(np.isfinite(other.degrees).all(axis=1))
    if len(here) and len(there):
        from scipy.spatial import cKDTree

        tree = cKDTree(on_the_globe(other.degrees[there]))
        most = min(4, len(there))
        distance, number = tree.query(
            on_the_globe(one.degrees[here]), k=most, distance_upper_bound=NEAR_M
        )
        distance, number = distance.reshape(len(here), -1), number.reshape(len(here), -1)
        rows, places = np.nonzero(np.isfinite(distance))
        found |= set(zip(here[rows].tolist(), there[number[rows, places]].tolist(), strict=True))
    progress.report(1.0)
    return found


def _scored(one: LedgerSide, other: LedgerSide, a: int, b: int) -> Pair:
    parts: dict[str, float] = {}
    for name in CODES:
        first, second = one.value(name, a), other.value(name, b)
        if first and second:
            same = plain_code(str(first)) == plain_code(str(second))
            parts["code"] = max(parts.get("code", 0.0), float(same))
    first, second = one.value("name", a), other.value("name", b)
    if first and second:
        parts["name"] = alike(str(first), str(second))
    spots = (one.degrees[a], other.degrees[b])
    metres = None
    if np.isfinite(spots).all():
        metres = float(metres_between(spots[0][None], spots[1][None])[0])
        parts["place"] = max(0.0, 1.0 - metres / NEAR_M)
    weight = sum(WEIGHTS[name] for name in parts)
    score = sum(WEIGHTS[name] * part for name, part in parts.items()) / weight if weight else 0.0
    if parts.keys() == {"place"}:  # near alone is no proof
        score = min(score, 0.9) if score > 0.9 else 0.0
    return Pair(a, b, round(score, 4), parts, metres)


def alike(one: str, other: str) -> float:
    """How alike two names are, 0 to 1; the same both ways."""
    one, other = plain_code(one), plain_code(other)
    if one == other:
        return 1.0
    first, second = sorted((one, other))
    return float(SequenceMatcher(None, first, second, autojunk=False).ratio())


def _differences(one: LedgerSide, other: LedgerSide, pair: Pair) -> tuple[Difference, ...]:
    """Fields that both ledgers have. What the other leaves empty is no difference."""
    found = []
    for name in one.values:
        if name not in other.values or name == "uuid":
            continue
        first, second = one.value(name, pair.one), other.value(name, pair.other)
        if second is not None and not _same(first, second):
            found.append(Difference(name, first, second))
    placed = np.isfinite(other.degrees[pair.other]).all()
    if placed and (pair.metres is None or pair.metres > MOVED_M):
        spots = (one.degrees[pair.one], other.degrees[pair.other])
        found.append(Difference(GEOMETRY, *(_spot(spot) for spot in spots)))
    return tuple(found)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(float(one) - float(other)) <= 1e-9 * max(1.0, abs(float(one)))
    return one == other or (one is not None and str(one).strip() == str(other).strip())


def _spot(degrees: npt.NDArray[np.float64]) -> str | None:
    return f"{degrees[0]:.6f}, {degrees[1]:.6f}" if np.isfinite(degrees).all() else None


# ---- what is taken over


def accept_edit(
    project: Project,
    answer: Reconciled,
    chosen: Iterable[tuple[Pair, Iterable[str]]],
    progress: Progress | None = None,
) -> Edit | None:
    """Values of the other ledger for fields of pairs, as one step; None where nothing changes."""
    findings, count = [], 0
    table = project.tables[OUTFALL_TABLE]
    for pair, names in chosen:
        changes: dict[str, Any] = {}
        wanted = set(names)
        for difference in pair.differences:
            if difference.field not in wanted:
                continue
            if difference.field == GEOMETRY:
                spot = answer.other.degrees[pair.other][None]
                changes[GEOMETRY] = shapely.Point(*transform(spot, CGCS2000, table.crs)[0])
            else:
                changes[difference.field] = difference.other
        if changes:
            count += len(changes)
            outfall = FeatureId(answer.one.labels[pair.one])
            proposal = Proposal(tr("Take over"), row=outfall, changes=changes)
            findings.append(
                Finding("reconcile", outfall, "", Severity.WARNING, "", proposal=proposal)
            )
    edit: Any = fix_edit(project, findings, progress)
    if edit is None:
        return None
    words = tr("Take over {n} values from {ledger}")
    made: Edit = replace(edit, label=words.format(n=count, ledger=answer.other.name))
    return made


def add_edit(project: Project, answer: Reconciled, rows: Iterable[int]) -> Edit | None:
    """Rows that only the other ledger has, as new outfalls in one step."""
    table = project.tables[OUTFALL_TABLE]
    names = {field.name for field in table.fields}
    made = {}
    for row in rows:
        values = {n: answer.other.value(n, row) for n in answer.other.values if n in names}
        values = {"kind": "suspected", "state": "suspected", **{k: v for k, v in values.items()
                                                               if v is not None}}  # fmt: skip
        spot = answer.other.degrees[row][None]
        if np.isfinite(spot).all():
            values[GEOMETRY] = shapely.Point(*transform(spot, CGCS2000, table.crs)[0])
        made[new_feature_id()] = full_row(table, values)
    if not made:
        return None
    words = tr("Add {n} outfalls from {ledger}")
    return add_features(words.format(n=len(made), ledger=answer.other.name), table, made)


# ---- the sheet


def caption_of(name: str) -> str:
    """What people call a field of the outfalls."""
    known: dict[str, Field] = {field.name: field for field in OUTFALL_FIELDS}
    return tr("Place") if name == GEOMETRY else known[name].caption if name in known else name


def shown(name: str, value: Any) -> str:
    """A value in words; empty for nothing."""
    field = next((f for f in OUTFALL_FIELDS if f.name == name), None)
    return field.shown(value) if field is not None else "" if value is None else str(value)


def write_differences(path: Path, answer: Reconciled, progress: Progress) -> None:
    """What still differs, as a workbook. Raises WriteError."""
    one, other = answer.one, answer.other
    texts = (tr("Score"), tr("Code"), tr("Name"), tr("Apart (m)"))
    scores = tuple(Column(text, "real") for text in texts)
    sides = (Column(one.name), Column(other.name))
    rows = [
        [
            one.title(pair.one), other.title(pair.other), pair.score, pair.parts.get("code"),
            pair.parts.get("name"), None if pair.metres is None else round(pair.metres, 1),
            caption_of(d.field), shown(d.field, d.one) or None, shown(d.field, d.other) or None,
        ]
        for pair in answer.different
        for d in pair.differences
    ]  # fmt: skip
    heads = (*sides, *scores, Column(tr("Field")), *sides)
    sheets = [Sheet(tr("Differences"), heads, rows, frozen=2)]
    for side, left in ((one, answer.only_one), (other, answer.only_other)):
        names = [n for n in ("code_national", "code_local", "name", "county", "river", "state")
                 if n in side.values]  # fmt: skip
        columns = (
            Column(tr("Row")),
            *(Column(caption_of(n)) for n in names),
            Column(tr("Longitude (°)"), "degrees"),
            Column(tr("Latitude (°)"), "degrees"),
        )
        body = []
        for row in left:
            spot = side.degrees[row].tolist()
            told = [shown(n, side.value(n, row)) or None for n in names]
            body.append([side.labels[row], *told, *(v if v == v else None for v in spot)])
        which = tr("Only in 1") if side is one else tr("Only in 2")
        sheets.append(Sheet(f"{which} {side.name}", columns, body))
    write_workbook(path, sheets, progress, title=tr("Differences"))
