"""Checks of a survey: what each finds, what it leaves alone, and what mending does."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.survey_ground import metres_between
from gisapp.analysis.survey_rules_record import next_free
from gisapp.app.rules import check_survey, counts, fix_edit, task_edit
from gisapp.model.edit import change_feature
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureId, Features, Shapes
from gisapp.model.field import Field
from gisapp.model.outfall_record import change_outfall, related
from gisapp.model.progress import Cancelled
from gisapp.model.project import Project
from gisapp.model.survey_scheme import usual_scheme
from gisapp.model.table import GEOMETRY
from gisapp.model.workflow import blocked
from tests.survey_project import survey_project

TODAY = "2026-06-01"
WHOLE = {"kind": "outfall", "state": "to_verify"}


def outfalls(**rows) -> dict:
    return {fid: {"name": f"Made-up {fid}", **WHOLE, **row} for fid, row in rows.items()}


def moved(project: Project, **places) -> Project:
    table = project.tables["outfalls"]
    for fid, place in places.items():
        point = None if place is None else shapely.Point(*place)
        edit = change_feature("Move", project.tables["outfalls"], FeatureId(fid), {GEOMETRY: point})
        project = edit.apply(project)
    assert table.crs == "EPSG:4490"
    return project


def rivers() -> Features:
    """A reach from west to east, one below it drawn against the water."""
    coords = np.array([[105.0, 30.0], [105.01, 30.0], [105.02, 30.0], [105.01, 30.0]])
    fields = (Field("reach_id", "integer"), Field("next_down", "integer"), Field("name"))
    columns = {
        "reach_id": np.array([1, 2], object),
        "next_down": np.array([2, None], object),
        "name": np.array(["甲河", "乙河"], object),
    }
    shapes = Shapes("line", coords, np.array([0, 2, 4]), np.array([0, 1]))
    return Features("EPSG:4490", fields, np.array(["1", "2"], object), columns, shapes)


def areas(fields: dict[str, str], west: float = 104.999, east: float = 105.005) -> Features:
    south, north = 29.99, 30.01
    coords = np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])
    shapes = Shapes("area", coords, np.array([0, 5]), np.array([0]))
    columns = {name: np.array([value], object) for name, value in fields.items()}
    made = tuple(Field(name) for name in fields)
    return Features("EPSG:4490", made, np.array(["a"], object), columns, shapes)


def found(project: Project, kind: str, layers=None, **more) -> list:
    answer = check_survey(project, layers or {}, TODAY, **more)
    return [one for some in answer.found if some.kind.id == kind for one in some]


def test_a_table_that_is_no_survey_is_refused():
    with pytest.raises(ProjectError, match="no survey of outfalls"):
        check_survey(Project(), {}, TODAY)


def test_points_without_a_place_at_the_origin_or_with_swapped_axes():
    project = survey_project(outfalls(a={}, b={}, c={}, d={}))
    project = moved(project, a=None, b=(0.0, 0.0), c=(30.0, 105.0))
    assert {one.feature for one in found(project, "place")} == {"a", "b", "c"}


def test_of_two_near_points_the_later_is_named_and_merging_keeps_what_both_know():
    project = survey_project(
        outfalls(a={"code_local": "A"}, b={"river": "甲河", "photos": '["p.jpg"]'}),
        monitoring={"m": {"outfall_id": "b", "ph": 7.0, "monitored_at": "2026-05-01"}},
    )
    project = moved(project, b=(105.0001, 30.0))
    [one] = found(project, "near")
    assert (one.feature, one.others) == ("b", ("a",))
    assert "10 m" in one.message
    edit = fix_edit(project, [one])
    after = edit.apply(project)
    assert list(after.tables["outfalls"].ids) == ["a"]
    row = after.tables["outfalls"].row("a")
    assert (row["river"], row["photos"], row["code_local"]) == ("甲河", '["p.jpg"]', "A")
    assert [fid for fid, _ in related(after, "monitoring", "a")] == ["m"]
    back = edit.reversed().apply(after)
    assert back.tables["outfalls"].row("b") == project.tables["outfalls"].row("b")
    assert found(after, "near") == []


def test_the_distance_is_the_projects_own():
    project = moved(survey_project(outfalls(a={}, b={})), b=(105.0001, 30.0))
    assert found(project, "near", values={"near_m": 5.0}) == []
    own = replace(project, scheme=replace(usual_scheme(), rule_values=(("near_m", 5.0),)))
    assert found(own, "near") == []


def test_a_code_that_two_have_and_the_next_free_one():
    project = survey_project(
        outfalls(a={"code_local": "W-001"}, b={"code_local": "W-001"}, c={"code_local": "W-002"})
    )
    [one] = found(project, "code_twice")
    assert one.feature == "b"
    after = fix_edit(project, [one]).apply(project)
    assert after.tables["outfalls"].row("b")["code_local"] == "W-003"
    assert found(after, "code_twice") == []


def test_codes_against_the_pattern_and_the_county():
    scheme = replace(usual_scheme(), code_national=r"[A-Z]{2}-(?P<county>\d{6})-\d{4}")
    project = survey_project(
        outfalls(
            a={"code_national": "FA-500101-0001"},
            b={"code_national": "ＦＡ-500101-0002"},
            c={"code_national": "FA-500102-0003"},
        )
    )
    project = replace(project, scheme=scheme)
    counties = areas({"name": "甲县", "code": "500101"})
    [form] = found(project, "code_form")
    assert form.feature == "b"
    after = fix_edit(project, [form]).apply(project)
    assert after.tables["outfalls"].row("b")["code_national"] == "FA-500101-0002"
    [county] = found(project, "code_county", {"counties": counties})
    assert county.feature == "c"
    assert "500102" in county.message


def test_the_county_around_the_point_is_written_for_all_at_once():
    project = survey_project(outfalls(a={"county": "乙县"}, b={"county": "甲县"}, c={}))
    layers = {"counties": areas({"name": "甲县"})}
    listed = found(project, "county", layers)
    assert {one.feature for one in listed} == {"a", "c"}
    edit = fix_edit(project, listed)
    after = edit.apply(project)
    assert set(after.tables["outfalls"].column("county")) == {"甲县"}
    assert edit.label.startswith("Fix 2 findings")
    assert "county" not in counts(check_survey(after, layers, TODAY))


def test_without_its_layer_a_check_is_named_as_not_done():
    answer = check_survey(survey_project(outfalls(a={})), {}, TODAY)
    assert answer.unchecked["county"] == "counties"
    assert answer.unchecked["bank"] == "rivers"


def test_an_outfall_in_a_zone_is_hinted_until_closing_is_on_record():
    project = survey_project(outfalls(a={}, b={"state": "not_outfall"}))
    layers = {"zones": areas({"name": "水源地", "level": "二"})}
    [one] = found(project, "zone", layers)
    assert "closed by law" in one.message
    after = fix_edit(project, [one]).apply(project)
    [(_, row)] = related(after, "rectification", "a")
    assert row["type"] == "依法取缔"
    assert found(after, "zone", layers) == []


def test_in_the_outer_zone_nothing_is_proposed():
    project = survey_project(outfalls(a={}))
    [one] = found(project, "zone", {"zones": areas({"name": "水源地", "level": "准"})})
    assert one.proposal is None


def test_bank_and_reach_looking_downstream_however_the_line_is_drawn():
    project = survey_project(
        outfalls(
            a={"bank": "右岸", "receiving_reach": 1},
            b={"bank": "左岸", "receiving_reach": 2},
            c={"bank": "左岸", "receiving_reach": 2},
            d={"receiving_reach": 77},
            e={"bank": "左岸", "receiving_reach": 1},
        )
    )
    # reach 1 goes east: north is left. Reach 2 is drawn westward and is the last: as drawn
    project = moved(
        project, a=(105.005, 30.0005), b=(105.015, 30.0005), c=(105.005, 30.0005),
        d=(105.005, 29.9995), e=(105.005, 30.05),
    )  # fmt: skip
    layers = {"rivers": rivers()}
    banks = found(project, "bank", layers)
    assert {one.feature: one.proposal.changes["bank"] for one in banks} == {
        "a": "左岸",
        "b": "右岸",
    }
    reaches = {one.feature: one for one in found(project, "reach", layers)}
    assert set(reaches) == {"c", "d", "e"}
    assert "There is no reach 77" in reaches["d"].message
    after = fix_edit(project, list(reaches.values())).apply(project)
    table = after.tables["outfalls"]
    assert (table.row("c")["receiving_reach"], table.row("c")["river"]) == (1, "甲河")
    assert table.row("e")["receiving_reach"] == 1  # 5.5 km away: nothing could be proposed


def test_a_point_in_the_water_moves_to_the_bank():
    project = moved(survey_project(outfalls(a={})), a=(105.0, 30.0))
    layers = {"water": areas({"name": "甲河"}, 104.9990, 105.0050)}
    [one] = found(project, "in_water", layers)
    after = fix_edit(project, [one]).apply(project)
    place = after.tables["outfalls"].row("a")[GEOMETRY]
    assert place.x == pytest.approx(104.999, abs=1e-6)
    assert found(after, "in_water", layers) == []


def test_states_without_evidence_are_those_the_workflow_names():
    project = survey_project(
        outfalls(
            a={"state": "monitored", "category": "城镇雨洪排口"},
            b={"state": "monitored", "category": "暂无法确定"},
            c={"state": "closed"},
            d={"state": "verified", "photos": '["p.jpg"]'},
            e={"state": "suspected"},
        ),
        monitoring={"m": {"outfall_id": "a"}},
        site_visits={"v": {"outfall_id": "d"}},
        rectification={"r": {"outfall_id": "c", "accepted_by": "市局", "photos_after": "[]"}},
    )
    told = {o.feature for k in ("required", "evidence") for o in found(project, k)}
    assert told == set(blocked(project, project.tables["outfalls"].ids.tolist()))


def test_values_units_dates_and_numbers_that_cannot_be():
    project = survey_project(
        outfalls(a={}, b={}),
        monitoring={
            "m": {"outfall_id": "a", "ph": 71.0, "flow_value": 3.0, "monitored_at": "2027-01-01"},
            "n": {"outfall_id": "b", "water_temp_c": -40.0, "flow_value": 0.0, "flow_unit": "m³/d"},
        },
        rectification={
            "r": {"outfall_id": "a", "started_at": "2026-03-02", "finished_at": "2026-03-01"}
        },
        tracing_sources={"s": {"outfall_id": "b", "uscc": "91350100M000100Y4A"}},
    )
    values = found(project, "value")
    assert {(o.feature, o.field) for o in values} == {("a", "ph"), ("b", "water_temp_c")}
    assert [o.feature for o in found(project, "unit")] == ["a"]
    assert {o.field for o in found(project, "date")} == {"monitored_at", "finished_at"}
    [number] = found(project, "number")
    assert number.field == "uscc"
    every = [*values, *found(project, "unit")]
    after = fix_edit(project, every).apply(project)
    assert after.tables["monitoring"].row("m")["ph"] is None
    assert after.tables["monitoring"].row("m")["flow_unit"] == "m³/d"
    assert found(after, "value") == []


def test_photos_missing_far_and_of_another_time():
    near = {"lon": 105.0, "lat": 30.0, "file": "near.jpg"}
    project = survey_project(
        outfalls(a={"photos": json.dumps(["far.jpg", "near.jpg"])}, b={"state": "returned"}, c={}),
        site_visits={"v": {"outfall_id": "a", "visited_at": "2026-05-01"}},
        outfall_photos={
            "f": {"outfall_id": "a", "lon": 105.01, "lat": 30.0, "file": "far.jpg"},
            "n": {"outfall_id": "a", **near, "taken_at": "2026-05-03T08:00:00+08:00"},
            "o": {"outfall_id": "a", **near, "taken_at": "2025-05-01T08:00:00+08:00"},
        },
    )
    table = project.tables["outfall_photos"]
    no_place = {fid: {GEOMETRY: None} for fid in table.ids}
    project = project.with_table(table.with_rows(no_place))
    assert [o.feature for o in found(project, "photo_missing")] == ["b"]
    [far] = found(project, "photo_far")
    assert "far.jpg was taken 965 m away" in far.message
    [late] = found(project, "photo_time")
    assert "365 days" in late.message
    after = fix_edit(project, [far]).apply(project)
    assert after.tables["outfall_photos"].row("f")["outfall_id"] is None
    assert json.loads(after.tables["outfalls"].row("a")["photos"]) == ["near.jpg"]


def test_what_is_left_as_it_is_is_not_found_again_and_undo_brings_it_back():
    project = moved(survey_project(outfalls(a={}, b={})), b=(105.0001, 30.0))
    [one] = found(project, "near")
    edit = task_edit(project, [one], leave=True, why="two pipes", today=TODAY)
    after = edit.apply(project)
    answer = check_survey(after, {}, TODAY)
    assert "near" not in counts(answer)
    assert answer.left == {"near": 1}
    [fid] = after.tables["tasks"].ids
    assert after.tables["tasks"].row(fid)["result"] == "two pipes"
    assert task_edit(after, [one], leave=True) is None
    assert len(found(edit.reversed().apply(after), "near")) == 1


def test_a_finding_made_a_task_is_still_open():
    project = survey_project(outfalls(a={"state": "closed"}))
    [one] = found(project, "evidence")
    after = task_edit(project, [one], leave=False).apply(project)
    assert len(found(after, "evidence")) == 1
    [fid] = after.tables["tasks"].ids
    assert after.tables["tasks"].row(fid)["origin"] == "rule:evidence"


def test_a_stopped_check_stops():
    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        check_survey(survey_project(outfalls(a={})), {}, TODAY, Stopped())


_row = st.fixed_dictionaries(
    {
        "state": st.sampled_from([s.id for s in usual_scheme().states]),
        "code_local": st.sampled_from([None, "W-1", "W-2", "W-3"]),
        "bank": st.sampled_from([None, "左岸", "右岸"]),
        "receiving_reach": st.sampled_from([None, 1, 2, 9]),
        "county": st.sampled_from([None, "甲县", "乙县"]),
        "category": st.sampled_from([None, "城镇雨洪排口", "暂无法确定"]),
        "place": st.sampled_from(
            [None, (0.0, 0.0), (105.003, 30.0003), (105.003, 30.00035), (105.012, 29.9998)]
        ),
    }
)


@given(st.lists(_row, min_size=1, max_size=6), st.booleans())
def test_one_outfall_alone_is_told_what_it_is_told_among_all(rows, tested):
    """Of pairs the whole check names one, the check of one row names its partner."""
    given_rows = {f"f{n}": {k: v for k, v in r.items() if k != "place"} for n, r in enumerate(rows)}
    monitoring = {"m": {"outfall_id": "f0", "ph": 99.0}} if tested else {}
    project = survey_project(outfalls(**given_rows), monitoring=monitoring)
    project = moved(project, **{f"f{n}": r["place"] for n, r in enumerate(rows)})
    layers = {
        "rivers": rivers(),
        "counties": areas({"name": "甲县"}),
        "zones": areas({"name": "区", "level": "一"}),
    }
    pairs = ("near", "code_twice")

    def said(answer) -> set:
        return {(o.rule, o.feature, o.field, o.message) for s in answer.found for o in s
                if o.rule not in pairs}  # fmt: skip

    whole = check_survey(project, layers, TODAY)
    parts: set = set()
    paired = {(o.rule, o.feature) for s in whole.found for o in s if o.rule in pairs}
    alone = set()
    for fid in project.tables["outfalls"].ids.tolist():
        one = check_survey(project, layers, TODAY, only=[fid])
        parts |= said(one)
        alone |= {(o.rule, o.feature) for s in one.found for o in s if o.rule in pairs}
    assert parts == said(whole)
    assert paired <= alone


@given(st.sets(st.integers(1, 60), max_size=40), st.integers(1, 60))
def test_the_next_free_code_is_free_and_higher(taken, start):
    codes = {f"W-{n:03d}" for n in taken}
    free = next_free(f"W-{start:03d}", codes.__contains__)
    assert free not in codes
    assert int(free[2:]) > start


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 360), st.floats(1, 500))
def test_distances_are_those_on_the_ellipsoid(lon, lat, bearing, metres):
    from pyproj import Geod

    x, y, _ = Geod(ellps="GRS80").fwd(lon, lat, bearing, metres)
    told = metres_between(np.array([[lon, lat]]), np.array([[x, y]]))
    assert told[0] == pytest.approx(metres, rel=1e-5, abs=1e-4)


def test_an_edit_of_a_row_that_went_away_is_left_out():
    project = survey_project(outfalls(a={"county": "乙县"}))
    listed = found(project, "county", {"counties": areas({"name": "甲县"})})
    table = project.tables["outfalls"]
    gone = project.with_table(table.with_rows({FeatureId("a"): None}))
    assert fix_edit(gone, listed) is None
    assert change_outfall("x", gone, FeatureId("a"), {"county": "x"}) is None
