"""The rivers under the hand: what a pointer over them needs at once, in arrays by position."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.api import (
    Edit,
    FeatureId,
    FeatureSet,
    Point,
    Progress,
    Project,
    Shapes,
    algorithm,
    tr,
    transform_point,
)

from .doctor_repairs import repairs_from
from .network import Floats, Ints, RiverNetwork
from .pipes import with_pipes
from .placements import Chosen, placement_edit
from .river_profile import side_of
from .rivers import Rivers, numbers, prepare
from .ways import Direction


@dataclass(frozen=True, slots=True)
class NearReach:
    """A reach that a place may lie on, with what tells it from its neighbours."""

    feature: FeatureId
    id: str
    name: str
    measure_m: float  # above its lower end
    offset_m: float  # from the place
    drained_km2: float | None
    discharge_m3s: float | None
    at: Point  # on the reach, in the map's system
    side: str  # left, right (looking downstream) or empty
    position: int


@dataclass(frozen=True, eq=False)
class RiversAtHand:
    """Positions number the reaches so that all upstream of one is a run of them.

    shapes: the lines in the map's system. position_of: of each part; size: of each position.
    """

    net: Rivers
    crs: str
    shapes: Shapes

    @property
    def features(self) -> FeatureSet:
        return self.net.features

    @cached_property
    def position_of(self) -> npt.NDArray[np.int32]:
        return self.net.network.position[self.shapes.owner].astype(np.int32)

    @cached_property
    def smallest_first(self) -> Ints:
        """Parts in the order they are drawn: the larger river is seen where two meet."""
        size = self.net.network.size[np.maximum(self.position_of, 0)]
        return np.argsort(size, kind="stable")

    @cached_property
    def drained(self) -> Floats:
        """km² of each position; 0 where the data does not say. Over braids as along the tree."""
        net, network = self.net, self.net.network
        published = numbers(net.features, net.columns.area_km2)
        own = numbers(net.features, net.columns.own_area_km2)
        if published is not None:
            return np.nan_to_num(published[network.order])
        if own is None:
            return np.zeros(len(network))
        total = np.append(0.0, np.cumsum(np.nan_to_num(own[network.order])))
        first = np.arange(len(network))
        return np.asarray(total[first + network.size] - total[first], np.float64)

    @cached_property
    def flows(self) -> Floats:
        """m³/s of each reach at mean flow; 0 where the data does not say."""
        known = numbers(self.net.features, self.net.columns.discharge_m3s)
        return np.zeros(len(self.net.features)) if known is None else np.nan_to_num(known)

    def runs(self, position: int, direction: Direction) -> list[tuple[int, int]]:
        """The positions a direction leads to, as runs (first, after the last)."""
        network = self.net.network
        if direction == "UT":
            return upstream_runs(network, position)
        if direction == "UM":
            return [main_stem_run(network, position)]
        return downstream_runs(network, position, all_ways=direction == "DD")

    def words(self, position: int) -> str:
        """Name, id and drained area, for a note beside the pointer."""
        net, reach = self.net, int(self.net.network.order[position])
        title = " · ".join(t for t in (net.name(reach), net.key(reach)) if t)
        lines = [title]
        area, flow = self.drained[position], self.flows[reach]
        if area > 0:
            km2 = f"{area:,.4g}" if area < 1e4 else f"{area:,.0f}"
            lines.append(tr("{km2} km² drained").format(km2=km2))
        if flow > 0:
            lines.append(tr("{flow} m³/s at mean flow").format(flow=f"{flow:.3g}"))
        above = int(net.network.size[position])
        lines.append(tr("{n} reaches upstream").format(n=f"{above:,}"))
        return "\n".join(lines)

    def near(self, at: Point, within_m: float) -> tuple[NearReach, ...]:
        """The three nearest reaches of a place in the map's system, nearest first."""
        net = self.net
        here = transform_point(at, self.crs, net.features.crs)
        [places] = net.lines.place(np.array([here], np.float64), within_m)
        found = []
        for place in places:
            on = net.lines.point_at(place.reach, place.measure_m)
            if on is None:
                continue
            foot = transform_point(Point(*on), net.features.crs, self.crs)
            reach, measure = net.on_whole(place.reach, place.measure_m)
            fid = str(net.features.ids[reach])
            found.append(
                NearReach(
                    FeatureId(fid), net.key(reach), net.name(reach), measure,
                    place.offset_m, net.drained_km2(place.reach), net.discharge_m3s(place.reach),
                    foot, side_of(net, place, here),
                    int(net.network.position[place.reach]),
                )
            )  # fmt: skip
        return tuple(found)

    def keep(self, project: Project, role: str, feature: FeatureId, choice: NearReach) -> Edit:
        """The edit that makes a feature lie where it was said to."""
        chosen = Chosen(choice.id, choice.measure_m, choice.side, choice.offset_m)
        return placement_edit(project, role, feature, chosen, choice.at, self.crs)


_made: WeakKeyDictionary[FeatureSet, RiversAtHand] = WeakKeyDictionary()


@algorithm("rivers-at-hand", "Rivers under the hand")
def rivers_at_hand(
    rivers: FeatureSet,
    crs: str,
    repairs: FeatureSet | None = None,
    pipes: FeatureSet | None = None,
    *,
    progress: Progress,
) -> RiversAtHand:
    """The rivers ready for a pointer over a map in the system `crs`. Slow only the first time."""
    progress.report(0.0, tr("Reading the network"))
    net = prepare(rivers, repairs=repairs_from(repairs, rivers.crs))
    net = with_pipes(net, pipes)
    progress.report(0.6)
    kept = _made.get(rivers)
    if kept is not None and kept.net is net and kept.crs == crs:
        return kept
    made = RiversAtHand(net, crs, net.features.shapes_in(crs))
    _ = made.smallest_first, made.drained, made.flows  # here, not under the hand
    if len(made.shapes.owner):
        _ = made.shapes.boxes
    _made.clear()  # one at a time: what is kept knows its layer and would never go
    _made[rivers] = made
    progress.report(1.0)
    return made


def upstream_runs(network: RiverNetwork, position: int) -> list[tuple[int, int]]:
    """Subtrees are runs that nest or are apart: those that hold others are kept."""
    starts: list[int] = []
    ends: list[int] = []
    waiting = [position]
    while waiting:
        first = waiting.pop()
        after = first + int(network.size[first])
        at = bisect.bisect_right(starts, first)
        if at and first < ends[at - 1]:
            continue
        last = bisect.bisect_left(starts, after)
        starts[at:last], ends[at:last] = [first], [after]
        if len(network.minor_to):
            low, high = np.searchsorted(network.minor_to, (first, after))
            waiting += np.unique(network.minor_from[low:high]).tolist()
    return list(zip(starts, ends, strict=True))


def main_stem_run(network: RiverNetwork, position: int) -> tuple[int, int]:
    """The main stem is the beginning of the subtree: up to the first reach that begins another."""
    after = position + int(network.size[position])
    step, first = 256, position + 1
    while first < after:  # piece by piece: a stem is short beside what flows into it
        other = np.flatnonzero(network.head[first : min(first + step, after)] > position)
        if len(other):
            return position, first + int(other[0])
        first, step = first + step, 4 * step
    return position, after


def downstream_runs(
    network: RiverNetwork, position: int, *, all_ways: bool
) -> list[tuple[int, int]]:
    """Each stem is left at its foot; of stems met twice the longer part counts."""
    tops: dict[int, int] = {}
    waiting = [position]
    by_top = _leaving(network) if all_ways and len(network.minor_from) else None
    while waiting:
        p = waiting.pop()
        while p >= 0:
            foot = int(network.head[p])
            known = tops.get(foot, foot)
            if known > p:
                break
            tops[foot] = p + 1
            if by_top is not None:
                leaving, order = by_top
                low, high = np.searchsorted(leaving, (known, p + 1))
                waiting += network.minor_to[order[low:high]].tolist()
            p = int(network.down[foot])
    return sorted(tops.items())


def _leaving(network: RiverNetwork) -> tuple[Ints, Ints]:
    order = np.argsort(network.minor_from, kind="stable")
    return network.minor_from[order], order
