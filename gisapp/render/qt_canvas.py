"""The canvas that paints with Qt: QtGui only, so any thread and no screen.

Call `warm_up` on the main thread first. PySide6 makes its classes on first use, and
two threads making the same class at once crash the program.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFontDatabase,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
)

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel, Size
from gisapp.model.progress import Progress
from gisapp.render.canvas import Draw, Image, Path, Sheet, StampMaker
from gisapp.render.colours import packed
from gisapp.render.compiled import PHASES, kernels
from gisapp.render.compiled_areas import sums_for
from gisapp.render.compiled_lines import words_for
from gisapp.render.compiled_tiles import AT_ONCE
from gisapp.render.compiled_tiles import loops as tile_loops
from gisapp.render.parts import Areas, Parts, closed, finite
from gisapp.render.pdf_dates import without_dates
from gisapp.render.qt_markers import (
    draw_symbol_or_marker,
    stamp_pixels,
    stamp_pixels_on_dark,
    stamps_for,
)
from gisapp.render.qt_marks import (
    RGBA,
    color_of,
    font_of,
    label_image,
    polygon,
    wrapped,
    write,
)
from gisapp.render.request import RenderRequest
from gisapp.render.rims import rim_color
from gisapp.render.stamps import Places, atlas_of, stamp_places
from gisapp.render.states import UNKNOWN

CHUNK = 400  # vertices in one call of Qt, which stops the other threads while it runs


class QtCanvas:
    """Draws on a picture (`pixels` is its memory) or, with `pixels` None, on a page."""

    def __init__(
        self, device: QPaintDevice, pixels: Image | None = None, *, dark: bool = False
    ) -> None:
        """`dark`: the ground is, so rims of symbols are dark too."""
        self._device, self._dark = device, dark
        self._begun: QPainter | None = None
        self._pixels = pixels
        self._origin = np.zeros(2)
        right, bottom = device.width(), device.height()
        self._clip = (0, 0, right, bottom)

    @property
    def _painter(self) -> QPainter:
        """Begun when it is needed: much is drawn by the compiled loops alone."""
        if self._begun is None:
            hints = QPainter.RenderHint
            self._begun = QPainter(self._device)
            self._begun.setRenderHints(hints.Antialiasing | hints.TextAntialiasing)
            self._begun.setRenderHint(hints.LosslessImageRendering, self._pixels is None)
        return self._begun

    def end(self) -> None:
        if self._begun is not None or self._pixels is None:
            self._painter.end()

    def sheet(self) -> Sheet | None:
        if self._pixels is None:
            return None
        x, y = self._origin.tolist()
        stamps = _stamps_of(self._dark)
        return Sheet(self._pixels.view(np.uint32)[:, :, 0], (x, y), self._clip, stamps)

    def image(self, pixels: Image, top_left: Pixel, scale: float) -> None:
        height, width, _ = pixels.shape
        pixels = np.ascontiguousarray(pixels)
        if scale == 1 and self._laid(pixels, top_left):
            return
        picture = QImage(pixels.data, width, height, width * 4, RGBA)
        if scale == 1 and float(top_left[0]).is_integer() and float(top_left[1]).is_integer():
            self._painter.drawImage(QPointF(*top_left), picture)
        else:
            target = QRectF(*top_left, width * scale, height * scale)
            self._painter.drawImage(target, picture)

    def _laid(self, pixels: Image, top_left: Pixel) -> bool:
        """A picture of just this size needs no painter."""
        loops, whole = tile_loops(), self._pixels
        if loops is None or whole is None or whole.shape != pixels.shape:
            return False
        moved = np.add(top_left, self._origin).any()
        if moved or self._clip != (0, 0, whole.shape[1], whole.shape[0]):
            return False
        below, above = whole.view(np.uint32)[:, :, 0], pixels.view(np.uint32)[:, :, 0]
        loops.lay(below, below, *(above,) * AT_ONCE, 1)
        return True

    def symbols(
        self, at: Coordinates, shape: str, fill: str, size: float, outline: str = "#ffffff"
    ) -> None:
        known = np.isfinite(at[:, 0] + at[:, 1])
        at = at if known.all() else at[known]
        loops = kernels()
        sheet = self.sheet()
        if sheet is not None and loops is not None:
            looks = np.zeros(len(at), np.int16)
            atlas = atlas_of(sheet.stamps, ((shape, fill),), round(size, 2), outline)
            moved = np.array([1, 0, self._origin[0], 0, 1, self._origin[1], 0, 0], np.float64)
            stamp_places(loops, sheet, [Places.simple(at, looks)], moved, atlas)
            return
        outline = rim_color(outline, fill, dark=self._dark)
        # a part of a picture must place them as the whole does
        quarters = np.floor(np.floor(at * 256 + 0.5) / 64)
        at = at[np.lexsort(quarters.T)]  # the southern lies over the northern
        if self._pixels is None:
            draw_symbol_or_marker(self._painter, at, shape, fill, size, outline)
            return
        stamps, _, pictures = stamps_for(shape, fill, round(size, 2), outline)
        half = stamps.shape[1] // 2
        at = (quarters[np.lexsort(quarters.T)]) / PHASES
        whole = np.floor(at)
        phases = ((at - whole) * PHASES).astype(int) @ (1, PHASES)
        for (x, y), phase in zip((whole - half).tolist(), phases.tolist(), strict=True):
            self._painter.drawImage(QPointF(x, y), pictures[phase])

    def rings(self, at: Coordinates, color: str, size: float, width: float) -> None:
        self._pen(color, width)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y in at.tolist():
            self._painter.drawEllipse(QPointF(x, y), size / 2, size / 2)

    def lines(
        self, parts: Iterable[Coordinates], color: str, width: float, dash: Sequence[float] = ()
    ) -> None:
        many = finite(Parts.of(parts if isinstance(parts, Parts) else list(parts)))
        loops, sheet = kernels(), self.sheet()
        if not len(many.coords):
            return
        if sheet is None or loops is None:
            self._draw_lines(many, color, width, dash)
            return
        places = np.ascontiguousarray(many.coords + self._origin, np.float64)
        x, y, room = places[:, 0], places[:, 1], width + 1
        left, top, right, bottom = self._clip
        box = (
            int(max(left, min(right, x.min() - room))),
            int(max(top, min(bottom, y.min() - room))),
            math.ceil(min(right, max(left, x.max() + room))),
            math.ceil(min(bottom, max(top, y.max() + room))),
        )
        look = np.full(len(many), float(width)), np.array(dash, np.float64), False
        inking = np.uint32(packed(color)), words_for(box), UNKNOWN
        loops.lines(sheet.pixels, places, many.starts, *look, *inking, *box)

    def areas(self, paths: Iterable[Path], fill: str, outline: str, width: float) -> None:
        listed = Areas.of(paths if isinstance(paths, Areas) else list(paths))
        loops, sheet = kernels(), self.sheet()
        listed = Areas(finite(listed.rings), listed.firsts)
        if fill and sheet is not None and loops is not None:
            places = np.ascontiguousarray(listed.rings.coords + self._origin, np.float64)
            inks = np.full(len(listed), packed(fill), np.uint32)
            parts = listed.rings.starts, listed.firsts
            sums = sums_for(sheet.clip)
            loops.areas(sheet.pixels, places, *parts, inks, *sums, *sheet.clip)
        elif fill:
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(color_of(fill))
            for rings in listed:
                if not len(rings.coords):
                    continue
                if len(rings) == 1:
                    self._painter.drawPolygon(polygon(rings[0]))
                    continue
                path = QPainterPath()  # starts with the even-odd rule
                for ring in rings:
                    path.addPolygon(polygon(ring))
                    path.closeSubpath()
                self._painter.drawPath(path)
        if outline and width > 0:
            self.lines(closed(listed.rings), outline, width)

    def words(
        self,
        at: Pixel,
        text: str,
        color: str,
        size: float,
        *,
        halo: str = "",
        align: str = "left",
        bold: bool = False,
        angle: float = 0.0,
    ) -> None:
        width = font_of(max(1, round(size)), bold)[1].horizontalAdvance(text)
        left = {"left": 0.0, "center": -width / 2, "right": -width}[align]
        painter = self._painter
        if halo and not angle and self._pixels is not None:
            label, middle = label_image(text, color, round(size), halo, bold)
            start = np.add(self._origin, (at[0] + left, at[1]))
            x, y = np.round(start) - middle - self._origin
            painter.drawImage(QPointF(x, y), label)
            return
        painter.save()
        painter.translate(*at)
        if angle:
            painter.rotate(angle)
        write(painter, left, text, color, size, halo, bold)
        painter.restore()

    def words_size(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
        _, metrics = font_of(max(1, round(size)), bold)
        return metrics.horizontalAdvance(text), metrics.ascent() + metrics.descent()

    @contextmanager
    def layer(self, opacity: float) -> Iterator[QtCanvas]:
        if opacity >= 1:
            yield self
            return
        if self._pixels is None:
            self._painter.setOpacity(opacity)
            yield self
            self._painter.setOpacity(1)
            return
        pixels = np.zeros_like(self._pixels)
        canvas = QtCanvas(wrapped(pixels), pixels, dark=self._dark)
        canvas._origin, canvas._clip = self._origin, self._clip
        canvas._painter.translate(*self._origin)
        try:
            yield canvas
        finally:
            canvas.end()
        self._painter.setOpacity(opacity)
        self._painter.drawImage(QPointF(*-self._origin), wrapped(pixels))
        self._painter.setOpacity(1)

    @contextmanager
    def frame(self, top_left: Pixel, size: Size) -> Iterator[QtCanvas]:
        origin, clip = self._origin, self._clip
        painter = self._painter
        painter.save()
        painter.setClipRect(QRectF(*top_left, *size), Qt.ClipOperation.IntersectClip)
        painter.translate(*top_left)
        self._origin = origin + top_left
        left, top = np.round(self._origin).astype(int).tolist()
        self._clip = (
            max(clip[0], left),
            max(clip[1], top),
            min(clip[2], left + size.width),
            min(clip[3], top + size.height),
        )
        try:
            yield self
        finally:
            painter.restore()
            self._origin, self._clip = origin, clip

    def _pen(self, color: str, width: float, dash: Sequence[float] = ()) -> None:
        pen = QPen(color_of(color), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if dash else Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dash and width > 0:
            pen.setDashPattern([part / width for part in dash])  # Qt counts in widths
        self._painter.setPen(pen)

    def _draw_lines(self, parts: Parts, color: str, width: float, dash: Sequence[float]) -> None:
        """One path for many short lines: a page grows less, and the colour is laid on once."""
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._pen(color, width, dash)
        path, inside = QPainterPath(), 0
        for part in parts:
            if len(part) == 1:
                self._painter.drawPoint(QPointF(*part[0]))
                continue
            path.addPolygon(polygon(part))
            inside += len(part)
            if inside > CHUNK:
                self._painter.drawPath(path)
                path, inside = QPainterPath(), 0
        if inside:
            self._painter.drawPath(path)


def _stamps_of(dark: bool) -> StampMaker:
    return stamp_pixels_on_dark if dark else stamp_pixels


class QtPress:
    """Pictures, PNG and PDF made with Qt. `dark`: pictures are shown on a dark ground."""

    def __init__(self, *, dark: bool = False) -> None:
        self.dark = dark

    @property
    def stamps(self) -> StampMaker:
        return _stamps_of(self.dark)

    def picture(self, size: Size, draw: Draw, into: Image | None = None) -> Image:
        pixels = np.empty((size.height, size.width, 4), np.uint8) if into is None else into
        pixels.fill(0)
        self._draw(pixels, draw, self.dark)
        return pixels

    def png(self, size: Size, dots_per_inch: float, draw: Draw) -> bytes:
        pixels = np.full((size.height, size.width, 4), 255, np.uint8)
        self._draw(pixels, draw)
        image = wrapped(pixels).convertToFormat(QImage.Format.Format_RGB888)
        per_metre = round(dots_per_inch / 0.0254)
        image.setDotsPerMeterX(per_metre)
        image.setDotsPerMeterY(per_metre)
        return _bytes(lambda device: image.save(device, "PNG"))  # type: ignore[call-overload]

    def pdf(self, size_mm: tuple[float, float], dots_per_inch: float, draw: Draw) -> bytes:
        return self.pdf_pages(size_mm, dots_per_inch, [draw])

    def pdf_pages(self, size_mm: tuple[float, float], dpi: float, draws: Sequence[Draw]) -> bytes:
        def write(device: QBuffer) -> None:
            writer = QPdfWriter(device)
            writer.setResolution(round(dpi))
            writer.setPageSize(QPageSize(QSizeF(*size_mm), QPageSize.Unit.Millimeter))
            writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
            writer.setCreator("gisapp")
            canvas = QtCanvas(writer)
            try:
                for number, draw in enumerate(draws):
                    if number:
                        writer.newPage()
                    draw(canvas)
            finally:
                canvas.end()

        return without_dates(_bytes(write))

    def _draw(self, pixels: Image, draw: Draw, dark: bool = False) -> None:
        canvas = QtCanvas(wrapped(pixels), pixels, dark=dark)
        try:
            draw(canvas)
        finally:
            canvas.end()


def paint_picture(request: RenderRequest, progress: Progress) -> Image:
    """The whole request as one picture."""
    return QtPress().picture(request.camera.size, lambda canvas: request.paint(canvas, progress))


def _bytes(write: Any) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(content.data())


def warm_up() -> None:
    """Use everything once and bring in the font, so that workers find it made."""
    fonts = files("gisapp").joinpath("fonts")
    for entry in sorted(fonts.iterdir(), key=lambda item: item.name) if fonts.is_dir() else ():
        if entry.name.endswith((".otf", ".ttf")):
            QFontDatabase.addApplicationFont(str(entry))
    triangle = np.array([[0.0, 0], [4, 4], [0, 4]])

    def everything(canvas: QtCanvas) -> None:
        with canvas.layer(0.5) as sheet, sheet.frame(Pixel(1, 1), Size(6, 6)) as part:
            part.image(np.zeros((2, 2, 4), np.uint8), Pixel(0, 0), 1.5)
            part.symbols(triangle, "circle", "#000000", 2)
            part.rings(triangle, "#000000", 3, 1)
            part.lines([triangle, triangle[:1]], "#000000", 1)
            part.areas([[triangle, triangle], [triangle]], "#000000", "#000000", 1)
            part.words(Pixel(0, 0), "a", "#000000", 9, halo="#ffffff", bold=True, angle=9)
            part.words_size("a", 9)

    press = QtPress()
    press.png(Size(8, 8), 96, everything)  # type: ignore[arg-type]
    press.pdf((10, 10), 96, everything)  # type: ignore[arg-type]
