"""A sheet of text as it stands in a file, and how its cells become text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[Any]
EXACT = 1e15  # a number of a workbook has 15 true digits


@dataclass(frozen=True, eq=False)
class RawSheet:
    """Rows as in the file, one array of text a column ("" where a cell is empty).

    `numbers`: the row of the file (line of a text file) of each row, from 1. `merged`: first row,
    first column, last row, last column, counted in these rows from 0. `numeric`: cells that are
    numbers in the file, of each column (None: not known). `names`, `places` and `crs` are those
    of a map; without them the headings are among the rows.
    """

    name: str
    columns: tuple[Texts, ...]
    numbers: npt.NDArray[np.int64]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    numeric: tuple[npt.NDArray[np.bool_] | None, ...] = ()
    names: tuple[str, ...] = ()
    places: npt.NDArray[np.float64] | None = None
    crs: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    def head(self, count: int) -> list[list[str]]:
        return [[str(c[row]) for c in self.columns] for row in range(min(count, len(self)))]


def cell_text(value: Any) -> str:
    """A number as it was typed, as far as the file still knows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        return f"{value:.0f}" if abs(value) >= EXACT else repr(value)
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def texts_of(values: Sequence[str]) -> Texts:
    out = np.empty(len(values), object)
    out[:] = values
    return out
