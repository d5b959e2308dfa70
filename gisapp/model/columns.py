"""Columns kept as compact arrays, as a file or a map of memory has them, and made into Python
values only where somebody asks for them.

Every column says `values()` (all of it), `at(numbers)` and `value(number)`: numbers as numpy
arrays (real: NaN for nothing), everything else, and whole numbers and yes/no of which some are
missing, as arrays of objects with None. Read-only, and safe from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
AT_ONCE = 4096  # texts decoded in one go: short enough for other threads to get their turn


class Stored(Protocol):
    def __len__(self) -> int: ...
    def values(self) -> Column: ...
    def at(self, numbers: Numbers) -> Column: ...
    def value(self, number: int) -> Any:
        """A Python value; None for nothing."""


@dataclass(frozen=True, eq=False)
class Plain:
    """Numbers or yes/no. missing: true where there is none; None if none is missing."""

    numbers: Column
    missing: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self) -> Column:
        return _with_none(self.numbers, self.missing)

    def at(self, numbers: Numbers) -> Column:
        missing = None if self.missing is None else self.missing[numbers]
        return _with_none(self.numbers[numbers], missing)

    def value(self, number: int) -> Any:
        if self.missing is not None and self.missing[number]:
            return None
        value = self.numbers[number].item()
        return None if value != value else value


def _with_none(numbers: Column, missing: npt.NDArray[np.bool_] | None) -> Column:
    if missing is None:
        return numbers
    out = numbers.astype(object)
    out[missing] = None
    return out


@dataclass(frozen=True, eq=False)
class Texts:
    """UTF-8 one behind the other: text k is `data[ends[k]:ends[k + 1]]`."""

    data: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.integer[Any]]  # one more than there are texts
    missing: npt.NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, texts: list[str | None]) -> Texts:
        coded = [b"" if text is None else text.encode("utf-8", "replace") for text in texts]
        ends = np.zeros(len(coded) + 1, np.int64)
        np.cumsum([len(one) for one in coded], out=ends[1:])
        missing = np.array([text is None for text in texts], np.bool_)
        data = np.frombuffer(b"".join(coded), np.uint8)
        return cls(data, ends, missing if missing.any() else None)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def values(self) -> Column:
        out = np.empty(len(self), object)
        for first in range(0, len(self), AT_ONCE):
            some = out[first : first + AT_ONCE]
            some[:] = self._decoded(first, first + len(some))
        if self.missing is not None:
            out[self.missing] = None
        return out

    def at(self, numbers: Numbers) -> Column:
        if len(numbers) * 2 > len(self):
            return self.values()[numbers]
        out = np.empty(len(numbers), object)
        for place, number in enumerate(numbers.tolist()):
            out[place] = self.value(number)
        return out

    def value(self, number: int) -> str | None:
        if self.missing is not None and self.missing[number]:
            return None
        raw = self.data[self.ends[number] : self.ends[number + 1]]
        return raw.tobytes().decode("utf-8", "replace")

    def _decoded(self, first: int, last: int) -> list[str]:
        ends = self.ends[first : last + 1]
        raw = self.data[ends[0] : ends[-1]].tobytes()
        bounds = (ends - ends[0]).tolist()
        if raw.isascii():
            text = raw.decode("ascii")
            return [text[a:b] for a, b in pairwise(bounds)]
        return [raw[a:b].decode("utf-8", "replace") for a, b in pairwise(bounds)]


@dataclass(frozen=True, eq=False)
class Coded:
    """Few texts that come again and again: text k is `words[codes[k]]`, nothing where -1."""

    codes: npt.NDArray[np.int32]
    words: Texts

    def __len__(self) -> int:
        return len(self.codes)

    def values(self) -> Column:
        return self.at(np.arange(len(self.codes)))

    def at(self, numbers: Numbers) -> Column:
        words = np.empty(len(self.words) + 1, object)  # the last one is that of code -1
        words[:-1] = self.words.values()
        out = np.empty(len(numbers), object)
        for first in range(0, len(numbers), 16 * AT_ONCE):
            part = slice(first, first + 16 * AT_ONCE)
            out[part] = words[self.codes[numbers[part]]]
        return out

    def value(self, number: int) -> str | None:
        code = int(self.codes[number])
        return None if code < 0 else self.words.value(code)


class Columns(Mapping[str, Column]):
    """Name to array, decoded when it is asked for and kept from then on."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self.stored = dict(stored)
        self._values: dict[str, Column] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Column:
        known = self._values.get(name)
        if known is None:
            made = self.stored[name].values()
            with self._lock:  # one array, also when two threads ask: others are kept by it
                known = self._values.setdefault(name, made)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    def at(self, name: str, numbers: Numbers) -> Column:
        known = self._values.get(name)
        return self.stored[name].at(numbers) if known is None else known[numbers]

    def value(self, name: str, number: int) -> Any:
        return self.stored[name].value(number)
