"""The last picture of the layers, shown where the camera looks now."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image

SMOOTH_UP_TO = 4_000_000  # pixels; larger pictures are scaled coarsely while moving


class LastPicture:
    """Moved and scaled by the difference of the two cameras until the next one is there."""

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
        self._image = made.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self.camera = camera

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """`painter` in logical pixels of the widget that `camera` fills."""
        seen = self.camera
        if seen is None or seen.crs != camera.crs:
            return
        scale = seen.resolution / camera.resolution
        corner = camera.to_screen(seen.to_map(Pixel(0, 0)))
        painter.save()
        painter.scale(1 / camera.pixel_ratio, 1 / camera.pixel_ratio)
        if abs(scale - 1) < 1e-6:
            painter.drawImage(round(corner.x), round(corner.y), self._image)
        else:
            self._paint_scaled(painter, corner, scale, camera)
        painter.restore()

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
        smooth = image.width() * image.height() <= SMOOTH_UP_TO
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(part, image, source)
