"""The window: menus from actions, panels around the map, all built around one project."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from gisapp.app.actions import Actions
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_panel import LayerPanel
from gisapp.ui.map_area import MapArea
from gisapp.ui.menus import Menus
from gisapp.ui.placeholder import EmptyCard
from gisapp.ui.search_box import SearchBox
from gisapp.ui.status_bar import StatusBar
from gisapp.ui.theme import GAP
from gisapp.ui.top_bar import TopBar
from gisapp.ui.window_actions import window_actions


class MainWindow(QMainWindow):
    def __init__(self, context: WindowContext, state: QSettings | None = None) -> None:
        super().__init__()
        self.state = state or QSettings("gisapp", "gisapp")
        self.setMinimumSize(900, 600)
        self.resize(1440, 900)
        self.use(context)

    def use(self, context: WindowContext) -> None:
        """Build everything around this project."""
        self.context = context
        self.actions_list: Actions = window_actions(self)
        self.menus = Menus(self, self.actions_list, context.theme.tokens)
        root = QWidget()
        root.setObjectName("root")
        column = QVBoxLayout(root)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(GAP)
        self.search = SearchBox(context)
        self.top = TopBar(self.actions_list, self.search, context.theme.tokens)
        self.status = StatusBar(context, "dms")
        self.layers = LayerPanel(context)
        self.map_area = MapArea(context)
        scale = EmptyCard(tr("Temperature scale"), "")
        chart = EmptyCard(tr("Records"), tr("Click a station to see its records here."))
        feature = EmptyCard(tr("Feature"), tr("Click something on the map to see it here."))
        findings = EmptyCard(tr("Findings"), "")
        body = _splitter(Qt.Orientation.Horizontal, (292, 840, 294))
        for parts, sizes in (
            ((self.layers, scale), (600, 180)),
            ((self.map_area, chart), (600, 200)),
            ((feature, findings), (420, 380)),
        ):
            side = _splitter(Qt.Orientation.Vertical, sizes)
            for part in parts:
                side.addWidget(part)
            side.setSizes(list(sizes))
            body.addWidget(side)
        body.setSizes([292, 840, 294])
        body.setStretchFactor(1, 1)
        column.addWidget(self.top)
        column.addWidget(body, 1)
        column.addWidget(self.status)
        self.setCentralWidget(root)
        self.map_area.map.camera_changed.connect(self.status.show_camera)
        self.top.show_workspace("survey")
        self.top.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layers.close_subscriptions()
        self.map_area.close_subscriptions()
        self.status.close_subscriptions()
        super().closeEvent(event)


def _splitter(direction: Qt.Orientation, sizes: tuple[int, ...]) -> QSplitter:
    made = QSplitter(direction)
    made.setHandleWidth(GAP)
    made.setChildrenCollapsible(False)
    return made
