"""The few EXIF fields of a frame, read from the bytes of its APP1 segment (EXIF 2.32, TIFF 6.0)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
_MOST_ENTRIES, _MOST_VALUES = 500, 64
_EXIF_POINTER, _GPS_POINTER = 0x8769, 0x8825

Tags = dict[int, tuple[float, ...] | str]


@dataclass(frozen=True, slots=True)
class Exif:
    """Empty texts and None where the file says nothing."""

    make: str = ""
    model: str = ""
    taken_at: datetime | None = None
    longitude: float | None = None
    latitude: float | None = None
    height: float | None = None
    focal_mm: float | None = None
    focal_35: float | None = None
    zoom: float = 1.0
    heading: float | None = None  # GPSImgDirection, degrees
    orientation: int = 1  # how the picture is turned to be seen, 1 to 8


def read_exif(data: bytes) -> Exif:
    """`data` begins with the byte order. Never raises: what is damaged is left out."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return Exif()
    first = _tags(data, order, struct.unpack_from(order + "I", data, 4)[0])
    exif = _tags(data, order, _pointer(first, _EXIF_POINTER))
    gps = _tags(data, order, _pointer(first, _GPS_POINTER))
    height = _number(gps, 6)
    return Exif(
        make=_text(first, 0x10F),
        model=_text(first, 0x110),
        taken_at=_taken_at(first, exif),
        longitude=_degrees(gps, 4, _text(gps, 3) == "W"),
        latitude=_degrees(gps, 2, _text(gps, 1) == "S"),
        height=-height if height is not None and _number(gps, 5) == 1 else height,
        focal_mm=_positive(_number(exif, 0x920A)),
        focal_35=_positive(_number(exif, 0xA405)),
        zoom=_positive(_number(exif, 0xA404)) or 1.0,
        heading=_heading(_number(gps, 0x11)),
        orientation=_orientation(_number(first, 0x112)),
    )


def _tags(data: bytes, order: str, start: int) -> Tags:
    """One directory: numbers as tuples, texts as str; entries that lead elsewhere are left out."""
    found: Tags = {}
    if not 8 <= start <= len(data) - 2:
        return found
    count = min(struct.unpack_from(order + "H", data, start)[0], _MOST_ENTRIES)
    for at in range(start + 2, min(start + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, at)
        size = _SIZES.get(kind, 0) * values
        if not size or (kind != 2 and values > _MOST_VALUES):
            continue
        place = at + 8 if size <= 4 else struct.unpack_from(order + "I", data, at + 8)[0]
        if place + size > len(data):
            continue
        if kind == 2:
            found[tag] = (
                data[place : place + min(size, 200)].split(b"\0")[0].decode("utf-8", "replace")
            )
        elif kind in (5, 10):
            pairs = struct.unpack_from(
                f"{order}{2 * values}{'I' if kind == 5 else 'i'}", data, place
            )
            found[tag] = tuple(
                up / down if down else float("nan")
                for up, down in zip(pairs[::2], pairs[1::2], strict=True)
            )
        elif kind in _CODES:
            found[tag] = struct.unpack_from(f"{order}{values}{_CODES[kind]}", data, place)
    return found


def _text(tags: Tags, tag: int) -> str:
    value = tags.get(tag, "")
    return value.strip() if isinstance(value, str) else ""


def _number(tags: Tags, tag: int) -> float | None:
    value = tags.get(tag)
    if not isinstance(value, tuple) or not value or not isfinite(value[0]):
        return None
    return float(value[0])


def _pointer(tags: Tags, tag: int) -> int:
    return int(_number(tags, tag) or 0)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _heading(value: float | None) -> float | None:
    return value % 360 if value is not None and -360 <= value <= 360 else None


def _orientation(value: float | None) -> int:
    return int(value) if value is not None and 1 <= value <= 8 else 1


def _degrees(tags: Tags, tag: int, negative: bool) -> float | None:
    value = tags.get(tag)
    if not isinstance(value, tuple) or len(value) != 3 or not all(map(isfinite, value)):
        return None
    degrees = value[0] + value[1] / 60 + value[2] / 3600
    return -degrees if negative else degrees


def _taken_at(first: Tags, exif: Tags) -> datetime | None:
    """DateTimeOriginal, else DateTime, as the camera's clock showed it, with parts of a second."""
    for text in (_text(exif, 0x9003), _text(first, 0x132)):
        try:
            moment = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        part = _text(exif, 0x9291)
        return moment + timedelta(seconds=float(f"0.{part}")) if part.isdigit() else moment
    return None
