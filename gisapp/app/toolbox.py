"""The tools of the map by name, as builtin.toml and plugins list them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gisapp.app.tools import Look, MapTool

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
