"""Outfalls put where a photo or a mark of a GPS track says, with what the river near them says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gisapp.analysis.photo_matching import look_place
from gisapp.app.outfall_tools import new_outfall, river_values
from gisapp.app.photo_deciding import view_of
from gisapp.app.photo_import import added_edits, photo_row
from gisapp.app.snapping import place_row
from gisapp.app.tools import MapState, Pointer
from gisapp.io.photo_batch import TakenPhoto
from gisapp.io.photo_track import Waypoint
from gisapp.model.crs import CGCS2000, metres_per_unit, transform_point
from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, Row
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.survey import OUTFALL_ID, PHOTOS, new_feature_id
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.render.camera import Camera

SPAN = 101  # pixels of a metre around a place, as if it had been clicked


def place_values(state: MapState, table: FeatureTable, place: Point) -> dict[str, Any]:
    """What the river within 200 m says of a place of the map: reach, bank, river, distance.

    The place itself stays as it is: it was measured, not pointed at.
    """
    crs = state.project.crs
    resolution = 1.0 / metres_per_unit(crs, place)
    camera = Camera(place, resolution, Size(SPAN, SPAN), crs)
    return river_values(state, Pointer(Pixel(SPAN / 2, SPAN / 2), camera), table)[1]


def outfall_of_photo(
    state: MapState, table: FeatureTable, taken: TakenPhoto, dropped: Point | None = None
) -> tuple[Edit, FeatureId, Point]:
    """One step: the outfall, its photo, and the photo in its list; with its place on the map.

    The place is what the photo shows where a drone says how it looked, else where it was taken,
    else `dropped` (on the map). Raises ParameterError when there is none of these.
    """
    project = state.project
    row, _ = photo_row(taken)
    view = view_of(row)
    if view is not None:
        place = transform_point(Point(*look_place(view)), CGCS2000, project.crs)
    elif dropped is not None:
        place = dropped
    else:
        raise ParameterError(
            tr("{photo} does not say where it was taken").format(photo=taken.photo.name),
            hint=tr("Drop it on the map where it belongs, or place the outfall first."),
        )
    values = place_values(state, table, place)
    values |= place_row(place, project.crs, table.crs)
    if any(field.name == "photos" for field in table.fields):
        values["photos"] = json.dumps([taken.photo.file])
    added, outfall = new_outfall(project, table, values, state.template)
    label = tr("Outfall from a photo")
    owner: Row = {OUTFALL_ID: outfall, "accepted": True}
    known = _row_of(project.tables.get(PHOTOS), taken.photo.sha256)
    if known is None:
        parts = added_edits(label, project, {new_feature_id(): {**row, **owner}})
    else:
        fid, old = known
        before = {name: old.get(name) for name in owner}
        parts = (FeatureEdit(label, PHOTOS, {fid: before}, {fid: owner}),)
    return Steps(label, (added, *parts)), outfall, place


def outfalls_of_track(
    state: MapState, table: FeatureTable, waypoints: Sequence[Waypoint]
) -> tuple[Edit, list[FeatureId]]:
    """One step: a suspected outfall for each mark of a track, with its name and remark."""
    project = state.project
    names = {field.name for field in table.fields}
    rows: dict[FeatureId, Row] = {}
    for mark in waypoints:
        place = transform_point(Point(mark.lon, mark.lat), CGCS2000, project.crs)
        values = place_values(state, table, place)
        said = {"name": mark.name or None, "remark": mark.remark or None}
        values |= {name: value for name, value in said.items() if name in names and value}
        values |= place_row(place, project.crs, table.crs)
        edit, _ = new_outfall(project, table, values, state.template)
        rows |= {fid: row for fid, row in edit.after.items() if row is not None}
    label = tr("{n} outfalls from a GPS track").format(n=len(rows))
    return add_features(label, table, rows), list(rows)


def _row_of(table: FeatureTable | None, digest: str) -> tuple[FeatureId, Row] | None:
    found = table.matching("sha256", digest) if table is not None else ()
    for fid in found:
        row = table.row(fid) if table is not None else None
        if row is not None and not row.get(OUTFALL_ID):
            return fid, row
    return None
