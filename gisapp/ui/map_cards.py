"""Quiet cards that lie on the map: the scale bar and the colour bar, with their units."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.scale_bar import metres_per_pixel
from gisapp.ui.theme import LIGHT, RADIUS, Tokens

LONGEST = 130.0  # logical pixels of a scale bar
BESIDE = 38  # and of its card, beside the bar and its words


def round_length(metres: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(metres))
    return power * next((step for step in (5, 2, 1) if step * power <= metres), 0.5)


def length_text(metres: float) -> str:
    """For a scale bar: `50 m`, `2 km`, `5 cm`."""
    if metres >= 1000:
        return f"{metres / 1000:g} km"
    return f"{metres:g} m" if metres >= 1 else f"{metres * 100:g} cm"


class MapCard(QWidget):
    """A rounded card; the map shows through its corners."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens: Tokens = LIGHT
        self._ground = QPixmap()
        self._ground_of: tuple[object, ...] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def dress(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.update()

    def paint_card(self, painter: QPainter, width: int = 0) -> None:
        """The ground, from a picture of it: the map moves below it many times a second, and Qt
        draws rounded corners on threads that then wait for a core. A card with a `width` of its own
        lies at the right of the widget."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        made_of = (self.size(), self.devicePixelRatioF(), self.tokens.panel, self.tokens.line)
        if self._ground_of != made_of:
            self._ground, self._ground_of = self._made_ground(), made_of
        if not width:
            painter.drawPixmap(0, 0, self._ground)
            return
        ratio, left, height = self._ground.devicePixelRatio(), self.width() - width, self.height()
        begin, end = width - 2 * RADIUS, 2 * RADIUS
        source = QRectF(0, 0, begin * ratio, height * ratio)
        painter.drawPixmap(QRectF(left, 0, begin, height), self._ground, source)
        source = QRectF((self.width() - end) * ratio, 0, end * ratio, height * ratio)
        painter.drawPixmap(QRectF(self.width() - end, 0, end, height), self._ground, source)

    def _made_ground(self) -> QPixmap:
        made = QPixmap(self.size() * self.devicePixelRatioF())
        made.setDevicePixelRatio(self.devicePixelRatioF())
        made.fill(Qt.GlobalColor.transparent)
        ground = QColor(self.tokens.panel)
        ground.setAlpha(240)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()
        return made


class KeptCard(MapCard):
    """All of it is kept as a picture: what it says changes seldom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self._picture_of: tuple[object, ...] | None = None

    def shows(self) -> tuple[object, ...]:
        """What stands on it depends on this, beside its size, its colours and its letters."""
        raise NotImplementedError

    def paint_face(self, painter: QPainter) -> None:
        """The card and what stands on it."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        made_of = (self.size(), self.devicePixelRatioF(), self.tokens, self.font().key())
        if self._picture_of != (*made_of, *self.shows()):
            self._picture_of = (*made_of, *self.shows())
            self._picture = QPixmap(self.size() * self.devicePixelRatioF())
            self._picture.setDevicePixelRatio(self.devicePixelRatioF())
            self._picture.fill(Qt.GlobalColor.transparent)
            face = QPainter(self._picture)
            face.setFont(self.font())
            self.paint_face(face)
            face.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()


class ScaleBar(KeptCard):
    """A round length on the ground, measured on the ellipsoid along the middle of the map.

    It lies at the right of a widget that has room for the longest one: one that changed its size
    while the map moves would have all cards laid out anew each time.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Scale bar"))
        self._metres, self._pixels = 0.0, 0.0
        widest = QFontMetricsF(self.font()).horizontalAdvance("500 km")
        self.setFixedSize(math.ceil(LONGEST + widest + BESIDE), 36)

    def show_camera(self, camera: Camera) -> None:
        ground = metres_per_pixel(camera) * camera.pixel_ratio
        metres = round_length(ground * LONGEST)
        if (metres, metres / ground) == (self._metres, self._pixels):
            return
        self._metres, self._pixels = metres, metres / ground
        self.setAccessibleDescription(self.text)
        self.update()

    @property
    def text(self) -> str:
        return length_text(self._metres)

    def shows(self) -> tuple[object, ...]:
        return self._metres, self._pixels

    def paint_face(self, painter: QPainter) -> None:
        text = QFontMetricsF(self.font()).horizontalAdvance(self.text)
        wide = min(self.width(), math.ceil(self._pixels + text + BESIDE))
        self.paint_card(painter, wide)
        middle, left = self.height() / 2, self.width() - wide + 14.0
        right = left + self._pixels
        painter.setPen(QPen(QColor(self.tokens.text), 2))
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        for x in (left, right):
            painter.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4))
        ascent = QFontMetricsF(self.font()).ascent()
        painter.drawText(QPointF(right + 10, middle + ascent / 2 - 2), self.text)


WIDE_BAR, SHORT_BAR = 260, 150  # pixels of the colour bar
BESIDE_BAR = 230  # that the scale bar and the edges of the map want


class ColourBar(KeptCard):
    """What the colours of the topmost layer of values mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Colour bar"))
        self._colours: Sequence[str] = ()
        self._low, self._high, self._unit, self.title = 0.0, 1.0, "", ""
        self.setFixedSize(QSize(WIDE_BAR, 56))
        self.hide()

    def fit(self, room: int) -> None:
        """Short on a map so narrow (pixels) that it would lie on the scale bar."""
        self.setFixedWidth(WIDE_BAR if room >= WIDE_BAR + BESIDE_BAR else SHORT_BAR)

    def show_scale(
        self, title: str, colours: Sequence[str], low: float, high: float, unit: str
    ) -> None:
        """`colours` #RRGGBB from low to high, evenly spaced; an empty list hides the bar."""
        self.title, self._colours = title, colours
        self._low, self._high, self._unit = low, high, unit
        self.setVisible(bool(colours))
        described = f"{title}: {low:g} – {high:g} {unit}"
        self.setAccessibleDescription(described)
        self.setToolTip(described)
        self.update()

    @property
    def ticks(self) -> list[str]:
        """Four values along the bar, with the unit."""
        span = self._high - self._low
        digits = 0 if span >= 6 else 1 if span >= 0.6 else 2
        values = [self._low + span * n / 3 for n in range(4)]
        return [f"{value:.{digits}f} {self._unit}".strip() for value in values]

    def shows(self) -> tuple[object, ...]:
        return tuple(self._colours), self._low, self._high, self._unit

    def paint_face(self, painter: QPainter) -> None:
        self.paint_card(painter)
        bar = QRectF(14, 12, self.width() - 28, 10)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for number, colour in enumerate(self._colours):
            gradient.setColorAt(number / max(len(self._colours) - 1, 1), QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(self.tokens.text))
        metrics = QFontMetricsF(self.font())
        for number, text in enumerate(self.ticks):
            if self.width() < WIDE_BAR and number in (1, 2):
                continue
            wide = metrics.horizontalAdvance(text)
            x = bar.left() + bar.width() * number / 3 - wide * number / 3
            painter.drawText(QPointF(x, bar.bottom() + 8 + metrics.ascent()), text)
