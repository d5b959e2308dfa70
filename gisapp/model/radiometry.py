"""From counts to temperatures: the formulas of the makers, with where they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gisapp.model.thermal_image import COUNTS, ZERO_C, Celsius, ThermalParameters


@dataclass(frozen=True, slots=True)
class PlanckConstants:
    """FLIR's calibration as a file holds it, and the published formula.

    Source: raw2temp of Thermimage (Tattersall, R package, version 4), whose constants are named as
    in exiftool's FLIR.pm:

        h2o = RH exp(1.5587 + 6.939e-2 Ta - 2.7816e-4 Ta² + 6.8455e-7 Ta³)
        tau = X exp(-sqrt(D/2)(a1 + b1 sqrt(h2o))) + (1-X) exp(-sqrt(D/2)(a2 + b2 sqrt(h2o)))
        S(T) = R1 / (R2 (exp(B/T) - F)) - O
        object = raw/(e tau tw tau) - (1-tau)/(e tau) S(Ta) - (1-tw)/(e tau tw) S(Tw)
                 - (1-tau)/(e tau tau tw) S(Ta) - (1-e)/e S(Tr)
        T = B / ln(R1 / (R2 (object + O)) + F)

    RH is a share, D metres, tau the air before and behind the window; temperatures in kelvin but
    Ta in the first line, which is in °C.
    """

    r1: float
    b: float
    f: float
    o: float
    r2: float
    alpha1: float = 0.006569
    alpha2: float = 0.01262
    beta1: float = -0.002276
    beta2: float = -0.00667
    x: float = 1.9
    window_c: float = 20.0
    window_transmission: float = 1.0

    def table(self, parameters: ThermalParameters) -> Celsius:
        """°C of each count; NaN below what the camera can see."""
        tau, e = self._air(parameters), parameters.emissivity
        window = self.window_transmission
        air = self._signal(parameters.air_c)
        away = (
            (1 - tau) / (e * tau) * air
            + (1 - window) / (e * tau * window) * self._signal(self.window_c)
            + (1 - tau) / (e * tau * tau * window) * air
            + (1 - e) / e * self._signal(parameters.reflected_c)
        )
        counts = np.arange(COUNTS, dtype=np.float64)
        seen = counts / (e * tau * window * tau) - away + self.o
        with np.errstate(all="ignore"):
            kelvin = self.b / np.log(self.r1 / (self.r2 * seen) + self.f)
        kelvin[~(np.isfinite(kelvin) & (kelvin > 0))] = np.nan
        return (kelvin - ZERO_C).astype(np.float32)

    def _air(self, parameters: ThermalParameters) -> float:
        """Transmission of the air on one side of the window."""
        t = parameters.air_c
        vapour = 1.5587 + 6.939e-2 * t - 2.7816e-4 * t**2 + 6.8455e-7 * t**3
        wet = math.sqrt(parameters.humidity * math.exp(vapour))
        far = math.sqrt(parameters.distance_m / 2)
        first = math.exp(-far * (self.alpha1 + self.beta1 * wet))
        second = math.exp(-far * (self.alpha2 + self.beta2 * wet))
        return self.x * first + (1 - self.x) * second

    def _signal(self, celsius: float) -> float:
        return self.r1 / (self.r2 * (math.exp(self.b / (celsius + ZERO_C)) - self.f)) - self.o
