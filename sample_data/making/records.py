"""A year of hourly station records with one pollution event.

The event is a release at a constant rate. Along each reach the water moves with the velocity
discharge / (width x depth), scaled for the low flow of the day, and spreads with Fischer's (1975)
coefficient D = 0.011 v^2 w^2 / (h u*). At a station the pulse is the release smeared by a normal
distribution of travel times (mean sum L/v, variance sum 2 D L / v^3), reduced by first-order decay
and diluted in the station's discharge.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.signal import lfilter
from scipy.special import ndtr

from making.places import Station
from making.rivers import Network
from making.sources import RELEASE_HOURS, RELEASE_START, Source

YEAR_START = np.datetime64("2025-01-01T00:00", "m")
HOURS = 8760
LOW_FLOW = 0.62  # discharge during the event as a share of the mean
VELOCITY_SHARE = round(LOW_FLOW**0.35, 4)
DECAY_PER_DAY = 0.25
RELEASE_G_S = 46.0
QUIET = (
    int((np.datetime64("2025-03-08T00", "h") - YEAR_START) / np.timedelta64(1, "h")),
    int((np.datetime64("2025-03-26T00", "h") - YEAR_START) / np.timedelta64(1, "h")),
)
OVER_RANGE_NTU = 1000.0
DIGITS = {
    "water_temp_c": 2,
    "ph": 2,
    "do_mg_l": 2,
    "conductivity_us_cm": 0,
    "turbidity_ntu": 1,
    "codmn_mg_l": 2,
    "nh3n_mg_l": 3,
    "tp_mg_l": 3,
    "tn_mg_l": 2,
}
CHEMISTRY = ("codmn_mg_l", "nh3n_mg_l", "tp_mg_l", "tn_mg_l")


@dataclass(frozen=True)
class Arrival:
    """When and how the release passes a station."""

    station: str
    distance_m: float
    travel_h: float
    spread_h: float
    excess_mg_l: np.ndarray


def _pieces(network: Network, reach: int, measure: float, to: Station) -> list[tuple[int, float]]:
    """Reaches with the length travelled in each, from a point down to a station below it."""
    way = network.path(reach)
    if to.reach not in way or (to.reach == reach and to.measure >= measure):
        return []
    way = way[: way.index(to.reach) + 1]
    pieces = [(r, network.reaches[r].length) for r in way]
    pieces[0] = (reach, measure)
    last = pieces[-1]
    pieces[-1] = (last[0], last[1] - to.measure)
    return pieces


def arrivals(network: Network, stations: list[Station], culprit: Source) -> list[Arrival]:
    """The pulse at every station below the culprit, nearest first."""
    hours = np.arange(HOURS, dtype=float)
    start = float((RELEASE_START - YEAR_START) / np.timedelta64(60, "m"))
    found = []
    for station in stations:
        pieces = _pieces(network, culprit.reach, culprit.measure, station)
        if not pieces:
            continue
        time = variance = distance = 0.0
        for number, length in pieces:
            reach = network.reaches[number]
            v = reach.velocity * VELOCITY_SHARE
            shear = (9.81 * reach.depth * reach.slope) ** 0.5
            spread = 0.011 * v**2 * reach.width**2 / (reach.depth * shear)
            time += length / v
            variance += 2.0 * spread * length / v**3
            distance += length
        mean, sigma = time / 3600.0, variance**0.5 / 3600.0
        since = hours - start - mean
        passing = ndtr(since / sigma) - ndtr((since - RELEASE_HOURS) / sigma)
        water = network.reaches[station.reach].discharge * LOW_FLOW
        excess = RELEASE_G_S / water * np.exp(-DECAY_PER_DAY * mean / 24.0) * passing
        found.append(Arrival(station.id, distance, mean, sigma, excess))
    return sorted(found, key=lambda arrival: arrival.travel_h)


def _drifting(rng: np.random.Generator, hours: float, size: float) -> np.ndarray:
    """Noise that forgets itself over `hours`, with standard deviation `size`."""
    keep = float(np.exp(-1.0 / hours))
    noise = rng.standard_normal(HOURS + 200) * size * (1.0 - keep**2) ** 0.5
    return np.asarray(lfilter([1.0], [1.0, -keep], noise)[200:])


def _weather(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Air temperature (degC) and river flow as a multiple of its mean, for the whole basin."""
    t = np.arange(HOURS)
    year = 2.0 * np.pi * t / HOURS
    air = 21.5 - 8.0 * np.cos(year - 0.42) - 3.5 * np.cos(2.0 * np.pi * (t - 3) / 24.0)
    air += _drifting(rng, 60.0, 2.2)
    rain = np.zeros(HOURS)
    chance = 0.0035 + 0.010 * np.clip(-np.cos(year - 0.1), 0.0, 1.0)
    begins = np.flatnonzero(rng.random(HOURS) < chance)
    for begin in begins:
        if not QUIET[0] - 120 < begin < QUIET[1]:
            rain[begin : begin + int(rng.integers(3, 14))] += float(rng.exponential(0.22))
    storm = lfilter([1.0], [1.0, -np.exp(-1.0 / 34.0)], rain)
    base = 0.75 - 0.22 * np.cos(year - 0.3)
    flow = base + storm
    event = slice(*QUIET)
    edge = np.clip(np.minimum(t - QUIET[0], QUIET[1] - t) / 72.0, 0.0, 1.0)[event]
    flow[event] = flow[event] * (1.0 - edge) + LOW_FLOW * edge
    return air, flow


def _station(
    rng: np.random.Generator,
    air: np.ndarray,
    flow: np.ndarray,
    area: float,
    depth: float,
    load: float,
    excess: np.ndarray,
) -> dict[str, np.ndarray]:
    t = np.arange(HOURS)
    hour = 2.0 * np.pi * (t - 15.5) / 24.0
    slow = 14.0 + 40.0 * depth
    keep = float(np.exp(-1.0 / slow))
    first = np.array([air[:240].mean() * keep])
    temp, _ = lfilter([1.0 - keep], [1.0, -keep], air - 0.6, zi=first)
    temp = np.clip(
        temp + 0.5 / (0.5 + depth) * np.cos(hour) + _drifting(rng, 20.0, 0.12), 3.0, 34.0
    )
    storm = np.clip(flow - 1.1, 0.0, None)
    growth = 0.35 + 0.65 * np.clip((temp - 12.0) / 15.0, 0.0, 1.0)
    saturation = 468.0 / (31.6 + temp)
    share = 0.97 - 0.10 * load + 0.05 * growth * np.cos(hour) - 0.04 * np.tanh(storm)
    oxygen = saturation * (share + _drifting(rng, 30.0, 0.015)) - 0.25 * excess
    ammonia = load * (0.20 + 0.12 / (0.4 + flow)) * np.exp(_drifting(rng, 45.0, 0.22))
    ammonia = ammonia + 0.03 * np.tanh(storm) + excess
    nitrate = (0.75 + 0.7 * load) * np.exp(_drifting(rng, 70.0, 0.10)) + 0.25 * np.tanh(storm)
    conductivity = (95.0 + 130.0 * load) / (0.55 + 0.45 * flow) ** 0.4
    return {
        "water_temp_c": temp,
        "ph": 7.45
        + 0.12 * growth * np.cos(hour)
        - 0.15 * np.tanh(storm)
        + _drifting(rng, 60.0, 0.06)
        + 0.04 * excess,
        "do_mg_l": np.clip(oxygen, 0.5, None),
        "conductivity_us_cm": conductivity * np.exp(_drifting(rng, 50.0, 0.03)) + 11.0 * excess,
        "turbidity_ntu": (6.0 + 4.0 * load + area**0.25)
        * np.exp(_drifting(rng, 18.0, 0.18))
        * (1.0 + 6.0 * storm**1.4),
        "codmn_mg_l": (1.7 + 1.6 * load) * np.exp(_drifting(rng, 60.0, 0.09))
        + 1.1 * np.tanh(storm)
        + 0.3 * excess,
        "nh3n_mg_l": ammonia,
        "tp_mg_l": (0.035 + 0.075 * load) * np.exp(_drifting(rng, 50.0, 0.14))
        + 0.07 * np.tanh(storm),
        "tn_mg_l": ammonia + nitrate,
    }


def make_records(
    rng: np.random.Generator, network: Network, stations: list[Station], pulses: list[Arrival]
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, np.ndarray]]:
    """Values by station and column, and the flags; chemistry is measured every four hours."""
    air, flow = _weather(rng)
    seen = {pulse.station: pulse.excess_mg_l for pulse in pulses}
    values, flags = {}, {}
    for station in stations:
        reach = network.reaches[station.reach]
        load = round(float(rng.uniform(0.3, 0.95)) + 0.10 * np.log10(reach.area_km2), 3)
        if station.target == "II":
            load *= 0.6
        excess = seen.get(station.id, np.zeros(HOURS))
        columns = _station(rng, air, flow, reach.area_km2, reach.depth, load, excess)
        for name in CHEMISTRY:
            columns[name] = np.repeat(columns[name][::4], 4)
        flags[station.id] = _flag(rng, columns)
        values[station.id] = {
            name: np.round(column, DIGITS[name]).astype(np.float32)
            for name, column in columns.items()
        }
    return values, flags


def _flag(rng: np.random.Generator, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Mark and spoil hours of maintenance (M), calibration (C), fault (D) and over range (T)."""
    flag = np.full(HOURS, "N", dtype="<U1")
    over = columns["turbidity_ntu"] > OVER_RANGE_NTU
    columns["turbidity_ntu"][over] = OVER_RANGE_NTU
    flag[over] = "T"
    for day in range(int(rng.integers(1, 8)), 365, 14):  # calibration with buffer and standard
        if QUIET[0] <= day * 24 + 9 < QUIET[1]:
            continue
        flag[day * 24 + 9] = "C"
        columns["ph"][day * 24 + 9] = 6.86
        columns["conductivity_us_cm"][day * 24 + 9] = 1413.0
    for day in range(int(rng.integers(5, 25)), 360, 30):
        at = slice(day * 24 + 13, day * 24 + 13 + int(rng.integers(3, 7)))
        if QUIET[0] <= at.start < QUIET[1]:
            continue
        flag[at] = "M"
        columns["turbidity_ntu"][at] *= 0.2
        columns["do_mg_l"][at] = 8.9
    for _ in range(int(rng.integers(4, 8))):
        begin = int(rng.integers(24, HOURS - 200))
        end = begin + int(rng.choice([3, 6, 11, 26, 49, 96]))
        if begin < QUIET[1] and end > QUIET[0]:
            continue
        flag[begin:end] = "D"
        for column in columns.values():
            column[begin:end] = np.nan
    return flag


def write_records(
    path: Path, values: dict[str, dict[str, np.ndarray]], flags: dict[str, np.ndarray]
) -> None:
    """One row group per station, sorted by station and time; the hour a row begins, UTC+8."""
    times = (YEAR_START + np.arange(HOURS) * np.timedelta64(60, "m")).astype("datetime64[ms]")
    names = list(DIGITS)
    schema = pa.schema(
        [("station_id", pa.string()), ("time", pa.timestamp("ms"))]
        + [(name, pa.float32()) for name in names]
        + [("flag", pa.string())]
    )
    encoding = dict.fromkeys(names, "BYTE_STREAM_SPLIT") | {"time": "DELTA_BINARY_PACKED"}
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=15,
        use_dictionary=["station_id", "flag"],
        column_encoding=encoding,
    ) as writer:
        for station in sorted(values):
            columns = [pa.array([station] * HOURS), pa.array(times)]
            columns += [pa.array(values[station][name], pa.float32()) for name in names]
            columns.append(pa.array(flags[station].tolist(), pa.string()))
            writer.write_table(pa.table(columns, schema=schema), row_group_size=HOURS)
