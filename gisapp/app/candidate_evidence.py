"""What a reviewer looks at: the place in temperatures and in colours, to one scale, on a worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.candidate_deciding import nearest_outfall
from gisapp.app.candidate_table import Candidate
from gisapp.app.flight_points import frames_at
from gisapp.app.thermal_layers import corrected
from gisapp.io.candidate_files import cutout_path, picture_bytes
from gisapp.io.flight_file import read_flight
from gisapp.model.crs import CGCS2000, is_geographic, transform, transform_point
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.render.canvas import Image
from gisapp.render.ramps import coloured
from gisapp.render.request import Raster

AROUND_M = 14.0  # beyond a plume, in the shorter direction
LEAST_M = 36.0  # across the picture
MAP_RAMP = "inferno"


class BaseMap(Protocol):
    """Tiles that are here already, and whose they are."""

    @property
    def attribution(self) -> str: ...
    def here(self, grid: PixelGrid, progress: Progress, above: int = 2) -> tuple[Image, bool]:
        """The picture, and whether all of it is here."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """thermal, visible: RGBA pictures of `extent` (metres, in `crs`), None where no layer shows
    the place. low, high: °C of the darkest and brightest colour. rings: outline of the plume and
    source: its place, as shares of the picture from its top left. kept: the PNG of the search.
    twin: the visible picture of the frame that sees it best, not to scale. visible_source: whose
    picture a base map is; partly: of that base map not all is here. nearest: id, name and metres of
    the known outfall nearest to it.
    """

    fid: FeatureId
    extent: Extent
    crs: str
    source: tuple[float, float]
    rings: tuple[npt.NDArray[np.float64], ...] = field(repr=False)
    thermal: Image | None = field(repr=False, default=None)
    thermal_name: str = ""
    low: float = 0.0
    high: float = 0.0
    visible: Image | None = field(repr=False, default=None)
    visible_name: str = ""
    visible_source: str = ""
    partly: bool = False
    kept: bytes = field(repr=False, default=b"")
    twin: Path | None = None
    nearest: tuple[FeatureId, str, float] | None = None


def evidence_of(
    candidate: Candidate,
    thermals: Sequence[tuple[Layer, Raster]],
    visibles: Sequence[tuple[Layer, Raster]],
    base_maps: Sequence[tuple[Layer, BaseMap]],
    project: Project,
    folder: Path | None,
    flight: str,
    size: Size,
    progress: Progress,
) -> Evidence:
    """Layers in the order they are tried; of temperatures, the one searched comes first. A base map
    is looked at where no other picture is, and only at what is here of it: nothing is fetched.

    A file that cannot be read is left out: the rest is evidence still. Call it on a worker.
    """
    crs = metric_crs(candidate, project.crs)
    outline = _outline(candidate, crs)
    place = transform_point(Point(candidate.lon, candidate.lat), CGCS2000, crs)
    extent = _extent(place, outline, size)
    grid = PixelGrid.of(extent, size, crs)
    thermal, name, low, high = None, "", 0.0, 0.0
    for layer, data in sorted(thermals, key=lambda one: not _is_of(one[0], candidate)):
        progress.report(0.1)
        try:
            values = np.asarray(corrected(layer, data).values(grid, progress))
        except GisError:
            continue
        if _seen(values):
            low, high = _limits(values, candidate, outline, extent)
            ramp = layer.style.ramp if isinstance(layer.style, ThermalStyle) else MAP_RAMP
            thermal, name = coloured(values.astype(np.float32), ramp, low, high), layer.name
            break
    visible, visible_name = None, ""
    for layer, data in visibles:
        progress.report(0.5)
        try:
            colours = data.colours(grid, progress)
        except GisError:
            continue
        if colours[..., 3].any():
            visible, visible_name = np.array(colours), layer.name
            break
    twin = _twin(flight, candidate) if visible is None and flight else None
    source, partly = "", False
    if visible is None and twin is None:
        for layer, base in base_maps:
            progress.report(0.7)
            colours, whole = base.here(grid, progress)
            partly = partly or not whole
            if colours[..., 3].any():
                visible, visible_name, source = colours, layer.name, base.attribution
                break
    return Evidence(
        candidate.fid, extent, crs, _share(np.array([place]), extent)[0],
        tuple(np.array(_share(np.asarray(ring), extent)) for ring in _rings(outline)),
        thermal, name, low, high, visible, visible_name, source, partly,
        _kept(folder, candidate) if thermal is None else b"",
        twin,
        nearest_outfall(project, candidate),
    )  # fmt: skip


def metric_crs(candidate: Candidate, crs: str) -> str:
    """A system in metres around the candidate: the map's, or where that is in degrees, UTM."""
    if not is_geographic(crs):
        return crs
    zone = min(60, max(1, int((candidate.lon + 180) // 6) + 1))
    return f"EPSG:{(32600 if candidate.lat >= 0 else 32700) + zone}"


def _outline(candidate: Candidate, crs: str) -> Any:
    try:
        shape = shapely.from_wkt(candidate.outline or "POLYGON EMPTY")
    except shapely.errors.ShapelyError:
        return shapely.Polygon()
    return shapely.transform(shape, lambda c: transform(np.asarray(c, float), CGCS2000, crs))


def _extent(place: Point, outline: Any, size: Size) -> Extent:
    """Around plume and source, in the proportions of the picture."""
    whole = shapely.union(outline, shapely.Point(*place)) if not outline.is_empty else None
    left, bottom, right, top = (
        (place.x, place.y, place.x, place.y) if whole is None else whole.bounds
    )
    wide, high = right - left + 2 * AROUND_M, top - bottom + 2 * AROUND_M
    pixel = max(wide / size.width, high / size.height, LEAST_M / size.width)
    x, y = (left + right) / 2, (bottom + top) / 2
    half_x, half_y = pixel * size.width / 2, pixel * size.height / 2
    return Extent(x - half_x, y - half_y, x + half_x, y + half_y)


def _is_of(layer: Layer, candidate: Candidate) -> bool:
    return Path(layer.source.path).name == candidate.mosaic


def _seen(values: npt.NDArray[Any]) -> bool:
    """Whether the middle of the picture has temperatures."""
    rows, columns = values.shape
    middle = values[rows // 4 : -(rows // 4) or None, columns // 4 : -(columns // 4) or None]
    return bool(np.isfinite(middle).any())


def _limits(
    values: npt.NDArray[Any], candidate: Candidate, outline: Any, extent: Extent
) -> tuple[float, float]:
    """Colours for the water and the plume: land is as bright or dark as it comes."""
    inside = values[_mask(outline, extent, values.shape)]
    inside = inside[np.isfinite(inside)]
    if not len(inside):
        inside = values[np.isfinite(values)]
    strong = max([abs(candidate.delta_t_c), *(abs(v) for _, v in candidate.profile)]) or 1.0
    room = max(0.1 * strong, 0.1)
    if candidate.delta_t_c >= 0:  # the water itself a quarter of the way up: land is told from it
        peak = float(np.percentile(inside, 99))
        return peak - 1.35 * strong - room, peak + room
    peak = float(np.percentile(inside, 1))
    return peak - room, peak + 1.35 * strong + room


def _mask(outline: Any, extent: Extent, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    if outline.is_empty:
        return np.zeros(shape, bool)
    rows, columns = shape
    x = extent.left + (np.arange(columns) + 0.5) * extent.width / columns
    y = extent.top - (np.arange(rows) + 0.5) * extent.height / rows
    east, north = np.meshgrid(x, y)
    return np.asarray(shapely.contains_xy(outline, east.ravel(), north.ravel())).reshape(shape)


def _rings(outline: Any) -> list[Any]:
    return [
        ring.coords
        for part in shapely.get_parts(outline)
        for ring in (part.exterior, *part.interiors)
        if len(ring.coords) > 2
    ]


def _share(places: npt.NDArray[Any], extent: Extent) -> list[tuple[float, float]]:
    x = (places[:, 0] - extent.left) / extent.width
    y = (extent.top - places[:, 1]) / extent.height
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _kept(folder: Path | None, candidate: Candidate) -> bytes:
    if folder is None:
        return b""
    try:
        return picture_bytes(cutout_path(folder, candidate.run, candidate.name))
    except GisError:
        return b""


def _twin(flight: str, candidate: Candidate) -> Path | None:
    """Of the frame that sees the place nearest to its centre."""
    path = Path(flight)
    try:
        read = read_flight(path)
        x, y = transform_point(Point(candidate.lon, candidate.lat), CGCS2000, read.crs)
        if not all(map(math.isfinite, (x, y))):
            return None
        sightings = frames_at(read, path.parent, x, y)
    except GisError:
        return None
    return next((s.visible for s in sightings if s.visible is not None), None)
