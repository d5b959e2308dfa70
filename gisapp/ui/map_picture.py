"""Pictures of the layers, shown where the camera looks now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QTransform

from gisapp.app.events import Event
from gisapp.app.map_view import MapView
from gisapp.model.geometry import Pixel, Size
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.render.compiled_tiles import TileLoops, loops
from gisapp.render.square_memory import SQUARES
from gisapp.render.tiles import Coarse, Frame, Scale, Sheet, Tile, TilePlace
from gisapp.ui.map_stretched import ARGB, RGB, StretchedFrame, shown

SMOOTH_UP_TO = 4_000_000  # pixels; larger pictures are scaled coarsely while moving
AROUND = 256  # pixels beside the view that are there when a picture is made smaller
Marks = Callable[[QPainter, Camera], None]


class LastPicture:
    """Moved, scaled and turned by the difference of the two cameras until the next one is there."""

    def __init__(self) -> None:
        self.camera: Camera | None = None
        self._image = QImage()

    def clear(self) -> None:
        self.camera, self._image = None, QImage()

    def show(self, camera: Camera, pixels: Image) -> None:
        height, width, _ = pixels.shape
        made = QImage(
            pixels.data, width, height, width * 4, QImage.Format.Format_RGBA8888_Premultiplied
        )
        # A copy in the format of the screen: painted without conversion, and its own memory.
        self.show_image(camera, made.convertToFormat(ARGB))

    def show_image(self, camera: Camera, image: QImage) -> None:
        """A picture in the format of the screen."""
        self.camera, self._image = camera, image

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """`painter` in logical pixels of the widget that `camera` fills."""
        painter.save()
        painter.scale(1 / camera.pixel_ratio, 1 / camera.pixel_ratio)
        self.paint_pixels(painter, camera)
        painter.restore()

    def paint_pixels(self, painter: QPainter, camera: Camera, *, smooth: bool = True) -> None:
        """`painter` in device pixels. Not smooth while it moves: that takes a moment longer."""
        seen = self.camera
        if seen is None or seen.crs != camera.crs:
            return
        scale = seen.resolution / camera.resolution
        corner = camera.to_screen(seen.to_map(Pixel(0, 0)))
        painter.save()
        small = self._image.width() * self._image.height() <= SMOOTH_UP_TO
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth and small)
        if seen.rotation != camera.rotation:
            painter.setTransform(_between(seen, camera), True)
            painter.drawImage(QPoint(0, 0), self._image)
        elif abs(scale - 1) < 1e-6:
            painter.drawImage(round(corner.x), round(corner.y), self._image)
        elif (
            not (smooth and small)
            and painter.paintEngine().type() == QPaintEngine.Type.Raster
            and (compiled := loops()) is not None
        ):
            self._paint_stretched(painter, corner, scale, camera, compiled)
        else:
            self._paint_scaled(painter, corner, scale, camera)
        painter.restore()

    def _paint_stretched(
        self, painter: QPainter, corner: Pixel, scale: float, camera: Camera, compiled: TileLoops
    ) -> None:
        """Each pixel one of the picture. Qt does the same on threads of its own and waits for
        them, while those that draw have the cores."""
        image = self._image
        across = shown(corner.x, image.width(), scale, camera.size.width)
        down = shown(corner.y, image.height(), scale, camera.size.height)
        if across is None or down is None:
            return
        (left, columns), (top, rows) = across, down
        size = Size(len(columns), len(rows))
        pixels = np.frombuffer(image.constBits(), np.uint32)
        out = SQUARES.new(size)
        compiled.stretch(pixels.reshape(image.height(), image.width()), rows, columns, out, 0, 0)
        made = QImage(out.data, *size, size.width * 4, image.format())
        painter.drawImage(left, top, made)

    def _paint_scaled(self, painter: QPainter, corner: Pixel, scale: float, camera: Camera) -> None:
        """Only the part that is seen: far zoomed in, the whole picture would be enormous."""
        image = self._image
        target = QRectF(corner.x, corner.y, image.width() * scale, image.height() * scale)
        window = QRectF(-2, -2, camera.size.width + 4, camera.size.height + 4)
        part = target.intersected(window)
        if part.isEmpty():
            return
        source = QRectF(
            (part.x() - target.x()) / scale,
            (part.y() - target.y()) / scale,
            part.width() / scale,
            part.height() / scale,
        )
        painter.drawImage(part, image, source)


class ViewPicture:
    """Shows what a view has: its squares where they lie, and the last picture until they come."""

    def __init__(self, view: MapView) -> None:
        self.view = view
        self.changed: Event[None] = Event()  # paint it again
        self.background: QColor | None = None  # below the layers; if it is known, less is mixed
        self._before = LastPicture()  # of another scale or turn
        self._before_of: tuple[Frame, int, QColor | None] | None = None
        self._stretched = StretchedFrame()
        self._coarse = LastPicture()
        self._coarse_of: Coarse | None = None  # holds the memory of the picture
        self._seen: Camera | None = None  # of the paint before
        self._leave = view.tiles_changed.subscribe(self._more)

    def close(self) -> None:
        self._leave()
        self._leave = lambda: None  # what it holds may go
        self._stretched.clear()
        _images.forget(self.view.frame)

    @property
    def camera(self) -> Camera | None:
        """Of the newest complete picture; None before the first one."""
        return self.view.last.camera if self.view.last is not None else None

    def is_sharp(self, camera: Camera) -> bool:
        """Whether all squares of a view are there; labels may be on the way."""
        frame = self.view.frame
        return frame.grid.suits(camera) and _are_there(frame, frame.grid.places(camera))

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        clip: QRect | None = None,
        marks: Marks | None = None,
    ) -> None:
        """`painter` and `clip` in logical pixels of the widget that `camera` fills.

        `marks` paints, in the same pixels, what lies over the layers and under their names. Where
        nothing is to be seen there is the background, if there is one.
        """
        frame, smooth = self.view.frame, camera == self._seen
        self._seen = camera
        painter.save()
        if clip is not None:
            painter.setClipRect(clip)
        painter.scale(1 / camera.pixel_ratio, 1 / camera.pixel_ratio)
        if not frame.grid.suits(camera):
            self._paint_before(painter, camera)
            _paint_marks(painter, camera, marks)  # the names are in that picture
        else:
            places = frame.grid.places(camera)
            if _are_there(frame, places):
                self._fill_bare(painter, frame, camera, places)
            else:
                self._paint_below(painter, frame, camera, smooth=smooth)
            _paint_tiles(painter, frame, camera)
            _paint_marks(painter, camera, marks)
            _paint_labels(painter, frame, camera)
        painter.restore()
        self.view.look_around()

    def _more(self, nothing: None) -> None:
        self.changed(None)

    def _paint_below(
        self, painter: QPainter, frame: Frame, camera: Camera, *, smooth: bool
    ) -> None:
        """What is seen where squares are missing: the coarse picture, or else the last one."""
        if frame.coarse is None:
            self._paint_before(painter, camera)
            return
        self._fill(painter, camera)
        if self._coarse_of is not frame.coarse:
            rough, tile = frame.coarse
            self._coarse.show_image(rough, _images.of(tile))
            self._coarse_of = frame.coarse
        self._coarse.paint_pixels(painter, camera, smooth=smooth)

    def _paint_before(self, painter: QPainter, camera: Camera) -> None:
        """The last complete picture, stretched."""
        last, ground = self.view.last, self.background
        if last is None:
            self._fill(painter, camera)
            return
        if last.grid.suits(camera):
            self._fill_bare(painter, last, camera, last.grid.places(camera))
            if last is not self.view.frame:
                _paint_tiles(painter, last, camera)  # its squares lie right
            return
        if self._stretched.paint(painter, last, camera, 0 if ground is None else ground.rgba()):
            return
        self._fill(painter, camera)
        made_of = last, last.revision, ground
        if self._before_of != made_of:
            self._before.show_image(*_snapshot(last, ground))
            self._before_of = made_of
        self._before.paint_pixels(painter, camera, smooth=False)

    def _fill(self, painter: QPainter, camera: Camera) -> None:
        if self.background is not None:
            painter.fillRect(0, 0, *camera.size, self.background)

    def _fill_bare(
        self, painter: QPainter, frame: Frame, camera: Camera, places: Sequence[TilePlace]
    ) -> None:
        """Where the squares of a frame do not hide what is below them."""
        bare = _bare(frame, places) if self.background is not None else []
        left, top = frame.grid.corner(camera)
        for place in bare:
            across, down = frame.grid.pixel(place)
            painter.fillRect(across - left, down - top, *frame.grid.side, self.background)


def _are_there(frame: Frame, places: Sequence[TilePlace]) -> bool:
    return all(place in frame.tiles for place in places)


def _bare(frame: Frame, places: Sequence[TilePlace]) -> list[TilePlace]:
    """Places where something below the squares is seen."""
    tiles = ((place, frame.tiles.get(place)) for place in places)
    return [place for place, tile in tiles if tile is None or not tile.is_opaque]


def _paint_marks(painter: QPainter, camera: Camera, marks: Marks | None) -> None:
    """`painter` in device pixels."""
    if marks is not None:
        painter.save()
        painter.scale(camera.pixel_ratio, camera.pixel_ratio)
        marks(painter, camera)
        painter.restore()


def _between(seen: Camera, camera: Camera) -> QTransform:
    """From the pixels of one camera's picture to those of another's."""
    x, y = camera.to_screen(seen.to_map(Pixel(0, 0)))
    right = camera.to_screen(seen.to_map(Pixel(1, 0)))
    down = camera.to_screen(seen.to_map(Pixel(0, 1)))
    return QTransform(right.x - x, right.y - y, down.x - x, down.y - y, x, y)


def _paint_labels(painter: QPainter, frame: Frame, camera: Camera) -> None:
    """Those of another scale are stretched, until the next are written."""
    sheet = frame.labels
    if sheet is None or sheet.camera.crs != camera.crs:
        return
    if Scale.of(sheet.camera) == Scale.of(camera):
        corner = camera.to_screen(sheet.camera.to_map(Pixel(0, 0)))
        _paint_sheet(painter, sheet, round(corner.x), round(corner.y))
        return
    painter.save()
    painter.setTransform(_between(sheet.camera, camera), True)
    _paint_sheet(painter, sheet, 0, 0)
    painter.restore()


def _paint_tiles(painter: QPainter, frame: Frame, camera: Camera) -> None:
    left, top = frame.grid.corner(camera)
    width, height = camera.size
    wide, tall = frame.grid.side
    for place, tile in frame.tiles.items():
        across, down = frame.grid.pixel(place)
        x, y = across - left, down - top
        if tile is not None and -wide < x < width and -tall < y < height:
            painter.drawImage(x, y, _images.of(tile))


def _paint_sheet(painter: QPainter, sheet: Sheet, left: int, top: int) -> None:
    for x, y, tile in sheet.pieces:
        painter.drawImage(left + x, top + y, _images.of(tile))


class _Images:
    """One image for one tile, of the same memory: a graphics card knows what it has already.

    On the main thread alone, where they are let go of too.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._used = limit, 0
        self._kept: OrderedDict[Tile, QImage] = OrderedDict()

    def of(self, tile: Tile) -> QImage:
        image = self._kept.get(tile)
        if image is not None:
            self._kept.move_to_end(tile)
            return image
        height, width = tile.pixels.shape
        form = RGB if tile.is_opaque else ARGB
        image = self._kept[tile] = QImage(tile.pixels.data, width, height, width * 4, form)
        self._used += tile.pixels.nbytes
        while self._used > self._limit and len(self._kept) > 1:
            left, _ = self._kept.popitem(last=False)
            self._used -= left.pixels.nbytes
        return image

    def forget(self, frame: Frame) -> None:
        """Nobody shows it any more; a view that shows the same squares makes images of its own."""
        for tile in frame.tiles.values():
            if tile is not None and self._kept.pop(tile, None) is not None:
                self._used -= tile.pixels.nbytes


_images = _Images(32 * 1024 * 1024)


def _snapshot(frame: Frame, background: QColor | None) -> tuple[Camera, QImage]:
    """What is there of a frame as one picture, with a rim."""
    width, height = frame.camera.size
    aligned = frame.grid.aligned(frame.camera)
    wide = aligned.part(-AROUND, -AROUND, width + 2 * AROUND, height + 2 * AROUND)
    image = QImage(*wide.size, ARGB if background is None else RGB)
    image.fill(QColor(0, 0, 0, 0) if background is None else background)
    painter = QPainter(image)
    _paint_tiles(painter, frame, wide)
    _paint_labels(painter, frame, wide)
    painter.end()
    return wide, image
