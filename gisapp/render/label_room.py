"""Which pixels of a picture are taken by labels and symbols already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor

from gisapp.model.geometry import Size
from gisapp.render.label_words import Place

EDGE = 3.0  # px of the style that stay free along the edge of the view
CELL = 2.0  # px of the style; a place takes every cell it touches


def cuts(seen: Place, places: Iterable[Place], inset: float) -> bool:
    """Whether the edge of what is seen runs through what these cover together, or nearly so."""
    lefts, tops, rights, bottoms = zip(*places, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    if left >= seen[2] or right <= seen[0] or top >= seen[3] or bottom <= seen[1]:
        return False  # beside it
    within = left >= seen[0] + inset and right <= seen[2] - inset
    return not (within and top >= seen[1] + inset and bottom <= seen[3] - inset)


class LabelRoom:
    """A grid of cells, one whole number a row with a bit for each cell: asking is quick."""

    def __init__(
        self,
        size: Size,
        pixel_ratio: float = 1.0,
        seen: Place | None = None,
        covered: Sequence[Place] = (),
    ) -> None:
        """`seen`: what of the picture is the view, if it is larger; `covered`: hidden by cards."""
        self._size, self._seen, self._covered = size, seen, covered
        self._inset = EDGE * pixel_ratio
        self._cell = CELL * pixel_ratio
        self._columns = ceil(size.width / self._cell) + 1
        self._rows = ceil(size.height / self._cell) + 1
        self._labels = [0] * self._rows
        self._all = [0] * self._rows  # labels and symbols

    def take_symbols(self, places: Iterable[Place]) -> None:
        """Labels keep off these if they can."""
        for place in places:
            self._mark(self._all, place)

    def take(self, places: Iterable[Place]) -> None:
        """A label lies here."""
        for place in places:
            self._mark(self._labels, place)
            self._mark(self._all, place)

    def inside(self, places: Sequence[Place]) -> bool:
        """Whether all of them lie in the picture."""
        width, height = self._size
        for left, top, right, bottom in places:
            if left < 0 or top < 0 or right > width or bottom > height:
                return False
        return True

    def cut(self, places: Sequence[Place]) -> bool:
        """Whether the edge of the view runs through them, or something lies on them."""
        if self._seen is not None and cuts(self._seen, places, self._inset):
            return True
        return any(
            left < place[2] and place[0] < right and top < place[3] and place[1] < bottom
            for left, top, right, bottom in self._covered
            for place in places
        )

    def touched(self, places: Sequence[Place]) -> bool:
        """Whether any of them is to be seen in the picture."""
        width, height = self._size
        return any(
            left < width and top < height and right > 0 and bottom > 0
            for left, top, right, bottom in places
        )

    def free(
        self, places: Sequence[Place], *, over_symbols: bool = False, inset: bool = False
    ) -> bool:
        """Whether no label, and no symbol, is there. `inset`: the outermost cells do not count."""
        rows = self._labels if over_symbols else self._all
        shrink = self._cell if inset else 0.0
        for left, top, right, bottom in places:
            first, last, mask = self._bits(
                (left + shrink, top + shrink, right - shrink, bottom - shrink)
            )
            for row in rows[first:last]:
                if row & mask:
                    return False
        return True

    def covered(self, places: Sequence[Place]) -> int:
        """How many cells with a label or a symbol in them lie under the places."""
        count = 0
        for place in places:
            first, last, mask = self._bits(place)
            count += sum((row & mask).bit_count() for row in self._all[first:last])
        return count

    def _mark(self, rows: list[int], place: Place) -> None:
        first, last, mask = self._bits(place)
        for row in range(first, last):
            rows[row] |= mask

    def _bits(self, place: Place) -> tuple[int, int, int]:
        """The rows it touches and the cells of each."""
        cell = self._cell
        left = max(0, floor(place[0] / cell))
        right = min(self._columns, ceil(place[2] / cell))
        first = max(0, floor(place[1] / cell))
        last = min(self._rows, ceil(place[3] / cell))
        if right <= left or last <= first:
            return 0, 0, 0
        return first, last, ((1 << (right - left)) - 1) << left
