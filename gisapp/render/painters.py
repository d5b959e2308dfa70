"""One function per style. A painter knows its data and its style, and draws on a canvas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.cluster_painting import paint_clustered
from gisapp.render.colours import lightness
from gisapp.render.columns import texts
from gisapp.render.compiled import kernels
from gisapp.render.looks import area_fills, point_looks
from gisapp.render.parts import Areas, Parts, as_pixels, in_view
from gisapp.render.ramps import coloured_by
from gisapp.render.request import Data, Raster
from gisapp.render.rims import rim
from gisapp.render.sheet_painting import areas_on_sheet, lines_on_sheet, points_on_sheet
from gisapp.render.thermal_colours import lookup_of
from gisapp.render.thinning import shown_widths

MANY = 300  # more symbols than this in view have no text in them
ROMAN = {str(n): text for n, text in enumerate(("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "Ⅵ"), 1)}
AT_ONCE = 100_000  # symbols in one call; between calls the work can be stopped
MANY_RUNS = 2000  # more changes of colour between areas are not followed one by one


def paint_points(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, PointStyle)
    if style.cluster:
        paint_clustered(style, data, camera, canvas)
        return
    loops, sheet, ratio = kernels(), canvas.sheet(), camera.pixel_ratio
    size = style.size * ratio
    if loops is not None and sheet is not None:
        points_on_sheet(loops, sheet, style, data, camera, progress)
        if style.inside:
            _write_insides(style, data, camera, canvas)
        return
    shapes = data.shapes_in(camera.crs)
    parts = in_view(shapes, camera, size + 2)
    if not len(parts):
        return
    everything = len(parts) == len(shapes.coords)  # a part is one place
    at = camera.to_pixels(shapes.coords if everything else shapes.coords[parts])
    number, looks = point_looks(style, data)
    mine, edge = number[shapes.owner[parts]], rim(data, size, camera)
    for look in reversed(range(len(looks))):
        places = at[mine == look]
        for first in range(0, len(places), AT_ONCE):
            progress.report(0.5, layer.name)
            canvas.symbols(places[first : first + AT_ONCE], *looks[look], size, edge)
    if style.inside:
        _write_insides(style, data, camera, canvas)


def paint_lines(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, LineStyle)
    loops, sheet = kernels(), canvas.sheet()
    if loops is not None and sheet is not None:
        lines_on_sheet(loops, sheet, style, data, camera, progress)
        return
    shapes, ratio = data.shapes_in(camera.crs), camera.pixel_ratio
    numbers = in_view(shapes, camera, style.width * ratio + 1)
    if not len(numbers):
        return
    progress.report(0.2, layer.name)
    widths = shown_widths(style, data, camera, shapes.owner[numbers])
    dash = tuple(part * ratio for part in style.dash)
    if widths is None:
        canvas.lines(as_pixels(shapes, numbers, camera), style.color, style.width * ratio, dash)
        return
    for share in np.unique(widths[widths > 0]):
        progress.report(0.5, layer.name)
        some = as_pixels(shapes, numbers[widths == share], camera)
        canvas.lines(some, style.color, style.width * ratio * float(share), dash)


def paint_areas(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, AreaStyle)
    loops, sheet = kernels(), canvas.sheet()
    if loops is not None and sheet is not None:
        areas_on_sheet(loops, sheet, style, data, camera, progress)
        return
    shapes, ratio = data.shapes_in(camera.crs), camera.pixel_ratio
    if not len(shapes.owner):
        return
    touched = np.unique(shapes.owner[in_view(shapes, camera, style.width * ratio + 1)])
    if not len(touched):
        return
    numbers = np.flatnonzero(np.isin(shapes.owner, touched))  # a hole out of view counts too
    owners = shapes.owner[numbers]
    rings = _clipped(as_pixels(shapes, numbers, camera), camera)
    firsts = np.searchsorted(owners, touched)
    paths = Areas(rings, np.append(firsts, len(owners)))
    code, fills = area_fills(style, data)
    colors = np.array(fills, object)[code[touched]]
    for some, color in _runs(paths, colors):
        progress.report(0.5, layer.name)
        if color:
            canvas.areas(some, color, "", 0)
    if style.outline and style.width > 0:
        canvas.areas(paths, "", style.outline, style.width * ratio)


def paint_thermal(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, raster = layer.style, _raster(data)
    assert isinstance(style, ThermalStyle)
    values = raster.values(camera.grid, progress)
    progress.report(0.8, layer.name)
    canvas.image(coloured_by(values, lookup_of(style)), Pixel(0, 0), 1)


def paint_picture(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    raster = _raster(data)
    canvas.image(raster.colours(camera.grid, progress), Pixel(0, 0), 1)


def _features(data: Data) -> FeatureSet:
    """A layer styled as features over a raster is a mistake in the project file."""
    if not hasattr(data, "shapes_in"):
        raise ProjectError(
            tr("The layer is a raster but is styled as points, lines or areas"),
            hint=tr("Choose another style for it in the layer panel."),
        )
    return cast(FeatureSet, data)


def _raster(data: Data) -> Raster:
    if not hasattr(data, "value_at"):
        raise ProjectError(
            tr("The layer holds features but is styled as a raster"),
            hint=tr("Choose another style for it in the layer panel."),
        )
    return cast(Raster, data)


def _runs(paths: Areas, colors: npt.NDArray[np.object_]) -> Iterator[tuple[Areas, str]]:
    """Areas of one colour that follow each other in the layer; of very many, all of a colour."""
    ends = np.flatnonzero(colors[1:] != colors[:-1]) + 1
    if len(ends) > MANY_RUNS:
        for color in dict.fromkeys(colors.tolist()):
            yield paths.only(np.flatnonzero(colors == color)), color
        return
    bounds = [0, *ends.tolist(), len(colors)]
    for first, last in pairwise(bounds):
        yield paths[first:last], colors[first]


def _write_insides(style: PointStyle, data: FeatureSet, camera: Camera, canvas: Canvas) -> None:
    """What a field says, inside each symbol, where there are not too many."""
    size = style.size * camera.pixel_ratio
    detail = data.detail_in(camera.crs)
    shapes = data.shapes_in(camera.crs)
    if detail is None:
        parts = in_view(shapes, camera, size + 2)
        rows = shapes.owner[parts]
    else:
        rows = detail.features_in(camera.extent.grown((size + 2) * camera.resolution))
        parts = np.searchsorted(shapes.owner, rows)
    if not 0 < len(parts) <= MANY:
        return
    number, looks = point_looks(style, data)
    at = camera.to_pixels(shapes.coords[parts]).tolist()
    for (x, y), text, look in zip(at, texts(data, style.inside, rows), number[rows], strict=True):
        _write_inside(canvas, Pixel(x, y), ROMAN.get(text, text), looks[look][1], size)


def _write_inside(canvas: Canvas, at: Pixel, text: str, fill: str, size: float) -> None:
    if not text:
        return
    letters = size * 0.66
    width, _ = canvas.words_size(text, letters, bold=True)
    letters *= min(1.0, size * 0.78 / max(width, 1))
    ink = "#1b2733" if lightness(fill) > 0.5 else "#ffffff"
    canvas.words(at, text, ink, letters, align="center", bold=True)


def _clipped(rings: Parts, camera: Camera) -> Parts:
    """Rings that reach far out of the picture are cut, those that lie outside are empty."""
    margin = 64.0
    width, height = camera.size
    x, y, starts = rings.coords[:, 0], rings.coords[:, 1], rings.starts[:-1]
    far = (np.minimum.reduceat(x, starts) < -4000) | (np.minimum.reduceat(y, starts) < -4000)
    far |= np.maximum.reduceat(x, starts) > width + 4000
    far |= np.maximum.reduceat(y, starts) > height + 4000
    if not far.any():
        return rings
    out = list(rings)
    for number in np.flatnonzero(far):
        out[number] = _cut(out[number], -margin, -margin, width + margin, height + margin)
    return Parts.of(out)


def _cut(ring: Coordinates, left: float, top: float, right: float, bottom: float) -> Coordinates:
    """A ring inside a rectangle (Sutherland and Hodgman 1974)."""
    for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
        if not len(ring):
            return ring
        after = np.roll(ring, -1, axis=0)
        depth, depth_after = (ring[:, axis] - limit) * sign, (after[:, axis] - limit) * sign
        crossing = (depth >= 0) != (depth_after >= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (depth / (depth - depth_after))[:, None]
            between = ring + (after - ring) * share
        pairs = np.stack([ring, between], axis=1).reshape(-1, 2)
        keep = np.column_stack([depth >= 0, crossing]).ravel()
        ring = pairs[keep]
    return ring
