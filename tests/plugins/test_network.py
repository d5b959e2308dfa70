"""The slice index against a walk that anybody believes."""

from __future__ import annotations

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing import network as network_module
from gisapp_plugins.upstream_tracing.network import build_network, key_of
from hypothesis import given, settings
from hypothesis import strategies as st

FAST = settings(max_examples=150, deadline=None)


@st.composite
def forests(draw):
    """next_down of n reaches (-1: outlet), in an order that says nothing."""
    n = draw(st.integers(1, 40))
    down = [-1 if draw(st.booleans()) and i % 3 == 0 else draw(st.integers(-1, i - 1))
            for i in range(n)]  # fmt: skip
    shuffled = draw(st.permutations(range(n)))
    out = [0] * n
    for i, d in enumerate(down):
        out[shuffled[i]] = -1 if d < 0 else shuffled[d]
    return out


def walked(down, minor, start):
    """Reaches upstream and shortest ways to their lower ends, one step at a time."""
    lengths = lengths_of(len(down))
    into = [(u, d) for u, d in enumerate(down) if d >= 0] + list(minor)
    ways = {start: 0.0}
    changed = True
    while changed:
        changed = False
        for u, d in into:
            if d in ways and ways[d] + lengths[d] < ways.get(u, np.inf) - 1e-9:
                ways[u] = ways[d] + lengths[d]
                changed = True
    return ways


def lengths_of(n):
    return np.arange(1, n + 1) * 10.0 % 70 + 5


def network_of(down, minor=()):
    ids = np.arange(len(down)) + 100
    following = [0 if d < 0 else d + 100 for d in down]
    pairs = [(u + 100, d + 100) for u, d in minor]
    return build_network(ids, following, lengths_of(len(down)), minor=pairs)


@FAST
@given(forests())
def test_upstream_is_what_a_walk_finds_with_its_distances(down):
    net = network_of(down)
    for start in range(len(down)):
        ways = walked(down, (), start)
        upstream = net.upstream(start)
        assert upstream[0] == start
        assert set(upstream.tolist()) == set(ways)
        positions, distance = net.upstream_distances(int(net.position[start]))
        found = dict(zip(net.order[positions].tolist(), distance.tolist(), strict=True))
        assert found == pytest.approx(ways)


@FAST
@given(forests(), st.data())
def test_side_branches_are_followed_and_the_shortest_way_counts(down, data):
    pick = st.integers(0, len(down) - 1)
    minor = data.draw(st.lists(st.tuples(pick, pick), max_size=6))
    net = network_of(down, minor)
    for start in range(len(down)):
        ways = walked(down, minor, start)
        positions, distance = net.upstream_distances(int(net.position[start]))
        found = dict(zip(net.order[positions].tolist(), distance.tolist(), strict=True))
        assert found == pytest.approx(ways)
        assert set(net.upstream(start).tolist()) == set(ways)


@FAST
@given(forests())
def test_the_way_down_and_the_main_stem(down):
    net = network_of(down)
    upstream_m = {
        v: sum(lengths_of(len(down))[list(walked(down, (), v))]) for v in range(len(down))
    }
    for start in range(len(down)):
        way, at = [], start
        while at >= 0:
            way.append(at)
            at = down[at]
        assert net.downstream(start).tolist() == way
        stem, at = [start], start
        while above := [u for u, d in enumerate(down) if d == at]:
            at = max(above, key=lambda u: (upstream_m[u], -u))
            stem.append(at)
        assert [upstream_m[v] for v in net.main_stem(start)] == pytest.approx(
            [upstream_m[v] for v in stem]
        )


@FAST
@given(st.lists(st.integers(0, 14), min_size=1, max_size=15))
def test_any_nonsense_is_survived_and_cycles_are_reported(following):
    """Every reach may name any other, itself, or one that is not there."""
    n = len(following)
    net = build_network(np.arange(1, n + 1), following)
    assert sorted(net.order.tolist()) == list(range(n))
    on_cycles = set()
    for start in range(n):
        seen, at = [], start
        while at not in seen and 0 <= at < n:
            seen.append(at)
            at = following[at] - 1
        if 0 <= at < n:
            on_cycles.update(seen[seen.index(at) :])
    assert {m for cycle in net.oddities.cycles for m in cycle} == on_cycles
    unknown = {i for i, f in enumerate(following) if f > n}
    assert set(net.oddities.unknown_next) == unknown


def test_a_cycle_is_cut_and_what_flows_into_it_is_still_found():
    # 5 -> 4 -> 2 -> 3 -> 2 would go round for ever; 1 is by itself
    net = build_network([1, 2, 3, 4, 5], [0, 3, 2, 2, 4])
    assert net.oddities.cycles == ((1, 2),)
    assert set(net.upstream(1).tolist()) == {1, 2, 3, 4}  # cut below reach 2
    assert net.upstream(2).tolist() == [2]


def test_an_id_that_is_there_twice_is_left_out_and_told():
    net = build_network([7, 8, 7], [0, 7, 8], [10.0, 20.0, 30.0])
    assert net.oddities.duplicates == (2,)
    assert net.upstream(0).tolist() == [0, 1]
    assert net.position[2] == -1


@pytest.mark.parametrize("nothing", [None, float("nan"), "", 0, "0", -1])
def test_every_way_to_write_no_next_reach(nothing):
    ids = ["a", "b"] if isinstance(nothing, str) else [3, 4]
    net = build_network(np.array(ids, object), np.array([nothing, ids[0]], object))
    assert net.oddities.unknown_next == ()
    assert net.upstream(0).tolist() == [0, 1]


def test_numbers_and_texts_mean_the_same_reach():
    net = build_network(np.array(["12", "13"], object), np.array([float("nan"), 12.0]))
    assert net.upstream(0).tolist() == [0, 1]
    assert key_of(12.0) == key_of("12") == key_of(np.int32(12)) == "12"
    assert key_of(None) == key_of(float("nan")) == ""


def test_lengths_that_are_none_count_as_nothing_and_are_told():
    net = build_network([1, 2, 3], [0, 1, 2], [10.0, np.nan, -3.0])
    assert net.oddities.no_length == (1, 2)
    _, distance = net.upstream_distances(0)
    assert distance.tolist() == [0.0, 10.0, 10.0]


def test_a_network_without_reaches():
    net = build_network([], [])
    assert len(net) == 0


def test_a_river_of_one_hundred_thousand_reaches_in_a_row():
    n = 100_000
    net = build_network(np.arange(1, n + 1), np.arange(n), np.full(n, 2.0))
    assert len(net.upstream(0)) == n
    assert len(net.main_stem(0)) == n
    _, distance = net.upstream_distances(0)
    assert distance[-1] == 2.0 * (n - 1)


@settings(max_examples=60, deadline=None)
@given(forests(), st.integers(0, 2**31))
def test_the_compiled_order_is_the_same(down, seed):
    chance = np.random.default_rng(seed)
    ids = chance.permutation(len(down)) + 1
    following = np.array([ids[d] if d >= 0 else 0 for d in down])
    lengths = chance.integers(0, 5, len(down)).astype(float)
    for weight in (None, chance.integers(0, 4, len(down)).astype(float)):
        one = build_network(ids, following, lengths, weight=weight)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(network_module, "FROM", 0)
            other = build_network(ids, following, lengths, weight=weight)
        for name in ("position", "order", "size", "down", "head", "to_outlet_m"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_circle_is_cut_where_the_order_is_compiled_too(monkeypatch):
    monkeypatch.setattr(network_module, "FROM", 0)
    network = build_network([1, 2, 3, 4], [2, 3, 1, 1], np.ones(4))
    assert network.oddities.cycles == ((0, 1, 2),)
    assert len(network) == 4
