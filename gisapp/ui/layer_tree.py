"""The layers as a tree with keys of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from gisapp.model.layer import Layer
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_list import LayerList
from gisapp.ui.layer_row import LayerRow


class LayerTree(QTreeView):
    """Keys of the list: F2, Del, Space, Alt+Up, Alt+Down; Shift+click shows only that layer."""

    def __init__(self, model: LayerList, context: WindowContext) -> None:
        super().__init__()
        self._list, self._context = model, context
        self.setModel(model)
        self.row_painter = LayerRow(context.theme.tokens, self)
        self.setItemDelegate(self.row_painter)
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Layers"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setExpandsOnDoubleClick(False)
        editable = not context.workspace.store.read_only
        self.setDragEnabled(editable)
        self.setAcceptDrops(editable)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setFrameShape(QTreeView.Shape.NoFrame)

    def layer(self) -> Layer | None:
        return self._list.layer_at(self.currentIndex())

    def drawBranches(self, painter: QPainter, rect: object, index: QModelIndex) -> None:  # type: ignore[override]
        """A small chevron before layers that have a legend."""
        if index.parent().isValid() or not self._list.rowCount(index):
            return
        middle = rect.center()  # type: ignore[attr-defined]
        pen = QPen(QColor(self._context.theme.tokens.dim), 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.translate(middle.x() + 1, middle.y() + 1)
        painter.rotate(90 if self.isExpanded(index) else 0)
        painter.drawPolyline([QPoint(-2, -4), QPoint(2, 0), QPoint(-2, 4)])
        painter.restore()

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here are not for the window's shortcuts."""
        mine = (Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Home)
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and event.key() in mine:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        layer, key = self.layer(), event.key()
        if event.text().isalpha() and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            event.ignore()  # for the card that is open, such as A of a review
            return
        locked = self._context.workspace.store.read_only
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if layer is None or locked:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Delete:
            self._list.remove(layer.id)
        elif key == Qt.Key.Key_Space:
            state = Qt.CheckState.Unchecked if layer.visible else Qt.CheckState.Checked
            self._list.setData(self.currentIndex(), state.value, Qt.ItemDataRole.CheckStateRole)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._list.step(layer.id, key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)
