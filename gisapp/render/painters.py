"""One function per style. A painter knows its data and its style, and draws on a canvas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from gisapp.model.crs import Coordinates
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    PointStyle,
    Shape,
    ThermalStyle,
)
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.colours import lightness
from gisapp.render.columns import Numbers, codes, reals, texts
from gisapp.render.parts import Areas, Parts, as_pixels, in_view
from gisapp.render.ramps import coloured
from gisapp.render.request import Data, Raster

MANY = 300  # more symbols than this in view have no text in them
ROMAN = {str(n): text for n, text in enumerate(("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "Ⅵ"), 1)}
AT_ONCE = 100_000  # symbols in one call; between calls the work can be stopped
WIDTHS = 8  # steps from the thinnest to the thickest line


def paint_points(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, PointStyle)
    shapes, ratio = data.shapes_in(camera.crs), camera.pixel_ratio
    size = style.size * ratio
    parts = in_view(shapes, camera, size + 2)
    if not len(parts):
        return
    everything = len(parts) == len(shapes.coords)  # a part is one place
    at = camera.to_pixels(shapes.coords if everything else shapes.coords[parts])
    rows = shapes.owner[parts]
    for chosen, shape, color in _looks(style, data, rows):
        places = at[chosen]
        for first in range(0, len(places), AT_ONCE):
            progress.report(0.5, layer.name)
            canvas.symbols(places[first : first + AT_ONCE], shape, color, size)
    if style.inside and len(parts) <= MANY:
        for (x, y), text, color in zip(
            at.tolist(),
            texts(data, style.inside, rows),
            _colors(style.by, style.categories, style.color, data, rows),
            strict=True,
        ):
            _write_inside(canvas, Pixel(x, y), ROMAN.get(text, text), color, size)


def paint_lines(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, LineStyle)
    shapes, ratio = data.shapes_in(camera.crs), camera.pixel_ratio
    numbers = in_view(shapes, camera, style.width * ratio + 1)
    if not len(numbers):
        return
    progress.report(0.2, layer.name)
    if style.width_by:
        steps = _width_steps(data, style.width_by, shapes.owner[numbers])
        for step in range(WIDTHS):
            progress.report(0.5, layer.name)
            some = numbers[steps == step]
            if len(some):
                width = style.width * ratio * (0.25 + 0.75 * step / (WIDTHS - 1))
                canvas.lines(as_pixels(shapes, some, camera), style.color, width)
    else:
        canvas.lines(as_pixels(shapes, numbers, camera), style.color, style.width * ratio)


def paint_areas(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, data = layer.style, _features(data)
    assert isinstance(style, AreaStyle)
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
    colors = np.array(_colors(style.by, style.categories, style.fill, data, touched), object)
    for color in dict.fromkeys(colors.tolist()):
        same = paths.only(np.flatnonzero(colors == color))
        for first in range(0, len(same), AT_ONCE):
            progress.report(0.5, layer.name)
            some = same[first : first + AT_ONCE]
            canvas.areas(some, color, style.outline, style.width * ratio)


def paint_thermal(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style, raster = layer.style, _raster(data)
    assert isinstance(style, ThermalStyle)
    values = raster.values(camera.grid, progress)
    progress.report(0.8, layer.name)
    canvas.image(coloured(values, style.ramp, style.low, style.high), Pixel(0, 0), 1)


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


def _looks(
    style: PointStyle, data: FeatureSet, rows: Numbers
) -> Iterator[tuple[Numbers, Shape, str]]:
    """Which of the rows look how; the first category comes last and so lies on top."""
    state = codes(data, style.by, [c.value for c in style.categories], rows)
    kind = codes(data, style.shape_by, [value for value, _ in style.shapes], rows)
    looks = state * (len(style.shapes) + 1) + kind
    order = np.argsort(looks.astype(np.int16), kind="stable")
    ends = np.flatnonzero(np.diff(looks[order])) + 1
    for chosen in reversed(np.split(order, ends)):
        category, form = state[chosen[0]], kind[chosen[0]]
        shape: Shape = style.shape
        color = style.color
        if category >= 0:
            color = style.categories[category].color
            shape = style.categories[category].shape or shape
        if form >= 0:
            shape = style.shapes[form][1]
        yield chosen, shape, color


def _colors(
    by: str, categories: tuple[Category, ...], other: str, data: FeatureSet, rows: Numbers
) -> list[str]:
    colors = [*(c.color for c in categories), other]  # -1 is the last
    return [colors[code] for code in codes(data, by, [c.value for c in categories], rows)]


def _write_inside(canvas: Canvas, at: Pixel, text: str, fill: str, size: float) -> None:
    if not text:
        return
    letters = size * 0.66
    width, _ = canvas.words_size(text, letters, bold=True)
    letters *= min(1.0, size * 0.78 / max(width, 1))
    ink = "#1b2733" if lightness(fill) > 0.5 else "#ffffff"
    canvas.words(at, text, ink, letters, align="center", bold=True)


def _width_steps(data: FeatureSet, name: str, rows: Numbers) -> Numbers:
    """Width grows with the root of the value, as that of a river does with its discharge."""
    values = reals(data, name)
    if values is None or not np.isfinite(values).any():
        return np.full(len(rows), WIDTHS - 1, np.int64)
    share = np.sqrt(np.clip(np.nan_to_num(values[rows]) / max(np.nanmax(values), 1e-300), 0, 1))
    steps: Numbers = np.round(share * (WIDTHS - 1)).astype(np.int64)
    return steps


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
