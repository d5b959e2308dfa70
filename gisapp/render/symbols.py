"""The outlines of the point symbols, around (0, 0), for a size of 1."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gisapp.model.crs import Coordinates
from gisapp.model.style import Shape

SIDE = 0.9  # of a square, so that it looks as large as a circle of diameter 1
CORNER = 0.24  # radius of a square's corner
OUTLINE = 0.13  # width of the outline for a symbol of size 1


@lru_cache(maxsize=8)
def outline(shape: Shape) -> Coordinates:
    """A closed polygon (n x 2, y down) as large to the eye as a circle of diameter 1."""
    made = _outline(shape)
    made.flags.writeable = False
    return made


def _outline(shape: Shape) -> Coordinates:
    if shape == "triangle":  # its centre of gravity on the place
        return np.array([[0, -0.62], [0.56, 0.38], [-0.56, 0.38], [0, -0.62]])
    if shape == "diamond":
        return np.array([[0, -0.6], [0.6, 0], [0, 0.6], [-0.6, 0], [0, -0.6]])
    if shape == "square":
        turn = np.linspace(0, np.pi / 2, 7)
        arc = np.column_stack([np.cos(turn), np.sin(turn)]) * CORNER + SIDE / 2 - CORNER
        corners = [arc]
        for _ in range(3):
            corners.append(corners[-1] @ np.array([[0, 1.0], [-1.0, 0]]))
        return np.concatenate([*corners, arc[:1]])
    turn = np.linspace(0, 2 * np.pi, 49)
    return np.column_stack([np.cos(turn), np.sin(turn)]) / 2
