"""What a click found when it found several things: one line each, the nearest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from gisapp.app.feature_words import feature_title
from gisapp.app.identify import Hit, is_features
from gisapp.model.layer import Layer
from gisapp.model.survey import layer_title
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.symbol import paint_symbol


def symbol_icon(layer: Layer, edge: str, ratio: float) -> QIcon:
    """The layer's symbol as in the layer list."""
    size = QSize(26, 17)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_symbol(painter, QRectF(0, 0, size.width(), size.height()), layer.style, edge)
    painter.end()
    return QIcon(pixmap)


def hit_words(context: WindowContext, layer: Layer, hit: Hit) -> str:
    """`W-032 · Outfalls`, or for a grid `17.4 °C · Thermal 17 January`."""
    if hit.feature is None:
        return f"{value_words(hit)}  ·  {layer_title(layer)}"
    data = data_of(context, layer)
    title = feature_title(layer, data, hit.feature) if is_features(data) else str(hit.feature)
    return f"{title}  ·  {layer_title(layer)}"


def value_words(hit: Hit) -> str:
    """A measured value with no more figures than were measured: a tenth of a degree or metre."""
    if hit.value is None:
        return "–"
    number = f"{hit.value:.1f}" if hit.unit in ("°C", "m") else f"{hit.value:.6g}"
    return f"{number} {hit.unit}".strip()


class HitList(QListWidget):
    """Enter or a click opens one; Ctrl+C copies them all."""

    chosen = Signal(object)  # Hit

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setIconSize(QSize(26, 17))
        self.setAccessibleName(tr("Found here"))
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)

    def show_hits(self, hits: Sequence[Hit]) -> None:
        self.clear()
        project = self._context.workspace.store.project
        known = {layer.id: layer for layer in project.layers}
        for hit in hits:
            layer = known.get(hit.layer)
            if layer is None:
                continue
            item = QListWidgetItem(hit_words(self._context, layer, hit))
            edge = self._context.theme.tokens.panel
            item.setIcon(symbol_icon(layer, edge, self.devicePixelRatioF()))
            item.setData(Qt.ItemDataRole.UserRole, hit)
            item.setToolTip(item.text())
            if hit.feature is None:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
            self.addItem(item)

    def hit(self, row: int) -> Hit:
        found: Hit = self.item(row).data(Qt.ItemDataRole.UserRole)
        return found

    def _choose(self, item: QListWidgetItem) -> None:
        hit: Hit = item.data(Qt.ItemDataRole.UserRole)
        if hit.feature is not None:
            self.chosen.emit(hit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            lines = [self.item(row).text() for row in range(self.count())]
            QGuiApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)
