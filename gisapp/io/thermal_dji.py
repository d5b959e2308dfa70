"""DJI's radiometric JPEGs: which kind one is, its counts, its parameters, and temperatures.

Kinds, by the name behind FF D2 D1 FF in APP4 (old cameras have no name there):

- `iirp` 1 and 2 (M2EA, M3T, M3TD, M30T, H20N): counts are apparent temperatures. APP5 holds the
  camera's own transmission: 64 columns are distances (the 39th is 5 m), 8 rows are
  temperatures of the air from -20 °C in steps of 10 at 50 %, in 1/16384.
- `iirp` 3 (H30T, M4T): the same counts, another transmission that is not understood.
- `girp`, `hirp`, `dirp` (H20T, XT S): counts of the sensor, whose zero only DJI's library knows.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from gisapp.io.thermal_flir import parameters_of
from gisapp.io.thermal_jpeg import Jpeg
from gisapp.io.thermal_refusals import NoTemperaturesError, checked_size, damaged
from gisapp.model.dji_transmission import (
    STANDARD,
    fitted_transmission,
    has_table,
    single_transmission,
    transmission_of,
)
from gisapp.model.geometry import Size
from gisapp.model.radiometry import CountDifferences, LayerModel
from gisapp.model.text import tr
from gisapp.model.thermal_image import (
    Counts,
    Decoding,
    Radiometry,
    ThermalImage,
    ThermalParameters,
)

ACCURACY_C = 0.15
UNMEASURED_C = 1.0  # of models none of which was compared with DJI's library
DECODER = "gisapp DJI"
SIZES = {640 * 512: Size(640, 512), 1280 * 1024: Size(1280, 1024), 336 * 256: Size(336, 256)}
_MODELS = {"MAVIC2-ENTERPRISE-ADVANCED": "M2EA", "ZH20T": "H20T", "ZH20N": "H20N", "XT S": "XTS"}
_NAME = b"\xff\xd2\xd1\xff"
_LUT_BYTES = 32_768
_TABLE_BYTES = 23_818
_HEAD_WORDS, _COLUMNS, _ROWS = 128, 64, 8
_FIVE_METRES = 38
_HIRP_DEGREES = 0.188  # of one count, on one image of an M3TD
_DOUBT_C = {1: 0.8, 2: 0.35}
_WAVELENGTH_UM = {1: 11.0, 2: 10.0, 3: 10.6}


PRESETS = ThermalParameters(float(np.float32(0.95)), 25.0, 25.0, 0.5, 5.0)


@dataclass(frozen=True, slots=True)
class DjiPart:
    """What a file holds. kind: iirp, girp, hirp or dirp. version: of iirp, else 0."""

    kind: str
    version: int
    model: str
    raw: Counts
    head: bytes  # where the parameters are
    table: bytes  # transmission or temperatures of counts


def dji_part(jpeg: Jpeg, name: str) -> DjiPart | None:
    """None when it is not a radiometric file of DJI. Raises NoTemperaturesError when one is cut."""
    third, fourth, fifth = (jpeg.joined(marker) for marker in (0xE3, 0xE4, 0xE5))
    model = _model(jpeg)
    if len(third) == _LUT_BYTES and len(fourth) > _LUT_BYTES:  # XT S
        return DjiPart("dirp", 0, model, _counts(fourth, jpeg, name), b"", third)
    if not (fourth and len(third) > _LUT_BYTES):
        if len(third) > _LUT_BYTES or fourth[:4] == _NAME:
            raise damaged(name, tr("the parameters or the sensor's values are missing"))
        return None
    kind = fourth[4:8].decode("ascii", "replace") if fourth[:4] == _NAME else ""
    if kind not in ("iirp", "girp", "hirp"):
        if fourth[:4] == _NAME:
            raise NoTemperaturesError(
                "decoder",
                tr("{file} is of a kind that is not known: {kind}").format(file=name, kind=kind),
                hint=how_to_be_exact(),
            )
        kind = "dirp" if len(fifth) == _LUT_BYTES else "iirp"
    version = 0
    if kind == "iirp":
        version = 1 if fourth[:4] != _NAME else 3 if len(fourth) >= 1024 else 2
    head = fourth[0x20:] if fourth[:4] == _NAME else fourth
    return DjiPart(kind, version, model, _counts(third, jpeg, name), head, fifth)


def how_to_be_exact() -> str:
    return tr(
        "For exact temperatures install the program dji-thermal-cli (pip install dji-thermal-cli, "
        "Python 3.12), or name the folder of DJI's library libdirp in GISAPP_DJI_LIBRARY."
    )


def dji_parameters(part: DjiPart) -> tuple[ThermalParameters, tuple[str, ...]]:
    """The parameters a file was taken with; DJI's own where a kind does not hold them."""
    notes: list[str] = []
    if part.kind == "iirp" and len(part.head) >= 20:
        air, distance, emissivity, humidity, reflected = struct.unpack_from("<5f", part.head)
        given = {
            "air_c": air,
            "distance_m": distance,
            "emissivity": emissivity,
            "humidity": humidity / 100 if humidity > 1 else humidity,
            "reflected_c": reflected,
        }
        return parameters_of(given, notes), tuple(notes)
    if part.kind == "dirp":  # these cameras ignore what is set
        return ThermalParameters(1.0, 23.0, 23.0, 0.7, 5.0), ()
    return PRESETS, ()


def read_dji(part: DjiPart, name: str, picture: Size | None) -> ThermalImage:
    """By the open model, or relative temperatures where it does not reach."""
    parameters, notes = dji_parameters(part)
    radiometry, decoding = _radiometry(part, notes)
    if parameters != PRESETS and decoding.accuracy_c is not None:
        more, words = radiometry.doubt(parameters)
        notes = (*decoding.notes, *words)
        decoding = Decoding(decoding.decoder, decoding.accuracy_c + more, notes)
    shown = picture or Size(part.raw.shape[1], part.raw.shape[0])
    return ThermalImage(part.raw, shown, parameters, decoding, part.model, radiometry)


def _radiometry(part: DjiPart, notes: tuple[str, ...]) -> tuple[Radiometry, Decoding]:
    model, version = part.model, part.version
    label = f"{DECODER} {part.kind} {version or ''}".strip()
    if part.kind != "iirp":
        zero = float(np.median(part.raw))
        why = tr(
            "Only differences within the picture are known: the counts of this camera have no "
            "published zero. 0 is the middle of the picture."
        )
        found = CountDifferences(zero, _degrees_per_count(part))
        return found, Decoding(label, None, (*notes, why, how_to_be_exact()))
    label = f"{label}, {STANDARD}"
    wavelength = _WAVELENGTH_UM[version]
    if version == 3:
        why = tr(
            "Only differences within the picture are known: the calibration of this camera is not "
            "understood, its zero may be off by degrees."
        )
        layer = LayerModel(wavelength, single_transmission(model), air_is_reflected=False)
        return layer, Decoding(label, None, (*notes, why, how_to_be_exact()))
    own = own_transmission(part.table)
    if own is None:
        why = tr(
            "Only differences within the picture are known: the file holds no calibration of this "
            "camera; that of another one of its model is used."
        )
        layer = LayerModel(wavelength, transmission_of(model))
        return layer, Decoding(label, None, (*notes, why, how_to_be_exact()))
    fitted = fitted_transmission(model, own)
    layer = LayerModel(wavelength, fitted, doubt_c=_DOUBT_C[version])
    if has_table(model):
        return layer, Decoding(label, ACCURACY_C, notes)
    why = tr("No camera of this model was measured: the accuracy is an estimate.")
    return layer, Decoding(label, UNMEASURED_C, (*notes, why))


def own_transmission(table: bytes) -> float | None:
    """At 5 m, 25 °C and 50 %, from the calibration inside a file (APP5); None where it has none.

    Between the rows of 20 and 30 °C. On images of an M2EA, M3T and M30T this gives the
    transmission behind the SDK's temperatures within 0.0004.
    """
    if len(table) != _TABLE_BYTES:
        return None
    words = np.frombuffer(table, "<u2", _ROWS * _COLUMNS, _HEAD_WORDS * 2)
    rows = words.reshape(_ROWS, _COLUMNS) / 16_384
    if (rows > 1).any() or (rows < 0.3).any() or (rows[:, 0] != 1).any():
        return None
    return float((rows[4, _FIVE_METRES] + rows[5, _FIVE_METRES]) / 2)


def _degrees_per_count(part: DjiPart) -> float:
    """From the slope of the file's own temperatures of counts at 20 °C, where it has them."""
    if part.kind == "hirp":
        return _HIRP_DEGREES
    shift = 1 if part.model == "XTS" else 4
    if len(part.table) != _LUT_BYTES:
        return 0.025 / shift
    tenths = np.frombuffer(part.table, "<i2").astype(np.float64)
    place = int(np.clip(np.searchsorted(tenths, 200), 500, len(tenths) - 501))
    slope = (tenths[place + 500] - tenths[place - 500]) / 1000 / 10
    return float(slope if math.isfinite(slope) and slope > 0 else 0.025) * 1.023 / shift


def _counts(body: bytes, jpeg: Jpeg, name: str) -> Counts:
    """The size of the sensor follows from how many counts there are: a preview may be larger."""
    cells, odd = divmod(len(body), 2)
    shown = jpeg.picture_size
    size = SIZES.get(cells)
    if size is None and shown is not None and shown.width * shown.height == cells:
        size = Size(*checked_size(name, *shown))
    if odd or size is None:
        raise damaged(name, tr("{n} bytes of sensor's values fit no camera").format(n=len(body)))
    return np.frombuffer(body, "<u2").reshape(size.height, size.width).astype(np.uint16)


def _model(jpeg: Jpeg) -> str:
    """The camera's name in EXIF, as the tables here call it; empty when it is not said."""
    for body in jpeg.bodies(0xE1):
        if bytes(body[:6]) == b"Exif\0\0":
            return _MODELS.get(found := _exif_model(bytes(body[6:])), found)
    return ""


def _exif_model(tiff: bytes) -> str:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order or len(tiff) < 8:
        return ""
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return ""
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for place in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _, length = struct.unpack_from(order + "HHI", tiff, place)
        if tag == 0x0110:
            at = place + 8
            if length > 4:
                (at,) = struct.unpack_from(order + "I", tiff, place + 8)
            text = tiff[at : at + min(length, 64)]
            return text.split(b"\0")[0].decode("ascii", "replace").strip()
    return ""
