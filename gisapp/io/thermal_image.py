"""Temperatures of one frame, whoever made the camera: looks what a file is and opens it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gisapp.io.safe_path import existing_file, first_bytes
from gisapp.io.thermal_dji import DECODER as DJI
from gisapp.io.thermal_dji import dji_part, read_dji
from gisapp.io.thermal_exact import BackEndError, BackEnds, exactly
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
from gisapp.model.thermal_image import ThermalImage, ThermalParameters

Exact = Literal["needed", "always", "never"]
FRAME_BYTES = 32 * 1024 * 1024
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What a file is good for. verdict: absolute, relative (no zero), picture, damaged, decoder
    (one must be installed), unit (it must be said), other."""

    verdict: Verdict
    message: str = ""
    hint: str = ""


def open_thermal_image(
    path: Path | str,
    *,
    unit: str = "",
    parameters: ThermalParameters | None = None,
    back_ends: BackEnds | None = None,
    exact: Exact = "needed",
) -> ThermalImage:
    """Read one frame. Raises NoTemperaturesError (a ReadError) with a verdict, and ReadError.

    unit: of a TIFF, one of `thermal_units.UNITS`; empty: its own, or what its numbers speak for.
    back_ends: for DJI's files (None: those that are installed). exact: "needed" asks them where
    gisapp's own model gives relative temperatures only, "always" and "never" say so themselves.
    parameters: what a back end works with; a table of gisapp's takes others at any time.
    """
    image, file = _opened(path, unit)
    if not image.decoding.decoder.startswith(DJI) or exact == "never":
        return image
    if exact == "needed" and not image.decoding.is_relative:
        return image
    ends = BackEnds.installed() if back_ends is None else back_ends
    if not ends:
        return image
    try:
        return exactly(file, image, ends, parameters)
    except BackEndError as error:
        notes = (*image.decoding.notes, error.hint)
        return replace(image, decoding=replace(image.decoding, notes=notes))


def _opened(path: Path | str, unit: str) -> tuple[ThermalImage, Path]:
    file = existing_file(path)
    head = first_bytes(file, 16)
    if head[:3] == _JPEG:
        return read_thermal_jpeg(_content(file), file.name), file
    if head[:4] in MAGICS:
        return read_flir(first_bytes(file, FRAME_BYTES), file.name), file  # of a SEQ the first
    if head[:4] in TIFFS:
        return read_thermal_tiff(file, unit), file
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
        image = open_thermal_image(path, exact="never")
    except NoTemperaturesError as error:
        return FileVerdict(error.verdict, error.message, error.hint)
    except ReadError as error:
        return FileVerdict("other", error.message, error.hint)
    if not image.decoding.is_relative:
        return FileVerdict("absolute")
    *why, how = image.decoding.notes or ("",)
    return FileVerdict("relative", " ".join(why), how)


def _content(file: Path) -> bytes:
    """The file, or as much of it as a frame can take."""
    return first_bytes(file, MOST_BYTES)


def read_thermal_jpeg(data: bytes, name: str) -> ThermalImage:
    """An R-JPEG of FLIR or DJI in memory. Raises NoTemperaturesError."""
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
