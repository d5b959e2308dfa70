"""The river from a start along its main stem: what it drains, where tributaries come in, and what
was found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from gisapp.api import FeatureId, Point, tr, transform_point

from .network import Floats, Ints, RiverNetwork
from .placing import Place
from .rivers import Rivers, numbers
from .ways import Way

STEP = 0.02  # of the largest value: tributaries that are named
MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Tributary:
    """A river that comes in, or leaves: where, its name or id, and by how much the value steps."""

    distance_m: float
    title: str
    step: float


@dataclass(frozen=True, slots=True)
class OnProfile:
    """Something found. On a tributary it stands where that one comes in."""

    distance_m: float
    role: str
    feature: FeatureId
    title: str
    on_stem: bool


class OnTheWay(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def feature(self) -> FeatureId: ...
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def distance_m(self) -> float: ...
    @property
    def reach(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Profile:
    """Reaches of the main stem, nearest first: metres from the start to both ends of each, hours
    to the nearer, and the value (km² drained, or m³/s)."""

    title: str
    unit: str
    nearer_m: Floats
    farther_m: Floats
    hours: Floats
    value: Floats
    tributaries: tuple[Tributary, ...]
    found: tuple[OnProfile, ...]
    is_upstream: bool
    positions: Ints
    _net: Rivers = field(repr=False)
    _reaches: Ints = field(repr=False)

    def place_at(self, distance_m: float, crs: str) -> Point | None:
        """The place on the river so far from the start, in a system."""
        if not len(self.nearer_m) or not 0 <= distance_m <= self.farther_m[-1]:
            return None
        n = min(int(np.searchsorted(self.farther_m, distance_m)), len(self.farther_m) - 1)
        reach = int(self._reaches[n])
        length = float(self._net.network.length_m[reach])
        if self.is_upstream:
            measure = length - (float(self.farther_m[n]) - distance_m)
        else:
            measure = float(self.farther_m[n]) - distance_m
        at = self._net.lines.point_at(reach, min(max(measure, 0.0), length))
        return None if at is None else transform_point(Point(*at), self._net.features.crs, crs)

    def distance_at(self, position: int) -> float | None:
        """Metres from the start to the middle of a reach (by its position), if it is the stem's."""
        hit = np.flatnonzero(self.positions == position)
        if not len(hit):
            return None
        n = int(hit[0])
        return float(self.nearer_m[n] + self.farther_m[n]) / 2


def profile_of(
    net: Rivers,
    way: Way,
    timed: RiverNetwork,
    found: Sequence[OnTheWay],
    through: int | None = None,
) -> Profile | None:
    """None where the data knows neither drained areas nor flows. through: a reach above the start
    that the profile leads over before it follows the main stem from there."""
    known = _value(net)
    if known is None:
        return None
    title, unit, values = known
    network, start = net.network, way.start
    stem = network.main_stem(start.reach) if way.is_upstream else network.downstream(start.reach)
    if through is not None:
        down = network.downstream(through)
        at = np.flatnonzero(down == start.reach)
        if len(at):
            below = down[1 : int(at[0]) + 1][::-1]
            stem = np.concatenate([below, network.main_stem(through)])
    lengths = network.length_m[stem]
    own = lengths[0] - start.measure_m if way.is_upstream else start.measure_m
    farther = np.cumsum(np.append(max(own, 0.0), lengths[1:]))
    nearer = np.append(0.0, farther[:-1])
    inside = nearer <= way.limit_m
    inside[0] = True
    stem, nearer, farther = stem[inside], nearer[inside], farther[inside]
    hours = timed.length_m[stem]
    share = own / lengths[0] if lengths[0] > 0 else 0.0
    spent = np.append(0.0, np.cumsum(np.append(hours[0] * share, hours[1:]))[:-1])
    positions = network.position[stem]
    return Profile(
        title, unit, nearer, farther, spent, values[stem],
        _tributaries(net, stem, nearer, farther, values, upstream=way.is_upstream),
        _on_profile(net, way, stem, nearer, farther, found),
        way.is_upstream, positions, net, stem,
    )  # fmt: skip


def _value(net: Rivers) -> tuple[str, str, Floats] | None:
    area = numbers(net.features, net.columns.area_km2)
    if area is not None and np.isfinite(area).any():
        return tr("Drained area"), "km²", area
    own = numbers(net.features, net.columns.own_area_km2)
    if own is not None:
        network = net.network
        total = np.append(0.0, np.cumsum(np.nan_to_num(own[network.order])))
        first = np.arange(len(network))
        sums = np.full(len(own), np.nan)
        sums[network.order] = total[first + network.size] - total[first]
        return tr("Drained area"), "km²", sums
    flow = numbers(net.features, net.columns.discharge_m3s)
    return None if flow is None else (tr("Mean flow"), "m³/s", flow)


def _tributaries(
    net: Rivers, stem: Ints, nearer: Floats, farther: Floats, values: Floats, *, upstream: bool
) -> tuple[Tributary, ...]:
    """The largest of what comes in between two reaches of the stem."""
    network = net.network
    above, below = (stem[1:], stem[:-1]) if upstream else (stem[:-1], stem[1:])
    steps = values[below] - values[above]
    top = np.nanmax(values[stem], initial=0.0)
    large = np.flatnonzero(steps > STEP * top)
    large = np.sort(large[np.argsort(-steps[large])][:MOST_STEPS])
    found = []
    for n in large.tolist():
        p, other = int(network.position[below[n]]), -1
        child, after = p + 1, p + int(network.size[p])
        while child < after:
            reach = int(network.order[child])
            if reach != above[n] and (other < 0 or values[reach] > values[other]):
                other = reach
            child += int(network.size[child])
        if other < 0 or not values[other] > STEP * top / 2:
            continue
        title = net.name(other) or net.key(other)
        found.append(Tributary(float(farther[n]), title, float(values[other])))
    return tuple(found)


def _on_profile(
    net: Rivers, way: Way, stem: Ints, nearer: Floats, farther: Floats, found: Sequence[OnTheWay]
) -> tuple[OnProfile, ...]:
    network = net.network
    number = {int(reach): n for n, reach in enumerate(stem.tolist())}
    ends = network.position[stem] + network.size[network.position[stem]]
    placed = []
    for one in found:
        reach = net.keys.get(one.reach)
        if reach is None:
            continue
        on_stem = reach in number
        far = one.distance_m
        if not on_stem:
            if not way.is_upstream:
                continue
            q = int(network.position[reach])
            n = int(np.searchsorted(-ends, -q, "left")) - 1  # the last whose subtree holds it
            n = min(n, int(np.searchsorted(network.position[stem], q, "right")) - 1)
            if n < 0:
                continue
            far = float(farther[n])
        words = f"{one.id} {one.title}".strip() if one.title != one.id else one.id
        placed.append(OnProfile(far, one.role, one.feature, words, on_stem))
    return tuple(placed)


def side_of(net: Rivers, place: Place, at: Any) -> str:
    """On which bank a place lies, looking downstream; empty where that is not known."""
    length = float(net.network.length_m[place.reach])
    step = min(20.0, length / 4)
    above = net.lines.point_at(place.reach, min(place.measure_m + step, length))
    below = net.lines.point_at(place.reach, max(place.measure_m - step, 0.0))
    if above is None or below is None or above == below or not np.isfinite(at).all():
        return ""
    along, aside = np.subtract(below, above), np.subtract(at, above)
    cross = float(along[0] * aside[1] - along[1] * aside[0])
    return "left" if cross > 0 else "right" if cross < 0 else ""
