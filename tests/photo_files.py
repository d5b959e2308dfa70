"""Made-up photos with EXIF of their own: place, time, direction. Nobody took them."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

from tests.thermal_files import jpeg, segment

TEXT, SHORT, LONG, RATIO = 2, 3, 4, 5


def _directory(entries: dict[int, tuple[int, bytes]], start: int, more: int = 0) -> bytes:
    """One directory of a TIFF that begins at `start`, its values behind it."""
    sizes = {TEXT: 1, SHORT: 2, LONG: 4, RATIO: 8}
    head = struct.pack("<H", len(entries))
    place = start + 2 + 12 * len(entries) + 4
    values = b""
    for tag, (kind, value) in sorted(entries.items()):
        count = len(value) // sizes[kind]
        if len(value) <= 4:
            field = value.ljust(4, b"\0")
        else:
            field = struct.pack("<I", place + len(values))
            values += value
        head += struct.pack("<HHI", tag, kind, count) + field
    return head + struct.pack("<I", more) + values


def _ratios(*numbers: float) -> bytes:
    return b"".join(struct.pack("<II", round(number * 1_000_000), 1_000_000) for number in numbers)


def _dms(degrees: float) -> bytes:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return _ratios(whole, int(minutes), (minutes - int(minutes)) * 60)


def photo_exif(
    lon: float | None = None,
    lat: float | None = None,
    taken_at: datetime | None = None,
    heading: float | None = None,
    orientation: int = 1,
    model: str = "Made-up camera",
    focal_35: int | None = None,
) -> bytes:
    """The APP1 segment of a telephone's photo."""
    first: dict[int, tuple[int, bytes]] = {
        0x110: (TEXT, model.encode() + b"\0"),
        0x112: (SHORT, struct.pack("<H", orientation)),
    }
    exif: dict[int, tuple[int, bytes]] = {}
    gps: dict[int, tuple[int, bytes]] = {}
    if taken_at is not None:
        exif[0x9003] = (TEXT, taken_at.strftime("%Y:%m:%d %H:%M:%S").encode() + b"\0")
    if focal_35 is not None:
        exif[0xA405] = (SHORT, struct.pack("<H", focal_35))
    if lon is not None and lat is not None:
        gps |= {
            1: (TEXT, b"N\0" if lat >= 0 else b"S\0"),
            2: (RATIO, _dms(abs(lat))),
            3: (TEXT, b"E\0" if lon >= 0 else b"W\0"),
            4: (RATIO, _dms(abs(lon))),
        }
    if heading is not None:
        gps[17] = (RATIO, _ratios(heading))
    pointers = {0x8769: (LONG, bytes(4)), 0x8825: (LONG, bytes(4))}
    length = len(_directory(first | pointers, 8))
    exif_part = _directory(exif, 8 + length)
    gps_at = 8 + length + len(exif_part)
    first[0x8769] = (LONG, struct.pack("<I", 8 + length))
    first[0x8825] = (LONG, struct.pack("<I", gps_at))
    body = b"II*\0" + struct.pack("<I", 8) + _directory(first, 8) + exif_part
    return segment(0xE1, b"Exif\0\0" + body + _directory(gps, gps_at))


def photo_bytes(
    *, note: str = "", width: int = 40, height: int = 30, xmp: bytes = b"", **said: object
) -> bytes:
    """A photo of which only the head is there. `note` makes the bytes differ."""
    parts = [photo_exif(**said), *([xmp] if xmp else [])]  # type: ignore[arg-type]
    if note:
        parts.append(segment(0xFE, note.encode()))
    return jpeg(*parts, width=width, height=height)


def write_photo(path: Path, **said: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo_bytes(**{"note": path.name, **said}))  # type: ignore[arg-type]
    return path
