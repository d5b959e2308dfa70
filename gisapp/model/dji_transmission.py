"""What DJI's calibration lets through between an object and the sensor: measured tables."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
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

    def with_usual(self, tau: float) -> Transmission:
        """The same course with distance and vapour, but `tau` at 5 m and 50 % at 25 °C."""
        usual = _data()["usual"]
        here = self.at(usual["distance_m"], usual["vapour_hpa"]) / self.factor
        return Transmission(self.distances_m, self.vapours_hpa, self.tau, tau / here)


def vapour_hpa(air_c: float, humidity: float) -> float:
    """Pressure of water vapour (Magnus): humidity is a share, 0 to 1."""
    warm = max(air_c, -100.0)
    return humidity * 6.112 * math.exp(17.62 * warm / (243.12 + warm))


def transmission_of(model: str) -> Transmission:
    """The table of a model; that of the M3T for one that is not in the file."""
    data = _data()
    tau = data["tau"].get(model) or data["tau"]["M3T"]
    return Transmission(
        tuple(data["distance_m"]), tuple(data["vapour_hpa"]), tuple(tuple(row) for row in tau)
    )


def has_table(model: str) -> bool:
    return model in _data()["tau"]


def single_transmission(model: str) -> Transmission:
    """One number for all distances: for cameras whose calibration is only known that far."""
    numbers = _data()["single"]["tau"]
    tau = numbers.get(model, sum(numbers.values()) / len(numbers))
    return Transmission((1.0, 25.0), (0.0, 100.0), ((tau, tau), (tau, tau)))


@cache
def _data() -> Any:
    text = files("gisapp").joinpath("standards", FILE).read_text("utf-8")
    return json.loads(text)
