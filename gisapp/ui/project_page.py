"""The window's content while a project is open: the map and the panels around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.app.workspace import Selection
from gisapp.io.thumbnails import write_thumbnail
from gisapp.model.coordinates import Notation
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.arrangement import SIZES, Arrangement, splitter
from gisapp.ui.attribute_table import AttributeTable
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.feature_panel import FeaturePanel
from gisapp.ui.gpu_compositor import compose_with_gpu
from gisapp.ui.layer_panel import LayerPanel
from gisapp.ui.map_area import MapArea, png_of
from gisapp.ui.map_looking import MapLooking
from gisapp.ui.output_panel import OutputPanel, View
from gisapp.ui.series_panel import SeriesPanel
from gisapp.ui.side_panel import SidePanel, TaskCard
from gisapp.ui.status_bar import FORMS, StatusBar
from gisapp.ui.theme import GAP
from gisapp.ui.thermal_scale import ThermalScale
from gisapp.ui.top_bar import TopBar
from gisapp.ui.trace_panel import TracePanel
from gisapp.ui.traced_bands import COLORS, TracedMap

CARD_SHARE = 0.62  # of the right column's height, for a card that was opened to be worked in
THUMBNAIL = QSize(464, 224)
THUMBNAIL_AFTER = 2500  # ms the map has been at rest


class ProjectPage(QWidget):
    def __init__(
        self,
        context: WindowContext,
        state: QSettings,
        top: TopBar,
        parent: QWidget | None = None,
        *,
        at_once: bool = True,
    ) -> None:
        """Not `at_once`: whoever makes it goes through `building`, with pauses."""
        super().__init__(parent)
        self.setObjectName("root")
        self._context, self._state, self.top = context, state, top
        if at_once:
            for _ in self.building():
                pass

    def building(self) -> Iterator[None]:
        """Make what is on the page, piece by piece; in use when there is no more to come."""
        context, state = self._context, self._state
        self.map_area = MapArea(context)  # makes the tools the other panels listen to
        compose_with_gpu(
            self.map_area.map, context.settings.map.gpu, state, context.jobs, self._without_gpu
        )
        yield
        self.looking = MapLooking(context, self.map_area, state)
        self.layers = LayerPanel(context)
        yield
        self.scale = ThermalScale(context)
        self.records = SeriesPanel(context)
        yield
        self.table = AttributeTable(context, state, lambda: self.map_area.camera)
        self.table.hide()
        yield
        self.feature = FeaturePanel(context)
        self.side = SidePanel(self.feature)
        yield
        self.trace = TracePanel(context)
        self.trace.show_on_map = self._show_trace
        self.trace.opened.connect(self.feature.show_place)
        yield
        self.output = OutputPanel(context, lambda: View(self.map_area.camera, self.map_area.data()))
        kept = str(state.value("status/coordinates", context.settings.window.coordinates))
        form: Notation = next((one for one in FORMS if one == kept), "dms")
        self.status = StatusBar(context, form)
        self._thumbnail = QTimer(self, singleShot=True, interval=THUMBNAIL_AFTER)
        self._thumbnail.timeout.connect(self._keep_thumbnail)
        yield
        yield from self._arranging()
        self._connect()

    def _without_gpu(self, reason: str) -> None:
        words = tr("The graphics card did not show the map as it should; it is drawn without it.")
        self._context.say(Message(words, "info", hint=reason, key="gpu"))

    def _arranging(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(GAP)
        columns = splitter(Qt.Orientation.Horizontal)
        sides = {"columns": columns}
        for name, parts in (
            ("left", (self.layers, self.scale)),
            ("middle", (self.map_area, self.records, self.table)),
            ("right", (self.side, self.trace, self.output)),
        ):
            side = splitter(Qt.Orientation.Vertical)
            for part in parts:
                side.addWidget(part)
            yield
            side.setStretchFactor(0, 1)
            columns.addWidget(side)
            sides[name] = side
        yield
        columns.setStretchFactor(1, 1)
        sides["left"].setMinimumWidth(230)
        sides["right"].setMinimumWidth(250)
        sides["middle"].setMinimumWidth(420)  # in a small window the panels beside it give way
        column.addWidget(self.top)
        column.addWidget(columns, 1)
        column.addWidget(self.status)
        panels = {
            "layers": self.layers,
            "scale": self.scale,
            "records": self.records,
            "side": self.side,
            "trace": self.trace,
            "output": self.output,
        }
        self.arrangement = Arrangement(self._state, panels, sides)

    def _connect(self) -> None:
        context, workspace = self._context, self._context.workspace
        self.map_area.map.camera_told.connect(self.status.show_camera)
        self.map_area.map.rested.connect(lambda camera: self._thumbnail.start())
        self.map_area.map.rested.connect(lambda camera: self.table.view_changed())
        self.layers.table_wanted.connect(self.open_table)
        self.table.closed.connect(self.close_table)
        self.status.show_camera(self.map_area.map.camera)
        self.status.went_to.connect(self.go_to)
        self.status.scale_wanted.connect(self._use_scale)
        self.status.form_changed.connect(
            lambda form: self._state.setValue("status/coordinates", form)
        )
        self.trace.room_wanted.connect(self._give_trace)
        self.side.opened.connect(lambda wide: self.arrangement.widen() if wide else None)
        self._leave = [
            workspace.selection_changed.subscribe(self._selected),
            workspace.store.changed.subscribe(self._project_changed),
            context.station_wanted.subscribe(lambda wanted: self.arrangement.show_panel("records")),
        ]

    def close_subscriptions(self) -> None:
        """Stop listening to everything, before the page goes."""
        self.side.close_card()
        self.top.search.close_subscriptions()
        self.looking.close()
        self._thumbnail.stop()
        for leave in self._leave:
            leave()
        for part in (
            self.layers,
            self.scale,
            self.records,
            self.table,
            self.feature,
            self.output,
            self.status,
            self.map_area,
        ):
            part.close_subscriptions()

    def event(self, event: QEvent) -> bool:
        """Keys of the card that is open are its own, also while the map has the focus."""
        card = self.side.card if event.type() == QEvent.Type.ShortcutOverride else None
        if card is not None and isinstance(event, QKeyEvent) and card.takes_key(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        card = self.side.card
        if card is not None and card.takes_key(event):
            card.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def open_table(self, layer: str) -> None:
        """The attribute table of a layer, below the map."""
        if not self.table.open_layer(LayerId(layer)):
            words = tr("This layer has no table, or it is still being read.")
            self._context.say(Message(words, "info", key="table"))
            return
        middle = self.arrangement.splitter("middle")
        self.table.show()
        if middle.sizes()[-1] < SIZES["middle"][-1] // 2:
            middle.setSizes(list(SIZES["middle"]))
        self.table.view.setFocus()

    def close_table(self) -> None:
        self.table.hide()
        self.map_area.map.setFocus()

    def toggle_table(self) -> None:
        """F6: the table of the active layer, else of the outfalls; again: away."""
        project = self._context.workspace.store.project
        layer = self._context.workspace.active_layer or project.layer_of_role("outfalls")
        if layer is None:
            return
        if self.table.isVisible() and self.table.layer_id == layer.id:
            self.close_table()
        else:
            self.open_table(layer.id)

    def open_card(self, card: TaskCard) -> None:
        """Something to do, in the right column until it is closed."""
        self.arrangement.show_panel("side")
        self.side.show_card(card)
        self.arrangement.give("side", CARD_SHARE)
        card.closed.connect(self.arrangement.narrow)
        card.closed.connect(self.map_area.map.setFocus)
        card.setFocus()

    def _give_trace(self, share: float) -> None:
        """Its answer wants to be read, unless it only goes with the card that is open."""
        if self.side.card is None:
            self.arrangement.give("trace", share)

    def go_to(self, place: Point, *, focus: bool = True) -> None:
        """The place in the middle, at least as close as 1:10,000; the keys go to the map then."""
        camera = replace(self.map_area.map.goal, center=place)
        self.map_area.map.move_to(camera.at_scale(min(camera.scale, 10_000)))
        if focus:
            self.map_area.map.setFocus()

    def _use_scale(self, scale: float) -> None:
        self.map_area.map.move_to(self.map_area.map.goal.at_scale(scale))

    def _selected(self, selection: Selection) -> None:
        """A station shows its records, wherever it was chosen."""
        layers = self._context.workspace.store.project.layers
        layer = next((one for one in layers if one.id == selection.layer), None)
        if layer is not None and layer.role == "stations" and len(selection.features) == 1:
            self._context.station_wanted((layer.id, next(iter(selection.features))))
        card = self.side.card
        if selection.features and card is not None:
            if card.takes(selection.layer, selection.features):
                return
            self.side.close_card()
            self.arrangement.narrow()

    def _show_trace(self, traced: TracedMap | None, go_there: bool) -> None:
        """On the map, all of it in view; coloured as the panel says."""
        bands = self.trace.bands
        band = () if bands is None else bands.band
        reaches = None if traced is None else traced.shapes
        self.map_area.map.show_traced(reaches, band, COLORS if bands is not None else ())
        if go_there and reaches is not None and reaches.extent is not None:
            extent = reaches.extent  # with room for what lies on the map's edges
            self.map_area.map.show_extent(extent.grown(0.1 * max(extent.width, extent.height)))

    def _project_changed(self, change: Change) -> None:
        self.top.refresh()

    def _keep_thumbnail(self) -> None:
        folder, project = self._context.folder, self._context.workspace.store.project
        if folder is None or self._context.read_only or not project.layers:
            return
        image = self.map_area.picture(THUMBNAIL)

        def work(progress: Progress) -> None:
            write_thumbnail(Path(folder), png_of(image))

        self._context.jobs.start(Job(tr("Picture of the map"), work, quiet=True))
