"""What a file of survey points is understood to be, before anything of it is imported.

`read_file` reads a file once; `understand` says what it means under the answers of a recipe and
can be asked again with other answers. Neither writes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_checks import (
    Surroundings,
    choices,
    far_away,
    far_from_rivers,
    other_area,
    same_places,
    shifted,
)
from gisapp.app.import_doctor_columns import convert_columns, fields_of, find_targets
from gisapp.app.import_doctor_layout import Layout, find_layout
from gisapp.app.import_doctor_matching import Matches, match_rows
from gisapp.app.import_doctor_places import Numbers, PlaceColumns, numbers_of, place_columns
from gisapp.app.import_doctor_positions import Positions, understand_positions
from gisapp.app.import_doctor_problems import Fix, Problem, rows_of, whole_file
from gisapp.app.import_doctor_values import Values, is_nothing
from gisapp.io.import_cells import RawSheet
from gisapp.io.import_sheets import FileFacts, read_sheet
from gisapp.io.recipe import ROW, Recipe
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr

LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, eq=False)
class FileRead:
    """A file as it is, and under which answers about reading (sheet, encoding) it was read."""

    path: Path
    facts: FileFacts
    sheet: RawSheet
    how: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Understanding:
    """Everything is counted by record of the sheet, from 0.

    `texts`: columns as in the file; `values`: by target, None where there is nothing; `xy`: in the
    system of the outfalls; `skip`: records that are not imported; `recipe`: the answers it is
    understood with.
    """

    read: FileRead
    layout: Layout
    recipe: Recipe
    place: PlaceColumns
    positions: Positions
    texts: Mapping[str, Values]
    targets: Mapping[str, str]
    values: Mapping[str, Values]
    xy: npt.NDArray[np.float64]
    skip: npt.NDArray[np.bool_]
    matches: Matches
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.layout.rows)

    @property
    def row_numbers(self) -> npt.NDArray[np.int64]:
        """The row of the file of each record."""
        return self.read.sheet.numbers[self.layout.rows]

    @property
    def can_import(self) -> bool:
        return self.counts["added"] + self.counts["changed"] > 0

    @property
    def counts(self) -> dict[str, int]:
        """Records: added, changed, same as they are, left out; and those without a place."""
        used = ~self.skip
        known = used & (self.matches.fids != "")
        changed = sum(1 for row in self.matches.changes if used[row])
        return {
            "rows": len(self),
            "added": int((used & ~known).sum()),
            "changed": changed,
            "same": int(known.sum()) - changed,
            "left_out": int(self.skip.sum()),
            "without_place": int((used & np.isnan(self.xy).any(axis=1)).sum()),
        }


def read_file(path: Path, recipe: Recipe, progress: Progress) -> FileRead:
    """Raises ReadError."""
    how = (recipe.get("sheet"), recipe.get("encoding"))
    facts, sheet = read_sheet(path, progress, *how)
    return FileRead(path, facts, sheet, how)


def understand(
    read: FileRead,
    recipe: Recipe,
    project: Project | None,
    around: Surroundings,
    progress: Progress,
) -> Understanding:
    """What the file means under these answers. Reads it again only when they are about reading."""
    if (recipe.get("sheet"), recipe.get("encoding")) != read.how:
        read = read_file(read.path, recipe, progress)
    progress.report(0.5, tr("Understanding the columns"))
    sheet = read.sheet
    layout = find_layout(sheet, recipe.get("header"))
    texts = {n: c[layout.rows] for n, c in zip(layout.names, sheet.columns, strict=True)}
    flags = sheet.numeric or (None,) * len(sheet.columns)
    numeric = {
        n: f[layout.rows] if f is not None else None
        for n, f in zip(layout.names, flags, strict=True)
    }
    fields = fields_of(project)
    said = recipe.under("column.")
    free = tuple(name for name in layout.names if name not in said)
    place = place_columns(free, texts, recipe.get("place.columns"), sheet.places is not None)
    missing = [c for c in place.columns if c and c not in texts]
    if missing:
        place = place_columns(free, texts, "", sheet.places is not None)
    targets = find_targets(layout.names, texts, fields, place.columns, recipe)
    converted = convert_columns(layout.names, texts, numeric, targets, fields, recipe)
    progress.report(0.65, tr("Understanding the places"))
    problems = [*_about_reading(read, layout, recipe, missing), *converted.problems]
    values, skip = converted.values, converted.skip
    if place.way == "map":
        assert sheet.places is not None
        none = np.zeros(len(layout.rows), np.bool_)
        numbers = Numbers(sheet.places[layout.rows].copy(), none, none)
    elif place.way:
        numbers = numbers_of(place, texts, progress)
    else:
        none = np.zeros(len(layout.rows), np.bool_)
        numbers = Numbers(np.full((len(none), 2), np.nan), none, none)
        problems.append(Problem(
            "no_place_columns", "error", tr("No columns with coordinates were recognised."),
            whole_file(), hint=tr("Choose them in the list of columns.")))  # fmt: skip
    near = around.near
    positions = understand_positions(
        numbers, sheet.crs if place.way == "map" else "", recipe, near, values.get("province")
    )
    problems += positions.problems
    degrees = _usable(positions, numbers, place, texts, problems, skip, recipe)
    progress.report(0.75, tr("Comparing the places"))
    count = len(layout.rows)
    nothing = np.full(count, None, object)
    names = values.get("name", nothing)
    codes = values.get("code_local", values.get("code_national", nothing))
    areas = values.get("county", values.get("province"))
    later = [
        *far_away(degrees, recipe, values.get("province", nothing)),
        *other_area(degrees, around, areas, recipe),
        *far_from_rivers(degrees, around, recipe, progress),
        *shifted(degrees, around, recipe, progress),
        *same_places(degrees, codes, names, recipe, sheet.numbers[layout.rows]),
    ]
    for problem in later:
        _decide(problem, recipe, degrees, skip)
    problems += later
    problems += _names(names, recipe, skip)
    skip |= _said_rows(recipe, sheet.numbers[layout.rows])
    progress.report(0.9, tr("Comparing with the project"))
    table = project.tables.get(OUTFALL_TABLE) if project is not None else None
    crs = table.crs if table is not None else CGCS2000
    xy = degrees if crs == CGCS2000 else transform(degrees, CGCS2000, crs)
    matches = match_rows(project, values, xy, degrees, read.facts, recipe, skip)
    problems += matches.problems
    answered = recipe.under("if.")
    problems = [replace(p, level="note") if p.kind in answered else p for p in problems]
    problems.sort(key=lambda one: LEVELS.index(one.level))
    progress.report(1.0)
    return Understanding(
        read, layout, recipe, place, positions, texts, targets, values, xy, skip, matches,
        tuple(problems),
    )  # fmt: skip


def _about_reading(
    read: FileRead, layout: Layout, recipe: Recipe, missing: list[str]
) -> list[Problem]:
    found = [Problem("reading", "warning", note, whole_file()) for note in read.sheet.notes]
    if len(read.facts.sheets) > 1 and not recipe.get("sheet"):
        others = [name for name in read.facts.sheets if name != read.sheet.name]
        message = tr("The sheet {sheet} is read, the fullest of {n}.")
        fixes = tuple(Fix(name, (("sheet", name),)) for name in others[:6])
        found.append(Problem(
            "several_sheets", "note",
            message.format(sheet=read.sheet.name, n=len(read.facts.sheets)), whole_file(),
            fixes=fixes))  # fmt: skip
    if layout.repeated or layout.totals:
        message = tr("Left out: {headings} rows of headings, {totals} rows of sums.")
        found.append(
            Problem(
                "not_records",
                "note",
                message.format(headings=layout.repeated, totals=layout.totals),
                whole_file(),
            )
        )
    if recipe.columns and set(recipe.columns) != set(layout.names):
        gone = [n for n in recipe.columns if n not in layout.names]
        new = [n for n in layout.names if n not in recipe.columns]
        message = tr("The file differs from the recipe. New columns: {new}. Missing: {gone}.")
        found.append(Problem(
            "other_shape", "warning",
            message.format(new=", ".join(new) or "–", gone=", ".join(gone) or "–"), whole_file(),
            hint=tr("Look at the columns before you import.")))  # fmt: skip
    elif missing:
        message = tr("Columns of the place that the recipe names are not there: {names}")
        found.append(
            Problem(
                "other_shape", "warning", message.format(names=", ".join(missing)), whole_file()
            )
        )
    return found


def _usable(
    positions: Positions,
    numbers: Numbers,
    place: PlaceColumns,
    texts: Mapping[str, Values],
    problems: list[Problem],
    skip: npt.NDArray[np.bool_],
    recipe: Recipe,
) -> npt.NDArray[np.float64]:
    """Places that can be on the earth; the others as the recipe says."""
    degrees = positions.degrees
    if positions.at_zero.any():
        problem = Problem(
            "at_zero", "error", tr("Points are at 0, 0: their coordinates are missing."),
            rows_of(positions.at_zero), fixes=choices("at_zero", recipe),
            tell=lambda n: tr("at 0, 0"))  # fmt: skip
        problems.append(problem)
        if recipe.get("if.at_zero") == "keep":
            degrees[positions.at_zero] = 0.0
        _decide(problem, recipe, degrees, skip)
    if numbers.unread.any():
        rows = rows_of(numbers.unread)
        columns = [c for c in place.columns if c]
        shown = [" ".join(str(texts[c][row]) for c in columns) for row in rows.tolist()]
        tell = tr("{value} is no coordinate")
        problem = Problem(
            "place_unreadable", "error", tr("Coordinates that cannot be read."), rows,
            ", ".join(columns), fixes=choices("place_unreadable", recipe),
            tell=lambda n: tell.format(value=shown[n]))  # fmt: skip
        problems.append(problem)
        _decide(problem, recipe, degrees, skip)
    with np.errstate(invalid="ignore"):
        wrong = (np.abs(degrees[:, 0]) > 180) | (np.abs(degrees[:, 1]) > 90)
    read = np.isfinite(numbers.xy).all(axis=1) & ~positions.at_zero
    lost = (read & ~np.isfinite(degrees).all(axis=1)) | wrong
    if lost.any() and not any(p.kind == "crs_missing" for p in problems):
        rows = rows_of(lost)
        values = [f"{x:g}, {y:g}" for x, y in numbers.xy[rows].tolist()]
        tell_lost = tr("{value} is no place on the earth")
        problem = Problem(
            "impossible_place", "error", tr("Coordinates that are no place."), rows,
            fixes=choices("impossible_place", recipe),
            tell=lambda n: tell_lost.format(value=values[n]))  # fmt: skip
        problems.append(problem)
        _decide(problem, recipe, degrees, skip)
    none = ~np.isfinite(numbers.xy).all(axis=1) & ~numbers.unread
    if none.any() and place.way:
        problem = Problem(
            "no_place", "warning", tr("Rows without coordinates."), rows_of(none),
            fixes=choices("no_place", recipe), tell=lambda n: tr("no coordinates"))  # fmt: skip
        problems.append(problem)
        _decide(problem, recipe, degrees, skip)
    return degrees


def _decide(
    problem: Problem,
    recipe: Recipe,
    degrees: npt.NDArray[np.float64],
    skip: npt.NDArray[np.bool_],
) -> None:
    """What the recipe says of the rows of a problem (unsaid: the first of its choices)."""
    usual = (
        "no_place" if problem.kind in ("at_zero", "place_unreadable", "impossible_place") else ""
    )
    way = recipe.get(f"if.{problem.kind}", usual)
    if way == "skip":
        skip[problem.rows] = True
    elif way == "no_place":
        degrees[problem.rows] = np.nan


def _names(names: Values, recipe: Recipe, skip: npt.NDArray[np.bool_]) -> list[Problem]:
    """A name is required; without one the code stands for it until somebody gives one."""
    without = is_nothing(names)
    if not without.any():
        return []
    problem = Problem(
        "missing_name", "warning",
        tr("No column is the name.") if without.all() else tr("Rows without a name."),
        rows_of(without), hint=tr("The code stands for it until a name is given."),
        fixes=choices("missing_name", recipe),
        tell=lambda n: tr("no name"))  # fmt: skip
    if recipe.get("if.missing_name") == "skip":
        skip |= without
    return [replace(problem, level="note") if without.all() else problem]


def _said_rows(recipe: Recipe, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows that were left out one by one."""
    said = [int(row) for row, way in recipe.under(ROW).items() if way == "skip" and row.isdecimal()]
    return np.isin(numbers, said)


def recipe_of(understood: Understanding, title: str = "") -> Recipe:
    """All answers, those that were guessed too, for the next file of this shape."""
    columns = {
        f"column.{name}": target or "-"
        for name, target in understood.targets.items()
        if name not in understood.place.columns
    }
    answers = {**columns, **understood.recipe.answers}
    if understood.place.columns:
        answers["place.columns"] = "\n".join(understood.place.columns)
    guessed = any(p.kind == "zone_guessed" for p in understood.problems)
    if guessed and "place.crs" not in answers:
        answers["place.crs"] = understood.positions.crs
    whole = Recipe(title=title or understood.recipe.title).with_answers(answers)
    return whole.for_next_time(understood.layout.names)


def summary(understood: Understanding) -> dict[str, Any]:
    """For `--json`: what was understood and every problem by row."""
    numbers = understood.row_numbers
    return {
        "file": {
            "name": understood.read.facts.name,
            "sha256": understood.read.facts.sha256,
            "format": understood.read.facts.format,
            "sheet": understood.read.sheet.name,
            "sheets": list(understood.read.facts.sheets),
        },
        "header_row": int(understood.read.sheet.numbers[understood.layout.header])
        if understood.layout.depth
        else None,
        "header_rows": understood.layout.depth,
        "columns": dict(understood.targets),
        "place": {
            "kind": understood.place.way,
            "columns": [c for c in understood.place.columns if c],
            "crs": understood.positions.crs,
            "words": understood.positions.words,
        },
        "counts": understood.counts,
        "findings": [_told(problem, numbers) for problem in understood.problems],
    }


MOST_TOLD = 1000  # rows of a problem that are told one by one


def _told(problem: Problem, numbers: npt.NDArray[np.int64]) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "level": problem.level,
        "message": problem.message,
        "hint": problem.hint,
        "column": problem.column,
        "count": len(problem.rows),
        "rows": [
            {"row": int(numbers[row]), "message": problem.words(n)}
            for n, row in enumerate(problem.rows[:MOST_TOLD].tolist())
        ],
        "fixes": [{"title": fix.title, "answers": dict(fix.answers)} for fix in problem.fixes],
    }
