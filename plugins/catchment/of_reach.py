"""The catchment of a reach from unit catchments: a form, a command and a Python function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gisapp.api import (
    Features,
    FeatureSet,
    Field,
    ParameterError,
    Part,
    Point,
    Progress,
    algorithm,
    tr,
)

from .algorithm import County, place_in, rings_of, shares_of
from .units import areas_km2, columns_of, key_of, merged, next_pairs, polygons_of, unit_at
from .units import upstream_keys as keys_above


@dataclass(frozen=True, slots=True)
class ReachCatchment:
    """All land that drains to a reach: the areas of it and of every reach above."""

    reach: str
    at: Point | None  # the place that was asked for, in the system of the areas
    units: int
    missing: tuple[str, ...]  # reaches above that have no area
    area_km2: float  # of the areas together
    crs: str
    counties: tuple[County, ...]
    polygon: Any = field(repr=False)  # shapely, in `crs`
    touches_edge: bool = False

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield tr("Catchment of reach {id}: {km2} km² ({n} unit catchments)").format(
            id=self.reach, km2=f"{self.area_km2:,.2f}", n=f"{self.units:,}"
        )
        for county in self.counties:
            yield f"  {county.name}: {county.area_km2:,.2f} km² ({100 * county.share:.1f} %)"
        if self.missing:
            yield tr(
                "Note: {n} reaches upstream have no area, their land is missing: {ids}"
            ).format(
                n=len(self.missing),
                ids=", ".join(self.missing[:5]) + (" …" if len(self.missing) > 5 else ""),
            )
        yield tr("Rests on: {data}").format(data=tr("unit catchments, merged as they are"))

    def features(self) -> Features:
        """One area, to be written or put on a map."""
        columns = {
            "reach": np.array([self.reach], object),
            "area_km2": np.array([self.area_km2]),
            "units": np.array([self.units], np.int64),
        }
        fields = (Field("reach"), Field("area_km2", "real"), Field("units", "integer"))
        shapes = rings_of(self.polygon)
        return Features(self.crs, fields, np.array(["1"], object), columns, shapes)


@algorithm("catchment-of-reach", "Catchment of a reach")
def catchment_of_reach(
    areas: FeatureSet,
    reach: str = "",
    at: str = "",
    rivers: FeatureSet | None = None,
    counties: FeatureSet | None = None,
    county_name: str = "",
    key_column: str = "",
    next_column: str = "",
    *,
    progress: Progress,
) -> ReachCatchment:
    """The land that drains to a reach, from areas that each drain to one reach.

    areas: with the id of their reach (key_column, by default known by its name), and the id of the
    next one down unless `rivers` (lines with the same ids) say it. reach: an id; else `at`, x,y of
    a place in one of the areas (small numbers are longitude and latitude). counties: areas whose
    shares are wanted. Raises ParameterError for a reach or a place that has no area.
    """
    progress.report(0.0, tr("Reading the areas"))
    if areas.shapes_in(areas.crs).kind != "area":
        raise ParameterError(
            tr("The unit catchments are not areas"), hint=tr("Choose a layer of areas.")
        )
    columns = columns_of(areas, {"key": key_column, "next": next_column if rivers is None else ""})
    if not columns["key"]:
        raise ParameterError(
            tr("Nothing in the areas says which reach they drain to"),
            hint=tr("They have: {names}").format(names=", ".join(f.name for f in areas.fields)),
        )
    pairs = _pairs(areas, rivers, columns, next_column)
    keys = [key_of(value) for value in areas.column(columns["key"]).tolist()]
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    place, start = None, key_of(reach)
    if not start:
        place = place_in(at, areas.crs)
        row = unit_at(areas, place)
        if row < 0:
            raise ParameterError(
                tr("No area lies at {place}").format(place=at),
                hint=tr("x is east or longitude, y north or latitude."),
            )
        start = keys[row]
    if start not in rows:
        raise ParameterError(
            tr("No area drains to the reach {id}").format(id=start),
            hint=tr("The areas name their reaches in the column {name}.").format(
                name=columns["key"]
            ),
        )
    progress.report(0.2)
    above = keys_above(start, pairs)
    chosen = np.array(sorted(row for key in above for row in rows.get(key, ())), np.int64)
    polygons = polygons_of(areas, chosen)
    progress.report(0.5, tr("Merging the areas"))
    polygon = merged(polygons)
    total = areas_km2(polygons, areas.crs)
    part = Part(progress, 0.8, 1.0)
    found = ReachCatchment(
        start, place, len(chosen), tuple(sorted(key for key in above if key not in rows)), total,
        areas.crs, shares_of(polygon, total, areas.crs, counties, county_name), polygon,
    )  # fmt: skip
    part.report(1.0)
    return found


def _pairs(
    areas: FeatureSet, rivers: FeatureSet | None, columns: dict[str, str], next_column: str
) -> list[tuple[str, str]]:
    if rivers is not None:
        lines = columns_of(rivers, {"next": next_column})
        if lines["key"] and lines["next"]:
            return next_pairs(rivers, lines)
    if columns["next"]:
        return next_pairs(areas, columns)
    raise ParameterError(
        tr("Nothing says which area drains into which"),
        hint=tr("Give the river lines too, with the ids of the areas and of the next reach down."),
    )
