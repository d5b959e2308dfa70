"""Findings that follow from what flows into what."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from gisapp.api import tr

from .doctor_finding import Found, NetworkFinding, Pen
from .doctor_repairs import CUT, DROP, FLIP
from .network import Floats, Ints
from .rivers import TRUNCATED, Rivers, numbers
from .topology import DIGITISED, ELEVATION, OUTLET

MANY_INFLOWS = 3
STEEP = 0.5  # metres a metre; steeper is a waterfall or a fault
CLOSURES = 2_000  # upstream sets over side branches that are added up one by one
SHOWN = 12  # reaches named in one finding


def graph_checks(pen: Pen, most: int) -> Iterator[Found]:
    """Everything but what needs the lines."""
    yield from _input_faults(pen, most)
    yield truncated(pen, most)
    yield _flipped(pen, most)
    yield _unreached(pen, most)
    yield _slopes(pen, most)
    yield _confluences(pen, most)
    yield _divergences(pen, most)
    yield from _pieces(pen, most)


def _input_faults(pen: Pen, most: int) -> Iterator[Found]:
    odd = pen.net.network.oddities

    def cycles() -> Iterator[NetworkFinding]:
        for cycle in odd.cycles[:most]:
            words = tr("{n} reaches flow in a circle; it is cut below {id}").format(
                n=len(cycle), id=pen.net.key(cycle[0])
            )
            repairs = (pen.repair(CUT, cycle[0], why=words),)
            yield pen.finding("cycle", cycle[:SHOWN], words, 1.0, repairs=repairs)

    def twice() -> Iterator[NetworkFinding]:
        for reach in odd.duplicates[:most]:
            words = tr("Reach {id} is there before").format(id=pen.net.key(reach))
            repairs = (pen.repair(DROP, reach, why=words),)
            yield pen.finding("duplicate-id", [reach], words, 1.0, repairs=repairs)

    def unknown() -> Iterator[NetworkFinding]:
        sizes = pen.net.network.size[pen.net.network.position[list(odd.unknown_next)]]
        for reach in np.array(odd.unknown_next)[np.argsort(-sizes, kind="stable")][:most].tolist():
            words = tr("What lies below {id} is not in the data").format(id=pen.net.key(reach))
            repairs = (pen.repair(CUT, reach, why=words),)
            yield pen.finding("unknown-next", [reach], words, 1.0, repairs=repairs)

    def short() -> Iterator[NetworkFinding]:
        for reach in odd.no_length[:most]:
            words = tr("Reach {id} has no usable length").format(id=pen.net.key(reach))
            yield pen.finding("no-length", [reach], words, 1.0)

    yield Found("cycle", len(odd.cycles), cycles)
    yield Found("duplicate-id", len(odd.duplicates), twice)
    yield Found("unknown-next", len(odd.unknown_next), unknown)
    yield Found("no-length", len(odd.no_length), short)


def upstream_sums(net: Rivers, own: Floats) -> tuple[Floats, int]:
    """Of each reach the sum over all that is upstream (each once), NaN where it was not added up.

    Without side branches all at once; with them one by one, up to CLOSURES; how many were not.
    """
    network = net.network
    total = np.append(0.0, np.cumsum(np.nan_to_num(own)[network.order]))
    p = np.arange(len(network))
    end = p + network.size
    inside = total[end] - total[p]
    found = np.full(len(network.position), np.nan)
    if len(network.minor_to):
        braided = np.searchsorted(network.minor_to, p) < np.searchsorted(network.minor_to, end)
        places = np.flatnonzero(braided)
        inside[places] = np.nan
        for place in places[:CLOSURES].tolist():
            upstream = network.upstream(int(network.order[place]))
            inside[place] = np.nansum(own[upstream])
        left = max(0, len(places) - CLOSURES)
    else:
        left = 0
    found[network.order] = inside
    return found, left


def truncated_reaches(net: Rivers) -> tuple[Ints, Floats, Floats]:
    """Reaches of which a part of the published upstream area is missing; published; in the data."""
    none = np.empty(0, np.int64), np.empty(0), np.empty(0)
    published = numbers(net.features, net.columns.area_km2)
    own = numbers(net.features, net.columns.own_area_km2)
    if published is None or own is None:
        return none
    inside, _ = upstream_sums(net, own)
    with np.errstate(invalid="ignore"):
        short = np.flatnonzero((published > 0) & (published > TRUNCATED * inside))
    return short, published[short], inside[short]


def truncated(pen: Pen, most: int) -> Found:
    """Where water comes in that the data does not hold, and how far down that is felt."""
    net = pen.net
    short, published, inside = truncated_reaches(net)
    touched = np.zeros(len(net.features), bool)
    touched[short] = True
    p = net.network.position
    below = np.where(p >= 0, net.network.down[p], -1)
    down = np.where(below >= 0, net.network.order[below], -1)
    fed = np.zeros(len(net.features), bool)  # its missing area is (also) that of a reach above
    fed[down[short][down[short] >= 0]] = True
    missing = published - inside
    tops = np.flatnonzero(~fed[short])
    tops = tops[np.argsort(-missing[tops], kind="stable")]

    def make() -> Iterator[NetworkFinding]:
        for n in tops[:most].tolist():
            reach = int(short[n])
            way = net.network.downstream(reach)
            words = tr(
                "{there} of {all} km² are in the data; traces from this reach and {n} below "
                "it, {more} of them clearly, miss the rest"
            ).format(
                there=f"{inside[n]:.1f}",
                all=f"{published[n]:.1f}",
                n=len(way) - 1,
                more=int(touched[way[1:]].sum()),
            )
            yield pen.finding("truncated", [reach], words, 0.95, at=pen.upper[reach])

    return Found("truncated", len(tops), make)


def _flipped(pen: Pen, most: int) -> Found:
    made = pen.net.topology
    back = made.flipped if made is not None else pen.net.lines.reversed
    reaches = np.flatnonzero(back)
    if made is not None:
        reaches = reaches[np.argsort(-made.confidence[reaches], kind="stable")]

    def make() -> Iterator[NetworkFinding]:
        why = {
            OUTLET: tr("The way to the outlet is shorter from its first end"),
            ELEVATION: tr("It falls from its last end to its first"),
            DIGITISED: tr("It is drawn against what flows into it"),
        }
        for reach in reaches[:most].tolist():
            if made is None:
                words, sure = tr("The reach below lies at its first end"), 1.0
            else:
                words = why.get(str(made.reason[reach]), str(made.reason[reach]))
                sure = float(made.confidence[reach])
            repairs = (pen.repair(FLIP, reach, why=words),)
            yield pen.finding("flipped", [reach], words, sure, repairs=repairs)

    return Found("flipped", len(reaches), make)


def _unreached(pen: Pen, most: int) -> Found:
    made = pen.net.topology
    reaches = made.unreached if made is not None else np.empty(0, np.int64)

    def make() -> Iterator[NetworkFinding]:
        for reach in reaches[:most].tolist():
            yield pen.finding("unreached", [reach], tr("No way leads from it to an outlet"), 1.0)

    return Found("unreached", len(reaches), make)


def _slopes(pen: Pen, most: int) -> Found:
    slope = numbers(pen.net.features, pen.net.columns.slope)
    slope = np.empty(0) if slope is None else slope
    with np.errstate(invalid="ignore"):
        reaches = np.flatnonzero((slope < 0) | (slope > STEEP))
    reaches = reaches[np.argsort(-np.abs(slope[reaches]), kind="stable")]

    def make() -> Iterator[NetworkFinding]:
        for reach in reaches[:most].tolist():
            words = tr("A slope of {slope} m/m").format(slope=f"{slope[reach]:.3g}")
            yield pen.finding("slope", [reach], words, 0.9)

    return Found("slope", len(reaches), make)


def _confluences(pen: Pen, most: int) -> Found:
    net, made = pen.net, pen.net.topology
    if made is not None:
        into, count = made.to_node, np.bincount(made.to_node, minlength=len(made.places))
    else:
        p = net.network.position
        below = np.where(p >= 0, net.network.down[p], -1)
        into = np.where(below >= 0, net.network.order[below], len(p))
        count = np.bincount(into, minlength=len(p) + 1)
        count[len(p)] = 0
    nodes = np.flatnonzero(count > MANY_INFLOWS)
    nodes = nodes[np.argsort(-count[nodes], kind="stable")]

    def make() -> Iterator[NetworkFinding]:
        for node in nodes[:most].tolist():
            reaches = np.flatnonzero(into == node).tolist()
            words = tr("{n} reaches flow in at one place").format(n=len(reaches))
            yield pen.finding("confluence", reaches[:SHOWN], words, 0.5)

    return Found("confluence", len(nodes), make)


def _divergences(pen: Pen, most: int) -> Found:
    """With the share of each branch where the data says what they carry."""
    net = pen.net.network
    tops = np.unique(net.minor_from)
    flow = numbers(pen.net.features, pen.net.columns.discharge_m3s)

    def make() -> Iterator[NetworkFinding]:
        for top in tops[:most].tolist():
            feet = net.minor_to[net.minor_from == top].tolist()
            if net.down[top] >= 0:
                feet.insert(0, int(net.down[top]))
            branches = net.order[feet].tolist()
            words = tr("The river parts into {n} branches, {id} is the main one").format(
                n=len(branches), id=pen.net.key(branches[0])
            )
            if flow is not None and np.nansum(flow[branches]) > 0:
                shares = np.nan_to_num(flow[branches]) / np.nansum(flow[branches])
                words += ": " + ", ".join(f"{100 * s:.0f} %" for s in shares)
            reach = int(net.order[top])
            yield pen.finding("divergence", [reach, *branches[: SHOWN - 1]], words, 0.9)

    return Found("divergence", len(tops), make)


def _pieces(pen: Pen, most: int) -> Iterator[Found]:
    net, made = pen.net.network, pen.net.topology
    outlets = np.flatnonzero(net.down < 0)
    outlets = outlets[np.argsort(-net.size[outlets], kind="stable")]
    pieces = outlets
    if made is not None and len(outlets):
        of = made.component[net.order[outlets]]
        pieces = outlets[np.sort(np.unique(of, return_index=True)[1])]

    def drains(place: int) -> str:
        reaches = net.order[place : place + int(net.size[place])]
        return tr("{n} reaches, {km} km of river").format(
            n=len(reaches), km=f"{net.length_m[reaches].sum() / 1000:.1f}"
        )

    def components() -> Iterator[NetworkFinding]:
        for place in islice(pieces.tolist(), 1, most + 1):
            yield pen.finding("component", [int(net.order[place])], drains(place), 0.9)

    def sinks() -> Iterator[NetworkFinding]:
        for place in outlets[:most].tolist():
            yield pen.finding("sink", [int(net.order[place])], drains(place), 0.9)

    fed = np.zeros(len(net), bool)
    fed[net.down[net.down >= 0]] = True
    fed[net.minor_to] = True
    springs = net.order[np.flatnonzero(~fed)]

    def sources() -> Iterator[NetworkFinding]:
        for reach in springs[:most].tolist():
            words = tr("Nothing flows into it")
            yield pen.finding("source", [reach], words, 0.9, at=pen.upper[reach])

    yield Found("component", len(pieces), components)
    yield Found("sink", len(outlets), sinks)
    yield Found("source", len(springs), sources)
