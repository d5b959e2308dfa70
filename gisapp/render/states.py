"""What is known of the pieces of a square: whether anything is drawn there, and whether it hides
what lies below.

States are an array of rows x pieces. They say what a piece is at least: SOME is never wrong.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

PIECE = 128  # pixels of a row that are known together
EMPTY, SOME, OPAQUE = 0, 1, 2

States = npt.NDArray[np.uint8]
UNKNOWN: States = np.empty((0, 0), np.uint8)  # for loops that would note it


def states_for(shape: tuple[int, ...]) -> States:
    """Memory for what is known of a picture of so many rows and columns."""
    return np.empty((shape[0], -(-shape[1] // PIECE)), np.uint8)


@lru_cache(maxsize=32)
def alike(shape: tuple[int, ...], state: int) -> States:
    """The states where all pieces are the same, or nobody knows better."""
    states = states_for(shape)
    states.fill(state)
    states.flags.writeable = False
    return states
