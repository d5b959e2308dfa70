"""The layers as rows, the topmost first, with their legends below them. Changes become edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.survey import layer_title
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import LayerFacts, facts, legend

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()  # the invisible root; never changed
LAYER_ROLE = Qt.ItemDataRole.UserRole + 1
FACTS_ROLE = Qt.ItemDataRole.UserRole + 2
LEGEND_ROLE = Qt.ItemDataRole.UserRole + 3
_MIME = "application/x-gisapp-layers"


class LayerList(QAbstractItemModel):
    def __init__(self, context: WindowContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: list[Layer] = []
        self._facts: dict[LayerId, LayerFacts] = {}
        self.take_over()

    @property
    def _layers(self) -> tuple[Layer, ...]:
        return self._context.workspace.store.project.layers

    def take_over(self) -> bool:
        """Follow the project. Whether rows came, went or moved (the view is then built anew)."""
        new = list(reversed(self._layers))
        same = [layer.id for layer in new] == [layer.id for layer in self._rows]
        same &= [len(legend(layer)) for layer in new] == [len(legend(y)) for y in self._rows]
        if not same:
            self.beginResetModel()
        self._rows = new
        self._facts = {layer.id: facts(self._context, layer) for layer in new}
        if not same:
            self.endResetModel()
        elif new:
            self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, 0))
        return not same

    def layer_at(self, index: Index) -> Layer | None:
        if not index.isValid():
            return None
        row = index.row() if index.internalId() == 0 else index.internalId() - 1
        return self._rows[row] if row < len(self._rows) else None

    def index_of(self, layer: LayerId) -> QModelIndex:
        for row, one in enumerate(self._rows):
            if one.id == layer:
                return self.index(row, 0)
        return QModelIndex()

    def facts_at(self, row: int) -> LayerFacts:
        return self._facts[self._rows[row].id]

    def facts_of(self, layer: LayerId) -> LayerFacts:
        return self._facts[layer]

    # ---- what Qt asks

    def index(self, row: int, column: int = 0, parent: Index = NOWHERE) -> QModelIndex:
        if parent.isValid():
            return self.createIndex(row, column, parent.row() + 1)
        return self.createIndex(row, column, 0)

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        if not parent.isValid():
            return len(self._rows)
        if parent.internalId() == 0 and parent.row() < len(self._rows):
            return len(legend(self._rows[parent.row()]))
        return 0

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self.layer_at(index)
        if layer is None:
            return None
        if index.internalId() != 0:
            entry = legend(layer)[index.row()]
            if role == Qt.ItemDataRole.DisplayRole:
                return entry[2]
            return entry if role == LEGEND_ROLE else None
        said = self._facts[layer.id]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer_title(layer)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if layer.visible else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            name = layer_title(layer)
            return f"{name}\n{said.words}" if said.words else name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (layer_title(layer), said.note, said.badge) if part)
        if role == LAYER_ROLE:
            return layer
        return said if role == FACTS_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        if index.internalId() != 0:
            return flag.ItemIsEnabled
        able = flag.ItemIsEnabled | flag.ItemIsSelectable
        if self._context.workspace.store.read_only:
            return able
        return able | flag.ItemIsUserCheckable | flag.ItemIsEditable | flag.ItemIsDragEnabled

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer = self.layer_at(index)
        if layer is None or index.internalId() != 0:
            return False
        if role == Qt.ItemDataRole.CheckStateRole:
            shown = Qt.CheckState(value) == Qt.CheckState.Checked
            label = tr("Show {layer}") if shown else tr("Hide {layer}")
            self.change(layer.id, label.format(layer=layer.name), visible=shown)
            return True
        name = str(value).strip()
        if role == Qt.ItemDataRole.EditRole and name and name != layer_title(layer):
            self.change(layer.id, tr("Rename {layer}").format(layer=layer.name), name=name)
            return True
        return False

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        ids = [layer.id for i in indexes if (layer := self.layer_at(i)) is not None]
        data = QMimeData()
        data.setData(_MIME, QByteArray(",".join(ids).encode()))
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        return data.hasFormat(_MIME) and not parent.isValid()

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        moved = bytes(data.data(_MIME).data()).decode().split(",")
        self.place(LayerId(moved[0]), len(self._rows) if row < 0 else row)
        return False  # the edit moves the row; the view must not take it away as well

    # ---- edits

    def change(self, layer: LayerId, label: str, **changes: Any) -> None:
        self._edit(
            label,
            tuple(replace(one, **changes) if one.id == layer else one for one in self._layers),
        )

    def only(self, layer: LayerId) -> None:
        """Show this one and hide the others."""
        name = self._context.workspace.store.project.layer(layer).name
        self._edit(
            tr("Show only {layer}").format(layer=name),
            tuple(replace(one, visible=one.id == layer) for one in self._layers),
        )

    def place(self, layer: LayerId, row: int) -> None:
        """Move a layer so that it comes before what is now in that row of the list."""
        old = next(n for n, one in enumerate(self._rows) if one.id == layer)
        rows = list(self._rows)
        moved = rows.pop(old)
        rows.insert(max(0, row - 1 if row > old else row), moved)
        self._edit(tr("Move {layer}").format(layer=moved.name), tuple(reversed(rows)))

    def step(self, layer: LayerId, down: bool) -> None:
        """One row up or down."""
        old = next(n for n, one in enumerate(self._rows) if one.id == layer)
        self.place(layer, old + 2 if down else old - 1)

    def remove(self, layer: LayerId) -> None:
        name = self._context.workspace.store.project.layer(layer).name
        self._edit(
            tr("Remove {layer}").format(layer=name),
            tuple(one for one in self._layers if one.id != layer),
        )
        if self._context.workspace.store.read_only:
            return
        self._context.say_done(tr("{layer} was removed").format(layer=name), "deleted")

    def _edit(self, label: str, after: tuple[Layer, ...]) -> None:
        if after != self._layers:
            self._context.workspace.store.apply(LayersEdit(label, self._layers, after))
