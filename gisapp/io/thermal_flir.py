"""FLIR's files: radiometric JPEG, FFF and the first frame of a SEQ, read without another program.

A JPEG holds an FFF in pieces (APP1, `FLIR\\0`, each numbered). An FFF is a directory of records:
type 1 is the sensor's counts, type 0x20 the camera with its calibration (offsets as in exiftool's
FLIR.pm). Byte orders are found out for the directory and for each record.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np

from gisapp.io.thermal_jpeg import Jpeg
from gisapp.io.thermal_packed import unpacked_counts
from gisapp.io.thermal_refusals import checked_size, damaged
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Size
from gisapp.model.radiometry import PlanckConstants
from gisapp.model.text import tr
from gisapp.model.thermal_image import (
    ZERO_C,
    Counts,
    Decoding,
    ThermalImage,
    ThermalParameters,
)

MAGICS = (b"FFF\0", b"AFF\0")
FLIR = b"FLIR\0"
ACCURACY_C = 0.01
DECODER = "gisapp FLIR"
_RAW, _CAMERA = 0x01, 0x20
_ENTRY, _MOST_ENTRIES = 32, 512
_RAW_HEADER = 0x20
_FIELDS = {
    "emissivity": 0x20,
    "distance": 0x24,
    "reflected": 0x28,
    "air": 0x2C,
    "window": 0x30,
    "window_transmission": 0x34,
    "humidity": 0x3C,
    "r1": 0x58,
    "b": 0x5C,
    "f": 0x60,
    "alpha1": 0x70,
    "alpha2": 0x74,
    "beta1": 0x78,
    "beta2": 0x7C,
    "x": 0x80,
    "r2": 0x30C,
}
_OFFSET, _MODEL, _CAMERA_BYTES = 0x308, 0xD4, 0x310


def flir_part(jpeg: Jpeg, name: str) -> bytes | None:
    """The FFF in a JPEG; None when it is not FLIR's. Raises NoTemperaturesError when a piece of
    it is missing."""
    pieces: dict[int, memoryview] = {}
    last = -1
    for body in jpeg.bodies(0xE1):
        if len(body) > 8 and bytes(body[:5]) == FLIR:
            pieces.setdefault(body[6], body[8:])
            last = max(last, body[7])
    if not pieces:
        return None
    if sorted(pieces) != list(range(last + 1)):
        raise damaged(
            name,
            tr("{n} of {all} pieces with temperatures are there").format(
                n=len(pieces), all=last + 1
            ),
        )
    return b"".join(pieces[number] for number in sorted(pieces))


def read_flir(data: bytes, name: str, picture: Size | None = None) -> ThermalImage:
    """data: an FFF, or the beginning of a SEQ. Raises NoTemperaturesError."""
    records = _records(data, name)
    if _RAW not in records or _CAMERA not in records:
        raise damaged(name, tr("the sensor's values or the calibration are missing"))
    raw = _counts(records[_RAW], name)
    constants, parameters, notes, camera = _calibration(records[_CAMERA], name)
    shown = picture or Size(raw.shape[1], raw.shape[0])
    decoding = Decoding(DECODER, ACCURACY_C, notes)
    return ThermalImage(raw, shown, parameters, decoding, camera, constants)


def _records(data: bytes, name: str) -> dict[int, memoryview]:
    """The first record of each type. In the right byte order the version is 100 to 199."""
    if data[:4] not in MAGICS or len(data) < 0x40:
        raise damaged(name, tr("the part with temperatures has no beginning"))
    for order in "><":
        version, start, count = struct.unpack_from(order + "III", data, 0x14)
        if 100 <= version < 200:
            break
    else:
        raise damaged(name, tr("the part with temperatures is of an unknown version"))
    found: dict[int, memoryview] = {}
    view = memoryview(data)
    for number in range(min(count, _MOST_ENTRIES)):
        place = start + _ENTRY * number
        if place + _ENTRY > len(data):
            break
        (kind,) = struct.unpack_from(order + "H", data, place)
        offset, length = struct.unpack_from(order + "II", data, place + 0x0C)
        if not kind or kind in found:
            continue
        if kind in (_RAW, _CAMERA) and offset + length > len(data):
            raise damaged(name, tr("it ends before the sensor's values do"))
        found[kind] = view[offset : offset + length]
    return found


def _counts(record: memoryview, name: str) -> Counts:
    if len(record) < _RAW_HEADER:
        raise damaged(name, tr("the sensor's values are missing"))
    order = "<" if struct.unpack_from("<H", record)[0] == 2 else ">"
    width, height = checked_size(name, *struct.unpack_from(order + "HH", record, 2))
    body = record[_RAW_HEADER:]
    start = bytes(body[:4])
    if start == b"\x89PNG" or start[:2] in (b"II", b"MM"):
        packed = unpacked_counts(bytes(body), name)
        return smoother_order(packed) if start == b"\x89PNG" else packed
    if len(body) < width * height * 2:
        raise damaged(name, tr("it ends before the sensor's values do"))
    plain = np.frombuffer(body, order + "u2", width * height).reshape(height, width)
    return plain.astype(np.uint16)


def smoother_order(counts: Counts) -> Counts:
    """Counts with the bytes swapped where that gives the smoother picture.

    Cameras write the two bytes of a count into PNGs in the wrong order, but not all of them do;
    with the wrong order neighbours differ by thousands.
    """
    swapped = counts.byteswap()

    def roughness(values: Counts) -> float:
        return float(np.abs(np.diff(values.astype(np.int32), axis=1)).sum())

    return swapped if roughness(swapped) <= roughness(counts) else counts


def _calibration(
    record: memoryview, name: str
) -> tuple[PlanckConstants, ThermalParameters, tuple[str, ...], str]:
    if len(record) < _CAMERA_BYTES:
        raise damaged(name, tr("the calibration is cut off"))
    order = "<" if struct.unpack_from("<H", record)[0] == 2 else ">"
    read = {key: struct.unpack_from(order + "f", record, at)[0] for key, at in _FIELDS.items()}
    offset = struct.unpack_from(order + "i", record, _OFFSET)[0]
    needed = ("r1", "r2", "b", "f", "alpha1", "alpha2", "beta1", "beta2", "x")
    if (
        not all(math.isfinite(read[key]) for key in needed)
        or min(read["r1"], read["r2"], read["b"]) <= 0
    ):
        raise damaged(name, tr("the calibration has impossible numbers"))
    notes: list[str] = []
    window = read["window_transmission"]
    if not 0 < window <= 1:
        window = 1.0
    constants = PlanckConstants(
        r1=read["r1"],
        b=read["b"],
        f=read["f"],
        o=float(offset),
        r2=read["r2"],
        alpha1=read["alpha1"],
        alpha2=read["alpha2"],
        beta1=read["beta1"],
        beta2=read["beta2"],
        x=read["x"],
        window_c=_celsius(read["window"], 20.0),
        window_transmission=window,
    )
    camera = bytes(record[_MODEL : _MODEL + 32]).split(b"\0")[0].decode("ascii", "replace").strip()
    return constants, _parameters(read, notes), tuple(notes), camera


def _parameters(read: dict[str, Any], notes: list[str]) -> ThermalParameters:
    """What the file says; what it cannot mean is replaced, and `notes` says so."""
    humidity = read["humidity"]
    if math.isfinite(humidity) and humidity > 2:  # some write per cent
        humidity /= 100
    given = {
        "emissivity": read["emissivity"],
        "reflected_c": _celsius(read["reflected"], math.nan),
        "air_c": _celsius(read["air"], math.nan),
        "humidity": humidity,
        "distance_m": read["distance"],
    }
    return parameters_of(given, notes)


def parameters_of(given: dict[str, float], notes: list[str]) -> ThermalParameters:
    """Parameters as a file gives them, each replaced by a usual one where it is impossible."""
    found = ThermalParameters(0.95, 20.0, 20.0, 0.5, 1.0)
    for key, value in given.items():
        try:
            found = found.changed(**{key: value})
        except ParameterError:
            usual = getattr(found, key)
            notes.append(
                tr("The file's {name} of {value:g} is impossible; {usual:g} is used").format(
                    name=key, value=value, usual=usual
                )
            )
    return found


def _celsius(kelvin: float, otherwise: float) -> float:
    return kelvin - ZERO_C if math.isfinite(kelvin) and kelvin > 0 else otherwise
