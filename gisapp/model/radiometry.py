"""From counts to temperatures: the formulas of the makers, with where they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.model.dji_transmission import Transmission, vapour_hpa
from gisapp.model.errors import ParameterError
from gisapp.model.text import tr
from gisapp.model.thermal_image import COUNTS, ZERO_C, Celsius, ThermalParameters

_SECOND_RADIATION_UM_K = 14_387.77  # h c / k


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

    def doubt(self, parameters: ThermalParameters) -> tuple[float, tuple[str, ...]]:
        """None: the formula is the maker's for all parameters."""
        return 0.0, ()

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


@dataclass(frozen=True, slots=True)
class LayerModel:
    """DJI's `iirp` files: counts are apparent temperatures, behind one layer of air.

    Found by comparing what DJI's SDK says with what its images hold, without reading its code;
    that counts are kelvin in sixteenths is published on exiftool's forum:

        Ta = (count >> 2) / 16 - 273.15
        S(T) = 1 / (exp(14387.77 / (wavelength (T + 273.15))) - 1)
        S(Ta) = e tau S(T) + (1 - e) tau S(Tr) + (1 - tau) S(air)

    wavelength: µm. air_is_reflected: there is no temperature of the air in it (versions 1 and 2).
    doubt_c: what other parameters than DJI's presets add to the accuracy.
    """

    wavelength_um: float
    transmission: Transmission
    air_is_reflected: bool = True
    doubt_c: float = 0.35

    def table(self, parameters: ThermalParameters) -> Celsius:
        """°C of each count; NaN for what is below absolute zero."""
        e, reflected = parameters.emissivity, parameters.reflected_c
        air = reflected if self.air_is_reflected else parameters.air_c
        vapour = vapour_hpa(air, parameters.humidity)
        tau = self.transmission.at(parameters.distance_m, vapour)
        kelvin = np.arange(COUNTS // 4, dtype=np.float64) / 16
        c2 = _SECOND_RADIATION_UM_K / self.wavelength_um
        with np.errstate(all="ignore"):
            seen = 1 / np.expm1(c2 / kelvin)
            away = (1 - e) * tau * self._signal(reflected) + (1 - tau) * self._signal(air)
            found = c2 / np.log1p(1 / ((seen - away) / (e * tau)))
        found[~(np.isfinite(found) & (found > 0))] = np.nan
        return np.repeat((found - ZERO_C).astype(np.float32), 4)

    def doubt(self, parameters: ThermalParameters) -> tuple[float, tuple[str, ...]]:
        """From images of three cameras under 13 sets of field parameters each."""
        notes = []
        if self.air_is_reflected:
            notes.append(tr("This camera takes the reflected temperature for that of the air too"))
        nearest, farthest = self.transmission.distances_m[0], self.transmission.distances_m[-1]
        if not nearest <= parameters.distance_m <= farthest:
            notes.append(
                tr("This camera's calibration goes from {low:g} to {high:g} m").format(
                    low=nearest, high=farthest
                )
            )
        return self.doubt_c, tuple(notes)

    def _signal(self, celsius: float) -> float:
        scale = _SECOND_RADIATION_UM_K / self.wavelength_um
        return 1 / math.expm1(scale / (celsius + ZERO_C))


@dataclass(frozen=True, slots=True)
class CountDifferences:
    """Counts whose zero is not known: differences from one count, times so many °C."""

    zero: float
    degrees_per_count: float

    def table(self, parameters: ThermalParameters) -> Celsius:
        """°C warmer than the count called zero, whatever the parameters."""
        counts = np.arange(COUNTS, dtype=np.float32)
        return (counts - np.float32(self.zero)) * np.float32(self.degrees_per_count)

    def doubt(self, parameters: ThermalParameters) -> tuple[float, tuple[str, ...]]:
        """Parameters change nothing."""
        return 0.0, (tr("Parameters have no effect on relative temperatures"),)


@dataclass(frozen=True, slots=True)
class StoredTemperatures:
    """Temperatures somebody else worked out: count times scale plus offset, in °C.

    fixed: the parameters they were worked out with; None where parameters have no meaning.
    """

    scale: float
    offset_c: float
    fixed: ThermalParameters | None = None
    nothing: int | None = None  # the count where there is no temperature

    def table(self, parameters: ThermalParameters) -> Celsius:
        """Raises ParameterError for other parameters than those they were worked out with."""
        if self.fixed is not None and not parameters.is_like(self.fixed):
            raise ParameterError(
                tr("These temperatures were worked out with other parameters"),
                hint=tr("Open the file again with the parameters you want."),
            )
        found = (np.arange(COUNTS) * self.scale + self.offset_c).astype(np.float32)
        if self.nothing is not None:
            found[self.nothing] = np.nan
        return found

    def doubt(self, parameters: ThermalParameters) -> tuple[float, tuple[str, ...]]:
        """The file's own temperatures do not change."""
        return 0.0, (tr("The file holds temperatures; parameters do not change them"),)


def stored(celsius: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.uint16], StoredTemperatures]:
    """Temperatures as counts of 0.005 °C or what their range needs; NaN becomes the last count."""
    known = celsius[np.isfinite(celsius)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    scale = max((high - low) / (COUNTS - 2), 0.0005)
    counts = np.full(celsius.shape, COUNTS - 1, np.uint16)
    there = np.isfinite(celsius)
    counts[there] = np.rint((celsius[there].astype(np.float64) - low) / scale).astype(np.uint16)
    return counts, StoredTemperatures(scale, low, nothing=COUNTS - 1)
