"""A tile as it came becomes colours: PNG, JPEG and WebP, looked at before they are unpacked."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.io.raster_bands import Image, multiply_alpha
from gisapp.io.safe_path import first_bytes
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

MOST_PIXELS = 4096 * 4096
DRIVERS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


def picture_kind(body: bytes) -> str:
    """png, jpg, webp, pbf (a vector tile, perhaps packed) or nothing, by the first bytes."""
    if body[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if body[:3] == b"\xff\xd8\xff":
        return "jpg"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if body[:2] == b"\x1f\x8b" or body[:1] == b"\x1a":
        return "pbf"
    return ""


def tile_format(path: Path) -> str:
    """mbtiles or pmtiles for a file of tiles, by what it holds; else empty."""
    head = first_bytes(path, 16)
    if head.startswith(b"PMTiles\x03"):
        return "pmtiles"
    sqlite = head == b"SQLite format 3\0"
    return "mbtiles" if sqlite and path.suffix.lower() == ".mbtiles" else ""


def decode_picture(body: bytes) -> Image:
    """RGBA, colour multiplied by alpha. Raises ReadError for anything but a picture."""
    import rasterio
    from rasterio.io import MemoryFile

    # A tile does not say where it lies, and need not.
    warnings.filterwarnings(
        "ignore", category=rasterio.errors.NotGeoreferencedWarning, append=False
    )
    kind = picture_kind(body)
    if kind not in DRIVERS or not _fits(body, kind):
        raise _no_picture()
    try:
        with MemoryFile(body) as file, file.open(driver=DRIVERS[kind]) as source:
            if source.width * source.height > MOST_PIXELS:
                raise _no_picture()
            return _colours(source)
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise _no_picture() from error


def _colours(source: Any) -> Image:
    bands = source.read()
    if bands.dtype == np.uint16:
        bands = (bands >> 8).astype(np.uint8)
    if bands.dtype != np.uint8:
        raise _no_picture()
    rgba = np.empty((source.height, source.width, 4), np.uint8)
    rgba[..., 3] = 255
    if source.colorinterp[0].name == "palette":
        table = np.zeros((256, 4), np.uint8)
        for value, colour in source.colormap(1).items():
            table[value & 255] = colour
        rgba = table[bands[0]]
    elif source.count in (3, 4):
        rgba[..., : source.count] = np.moveaxis(bands, 0, -1)
    elif source.count in (1, 2):
        rgba[..., :3] = bands[0][..., None]
        if source.count == 2:
            rgba[..., 3] = bands[1]
    else:
        raise _no_picture()
    multiply_alpha(rgba)
    return rgba


def _fits(body: bytes, kind: str) -> bool:
    """What a PNG says of its size; the other kinds cannot claim more than they hold."""
    if kind != "png":
        return True
    if len(body) < 33:
        return False
    width, height = struct.unpack(">II", body[16:24])
    return bool(0 < width * height <= MOST_PIXELS)


def _no_picture() -> ReadError:
    return ReadError(
        tr("What came is no picture of a map"),
        hint=tr("Is the address right? The service may answer with a message instead."),
    )
