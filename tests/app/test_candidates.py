"""Candidates in a project: import, decisions and what the run says of them, order, evidence."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.candidate_deciding import DecisionRefused, decide, nearest_outfall
from gisapp.app.candidate_evidence import evidence_of, metric_crs
from gisapp.app.candidate_import import import_edit, prepare_import
from gisapp.app.candidate_order import along, gone_through
from gisapp.app.candidate_queue import CandidateQueue
from gisapp.app.candidate_search import run_name, thermal_layers, water_layers
from gisapp.app.candidate_table import (
    ACCEPTED,
    BY_RULE,
    DOUBTFUL,
    MERGED,
    OPEN,
    REJECTED,
    Candidate,
    candidate_of,
    candidates_of,
    candidates_table,
    runs_of,
    tally,
)
from gisapp.app.sample_project import sample_layers
from gisapp.app.store import Change
from gisapp.io.candidate_files import FoundCandidate, FoundRun
from gisapp.io.photo_files import Photo
from gisapp.model.crs import CGCS2000, geod, transform
from gisapp.model.edit import Committed, FeatureEdit
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Size
from gisapp.model.layer import Layer, Source
from gisapp.model.outfall_record import related
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import PictureStyle
from gisapp.model.survey import HISTORY, OUTFALL_TABLE, PHOTOS
from gisapp.model.table import GEOMETRY
from tests.survey_project import survey_project

CRS = "EPSG:4547"
AT = "2026-03-01T04:05:06+08:00"
ROWS = {"a": {"code_local": "W-1", "name": "A", "kind": "outfall", "state": "verified"}}


def found(
    number: int, status: str = "candidate", x: float = 0.0, y: float = 0.0, sigma: float = 20.0
) -> FoundCandidate:
    east, north = 500_000 + x, 2_560_000 + y
    return FoundCandidate(
        id=f"m-{number:03d}", kind="warm" if sigma > 0 else "cold", status=status, x=east, y=north,
        delta_t_c=sigma / 10, area_m2=10.0, sigma_m2c=sigma, z=6.0, length_m=8.0, bearing=90.0,
        bank="left", towards="N", reasons=("hard_edge",) if status == "rejected" else (),
        mosaic="night.tif", frames=0, profile=((0.0, 2.0), (1.0, 1.0)),
        outline=shapely.box(east - 2, north - 1, east + 2, north + 1), cutout=None,
        provenance={"decoder": "FLIR", "accuracy_c": 0.01},
    )  # fmt: skip


def imported(*candidates: FoundCandidate, project: Project | None = None) -> Project:
    words = {"hard_edge": "boat?"}
    run = FoundRun(CRS, candidates, {"min_contrast_c": 0.35}, words, ("night.tif",), "polygons", ())
    before = project or replace(survey_project(ROWS), crs=CRS)
    made = prepare_import(run, before, run_name(before, AT), AT, "reviewer")
    return import_edit(before, made).apply(before)


def decided(project: Project, name: str, decision: str, **how) -> Project:
    fid = named(project, name).fid
    edit = decide(project, fid, decision, who="reviewer", at=AT, **how)
    assert edit is not None
    after = edit.apply(project)
    back = edit.reversed().apply(after)
    for table in project.tables:  # every decision can be taken back to the last value
        assert rows(back, table) == rows(project, table)
    return after


def rows(project: Project, table: str) -> dict:
    one = project.tables[table]
    return {fid: one.row(FeatureId(fid)) for fid in one.ids.tolist()}


def named(project: Project, name: str) -> Candidate:
    return next(c for c in candidates_of(project) if c.name == name)


def test_the_largest_comes_first_and_names_are_free_in_the_survey():
    taken = {"b": {**ROWS["a"], "code_local": "S-002"}}
    before = replace(survey_project({**ROWS, **taken}), crs=CRS)
    project = imported(found(1, sigma=10), found(2, sigma=-40), found(3, "rejected", sigma=90),
                       project=before)  # fmt: skip
    ordered = candidates_of(project)
    assert [(c.name, c.sigma_m2c, c.decision) for c in ordered] == [
        ("S-001", -40.0, OPEN), ("S-003", 10.0, OPEN), ("S-004", 90.0, BY_RULE),
    ]  # fmt: skip
    assert ordered[2].reasons == ("hard_edge",)
    assert ordered[0].provenance == {"decoder": "FLIR", "accuracy_c": 0.01}
    assert ordered[0].profile == ((0.0, 2.0), (1.0, 1.0))
    table = candidates_table(project)
    assert table is not None
    assert all(candidate_of(table, c.fid) == c for c in ordered)
    back = transform(np.array([[ordered[0].lon, ordered[0].lat]]), CGCS2000, CRS)
    assert back[0] == pytest.approx((500_000, 2_560_000), abs=1e-3)
    [run] = runs_of(project)
    assert (run.id, run.sources, run.reason_words) == (
        "2026-03-01-0405", "night.tif", {"hard_edge": "boat?"},
    )  # fmt: skip
    again = imported(found(1), project=project)
    assert [r.id for r in runs_of(again)] == ["2026-03-01-0405-2", "2026-03-01-0405"]
    assert [c.name for c in candidates_of(again, "2026-03-01-0405-2")] == ["S-005"]


def test_accepting_writes_the_survey_and_undoing_leaves_nothing():
    project = imported(found(1))
    photo = Photo("ab" * 32, "ab" * 32 + ".png", "S-001.png", 12)
    after = decided(project, "S-001", ACCEPTED, photo=photo)
    outfall = named(after, "S-001").outfall
    assert outfall is not None
    row = after.tables[OUTFALL_TABLE].row(outfall)
    assert row is not None
    assert (row["kind"], row["state"], row["found_by"]) == ("suspected", "suspected", "thermal")
    assert "FLIR ±0.01 °C" in row["remark"]
    assert [r["file"] for _, r in related(after, PHOTOS, outfall)] == [photo.file]
    assert len(related(after, HISTORY, outfall)) == 1
    # another decision takes the outfall away with its photo and history
    rejected = decided(after, "S-001", REJECTED)
    assert outfall not in rejected.tables[OUTFALL_TABLE]
    assert related(rejected, PHOTOS, outfall) == []
    assert named(rejected, "S-001").outfall is None


def test_what_the_survey_has_worked_on_is_not_taken_away():
    project = decided(imported(found(1)), "S-001", ACCEPTED)
    outfall = named(project, "S-001").outfall
    edit = FeatureEdit("x", OUTFALL_TABLE, {outfall: {}}, {outfall: {"state": "verified"}})
    worked = edit.apply(project)
    with pytest.raises(DecisionRefused) as refused:
        decide(worked, named(worked, "S-001").fid, REJECTED, who="w", at=AT)
    assert "S-001" in refused.value.message
    assert refused.value.hint


def test_without_a_survey_there_is_nothing_to_accept_into():
    project = imported(found(1), project=Project(crs=CRS))
    fid = named(project, "S-001").fid
    with pytest.raises(ParameterError) as error:
        decide(project, fid, ACCEPTED, who="w", at=AT)
    assert "survey" in error.value.hint
    assert decide(project, fid, REJECTED, who="w", at=AT) is not None
    with pytest.raises(ParameterError):
        decide(project, FeatureId("gone"), REJECTED, who="w", at=AT)


DECISIONS = st.sampled_from([ACCEPTED, REJECTED, DOUBTFUL, MERGED, OPEN])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), DECISIONS), max_size=12))
def test_a_run_always_says_what_its_candidates_say(steps):
    """Whatever is decided in whatever order, the run's row is the sum of its candidates, and the
    survey has exactly the accepted ones."""
    project = imported(*(found(n, "rejected" if n == 3 else "candidate") for n in range(4)))
    names = [c.name for c in candidates_of(project)]
    for number, decision in steps:
        fid = named(project, names[number]).fid
        how = {"outfall": FeatureId("a")} if decision == MERGED else {}
        edit = decide(project, fid, decision, who="w", at=AT, **how)
        project = edit.apply(project) if edit is not None else project
    every = candidates_of(project)
    [run] = runs_of(project)
    kept = project.tables["candidate_runs"].row(run.fid)
    counts = {
        d: sum(c.decision == d for c in every) for d in (ACCEPTED, REJECTED, DOUBTFUL, MERGED)
    }
    assert {name: kept[name] for name in counts} == counts
    right = counts[ACCEPTED] + counts[MERGED]
    total = right + counts[REJECTED]
    assert kept["precision"] == (round(right / total, 4) if total else None)
    assert tally(project, run.id).found == 3
    made = {c.outfall for c in every if c.decision == ACCEPTED}
    assert set(project.tables[OUTFALL_TABLE].ids.tolist()) == {"a", *made}
    assert all(
        c.outfall is None for c in every if c.decision in (OPEN, REJECTED, DOUBTFUL, BY_RULE)
    )


def test_the_nearest_outfall_is_measured_on_the_ellipsoid_and_is_no_candidate():
    project = imported(found(1), found(2, x=30))
    one = named(project, "S-001")
    east = geod(CGCS2000).fwd(one.lon, one.lat, 90.0, 120.0)
    table = project.tables[OUTFALL_TABLE]
    place = {FeatureId("a"): {GEOMETRY: shapely.Point(east[0], east[1])}}
    project = project.with_table(table.with_rows(place))
    project = decided(project, "S-002", ACCEPTED)
    near = nearest_outfall(project, one)
    assert near is not None
    assert near[:2] == ("a", "W-1")
    assert near[2] == pytest.approx(120.0, abs=0.01)
    assert nearest_outfall(project, one, within_m=100) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 5000), min_size=3, max_size=40, unique=True), st.integers(0, 3))
def test_along_a_line_is_the_order_of_the_line(places, turn):
    """On a straight river the walk passes all in order, from one of its ends."""
    across = [(x, 0.0) if turn % 2 else (0.0, x) for x in places]
    project = imported(*(found(n, x=x, y=y) for n, (x, y) in enumerate(across)))
    walked = along(candidates_of(project))
    at = [c.lat + c.lon for c in walked]
    assert at == sorted(at) or at == sorted(at, reverse=True)
    assert {c.fid for c in walked} == {c.fid for c in candidates_of(project)}


def test_filters_and_orders():
    project = imported(found(1, sigma=10), found(2, sigma=-40), found(3, "rejected"))
    every = candidates_of(project)
    assert len(gone_through(every, "candidates", "both", "sigma")) == 2
    assert [c.kind for c in gone_through(every, "candidates", "cold", "sigma")] == ["cold"]
    assert len(gone_through(every, "all", "both", "river")) == 3
    assert [c.decision for c in gone_through(every, BY_RULE, "both", "contrast")] == [BY_RULE]


def test_a_queue_goes_on_to_what_is_not_decided():
    project = imported(*(found(n, sigma=100 - n) for n in range(4)))
    project = decided(project, "S-002", REJECTED)
    queue = CandidateQueue(project)
    assert queue.current.name == "S-001"
    assert queue.go_on()
    assert queue.current.name == "S-003"
    assert queue.step(1)
    assert not queue.step(1)
    assert queue.go_on()  # round the end
    assert queue.current.name == "S-001"
    queue.use(status=OPEN)
    assert [c.name for c in queue.shown] == ["S-001", "S-003", "S-004"]
    assert queue.go_to(named(project, "S-002").fid)  # the filter hid it
    assert queue.status == "all"
    assert not queue.go_to(FeatureId("gone"))


def test_an_empty_queue_has_nothing():
    queue = CandidateQueue(Project())
    assert (queue.current, queue.position, queue.shown, queue.next) == (None, -1, [], None)
    assert not queue.go_on()
    assert not queue.go_to_open()
    assert queue.tally.precision is None


def test_the_picture_is_in_metres_also_on_a_map_in_degrees():
    project = imported(found(1, x=3), project=survey_project(ROWS))
    one = named(project, "S-001")
    assert metric_crs(one, CGCS2000) == "EPSG:32650"
    assert metric_crs(one, CRS) == CRS
    seen = evidence_of(one, [], [], [], project, None, "", Size(300, 200), Silent())
    assert seen.thermal is None
    assert seen.extent.width == pytest.approx(1.5 * seen.extent.height)
    assert seen.extent.width >= 36
    x, y = seen.source
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.05)
    [ring] = seen.rings
    size = (ring.max(axis=0) - ring.min(axis=0)) * (seen.extent.width, seen.extent.height)
    assert size == pytest.approx((4, 2), abs=0.1)


class _BaseMap:
    """A map of one colour, of which half is here."""

    attribution = "Somebody"

    def __init__(self, value: int) -> None:
        self.value, self.asked = value, 0

    def here(self, grid, progress, above=2):
        self.asked += 1
        return np.full((grid.size.height, grid.size.width, 4), self.value, np.uint8), False


def test_a_base_map_stands_in_where_no_other_picture_is():
    project = imported(found(1, x=3), project=survey_project(ROWS))
    one = named(project, "S-001")
    layer = Layer("Streets", Source("xyz", "https://tiles.invalid"), PictureStyle())
    empty, full = _BaseMap(0), _BaseMap(200)
    look = lambda pictures, bases: evidence_of(  # noqa: E731
        one, [], pictures, bases, project, None, "", Size(30, 20), Silent()
    )
    seen = look([], [(layer, empty), (layer, full)])
    assert (seen.visible_name, seen.visible_source, seen.partly) == ("Streets", "Somebody", True)
    assert seen.visible.shape == (20, 30, 4)

    class Photo:
        def colours(self, grid, progress):
            return np.full((grid.size.height, grid.size.width, 4), 255, np.uint8)

    seen = look([(replace(layer, name="Photo"), Photo())], [(layer, full)])
    assert (seen.visible_name, seen.visible_source, seen.partly) == ("Photo", "", False)
    assert full.asked == 1
    assert look([], [(layer, empty)]).visible is None


def test_the_likeliest_water_is_offered_first():
    project = Project(layers=sample_layers(), tables=MappingProxyType({}))
    assert [layer.role for layer in thermal_layers(project)] == ["thermal"]
    assert water_layers(project)[0].role == "water"
    named_only = [replace(layer, role="") for layer in project.layers]
    assert (
        "river_polygon" in water_layers(replace(project, layers=tuple(named_only)))[0].source.path
    )


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), DECISIONS), max_size=8))
def test_a_queue_that_follows_is_the_queue_made_anew(steps):
    """Decisions, and each taken back and done again: what is kept up to date is what is there."""
    project = imported(*(found(n, sigma=50 - n) for n in range(3)))
    queue = CandidateQueue(project)
    for number, decision in steps:
        fid = candidates_of(project)[number].fid
        how = {"outfall": FeatureId("a")} if decision == MERGED else {}
        edit = decide(project, fid, decision, who="w", at=AT, **how)
        if edit is None:
            continue
        after = edit.apply(project)
        said = Committed(1, AT)
        assert queue.follow(Change(project, after, edit, said))
        back = edit.reversed()
        assert queue.follow(Change(after, back.apply(after), back, said, "undo"))
        assert queue.current.fid == fid
        assert queue.follow(Change(project, after, edit, said, "redo"))
        project = after
        anew = CandidateQueue(project)
        assert (queue.all, queue.tally, queue.runs) == (anew.all, anew.tally, anew.runs)
