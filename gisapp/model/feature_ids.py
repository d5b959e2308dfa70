"""The ids of a read-only layer's features: texts to everybody, kept as what they really are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.columns import Texts

Numbers = npt.NDArray[np.int64]
AT_ONCE = 20_000  # made in one go, which stops the other threads while it runs
DIGITS = 18  # of the longest whole number that surely fits 64 bits


class FeatureIds(Protocol):
    """Id and number (place in the layer) of each feature. Ids that are not there have -1."""

    def __len__(self) -> int: ...
    def at(self, numbers: Numbers) -> npt.NDArray[Any]:
        """Ids of some features, as text objects."""

    def numbers_of(self, ids: Iterable[str]) -> Numbers: ...


class NumberIds:
    """Ids that are whole numbers, as most files have them: `first`, `first + 1`, ... or listed."""

    def __init__(
        self, count: int, first: int = 0, listed: npt.NDArray[np.int64] | None = None
    ) -> None:
        self.count, self.first, self.listed = count, first, listed

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> NumberIds:
        values = np.asarray(values, np.int64)
        first = int(values[0]) if len(values) else 0
        if (np.diff(values) == 1).all():
            return cls(len(values), first)
        return cls(len(values), first, values)

    @classmethod
    def from_texts(cls, texts: list[str]) -> NumberIds | None:
        """None unless each text is a whole number, written as this class would write it."""
        if not all(_whole(text) >= 0 for text in texts):
            return None
        return cls.of(np.fromiter(map(int, texts), np.int64))

    def __len__(self) -> int:
        return self.count

    def at(self, numbers: Numbers) -> npt.NDArray[Any]:
        values = numbers + self.first if self.listed is None else self.listed[numbers]
        out = np.empty(len(numbers), object)
        for first in range(0, len(numbers), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            out[part] = list(map(str, values[part].tolist()))
        return out

    def numbers_of(self, ids: Iterable[str]) -> Numbers:
        wanted = np.fromiter(map(_whole, ids), np.int64)
        if self.listed is None:
            found = wanted - self.first
            return np.where((wanted >= 0) & (found >= 0) & (found < self.count), found, -1)
        if not self.count:
            return np.full(len(wanted), -1, np.int64)
        order, ascending = self._sorted
        place = np.minimum(np.searchsorted(ascending, wanted), self.count - 1)
        return np.where((wanted >= 0) & (ascending[place] == wanted), order[place], -1)

    @cached_property
    def _sorted(self) -> tuple[Numbers, Numbers]:
        assert self.listed is not None
        order = np.argsort(self.listed, kind="stable")
        return order, self.listed[order]


def _whole(text: str) -> int:
    """The number a text is, exactly so written; -1 for any other text."""
    if not (text.isdecimal() and text.isascii() and len(text) <= DIGITS):
        return -1
    return int(text) if text[0] != "0" or len(text) == 1 else -1


class TextIds:
    """Ids that are any texts: an array of text objects, or texts still to be decoded."""

    def __init__(self, texts: npt.NDArray[Any] | Texts) -> None:
        self.stored = texts

    @cached_property
    def texts(self) -> npt.NDArray[Any]:
        return self.stored.values() if isinstance(self.stored, Texts) else self.stored

    def __len__(self) -> int:
        return len(self.stored)

    def at(self, numbers: Numbers) -> npt.NDArray[Any]:
        if isinstance(self.stored, Texts) and "texts" not in self.__dict__:
            return self.stored.at(numbers)
        found: npt.NDArray[Any] = self.texts[numbers]
        return found

    def numbers_of(self, ids: Iterable[str]) -> Numbers:
        return np.fromiter((self._positions.get(fid, -1) for fid in ids), np.int64)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {fid: number for number, fid in enumerate(self.texts.tolist())}
