"""What the mouse does with a flight: ask which frames saw a place, move and turn one frame."""

from __future__ import annotations

from gisapp.app.thermal_tools import ThermalSpot
from gisapp.app.tools import Effects, Key, Look, MapTool, MeasureValues, Pointer, Preview
from gisapp.model.geometry import Point
from gisapp.model.text import tr

POINT, MOVE = "flight_point", "flight_move"


class FlightPoint(ThermalSpot):
    """Each click asks for all frames of that place."""

    name = POINT


class FlightMove(MapTool):
    """Click a thing in the frame, then where it belongs: the frame moves. A second pair turns it
    about the first. Backspace takes the last click back."""

    name = MOVE
    draws = True
    cursor = "cross"

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._seen: Point | None = None
        self._crs = ""

    @property
    def is_drawing(self) -> bool:
        return self._seen is not None

    def press(self, pointer: Pointer) -> Effects:
        if self._seen is None or pointer.camera.crs != self._crs:
            self._seen, self._crs = pointer.point, pointer.camera.crs
            return (self._preview(pointer.point),)
        seen, self._seen = self._seen, None
        return (Preview(), MeasureValues("line", (seen, pointer.point), self._crs))

    def move(self, pointer: Pointer) -> Effects:
        return (self._preview(pointer.point),) if self._seen is not None else ()

    def finish(self) -> Effects:
        return self.cancel()

    def key(self, key: Key) -> Effects:
        return self.cancel() if key == "backspace" and self._seen is not None else ()

    def cancel(self) -> Effects:
        self._seen = None
        return (Preview(),)

    def _preview(self, here: Point) -> Preview:
        seen = self._seen
        assert seen is not None
        line = (seen, here) if here != seen else ()
        return Preview(line, points=(seen,), label=tr("Click where it belongs"), label_at=here)


TOOLS = {tool.name: tool for tool in (FlightPoint, FlightMove)}
