"""Ways of looking at the map: turned, compared, from afar, with a grid, by name, as a picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.app.map_view import MapView
from gisapp.app.store import Change
from gisapp.app.time_range import TimeRange, TimeSieve, span_of
from gisapp.model.crs import is_geographic
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.attribution import attributions
from gisapp.ui.bookmarks_panel import BookmarksPanel, visit_bookmark
from gisapp.ui.card import icon_button
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.map_area import MapArea
from gisapp.ui.map_copy import map_picture
from gisapp.ui.map_grid import Shown
from gisapp.ui.map_swipe import Swipe, sides
from gisapp.ui.north_button import NorthButton
from gisapp.ui.overview_map import OverviewMap
from gisapp.ui.split_view import SplitView
from gisapp.ui.theme import GAP
from gisapp.ui.time_slider import TimeSlider

ROOM_FOR_OVERVIEW = 500  # logical pixels of the map
GRID, OVERVIEW = "map/grid", "map/overview"  # in the state of the window


class MapLooking(QObject):
    """Belongs to the page. Nothing of it is part of the project but the bookmarks."""

    def __init__(self, context: WindowContext, area: MapArea, state: QSettings) -> None:
        super().__init__(area)
        assert context.map_view is not None
        self._context, self._area, self._state = context, area, state
        self.map = area.map
        self._view = context.map_view
        tokens = context.theme.tokens
        self.swipe: Swipe | None = None
        self.split: SplitView | None = None
        self.time: TimeSlider | None = None
        self._sieve = TimeSieve()
        self.changed: Callable[[], None] = lambda: None  # menus show what is on
        self.north = NorthButton()
        self.north.dress(tokens)
        self.north.clicked.connect(self.map.north_up)
        self.overview = OverviewMap(self._view, context.jobs, area.full_extent, tokens)
        self.overview.moved.connect(self.map.show_camera)
        self.overview.folded_changed.connect(lambda folded: self._keep_overview())
        corner = QWidget()
        column = QVBoxLayout(corner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.north, self.overview):
            column.addWidget(part, 0, Qt.AlignmentFlag.AlignRight)
        self.map.place_card(corner, "top right")
        self._steps()
        kept = str(state.value(OVERVIEW, ""))
        self.overview.folded = kept == "folded"
        self.overview.fold_now()
        self.overview_shown = bool(kept)  # where there is room for it
        self.map.installEventFilter(self)
        self._fit()
        grid = str(state.value(GRID, ""))
        self.map.show_grid("plane" if grid == "plane" else "degrees" if grid == "degrees" else "")
        self.map.camera_changed.connect(self._camera_changed)
        self.map.rested.connect(lambda camera: self._show_steps())
        self._leave = [
            context.workspace.store.changed.subscribe(self._project_changed),
            context.workspace.time_changed.subscribe(self._time_changed),
        ]
        if context.layer_data is not None:
            changed = context.layer_data.changed
            self._leave.append(changed.subscribe(lambda layer: self._data_came()))
        self._camera_changed(self.map.camera)
        self.overview.repaint_later()

    def close(self) -> None:
        self.end_time()
        self.end_swipe()
        self.end_split()
        self.overview.close()
        self.map.removeEventFilter(self)
        for leave in self._leave:
            leave()

    # ---- where the camera was

    def _steps(self) -> None:
        """Back, forward and everything, below the tools."""
        tokens = self._context.theme.tokens
        strip = self._area.strip
        strip.add_line()
        entries = (
            ("chevron_left", tr("View before"), "Alt+←", self.map.go_back),
            ("chevron_right", tr("View after"), "Alt+→", self.map.go_forward),
            ("home", tr("Show all"), "Home", self.map.show_all),
        )
        made = []
        for picture, words, keys, run in entries:
            one = icon_button(picture, f"{words}  {keys}", tokens)
            one.setAccessibleName(words)
            one.setCursor(Qt.CursorShape.ArrowCursor)
            one.setIconSize(QSize(18, 18))
            one.clicked.connect(lambda checked=False, run=run: run())
            strip.add(one)
            made.append(one)
        self.back_button, self.forward_button, self.all_button = made
        self._show_steps()

    def _show_steps(self) -> None:
        self.back_button.setEnabled(self.map.views.can_go_back)
        self.forward_button.setEnabled(self.map.views.can_go_forward)
        self.changed()

    def _camera_changed(self, camera: Camera) -> None:
        turned = self.north.isHidden() == bool(camera.rotation)
        self.north.show_camera(camera)
        self.overview.show_camera(camera)
        if turned:
            self.changed()

    def _others(self) -> list[MapView]:
        """Views beside the main one, which others know of."""
        found = [self.swipe.other] if self.swipe is not None else []
        return [*found, self.split.view] if self.split is not None else found

    def _data_came(self) -> None:
        self.overview.repaint_later()
        for view in self._others():
            view.refresh()

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.layers is not after.layers or before.tables is not after.tables:
            self.overview.repaint_later()
            self._check_swipe()
        if before.crs != after.crs:
            self.overview.repaint_later()

    # ---- the grid

    @property
    def grid(self) -> Shown:
        return self.map.grid_lines.kind

    def use_grid(self, kind: Shown) -> None:
        self._state.setValue(GRID, kind)
        self.map.show_grid(kind)
        if self.split is not None:
            self.split.map.show_grid(kind)

    @property
    def has_plane(self) -> bool:
        return not is_geographic(self._context.workspace.store.project.crs)

    # ---- from afar

    def toggle_overview(self) -> None:
        self.overview_shown = not self.overview_shown
        self._fit()
        if self.overview_shown:
            self.overview.fold(False)
            self.overview.paint_anew()
        self._keep_overview()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        """A narrow map, such as one of two, keeps room for itself."""
        width = self.map.width()
        shown = self.overview_shown and (width >= ROOM_FOR_OVERVIEW or not self.map.isVisible())
        if shown != (not self.overview.isHidden()):
            self.overview.setVisible(shown)
            self.overview.repaint_later()
        self._area.colour_bar.fit(width)

    def _keep_overview(self) -> None:
        kept = "" if not self.overview_shown else "folded" if self.overview.folded else "open"
        self._state.setValue(OVERVIEW, kept)

    # ---- a stretch of time

    def toggle_time(self) -> None:
        """A slider for layers with dates; closing it shows everything again."""
        if self.time is not None:
            self.end_time()
            return
        whole = span_of(data for _, data in self._view.shown())
        if whole is None:
            words = tr("No visible layer has dates")
            hint = tr("Features of layers with a field of dates are shown by their time.")
            self._context.say(Message(words, "info", hint=hint, key="time"))
            return
        self.time = TimeSlider(whole, self._context.theme.tokens)
        self.time.changed.connect(self._context.workspace.look_at_time)
        self.time.closed.connect(self.end_time)
        column = self._area.layout()
        assert isinstance(column, QVBoxLayout)
        column.setSpacing(GAP)
        column.addWidget(self.time)  # below the map or both of them
        self.time.show()
        self.time.setFocus()
        self._view.sieve = self._sieve
        self.changed()

    def end_time(self) -> None:
        if self.time is not None:
            slider, self.time = self.time, None
            slider.stop()
            slider.hide()
            slider.deleteLater()
            self._context.workspace.look_at_time(None)
            self.map.setFocus()
            self.changed()

    def _time_changed(self, time: TimeRange | None) -> None:
        self._sieve.range = time
        self._area.desk.sieve = self._sieve if time is not None else None
        self._area.marks.mark()
        for view in (self._view, *self._others()):
            view.sieve = self._sieve if time is not None else None
            view.refresh()

    # ---- two pictures of one place

    def start_swipe(self, layer: LayerId) -> None:
        """A line between the map with the layer and the map without it; again: not any more."""
        if self.swipe is not None:
            again = layer in self.swipe.layers
            self.end_swipe()
            if again:
                return
        self.end_split()
        tokens = self._context.theme.tokens
        self.swipe = Swipe(self.map, self._view, frozenset({layer}), tokens)
        self.swipe.closed.connect(self._swipe_closed)
        self.swipe.handle.setFocus()
        self._check_swipe()
        self.changed()

    def _check_swipe(self) -> None:
        """Its layer may be renamed, hidden or gone."""
        if self.swipe is None:
            return
        project = self._context.workspace.store.project
        if not any(one.id in self.swipe.layers and one.visible for one in project.layers):
            self.end_swipe()
            return
        self.swipe.name_sides(*sides(project, self.swipe.layers))

    def end_swipe(self) -> None:
        if self.swipe is not None:
            self.swipe.close()

    def _swipe_closed(self) -> None:
        self.swipe = None
        self.map.setFocus()
        self.changed()

    def toggle_split(self) -> None:
        if self.split is not None:
            self.end_split()
            return
        self.end_swipe()
        self.split = SplitView(self._context, self._area)
        self.split.closed.connect(self._split_closed)
        self.changed()

    def end_split(self) -> None:
        if self.split is not None:
            self.split.close()

    def _split_closed(self) -> None:
        self.split = None
        self.map.setFocus()
        self.changed()

    # ---- views by name, and as a picture

    def bookmarks(self) -> BookmarksPanel:
        return BookmarksPanel(self._context, lambda: self.map.goal, self.map.move_to)

    def visit(self, name: str) -> None:
        visit_bookmark(self._context, name, self.map.goal, self.map.move_to)
        self.map.setFocus()

    def copy_picture(self) -> None:
        """To the clipboard; when squares are still coming, as soon as the picture is complete."""
        if self._view.complete:
            self._copy()
            return

        def ready(frame: object) -> None:
            leave()
            self._leave.remove(leave)
            self._copy()

        leave = self._view.picture_ready.subscribe(ready)
        self._leave.append(leave)

    def _copy(self) -> None:
        sources = " · ".join(attributions(self._context))
        cards = (self._area.scale_bar, self._area.colour_bar, self.north)
        image = map_picture(self.map, cards, sources)
        QGuiApplication.clipboard().setImage(image)
        words = tr("The map was copied as a picture of {width} × {height} pixels")
        text = words.format(width=image.width(), height=image.height())
        self._context.say(Message(text, "ok", key="copied"))
