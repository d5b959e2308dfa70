"""The tools of the map by name. Plugins put theirs in beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gisapp.app.looking_tools import IdentifyTool, Pan, SelectBox, ZoomBox
from gisapp.app.measuring_tools import MeasureArea, MeasureLine
from gisapp.app.outfall_tools import AddOutfall, DeleteFeature, MoveFeature
from gisapp.app.tools import Look, MapTool
from gisapp.model.text import tr

MakeTool = Callable[[Look], MapTool]


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """What a button needs to know: title in the user's language, shortcut, icon."""

    name: str
    title: str
    make: MakeTool
    shortcut: str = ""
    icon: str = ""


class ToolBox:
    """In the order of the buttons."""

    def __init__(self) -> None:
        self._entries: dict[str, ToolEntry] = {}

    def add(self, entry: ToolEntry) -> None:
        self._entries[entry.name] = entry

    def __iter__(self) -> Iterator[ToolEntry]:
        return iter(self._entries.values())

    def __getitem__(self, name: str) -> ToolEntry:
        return self._entries[name]

    @property
    def makers(self) -> dict[str, MakeTool]:
        """For `ToolDesk`."""
        return {entry.name: entry.make for entry in self}


def own_tools() -> ToolBox:
    """The tools the program brings, keys 1 to 9."""
    box = ToolBox()
    for entry in (
        ToolEntry("pan", tr("Move the map"), Pan, "1", "pan"),
        ToolEntry("identify", tr("Identify"), IdentifyTool, "2", "identify"),
        ToolEntry("select", tr("Select"), SelectBox, "3", "select"),
        ToolEntry("measure", tr("Measure a length"), MeasureLine, "4", "measure"),
        ToolEntry("measure_area", tr("Measure an area"), MeasureArea, "5", "measure_area"),
        ToolEntry("add", tr("Add an outfall"), AddOutfall, "6", "add_point"),
        ToolEntry("move", tr("Move a point"), MoveFeature, "7", "move_point"),
        ToolEntry("delete", tr("Delete a point"), DeleteFeature, "8", "trash"),
        ToolEntry("zoom_box", tr("Zoom to a box"), ZoomBox, "9", "zoom_box"),
    ):
        box.add(entry)
    return box
