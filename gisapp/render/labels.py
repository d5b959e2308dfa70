"""Where labels go, so that none lies on another label or on a symbol.

All layers of a view are labelled together: what wants a label comes in the order of its
importance, and the first that fits is kept. Labels of the picture before stay where they are as
long as they fit, so that nothing flickers while the map is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from math import hypot

from gisapp.model.geometry import Pixel
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, Style
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.colours import lighter
from gisapp.render.label_areas import label_areas
from gisapp.render.label_lines import label_lines
from gisapp.render.label_points import label_points, symbol_places
from gisapp.render.label_room import LabelRoom
from gisapp.render.label_words import (
    HALO,
    HALO_ON_DARK,
    SELECTED,
    Ask,
    Candidate,
    Key,
    Label,
    Labeller,
    Measure,
    Place,
    Try,
    View,
    pixel_of,
    places_of,
)

__all__ = ["Label", "Measure", "measure_of", "place_labels", "shortened", "write_labels"]

_labellers: dict[type[Style], Labeller] = {
    PointStyle: label_points,
    LineStyle: label_lines,
    AreaStyle: label_areas,
}


def register_labeller(style: type[Style], labeller: Labeller) -> None:
    """Layers with this style are labelled by that function from now on."""
    _labellers[style] = labeller


def can_be_labelled(style: Style) -> bool:
    """Whether a layer with this style can have labels; what a style does not say, it may have."""
    return type(style) in _labellers and bool(getattr(style, "label", True))


def measure_of(canvas: Canvas) -> Measure:
    """How large a canvas writes."""

    def measure(text: str, size: float, bold: bool) -> tuple[float, float]:
        return canvas.words_size(text, size, bold=bold)

    return measure


def place_labels(
    view: View,
    measure: Measure,
    kept: Sequence[Label],
    progress: Progress,
    seen: Place | None = None,
    covered: Sequence[Place] = (),
    *,
    moving: bool = True,
) -> tuple[Label, ...]:
    """The labels of a whole view.

    `kept` are those of the picture before. They stay while they fit, and while the map is
    `moving` even where the view cuts them; a new one must lie in the view as a whole. The same
    view and the same kept labels give the same labels. `seen`: the part of the view that is on
    the screen, in pixels; labels around it are there when the map is moved, but none is cut.
    `covered`: what lies over the view and would hide a name.
    """
    camera = view.camera
    room = LabelRoom(camera.size, camera.pixel_ratio, seen, covered)
    before: dict[Key, list[Label]] = {}
    for label in kept:
        if label.placed_for(camera):
            before.setdefault(label.key, []).append(label)
    candidates: list[Candidate] = []
    for number, layer in enumerate(view.layers):
        data = view.data.get(layer.id)
        if not layer.visible or data is None:
            continue
        progress.report(0.5 * number / len(view.layers), layer.name)
        room.take_symbols(symbol_places(layer, data, camera))
        labeller = _labellers.get(type(layer.style))
        if labeller is None:
            continue
        names = frozenset(name for owner, name in before if owner == layer.id)
        selected = view.selected.get(layer.id, frozenset())
        level = len(view.layers) - 1 - number
        candidates += labeller(layer, data, Ask(camera, measure, progress, selected, names, level))
    candidates.sort(key=lambda candidate: candidate.rank)
    first = sum(candidate.rank[0] <= SELECTED for candidate in candidates)
    desk = _Desk(camera, room, measure, moving)
    for candidate in candidates[:first]:
        desk.keep(candidate, before.get(candidate.key, ()))
        desk.place(candidate)
    others = candidates[first:]
    for candidate in others if before else ():
        if candidate.key in before:
            desk.keep(candidate, before[candidate.key])
    for done, candidate in enumerate(others):
        if done % 256 == 0:
            progress.report(0.5 + 0.5 * done / len(others))
        desk.place(candidate)
    return tuple(desk.labels)


class _Desk:
    """Labels that found a place, and the room left."""

    def __init__(self, camera: Camera, room: LabelRoom, measure: Measure, moving: bool) -> None:
        self.labels: list[Label] = []
        self._moving = moving
        self._camera, self._room, self._measure = camera, room, measure
        self._written: dict[Key, list[Pixel]] = {}

    def keep(self, candidate: Candidate, before: Iterable[Label]) -> None:
        for label in before:
            if self._done(candidate) or not candidate.keeps(label):
                continue
            places = places_of(label, self._camera, self._measure)
            over = candidate.insists
            if not self._moving and self._room.cut(places):
                continue
            if self._room.touched(places) and self._room.free(
                places, over_symbols=over, inset=True
            ):
                self._write(label, places)

    def place(self, candidate: Candidate) -> None:
        if self._done(candidate):
            return
        passed: list[Try] = []
        for places, made in candidate.tries(partial(self._far, candidate)):
            if not self._room.inside(places) or self._room.cut(places):
                continue
            if not self._room.free(places):
                if candidate.insists:
                    passed.append((places, made))
                continue
            self._write(made(), places)
            if not candidate.apart:
                return
        for places, made in sorted(passed, key=lambda one: self._room.covered(one[0])):
            if self._room.free(places, over_symbols=True):
                label = made()
                if self._far(candidate, self._camera.to_screen(label.anchor)):
                    self._write(label, places)
                if not candidate.apart:
                    return

    def _done(self, candidate: Candidate) -> bool:
        return not candidate.apart and candidate.key in self._written

    def _far(self, candidate: Candidate, at: Pixel) -> bool:
        written = self._written.get(candidate.key, ())
        return all(hypot(at.x - x, at.y - y) >= candidate.apart for x, y in written)

    def _write(self, label: Label, places: Sequence[Place]) -> None:
        self._room.take(places)
        self._written.setdefault(label.key, []).append(self._camera.to_screen(label.anchor))
        self.labels.append(label)


def write_labels(
    canvas: Canvas, labels: Iterable[Label], camera: Camera, *, dark: bool = False
) -> None:
    """Write them where the camera sees them; it may be another one than they were placed for.

    `dark`: on a dark ground, so light letters with a dark halo.
    """
    ratio, halo = camera.pixel_ratio, HALO_ON_DARK if dark else HALO
    for label in labels:
        ink = lighter(label.color) if dark else label.color
        size = label.size * ratio
        if not label.letters:
            canvas.words(
                pixel_of(label, camera),
                label.text,
                ink,
                size,
                halo=halo,
                align=label.align,
                bold=label.bold,
            )
            continue
        passes = [(ink, halo)] if len(label.letters) == 1 else [(halo, halo)]
        if len(label.letters) > 1:  # the halo of a letter never lies on the one before
            passes.append((ink, ""))
        for color, around in passes:
            for letter in label.letters:
                canvas.words(
                    camera.to_screen(letter.at),
                    letter.text,
                    color,
                    size,
                    halo=around,
                    align="center",
                    bold=label.bold,
                    angle=letter.angle + camera.rotation,
                )


def shortened(canvas: Canvas, text: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room for it (pixels)."""
    if canvas.words_size(text, size)[0] <= width:
        return text
    while text and canvas.words_size(text + "…", size)[0] > width:
        text = text[:-1]
    return text + "…"
