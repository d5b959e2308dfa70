"""After a repair only the touched basins are numbered anew, and all is as if built again."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from gisapp_plugins.upstream_tracing import crossings as crossings_module
from gisapp_plugins.upstream_tracing import rivers as rivers_module
from gisapp_plugins.upstream_tracing.columns import guess_columns
from gisapp_plugins.upstream_tracing.doctor import examine
from gisapp_plugins.upstream_tracing.doctor_repairs import Repair, apply_repairs
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.renumbering import Basins, Change, renumbered
from gisapp_plugins.upstream_tracing.rivers import prepare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gisapp.api import Silent
from tests.plugins.test_doctor import SOUND, layer

SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ARRAYS = ("position", "order", "size", "down", "head", "to_outlet_m", "length_m", "minor_from",
          "minor_to")  # fmt: skip


def same_network(one, other):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.oddities == other.oddities


def built_again(features, repairs, bridge_m=0.0):
    """Everything from the start, with the tolerance of the layer as it was given."""
    before = prepare(features, bridge_m)
    repaired = apply_repairs(features, before.columns, repairs)
    return rivers_module._prepare(repaired.features, before.columns, bridge_m, repaired, before)


def same_rivers(one, other):
    same_network(one.network, other.network)
    assert one.features.ids.tolist() == other.features.ids.tolist()
    np.testing.assert_array_equal(one.lines.down, other.lines.down)
    np.testing.assert_array_equal(one.lines.reversed, other.lines.reversed)
    np.testing.assert_allclose(one.lines.part_m, other.lines.part_m)
    boxes = shapely.box(*one.features.shapes.boxes.T)
    known, wanted = (
        {(int(n), int(p)) for n, p in zip(*net.lines.tree.query(boxes), strict=True)}
        for net in (one, other)
    )
    assert known == wanted
    if other.topology is None:
        assert one.topology is None
        return
    mine, its = one.topology, other.topology
    for name in ("flipped", "reason", "confidence", "unreached"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(its, name), err_msg=name)
    same_names((mine.from_node, mine.to_node), (its.from_node, its.to_node))
    same_names((mine.component,), (its.component,))
    upper = np.isin(mine.to_node, mine.outlets)
    np.testing.assert_array_equal(upper, np.isin(its.to_node, its.outlets))
    np.testing.assert_allclose(mine.places[mine.from_node], its.places[its.from_node])


def same_names(ones, others):
    """Numbers may differ, but what is equal is equal in both."""
    one, other = np.concatenate(ones), np.concatenate(others)
    pairs = np.unique(np.column_stack([one, other]), axis=0)
    assert len(pairs) == len(np.unique(one)) == len(np.unique(other))


@st.composite
def networks(draw):
    """What flows into what, side branches and lengths in whole metres."""
    n = draw(st.integers(1, 40))
    down = [draw(st.integers(-1, k - 1)) if k else -1 for k in range(n)]
    mixed = draw(st.permutations(range(n)))
    named = np.full(n, -1)
    for k, d in enumerate(down):
        named[mixed[k]] = mixed[d] if d >= 0 else -1
    lengths = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), float)
    return named, lengths


@given(networks(), st.data())
@SOME
def test_any_change_of_what_flows_where_is_as_built_again(made, data):
    down, lengths = made
    n = len(down)
    weighed = data.draw(st.booleans())
    weight = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), float)
    given_weight = weight if weighed else None
    numbers = np.arange(1, n + 1)
    old = build_network(numbers, down + 1, lengths, weight=given_weight)
    at = data.draw(st.integers(0, n - 1))
    # somewhere it does not come from, so that no circle arises; or nowhere
    above = set(old.upstream(at).tolist())
    into = data.draw(st.sampled_from([-1, *(k for k in range(n) if k not in above)]))
    basins = Basins(old, given_weight)
    touched = basins.closed([at] if into < 0 else [at, into])
    rows = basins.reaches(touched)
    changed = down.copy()
    changed[at] = into
    local = np.full(n, -1)
    local[rows] = np.arange(len(rows))
    below = changed[rows]
    part_weight = None if given_weight is None else given_weight[rows]
    part = build_network(
        np.arange(1, len(rows) + 1), np.where(below >= 0, local[below] + 1, 0), lengths[rows],
        weight=part_weight,
    )  # fmt: skip
    change = Change(basins.starts[touched], rows, part, None, n)
    made_now = renumbered(basins, change, part_weight)
    same_network(made_now, build_network(numbers, changed + 1, lengths, weight=given_weight))


def far_away(lines, by):
    return [[(x + by, y) for x, y in line] for line in lines]


LINES = [*SOUND, *far_away(SOUND, 20_000), *far_away(SOUND[3:], 40_000)]
SIDE = [(0, 3000), (200, 2500), (0, 2000)]  # around an island


@pytest.mark.parametrize("either", [False, True])
@given(st.data())
@SOME
def test_repairs_of_plain_lines_are_as_built_again(either, data):
    lines = [*LINES, SIDE]
    columns = (
        {"flows": ["both" if k in (1, 8) else "" for k in range(len(lines))]} if either else {}
    )
    features = layer(lines, **columns)
    count = len(lines)
    chosen = st.integers(1, count).map(str)
    ends = st.sampled_from([p for line in lines for p in (line[0], line[-1], line[len(line) // 2])])
    repairs = data.draw(
        st.lists(
            st.builds(
                Repair, st.sampled_from(["flip", "bridge", "split", "cut", "drop"]), chosen, chosen,
                ends.map(lambda p: (p[0] + 500_000.0, p[1] + 2_500_000.0)),
            ),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    base = prepare(features)
    _ = base.lines.tree, base.lines.reversed, base.lines.part_m
    same_rivers(prepare(features, 0.0, tuple(repairs)), built_again(features, repairs))


PLACES = st.sampled_from([p for line in LINES for p in (line[0], line[-1], line[len(line) // 2])])


@st.composite
def sessions(draw, kinds, count):
    """Lists of repairs as they follow one another: some are taken back, one is put in."""
    chosen = st.integers(1, count).map(str)
    places = PLACES.map(lambda p: (p[0] + 500_000.0, p[1] + 2_500_000.0))
    repair = st.builds(Repair, st.sampled_from(kinds), chosen, chosen, places)
    now, lists = [], []
    for _step in range(draw(st.integers(2, 5))):
        gone = draw(st.booleans()) and len(now) > 1
        if gone:
            now = [r for k, r in enumerate(now) if k != draw(st.integers(0, len(now) - 1))]
        now = [*now, draw(repair)] if not gone or not now else now
        lists.append(tuple(now))
    return lists


def told(diagnosis):
    """All that was found, whatever its order among equals."""
    return sorted(map(repr, diagnosis.findings))


@given(sessions(["flip", "bridge", "split", "cut", "drop"], len(LINES) + 1))
@SOME
def test_each_list_of_a_session_is_as_built_again_and_tells_the_same(lists):
    features = layer([*LINES, [(-300, 600), (300, 700)]])  # the last one crosses
    examine(prepare(features), Silent(), 200.0)
    for repairs in lists:
        net, whole = prepare(features, 0.0, repairs), built_again(features, repairs)
        same_rivers(net, whole)
        found, wanted = (examine(one, Silent(), 200.0) for one in (net, whole))
        assert found.counts == wanted.counts
        assert told(found) == told(wanted)


@pytest.mark.parametrize("nodes", [False, True])
@given(st.data())
@SOME
def test_each_list_of_a_session_on_columns_is_as_built_again(nodes, data):
    features = columns_layer(nodes)
    examine(prepare(features), Silent())
    for repairs in data.draw(sessions(["flip", "bridge", "cut", "drop"], len(LINES))):
        net, whole = prepare(features, 0.0, repairs), built_again(features, repairs)
        same_rivers(net, whole)
        assert told(examine(net, Silent())) == told(examine(whole, Silent()))


def test_the_last_repair_costs_as_the_first(monkeypatch):
    features = layer(LINES)
    prepare(features)
    seen = []
    real = rivers_module.overlaid.__globals__["network_from_lines"]

    def watched(reaches, *rest):
        seen.append(len(reaches))
        return real(reaches, *rest)

    monkeypatch.setitem(rivers_module.overlaid.__globals__, "network_from_lines", watched)
    first, second = Repair("cut", "1"), Repair("cut", "7")
    prepare(features, 0.0, (first,))
    prepare(features, 0.0, (first, second))
    prepare(features, 0.0, (first,))  # taken back
    assert seen == [6, 6, 6]  # one basin each time, not that of the first repair again


def test_lines_are_compared_again_only_where_they_changed(monkeypatch):
    features = layer([*LINES, [(-300, 600), (300, 700)]])
    seen = []
    real = crossings_module._crossing

    def watched(lines, made, parts, progress):
        seen.append(len(parts))
        return real(lines, made, parts, progress)

    monkeypatch.setattr(crossings_module, "_crossing", watched)
    assert examine(prepare(features), Silent()).counts["crossing"] == 1
    net = prepare(features, 0.0, (Repair("drop", "9"),))
    assert examine(net, Silent()).counts["crossing"] == 1
    assert examine(net, Silent()).counts["crossing"] == 1
    assert seen == [len(LINES) + 1]  # of what is left nothing changed


def columns_layer(nodes):
    ids = [10 * (k + 1) for k in range(len(LINES))]
    down = [20, 30, 40, 0, 30, 40, 80, 90, 100, 0, 90, 100, 0, 130, 130]
    metres = [100 + 7 * k for k in range(len(LINES))]  # whole, so that sums do not hang on order
    if not nodes:
        return layer(LINES, reach_id=ids, next_down=down, length_m=metres)
    into = [f"n{d}" if d else f"sea{k}" for k, d in enumerate(down)]
    out = [f"n{i}" for i in ids]
    branch = [0] * len(LINES)
    out[4] = "n20"  # beside the reach 20: a side branch
    branch[4] = 2
    return layer(LINES, from_node=out, to_node=into, divergence=branch, length_m=metres)


@pytest.mark.parametrize("nodes", [False, True])
@given(st.data())
@SOME
def test_repairs_of_what_columns_say_are_as_built_again(nodes, data):
    features = columns_layer(nodes)
    assert guess_columns(f.name for f in features.fields).connected
    chosen = st.integers(1, len(LINES)).map(str)
    kinds = st.sampled_from(["flip", "bridge", "cut", "drop"])
    repairs = data.draw(st.lists(st.builds(Repair, kinds, chosen, chosen), min_size=1, max_size=4))
    base = prepare(features)
    _ = base.lines.tree, base.lines.reversed, base.lines.part_m
    same_rivers(prepare(features, 0.0, tuple(repairs)), built_again(features, repairs))


def test_other_basins_are_copied_not_ordered(monkeypatch):
    features = columns_layer(nodes=False)
    prepare(features)
    seen = []
    real = rivers_module.overlaid.__globals__["network_from_columns"]

    def watched(reaches, *rest):
        seen.append(len(reaches))
        return real(reaches, *rest)

    monkeypatch.setitem(rivers_module.overlaid.__globals__, "network_from_columns", watched)
    cut = prepare(features, 0.0, (Repair("cut", "2"),))
    assert seen == [6]  # the one basin of six reaches
    assert len(cut.network.upstream(3)) == 4  # without the two above the cut
    assert prepare(features).network.size.max() == 6  # the network without repairs is as it was


def test_where_gaps_were_closed_or_ids_are_double_all_is_built_again():
    lines = [*LINES[:5], [(900, 1900), (400, 1500), (20, 1000)], *LINES[6:]]
    features = layer(lines)
    repairs = (Repair("cut", "5"),)
    wide = prepare(features, 150.0, repairs)
    same_network(wide.network, built_again(features, repairs, 150.0).network)
    double = layer(LINES[:3], reach_id=[10, 10, 30], next_down=[30, 30, 0])
    dropped = prepare(double, 0.0, (Repair("drop", "1"),))
    assert dropped.network.oddities.duplicates == ()
