"""The network doctor: planted faults are found, and a fix takes away what it is for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.algorithm import trace_upstream
from gisapp_plugins.upstream_tracing.columns import guess_columns
from gisapp_plugins.upstream_tracing.doctor import examine
from gisapp_plugins.upstream_tracing.doctor_check import check_rivers
from gisapp_plugins.upstream_tracing.doctor_edit import repairs_edit
from gisapp_plugins.upstream_tracing.doctor_graph import upstream_sums
from gisapp_plugins.upstream_tracing.doctor_repairs import (
    Repair,
    repairs_as_points,
    repairs_from,
    taken_back,
)
from gisapp_plugins.upstream_tracing.rivers import prepare
from gisapp_plugins.upstream_tracing.walk import trace_network
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.api import Features, Field, ParameterError, Project, Shapes, Silent
from gisapp.cli.program import run_program
from gisapp.io.vector import read_features
from gisapp.io.vector_writing import write_features

FAST = settings(max_examples=20, deadline=None)
CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 2_500_000.0
ARRAYS = ("position", "order", "size", "down", "head", "to_outlet_m", "length_m")

# a main river of four reaches to (0, 0) and two tributaries; made up
MAIN = [[(0, 4000), (30, 3500), (0, 3000)], [(0, 3000), (-20, 2600), (0, 2000)],
        [(0, 2000), (0, 1000)], [(0, 1000), (10, 500), (0, 0)]]  # fmt: skip
WEST = [(-900, 2900), (-400, 2500), (0, 2000)]
RIGHT = [(900, 1900), (400, 1500), (0, 1000)]
SOUND = [*MAIN, WEST, RIGHT]


def layer(lines, **columns):
    coords = np.array([place for line in lines for place in line], float)
    coords += np.array([EAST, NORTH])
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    n = len(lines)
    ids = np.array([str(i + 1) for i in range(n)], object)
    values = {name: np.array(column) for name, column in columns.items()}
    fields = tuple(Field(name) for name in values)
    return Features(CRS, fields, ids, values, Shapes("line", coords, starts, np.arange(n)))


def found(features, repairs=(), **said):
    """Findings by kind, with all counts."""
    diagnosis = examine(prepare(features, said.get("bridge_m", 0.0), tuple(repairs)), Silent(),
                        said.get("near_m", 200.0))  # fmt: skip
    by_kind = {}
    for finding in diagnosis.findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    for kind, some in by_kind.items():
        assert len(some) <= diagnosis.counts[kind]
    return diagnosis, by_kind


def test_a_sound_river_has_no_warning():
    diagnosis, by_kind = found(layer(SOUND))
    assert not [f for f in diagnosis.findings if f.severity == "warning"]
    assert diagnosis.counts["source"] == 3
    assert diagnosis.counts["sink"] == 1
    assert diagnosis.counts["component"] == 1
    [outlet] = by_kind["sink"]
    assert outlet.reaches == ("4",)
    assert outlet.place == pytest.approx((EAST, NORTH))


PLANTED = {
    "flipped": ([*MAIN, WEST[::-1], RIGHT], {"5"}),
    "gap": ([*MAIN, [*WEST[:2], (-100, 2110)], RIGHT], {"5"}),
    "end-to-line": ([*SOUND, [(700, 2500), (300, 2450), (8, 2450)]], {"7", "2"}),
    "crossing": ([*SOUND, [(-600, 1500), (600, 1600)]], {"3", "7"}),
    "closed": ([*SOUND, [(0, 1000), (-90, 1100), (-90, 900), (0, 1000)]], {"7"}),
    "duplicate-line": ([*SOUND, WEST[::-1]], {"7", "5"}),
    "parallel": ([*SOUND, [(0, 2000), (-90, 1500), (0, 1000)]], {"3", "7"}),
    "dangle": ([*SOUND, [(20, 3010), (0, 3000)]], {"7"}),
    "confluence": (
        [*SOUND, [(500, 3000), (0, 2000)], [(-500, 2100), (0, 2000)]], {"2", "5", "7", "8"}),
    "divergence": ([*SOUND, [(0, 2000), (-90, 1500), (0, 1000)]], {"2", "3", "7"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_found_where_it_is(kind):
    lines, reaches = PLANTED[kind]
    _, by_kind = found(layer(lines))
    assert any(set(f.reaches) & reaches for f in by_kind[kind])
    for finding in by_kind[kind]:
        assert finding.place is not None
        assert finding.reason
        assert finding.advice
        assert 0 < finding.confidence <= 1


@pytest.mark.parametrize("kind", PLANTED)
def test_a_fix_takes_its_finding_away_and_brings_no_other_warning(kind):
    features = layer(PLANTED[kind][0])
    before, by_kind = found(features)
    for finding in by_kind[kind]:
        if not finding.repairs:
            assert kind in ("confluence", "divergence")
            continue
        after, _ = found(features, finding.repairs)
        assert after.counts[kind] < before.counts[kind]
        worse = {
            f.kind for f in after.findings
            if f.severity == "warning" and after.counts[f.kind] > before.counts[f.kind]
        }  # fmt: skip
        # what goes on behind a crossing runs back to the river, against its line
        assert worse <= ({"flipped"} if kind == "crossing" else set())


def same(one, other):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one.network, name), getattr(other.network, name))
    np.testing.assert_array_equal(one.features.shapes.coords, other.features.shapes.coords)
    assert one.features.ids.tolist() == other.features.ids.tolist()


@pytest.mark.parametrize("kind", PLANTED)
def test_a_fix_taken_back_leaves_the_network_as_it_was(kind):
    features = layer(PLANTED[kind][0])
    coords = features.shapes.coords.copy()
    before = prepare(features)
    for finding in found(features)[1][kind]:
        if not finding.repairs:
            continue
        repairs = finding.repairs
        prepare(features, repairs=repairs)
        for repair in repairs:
            repairs = taken_back(repairs, repair)
        assert repairs == ()
        same(before, prepare(layer(PLANTED[kind][0]), repairs=repairs))
        np.testing.assert_array_equal(features.shapes.coords, coords)  # the layer is never changed


@st.composite
def damaged(draw):
    """A tree of lines on a plane with lines turned, cut short and drawn twice, and its damage."""
    n = draw(st.integers(2, 14))
    down = [-1, *(draw(st.integers(0, i - 1)) for i in range(1, n))]
    turned = [draw(st.booleans()) and draw(st.booleans()) for _ in range(n)]
    short = [d >= 0 and draw(st.integers(0, 5)) == 0 for d in down]
    twice = draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True))
    chance = np.random.default_rng(n)
    top = chance.uniform(-50_000, 50_000, (n, 2))
    feet = np.array([top[d] if d >= 0 else (-90_000.0, -90_000.0) for d in down])
    gap = 0.15 * np.hypot(*(top - feet).T).min()  # more than the tolerance
    lines = []
    for i, d in enumerate(down):
        foot = top[d] if d >= 0 else np.array((-90_000.0, -90_000.0))
        if short[i]:
            foot = foot + gap * (top[i] - foot) / np.hypot(*(top[i] - foot))
        line = [tuple(top[i]), tuple((top[i] + foot) / 2 + (1, 2)), tuple(foot)]
        lines.append(line[::-1] if turned[i] else line)
    return lines + [lines[i] for i in twice], 2 * gap


@FAST
@given(damaged(), st.data())
def test_fixes_one_after_the_other_never_bring_their_finding_back(made, data):
    lines, near = made
    features = layer(lines)
    steps = [()]
    networks = [prepare(features)]
    for _ in range(2):
        diagnosis, _ = found(features, steps[-1], near_m=near)
        fixable = [f for f in diagnosis.findings if f.repairs and f.kind != "crossing"]
        if not fixable:
            break
        finding = data.draw(st.sampled_from(fixable))
        steps.append((*steps[-1], *finding.repairs))
        after, _ = found(features, steps[-1], near_m=near)
        left = {(f.kind, frozenset(f.reaches)) for f in after.findings}
        assert (finding.kind, frozenset(finding.reaches)) not in left
        networks.append(prepare(features, repairs=steps[-1]))
    for repairs, network in zip(steps[::-1], networks[::-1], strict=True):  # undone one by one
        same(network, prepare(layer(lines), repairs=repairs))


def test_what_columns_say_is_checked_and_repaired_too():
    features = layer(
        [*SOUND, [(0, 9000), (0, 8000)]],
        reach_id=[1, 2, 3, 4, 5, 5, 7],
        next_down=[2, 3, 4, 2, 3, 4, 99],
        length_km=[1.0, 1.0, np.nan, 1.0, 1.0, 1.0, 1.0],
        upland_skm=[40.0, 50.0, 70.0, 75.0, 10.0, 10.0, 5.0],
        catch_skm=[10.0, 10.0, 10.0, 5.0, 10.0, 10.0, 5.0],
        slope=[0.001, 0.002, 3.85, 0.001, -0.2, 0.01, 0.0],
    )
    diagnosis, by_kind = found(features)
    wanted = {"cycle": 1, "duplicate-id": 1, "unknown-next": 1, "no-length": 1, "slope": 2}
    assert {k: diagnosis.counts[k] for k in wanted} == wanted
    for kind in ("cycle", "duplicate-id", "unknown-next"):
        [finding] = by_kind[kind]
        after, _ = found(features, finding.repairs)
        assert after.counts[kind] == 0
    assert by_kind["slope"][0].reaches == ("3",)


def test_missing_upstream_is_told_at_its_top_with_what_it_touches():
    features = layer(
        SOUND,
        reach_id=[1, 2, 3, 4, 5, 6],
        next_down=[2, 3, 4, 0, 3, 4],
        upland_skm=[110.0, 120.0, 140.0, 160.0, 10.0, 10.0],
        catch_skm=[10.0, 10.0, 10.0, 10.0, 10.0, 10.0],
    )
    [finding] = found(features)[1]["truncated"]
    assert finding.reaches == ("1",)
    assert "10.0 of 110.0" in finding.reason
    assert "3 below it, 3 of them" in finding.reason
    assert finding.place == pytest.approx((EAST, NORTH + 4000))
    report = check_rivers.run({"rivers": features})
    assert report.incomplete == ("1", "2", "3", "4")


def test_sums_over_side_branches_count_each_reach_once():
    features = layer(PLANTED["divergence"][0])
    net = prepare(features)
    own = np.arange(1.0, 8.0)
    sums, left = upstream_sums(net, own)
    assert left == 0
    for reach in range(len(features)):
        assert sums[reach] == pytest.approx(own[net.network.upstream(reach)].sum())


def test_a_split_reach_is_traced_as_two_and_shown_as_one():
    lines, _ = PLANTED["end-to-line"]
    features = layer(lines)
    [finding] = found(features)[1]["end-to-line"]
    repairs = repairs_as_points(finding.repairs, CRS)
    before = trace_upstream.run({"rivers": features, "start": "reach:4"})
    after = trace_upstream.run({"rivers": features, "start": "reach:4", "repairs": repairs})
    shown = {str(reach.feature) for reach in after.reaches}
    assert "7" in shown
    assert "7" not in {str(reach.feature) for reach in before.reaches}
    assert shown == {str(n) for n in range(1, 8)}
    keys = {reach.id for reach in after.reaches}
    assert "2/2" in keys
    length = {reach.id: reach.length_m for reach in after.reaches}
    assert length["2"] + length["2/2"] == pytest.approx(
        {r.id: r.length_m for r in before.reaches}["2"]
    )


@pytest.mark.parametrize("kind", ["end-to-line", "parallel", "flipped"])
def test_repaired_lines_written_into_a_file_are_the_same_network(kind, tmp_path, capsys):
    features = layer(PLANTED[kind][0])
    repairs = (*found(features)[1][kind][0].repairs, Repair("cut", "6"))
    if kind == "parallel":  # the divergence stays
        repairs = repairs[1:]
    made = prepare(features, repairs=repairs)
    lines, rows, out = (tmp_path / f"{name}.gpkg" for name in ("lines", "repairs", "out"))
    write_features(features, lines, CRS, Silent())
    write_features(repairs_as_points(repairs, CRS), rows, CRS, Silent())
    words = ["network", "repair", str(lines), "--repairs", str(rows), "--output", str(out)]
    assert run_program(["--lang", "en", *words, "--json"]) == 0
    again = prepare(read_features(out))
    assert again.topology is None  # the columns say what flows into what
    for reach in range(len(made.features)):
        upstream = sorted(made.network.upstream(reach).tolist())
        assert sorted(again.network.upstream(reach).tolist()) == upstream
    assert list(made.network.oddities.cycles) == list(again.network.oddities.cycles) == []


def test_the_network_is_followed_any_way_with_the_repairs():
    features = layer(PLANTED["gap"][0])
    [finding] = found(features)[1]["gap"]
    repairs = repairs_as_points(finding.repairs, CRS)
    asked = {"rivers": features, "start": "reach:5", "direction": "DM"}
    before, after = trace_network.run(asked), trace_network.run({**asked, "repairs": repairs})
    assert [r.id for r in before.reaches] == ["5"]
    assert [r.id for r in after.reaches] == ["5", "3", "4"]


def test_repairs_of_what_is_not_there_are_told_not_lost():
    report = check_rivers.run(
        {"rivers": layer(SOUND), "repairs": repairs_as_points([Repair("flip", "77")], CRS)}
    )
    assert [r.reach for r in report.not_applied] == ["77"]
    assert report.repairs == 0
    assert "not there: 1" in str(report)


def test_another_layer_is_not_a_list_of_repairs():
    with pytest.raises(ParameterError, match="no columns kind"):
        repairs_from(layer(SOUND), CRS)
    with pytest.raises(ParameterError, match="no repair turn"):
        repairs_from(repairs_as_points([Repair("turn", "1")], CRS), CRS)


def test_in_a_project_a_repair_is_an_edit_that_undo_takes_back():
    lines, _ = PLANTED["gap"]
    features = layer(lines)
    [finding] = found(features)[1]["gap"]
    empty = Project(crs=CRS)
    edit = repairs_edit(finding.repairs, empty, CRS)
    project = edit.apply(empty)
    [made] = project.layers
    table = project.table_of(made)
    assert made.role == "repairs"
    [kept] = repairs_from(table, CRS)
    [wanted] = finding.repairs
    assert (kept.kind, kept.reach, kept.other) == (wanted.kind, wanted.reach, wanted.other)
    assert kept.at == pytest.approx(wanted.at, abs=1e-3)
    assert found(features, [kept])[0].counts["gap"] == 0
    more = repairs_edit([Repair("flip", "1")], project, CRS)
    assert len(more.apply(project).table_of(made)) == 2
    back = edit.reversed().apply(project)
    assert back.layers == ()
    assert not back.tables


def test_the_command_lists_findings_and_takes_repairs(tmp_path: Path, capsys) -> None:
    lines, _ = PLANTED["gap"]
    rivers, repairs = tmp_path / "lines.gpkg", tmp_path / "repairs.gpkg"
    write_features(layer(lines, name=["a"] * len(lines)), rivers, CRS, Silent())

    def check(*words):
        capsys.readouterr()
        code = run_program(["--lang", "en", "network", "check", str(rivers), "--near", "200",
                            *map(str, words), "--json"])  # fmt: skip
        assert code == 0
        return json.loads(capsys.readouterr().out)["report"]

    report = check()
    [gap] = [f for f in report["findings"] if f["kind"] == "gap"]
    assert report["counts"]["gap"] == 1
    made = [Repair(r["kind"], r["reach"], r["other"], tuple(r["at"])) for r in gap["repairs"]]
    write_features(repairs_as_points(made, CRS), repairs, CRS, Silent())
    assert check("--repairs", repairs)["counts"]["gap"] == 0
    listed = check("--listed", 1)
    assert listed["counts"]["source"] == 3
    assert len([f for f in listed["findings"] if f["kind"] == "source"]) == 1


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ("HYRIV_ID NEXT_DOWN MAIN_RIV LENGTH_KM CATCH_SKM UPLAND_SKM DIS_AV_CMS",
         {"id": "HYRIV_ID", "next_down": "NEXT_DOWN", "length_km": "LENGTH_KM",
          "own_area_km2": "CATCH_SKM", "area_km2": "UPLAND_SKM", "discharge_m3s": "DIS_AV_CMS"}),
        ("COMID lengthkm lengthdir sinuosity slope uparea order NextDownID maxup up1",
         {"id": "COMID", "next_down": "NextDownID", "length_km": "lengthkm",
          "area_km2": "uparea", "slope": "slope"}),
        ("COMID LENGTHKM FromNode ToNode Divergence AreaSqKM TotDASqKM",
         {"id": "COMID", "from_node": "FromNode", "to_node": "ToNode", "length_km": "LENGTHKM",
          "divergence": "Divergence", "own_area_km2": "AreaSqKM", "area_km2": "TotDASqKM"}),
        ("link from to lon lat alt order Length n So ChSlp BtmWdth",
         {"id": "link", "next_down": "to", "slope": "So",
          "width_m": "BtmWdth", "roughness": "n"}),
    ],
)  # fmt: skip
def test_columns_of_known_river_data_are_understood(names, wanted):
    columns = guess_columns(names.split())
    assert {role: getattr(columns, role) for role in wanted} == wanted


@pytest.mark.real_data
def test_new_hope_drains_what_is_published(shared_data: Path) -> None:
    rivers = read_features(shared_data / "rivers/hydroloom/new_hope.gpkg")
    net = prepare(rivers)
    own = rivers.column("AreaSqKM").astype(float)
    published = rivers.column("TotDASqKM").astype(float)
    sums, left = upstream_sums(net, own)
    assert left == 0
    assert np.count_nonzero(np.abs(sums - published) < 0.01) == len(rivers) == 746
    assert found(rivers)[0].counts["truncated"] == 0


@pytest.mark.real_data
def test_merit_basins_of_iceland_add_up(shared_data: Path) -> None:
    folder = shared_data / "rivers/iceland"
    rivers = read_features(folder / "merit_basins27_rivers.parquet")
    catchments = read_features(folder / "merit_basins27_catchments.parquet")
    ids, area = catchments.column("comid").tolist(), catchments.column("area_km2").tolist()
    own = dict(zip(ids, area, strict=True))
    net = prepare(rivers)
    areas = np.array([own.get(comid, np.nan) for comid in rivers.column("comid").tolist()])
    assert np.isfinite(areas).all()
    sums, _ = upstream_sums(net, areas)
    published = rivers.column("uparea").astype(float)
    assert np.mean(np.abs(sums / published - 1) < 0.001) >= 0.999
