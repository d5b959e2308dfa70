"""Counts that a file holds as a PNG or TIFF inside itself, unpacked in memory."""

from __future__ import annotations

import struct
import warnings
import zlib

import numpy as np

from gisapp.io.thermal_refusals import checked_size, damaged
from gisapp.model.text import tr
from gisapp.model.thermal_image import Counts

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_GROWTH = 2000  # deflate packs no more than about 1,030 bytes into one


def unpacked_counts(body: bytes, name: str) -> Counts:
    """One band of 16 bits, as the numbers stand in it. Raises NoTemperaturesError.

    What it claims to hold is compared with what it weighs before anything is unpacked.
    """
    import rasterio
    from rasterio.io import MemoryFile

    driver = "PNG" if body[:8] == _PNG else "GTiff"
    if driver == "PNG":
        if len(body) < 33:
            raise damaged(name, tr("the sensor's values are cut off"))
        _weighed(body, name, *struct.unpack(">II", body[16:24]))
        if not _is_whole(body):
            raise damaged(name, tr("the sensor's values are changed or cut off"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a sensor lies nowhere on the map
            with MemoryFile(body) as file, file.open(driver=driver) as source:
                _weighed(body, name, source.width, source.height)
                if source.count != 1 or source.dtypes[0] != "uint16":
                    raise damaged(name, tr("the sensor's values are not of 16 bits"))
                return np.ascontiguousarray(source.read(1))
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise damaged(name, tr("the sensor's values cannot be unpacked")) from error


def _is_whole(png: bytes) -> bool:
    """Whether every part of a PNG has the sum it was written with, up to its end. The library
    would read on with a warning."""
    place = len(_PNG)
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        end = place + 8 + length
        if end + 4 > len(png):
            return False
        if zlib.crc32(png[place + 4 : end]) != struct.unpack_from(">I", png, end)[0]:
            return False
        if png[place + 4 : place + 8] == b"IEND":
            return True
        place = end + 4
    return False


def _weighed(body: bytes, name: str, width: int, height: int) -> None:
    checked_size(name, width, height)
    if width * height * 2 > len(body) * _MOST_GROWTH:
        raise damaged(name, tr("it claims to hold far more than its size"))
