"""The legend of a sheet: a row for each look that is to be seen in the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import numpy as np

from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    MeasureStyle,
    PointStyle,
    Shape,
    ThermalStyle,
)
from gisapp.model.survey import layer_title
from gisapp.model.text import language, tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.colours import rgba
from gisapp.render.columns import Numbers, codes, column_of
from gisapp.render.labels import shortened
from gisapp.render.parts import in_view
from gisapp.render.request import RenderRequest
from gisapp.render.thermal_colours import correction_words, stops_of

INK, DIM = "#1b2733", "#5b6875"
TEXT, HEAD = 10.0, 10.5  # px
ROW, GAP, SWATCH = 17.0, 7.0, 26.0  # px


@dataclass(frozen=True)
class Row:
    """One line of the legend. `kind` says what the swatch is."""

    kind: Literal["head", "point", "cluster", "line", "area", "ramp", "picture"]
    text: str
    color: str = ""
    outline: str = ""
    shape: str = "circle"  # or the name of a marker
    size: float = 0.0
    dash: tuple[float, ...] = ()
    style: ThermalStyle | None = None
    unit: str = ""
    single: bool = True  # the layer has this row only
    first: bool = False  # of the single ones below a group


def rows(request: RenderRequest) -> tuple[Row, ...]:
    """Top layer first. A layer with nothing in view has no row."""
    found: list[Row] = []
    for layer in reversed(request.layers):
        data = request.data.get(layer.id)
        if not layer.visible or data is None:
            continue
        style = layer.style
        if isinstance(style, ThermalStyle):
            unit = getattr(data, "unit", "")
            found.append(Row("ramp", layer.name, style=style, unit=unit))
        elif isinstance(style, MeasureStyle):
            found.append(Row("point", layer.name, style.edge, shape="circle", size=8.0))
        elif isinstance(style, PointStyle | LineStyle | AreaStyle):
            if hasattr(data, "shapes_in"):
                found += _feature_rows(layer, cast(FeatureSet, data), request.camera)
        else:
            found.append(Row("picture", layer.name))
    return tuple(
        replace(row, first=row.single and number > 0 and not found[number - 1].single)
        for number, row in enumerate(found)
    )


def _feature_rows(layer: Layer, data: FeatureSet, camera: Camera) -> list[Row]:
    style, shapes = layer.style, data.shapes_in(camera.crs)
    seen = np.unique(shapes.owner[in_view(shapes, camera, 0)])
    if not len(seen):
        return []
    if isinstance(style, LineStyle):
        width = max(1.0, style.width)
        return [Row("line", layer.name, style.color, size=width, dash=style.dash)]
    assert isinstance(style, PointStyle | AreaStyle)
    kinds: list[Row] = []
    if isinstance(style, AreaStyle):
        for category in _categories(style.by, style.categories, data, seen):
            kinds.append(Row("area", _title(category), category.color, style.outline, single=False))
        return _with_head(layer, kinds) or [Row("area", layer.name, style.fill, style.outline)]
    for category in _categories(style.by, style.categories, data, seen):
        shape = category.shape or style.marker or style.shape
        size = _size(shape, 9.5)
        kinds.append(
            Row("point", _title(category), category.color, shape=shape, size=size, single=False)
        )
    found = _with_head(layer, kinds)
    forms = codes(data, style.shape_by, [value for value, _ in style.shapes], seen)
    field = next((f for f in data.fields if f.name == style.shape_by), None)
    for number in np.unique(forms[forms >= 0]) if field is not None else ():
        value, shape = style.shapes[number]
        assert field is not None
        found.append(Row("point", field.shown(value), DIM, shape=shape, size=9.5, single=False))
    shape = style.marker or style.shape
    size = _size(shape, min(style.size, 13.0))
    found = found or [Row("point", layer_title(layer), style.color, shape=shape, size=size)]
    if style.cluster:
        words = tr("So many points in one place")
        found.append(Row("cluster", words, style.color, size=15.0, single=False))
    return found


def _size(shape: str, size: float) -> float:
    """A marker says nothing where a circle still does."""
    return size if shape in get_args(Shape) else max(size, 15.0)


def _categories(
    by: str, categories: tuple[Category, ...], data: FeatureSet, seen: Numbers
) -> list[Category]:
    """Those that are in view, in the order of the style."""
    if not by or column_of(data, by) is None:
        return []
    found = np.unique(codes(data, by, [c.value for c in categories], seen))
    return [categories[number] for number in found if number >= 0]


def _with_head(layer: Layer, kinds: list[Row]) -> list[Row]:
    return [Row("head", layer_title(layer)), *kinds] if kinds else []


def _title(category: Category) -> str:
    chinese = language() == "zh_CN" and category.title_zh_CN
    return category.title_zh_CN if chinese else category.title


def height(listed: tuple[Row, ...]) -> float:
    """In px of the style, with its title."""
    return sum(_tall(row) for row in listed) + ROW + GAP


def _tall(row: Row) -> float:
    """Of one row; a row that stands for a whole layer keeps some distance."""
    if row.kind == "ramp":
        corrected = row.style is not None and _is_corrected(row.style)
        return ROW * 2.6 + GAP + (13.0 if corrected else 0.0)
    if row.kind == "head":
        return ROW + GAP
    return ROW + (3.0 if row.single else 0.0) + (GAP if row.first else 0.0)


def _is_corrected(style: ThermalStyle) -> bool:
    return bool(correction_words(style.correction))


def fitting(listed: tuple[Row, ...], room: float) -> tuple[Row, ...]:
    """As many rows as there is room for (px of the style); then a last one says how many more."""
    if height(listed) <= room:
        return listed
    kept = list(listed)
    while kept and height((*kept, Row("head", ""))) > room:
        kept.pop()
    more = len([row for row in listed[len(kept) :] if row.kind != "head"])
    return (*kept, Row("head", tr("… and {n} more").format(n=more)))


def paint(
    listed: tuple[Row, ...],
    canvas: Canvas,
    left: float,
    top: float,
    width: float,
    ratio: float,
    *,
    title: bool = True,
) -> float:
    """Draw the rows below each other; returns where the next thing may begin (pixels)."""
    if title:
        head = Pixel(left, top + ROW * ratio / 2)
        canvas.words(head, tr("Legend"), INK, 11.5 * ratio, bold=True)
    y = top + (ROW + GAP) * ratio
    for row in listed:
        tall = _tall(row) * ratio
        if row.kind == "head":
            middle = Pixel(left, y + tall - ROW * ratio / 2)
            canvas.words(
                middle, shortened(canvas, row.text, HEAD * ratio, width), INK, HEAD * ratio
            )
        elif row.kind == "ramp":
            _paint_ramp(row, canvas, left, y, width, ratio)
        else:
            _paint_row(row, canvas, left, y + tall - ROW * ratio / 2, width, ratio)
        y += tall
    return y


def _paint_row(
    row: Row, canvas: Canvas, left: float, middle: float, width: float, ratio: float
) -> None:
    half, end = SWATCH / 2 * ratio, left + SWATCH * ratio
    at = np.array([[left + half, middle]])
    if row.kind == "point":
        canvas.symbols(at, row.shape, row.color, row.size * ratio)
    elif row.kind == "cluster":
        size = row.size * ratio
        canvas.symbols(at, "circle", row.color, size)
        canvas.symbols(at, "circle", "#ffffff", size * 0.62, row.color)
        canvas.words(Pixel(*at[0]), "n", INK, size * 0.5, align="center", bold=True)
    elif row.kind == "line":
        dash = tuple(part * ratio for part in row.dash)
        turns = np.array([[0.0, 4], [8, -3], [17, 3], [SWATCH, -4]]) * ratio + (left, middle)
        canvas.lines([turns], row.color, min(row.size, 4.0) * ratio, dash)
    elif row.kind == "area":
        tall = 5.5 * ratio
        box = np.array(
            [
                [left, middle - tall],
                [end, middle - tall],
                [end, middle + tall],
                [left, middle + tall],
            ]
        )
        canvas.areas([[box]], row.color, row.outline, ratio)
    room = width / ratio - SWATCH - 7
    text = shortened(canvas, row.text, TEXT * ratio, room * ratio)
    canvas.words(Pixel(end + 7 * ratio, middle), text, INK, TEXT * ratio)


def _paint_ramp(
    row: Row, canvas: Canvas, left: float, top: float, width: float, ratio: float
) -> None:
    assert row.style is not None
    name = f"{row.text} ({row.unit})" if row.unit else row.text
    canvas.words(
        Pixel(left, top + (GAP + ROW / 2) * ratio),
        shortened(canvas, name, HEAD * ratio, width),
        INK,
        HEAD * ratio,
    )
    bar_top, bar = top + (GAP + ROW + 1) * ratio, min(width, 150 * ratio)
    stops = stops_of(row.style, max(2, round(bar)), isotherms=True)
    wide = np.full((1, len(stops), 4), 255, np.uint8)
    wide[0, :, :3] = [rgba(color)[:3] for color in stops]
    tall = max(1, round(9 * ratio))
    canvas.image(
        np.ascontiguousarray(np.broadcast_to(wide[:1], (tall, *wide.shape[1:]))),
        Pixel(round(left), round(bar_top)),
        1,
    )
    low, high = row.style.low, row.style.high
    y = bar_top + (9 + 8) * ratio
    for share, align in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        text = f"{low + share * (high - low):.4g}".replace("-", "−")
        canvas.words(Pixel(left + share * bar, y), text, DIM, 9 * ratio, align=align)
    if _is_corrected(row.style):
        words = tr("Corrected: {words}").format(words=correction_words(row.style.correction))
        words = shortened(canvas, words, 8.5 * ratio, width)
        canvas.words(Pixel(left, y + 13 * ratio), words, DIM, 8.5 * ratio)
