"""The map and the panel of tracing, hand in hand: preview, numbers to choose by, the profile."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from gisapp.model.crs import metres_per_unit
from gisapp.model.geometry import Point
from gisapp.ui.context import WindowContext
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.traced_live import LiveTrace
from gisapp.ui.tracing import Tracing

NUMBERS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3)


class TracingHand(QObject):
    """Belongs to the page."""

    def __init__(self, context: WindowContext, page: ProjectPage, tracing: Tracing) -> None:
        super().__init__(page)
        self._context, self._page, self._tracing = context, page, tracing
        self._map = page.map_area.map
        controls = page.trace.controls
        self.live = LiveTrace(context, page.map_area, lambda: controls.asked.direction)
        self.live.pointed = self._pointed_on_map
        tracing.mark_choices = self._mark
        tracing.resolution = self._metres_a_pixel
        page.trace.profile.pointed.connect(self._pointed_on_profile)
        self._map.installEventFilter(self)
        desk = page.map_area.desk
        self._leave = [
            desk.tool_changed.subscribe(lambda name: self._decided()),
            desk.trace_wanted.subscribe(lambda wanted: self.live.rest()),
        ]

    def close(self) -> None:
        self.live.close()
        for leave in self._leave:
            leave()
        self._map.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While reaches are marked by numbers, their keys are not those of tools; Esc lets be."""
        if not self._tracing.undecided or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        escape = event.key() == Qt.Key.Key_Escape
        number = NUMBERS.index(event.key()) if event.key() in NUMBERS else -1
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if not plain or not (escape or 0 <= number < len(self._tracing.choices)):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if escape:
                self._decided()
            else:
                self._tracing.choose(number)
            return True
        return super().eventFilter(watched, event)

    def _decided(self) -> None:
        self._tracing.undecided = False
        self._mark([])

    def _mark(self, places: Sequence[Point]) -> None:
        self._map.overlay.numbered = tuple(places)
        self._map.update()

    def _metres_a_pixel(self) -> float:
        camera = self._map.camera
        return camera.resolution * metres_per_unit(camera.crs, camera.center)

    def _pointed_on_profile(self, distance_m: float | None) -> None:
        """The place of the river that the chart's cursor stands at, marked on the map."""
        profile = self._page.trace.profile.profile
        crs = self._context.workspace.store.project.crs
        place = None
        if profile is not None and distance_m is not None:
            place = profile.place_at(distance_m, crs)
        self._map.show_cross(place)

    def _pointed_on_map(self, position: int | None) -> None:
        chart = self._page.trace.profile
        if chart.profile is not None and not chart.underMouse():
            at = None if position is None else chart.profile.distance_at(position)
            chart.show_place(at)
