"""A second map beside the first: one camera, one cursor, other layers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gisapp.app.map_view import MapView
from gisapp.app.tools import Pointer
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.arrangement import splitter
from gisapp.ui.card import icon_button
from gisapp.ui.context import Pointed, WindowContext
from gisapp.ui.icons import icon
from gisapp.ui.map_area import MapArea, RoundCorners
from gisapp.ui.map_menu import menu_for
from gisapp.ui.map_widget import MapWidget

LEAST_WIDTH = 160


class SplitView(QObject):
    """Not part of the project. `close` leaves the map as it was."""

    closed = Signal()

    def __init__(self, context: WindowContext, area: MapArea) -> None:
        super().__init__(area)
        assert context.map_view is not None
        self._context, self._area = context, area
        self._main: MapView = context.map_view
        self.view = self._main.another()
        tokens = context.theme.tokens
        self.map = MapWidget(self.view, area.desk)
        self.map.setAccessibleName(tr("Second map"))
        self.map.setMinimumWidth(LEAST_WIDTH)
        self.map.full_extent, self.map.is_empty = area.full_extent, area.is_empty
        self.map.set_background(tokens.canvas)
        self.map.overlay = area.map.overlay  # what is selected and drawn is on both
        self.map.show_grid(area.map.grid_lines.kind)
        self._corners = RoundCorners(self.map, tokens)
        self._linking = False
        self.hidden: tuple[set[LayerId], set[LayerId]] = (set(), set())
        first, second = self._chooser(0), self._chooser(1)
        self.choosers = (first, second)
        close = icon_button("close", tr("Close the second map"), tokens, "box")
        close.setIconSize(QSize(13, 13))
        close.clicked.connect(self.close)
        self.close_button = close
        self._heads = (_head(first), _head(second, close))
        for screen, head in zip((area.map, self.map), self._heads, strict=True):
            screen.place_card(head, "top")
        self._splitter = splitter(Qt.Orientation.Horizontal)
        column = area.layout()
        assert column is not None
        column.replaceWidget(area.map, self._splitter)
        self._splitter.addWidget(area.map)
        self._splitter.addWidget(self.map)
        self._splitter.setSizes([1, 1])
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 1)
        area.map.show()
        self._connect()
        self.map.show_camera(area.map.goal)

    def _connect(self) -> None:
        one, two = self._area.map, self.map
        self._links = [
            one.camera_changed.connect(self._first_moved),
            two.camera_changed.connect(self._second_moved),
            one.cursor_moved.connect(two.show_cross),
            two.cursor_moved.connect(self._second_pointed),
            two.menu_wanted.connect(self._show_menu),
        ]
        workspace = self._context.workspace
        self._leave: list[Callable[[], None]] = [
            workspace.selection_changed.subscribe(lambda selection: two.update()),
            workspace.store.changed.subscribe(lambda change: two.update()),
        ]

    def close(self) -> None:
        """One map again, with all of its layers."""
        if not self._leave:
            return
        for leave in self._leave:
            leave()
        self._leave.clear()
        for link in self._links:
            QObject.disconnect(link)
        one = self._area.map
        one.show_cross(None)
        self._main.show_layers(None)
        column = self._area.layout()
        assert column is not None
        one.setParent(None)
        column.replaceWidget(self._splitter, one)
        one.show()
        self.map.close_map()
        self.view.close()
        for part in (*self._heads, self._splitter):
            part.hide()
            part.setParent(None)
            part.deleteLater()
        self.closed.emit()
        self.deleteLater()

    # ---- one camera, one cursor

    def _first_moved(self, camera: Camera) -> None:
        self._link(self.map, camera)

    def _second_moved(self, camera: Camera) -> None:
        self._link(self._area.map, camera)

    def _link(self, follower: MapWidget, camera: Camera) -> None:
        if self._linking:
            return
        self._linking = True
        try:
            follower.show_camera(camera)
        finally:
            self._linking = False

    def _second_pointed(self, place: Point | None) -> None:
        self._area.map.show_cross(place)
        self._context.pointed(None if place is None else Pointed(place))

    def _show_menu(self, pointer: Pointer, at: QPoint) -> None:
        menu_for(pointer, self._area.desk, self.map).popup(at)

    # ---- layers of each side

    def shows(self, side: int, layer: Layer) -> bool:
        return layer.id not in self.hidden[side]

    def show_layer(self, side: int, layer: LayerId, shown: bool) -> None:
        """On the first (0) or the second map (1) only."""
        hidden = self.hidden[side]
        (hidden.discard if shown else hidden.add)(layer)
        gone = frozenset(hidden)
        view = (self._main, self.view)[side]
        view.show_layers((lambda one: one.id not in gone) if gone else None)
        self._name(side)

    def _chooser(self, side: int) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "box")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setIcon(icon("layers", self._context.theme.tokens))
        made.setIconSize(QSize(15, 15))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._fill(menu, side))
        made.setMenu(menu)
        words = tr("Layers of the first map") if side == 0 else tr("Layers of the second map")
        made.setText(tr("Layers"))
        made.setToolTip(words)
        made.setAccessibleName(words)
        return made

    def _fill(self, menu: QMenu, side: int) -> None:
        menu.clear()
        for layer in reversed(self._context.workspace.store.project.layers):
            if layer.visible:
                entry = menu.addAction(layer.name.replace("&", "&&"))
                entry.setCheckable(True)
                entry.setChecked(self.shows(side, layer))
                entry.toggled.connect(lambda on, layer=layer.id: self.show_layer(side, layer, on))

    def _name(self, side: int) -> None:
        layers = [one for one in self._context.workspace.store.project.layers if one.visible]
        shown = [one for one in layers if self.shows(side, one)]
        words = tr("Layers")
        if len(shown) < len(layers):
            words = tr("{n} of {m} layers").format(n=len(shown), m=len(layers))
        self.choosers[side].setText(words)


def _head(*parts: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for part in parts:
        row.addWidget(part)
    return holder
