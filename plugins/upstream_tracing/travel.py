"""How fast each reach of a layer flows, from the best that its columns know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.api import tr

from .network import Floats, RiverNetwork
from .rivers import Rivers, numbers
from .velocity import best_velocity, jobson_velocity, manning_velocity
from .ways import in_hours

MEASURED, JOBSON, MANNING, ASSUMED = "measured", "jobson", "manning", "assumed"
PIPES = "pipes"  # as the layer of pipes says, or of full pipes by Manning
USUAL_N = 0.035  # Manning's n of natural channels in fair condition (Chow 1959, table 5-6)
FASTER = 1.6  # the highest probable by the most probable velocity
ASSUMED_M_S = 0.5  # where nothing is known of a reach


@dataclass(frozen=True, eq=False)
class Velocities:
    """Metres a second of each reach, and how it is known."""

    m_s: Floats
    way: npt.NDArray[np.str_]
    flow_ratio: float = 1.0
    staying_h: Floats | None = None  # in lakes, added to the time of a reach

    def timed(self, network: RiverNetwork) -> RiverNetwork:
        """The network measured in hours."""
        return in_hours(network, self.m_s, self.staying_h)

    def said(self, reaches: npt.NDArray[np.int64]) -> str:
        """Of how many of the reaches the velocity is known how, for people."""
        titles = way_titles(self.flow_ratio)
        ways, counts = np.unique(self.way[reaches], return_counts=True)
        said = (
            tr("{way}: {n} reaches").format(way=titles[way], n=n)
            for way, n in sorted(zip(ways.tolist(), counts.tolist(), strict=True))
        )
        text = ", ".join(said)
        if self.staying_h is not None and (lakes := int((self.staying_h[reaches] > 0).sum())):
            lakes_said = tr("time in lakes as in the data: {n} reaches").format(n=lakes)
            text = f"{text}, {lakes_said}"
        return text


def way_titles(flow_ratio: float = 1.0) -> dict[str, str]:
    if flow_ratio != 1:
        at = tr("at {ratio} times the mean flow").format(ratio=f"{flow_ratio:g}")
        special = {
            JOBSON: tr("velocity by Jobson (1996)") + " " + at,
            MANNING: tr("velocity by Manning's formula") + " " + at,
        }
        return way_titles() | special
    return {
        MEASURED: tr("velocity as in the data"),
        JOBSON: tr("velocity by Jobson (1996) at mean flow"),
        MANNING: tr("velocity by Manning's formula at mean flow"),
        ASSUMED: tr("velocity assumed, {v} m/s").format(v=ASSUMED_M_S),
        PIPES: tr("velocity of pipes: as given, of full pipes, or assumed"),
    }


def velocities_of(
    rivers: Rivers, factor: float = 1.0, *, fastest: bool = False, flow_ratio: float = 1.0
) -> Velocities:
    """In the order of trust: the data's own, Jobson (flow and drained area), Manning (flow, width,
    slope), an assumption. `factor`: times as fast, for questions of the kind "what if".
    flow_ratio: flow of the day by mean flow; the data's own velocities are taken as they are.

    fastest: the highest probable velocity (Jobson 1996); where another way is taken, FASTER times
    the usual one, about what the report finds between both.
    """
    columns, n = rivers.columns, len(rivers.features)
    unknown = np.full(n, np.nan)

    def column(name: str) -> Floats:
        values = numbers(rivers.features, name)
        return unknown if values is None else values

    flow, area, slope = (
        column(columns.discharge_m3s),
        column(columns.area_km2) * 1e6,
        column(columns.slope),
    )
    today = flow * flow_ratio
    rough = numbers(rivers.features, columns.roughness)
    ways: Sequence[tuple[str, Floats]] = (
        (MEASURED, column(columns.velocity_m_s)),
        (JOBSON, jobson_velocity(area, today, flow, slope)[0]),
        (
            MANNING,
            manning_velocity(
                today, column(columns.width_m), USUAL_N if rough is None else rough, slope
            )[0],
        ),
        (ASSUMED, np.full(n, ASSUMED_M_S)),
    )
    m_s, way = best_velocity(*ways)
    if fastest:
        m_s = np.where(way == JOBSON, jobson_velocity(area, today, flow, slope)[1], FASTER * m_s)
    if rivers.sewers is not None:
        pipe = rivers.sewers.is_pipe
        m_s = np.where(pipe, rivers.sewers.m_s, m_s)
        way = np.where(pipe, PIPES, way)
    days = numbers(rivers.features, columns.residence_days)
    staying = None if days is None else np.maximum(np.nan_to_num(days), 0.0) * 24.0
    return Velocities(m_s * factor, way, flow_ratio, staying)
