"""Map tools turn pointer events into things that should happen. They do nothing themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gisapp.app.workspace import Selection
from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.project import Project
from gisapp.model.thermal_measure import MeasureKind
from gisapp.render.camera import Camera
from gisapp.render.request import Data

Modifier = Literal["shift", "control", "alt"]
Key = Literal["backspace", "enter", "delete"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """A press, move or release on the map; the pixel is one of the camera's picture."""

    pixel: Pixel
    camera: Camera
    modifiers: frozenset[Modifier] = frozenset()

    @property
    def point(self) -> Point:
        """The place in the map's system."""
        return self.camera.to_map(self.pixel)

    def has(self, modifier: Modifier) -> bool:
        return modifier in self.modifiers


@dataclass(frozen=True, slots=True)
class MapState:
    """What a tool may look at, frozen at the moment of asking."""

    project: Project
    data: Mapping[LayerId, Data] = field(default_factory=dict)  # what is loaded by now
    selection: Selection = field(default_factory=Selection)
    active: LayerId | None = None
    read_only: bool = False
    sieve: Callable[[Layer, Data], Data] | None = None  # a stretch of time that is looked at
    template: Mapping[str, Any] = field(default_factory=dict)  # what new outfalls begin with

    def data_of(self, layer: Layer) -> Data | None:
        """The layer's features or grid; a survey table as it is in the project now."""
        return self.project.table_of(layer) or self.data.get(layer.id)

    def seen_of(self, layer: Layer) -> Data | None:
        """What of it is on the map: what is hidden by its date cannot be pointed at."""
        data = self.data_of(layer)
        return data if data is None or self.sieve is None else self.sieve(layer, data)

    def seen_among(self, layer: Layer, features: frozenset[FeatureId]) -> frozenset[FeatureId]:
        """Those of the features that are on the map."""
        data = self.seen_of(layer) if self.sieve is not None else None
        if data is None or not hasattr(data, "numbers_of"):
            return features
        asked = list(features)
        there = (data.numbers_of(asked) >= 0).tolist()
        return frozenset(fid for fid, seen in zip(asked, there, strict=True) if seen)


Look = Callable[[], MapState]


@dataclass(frozen=True, slots=True)
class Preview:
    """Draw this over the map until the next preview; an empty one clears it.

    Places are in map coordinates of the camera's system. `label` is written at `label_at`,
    a line of text for each of its lines.
    """

    line: tuple[Point, ...] = ()
    closed: bool = False  # the line is the outline of an area
    points: tuple[Point, ...] = ()
    box: Extent | None = None
    outline: tuple[Point, ...] = ()  # of an area that is being chosen: a lasso, a turned box
    snapped: Point | None = None  # where the marker of snapping is shown
    label: str = ""
    label_at: Point | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """Select what touches an outline on the screen (closed by itself), in the first of the
    layers where anything does. The answer comes later, from a worker."""

    camera: Camera
    outline: tuple[Pixel, ...]
    layers: tuple[Layer, ...]
    add: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """Choose features of one layer; `add` keeps what was chosen there before.

    Chosen by an outline: that outline, and how many features of other layers it touches.
    """

    layer: LayerId | None
    features: frozenset[FeatureId]
    add: bool = False
    outline: Choose | None = field(default=None, compare=False)
    others: tuple[tuple[Layer, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Identify:
    """Ask all visible layers what is here. The answer comes later, from a worker."""

    pointer: Pointer


@dataclass(frozen=True, slots=True)
class OpenForm:
    layer: LayerId
    feature: FeatureId


@dataclass(frozen=True, slots=True)
class StartTrace:
    """Trace from a reach or a point, perhaps because of one peak in a station's records; or ask
    what a spill there reaches, or what land drains to the place."""

    layer: LayerId
    feature: FeatureId
    quantity: str = ""  # column of the records, such as nh3n_mg_l
    peak_at: str = ""  # ISO 8601, as written in the records
    at: Point | None = field(default=None, compare=False)  # clicked, in the map's system
    purpose: Literal["trace", "spill", "catchment", "sample"] = "trace"


@dataclass(frozen=True, slots=True)
class MeasureValues:
    """Measure the values of a layer where something was drawn, and keep them. Places are in
    `crs`. The answer comes later, from a worker."""

    kind: MeasureKind
    places: tuple[Point, ...]
    crs: str


@dataclass(frozen=True, slots=True)
class Say:
    """A message for the user, with what to do about it."""

    message: str
    hint: str = ""
    level: Literal["info", "warning"] = "info"


Effect = (
    Edit
    | Camera
    | Preview
    | Select
    | Choose
    | Identify
    | OpenForm
    | StartTrace
    | MeasureValues
    | Say
)
Effects = Iterable[Effect]


class MapTool:
    """Base of all tools: everything is ignored. Made anew each time the user takes it up.

    Effects after an edit happen when the edit is safe on the disk.
    """

    name = ""  # of its action and icon
    draws = False  # takes double click, right click, Enter and Backspace; else they move the map
    speaks = False  # says beside the pointer what is there
    uses_shift = False  # takes Shift-drag; else it zooms to a box
    cursor: Literal["arrow", "hand", "cross", "pointer"] = "arrow"
    moves_map = False  # the last drag moved the map, which glides on when it is thrown

    def __init__(self, look: Look) -> None:
        self.look = look

    @property
    def is_drawing(self) -> bool:
        """Something is begun that a right click, Enter or double click would finish."""
        return False

    def press(self, pointer: Pointer) -> Effects:
        return ()

    def move(self, pointer: Pointer) -> Effects:
        """The pointer moved, with the button down or up."""
        return ()

    def release(self, pointer: Pointer) -> Effects:
        return ()

    def finish(self) -> Effects:
        """Double click, right click or Enter while drawing."""
        return ()

    def key(self, key: Key) -> Effects:
        return ()

    def cancel(self) -> Effects:
        """Esc, or another tool is taken up."""
        return (Preview(),)
