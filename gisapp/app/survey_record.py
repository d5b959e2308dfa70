"""The record of an outfall while people work on it: who and when, defaults, a name to propose."""

from __future__ import annotations

from typing import Any

import numpy as np

from gisapp.io.project_log import now, who
from gisapp.model.features import FeatureId, Row
from gisapp.model.outfall_name import suggest_name
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, VISITS
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.workflow import scheme_of

NEAR_M = 2000.0  # names of outfalls farther away are not looked at


def now_and_who() -> tuple[str, str]:
    """The time as the change log writes it, and the name of the user."""
    return now(), who()


def carried_values(project: Project, table: FeatureTable) -> dict[str, Any]:
    """What a new outfall takes over from the one that was added last."""
    if not len(table):
        return {}
    names = {field.name for field in table.fields}
    last = table.row(FeatureId(str(table.ids[-1]))) or {}
    carried = scheme_of(project).carried
    return {name: last[name] for name in carried if name in names and last.get(name)}


def row_defaults(project: Project, table: str, outfall: FeatureId, today: str) -> dict[str, Any]:
    """What a new related row begins with: today, and what the last row of the table says of the
    people who do the work."""
    kept = project.tables[table]
    names = {field.name for field in kept.fields}
    own = project.tables[OUTFALL_TABLE].row(outfall) or {}
    values: dict[str, Any] = {}
    first = {"site_visits": "visited_at", "monitoring": "monitored_at"}.get(table)
    if first:
        values[first] = today
    if table == "tasks":
        values |= {"state": "open", "title": ""}
    if table == "tracing_sources":
        values["role"] = "其他" if kept.matching(OUTFALL_ID, outfall) else "主要"
    if len(kept):
        last = kept.row(FeatureId(str(kept.ids[-1]))) or {}
        people = ("team", "leader", "phone", "participants", "monitors", "level", "method")
        values |= {name: last[name] for name in people if name in names and last.get(name)}
    if table == VISITS and own.get("team") and "team" in names:
        values["team"] = own["team"]
    if table == "rectification":
        values |= {n: own[n] for n in ("deadline", "responsible_body") if own.get(n)}
    return {name: value for name, value in values.items() if name in names}


def proposed_name(project: Project, outfall: FeatureId, table: str = OUTFALL_TABLE) -> str:
    """A name for an outfall from its record, not taken by one near it. Empty: nothing is known."""
    own = project.tables[table]
    row = own.row(outfall)
    if row is None:
        return ""
    taken = names_near(own, row, outfall)
    return suggest_name(row, taken=taken)


def names_near(table: FeatureTable, row: Row, outfall: FeatureId) -> set[str]:
    """Names of other outfalls within some kilometres; of all where the place is not known."""
    place = row.get(GEOMETRY)
    names = table.column("name")
    if place is None:
        near = np.arange(len(names))
    else:
        xy = table.shapes_in(table.crs).coords
        span = 0.02 if abs(place.x) <= 180 and abs(place.y) <= 90 else NEAR_M
        with np.errstate(invalid="ignore"):
            near = np.flatnonzero((np.abs(xy - (place.x, place.y)) <= span).all(axis=1))
    own = set(table.numbers_of([outfall]).tolist())
    return {str(names[number]) for number in near if number not in own and names[number]}
