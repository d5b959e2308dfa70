"""Which reach flows into which, found from the lines alone.

Ends that lie together become nodes; gaps can be bridged; each reach is turned so that its water
goes to the outlet. What was done to a reach, why, and how sure that is, is kept for every one.

Rivers that part (islands, canals) keep all their branches. Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .network import path_sums

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Why a reach runs as it does, the most trusted first, and how sure that is (a judgement, 0 to 1).
GIVEN, OUTLET, ELEVATION, DIGITISED = "given", "outlet distance", "elevation", "digitised"
CONFIDENCE = {GIVEN: 1.0, OUTLET: 0.9, ELEVATION: 0.7, DIGITISED: 0.4}
BRIDGED = 0.8  # of the confidence of what lies above a bridge
CLEAR_DROP_M = 1.0  # smaller differences of elevation say nothing
NOT_THE_MOUTH = 3.0  # times farther a gap at another end than the mouth of a piece counts


@dataclass(frozen=True, eq=False)
class Ends:
    """First and last place of each line in a flat or spherical space in which distances are metres.

    first, last: n x 2 (metres) or n x 3 (on the globe, metres from its centre).
    length_m: n, along the lines.
    """

    first: Floats
    last: Floats
    length_m: Floats

    def __len__(self) -> int:
        return len(self.length_m)


@dataclass(frozen=True, eq=False)
class Bridges:
    """Gaps closed: the reach whose end was joined to another node, over how many metres."""

    reach: Ints
    gap_m: Floats

    def __len__(self) -> int:
        return len(self.reach)


@dataclass(frozen=True, eq=False)
class Topology:
    """Of n reaches the nodes at both ends, after turning; k nodes with their places.

    flipped: drawn against the flow. reason, confidence: why it runs so (constants above), 0 to 1.
    component: piece of the network a reach belongs to. outlets: nodes where water leaves.
    unreached: reaches from which no outlet can be reached.
    """

    from_node: Ints
    to_node: Ints
    places: Floats
    flipped: Flags
    reason: npt.NDArray[np.str_]
    confidence: Floats
    component: Ints
    outlets: Ints
    unreached: Ints
    bridges: Bridges
    tolerance_m: float

    def __len__(self) -> int:
        return len(self.from_node)


def ends_of(
    coords: Floats, starts: Ints, length_m: Floats, *, degrees: bool, unit_m: float = 1.0
) -> Ends:
    """The ends of lines, one part each: part p is coords[starts[p]:starts[p + 1]]."""
    first, last = coords[starts[:-1]], coords[starts[1:] - 1]
    return Ends(ends_at(first, degrees, unit_m), ends_at(last, degrees, unit_m), length_m)


def ends_at(places: Floats, degrees: bool, unit_m: float = 1.0) -> Floats:
    """Coordinates (n x 2) in a space in which distances are metres."""
    return _on_globe(places) if degrees else places * unit_m


def _on_globe(places: Floats) -> Floats:
    """Longitude and latitude in degrees to metres from the centre of a globe of 6,371,008.8 m."""
    x, y = np.radians(places).T
    flat = np.cos(y)
    return 6_371_008.8 * np.column_stack([flat * np.cos(x), flat * np.sin(x), np.sin(y)])


def usual_tolerance_m(ends: Ends) -> float:
    """A tenth of the shorter reaches (1 of 100 is shorter), never half of one or more."""
    lengths = ends.length_m[ends.length_m > 0]
    return float(0.1 * np.percentile(lengths, 1)) if len(lengths) else 0.0


def build_topology(
    ends: Ends,
    *,
    tolerance_m: float | None = None,
    bridge_m: float = 0.0,
    given: Flags | None = None,
    outlets: Floats | None = None,
    drop_m: Floats | None = None,
) -> Topology:
    """Join the ends and turn the reaches.

    tolerance_m: ends so near are one node (by default `usual_tolerance_m`). bridge_m: gaps up to
    this are closed where a piece of the network would have no outlet otherwise. given: reaches
    whose digitised direction is known to be right. outlets: known outlets, places in the space of
    `ends`; without them one is taken for each piece. drop_m: elevation of the first end less that
    of the last, NaN where unknown; only CLEAR_DROP_M or more counts.
    """
    n = len(ends)
    tolerance = usual_tolerance_m(ends) if tolerance_m is None else float(tolerance_m)
    if not n:
        none, text = np.empty(0, np.int64), np.empty(0, "<U1")
        bridges = Bridges(none, np.empty(0))
        flags, reals, places = np.empty(0, bool), np.empty(0), np.empty((0, 2))
        return Topology(
            none, none, places, flags, text, reals, none, none, none, bridges, tolerance
        )
    places, first, last = _nodes(ends, tolerance)
    known = _nearest(places, outlets) if outlets is not None and len(outlets) else None
    bridges, pairs = Bridges(np.empty(0, np.int64), np.empty(0)), np.empty((0, 2), np.int64)
    if bridge_m > 0:
        bridges, pairs = _bridges(places, first, last, known, bridge_m)
        places, first, last, known = _joined(places, first, last, known, pairs)
    component = _components(len(places), first, last)[first]
    if known is None:
        known = _likely_outlets(len(places), first, last, drop_m)
    away = _distance_to(len(places), first, last, ends.length_m, known)
    unreached = np.flatnonzero(~np.isfinite(away[first]) | ~np.isfinite(away[last]))
    flipped, reason = _turned(away, first, last, given, drop_m)
    confidence = np.array([CONFIDENCE[text] for text in reason.tolist()])
    if len(bridges):
        confidence = np.where(np.isin(component, component[bridges.reach]), confidence, confidence)
        confidence[bridges.reach] *= BRIDGED
    return Topology(
        np.where(flipped, last, first),
        np.where(flipped, first, last),
        places,
        flipped,
        reason,
        confidence,
        component,
        np.unique(known),
        unreached,
        bridges,
        tolerance,
    )


def next_reaches(topology: Topology, weight: Floats) -> tuple[Ints, Ints]:
    """The main next reach of each (-1: none), and the side ways: k x 2, from and to.

    Of several reaches that leave a node the one with the larger weight is the main way.
    """
    n = len(topology)
    order = np.lexsort((np.arange(n), -np.asarray(weight, np.float64), topology.from_node))
    leaving = topology.from_node[order]
    first = np.searchsorted(leaving, topology.to_node)
    count = np.searchsorted(leaving, topology.to_node, "right") - first
    loops = topology.from_node == topology.to_node
    count[loops] = 0
    main = np.where(count > 0, order[np.minimum(first, n - 1)], -1) if n else order
    more = np.flatnonzero(count > 1)
    times = count[more] - 1
    reach = np.repeat(more, times)
    branch = np.arange(len(reach)) - np.repeat(np.cumsum(times) - times, times) + 1
    side = np.column_stack([reach, order[first[reach] + branch]]) if len(reach) else None
    return main, np.empty((0, 2), np.int64) if side is None else side


def _nodes(ends: Ends, tolerance: float) -> tuple[Floats, Ints, Ints]:
    """Places of the nodes, and the nodes of the first and last ends."""
    from scipy.spatial import cKDTree

    n = len(ends)
    places = np.vstack([ends.first, ends.last])
    usable = np.isfinite(places).all(axis=1)
    label = np.arange(2 * n)
    if usable.any():
        tree = cKDTree(places[usable])
        pairs = tree.query_pairs(max(tolerance, 1e-9), output_type="ndarray")
        numbers = np.flatnonzero(usable)
        own = numbers[pairs[:, 1]] - numbers[pairs[:, 0]] == n
        pairs = pairs[~own]  # a line shorter than the tolerance still has two ends
        label = _merged(2 * n, numbers[pairs[:, 0]], numbers[pairs[:, 1]])
    count = np.bincount(label)
    middle = np.column_stack(
        [np.bincount(label, places[:, axis]) / count for axis in range(places.shape[1])]
    )
    return middle, label[:n], label[n:]


def _merged(count: int, first: Ints, second: Ints) -> Ints:
    """The group of each of `count` things after joining pairs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _components(nodes: int, first: Ints, last: Ints) -> Ints:
    return _merged(nodes, first, last)


def _nearest(places: Floats, wanted: Floats) -> Ints:
    from scipy.spatial import cKDTree

    usable = np.flatnonzero(np.isfinite(places).all(axis=1))
    return np.unique(usable[cKDTree(places[usable]).query(wanted)[1]])


def _bridges(
    places: Floats, first: Ints, last: Ints, outlets: Ints | None, farthest: float
) -> tuple[Bridges, Ints]:
    """Pairs of nodes to join, the shortest gaps first, until each piece has an outlet.

    A piece that is cut off is joined at its mouth rather than at another loose end. Pieces
    that own an outlet each stay apart.
    """
    from scipy.spatial import cKDTree

    count = len(places)
    piece = _components(count, first, last)
    mouth = np.zeros(count, bool)
    mouth[_mouths(count, first, last, piece)] = True
    degree = np.bincount(first, minlength=count) + np.bincount(last, minlength=count)
    usable = np.flatnonzero(np.isfinite(places).all(axis=1) & (degree > 0))
    pairs = usable[cKDTree(places[usable]).query_pairs(farthest, output_type="ndarray")]
    apart = piece[pairs[:, 0]] != piece[pairs[:, 1]]
    loose = (degree[pairs] == 1).any(axis=1)
    pairs = pairs[apart & loose]
    gap = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    cost = gap * np.where(mouth[pairs].any(axis=1), 1.0, NOT_THE_MOUTH)
    order = np.argsort(cost, kind="stable")
    has_outlet = np.zeros(int(piece.max()) + 1, bool)
    if outlets is not None:
        has_outlet[piece[outlets]] = True
    chosen = _chosen(pairs[order], piece, has_outlet)
    kept, gaps = pairs[order][chosen], gap[order][chosen]
    at = np.full(count, -1)
    at[last], at[first] = np.arange(len(last)), np.arange(len(first))
    at[last] = np.arange(len(last))
    loose_end = np.where(degree[kept[:, 0]] == 1, kept[:, 0], kept[:, 1]) if len(kept) else []
    return Bridges(at[np.asarray(loose_end, np.int64)], gaps), kept


def _chosen(pairs: Ints, piece: Ints, has_outlet: Flags) -> Ints:
    """Kruskal (1956): join pieces, the cheapest first, never two that have an outlet each."""
    parent = list(range(len(has_outlet)))
    owns = has_outlet.tolist()
    kept = []

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for number, (a, b) in enumerate(piece[pairs].tolist()):
        one, other = root(a), root(b)
        if one != other and not (owns[one] and owns[other]):
            parent[one] = other
            owns[other] = owns[other] or owns[one]
            kept.append(number)
    return np.array(kept, np.int64)


def _joined(
    places: Floats, first: Ints, last: Ints, outlets: Ints | None, pairs: Ints
) -> tuple[Floats, Ints, Ints, Ints | None]:
    """The nodes after bridging."""
    label = _merged(len(places), pairs[:, 0], pairs[:, 1])
    keep = np.unique(label, return_index=True)[1]
    known = None if outlets is None else np.unique(label[outlets])
    return places[keep], label[first], label[last], known


def _mouths(count: int, first: Ints, last: Ints, piece: Ints) -> Ints:
    """Of each piece the loose end that most lines, as they were drawn, lead to.

    Going from one node to the next with a line brings one vote, against it costs one; so a line
    drawn backwards, even the last one, does not move the mouth.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order

    roots = np.unique(piece, return_index=True)[1]
    ends = np.column_stack([np.append(first, np.full(len(roots), count)), np.append(last, roots)])
    links = coo_matrix((np.ones(len(ends), np.int8), ends.T), shape=(count + 1, count + 1)).tocsr()
    _, before = breadth_first_order(links, count, directed=False)
    before = np.asarray(before[:count], np.int64)
    number = np.full(count, -1)
    for start, end, vote in ((first, last, 1), (last, first, -1)):
        taken = np.flatnonzero(before[end] == start)
        number[end[taken]] = vote
    votes = path_sums(np.where(before == count, -1, before), np.where(before == count, 0, number))
    degree = np.bincount(first, minlength=count) + np.bincount(last, minlength=count)
    nodes = np.lexsort((-votes, degree != 1, piece))
    return nodes[np.unique(piece[nodes], return_index=True)[1]]


def _likely_outlets(count: int, first: Ints, last: Ints, drop_m: Floats | None) -> Ints:
    """One for each piece: where most lines lead, turned downhill where elevations are known."""
    piece = _components(count, first, last)
    if drop_m is None:
        return _mouths(count, first, last, piece)
    clear = np.abs(np.nan_to_num(drop_m)) >= CLEAR_DROP_M
    upper = np.where(clear & (drop_m < 0), last, first)
    lower = np.where(clear & (drop_m < 0), first, last)
    return _mouths(count, upper, lower, piece)


def _distance_to(count: int, first: Ints, last: Ints, length: Floats, outlets: Ints) -> Floats:
    """Metres along the network from each node to the nearest outlet; infinite where none is."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    low, high = np.minimum(first, last), np.maximum(first, last)
    weight = np.maximum(length, 1e-6)
    order = np.lexsort((weight, high, low))  # of parallel lines the shortest
    low, high, weight = low[order], high[order], weight[order]
    keep = np.ones(len(low), bool)
    keep[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    keep &= low != high
    ways = coo_matrix((weight[keep], (low[keep], high[keep])), shape=(count, count)).tocsr()
    return np.asarray(dijkstra(ways, directed=False, indices=outlets, min_only=True))


def _turned(
    away: Floats, first: Ints, last: Ints, given: Flags | None, drop_m: Floats | None
) -> tuple[Flags, Any]:
    """Which reaches run against their line, and why."""
    n = len(first)
    flipped = np.zeros(n, bool)
    reason = np.full(n, DIGITISED, dtype="<U16")
    if drop_m is not None:
        clear = np.abs(np.nan_to_num(drop_m)) >= CLEAR_DROP_M
        flipped[clear], reason[clear] = drop_m[clear] < 0, ELEVATION
    with np.errstate(invalid="ignore"):
        differ = np.isfinite(away[first]) & np.isfinite(away[last]) & (away[first] != away[last])
    flipped[differ], reason[differ] = away[first[differ]] < away[last[differ]], OUTLET
    if given is not None:
        flipped[given], reason[given] = False, GIVEN
    return flipped, reason
