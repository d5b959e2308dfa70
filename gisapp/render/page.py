"""A whole map sheet onto a canvas: frame, title, legend, scale bar, north arrow, grid, notes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from gisapp.model.crs import title as crs_title
from gisapp.model.crs import transform
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.page import Page
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render import legend
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.grid import GridCurve, GridLine, crosses, grid, map_grid
from gisapp.render.labels import shortened
from gisapp.render.request import RenderRequest
from gisapp.render.scale_bar import (
    GEOGRAPHIC,
    length_text,
    metres_per_pixel,
    round_length,
    scale_text,
)

INK, DIM, RULE = "#1b2733", "#5b6875", "#1b2733"
GRID = "#1b273366"
MARGIN, COLUMN = 38.0, 176.0  # px of the style (1/96 inch)
TITLE, FOOT, LABELS = 22.0, 9.0, 9.0  # px


@dataclass(frozen=True)
class Box:
    """A rectangle of the sheet, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Sheet:
    """Where things are on a page at a resolution."""

    size: Size
    ratio: float  # pixels for one px of a style
    map: Box
    column: Box | None  # legend and scale bar; None: none of them is wanted


def sheet_of(page: Page, dots_per_inch: float) -> Sheet:
    """The layout. With a column at the right, or on upright paper a band below the map."""
    ratio = dots_per_inch / 96
    width, height = (mm / 25.4 * dots_per_inch for mm in page.size_mm)
    side = (MARGIN + (10 if page.grid else 0)) * ratio
    top = MARGIN * ratio + (42 * ratio if page.title else 0) + (8 * ratio if page.grid else 0)
    bottom = height - (MARGIN + 30 + (6 if page.grid else 0)) * ratio
    right = width - MARGIN * ratio
    furniture = page.legend or page.scale_bar or page.north_arrow
    grid_room = (12 if page.grid else 0) * ratio
    size = Size(round(width), round(height))
    if not furniture:
        return Sheet(size, ratio, _whole(side, top, right - grid_room, bottom), None)
    if page.landscape:
        edge = right - COLUMN * ratio
        frame = _whole(side, top, edge - 16 * ratio - grid_room, bottom)
        return Sheet(size, ratio, frame, Box(edge, frame.top, right, bottom))
    edge = bottom - height * 0.23
    frame = _whole(side, top, right - grid_room, edge - 20 * ratio - grid_room)
    return Sheet(size, ratio, frame, Box(side, edge, right - grid_room, bottom))


def _whole(left: float, top: float, right: float, bottom: float) -> Box:
    """On whole pixels, so that the picture of the map fits its frame."""
    return Box(round(left), round(top), round(right), round(bottom))


def sheet_camera(page: Page, camera: Camera, dots_per_inch: float) -> Camera:
    """The camera of the map on the sheet, at a round scale.

    It sees the page's extent with north up, or else all that `camera` shows, turned as that is.
    """
    sheet = sheet_of(page, dots_per_inch)
    size = Size(round(sheet.map.width), round(sheet.map.height))
    if page.extent is None and camera.rotation:
        share = max(camera.size.width / size.width, camera.size.height / size.height)
        fitted = replace(
            camera, size=size, resolution=camera.resolution * share, pixel_ratio=sheet.ratio
        )
    else:
        extent: Extent = page.extent or camera.extent
        fitted = Camera.fit(extent, size, camera.crs, margin=1.0, pixel_ratio=sheet.ratio)
    number = metres_per_pixel(fitted) * dots_per_inch / 0.0254
    power = 10.0 ** math.floor(math.log10(number))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10)
    larger = next(step * power for step in steps if step * power >= number * (1 - 1e-9))
    return replace(fitted, resolution=fitted.resolution * larger / number)


def paint_page(
    page: Page,
    request: RenderRequest,
    canvas: Canvas,
    progress: Progress,
    *,
    dots_per_inch: float,
    sources: Iterable[str] = (),
    maker: str = "",
) -> None:
    """Draw the sheet. `request.camera` is made with `sheet_camera` at the same resolution.

    `sources` are the attributions of the data, `maker` the program and its version.
    """
    sheet, camera = sheet_of(page, dots_per_inch), request.camera
    ratio, frame = sheet.ratio, sheet.map
    with canvas.frame(Pixel(frame.left, frame.top), camera.size) as window:
        request.paint(window, progress)
        curves = map_grid(camera, 120 * ratio, "plane") if page.grid and camera.rotation else ()
        lines = grid(camera, 120 * ratio) if page.grid and not camera.rotation else ()
        window.lines([curve.pixels for curve in curves], GRID, 0.6 * ratio)
        _paint_grid(lines, camera, window, ratio)
    canvas.lines([_outline(frame)], RULE, 1.2 * ratio)
    _paint_grid_labels(lines, frame, canvas, ratio)
    _paint_turned_labels(curves, frame, canvas, ratio)
    if page.title:
        at = Pixel(sheet.size.width / 2, (MARGIN + 14) * ratio)
        size = TITLE * ratio
        room = sheet.size.width - 2 * MARGIN * ratio
        size *= min(1.0, room / max(1.0, canvas.words_size(page.title, size, bold=True)[0]))
        canvas.words(at, page.title, INK, size, align="center", bold=True)
    if sheet.column is not None:
        _paint_column(page, request, sheet, canvas, dots_per_inch)
    _paint_foot(page, sheet, camera, canvas, [*sources], maker)


def _outline(box: Box) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    return np.array(
        [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], np.float64
    )


def _paint_grid(lines: tuple[GridLine, ...], camera: Camera, window: Canvas, ratio: float) -> None:
    """Small crosses where the lines meet and ticks at the frame: the map stays readable."""
    width, height = camera.size
    arm, tick = 4 * ratio, 7 * ratio
    parts = []
    for x, y in crosses(lines).tolist():
        parts += [np.array([[x - arm, y], [x + arm, y]]), np.array([[x, y - arm], [x, y + arm]])]
    for line in lines:
        at = line.at
        if line.way == "up":
            parts += [
                np.array([[at, 0.0], [at, tick]]),
                np.array([[at, height - tick], [at, height]]),
            ]
        else:
            parts += [
                np.array([[0.0, at], [tick, at]]),
                np.array([[width - tick, at], [width, at]]),
            ]
    window.lines(parts, GRID, 0.8 * ratio)


def _paint_grid_labels(
    lines: tuple[GridLine, ...], frame: Box, canvas: Canvas, ratio: float
) -> None:
    size, gap = LABELS * ratio, 9 * ratio
    for line in lines:
        half = canvas.words_size(line.text, size)[0] / 2
        if line.way == "up" and half < line.at < frame.width - half:
            for y in (frame.top - gap, frame.bottom + gap):
                at = Pixel(frame.left + line.at, y)
                canvas.words(at, line.text, DIM, size, align="center")
        elif line.way == "across" and half < line.at < frame.height - half:
            for x in (frame.left - gap, frame.right + gap):
                at = Pixel(x, frame.top + line.at)
                canvas.words(at, line.text, DIM, size, align="center", angle=-90)


def _paint_turned_labels(
    curves: tuple[GridCurve, ...], frame: Box, canvas: Canvas, ratio: float
) -> None:
    """On a turned map: at the place of the frame where each line ends, none on another."""
    size, gap = LABELS * ratio, 9 * ratio
    taken: dict[str, list[tuple[float, float]]] = {}
    sides = {
        "top": (0, 0.0, -gap),
        "bottom": (0, 0.0, gap),
        "left": (1, -gap, 0.0),
        "right": (1, gap, 0.0),
    }
    for curve in curves:
        if curve.at is None:
            continue
        along, right, down = sides[curve.edge]
        half = canvas.words_size(curve.text, size)[0] / 2
        at, room = curve.at[along], (frame.width, frame.height)[along]
        others = taken.setdefault(curve.edge, [])
        if half < at < room - half and all(abs(at - x) > half + h + gap for x, h in others):
            others.append((at, half))
            x, y = frame.left + curve.at[0] + right, frame.top + curve.at[1] + down
            angle = -90.0 if along else 0.0
            canvas.words(Pixel(x, y), curve.text, DIM, size, align="center", angle=angle)


def _paint_column(
    page: Page, request: RenderRequest, sheet: Sheet, canvas: Canvas, dots_per_inch: float
) -> None:
    assert sheet.column is not None
    box, ratio = sheet.column, sheet.ratio
    listed = legend.rows(request) if page.legend else ()
    if page.landscape:
        scale_top = box.bottom - 46 * ratio
        if page.north_arrow:
            _paint_north(request.camera, canvas, box.right - 20 * ratio, box.top, ratio)
        if listed:
            top = box.top + (56 * ratio if page.north_arrow else 0)
            room = (scale_top - top) / ratio - 12
            legend.paint(legend.fitting(listed, room), canvas, box.left, top, box.width, ratio)
        if page.scale_bar:
            _paint_scale(
                request.camera, canvas, box.left, scale_top, box.width, ratio, dots_per_inch
            )
        return
    side = box.right - COLUMN * ratio
    if listed:
        _paint_columns(listed, canvas, box, side - 16 * ratio, ratio)
    if page.north_arrow:
        _paint_north(request.camera, canvas, box.right - 20 * ratio, box.top, ratio)
    if page.scale_bar:
        top = box.bottom - 46 * ratio
        _paint_scale(request.camera, canvas, side, top, COLUMN * ratio, ratio, dots_per_inch)


def _paint_columns(
    listed: tuple[legend.Row, ...], canvas: Canvas, box: Box, right: float, ratio: float
) -> None:
    """The legend in up to three columns below the map of an upright sheet."""
    room, width = box.height / ratio - 8, COLUMN * ratio
    left, rest = box.left, listed
    while rest:
        last = left + 2 * width > right
        if last:
            part = legend.fitting(rest, room)
            rest = ()
        else:
            count = len(rest)
            while count > 1 and legend.height(rest[:count]) > room:
                count -= 1
            if count < len(rest) and rest[count - 1].kind == "head":
                count -= 1
            part, rest = rest[:count], rest[count:]
        inner = width - 12 * ratio
        legend.paint(part, canvas, left, box.top, inner, ratio, title=left == box.left)
        left += width


def _paint_north(camera: Camera, canvas: Canvas, x: float, top: float, ratio: float) -> None:
    """Points to true north at the centre of the map, not simply upwards."""
    turn = _true_north(camera)
    middle = np.array([x, top + 27 * ratio])
    form = np.array([[0, -16], [6.5, 12], [0, 7.5], [-6.5, 12], [0, -16]], np.float64) * ratio
    right = np.array([[0, -16], [6.5, 12], [0, 7.5], [0, -16]], np.float64) * ratio
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.array([[cos, sin], [-sin, cos]])
    canvas.areas([[right @ turned + middle]], INK, "", 0)
    canvas.lines([form @ turned + middle], INK, 1.1 * ratio)
    letter = np.array([0, -23.0 * ratio]) @ turned + middle
    canvas.words(Pixel(*letter.tolist()), "N", INK, 11 * ratio, align="center", bold=True)


def _true_north(camera: Camera) -> float:
    """The angle from the top of the picture to north, clockwise (radians), at the centre."""
    center = camera.center
    ((lon, lat),) = transform(np.array([center]), camera.crs, GEOGRAPHIC)
    north = transform(np.array([[lon, min(lat + 1e-3, 90.0)]]), GEOGRAPHIC, camera.crs)[0]
    dx, dy = north - np.array(center)
    return float(np.arctan2(dx, dy)) + math.radians(camera.rotation)


def _paint_scale(
    camera: Camera,
    canvas: Canvas,
    left: float,
    top: float,
    width: float,
    ratio: float,
    dots_per_inch: float,
) -> None:
    """Two round lengths, the first cut in four; true at the centre of the map."""
    per_pixel = metres_per_pixel(camera)
    half = round_length((width - 34 * ratio) / 2 * per_pixel)
    long = half / per_pixel
    y, tall = top + 18 * ratio, 5 * ratio
    for number in range(4):
        a, b = left + long * number / 4, left + long * (number + 1) / 4
        bar = np.array([[a, y], [b, y], [b, y + tall], [a, y + tall]])
        canvas.areas([[bar]], INK if number % 2 == 0 else "#ffffff", INK, 0.8 * ratio)
    a, b = left + long, left + 2 * long
    bar = np.array([[a, y], [b, y], [b, y + tall], [a, y + tall]])
    canvas.areas([[bar]], "#ffffff", INK, 0.8 * ratio)
    size = LABELS * ratio
    unit = 1000 if half >= 1000 else 1
    for x, metres in ((left, 0.0), (left + long, half)):
        text = f"{metres / unit:g}"
        align = "left" if metres == 0 else "center"
        canvas.words(Pixel(x, y - 8 * ratio), text, INK, size, align=align)
    canvas.words(Pixel(b, y - 8 * ratio), length_text(2 * half), INK, size, align="center")
    at = Pixel(left, y + tall + 13 * ratio)
    canvas.words(at, scale_text(camera, dots_per_inch), DIM, size)


def _paint_foot(
    page: Page, sheet: Sheet, camera: Camera, canvas: Canvas, sources: list[str], maker: str
) -> None:
    """Two quiet lines below everything: the system, the data, the note; date and program."""
    ratio, size = sheet.ratio, FOOT * sheet.ratio
    left, right = sheet.map.left, sheet.size.width - MARGIN * ratio
    first, second = (
        sheet.size.height - (MARGIN + 4) * ratio,
        sheet.size.height - (MARGIN - 11) * ratio,
    )
    system = tr("Coordinates: {crs}").format(crs=crs_title(camera.crs))
    if sources:
        system += "    " + tr("Data: {sources}").format(sources="; ".join(sources))
    width = right - left
    corner = page.date
    taken = canvas.words_size(corner, size)[0] + 20 * ratio
    canvas.words(Pixel(left, first), shortened(canvas, system, size, width - taken), DIM, size)
    canvas.words(Pixel(right, first), corner, INK, size, align="right")
    taken = canvas.words_size(maker, size)[0] + 20 * ratio
    if page.note:
        canvas.words(
            Pixel(left, second), shortened(canvas, page.note, size, width - taken), DIM, size
        )
    canvas.words(Pixel(right, second), maker, DIM, size, align="right")
