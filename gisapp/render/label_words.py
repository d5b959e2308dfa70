"""What a label is, and what those who place labels give each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, cos, radians, sin
from typing import Any, NamedTuple, Protocol

from gisapp.model.features import FeatureId
from gisapp.model.geometry import Pixel, Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.render.camera import Camera

TEXT = "#1b2733"
HALO, HALO_ON_DARK = "#ffffffe6", "#12161ad9"
SIZE = 11.0  # px of the style

Measure = Callable[[str, float, bool], tuple[float, float]]
"""Width and height in pixels of a text of a size (pixels), bold or not."""

Place = tuple[float, float, float, float]  # left, top, right, bottom, in pixels
Key = tuple[LayerId, str]  # what a label names: the same thing has the same key in every picture


class Letter(NamedTuple):
    """One letter of a text along a line."""

    text: str
    at: Point  # its middle, in map coordinates
    angle: float  # degrees clockwise from east on a map with north up


@dataclass(frozen=True, slots=True)
class Label:
    """Words that found a place on the map. They can be written for any camera of the same system.

    `anchor` is in map coordinates, `offset` (right, down) and `size` in px of the style. Words
    beside a point are level in every picture; `letters` follow a line and turn with the map.
    """

    key: Key
    text: str
    anchor: Point
    color: str = TEXT
    size: float = SIZE
    offset: tuple[float, float] = (0.0, 0.0)
    align: str = "center"
    bold: bool = False
    letters: tuple[Letter, ...] = ()
    resolution: float = 0.0  # of the camera it was placed for, as are the next two
    rotation: float = 0.0
    pixel_ratio: float = 1.0

    def placed_for(self, camera: Camera) -> bool:
        """Whether the camera shows it just as the one it was placed for, but for panning."""
        return (
            abs(self.resolution - camera.resolution) <= 1e-9 * camera.resolution
            and self.rotation == camera.rotation
            and self.pixel_ratio == camera.pixel_ratio
        )


class View(Protocol):
    """What is to be labelled; a RenderRequest is one."""

    @property
    def camera(self) -> Camera: ...
    @property
    def layers(self) -> Sequence[Layer]: ...
    @property
    def data(self) -> Mapping[LayerId, Any]: ...
    @property
    def selected(self) -> Mapping[LayerId, frozenset[FeatureId]]: ...


@dataclass(frozen=True, eq=False, slots=True)
class Ask:
    """What those who label one layer need to know beside the layer and its data."""

    camera: Camera
    measure: Measure
    progress: Progress
    selected: frozenset[FeatureId] = frozenset()
    kept: frozenset[str] = frozenset()  # names (second parts of the keys) of the labels before
    level: int = 0  # how many layers lie over this one

    def label(self, key: Key, text: str, anchor: Point, **looks: Any) -> Label:
        """A label placed for the camera."""
        camera = self.camera
        return Label(
            key,
            text,
            anchor,
            resolution=camera.resolution,
            rotation=camera.rotation,
            pixel_ratio=camera.pixel_ratio,
            **looks,
        )


Far = Callable[[Pixel], bool]  # whether no label of the same thing is near that place
Try = tuple[Sequence[Place], Callable[[], Label]]  # where it would lie, and the label itself


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """Something that wants a label: `tries` are the ways to write it, the best first.

    `keeps` says whether a label of the picture before still names it where it is. With `apart`
    it may have several labels, so many pixels from each other: tries that are not `Far` enough
    from those written need not be worked out.
    """

    key: Key
    rank: tuple[float, ...]  # the lowest is served first
    tries: Callable[[Far], Iterable[Try]]
    keeps: Callable[[Label], bool]
    insists: bool = False  # rather over a symbol than not at all
    apart: float = 0.0


Labeller = Callable[[Layer, Any, Ask], Iterable[Candidate]]

SELECTED, IMPORTANT, USUAL = -1.0, 0.0, 1.0  # first part of a rank


def places_of(label: Label, camera: Camera, measure: Measure) -> list[Place]:
    """The rectangles it covers, in pixels."""
    ratio = camera.pixel_ratio
    size = label.size * ratio
    if label.letters:
        spots = [camera.to_screen(letter.at) for letter in label.letters]
        turns = [letter.angle + camera.rotation for letter in label.letters]
        words = [letter.text for letter in label.letters]
        return places_along(words, spots, turns, size, measure)
    width, height = measure(label.text, size, label.bold)
    x, y = pixel_of(label, camera)
    left = x - {"left": 0.0, "center": width / 2, "right": width}[label.align]
    return [(left - ratio, y - height / 2, left + width + ratio, y + height / 2)]


def box_of(label: Label, camera: Camera, measure: Measure) -> Place:
    """The rectangle around all of it, in pixels."""
    lefts, tops, rights, bottoms = zip(*places_of(label, camera, measure), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def places_along(
    words: Sequence[str],
    spots: Sequence[Pixel],
    turns: Sequence[float],
    size: float,
    measure: Measure,
) -> list[Place]:
    """Squares along each of the turned words (degrees clockwise), one in the middle at least."""
    half, found = size * 0.62, list[Place]()
    for text, (x, y), turn in zip(words, spots, turns, strict=True):
        width = size if len(text) == 1 else measure(text, size, False)[0]
        count = ceil(width / size)
        step = (width - size) / max(count - 1, 1)
        dx, dy = cos(radians(turn)) * step, sin(radians(turn)) * step
        for number in range(count):
            away = number - (count - 1) / 2
            px, py = x + dx * away, y + dy * away
            found.append((px - half, py - half, px + half, py + half))
    return found


def pixel_of(label: Label, camera: Camera) -> Pixel:
    """Where the words begin, end or have their middle (as `align` says)."""
    x, y = camera.to_screen(label.anchor)
    right, down = label.offset
    return Pixel(x + right * camera.pixel_ratio, y + down * camera.pixel_ratio)
