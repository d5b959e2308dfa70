"""The segments of a JPEG: what thermal cameras hide between its header and its picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gisapp.model.geometry import Size

SOF = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_START_OF_SCAN, _END, _ALONE = 0xDA, 0xD9, frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True)
class Jpeg:
    """segments: marker (0xE1 is APP1) and body, in the order of the file.

    whole: whether the picture itself begins, that is, no segment is cut off.
    """

    segments: tuple[tuple[int, memoryview], ...]
    whole: bool

    def bodies(self, marker: int) -> list[memoryview]:
        return [body for found, body in self.segments if found == marker]

    def joined(self, marker: int) -> bytes:
        """All segments of one marker as one piece."""
        return b"".join(self.bodies(marker))

    @cached_property
    def picture_size(self) -> Size | None:
        for marker, body in self.segments:
            if marker in SOF and len(body) >= 5:
                height, width = struct.unpack_from(">HH", body, 1)
                return Size(width, height)
        return None

    @property
    def components(self) -> int:
        """1 grey, 3 colour; 0 when it is not said."""
        for marker, body in self.segments:
            if marker in SOF and len(body) >= 6:
                return body[5]
        return 0


def read_jpeg(data: bytes) -> Jpeg:
    """Splits a file without copying it; stops quietly where it is damaged."""
    found = list(_segments(memoryview(data)))
    whole = bool(found) and found[-1][0] == _START_OF_SCAN
    return Jpeg(tuple(found[:-1] if whole else found), whole)


def _segments(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    place = 2
    while place + 2 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a byte of filling
            place += 1
            continue
        if marker in _ALONE:
            place += 2
            continue
        if marker == _END or place + 4 > len(data):
            return
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _START_OF_SCAN:
            yield marker, data[place + 4 : place + 4]
            return
        if length < 2 or place + 2 + length > len(data):
            return
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length
