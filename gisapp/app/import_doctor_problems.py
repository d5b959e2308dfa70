"""What the import doctor says: a problem, the rows it is about, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Level = Literal["error", "warning", "note"]
Rows = npt.NDArray[np.int64]
Answers = tuple[tuple[str, str], ...]

# What is done with the rows of a problem: the answer `if.<kind>`. The first is what happens unsaid.
CHOICES: dict[str, tuple[str, ...]] = {
    "at_zero": ("no_place", "skip", "keep"),
    "place_unreadable": ("no_place", "skip"),
    "no_place": ("keep", "skip"),
    "impossible_place": ("no_place", "skip"),
    "far_away": ("keep", "no_place", "skip"),
    "other_area": ("keep", "no_place", "skip"),
    "far_from_rivers": ("keep", "no_place", "skip"),
    "swapped_rows": ("swap", "keep"),
    "same_code": ("keep", "skip"),
    "same_place": ("keep", "skip"),
    "lost_zeros": ("keep", "pad"),
    "missing_name": ("keep", "skip"),
    "impossible_value": ("empty", "keep", "skip"),
    "known_outfall": ("update", "skip", "add"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to choose; `answers` are laid over those of the recipe."""

    title: str
    answers: Answers


@dataclass(frozen=True, eq=False)
class Problem:
    """`rows` count the records of the sheet from 0 (empty: the whole file); `column`: a heading.

    `tell(n)` says what is the matter with the n-th of the rows; without it the message says all.
    """

    kind: str
    level: Level
    message: str
    rows: Rows
    column: str = ""
    hint: str = ""
    fixes: tuple[Fix, ...] = ()
    tell: Callable[[int], str] | None = None

    def words(self, n: int) -> str:
        return self.tell(n) if self.tell is not None else self.message


def rows_of(marks: npt.NDArray[np.bool_]) -> Rows:
    return np.flatnonzero(marks).astype(np.int64)


def whole_file() -> Rows:
    return np.empty(0, np.int64)


def told(values: Sequence[Any] | npt.NDArray[Any], words: str) -> Callable[[int], str]:
    """Each row by its own value: `words` has {value}."""
    return lambda n: words.format(value=values[n])
