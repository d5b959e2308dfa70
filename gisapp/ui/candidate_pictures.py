"""The cut-outs of a candidate and its ΔT as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gisapp.model.text import tr
from gisapp.render.canvas import Image
from gisapp.ui.map_cards import length_text, round_length
from gisapp.ui.plain_chart import dress_chart, plain_chart
from gisapp.ui.theme import Tokens

Rings = Sequence[npt.NDArray[np.float64]]
_CORNER = 5.0
_OUTLINE, _SOURCE = QColor(90, 235, 235), QColor(255, 255, 255)


def image_of(pixels: Image) -> QImage:
    """RGBA with the colour multiplied by alpha, copied."""
    made = np.ascontiguousarray(pixels)
    height, width = made.shape[:2]
    kind = QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(made.data, width, height, 4 * width, kind).copy()


class CutOut(QWidget):
    """A picture with what was found drawn over it, its name, and a scale bar if it has a scale."""

    def __init__(self, tokens: Tokens, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tokens = tokens
        self.image = QImage()
        self.words = ""  # below the picture, or instead of it
        self.metres = 0.0  # across the picture; 0: it has no scale
        self._rings: Rings = ()
        self._source: tuple[float, float] | None = None
        self._fills = True

    def sizeHint(self) -> QSize:
        return QSize(190, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(110, 150)

    def dress(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.update()

    def show_words(self, words: str) -> None:
        """Why there is no picture."""
        self.image, self.words, self.metres = QImage(), words, 0.0
        self._rings, self._source = (), None
        self._told()

    def show_picture(
        self,
        image: QImage,
        words: str,
        metres: float = 0.0,
        rings: Rings = (),
        source: tuple[float, float] | None = None,
    ) -> None:
        """`rings` and `source` as shares of the picture. Without metres the whole is shown."""
        self.image, self.words, self.metres = image, words, metres
        self._rings, self._source, self._fills = rings, source, metres > 0
        self._told()

    def _told(self) -> None:
        self.setAccessibleDescription(self.words)
        self.setToolTip(self.words)
        self.update()

    def _place(self) -> QRectF:
        """Of the whole picture; cut at the edges where it fills."""
        room, size = QRectF(self.rect()), self.image.size()
        grow = max if self._fills else min
        factor = grow(room.width() / size.width(), room.height() / size.height())
        place = QRectF(0, 0, size.width() * factor, size.height() * factor)
        place.moveCenter(room.center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), _CORNER, _CORNER)
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), QColor(self._tokens.canvas))
        if self.image.isNull():
            self._paint_words(painter)
        else:
            place = self._place()
            painter.drawImage(place, self.image)
            self._paint_find(painter, place)
            self._paint_caption(painter)
            if self.metres:
                self._paint_scale(painter, place)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._tokens.dim))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(12, 8, -12, -8), int(flags), self.words)

    def _paint_find(self, painter: QPainter, place: QRectF) -> None:
        path = QPainterPath()
        for ring in self._rings:
            corners = [
                QPointF(place.x() + x * place.width(), place.y() + y * place.height())
                for x, y in ring.tolist()
            ]
            path.moveTo(corners[0])
            for corner in corners[1:]:
                path.lineTo(corner)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 150), 3.0), (_OUTLINE, 1.4)):
            painter.setPen(QPen(color, width))
            painter.drawPath(path)
        if self._source is not None:
            x, y = self._source
            at = QPointF(place.x() + x * place.width(), place.y() + y * place.height())
            for color, width in ((QColor(0, 0, 0, 170), 4.0), (_SOURCE, 1.6)):
                painter.setPen(QPen(color, width))
                for a, b in ((-9, -4), (4, 9)):
                    painter.drawLine(at + QPointF(a, 0), at + QPointF(b, 0))
                    painter.drawLine(at + QPointF(0, a), at + QPointF(0, b))

    def _paint_caption(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self.width() - 16)
        ground = QRectF(0, 0, metrics.horizontalAdvance(words) + 12, metrics.height() + 4)
        painter.fillRect(ground, QColor(0, 0, 0, 150))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(QPointF(6, 2 + metrics.ascent()), words)

    def _paint_scale(self, painter: QPainter, place: QRectF) -> None:
        per_pixel = self.metres / place.width()
        metres = round_length(per_pixel * self.width() * 0.35)
        wide = metres / per_pixel
        base = self.height() - 8.0
        metrics = QFontMetricsF(painter.font())
        text = length_text(metres)
        ground = QRectF(0, base - 9, wide + metrics.horizontalAdvance(text) + 22, 20)
        painter.fillRect(ground, QColor(0, 0, 0, 150))
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.drawLine(QPointF(8, base), QPointF(8 + wide, base))
        painter.drawText(QPointF(14 + wide, base + metrics.ascent() / 2 - 1), text)


class ContrastPlot(QWidget):
    """°C above the water around, along the plume; metres from its source."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        import pyqtgraph as pg

        super().__init__(parent)
        self._pg: Any = pg
        self.profile: tuple[tuple[float, float], ...] = ()
        self.plot = plain_chart(self, tr("ΔT along the plume"), 0.04)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._line = self.plot.plot([], [], connect="finite", antialias=True)
        self._zero = pg.InfiniteLine(pos=0, angle=0)
        self._source = pg.InfiniteLine(pos=0, angle=90)
        for item in (self._zero, self._source):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.setLabel("left", "ΔT °C")
        self.plot.setLabel("bottom", tr("Metres from the source"))
        self.setFixedHeight(128)
        self.dress(tokens)

    def dress(self, tokens: Tokens) -> None:
        pg = self._pg
        dress_chart(self.plot, tokens, self.font())
        self._line.setPen(pg.mkPen(tokens.accent, width=1.8))
        dashed = Qt.PenStyle.DashLine
        self._zero.setPen(pg.mkPen(tokens.dim, width=1))
        self._source.setPen(pg.mkPen(tokens.dim, width=1, style=dashed))

    def show_profile(self, profile: tuple[tuple[float, float], ...]) -> None:
        """Places without data part the line; with less than two points there is no chart."""
        self.profile = profile
        self.setVisible(len(profile) > 1)
        if len(profile) < 2:
            return
        far, values = np.array(profile, np.float64).T
        usual = float(np.median(np.diff(far)))
        gaps = np.flatnonzero(np.diff(far) > 2.5 * max(usual, 1e-6)) + 1
        self._line.setData(np.insert(far, gaps, np.nan), np.insert(values, gaps, np.nan))
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        self.plot.setXRange(float(far.min()), float(far.max()))
        self.plot.setYRange(low, high)
