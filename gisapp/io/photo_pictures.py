"""A photo of the project as a small picture for a page, upright."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from gisapp.io.frame_facts import PICTURES, read_frame_facts
from gisapp.io.raster_bands import Image
from gisapp.model.errors import ReadError

DRIVERS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".bmp": "BMP",
           ".tif": "GTiff", ".tiff": "GTiff"}  # fmt: skip
MOST_PIXELS = 400_000_000  # a picture of more is not unpacked


def small_picture(path: Path, width: int, height: int) -> Image | None:
    """RGBA that fits into `width` x `height` pixels, turned as its EXIF says; None for what
    cannot be shown (HEIC, damaged, no picture, too large). Never larger than the photo is."""
    import rasterio
    from rasterio.enums import Resampling

    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        return None
    turn = _orientation(path)
    room = (height, width) if turn >= 5 else (width, height)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(path, driver=driver) as source:
                if not 0 < source.width * source.height <= MOST_PIXELS:
                    return None
                if source.dtypes[0] != "uint8":
                    return None
                share = min(1.0, room[0] / source.width, room[1] / source.height)
                shape = max(1, round(source.height * share)), max(1, round(source.width * share))
                bands = [1, 2, 3] if source.count >= 3 else [1, 1, 1]
                picture = np.full((*shape, 4), 255, np.uint8)
                for n, band in enumerate(bands):
                    picture[:, :, n] = source.read(
                        band, out_shape=shape, resampling=Resampling.average
                    )
    except (rasterio.errors.RasterioError, OSError, ValueError):
        return None
    return np.ascontiguousarray(upright(picture, turn))


def upright(picture: Image, orientation: int) -> Image:
    """As a viewer shows it, by the number EXIF gives (1 to 8)."""
    if orientation in (2, 4, 5, 7):
        picture = picture[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.rot90(picture, turns)


def _orientation(path: Path) -> int:
    if path.suffix.lower() not in PICTURES:
        return 1
    try:
        return read_frame_facts(path).orientation
    except ReadError:
        return 1
