"""What is true in the sample basin, worked out without any index: a plain walk over the graph."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from making.outfalls import Outfall
from making.places import Station
from making.records import (
    DECAY_PER_DAY,
    LOW_FLOW,
    RELEASE_G_S,
    RELEASE_HOURS,
    RELEASE_START,
    VELOCITY_SHARE,
    YEAR_START,
    Arrival,
)
from making.rivers import Network
from making.sources import Source
from making.thermal import ACQUIRED, NOISE_C, WATER_C, Plume, Scene


def upstream_of(
    network: Network,
    station: Station,
    stations: list[Station],
    outfalls: list[Outfall],
    sources: list[Source],
) -> dict[str, object]:
    """Everything that drains to a station; on its own reach only what lies above it."""
    inside = {station.reach}
    grew = True
    while grew:
        more = {r.id for r in network.reaches.values() if r.next_down in inside} - inside
        inside |= more
        grew = bool(more)

    def above(reach: int, measure: float) -> bool:
        return reach in inside and (reach != station.reach or measure > station.measure)

    length = sum(network.reaches[r].length for r in sorted(inside)) - station.measure
    return {
        "station": station.id,
        "reach": station.reach,
        "measure_m": station.measure,
        "reaches": len(inside),
        "length_m": round(length, 1),
        "stations": sorted(
            s.id for s in stations if s.id != station.id and above(s.reach, s.measure)
        ),
        "outfalls": sum(above(o.reach, o.measure) for o in outfalls),
        "sources": sum(above(s.reach, s.measure) for s in sources),
    }


def event_truth(
    culprit: Source, pulses: list[Arrival], values: dict[str, dict[str, np.ndarray]]
) -> dict[str, object]:
    """The event as modelled and as it stands in the records."""
    seen = []
    for pulse in pulses:
        hours = np.flatnonzero(pulse.excess_mg_l > 0.02)
        column = np.nan_to_num(values[pulse.station]["nh3n_mg_l"][hours], nan=-1.0)
        peak = int(hours[int(np.argmax(column))])
        seen.append(
            {
                "station": pulse.station,
                "distance_m": round(pulse.distance_m, 1),
                "travel_time_h": round(pulse.travel_h, 2),
                "spread_sd_h": round(pulse.spread_h, 2),
                "arrival_time": _time(int(hours[0])),
                "peak_time": _time(peak),
                "peak_value": round(float(values[pulse.station]["nh3n_mg_l"][peak]), 3),
                "modelled_peak_time": _time(int(np.argmax(pulse.excess_mg_l))),
                "modelled_excess_mg_l": round(float(pulse.excess_mg_l.max()), 3),
            }
        )
    first = seen[0]
    return {
        "station": first["station"],
        "parameter": "nh3n_mg_l",
        "start": str(RELEASE_START.astype("datetime64[m]")),
        "release_hours": RELEASE_HOURS,
        "release_g_s": RELEASE_G_S,
        "release_kg": round(RELEASE_G_S * RELEASE_HOURS * 3.6, 1),
        "peak_time": first["peak_time"],
        "peak_value": first["peak_value"],
        "culprit": culprit.id,
        "reach": culprit.reach,
        "measure_m": culprit.measure,
        "outfall": culprit.outfall,
        "travel_time_h": {str(s["station"]): s["travel_time_h"] for s in seen},
        "stations": seen,
        "velocity": {
            "formula": "discharge_m3s / (width_m * depth_m) * factor, per reach",
            "factor": VELOCITY_SHARE,
        },
        "flow_factor": LOW_FLOW,
        "decay_per_day": DECAY_PER_DAY,
        "dispersion": "D = 0.011 v^2 w^2 / (h u*), u* = sqrt(9.81 h slope)",
    }


def _time(hour: int) -> str:
    return str((YEAR_START + hour * np.timedelta64(60, "m")).astype("datetime64[m]"))


def thermal_truth(
    network: Network, scene: Scene, plumes: dict[str, Plume], outfalls: list[Outfall]
) -> dict[str, object]:
    """Plumes with the outfalls they belong to, what is no outfall, and the drift of each frame."""
    state = {o.code: str(o.columns["state"]) for o in outfalls}
    return {
        "reach": scene.reach,
        "width_m": network.reaches[scene.reach].width,
        "acquired": ACQUIRED,
        "water_c": WATER_C,
        "noise_c": NOISE_C,
        "plumes": [
            {"code": code, "state": state[code]} | asdict(plumes[code]) for code in sorted(plumes)
        ],
        "false_targets": scene.targets,
        "drift": scene.drift,
        "suspected": sorted(o.code for o in outfalls if o.columns["kind"] == "suspected"),
    }
