"""Temperatures of one frame, whoever made the camera: looks what a file is and opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gisapp.io.safe_path import existing_file, first_bytes
from gisapp.io.thermal_dji import dji_part, read_dji
from gisapp.io.thermal_flir import MAGICS, flir_part, read_flir
from gisapp.io.thermal_jpeg import read_jpeg
from gisapp.io.thermal_refusals import (
    MOST_BYTES,
    NoTemperaturesError,
    Verdict,
    damaged,
    only_a_picture,
)
from gisapp.io.thermal_tiff import MAGICS as TIFFS
from gisapp.io.thermal_tiff import read_thermal_tiff
from gisapp.model.errors import ReadError
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalImage

_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What a file is good for. verdict: absolute, relative (no zero), picture, damaged, decoder
    (one must be installed), unit (it must be said), other."""

    verdict: Verdict
    message: str = ""
    hint: str = ""


def open_thermal_image(path: Path | str, *, unit: str = "") -> ThermalImage:
    """Read one frame. Raises NoTemperaturesError (a ReadError) with a verdict, and ReadError.

    unit: of a TIFF, one of `thermal_units.UNITS`; empty: its own, or what its numbers speak for.
    """
    file = existing_file(path)
    head = first_bytes(file, 16)
    if head[:3] == _JPEG:
        return _of_jpeg(_content(file), file.name)
    if head[:4] in MAGICS:
        return read_flir(_content(file), file.name)
    if head[:4] in TIFFS:
        return read_thermal_tiff(file, unit)
    raise NoTemperaturesError(
        "other",
        tr("{file} is not a file of a thermal camera that this program knows").format(
            file=file.name
        ),
        hint=tr("It reads R-JPEG of FLIR and DJI, FFF, SEQ and radiometric TIFF."),
    )


def thermal_verdict(path: Path | str) -> FileVerdict:
    """As `open_thermal_image`, for lists of many files: never raises for what a file holds."""
    try:
        image = open_thermal_image(path)
    except NoTemperaturesError as error:
        return FileVerdict(error.verdict, error.message, error.hint)
    except ReadError as error:
        return FileVerdict("damaged", error.message, error.hint)
    return FileVerdict("relative" if image.decoding.is_relative else "absolute")


def _content(file: Path) -> bytes:
    """The file, or as much of a long sequence as its first frame can take."""
    return first_bytes(file, MOST_BYTES)


def _of_jpeg(data: bytes, name: str) -> ThermalImage:
    jpeg = read_jpeg(data)
    flir = flir_part(jpeg, name)
    if flir is not None:
        return read_flir(flir, name, jpeg.picture_size)
    part = dji_part(jpeg, name)
    if part is not None:
        return read_dji(part, name, jpeg.picture_size)
    if not jpeg.whole:
        raise damaged(name, tr("it ends before its picture begins"))
    raise only_a_picture(name)
