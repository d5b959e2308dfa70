"""Points, extents and sizes: plain values with a little arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ShapeKind = Literal["point", "line", "area", "none"]


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


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """Where the pixels of a picture lie on the map; the picture may be turned.

    The corner of column c and row r is at `origin + c * across + r * down`; a pixel's middle is
    half a column and half a row further.
    """

    origin: Point  # the top left corner of the picture, in map coordinates
    across: tuple[float, float]  # map units from one column to the next
    down: tuple[float, float]  # map units from one row to the next
    size: Size
    crs: str

    @classmethod
    def of(cls, extent: Extent, size: Size, crs: str) -> PixelGrid:
        """A picture with north up that fills the extent."""
        across = (extent.width / size.width, 0.0)
        down = (0.0, -extent.height / size.height)
        return cls(Point(extent.left, extent.top), across, down, size, crs)

    @property
    def is_upright(self) -> bool:
        """Columns run east and rows run south."""
        return self.across[1] == 0 and self.down[0] == 0

    @property
    def extent(self) -> Extent:
        """The smallest upright rectangle around the picture."""
        x = [self.origin.x + c * self.across[0] + r * self.down[0] for c, r in _corners(self.size)]
        y = [self.origin.y + c * self.across[1] + r * self.down[1] for c, r in _corners(self.size)]
        return Extent(min(x), min(y), max(x), max(y))


def _corners(size: Size) -> tuple[tuple[int, int], ...]:
    return (0, 0), (size.width, 0), (0, size.height), (size.width, size.height)
