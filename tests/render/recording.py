"""A canvas that remembers what it was told, and letters of a made-up font."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gisapp.model.geometry import Pixel, Size

SMALL = Size(400, 300)


class Recording:
    """`told` lists each verb with what matters of it; `boxes` where words were written."""

    def __init__(self, size: Size = SMALL) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.boxes: list[tuple[str, float, float, float, float]] = []
        self.origin = Pixel(0, 0)

    def all(self, verb: str) -> list[tuple[Any, ...]]:
        return [told for told in self.told if told[0] == verb]

    @property
    def texts(self) -> list[str]:
        return [told[1] for told in self.all("words")]

    def image(self, pixels, top_left, scale) -> None:
        self.told.append(("image", pixels, top_left, scale))

    def symbols(self, at, shape, fill, size, outline="#ffffff") -> None:
        self.told.append(("symbols", np.array(at), shape, fill, size))

    def sheet(self) -> None:
        return None

    def rings(self, at, color, size, width) -> None:
        self.told.append(("rings", np.array(at), color, size, width))

    def lines(self, parts: Iterable, color, width, dash=()) -> None:
        self.told.append(("lines", [np.array(part) for part in parts], color, width))

    def areas(self, paths, fill, outline, width) -> None:
        self.told.append(("areas", [list(path) for path in paths], fill, outline, width))

    def words(self, at, text, color, size, *, halo="", align="left", bold=False, angle=0.0) -> None:
        self.told.append(("words", text, color, size, bold, halo))
        width, height = self.words_size(text, size)
        left = at[0] - {"left": 0.0, "center": width / 2, "right": width}[align]
        x, y = self.origin
        if angle:  # upwards
            left, top = at[0] - height / 2 + x, at[1] - width / 2 + y
            self.boxes.append((text, left, top, left + height, top + width))
            return
        top = at[1] - height / 2
        self.boxes.append((text, left + x, top + y, left + width + x, top + height + y))

    def words_size(self, text, size, *, bold=False) -> tuple[float, float]:
        return sum(size if letter > "\u2e7f" else size * 0.55 for letter in text), size * 1.2

    @contextmanager
    def layer(self, opacity: float) -> Iterator[Recording]:
        yield self

    @contextmanager
    def frame(self, top_left: Pixel, size: Size) -> Iterator[Recording]:
        self.told.append(("frame", top_left, size))
        before = self.origin
        self.origin = Pixel(before[0] + top_left[0], before[1] + top_left[1])
        yield self
        self.origin = before
