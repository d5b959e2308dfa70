"""Whether the map's system can show where the features of a layer are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.app.identify import is_features, is_raster
from gisapp.model.crs import CGCS2000, extent_shown, shows
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.geometry import Extent
from gisapp.model.zones import zone_for
from gisapp.render.request import Data


@dataclass(frozen=True, slots=True)
class Placement:
    """`left_out` of `all` features cannot be shown in the system.

    A raster is 1 of 1 when no part of it can be shown; the rest of one is just not there.
    """

    left_out: int
    all: int
    places: Extent | None = None  # of everything, in degrees

    @property
    def better(self) -> str:
        """A system that shows everything: the zone of the places, or longitude and latitude."""
        if self.places is not None and self.places.width <= 6:
            zone, _ = zone_for(self.places.left, self.places.right)
            if zone is not None and shows(self.places, CGCS2000, zone.crs):
                return zone.crs
        return CGCS2000


def placement(data: Data, crs: str) -> Placement:
    """Looks at all features: call it in a job. Those without a place of their own do not count."""
    if is_features(data):
        return _of_features(data, crs)
    if is_raster(data):
        left_out = 0 if extent_shown(data.extent, data.crs, crs) else 1
        return Placement(left_out, 1, extent_shown(data.extent, data.crs, CGCS2000))
    return Placement(0, 0)


def _of_features(data: FeatureSet, crs: str) -> Placement:
    detail = data.detail_in(crs)
    if detail is not None and not np.isnan(detail.arrays["boxes"]).any():
        return Placement(0, len(data))
    moved = _without_place(data.shapes_in(crs))
    if not moved.any():
        return Placement(0, len(data))
    shapes = data.shapes_in(data.crs)
    lost = moved & ~_without_place(shapes)
    if not lost.any():
        return Placement(0, len(data))
    left_out = len(np.unique(shapes.owner[lost]))
    places = None if shapes.extent is None else extent_shown(shapes.extent, data.crs, CGCS2000)
    return Placement(left_out, len(data), places)


def _without_place(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Of each part."""
    return np.asarray(np.isnan(shapes.boxes).any(axis=1), np.bool_)
