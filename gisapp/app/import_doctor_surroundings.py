"""What a project knows about where it is, gathered for the import doctor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from gisapp.app.import_doctor_checks import WGS84, Surroundings
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.layer import Layer
from gisapp.model.project import Project

SAMPLE = 5000  # places that say where the project is
AREA_ROLES = ("counties", "zones")
NAMES = ("name", "名称", "county", "县", "NAME", "province", "省")


def surroundings(
    project: Project, data_of: Callable[[Layer], FeatureSet | None], *, areas: bool = True
) -> Surroundings:
    """Of the layers with the roles rivers, counties and outfalls. `data_of` may answer None for
    a layer that is not there or not loaded."""
    rivers, found, near = None, list[tuple[str, Any]](), []
    for layer in project.layers:
        if layer.role not in ("rivers", "outfalls", "stations", *AREA_ROLES):
            continue
        data = data_of(layer)
        if data is None or not len(data):
            continue
        shapes = data.shapes_in(WGS84)
        if layer.role == "rivers":
            rivers = data
        if layer.role == "counties" and areas and shapes.kind == "area":
            found += _areas(data, shapes)
        coords = shapes.coords[:: max(1, len(shapes.coords) // SAMPLE)]
        near.append(coords[np.isfinite(coords).all(axis=1)])
    places = np.concatenate(near) if near else None
    return Surroundings(
        rivers, tuple(found), places if places is not None and len(places) else None
    )


def _areas(data: FeatureSet, shapes: Shapes) -> list[tuple[str, Any]]:
    names = [f.name for f in data.fields]
    column = next((n for n in NAMES if n in names), "")
    if not column:
        return []
    values = list(data.column(column))
    found = []
    for number, name in enumerate(values):
        parts = np.flatnonzero(shapes.owner == number)
        rings = [shapes.coords[shapes.starts[p] : shapes.starts[p + 1]] for p in parts]
        rings = [ring for ring in rings if len(ring) > 3 and np.isfinite(ring).all()]
        if rings and name:
            whole = shapely.make_valid(shapely.polygons(shapely.linearrings(rings[0])))
            for ring in rings[1:]:  # a hole is inside, another part is not: the even-odd rule
                more = shapely.make_valid(shapely.polygons(shapely.linearrings(ring)))
                whole = shapely.symmetric_difference(whole, more)
            found.append((str(name), whole))
    return found
