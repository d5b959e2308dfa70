"""Small made-up files of thermal cameras. Nothing in them was measured."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

DUCKS = Path(__file__).parent / "data/thermal/ducks_i7.jpg"
CONSTANTS = {
    0x20: 0.95,  # emissivity
    0x24: 20.0,  # distance
    0x28: 295.15,  # reflected
    0x2C: 293.15,  # air
    0x30: 293.15,  # window
    0x34: 1.0,
    0x3C: 0.5,
    0x58: 17096.453,
    0x5C: 1428.0,
    0x60: 1.0,
    0x70: 0.006569,
    0x74: 0.01262,
    0x78: -0.002276,
    0x7C: -0.00667,
    0x80: 1.9,
    0x30C: 0.046582,
}


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def pieces(marker: int, body: bytes, longest: int = 65_533) -> bytes:
    parts = [body[k : k + longest] for k in range(0, len(body), longest)]
    return b"".join(segment(marker, part) for part in parts)


def jpeg(*segments: bytes, width: int = 16, height: int = 12) -> bytes:
    """A JPEG whose picture is not there: only its header is looked at."""
    size = segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + bytes(9))
    return b"\xff\xd8" + b"".join(segments) + size + segment(0xDA, bytes(10)) + b"\xff\xd9"


def png16(counts: npt.NDArray[np.uint16], swapped: bool = True) -> bytes:
    """16-bit grey. `swapped`: as cameras write it, with the bytes of a count the wrong way."""
    body = counts.astype("<u2" if swapped else ">u2").tobytes()
    rows, columns = counts.shape
    lines = b"".join(b"\0" + body[k * columns * 2 : (k + 1) * columns * 2] for k in range(rows))

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 16, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def fff(
    counts: npt.NDArray[np.uint16],
    *,
    order: str = ">",
    body: bytes | None = None,
    model: bytes = b"Made up",
    changed: dict[int, float] | None = None,
) -> bytes:
    """An FFF; `order` is that of the directory, records are little endian."""
    rows, columns = counts.shape
    raw = struct.pack("<HHH", 2, columns, rows).ljust(0x20, b"\0")
    raw += counts.astype("<u2").tobytes() if body is None else body
    camera = bytearray(0x400)
    struct.pack_into("<H", camera, 0, 2)
    for place, value in {**CONSTANTS, **(changed or {})}.items():
        struct.pack_into("<f", camera, place, value)
    struct.pack_into("<i", camera, 0x308, -267)
    camera[0xD4 : 0xD4 + len(model)] = model
    head = bytearray(b"FFF\0".ljust(0x40, b"\0"))
    struct.pack_into(order + "III", head, 0x14, 101, 0x40, 2)
    start = 0x40 + 64
    entries = b""
    for kind, record in ((1, raw), (0x20, bytes(camera))):
        entry = bytearray(32)
        struct.pack_into(order + "HH", entry, 0, kind, 2)
        struct.pack_into(order + "II", entry, 0x0C, start, len(record))
        entries += bytes(entry)
        start += len(record)
    return bytes(head) + entries + raw + bytes(camera)


def flir_jpeg(part: bytes, longest: int = 65_000, **size: int) -> bytes:
    """The FFF in numbered pieces, as R-JPEGs hold it."""
    parts = [part[k : k + longest] for k in range(0, len(part), longest)]
    last = len(parts) - 1
    held = [segment(0xE1, b"FLIR\0\x01" + bytes((n, last)) + p) for n, p in enumerate(parts)]
    return jpeg(*held, **size)


def exif(model: bytes) -> bytes:
    """EXIF with nothing but the camera's name."""
    text = model + b"\0"
    place = text.ljust(4, b"\0") if len(text) <= 4 else struct.pack("<I", 26)
    entry = struct.pack("<HHI", 0x0110, 2, len(text)) + place
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + text
    return segment(0xE1, b"Exif\0\0" + tiff)


def dji_table(usual: float = 0.8) -> bytes:
    """A camera's calibration, the same for all temperatures of the air; `usual` at 5 m."""
    row = np.interp(np.arange(64), (0, 38, 63), (1.0, usual, usual / 2))
    words = np.full(11_909, 5000, "<u2")
    words[:128] = 0xFFFF
    words[128 : 128 + 8 * 64] = np.tile(np.rint(row * 16_384), 8)
    return words.tobytes()


def iirp_jpeg(
    counts: npt.NDArray[np.uint16],
    *,
    model: bytes = b"M3T",
    name: bytes = b"iirp",
    table: bytes | None = None,
    parameters: tuple[float, ...] = (25.0, 5.0, 0.95, 0.5, 25.0),
    head_bytes: int = 256,
    picture: tuple[int, int] | None = None,
) -> bytes:
    """A file of DJI's iirp family; `parameters`: air, distance, emissivity, humidity, reflected."""
    head = (b"\xff\xd2\xd1\xff" + name).ljust(0x20, b"\0") if name else b""
    head = (head + struct.pack("<5f", *parameters)).ljust(head_bytes, b"\0")
    rows, columns = counts.shape
    width, height = picture or (columns, rows)
    return jpeg(
        exif(model),
        pieces(0xE3, counts.astype("<u2").tobytes()),
        segment(0xE4, head),
        segment(0xE5, dji_table() if table is None else table),
        width=width,
        height=height,
    )


def scene(
    rows: int = 12, columns: int = 16, low: int = 3000, high: int = 4200
) -> npt.NDArray[np.uint16]:
    """A slope of counts, smooth from cell to cell."""
    return np.linspace(low, high, rows * columns).reshape(rows, columns).astype(np.uint16)
