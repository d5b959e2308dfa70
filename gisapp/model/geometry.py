"""Points, extents and sizes: plain values with a little arithmetic."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """A place in map coordinates: x east (or longitude), y north (or latitude)."""

    x: float
    y: float


class Pixel(NamedTuple):
    """A place on the screen, from the top left."""

    x: float
    y: float


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Extent(NamedTuple):
    """A rectangle in map coordinates."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.bottom + self.top) / 2)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def intersects(self, other: Extent) -> bool:
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.bottom <= other.top
            and other.bottom <= self.top
        )

    def union(self, other: Extent) -> Extent:
        return Extent(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )

    def grown(self, margin: float) -> Extent:
        """Larger by `margin` (map units) on every side."""
        return Extent(
            self.left - margin, self.bottom - margin, self.right + margin, self.top + margin
        )
