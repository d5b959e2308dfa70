"""A cut-out as a PNG: temperatures in a palette, the outline and the source marked."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from .plume import CutOut

# Iron: black, violet, orange, yellow, white; brightness rises all the way.
_AT = (0.0, 0.2, 0.45, 0.7, 0.9, 1.0)
_IRON = ((0, 0, 10), (70, 0, 120), (190, 30, 110), (250, 130, 20), (255, 220, 80), (255, 255, 245))
PALETTE = "iron"
_OUTLINE = (64, 255, 255)
_SOURCE = (60, 255, 60)
LARGEST = 480  # pixels along one side of the picture
SMALLEST = 240

Bytes = npt.NDArray[np.uint8]


def picture_of(seen: CutOut) -> tuple[bytes, tuple[float, float]]:
    """The PNG, and the temperatures of its darkest and brightest colour."""
    values = seen.celsius
    known = np.isfinite(values)
    shown = seen.known if seen.known.any() else known
    low, high = 0.0, 1.0
    if shown.any():  # colours for the water: land is as bright or dark as it comes
        low, high = (float(v) for v in np.percentile(values[shown], (1, 99.5)))
    if high - low < 0.4:
        low, high = low - 0.2, high + 0.2
    share = np.clip((np.where(known, values, low) - low) / (high - low), 0, 1)
    colours = np.stack([np.interp(share, _AT, band) for band in zip(*_IRON, strict=True)], -1)
    colours = colours.astype(np.uint8)
    colours[~known] = 128
    size = max(values.shape)
    if size > LARGEST:
        step = -(-size // LARGEST)
        colours, inside = colours[::step, ::step], seen.inside[::step, ::step]
        row, column = seen.source[0] // step, seen.source[1] // step
    else:
        wide = max(1, SMALLEST // size)
        colours = np.repeat(np.repeat(colours, wide, 0), wide, 1)
        inside = np.repeat(np.repeat(seen.inside, wide, 0), wide, 1)
        row, column = (n * wide + wide // 2 for n in seen.source)
    colours[_border(inside)] = _OUTLINE
    for turn in range(-6, 7):
        if abs(turn) > 1:
            for a, b in ((row + turn, column), (row, column + turn)):
                if 0 <= a < colours.shape[0] and 0 <= b < colours.shape[1]:
                    colours[a, b] = _SOURCE
    return png(colours, {"Comment": f"{PALETTE} {low:.2f} {high:.2f} degC"}), (low, high)


def _border(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels beside the spot, so that the spot itself is seen."""
    padded = np.pad(inside, 1)
    near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return np.asarray(near & ~inside, np.bool_)


def png(colours: Bytes, texts: dict[str, str]) -> bytes:
    """Rows x columns x 3 as a PNG."""
    rows, columns, _ = colours.shape
    lines = np.zeros((rows, columns * 3 + 1), np.uint8)
    lines[:, 1:] = colours.reshape(rows, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    said = [chunk(b"tEXt", f"{k}\0{v}".encode("latin-1")) for k, v in texts.items()]
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 6)
    parts = (chunk(b"IHDR", head), *said, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
