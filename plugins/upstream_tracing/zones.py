"""Where a way along the rivers meets protected zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from gisapp.api import FeatureId, FeatureSet, ParameterError, tr

from .network import key_of
from .placing import Place
from .points import NAME_COLUMNS
from .rivers import Rivers
from .ways import Way

LEVELS = ("level", "级别", "保护区级别")


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that the way crosses, and where it is met first."""

    feature: FeatureId
    title: str
    place: Place


def zones_on(zones: FeatureSet, net: Rivers, way: Way) -> tuple[Zone, ...]:
    """Zones (any system) that a way crosses, up or down. Raises ParameterError if they are no
    areas."""
    shapes = zones.shapes_in(net.features.crs)
    if shapes.kind != "area" and len(shapes.owner):
        raise ParameterError(
            tr("The zones are not areas"), hint=tr("Choose a layer of zones with borders.")
        )
    reaches, lines = _lines(net, way)
    tree = shapely.STRtree(lines)
    toward = 1 if way.is_upstream else -1  # measures grow upward
    rank = {reach: n for n, reach in enumerate(way.reaches.tolist())}
    found = []
    for number, fid in enumerate(zones.ids.tolist()):
        area = _area(shapes.coords, shapes.starts, np.flatnonzero(shapes.owner == number))
        if area is None:
            continue
        entries = [
            place
            for hit in tree.query(area, predicate="intersects").tolist()
            if (place := _entry(net, way, int(reaches[hit]), lines[hit], area)) is not None
        ]
        if entries:
            first = min(entries, key=lambda p: (rank[p.reach], p.measure_m * toward))
            row = zones.row(FeatureId(str(fid))) or {}
            found.append(Zone(FeatureId(str(fid)), _title(row), first))
    return tuple(found)


def _lines(net: Rivers, way: Way) -> tuple[np.ndarray, np.ndarray]:
    """Of the reaches of the way: the reach and the line of each part."""
    lines = net.lines
    parts = np.flatnonzero(np.isin(lines.owner, way.reaches))
    parts = parts[lines.starts[parts + 1] - lines.starts[parts] > 1]
    made = [
        shapely.LineString(lines.coords[lines.starts[part] : lines.starts[part + 1]])
        for part in parts.tolist()
    ]
    return lines.owner[parts], np.array(made, object)


def _area(coords: np.ndarray, starts: np.ndarray, rings: np.ndarray) -> shapely.Geometry | None:
    """By the even-odd rule: what lies in a ring within a ring is a hole."""
    area = None
    for ring in rings.tolist():
        line = coords[starts[ring] : starts[ring + 1]]
        if len(line) < 4 or not np.isfinite(line).all():
            continue
        one = shapely.make_valid(shapely.Polygon(line))
        area = one if area is None else area.symmetric_difference(one)
    return area


def _entry(
    net: Rivers, way: Way, reach: int, line: shapely.LineString, area: shapely.Geometry
) -> Place | None:
    """The place of a reach inside an area that the way meets first, not before its start."""
    inside = shapely.get_coordinates(shapely.intersection(line, area))
    if not len(inside):
        return None
    places = net.lines.place_on(inside, np.full(len(inside), reach))
    measures = [place.measure_m for place in places if place is not None]
    if not measures:
        return None
    low, high, start = min(measures), max(measures), way.start.measure_m
    if reach == way.start.reach:
        if (high < start) if way.is_upstream else (low > start):
            return None  # all of it lies behind the start
        low, high = max(low, start), min(high, start)
    return Place(reach, low if way.is_upstream else high, 0.0)


def _title(row: Mapping[str, object]) -> str:
    said = [key_of(row[name]) for name in (*NAME_COLUMNS, *LEVELS) if row.get(name)]
    return " ".join(said)
