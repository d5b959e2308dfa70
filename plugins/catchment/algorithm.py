"""The catchment of a place as an algorithm: a form, a command and a Python function."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from affine import Affine

from gisapp.api import (
    Extent,
    Features,
    FeatureSet,
    Field,
    Limits,
    ParameterError,
    Part,
    PixelGrid,
    Point,
    Progress,
    Raster,
    Shapes,
    Size,
    algorithm,
    geod,
    is_geographic,
    metres_per_unit,
    tr,
    transform_point,
)

from .directions import NOTHING, Steps, from_codes, from_elevation, kind_of
from .flood import channel_near, upstream_cells
from .of_line import reach_line
from .outline import area_km2, outline
from .pour import pour_of

LONGITUDE_LATITUDE = "EPSG:4490"
MOST_CELLS = 200_000_000  # of a raster held in memory: 0.2 GB of steps, 0.8 GB while it is read
MOST_SNAP = 200  # cells beside the place
BESIDE = 3.0  # cells around a reach in which others are looked at
_kept: WeakKeyDictionary[Any, tuple[str, Steps]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class County:
    """What of the catchment lies in an administrative area."""

    name: str
    area_km2: float
    share: float  # 0 to 1, of the catchment


@dataclass(frozen=True, slots=True)
class Catchment:
    """All land whose water passes a place."""

    at: Point  # middle of the cell it starts from, in the raster's system
    moved_m: float  # from the place that was asked for
    cells: int
    area_km2: float
    crs: str
    made_of: str  # esri, ldd or elevation
    touches_edge: bool  # then part of it may lie outside of the raster
    counties: tuple[County, ...]
    polygon: Any = field(repr=False)  # shapely, in `crs`
    reach: str = ""  # whose lower end it starts from
    published_km2: float | None = None  # what the rivers say that the reach drains

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield tr("Catchment: {km2} km² ({n} cells)").format(
            km2=f"{self.area_km2:,.2f}", n=f"{self.cells:,}"
        )
        where = {"x": f"{self.at.x:.10g}", "y": f"{self.at.y:.10g}", "m": f"{self.moved_m:,.0f}"}
        if self.reach:
            yield tr("From {x}, {y}, {m} m from the lower end of reach {id}").format(
                **where, id=self.reach
            )
        else:
            yield tr("From {x}, {y}, {m} m from the place asked for").format(**where)
        if self.published_km2 is not None:
            yield tr("The rivers say that the reach drains {km2} km²").format(
                km2=f"{self.published_km2:,.2f}"
            )
        for county in self.counties:
            yield f"  {county.name}: {county.area_km2:,.2f} km² ({100 * county.share:.1f} %)"
        if self.touches_edge:
            yield tr("Note: it reaches the edge of the raster; what lies beyond is missing")
        yield tr("Rests on: {data}").format(data=_made_titles()[self.made_of])

    def features(self) -> Features:
        """One area, to be written or put on a map."""
        columns = {
            "area_km2": np.array([self.area_km2]),
            "cells": np.array([self.cells], np.int64),
            "made_of": np.array([self.made_of], object),
        }
        fields = (Field("area_km2", "real"), Field("cells", "integer"), Field("made_of"))
        shapes = rings_of(self.polygon)
        return Features(self.crs, fields, np.array(["1"], object), columns, shapes)


def rings_of(polygon: Any) -> Shapes:
    """One area with all its rings."""
    rings = [
        shapely.get_coordinates(ring)
        for part in shapely.get_parts(polygon)
        for ring in (part.exterior, *part.interiors)
    ]
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    return Shapes("area", np.vstack(rings), starts, np.zeros(len(rings), np.int64))


def _made_titles() -> dict[str, str]:
    return {
        "esri": tr("flow directions (D8) as they are in the raster"),
        "ldd": tr("local drain directions (LDD) as they are in the raster"),
        "elevation": tr("elevations, hollows filled to their spill, steepest way down (pyflwdir)"),
    }


@algorithm("catchment", "Catchment of a place")
def catchment(
    raster: Raster,
    at: str = "",
    snap_m: Annotated[float, Limits(0, 20_000, "m")] = 0.0,
    counties: FeatureSet | None = None,
    county_name: str = "",
    reach: str = "",
    rivers: FeatureSet | None = None,
    *,
    progress: Progress,
) -> Catchment:
    """Cells, area and border of all land whose water passes a place.

    raster: flow directions (D8 codes of Esri, or LDD) or elevations in metres; told by its values.
    at: x,y of the place; small numbers are longitude and latitude. snap_m: the place may be moved
    so far to the channel that drains most. counties: areas whose shares are wanted, by the column
    county_name (by default the first of name, NAME, 名称). reach: instead of a place the id of a
    line of `rivers`: the catchment of its lower end, without what else flows in there; snap_m: how
    far beside the line its channel may lie.
    Raises ParameterError for a place that is not on the raster or has no land.
    """
    size, extent = _native(raster)
    kind, steps = _steps(raster, size, extent, Part(progress, 0.0, 0.7))
    transform = _transform(size, extent)
    asked = None
    degrees = is_geographic(raster.crs)
    middle = extent.center
    metres = abs(transform.e) * (111_132.0 if degrees else metres_per_unit(raster.crs, middle))
    within = min(MOST_SNAP, round(snap_m / metres)) if snap_m else 0
    if rivers is not None and reach:
        asked = reach_line(rivers, reach, raster.crs, BESIDE * abs(transform.e))
        pour = pour_of(steps, transform, asked.line, asked.others, within)
        if pour is None:
            raise ParameterError(
                tr("The reach {id} is not on the land of the raster").format(id=asked.key),
                hint=tr("Is it the raster of this river basin?"),
            )
        wanted, row, column = Point(*pour.end), pour.row, pour.column
    else:
        wanted = place_in(at, raster.crs)
        left, down = ~transform * wanted
        if not (0 <= left < size.width and 0 <= down < size.height):
            raise ParameterError(
                tr("{place} is not on the raster").format(place=at),
                hint=tr("x is east or longitude, y north or latitude."),
            )
        row, column = math.floor(down), math.floor(left)
        if within:
            row, column = channel_near(steps, row, column, within)
    progress.report(0.75)
    cells = upstream_cells(steps, row, column)
    if not len(cells):
        raise ParameterError(
            tr("There is no land at {place}").format(place=at),
            hint=tr("Choose a place on the raster, or let it be moved to the nearest channel."),
        )
    progress.report(0.85)
    polygon = outline(cells, size.width, transform)
    area = area_km2(cells, size.width, transform, raster.crs, degrees=degrees)
    middle = Point(*(transform * (column + 0.5, row + 0.5)))
    rows, columns = cells // size.width, cells % size.width
    edge = bool(
        rows.min() == 0 or columns.min() == 0 or rows.max() == size.height - 1
        or columns.max() == size.width - 1
    )  # fmt: skip
    progress.report(0.95)
    return Catchment(
        middle,
        _metres_between(wanted, middle, raster.crs, degrees=degrees),
        len(cells),
        area,
        raster.crs,
        kind,
        edge,
        shares_of(polygon, area, raster.crs, counties, county_name),
        polygon,
        "" if asked is None else asked.key,
        None if asked is None else asked.published_km2,
    )


def _native(raster: Raster) -> tuple[Size, Extent]:
    size = getattr(raster, "size", None)
    if raster.is_picture or size is None:
        raise ParameterError(
            tr("The raster has no cells of its own"),
            hint=tr("Choose a file of flow directions or elevations."),
        )
    if size.width * size.height > MOST_CELLS:
        raise ParameterError(
            tr("The raster has {n} million cells, {most} million can be used").format(
                n=size.width * size.height // 10**6, most=MOST_CELLS // 10**6
            ),
            hint=tr("Cut out the river basin first."),
        )
    return size, raster.extent


def _transform(size: Size, extent: Extent) -> Any:
    across, down = extent.width / size.width, extent.height / size.height
    return Affine(across, 0.0, extent.left, 0.0, -down, extent.top)


def _steps(raster: Raster, size: Size, extent: Extent, progress: Progress) -> tuple[str, Steps]:
    """Kept as long as the raster is: the next place need not read it again."""
    if raster not in _kept:
        progress.report(0.0, tr("Reading the raster"))
        cells = raster.values(PixelGrid.of(extent, size, raster.crs), Part(progress, 0.0, 0.6))
        kind = kind_of(cells)
        progress.report(0.6, tr("Finding the ways of the water"))
        if kind == "elevation":
            degrees = is_geographic(raster.crs)
            steps = from_elevation(cells, degrees=degrees, transform=_transform(size, extent))
        else:
            steps = from_codes(cells, kind)
        if not (steps != NOTHING).any():
            raise ParameterError(
                tr("The raster holds neither flow directions nor elevations"),
                hint=tr("Codes 1, 2, 4 … 128 (D8), 1 to 9 (LDD) or metres are understood."),
            )
        _kept[raster] = kind, np.ascontiguousarray(steps)
    return _kept[raster]


def place_in(text: str, crs: str) -> Point:
    try:
        x, y = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise ParameterError(
            tr("{text} is not a place").format(text=text),
            hint=tr("Write x,y with a comma between, such as 118.06,24.52."),
        ) from None
    point = Point(x, y)
    if not is_geographic(crs) and abs(x) <= 180 and abs(y) <= 90:
        return transform_point(point, LONGITUDE_LATITUDE, crs)
    return point


def _metres_between(one: Point, other: Point, crs: str, *, degrees: bool) -> float:
    if degrees:
        return float(geod(crs).inv(*one, *other)[2])
    return math.hypot(one.x - other.x, one.y - other.y) * metres_per_unit(crs, one)


def shares_of(
    polygon: Any, area: float, crs: str, counties: FeatureSet | None, column: str
) -> tuple[County, ...]:
    """The catchment's land in each county, the largest first."""
    if counties is None:
        return ()
    names = [f.name for f in counties.fields]
    column = column or next((n for n in ("name", "NAME", "名称") if n in names), "")
    if column not in names:
        raise ParameterError(
            tr("The areas have no column {name}").format(name=column or "name"),
            hint=tr("They have: {names}").format(names=", ".join(names)),
        )
    shapes = counties.shapes_in(crs)
    found: dict[str, float] = {}
    titles = counties.column(column)
    shapely.prepare(polygon)
    for owner in np.unique(shapes.owner).tolist():
        parts = np.flatnonzero(shapes.owner == owner)
        whole = shapely.Polygon()
        for part in parts.tolist():  # holes by the even-odd rule, as they are drawn
            ring = shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]
            if len(ring) > 3:
                made = shapely.make_valid(shapely.Polygon(ring))
                whole = shapely.symmetric_difference(whole, made)
        common = shapely.intersection(polygon, whole)
        if not common.is_empty and common.area > 0:
            name = str(titles[owner])
            found[name] = found.get(name, 0.0) + common.area / polygon.area
    rows = (County(name, share * area, share) for name, share in found.items())
    return tuple(sorted(rows, key=lambda county: -county.share))
