"""Who made the base maps that are in view: small words on the map, as their terms ask for."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gisapp.app.base_maps import is_base_map
from gisapp.model.layer import Layer
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.theme import LIGHT, Tokens

SIZE = 10  # pixels of a letter; fits the margin below the cards
WIDEST = 520
ASIDE = 14  # pixels from the side, where the corner of the map is round


def attributions(context: WindowContext) -> tuple[str, ...]:
    """Of the visible layers, each said once, the topmost first."""
    found: dict[str, None] = {}
    for layer in reversed(context.workspace.store.project.layers):
        said = _of(context, layer)
        if said:
            found[said] = None
    return tuple(found)


def _of(context: WindowContext, layer: Layer) -> str:
    if not layer.visible or not layer.opacity:
        return ""
    said = layer.source.option("attribution") if is_base_map(layer) else ""
    return " ".join((said or str(getattr(data_of(context, layer), "attribution", ""))).split())


class AttributionLabel(QWidget):
    """Plain text on a light ground in the lower right corner of its parent; lets the mouse
    through. Hidden when there is nothing to say."""

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.text = ""
        self.tokens: Tokens = LIGHT
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(tr("Sources of the base maps"))
        self._font = QFont(self.font())
        self._font.setPixelSize(SIZE)
        self._leave = [context.workspace.store.changed.subscribe(lambda change: self.refresh())]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda layer: self.refresh()))
        if parent is not None:
            parent.installEventFilter(self)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        """In the margin below the cards that lie on the map."""
        around = self.parentWidget()
        if around is not None:
            right = around.width() - self.width() - ASIDE
            self.move(max(0, right), around.height() - self.height())

    def dress(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.update()

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    def refresh(self) -> None:
        text = "  ·  ".join(attributions(self._context))
        if text != self.text:
            self.text = text
            self.setToolTip(text)
            self.setAccessibleDescription(text)
            self.setFixedSize(self.sizeHint())
            self._place()
            self.update()
        self.setVisible(bool(text))

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font)
        width = min(metrics.horizontalAdvance(self.text) + 15, WIDEST)
        return QSize(math.ceil(width), min(round(metrics.height()), 13))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self.tokens.panel)
        ground.setAlpha(200)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setFont(self._font)
        painter.setPen(QColor(self.tokens.text))
        inside = self.rect().adjusted(6, 0, -6, 0)
        elide = Qt.TextElideMode.ElideRight
        words = QFontMetricsF(self._font).elidedText(self.text, elide, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
