"""What DJI's calibration lets through between an object and the sensor: measured tables."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

FILE = "dji_transmission_1.json"
STANDARD = "dji_transmission 1 (2026-11-22)"


@dataclass(frozen=True, slots=True)
class Transmission:
    """tau: rows are distances, columns pressures of vapour; `factor` fits it to one camera."""

    distances_m: tuple[float, ...]
    vapours_hpa: tuple[float, ...]
    tau: tuple[tuple[float, ...], ...]
    factor: float = 1.0

    def at(self, distance_m: float, vapour: float) -> float:
        """Between the numbers of the table; at its edges beyond them."""
        rows = [float(np.interp(vapour, self.vapours_hpa, row)) for row in self.tau]
        found = float(np.interp(distance_m, self.distances_m, rows)) * self.factor
        return min(max(found, 0.05), 1.0)


def vapour_hpa(air_c: float, humidity: float) -> float:
    """Pressure of water vapour (Magnus): humidity is a share, 0 to 1."""
    warm = max(air_c, -100.0)
    return humidity * 6.112 * math.exp(17.62 * warm / (243.12 + warm))


def transmission_of(model: str) -> Transmission:
    """The table of a model; that of the M3T for one that is not in the file."""
    data = _data()
    return _table(data, data["tau"].get(model) or data["tau"]["M3T"])


def fitted_transmission(model: str, usual_tau: float) -> Transmission:
    """The course of a model's table with distance and vapour through what one camera is calibrated
    to let through at DJI's presets (5 m, 50 % at 25 °C)."""
    data = _data()
    names = data["course"].get(model, [model if model in data["tau"] else "M3T"])
    tau = np.mean([data["tau"][name] for name in names], axis=0)
    usual, distances, vapours = data["usual"], data["distance_m"], data["vapour_hpa"]
    near = np.minimum(np.asarray(distances) / usual["distance_m"], 1.0)
    here = [float(np.interp(usual["vapour_hpa"], vapours, row)) for row in tau]
    place = int(np.searchsorted(vapours, usual["vapour_hpa"]))
    bent = np.insert(tau, place, np.asarray(here) * (1 - usual["bend"] * near), axis=1)
    wet = [*vapours[:place], usual["vapour_hpa"], *vapours[place:]]
    plain = Transmission(tuple(distances), tuple(wet), tuple(map(tuple, bent.tolist())))
    return replace(plain, factor=usual_tau / plain.at(usual["distance_m"], usual["vapour_hpa"]))


def has_table(model: str) -> bool:
    return model in _data()["tau"]


def _table(data: Any, tau: Any) -> Transmission:
    rows = tuple(tuple(row) for row in tau)
    return Transmission(tuple(data["distance_m"]), tuple(data["vapour_hpa"]), rows)


def single_transmission(model: str) -> Transmission:
    """One number for all distances: for cameras whose calibration is only known that far."""
    numbers = _data()["single"]["tau"]
    tau = numbers.get(model, sum(numbers.values()) / len(numbers))
    return Transmission((1.0, 25.0), (0.0, 100.0), ((tau, tau), (tau, tau)))


@cache
def _data() -> Any:
    text = files("gisapp").joinpath("standards", FILE).read_text("utf-8")
    return json.loads(text)
