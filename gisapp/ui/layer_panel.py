"""The layer list: what is on the map, in which order, and everything one can do to a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSlider,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from gisapp.app.identify import is_features
from gisapp.model.layer import TABLE, Layer, LayerId
from gisapp.model.style import PointStyle
from gisapp.model.text import tr
from gisapp.ui.card import Card, button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_one_file, inside
from gisapp.ui.icons import icon
from gisapp.ui.layer_facts import data_of, extent_of
from gisapp.ui.layer_list import LayerList
from gisapp.ui.layer_tree import LayerTree
from gisapp.ui.wheel import wheel_goes_on


class LayerPanel(Card):
    add_wanted = Signal()
    style_wanted = Signal(str)  # layer id
    crs_wanted = Signal(str)
    table_wanted = Signal(str)
    swipe_wanted = Signal(str)

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Layers"), parent=parent)
        self._context = context
        self.rows = LayerList(context, self)
        self.tree = LayerTree(self.rows, context)
        self.add_button = button(tr("Add"), "link", tr("Add layers from files"))
        self.add_button.setIcon(icon("plus", context.theme.tokens))
        self.add_button.setIconSize(QSize(14, 14))
        self.add_button.clicked.connect(self.add_wanted)
        self.add_button.setEnabled(not context.workspace.store.read_only)
        self.head.addWidget(self.add_button)
        self.body.setContentsMargins(8, 9, 8, 8)
        self.head.setContentsMargins(4, 0, 0, 0)
        self.empty = label(
            tr("No layers yet. Drop files here, or add them: GeoTIFF, GeoPackage, Shapefile, …"),
            "dim",
            wrap=True,
        )
        self.empty.setContentsMargins(4, 4, 4, 4)
        self.add(self.empty)
        self.add(self.tree, 1)
        self.body.addStretch(0)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.tree.doubleClicked.connect(self._double_clicked)
        self.tree.selectionModel().currentChanged.connect(self._current_changed)
        self._spin = QTimer(self)
        self._spin.setInterval(60)
        self._spin.timeout.connect(self._turn)
        workspace = context.workspace
        self._leave = [
            workspace.store.changed.subscribe(lambda change: self.follow()),
            workspace.active_layer_changed.subscribe(lambda layer: self._show_active()),
        ]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda what: self.follow()))
        self._after_change()
        self._show_active()

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    def follow(self) -> None:
        """The project or its data changed."""
        open_layers = {
            layer.id
            for row in range(self.rows.rowCount())
            if self.tree.isExpanded(index := self.rows.index(row))
            and (layer := self.rows.layer_at(index)) is not None
        }
        if self.rows.take_over():
            for layer_id in open_layers:
                self.tree.expand(self.rows.index_of(layer_id))
            self._show_active()
        self._after_change()

    def _after_change(self) -> None:
        some = self.rows.rowCount() > 0
        self.empty.setVisible(not some)
        self.tree.setVisible(some)
        busy = any(
            said.badge == "loading"
            for row in range(self.rows.rowCount())
            if (said := self.rows.facts_at(row))
        )
        if busy and not self._spin.isActive():
            self._spin.start()
        elif not busy:
            self._spin.stop()

    def _turn(self) -> None:
        self.tree.row_painter.turn = (self.tree.row_painter.turn + 30) % 360
        self.tree.viewport().update()

    def _current_changed(self, current: QModelIndex, before: QModelIndex) -> None:
        layer = self.rows.layer_at(current)
        if layer is not None:
            self._context.workspace.activate(layer.id)

    def _show_active(self) -> None:
        active = self._context.workspace.active_layer
        if active is not None and self.tree.layer() != active:
            self.tree.selectionModel().setCurrentIndex(
                self.rows.index_of(active.id), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _double_clicked(self, index: QModelIndex) -> None:
        layer = self.rows.layer_at(index)
        if layer is not None:
            self.style_wanted.emit(layer.id)

    def zoom_to(self, layer: Layer) -> None:
        extent = extent_of(self._context, layer)
        if extent is not None:
            self._context.look_at(extent)

    def relocate(self, layer_id: LayerId) -> None:
        """Ask where the file is now; style and place in the list stay."""
        layer = self._context.workspace.store.project.layer(layer_id)

        def found(path: Path) -> None:
            source = replace(layer.source, path=inside(path, self._context.folder))
            words = tr("Find {layer} again").format(layer=layer.name)
            self.rows.change(layer_id, words, source=source)

        choose_one_file(self, Path(layer.source.path).name, found)

    # ---- the menu of one layer

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        inside = self.tree.viewport().mapFrom(self, event.pos())
        index = self.tree.indexAt(inside) if event.reason() == event.Reason.Mouse else None
        layer = self.rows.layer_at(index) if index is not None else self.tree.layer()
        if layer is None:
            return
        menu = self.menu_of(layer)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        at = event.globalPos()
        if event.reason() != event.Reason.Mouse:
            at = self.tree.viewport().mapToGlobal(
                self.tree.visualRect(self.tree.currentIndex()).bottomLeft()
            )
        menu.popup(at)

    def menu_of(self, layer: Layer) -> QMenu:
        menu = QMenu(self)
        t = self._context.theme.tokens
        rows = self.rows

        def entry(words: str, picture: str, run: Callable[[], object], keys: str = "") -> None:
            text = f"{words}\t{keys}" if keys else words
            action = menu.addAction(icon(picture, t), text)
            action.triggered.connect(lambda: run())

        entry(tr("Zoom to layer"), "target", lambda: self.zoom_to(layer))
        if is_features(data_of(self._context, layer)):
            words = tr("Attribute table")
            entry(words, "table", lambda: self.table_wanted.emit(layer.id), "F6")
        if layer.visible:
            entry(tr("Swipe this layer"), "swipe", lambda: self.swipe_wanted.emit(layer.id), "W")
        if self._context.workspace.store.read_only:
            return menu
        entry(tr("Show only this layer"), "eye", lambda: rows.only(layer.id))
        menu.addSeparator()
        entry(tr("Style"), "settings", lambda: self.style_wanted.emit(layer.id))
        style = layer.style
        if isinstance(style, PointStyle):
            crowds = menu.addAction(icon("layers", t), tr("Crowds as one symbol"))
            crowds.setCheckable(True)
            crowds.setChecked(style.cluster)
            words = tr("Style of {layer}").format(layer=layer.name)
            other = replace(style, cluster=not style.cluster)
            crowds.triggered.connect(lambda: rows.change(layer.id, words, style=other))
        menu.addAction(self._opacity(menu, layer))
        entry(tr("Rename"), "pencil", lambda: self.rename(layer.id), "F2")
        lock = tr("Unlock") if layer.locked else tr("Lock")
        lock_label = tr("Unlock {layer}") if layer.locked else tr("Lock {layer}")
        entry(
            lock,
            "lock",
            lambda: rows.change(
                layer.id, lock_label.format(layer=layer.name), locked=not layer.locked
            ),
        )
        if rows.facts_of(layer.id).badge == "missing":
            entry(
                tr("Find the file again"),
                "missing",
                lambda: self.relocate(layer.id),
            )
        if layer.source.format != TABLE:
            words = tr("Coordinate system of the file")
            entry(words, "globe", lambda: self.crs_wanted.emit(layer.id))
        menu.addSeparator()
        entry(tr("Remove layer"), "trash", lambda: rows.remove(layer.id), tr("Del"))
        return menu

    def rename(self, layer: LayerId) -> None:
        index = self.rows.index_of(layer)
        self.tree.setCurrentIndex(index)
        self.tree.edit(index)

    def _opacity(self, menu: QMenu, layer: Layer) -> QWidgetAction:
        """A slider in the menu: one edit when it is let go."""
        holder = QWidget()
        across = QVBoxLayout(holder)
        across.setContentsMargins(12, 4, 14, 6)
        across.setSpacing(2)
        top = QHBoxLayout()
        shown = label(f"{layer.opacity:.0%}", "dim")
        top.addWidget(label(tr("Opacity")))
        top.addStretch()
        top.addWidget(shown)
        slider = wheel_goes_on(QSlider(Qt.Orientation.Horizontal))
        slider.setAccessibleName(tr("Opacity"))
        slider.setRange(0, 100)
        slider.setValue(round(layer.opacity * 100))
        slider.setMinimumWidth(170)
        across.addLayout(top)
        across.addWidget(slider)
        settle = QTimer(holder)
        settle.setSingleShot(True)
        settle.setInterval(350)  # keys have no moment of letting go

        def done() -> None:
            settle.stop()
            words = tr("Opacity of {layer} {percent} %")
            percent = slider.value()
            if (
                round(self._context.workspace.store.project.layer(layer.id).opacity * 100)
                != percent
            ):
                self.rows.change(
                    layer.id,
                    words.format(layer=layer.name, percent=percent),
                    opacity=percent / 100,
                )

        def moved(value: int) -> None:
            shown.setText(f"{value} %")
            if not slider.isSliderDown():
                settle.start()

        slider.valueChanged.connect(moved)
        slider.sliderReleased.connect(done)
        settle.timeout.connect(done)
        action = QWidgetAction(menu)
        action.setDefaultWidget(holder)
        return action
