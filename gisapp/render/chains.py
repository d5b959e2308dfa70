"""Lines put together at their ends, and cut to what is near a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gisapp.model.crs import Coordinates

Node = tuple[float, float]


def chained(parts: Sequence[Coordinates]) -> list[Coordinates]:
    """Lines that begin or end where another one does are one line, as far as none branches.

    Where three and more meet, two of them go on as one: those that come first.
    """
    parts = [part for part in parts if len(part) > 1]
    ends: dict[Node, list[int]] = {}
    for number, part in enumerate(parts):
        for node in {_node(part[0]), _node(part[-1])}:
            ends.setdefault(node, []).append(number)
    used = [False] * len(parts)
    found = []
    for number, part in enumerate(parts):
        if used[number]:
            continue
        used[number] = True
        after = _onward(_node(part[-1]), parts, ends, used)
        before = _onward(_node(part[0]), parts, ends, used)
        if after or before:
            part = np.concatenate([*(piece[::-1] for piece in reversed(before)), part, *after])
        found.append(part)
    return found


def _node(place: Coordinates) -> Node:
    return float(place[0]), float(place[1])


def _onward(
    node: Node, parts: Sequence[Coordinates], ends: dict[Node, list[int]], used: list[bool]
) -> list[Coordinates]:
    """The lines that follow from a node on, each beginning where the one before ended."""
    found: list[Coordinates] = []
    while True:
        number = next((n for n in ends.get(node, ()) if not used[n]), None)
        if number is None:
            return found
        used[number] = True
        part = parts[number]
        if _node(part[0]) != node:
            part = part[::-1]
        found.append(part)
        node = _node(part[-1])


def in_frame(line: Coordinates, width: float, height: float, margin: float) -> list[Coordinates]:
    """The stretches of a line that lie in a picture grown by a margin (Liang and Barsky 1984)."""
    low, high = np.array([-margin, -margin]), np.array([width + margin, height + margin])
    if (line >= low).all() and (line <= high).all():
        return [line]
    first, along = line[:-1], np.diff(line, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - first) / along, (high - first) / along
    still = along == 0
    inside = (first >= low) & (first <= high)
    one = np.where(still, np.where(inside, -np.inf, np.inf), one)
    other = np.where(still, np.where(inside, np.inf, -np.inf), other)
    enter = np.maximum(np.minimum(one, other).max(axis=1), 0)
    leave = np.minimum(np.maximum(one, other).min(axis=1), 1)
    leave = np.where((still & ~inside).any(axis=1), -1, leave)
    seen = np.flatnonzero(enter < leave)
    found = []
    for run in np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1) if len(seen) else ():
        places = np.vstack(
            [
                first[run[0]] + enter[run[0]] * along[run[0]],
                line[run[0] + 1 : run[-1] + 1],
                first[run[-1]] + leave[run[-1]] * along[run[-1]],
            ]
        )
        found.append(places)
    return found
