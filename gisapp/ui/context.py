"""What every part of the window is given: the project, the map and the ways between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gisapp.app.events import Event
from gisapp.app.jobs import Deliver, JobRunner
from gisapp.app.settings import Settings
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.toolbox import ToolBox
from gisapp.app.workspace import Workspace
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import LayerId
from gisapp.ui.theme import Theme

Level = Literal["info", "ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell, with at most one thing to do about it."""

    text: str
    level: Level = "info"
    action: str = ""  # the words on the button
    run: Callable[[], None] | None = None
    hint: str = ""
    key: str = ""  # a newer message with the same key replaces the older one


@dataclass(frozen=True, slots=True)
class Pointed:
    """The place under the pointer, in the map's system, and the value of the raster there."""

    place: Point
    value: float | None = None
    unit: str = ""


@dataclass
class WindowContext:
    """Made anew for each project that is opened; the window is rebuilt around it.

    Without `session` the window shows the welcome page. The map tells `pointed` (None: the
    pointer left); panels ask for `station_wanted` (show its records) and `look_at`.
    """

    workspace: Workspace
    jobs: JobRunner
    deliver: Deliver
    settings: Settings
    theme: Theme
    session: Any = None
    layer_data: Any = None
    map_view: Any = None
    plugins: Any = None
    toolbox: ToolBox | None = None
    tool_desk: ToolDesk | None = None
    pointed: Event[Pointed | None] = field(default_factory=Event)
    station_wanted: Event[tuple[LayerId, FeatureId]] = field(default_factory=Event)
    say: Event[Message] = field(default_factory=Event)  # show a message
    look_at: Event[Extent] = field(default_factory=Event)  # in the project's system

    @property
    def folder(self) -> Path | None:
        return self.workspace.folder

    @property
    def read_only(self) -> bool:
        return self.workspace.store.read_only
