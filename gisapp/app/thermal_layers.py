"""Layers of temperatures as they are meant: with their correction, and where they come from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.io.decoding_tags import read_decoding
from gisapp.io.raster_statistics import RasterStatistics
from gisapp.model.geometry import PixelGrid, Point
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import AS_MEASURED, Correction, ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import Decoding, ThermalParameters
from gisapp.model.thermal_measure import NOTHING_KNOWN, Provenance
from gisapp.render.request import Raster

_known: WeakKeyDictionary[Any, Provenance] = WeakKeyDictionary()
_lock = Lock()


def correction_of(layer: Layer) -> Correction:
    """What is made of the layer's values; of layers that are no values, nothing."""
    return layer.style.correction if isinstance(layer.style, ThermalStyle) else AS_MEASURED


def unit_of(layer: Layer, data: object) -> str:
    """Of the values; what a file does not say is known of a thermal layer."""
    return getattr(data, "unit", "") or ("°C" if layer.role == "thermal" else "")


def provenance_of(data: object) -> Provenance:
    """Decoder, parameters and accuracy of a loaded raster. Reads the file the first time: call it
    on a worker."""
    own = _own_provenance(data)
    if own is not None:
        return own
    with _lock:
        found = _known.get(data)
    if found is None:
        path = getattr(data, "path", None)
        found = read_decoding(path) if isinstance(path, Path) else NOTHING_KNOWN
        try:
            with _lock:
                _known[data] = found
        except TypeError:  # nothing can be remembered of it
            return found
    return found


def parameter_words(said: str) -> str:
    """Parameters of a decoder (JSON, or as a file says them) in field words."""
    names = {
        "emissivity": (tr("Emissivity"), "", 1.0),
        "reflected_c": (tr("Reflected temperature"), " °C", 1.0),
        "air_c": (tr("Temperature of the air"), " °C", 1.0),
        "humidity": (tr("Humidity"), " %", 100.0),
        "distance_m": (tr("Distance"), " m", 1.0),
        "accuracy_c": (tr("Accuracy"), " °C", 1.0),
    }
    try:
        known = json.loads(said)
    except ValueError:
        return said
    if not isinstance(known, dict) or not known:
        return said
    ordered = [name for name in names if name in known]
    parts = []
    for name in (*ordered, *(name for name in known if name not in names)):
        title, unit, factor = names.get(name, (name, "", 1.0))
        value = known[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{value * factor:g}{unit}"
        parts.append(f"{title} {value}")
    return " · ".join(parts)


def _own_provenance(data: object) -> Provenance | None:
    """Of what was decoded here, such as a frame: it knows its decoder and parameters itself."""
    own = getattr(data, "provenance", None)
    if isinstance(own, Provenance):
        return own
    decoding, parameters = getattr(data, "decoding", None), getattr(data, "parameters", None)
    if not isinstance(decoding, Decoding):
        return None
    known = asdict(parameters) if isinstance(parameters, ThermalParameters) else {}
    words = json.dumps(known, separators=(",", ":")) if known else ""
    return Provenance("", decoding.decoder, decoding.accuracy_c, words)


class CorrectedRaster:
    """A raster under a correction: everything that gives values gives the corrected ones."""

    def __init__(self, raster: Raster, correction: Correction) -> None:
        self.raster, self.correction = raster, correction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raster, name)

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]:
        made = self.raster.values(grid, progress).astype(np.float64)
        made *= self.correction.gain
        made += self.correction.offset
        return made.astype(np.float32)

    def value_at(self, point: Point, crs: str) -> float | None:
        value = self.raster.value_at(point, crs)
        return None if value is None else self.correction.of(value)


def corrected(layer: Layer, data: Any) -> Any:
    """The raster of a layer as the layer means it."""
    correction = correction_of(layer)
    same = (correction.gain, correction.offset) == (1.0, 0.0)
    return data if same else CorrectedRaster(data, correction)


def corrected_statistics(found: RasterStatistics, correction: Correction) -> RasterStatistics:
    """Of the values of a file, what they are under a correction."""
    of = correction.of
    return replace(
        found, low=of(found.low), high=of(found.high), p2=of(found.p2), p98=of(found.p98)
    )


def view_limits(
    layer: Layer,
    data: Raster,
    grid: PixelGrid,
    percentiles: tuple[float, float],
    progress: Progress,
) -> tuple[float, float] | None:
    """Two percentiles (0 to 100) of what a view shows of the layer; None when it shows no value.
    Call it on a worker."""
    values = data.values(grid, progress)
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, percentiles).tolist()
    of = correction_of(layer).of
    return of(low), of(high)
