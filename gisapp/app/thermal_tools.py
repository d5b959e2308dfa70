"""Measuring temperatures with the hand: a click, a line, a box, an outline."""

from __future__ import annotations

from gisapp.app.looking_tools import far_enough
from gisapp.app.measuring_tools import MeasureArea, MeasureLine
from gisapp.app.tools import Effects, Look, MapTool, MeasureValues, Pointer, Preview
from gisapp.model.geometry import Pixel, Point
from gisapp.model.thermal_measure import MeasureKind

SPOT, LINE, BOX, AREA = "thermal_spot", "thermal_line", "thermal_box", "thermal_area"


class ThermalSpot(MapTool):
    """Each click keeps the temperature there."""

    name = SPOT
    cursor = "cross"
    _start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None or far_enough(start, pointer):
            return ()
        return (MeasureValues("spot", (pointer.point,), pointer.camera.crs),)


class ThermalLine(MeasureLine):
    """Click from place to place; double click, Enter or right click keeps the line."""

    name = LINE
    kind: MeasureKind = "line"
    least = 2  # places

    def finish(self) -> Effects:
        if not self.is_drawing:
            return ()
        places, crs = self._places, self._crs
        # A double click has pressed twice at one place.
        once = tuple(p for n, p in enumerate(places) if n == 0 or p != places[n - 1])
        cleared = tuple(self.cancel())
        if len(once) < self.least:
            return cleared
        return (*cleared, MeasureValues(self.kind, once, crs))


class ThermalArea(ThermalLine, MeasureArea):
    """Click around an area; double click, Enter or right click keeps it."""

    name = AREA
    kind = "area"
    least = 3


class ThermalBox(MapTool):
    """Drag a box and let go; it is upright on the screen, also when the map is turned."""

    name = BOX
    cursor = "cross"
    uses_shift = True

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._start: Pointer | None = None

    @property
    def is_drawing(self) -> bool:
        return self._start is not None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        if self._start is None or not far_enough(self._start, pointer):
            return ()
        return (Preview(line=_corners(self._start, pointer), closed=True),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None or not far_enough(start, pointer):
            return (Preview(),)
        return (Preview(), MeasureValues("box", _corners(start, pointer), pointer.camera.crs))

    def cancel(self) -> Effects:
        self._start = None
        return (Preview(),)


def _corners(start: Pointer, pointer: Pointer) -> tuple[Point, ...]:
    camera, (x0, y0), (x1, y1) = pointer.camera, start.pixel, pointer.pixel
    corners = (Pixel(x0, y0), Pixel(x1, y0), Pixel(x1, y1), Pixel(x0, y1))
    return tuple(camera.to_map(corner) for corner in corners)


TOOLS = {tool.name: tool for tool in (ThermalSpot, ThermalLine, ThermalBox, ThermalArea)}
