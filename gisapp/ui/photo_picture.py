"""A photo on the screen: upright, turned, as large as one likes, moved by hand."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QImage,
    QImageReader,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

STEP, CLOSEST = 1.25, 16.0
DRAFT = 4  # an image is read at this many times the size it is wanted in


def upright(content: bytes, edge: int = 0) -> QImage:
    """The picture as it is to be seen, by its EXIF; null when it cannot be read. On any thread.

    With `edge` it is read coarsely, at least that many pixels high and wide.
    """
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if edge and size.isValid() and min(size.width(), size.height()) > DRAFT * edge:
        share = DRAFT * edge / min(size.width(), size.height())
        reader.setScaledSize(QSize(round(size.width() * share), round(size.height() * share)))
    return reader.read()


class PhotoPicture(QWidget):
    """The whole picture, or a part of it: the wheel and + - come closer, 0 shows all, the hand
    moves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.image = QImage()  # turned as it is shown
        self._plain = QImage()
        self.turned = 0  # degrees clockwise
        self.scale = 0.0  # logical pixels a pixel of the picture; 0: as large as there is room
        self._middle = QPointF()  # of the view, in pixels of the picture
        self._held: QPointF | None = None

    def sizeHint(self) -> QSize:
        return QSize(360, 260)

    def show_image(self, image: QImage) -> None:
        """Another picture, upright and as a whole."""
        self._plain, self.turned = image, 0
        self._use(image)

    def turn(self, degrees: int) -> None:
        """Clockwise, in quarters; the file stays as it is."""
        self.turned = (self.turned + degrees) % 360
        self._use(self._plain.transformed(QTransform().rotate(self.turned)))

    def fit(self) -> None:
        self.scale = 0.0
        self.update()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Closer or farther, with what lies at `around` staying there; never smaller than whole."""
        if self.image.isNull():
            return
        old, whole = self.shown_scale(), self._whole()
        new = min(max(old * factor, whole), max(CLOSEST, whole))
        at = (around or QPointF(self.rect().center())) - QPointF(self.rect().center())
        middle = self._middle if self.scale else QPointF(*self._center())
        self._middle = middle + at * (1 / old - 1 / new)
        self.scale = 0.0 if new <= whole * 1.001 else new
        self.update()

    def shown_scale(self) -> float:
        return self.scale or self._whole()

    def _use(self, image: QImage) -> None:
        self.image, self.scale = image, 0.0
        self._middle = QPointF(*self._center())
        self.update()

    def _center(self) -> tuple[float, float]:
        return self.image.width() / 2, self.image.height() / 2

    def _whole(self) -> float:
        if self.image.isNull():
            return 1.0
        return min(self.width() / self.image.width(), self.height() / self.image.height(), CLOSEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        scale = self.shown_scale()
        middle = self._middle if self.scale else QPointF(*self._center())
        corner = QPointF(self.rect().center()) - middle * scale
        target = QRectF(corner, QSize(1, 1))
        target.setSize(self.image.size().toSizeF() * scale)
        seen = target.intersected(QRectF(self.rect()))
        source = QRectF((seen.topLeft() - corner) * (1 / scale), seen.size() * (1 / scale))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 3)
        painter.drawImage(seen, self.image, source)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(STEP**turns, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and self.scale:
            self._middle -= (event.position() - self._held) * (1 / self.scale)
            self._held = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Between the whole picture and its own pixels."""
        if self.scale:
            self.fit()
        else:
            self.zoom(1 / self.devicePixelRatioF() / self.shown_scale(), event.position())
