"""Which records of a file are outfalls that the project has already, and what would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_checks import choices, metres_between
from gisapp.app.import_doctor_problems import Problem, whole_file
from gisapp.app.import_doctor_values import Values, is_nothing
from gisapp.io.import_sheets import FileFacts
from gisapp.io.recipe import Recipe
from gisapp.model.crs import CGCS2000
from gisapp.model.features import FeatureId, plain
from gisapp.model.outfall_record import related
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr

IMPORTS = "imports"  # the table of files that were imported
SAME_NAME_M = 50.0
MOVED_M = 0.05  # a place that is nearer is the same


@dataclass(eq=False)
class Matches:
    """`fids`: of each record, the outfall it is ("" for none). `changes`: fields (None key: the
    place) of a record that differ, as old and new value."""

    fids: npt.NDArray[Any]
    changes: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    before: str = ""  # when the same file was imported


def match_rows(
    project: Project | None,
    values: Mapping[str, Values],
    xy: npt.NDArray[np.float64],
    degrees: npt.NDArray[np.float64],
    facts: FileFacts,
    recipe: Recipe,
    skip: npt.NDArray[np.bool_],
) -> Matches:
    """By id, national code, local code, then by name within 50 m. An empty cell changes nothing."""
    found = Matches(np.full(len(xy), "", object))
    table = project.tables.get(OUTFALL_TABLE) if project is not None else None
    if project is None or table is None or not len(table):
        return found
    _same_file(project, facts, found)
    way = recipe.get("if.known_outfall", "update")
    taken: set[str] = set()
    if way != "add":
        for key in ("uuid", "code_national", "code_local"):
            if key in values:
                _by_key(table, key, values[key], found.fids, taken)
        if "name" in values:
            _by_name(table, values["name"], degrees, found.fids, taken)
    known = found.fids != ""
    if not known.any():
        return found
    if way == "skip":
        skip |= known
    else:
        _changes(project, table, values, xy, degrees, found)
    rows = np.flatnonzero(known).astype(np.int64)
    message = tr(
        "Records of outfalls that the project has: {changed} with changes, {same} the same."
    )
    counts = {"changed": len(found.changes), "same": len(rows) - len(found.changes)}
    changes, numbers = found.changes, rows

    def words(n: int) -> str:
        changed = changes.get(int(numbers[n]))
        if not changed:
            return tr("as it is in the project")
        parts = [f"{key}: {_short(old)} → {_short(new)}" for key, (old, new) in changed.items()]
        return "; ".join(parts)

    found.problems.append(Problem(
        "known_outfall", "note", message.format(**counts), rows,
        fixes=choices("known_outfall", recipe), tell=words))  # fmt: skip
    return found


def _short(value: Any) -> str:
    if value is None:
        return "–"
    return (
        value
        if isinstance(value, str)
        else f"{value:.8g}"
        if isinstance(value, float)
        else str(value)
    )


def _same_file(project: Project, facts: FileFacts, found: Matches) -> None:
    table = project.tables.get(IMPORTS)
    if table is None or not any(f.name == "sha256" for f in table.fields):
        return
    for fid in table.matching("sha256", facts.sha256):
        row = table.row(fid) or {}
        found.before = str(row.get("imported_at") or "")
        counts = json.loads(row.get("counts") or "{}")
        message = tr("This very file was imported on {date} ({n} records).")
        found.problems.append(
            Problem(
                "same_file",
                "warning",
                message.format(date=found.before[:16].replace("T", " "), n=counts.get("rows", "?")),
                whole_file(),
                hint=tr("Importing it again changes only what was changed since."),
            )
        )


def _by_key(
    table: FeatureTable, key: str, values: Values, fids: npt.NDArray[Any], taken: set[str]
) -> None:
    if key == "uuid":
        there = {str(fid): str(fid) for fid in table.ids.tolist()}
    else:
        there = {}
        for fid, value in zip(table.ids.tolist(), table.column(key).tolist(), strict=True):
            if value:
                there.setdefault(str(value), str(fid))
    for row in np.flatnonzero(~is_nothing(values) & (fids == "")).tolist():
        fid = there.get(str(values[row]), "")
        if fid and fid not in taken:
            fids[row] = fid
            taken.add(fid)


def _by_name(
    table: FeatureTable,
    names: Values,
    degrees: npt.NDArray[np.float64],
    fids: npt.NDArray[Any],
    taken: set[str],
) -> None:
    places = table.shapes_in(CGCS2000).coords
    by_name: dict[str, list[int]] = {}
    for number, name in enumerate(table.column("name").tolist()):
        if name:
            by_name.setdefault(str(name), []).append(number)
    ids = table.ids
    for row in np.flatnonzero(~is_nothing(names) & (fids == "")).tolist():
        for number in by_name.get(str(names[row]), ()):
            fid = str(ids[number])
            if fid not in taken and metres_between(places[number], degrees[row]) <= SAME_NAME_M:
                fids[row] = fid
                taken.add(fid)
                break


def _related_changes(
    project: Project, values: Mapping[str, Values], rows: npt.NDArray[np.int64], found: Matches
) -> None:
    """Values of related tables that no row of the outfall has."""
    by_table: dict[str, list[tuple[str, str]]] = {}
    for target in values:
        name, _, inner = target.rpartition(".")
        if name in project.tables:
            by_table.setdefault(name, []).append((target, inner))
    for name, targets in by_table.items():
        for row in rows.tolist():
            given = {
                t: (inner, values[t][row]) for t, inner in targets if values[t][row] is not None
            }
            if not given:
                continue
            there = [r for _, r in related(project, name, FeatureId(str(found.fids[row])))]
            if any(all(r.get(inner) == v for inner, v in given.values()) for r in there):
                continue
            newest = there[0] if there else {}
            for target, (inner, value) in given.items():
                found.changes.setdefault(row, {})[target] = (newest.get(inner), value)


def _changes(
    project: Project,
    table: FeatureTable,
    values: Mapping[str, Values],
    xy: npt.NDArray[np.float64],
    degrees: npt.NDArray[np.float64],
    found: Matches,
) -> None:
    rows = np.flatnonzero(found.fids != "")
    numbers = table.numbers_of([FeatureId(f) for f in found.fids[rows].tolist()])
    fields = {f.name for f in table.fields}
    for name, column in values.items():
        if name not in fields:
            continue
        old = table.column(name)[numbers]
        for row, before, after in zip(
            rows.tolist(), old.tolist(), column[rows].tolist(), strict=True
        ):
            if after is None:
                continue
            before = plain(before)
            if before != after:
                found.changes.setdefault(row, {})[name] = (before, after)
    _related_changes(project, values, rows, found)
    places = table.shapes_in(CGCS2000).coords[numbers]
    metres = metres_between(places, degrees[rows])
    with np.errstate(invalid="ignore"):
        moved = np.isfinite(degrees[rows]).all(axis=1) & ~(metres <= MOVED_M)
    own = table.shapes_in(table.crs).coords[numbers]
    for n in np.flatnonzero(moved).tolist():
        old_place = tuple(own[n].tolist())
        kept = None if old_place[0] != old_place[0] else old_place
        found.changes.setdefault(int(rows[n]), {})["geometry"] = (kept, tuple(xy[rows[n]].tolist()))
