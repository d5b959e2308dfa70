"""How fast dissolved matter travels in a river, and how a pulse of it spreads on the way.

Jobson (1996), Prediction of traveltime and longitudinal dispersion in rivers and streams, USGS
Water-Resources Investigations Report 96-4013; equation numbers below are that report's. It rests on
dye measured in about 980 stretches of some 90 rivers of the United States: not for tidal reaches,
canals and lakes. Arrays of reaches or single numbers; SI units throughout.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = Floats | float

GRAVITY = 9.8  # m/s², as in the report
LEADING_EDGE = 0.890  # of the time of the peak, equation 18


def jobson_velocity(
    area_m2: Numbers, flow_m3s: Numbers, mean_flow_m3s: Numbers, slope: Numbers | None = None
) -> tuple[Floats, Floats]:
    """Velocity of the peak of a pulse, m/s: (most probable, highest probable).

    area_m2: drained area; flow: of the day; mean_flow: of many years; slope: of the reach, m/m.
    Equations 12 and 13 where the slope is known, 14 and 15 where it is not (NaN or None). The
    highest probable one is faster than 99 of 100 measured.
    """
    area, flow, mean = (np.asarray(v, np.float64) for v in (area_m2, flow_m3s, mean_flow_m3s))
    with np.errstate(divide="ignore", invalid="ignore"):
        size = area**1.25 * np.sqrt(GRAVITY) / mean  # equation 10
        ratio = flow / mean  # equation 11
        thin = flow / area
        plain = size**0.821 * ratio**-0.465 * thin
        probable, fastest = 0.020 + 0.051 * plain, 0.2 + 0.093 * plain
        if slope is not None:
            fall = np.asarray(slope, np.float64)
            known = np.isfinite(fall) & (fall > 0)
            sloping = size**0.919 * ratio**-0.469 * np.where(known, fall, 1.0) ** 0.159 * thin
            probable = np.where(known, 0.094 + 0.0143 * sloping, probable)
            fastest = np.where(known, 0.25 + 0.02 * sloping, fastest)
    usable = np.isfinite(probable) & (flow > 0)
    return np.where(usable, probable, np.nan), np.where(usable, fastest, np.nan)


def unit_peak(peak_h: Numbers, flow_ratio: Numbers | None) -> Floats:
    """Peak concentration of one unit of mass in one unit of flow, 1e-6/s, after `peak_h` hours.

    flow_ratio: flow of the day by mean flow (equation 7). None where the mean flow is unknown.
    """
    hours = np.asarray(peak_h, np.float64)
    with np.errstate(divide="ignore"):
        if flow_ratio is None:
            return np.asarray(1025.0 * hours**-0.887)
        return np.asarray(857.0 * hours ** (-0.760 * np.asarray(flow_ratio, np.float64) ** -0.079))


def leading_edge_h(peak_h: Numbers) -> Floats:
    """Hours until the first of a pulse arrives (equation 18)."""
    return np.asarray(LEADING_EDGE * np.asarray(peak_h, np.float64))


def tail_h(peak_h: Numbers, flow_ratio: Numbers | None) -> Floats:
    """Hours until a pulse has fallen to a tenth of its peak (equation 19)."""
    passing = 2e6 / unit_peak(peak_h, flow_ratio) / 3600
    return np.asarray(leading_edge_h(peak_h) + passing)


def peak_concentration_mg_l(
    mass_kg: Numbers, flow_m3s: Numbers, peak_h: Numbers, flow_ratio: Numbers | None
) -> Floats:
    """Peak of a mass let out at once and wholly mixed, without decay. 1 g/m³ is 1 mg/L."""
    grams = np.asarray(mass_kg, np.float64) * 1000
    return np.asarray(unit_peak(peak_h, flow_ratio) * 1e-6 * grams / flow_m3s)


def manning_velocity(
    flow_m3s: Numbers, width_m: Numbers, roughness: Numbers, slope: Numbers
) -> tuple[Floats, Floats]:
    """Mean velocity (m/s) and depth (m) of a wide channel, by Manning's formula.

    This is how fast water moves, not a flood wave, which runs ahead of it.
    """
    flow, width = np.asarray(flow_m3s, np.float64), np.asarray(width_m, np.float64)
    fall, rough = np.asarray(slope, np.float64), np.asarray(roughness, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = (rough * flow / (width * np.sqrt(fall))) ** 0.6
        velocity = flow / (width * depth)
    usable = np.isfinite(velocity) & (velocity > 0)
    return np.where(usable, velocity, np.nan), np.where(usable, depth, np.nan)


def best_velocity(*ways: tuple[str, Any]) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Of each reach the first velocity that is known, and the name of the way it was found.

    ways: (name, velocities of all reaches in m/s, NaN: unknown), the most trusted first.
    """
    count = max(len(np.atleast_1d(values)) for _, values in ways)
    velocity = np.full(count, np.nan)
    source = np.full(count, "", dtype=f"<U{max(len(name) for name, _ in ways)}")
    for name, values in ways:
        values = np.broadcast_to(np.asarray(values, np.float64), count)
        better = np.isnan(velocity) & np.isfinite(values) & (values > 0)
        velocity[better], source[better] = values[better], name
    return velocity, source
