"""Labels inside areas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.style import AreaStyle
from gisapp.render.colours import darker
from gisapp.render.columns import texts
from gisapp.render.label_features import Seen
from gisapp.render.label_words import SIZE, Ask, Candidate, Far, Key, Label, Try

MANY = 300  # areas of a layer that are tried, the largest first
LEVELS = 15  # heights at which a place is looked for
AMPLE = 2.0  # times the width of the words: nowhere else is looked for more
RANK = 3.0  # after points and lines


def label_areas(layer: Layer, data: Any, ask: Ask) -> Iterable[Candidate]:
    """A label inside each area that has room for it, where it is widest."""
    style, camera = layer.style, ask.camera
    assert isinstance(style, AreaStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return
    seen = Seen.of(data, camera, 2 * SIZE * camera.pixel_ratio, MANY)
    color = darker(style.outline or style.fill)
    ids = data.ids[seen.rows].tolist()
    for number, text in enumerate(texts(data, style.label, seen.rows)):
        if not text:
            continue
        key = layer.id, str(ids[number])
        selected = ids[number] in ask.selected
        yield Candidate(
            key,
            (-1.0 if selected else RANK, ask.level, number),
            partial(_tries, key, text, color, seen, number, ask),
            partial(_keeps, text, color, seen, number, ask),
            insists=True,
        )


def _tries(
    key: Key, text: str, color: str, seen: Seen, number: int, ask: Ask, far: Far
) -> Iterable[Try]:
    width, height = ask.measure(text, SIZE * ask.camera.pixel_ratio, False)
    at = widest_place(seen.parts(number), width, height, *ask.camera.size)
    if at is None:
        return
    x, y = at
    place = (x - width / 2 - 1, y - height / 2, x + width / 2 + 1, y + height / 2)
    yield (place,), partial(ask.label, key, text, ask.camera.to_map(at), color=color)


def _keeps(text: str, color: str, seen: Seen, number: int, ask: Ask, label: Label) -> bool:
    """It still lies inside the area."""
    if label.text != text or label.color != color:
        return False
    x, y = ask.camera.to_screen(label.anchor)
    crossings = _crossings(seen.parts(number), y)
    return bool(np.count_nonzero(crossings < x) % 2)


def widest_place(
    rings: Sequence[Coordinates], wide: float, tall: float, right: float, bottom: float
) -> Pixel | None:
    """Where words of that size lie inside the rings (even-odd) and the picture, with as much
    room at their sides as there is, and near the middle height of what is in view."""
    rings = [ring for ring in rings if len(ring) > 2]
    if not rings:
        return None
    top = max(0.0, min(float(ring[:, 1].min()) for ring in rings))
    low = min(bottom, max(float(ring[:, 1].max()) for ring in rings))
    if low - top < tall:
        return None
    best, found = 0.0, None
    middle = (top + low) / 2
    heights = np.linspace(top + tall / 2, low - tall / 2, LEVELS)
    for y in sorted(heights.tolist(), key=lambda height: abs(height - middle)):
        for left, end in _common(rings, (y - tall / 2, y, y + tall / 2), right):
            room = min((end - left) / wide, AMPLE)
            score = room - abs(y - middle) / (low - top)
            if room >= 1 and score > best:
                best, found = score, Pixel((left + end) / 2, y)
        if best > 0 and best >= AMPLE - abs(y - middle) / (low - top):
            break
    return found


def _common(
    rings: Sequence[Coordinates], heights: Sequence[float], right: float
) -> list[tuple[float, float]]:
    """Stretches of x in the picture that are inside at each of the heights."""
    common = [(0.0, right)]
    for y in heights:
        crossings = np.sort(_crossings(rings, y)).tolist()
        inside = list(zip(crossings[::2], crossings[1::2], strict=False))
        common = [
            (max(left, a), min(end, b))
            for left, end in common
            for a, b in inside
            if min(end, b) > max(left, a)
        ]
    return common


def _crossings(rings: Sequence[Coordinates], y: float) -> npt.NDArray[np.float64]:
    """Where the rings cross a height."""
    found = [np.empty(0)]
    for ring in rings:
        if len(ring) < 3:
            continue
        after = np.roll(ring, -1, axis=0)
        hit = (ring[:, 1] > y) != (after[:, 1] > y)
        a, b = ring[hit], after[hit]
        found.append(a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
    return np.concatenate(found)
