"""Measuring along a line and within an area; every value stands there twice, with its plane."""

from __future__ import annotations

from gisapp.analysis.measure import (
    area_lines,
    length_lines,
    measure_area,
    measure_line,
)
from gisapp.app.tools import Effects, Key, Look, MapTool, Pointer, Preview
from gisapp.model.geometry import Point


class MeasureLine(MapTool):
    """Click from place to place; the length so far follows the pointer.

    Backspace takes the last place back; right click, Enter or double click ends the line and
    leaves it on the map until the next click.
    """

    name = "measure"
    draws = True
    cursor = "cross"
    closed = False

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._places: list[Point] = []
        self._done = False
        self._crs = ""
        self._here: Point | None = None

    @property
    def is_drawing(self) -> bool:
        return bool(self._places) and not self._done

    def press(self, pointer: Pointer) -> Effects:
        if self._done or pointer.camera.crs != self._crs:
            self._places, self._done = [], False
        self._crs = pointer.camera.crs
        self._places.append(pointer.point)
        self._here = None
        return (self._preview(),)

    def move(self, pointer: Pointer) -> Effects:
        if not self.is_drawing:
            return ()
        self._here = pointer.point
        return (self._preview(),)

    def finish(self) -> Effects:
        """A double click has pressed twice at one place: the second counts once."""
        if not self.is_drawing:
            return ()
        self._here, self._done = None, True
        return (self._preview(),)

    def key(self, key: Key) -> Effects:
        if key == "enter":
            return self.finish()
        if key == "backspace" and self.is_drawing:
            self._places.pop()
            return (self._preview(),)
        return ()

    def cancel(self) -> Effects:
        self._places, self._done, self._here = [], False, None
        return (Preview(),)

    def words(self, places: list[Point]) -> str:
        if len(places) < 2:
            return ""
        return length_lines(measure_line(places, self._crs))

    def _preview(self) -> Preview:
        places = [*self._places, *([self._here] if self._here and self._places else [])]
        if not places:
            return Preview()
        return Preview(
            line=tuple(places),
            points=tuple(self._places),
            closed=self.closed,
            label=self.words(places),
            label_at=places[-1],
        )


class MeasureArea(MeasureLine):
    """Click around an area; area and, so far, length."""

    name = "measure_area"
    closed = True

    def words(self, places: list[Point]) -> str:
        if len(places) < 3:
            return super().words(places)
        return area_lines(measure_area(places, self._crs))
