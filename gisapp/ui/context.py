"""What every part of the window is given: the project, the map and the ways between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from gisapp.app.events import Event
from gisapp.app.jobs import Deliver, JobRunner
from gisapp.app.layer_data import LayerData
from gisapp.app.map_view import MapView
from gisapp.app.plugins import PluginList
from gisapp.app.project_session import ProjectSession
from gisapp.app.settings import Settings
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.toolbox import ToolBox
from gisapp.app.workspace import Workspace
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.ui.theme import Choice, Theme

Level = Literal["info", "ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell, and the one thing (seldom two) to do about it."""

    text: str
    level: Level = "info"
    action: str = ""  # the words on the button
    run: Callable[[], None] | None = None
    hint: str = ""
    key: str = ""  # a newer message with the same key replaces the older one; without text: ends it
    other: str = ""  # a second thing to do, where one would hide the choice
    run_other: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Pointed:
    """The place under the pointer, in the map's system, and the value of the raster there, with
    what its file says of it."""

    place: Point
    value: float | None = None
    unit: str = ""
    accuracy: float | None = None  # ±, in the unit; None: not stated
    decoder: str = ""


class ProgramRequests(Protocol):
    """What the window may ask of the running program, which is gisapp.ui.program.Program.

    All of it returns at once; the work is a job, and the window is rebuilt when it is done.
    """

    def open(self, folder: Path, *, read_only: bool = False, take_over: bool = False) -> None: ...
    def new(self, folder: Path, title: str, crs: str) -> None: ...
    def open_sample(self, folder: Path) -> None: ...
    def open_working_copy(self, folder: Path, copy: Path) -> None: ...
    def close_project(self) -> None: ...
    def use_language(self, code: str) -> None: ...
    def use_theme(self, choice: Choice) -> None: ...
    def add_files(self, paths: Iterable[Path]) -> None: ...


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
    session: ProjectSession | None = None
    layer_data: LayerData | None = None
    map_view: MapView | None = None
    plugins: PluginList | None = None
    toolbox: ToolBox | None = None
    tool_desk: ToolDesk | None = None
    program: ProgramRequests | None = None
    pointed: Event[Pointed | None] = field(default_factory=Event)
    station_wanted: Event[tuple[LayerId, FeatureId]] = field(default_factory=Event)
    say: Event[Message] = field(default_factory=Event)  # show a message
    look_at: Event[Extent] = field(default_factory=Event)  # in the project's system
    misplaced: dict[LayerId, str] = field(default_factory=dict)  # what the map cannot show of it
    bring_into_view: Event[Point] = field(default_factory=Event)  # without changing the scale

    def say_done(self, text: str, key: str) -> None:
        """What was just done, with a way to take back exactly that."""
        store = self.workspace.store
        step = store.newest

        def undo() -> None:
            if not store.undo_only(step):
                words = tr("Something else was done since; undo goes back step by step.")
                self.say(Message(words, "warning", key=key))

        self.say(Message(text, "info", tr("Undo"), undo, key=key))

    @property
    def folder(self) -> Path | None:
        return self.workspace.folder

    @property
    def read_only(self) -> bool:
        return self.workspace.store.read_only
