"""Suspected outfalls searched and reviewed in the running program, by keyboard and mouse."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QScrollArea

from gisapp.app.candidate_import import import_edit
from gisapp.app.candidate_search import RUNS, read_and_keep
from gisapp.app.candidate_table import (
    ACCEPTED,
    BY_RULE,
    DOUBTFUL,
    MERGED,
    OPEN,
    REJECTED,
    ROLE,
    candidates_of,
    runs_of,
    tally,
)
from gisapp.app.project_session import create_project, open_project
from gisapp.app.settings import Settings
from gisapp.app.workspace import Selection
from gisapp.cli.program import run_program as command_line
from gisapp.io.project_check import check
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.edit import LayersEdit, TableEdit, TableSchema, add_features
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.outfall_record import full_row, related
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, PictureStyle, ThermalStyle
from gisapp.model.survey import HISTORY, OUTFALL_STYLE, OUTFALL_TABLE, PHOTOS, survey_schemas
from gisapp.model.survey_upgrade import related_table_edits
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import use_language
from gisapp.render.qt_canvas import warm_up
from gisapp.ui.candidate_review import CandidateReview
from gisapp.ui.candidate_search_card import CandidateSearchCard
from gisapp.ui.program import Program
from gisapp.ui.series_plot import warm_up_charts
from tests.thermal_river import (
    COLD,
    CRS,
    LEFT,
    RIGHT,
    WARM,
    place,
    write_mosaic,
    write_photo,
    write_water,
)

WAIT = 20_000  # ms; much longer than needed, for slow machines
CTRL = Qt.KeyboardModifier.ControlModifier
KNOWN = FeatureId("w-1")  # an outfall beside the cold plume


def made_project(folder: Path, *, thermal: bool = True, water: bool = True, **how: object) -> None:
    data = folder / "data"
    data.mkdir(parents=True)
    layers = []
    if thermal:
        write_mosaic(data / "night.tif", empty=bool(how.get("empty")))
        write_photo(data / "photo.tif")
        layers += [
            Layer("Photo", Source("geotiff", "data/photo.tif"), PictureStyle()),
            Layer(
                "Night", Source("geotiff", "data/night.tif"), ThermalStyle("inferno", 10, 25),
                role="thermal",
            ),
        ]  # fmt: skip
    if water:
        write_water(data / "water.gpkg", away=float(how.get("away", 0)))  # type: ignore[arg-type]
        source = Source("geopackage", "data/water.gpkg")
        layers.append(Layer("Water", source, AreaStyle(), role="water"))
    schema = survey_schemas()[OUTFALL_TABLE]
    layers.append(Layer("Outfalls", Source(TABLE, OUTFALL_TABLE), OUTFALL_STYLE, role="outfalls"))
    table = FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})
    x, y = place(RIGHT, COLD[0])
    lon, lat = transform_point(Point(x + 12, y), CRS, CGCS2000)
    known = {"code_local": "W-1", "name": "Known", "kind": "outfall", "state": "verified"}
    content = (
        TableEdit("New", None, TableSchema(schema.name, schema.crs, schema.fields)),
        *related_table_edits("New", Project()),
        add_features(
            "New", table, {KNOWN: full_row(table, {**known, GEOMETRY: shapely.Point(lon, lat)})}
        ),
        LayersEdit("New", (), tuple(layers)),
    )
    create_project(folder, "Night survey", CRS, content).close()


@pytest.fixture
def program(qapp, qtbot, tmp_path):
    warm_up()
    warm_up_charts()
    state = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    program = Program(Settings(language="en"), lambda settings: None, state)
    program.window.resize(1440, 900)
    program.window.show()
    yield program
    program.window.close()
    program.close()
    program.window.deleteLater()
    program.deleteLater()
    qapp.processEvents()
    use_language("en")


def opened(program: Program, qtbot, folder: Path) -> None:
    program.open(folder)
    there = lambda: program.session is not None and program.session.folder == folder  # noqa: E731
    qtbot.waitUntil(there, timeout=WAIT)
    program.window.page.map_area.map.motion.wanted = False


@pytest.fixture
def survey(program, qtbot, tmp_path) -> Program:
    made_project(tmp_path / "survey")
    opened(program, qtbot, tmp_path / "survey")
    return program


@pytest.fixture(scope="module")
def searched_folder(tmp_path_factory) -> Path:
    """The same survey after its search on the command line, ready to be reviewed."""
    folder = tmp_path_factory.mktemp("night") / "survey"
    made_project(folder)
    data, output = folder / "data", folder / RUNS
    words = ["detect", str(data / "night.tif"), "--water", str(data / "water.gpkg")]
    assert command_line([*words, "--output", str(output)]) == 0
    session = open_project(folder)
    found = read_and_keep(output, session.store.project, folder, Silent())
    session.store.apply(import_edit(session.store.project, found.made))
    session.close()
    return folder


@pytest.fixture
def searched(program, qtbot, tmp_path, searched_folder) -> Program:
    shutil.copytree(searched_folder, tmp_path / "survey")
    opened(program, qtbot, tmp_path / "survey")
    return program


def project(program: Program) -> Project:
    assert program.session is not None
    return program.session.store.project


def card_of(program: Program):
    return program.window.page.side.card


def search_card(program: Program, qtbot) -> CandidateSearchCard:
    assert program.window.actions_list.run("candidates.find")
    qtbot.waitUntil(lambda: isinstance(card_of(program), CandidateSearchCard), timeout=WAIT)
    return card_of(program)


def reviewed(program: Program, qtbot) -> CandidateReview:
    """The search as it stands, and its review with the evidence of the first."""
    card = search_card(program, qtbot)
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(card_of(program), CandidateReview), timeout=WAIT)
    review = card_of(program)
    has_evidence(review, qtbot)
    return review


def reopened(program: Program, qtbot) -> CandidateReview:
    """The review of a search that is in the project already."""
    assert program.window.actions_list.run("candidates.review")
    qtbot.waitUntil(lambda: isinstance(card_of(program), CandidateReview), timeout=WAIT)
    review = card_of(program)
    has_evidence(review, qtbot)
    return review


def has_evidence(review: CandidateReview, qtbot) -> None:
    def there() -> bool:
        current = review.queue.current
        shown = review.showing.of(current.fid) if current is not None else None
        return shown is not None and shown.evidence.thermal is not None

    qtbot.waitUntil(there, timeout=WAIT)


def by_kind(program: Program, kind: str):
    found = [c for c in candidates_of(project(program)) if c.kind == kind and not c.from_rule]
    assert len(found) == 1
    return found[0]


def decided(program: Program, qtbot, test: Callable[[], bool]) -> None:
    qtbot.waitUntil(test, timeout=WAIT)
    qtbot.waitUntil(lambda: not program.session.store.unwritten, timeout=WAIT)


def decision(program: Program, fid: FeatureId) -> str:
    return next(c.decision for c in candidates_of(project(program)) if c.fid == fid)


def test_a_night_is_searched_and_reviewed_by_keyboard(survey, qtbot, tmp_path):
    review = reviewed(survey, qtbot)
    warm, cold = by_kind(survey, "warm"), by_kind(survey, "cold")
    assert sorted(c.decision for c in candidates_of(project(survey))) == [BY_RULE, OPEN, OPEN]
    assert review.progress.text() == "0 of 2 decided"
    assert (warm.name, review.title.text(), review.note.text()) == ("S-001", "S-001", "1 of 2")
    assert survey.session.store.undo_label == "Find suspected outfalls: 2"
    # the map is there, close enough, and the candidate has the ring
    camera = survey.window.page.map_area.map.goal
    x, y = transform_point(Point(warm.lon, warm.lat), CGCS2000, camera.crs)
    assert (camera.center.x, camera.center.y) == pytest.approx((x, y), abs=0.01)
    assert camera.scale <= 1000.5
    layer = project(survey).layer_of_role(ROLE)
    assert survey.session.workspace.selection == Selection(layer.id, frozenset([warm.fid]))
    # J, K and decisions, with the focus on the map
    screen = survey.window.page.map_area.map
    screen.setFocus()
    QTest.keyClick(screen, Qt.Key.Key_J)
    assert review.queue.current.fid == cold.fid
    QTest.keyClick(screen, Qt.Key.Key_K)
    assert review.queue.current.fid == warm.fid
    QTest.keyClick(screen, Qt.Key.Key_A)
    assert review.queue.current.fid == cold.fid  # the next at once
    decided(survey, qtbot, lambda: decision(survey, warm.fid) == ACCEPTED)
    # what the survey has of it
    [outfall] = [c.outfall for c in candidates_of(project(survey)) if c.fid == warm.fid]
    row = project(survey).tables[OUTFALL_TABLE].row(outfall)
    assert (row["kind"], row["state"], row["found_by"]) == ("suspected", "suspected", "thermal")
    assert row["code_local"] == "S-001"
    assert "ΔT +" in row["remark"]
    assert (row[GEOMETRY].x, row[GEOMETRY].y) == pytest.approx((warm.lon, warm.lat))
    [(_, photo)] = related(project(survey), PHOTOS, outfall)
    assert photo["kind"] == "thermal"
    assert photo["file"] in row["photos"]
    [(_, entry)] = related(project(survey), HISTORY, outfall)
    assert entry["to_state"] == "suspected"
    assert survey.session.store.undo_label == "Accept S-001"
    # one step back takes all of it away and goes back to it
    QTest.keyClick(screen, Qt.Key.Key_Z, CTRL)
    decided(survey, qtbot, lambda: decision(survey, warm.fid) == OPEN)
    assert outfall not in project(survey).tables[OUTFALL_TABLE]
    assert related(project(survey), PHOTOS, outfall) == []
    assert review.queue.current.fid == warm.fid
    QTest.keyClick(screen, Qt.Key.Key_Y, CTRL)
    decided(survey, qtbot, lambda: decision(survey, warm.fid) == ACCEPTED)
    folder = tmp_path / "survey"
    survey.close_project()
    qtbot.waitUntil(lambda: survey.session is None, timeout=WAIT)
    assert [r for r in check(folder) if not r.ok] == []


def test_an_accepted_candidate_leads_to_its_record(searched, qtbot):
    review = reopened(searched, qtbot)
    assert review.record.isHidden()
    warm = review.queue.current
    QTest.keyClick(review, Qt.Key.Key_A)
    decided(searched, qtbot, lambda: decision(searched, warm.fid) == ACCEPTED)
    QTest.keyClick(review, Qt.Key.Key_K)
    assert review.queue.current.fid == warm.fid
    [outfall] = [c.outfall for c in candidates_of(project(searched)) if c.fid == warm.fid]
    made = Selection(project(searched).layer_of_role("outfalls").id, frozenset([outfall]))
    workspace = searched.session.workspace
    review.close_button.click()  # what comes next is the record, not the raw row
    qtbot.waitUntil(lambda: card_of(searched) is None, timeout=WAIT)
    assert workspace.selection == made
    review = reopened(searched, qtbot)
    QTest.keyClick(review, Qt.Key.Key_K)
    qtbot.waitUntil(review.record.isVisible, timeout=WAIT)
    QTest.mouseClick(review.record, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card_of(searched) is None, timeout=WAIT)
    assert workspace.selection == made


def test_reject_doubt_merge_and_the_precision_of_the_run(searched, qtbot):
    review = reopened(searched, qtbot)
    warm, cold = by_kind(searched, "warm"), by_kind(searched, "cold")
    review.setFocus()
    QTest.keyClick(review, Qt.Key.Key_D)
    decided(searched, qtbot, lambda: decision(searched, warm.fid) == DOUBTFUL)
    qtbot.waitUntil(lambda: review.progress.text() == "1 of 2 decided", timeout=WAIT)
    assert review.right.text() == "precision: –"
    has_evidence(review, qtbot)
    assert review.buttons.merge.isEnabled()
    assert review.buttons.merge.text() == "It is W-1  M"
    QTest.keyClick(review, Qt.Key.Key_M)
    decided(searched, qtbot, lambda: decision(searched, cold.fid) == MERGED)
    assert next(c.outfall for c in candidates_of(project(searched)) if c.fid == cold.fid) == KNOWN
    assert len(project(searched).tables[OUTFALL_TABLE]) == 1
    review.queue.go_to(warm.fid)
    review.show_all()
    QTest.keyClick(review, Qt.Key.Key_R)
    decided(searched, qtbot, lambda: decision(searched, warm.fid) == REJECTED)
    qtbot.waitUntil(lambda: review.right.text() == "precision: 1 of 2 (50 %)", timeout=WAIT)
    [run] = runs_of(project(searched))
    row = project(searched).tables["candidate_runs"].row(run.fid)
    assert (row["found"], row["by_rule"]) == (2, 1)
    assert (row["merged"], row["rejected"], row["doubtful"], row["precision"]) == (1, 1, 0, 0.5)


def test_keys_in_quick_succession_are_all_done_once(searched, qtbot):
    review = reopened(searched, qtbot)
    warm, cold = by_kind(searched, "warm"), by_kind(searched, "cold")
    review.setFocus()
    QTest.keyClick(review, Qt.Key.Key_A)
    QTest.keyClick(review, Qt.Key.Key_A)
    QTest.keyClick(review, Qt.Key.Key_A)
    review.closed.emit()  # what was asked is done also when the card is closed
    decided(searched, qtbot, lambda: decision(searched, cold.fid) == ACCEPTED)
    assert decision(searched, warm.fid) == ACCEPTED
    assert len(project(searched).tables[OUTFALL_TABLE]) == 3
    counted = tally(project(searched), runs_of(project(searched))[0].id)
    assert (counted.accepted, counted.decided, counted.precision) == (2, 2, 1.0)
    row = project(searched).tables["candidate_runs"].row(runs_of(project(searched))[0].fid)
    assert row["accepted"] == 2


def test_pictures_of_one_scale_numbers_with_units_and_reasons(searched, qtbot):
    review = reopened(searched, qtbot)
    qtbot.waitUntil(lambda: not review.visible.image.isNull(), timeout=WAIT)
    assert review.thermal.metres == review.visible.metres > 0
    assert "°C · Night" in review.thermal.words
    assert review.visible.words == "Photo"
    # land is green and water is dark in the picture beside it
    evidence = review.showing.of(review.queue.current.fid).evidence
    colours = {tuple(c[:3]) for c in evidence.visible.reshape(-1, 4).tolist() if c[3]}
    assert colours == {(60, 120, 50), (30, 40, 60)}
    x, y = place(LEFT, WARM[0])
    assert evidence.extent.left < x < evidence.extent.right
    assert evidence.extent.bottom < y < evidence.extent.top
    said = "\n".join(label.text() for label in review.findChildren(type(review.state)))
    for words in ("°C · warmer", "× local noise", "m²·°C", "W-1 · ", "no rule speaks against it"):
        assert words in said
    assert "not a verdict" in review.foot.text()
    assert len(review.chart.profile) > 10
    boat = next(c for c in candidates_of(project(searched)) if c.decision == BY_RULE)
    box = review.filters.status
    box.setFocus()
    box.setCurrentIndex(box.findData(BY_RULE))
    box.activated.emit(box.currentIndex())
    assert review.queue.current.fid == boat.fid
    said = "\n".join(label.text() for label in review.findChildren(type(review.state)))
    assert "hard edged: boat, rock or debris?" in said
    assert review.hasFocus()  # keys decide again
    QTest.keyClick(review, Qt.Key.Key_A)  # the rule was wrong
    decided(searched, qtbot, lambda: decision(searched, boat.fid) == ACCEPTED)
    assert review.queue.tally.found == 2


def test_letters_in_a_text_field_decide_nothing_filters_and_a_click_on_the_map(searched, qtbot):
    review = reopened(searched, qtbot)
    warm, cold = by_kind(searched, "warm"), by_kind(searched, "cold")
    box = searched.window.page.status.findChildren(QLineEdit)[0]
    box.setFocus()
    box.clear()
    QTest.keyClicks(box, "ar")
    assert box.text() == "ar"
    assert all(c.decision in (OPEN, BY_RULE) for c in candidates_of(project(searched)))
    box = review.filters.kind
    box.setCurrentIndex(box.findData("cold"))
    box.activated.emit(box.currentIndex())
    assert [c.fid for c in review.queue.shown] == [cold.fid]
    assert not review.buttons.on.isEnabled()
    layer = project(searched).layer_of_role(ROLE)
    goal = searched.window.page.map_area.map.goal
    searched.session.workspace.select(Selection(layer.id, frozenset([warm.fid])))
    assert card_of(searched) is review
    assert review.title.text() == warm.name
    assert searched.window.page.map_area.map.goal == goal  # the map stays
    outfalls = project(searched).layer_of_role("outfalls")
    searched.session.workspace.select(Selection(outfalls.id, frozenset([KNOWN])))
    assert card_of(searched) is None  # what else is chosen is shown instead
    searched.session.workspace.select(Selection(layer.id, frozenset([cold.fid])))
    qtbot.waitUntil(lambda: isinstance(card_of(searched), CandidateReview), timeout=WAIT)
    assert card_of(searched).title.text() == cold.name
    assert searched.window.page.map_area.map.goal == goal


def test_undoing_the_search_closes_its_review(survey, qtbot):
    reviewed(survey, qtbot)
    survey.session.store.undo()
    qtbot.waitUntil(lambda: card_of(survey) is None, timeout=WAIT)
    assert project(survey).layer_of_role(ROLE) is None
    assert not survey.window.actions_list.run("candidates.review")
    survey.session.store.redo()
    qtbot.waitUntil(lambda: project(survey).layer_of_role(ROLE) is not None, timeout=WAIT)
    assert survey.window.actions_list.run("candidates.review")


def test_a_second_run_is_a_run_of_its_own(survey, qtbot):
    review = reviewed(survey, qtbot)
    assert review.filters.run.isHidden()
    again = reviewed(survey, qtbot)
    assert again is not review
    assert again.filters.run.count() == 2
    assert [c.name for c in again.queue.shown] == ["S-004", "S-005"]
    again.filters.run.setCurrentIndex(1)
    again.filters.run.activated.emit(1)
    assert [c.name for c in again.queue.shown] == ["S-001", "S-002"]


def test_what_cannot_be_searched_says_what_to_do(program, qtbot, tmp_path):
    made_project(tmp_path / "bare", thermal=False, water=False)
    opened(program, qtbot, tmp_path / "bare")
    card = search_card(program, qtbot)
    assert "Add a thermal mosaic" in card.none.text()
    assert not card.none.isHidden()
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    assert "Choose a layer of temperatures" in card.problem.text()
    card.add_files([write_photo(tmp_path / "photo.tif")])
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "is a picture" in card.problem.text(), timeout=WAIT)
    assert not card.run_button.isHidden()


@pytest.mark.parametrize(
    ("how", "words"),
    [({"away": 5000}, "The water lies elsewhere"), ({"empty": True}, "Nothing was found")],
)
def test_no_result_says_why(program, qtbot, tmp_path, how, words):
    made_project(tmp_path / "survey", **how)
    opened(program, qtbot, tmp_path / "survey")
    card = search_card(program, qtbot)
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: words in card.problem.text(), timeout=WAIT)
    assert not card.findChild(QScrollArea).isAncestorOf(card.problem), "never scrolled away"
    assert card_of(program) is card
    assert project(program).layer_of_role(ROLE) is None


def test_what_went_wrong_before_is_not_said_after_a_search_that_went_well(survey, qtbot, tmp_path):
    card = search_card(survey, qtbot)
    [box] = card.boxes.values()
    box.setChecked(False)
    card.add_files([write_photo(tmp_path / "picture.tif")])
    assert card.together.isHidden()
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "is a picture" in card.problem.text(), timeout=WAIT)
    bar = survey.window.message_bar
    qtbot.waitUntil(lambda: bar.message is not None and "is a picture" in bar.message.text)
    night, picture = card.boxes.values()
    night.setChecked(True)
    assert not card.together.isHidden()  # two are chosen: they may show one place
    picture.setChecked(False)
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    assert card.problem.isHidden()
    qtbot.waitUntil(lambda: isinstance(card_of(survey), CandidateReview), timeout=WAIT)
    assert bar.message is None or "is a picture" not in bar.message.text


def test_a_search_is_stopped_and_says_so(survey, qtbot):
    card = search_card(survey, qtbot)
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(card.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.run_button.isVisible(), timeout=WAIT)
    assert card.problem.text().startswith("Stopped")
    assert project(survey).layer_of_role(ROLE) is None


def test_results_of_the_command_line_are_opened(searched, qtbot, tmp_path):
    reopened(searched, qtbot)
    commands = searched.window.commands.candidates
    commands.open_results(tmp_path / "survey" / "cache" / "candidates")
    qtbot.waitUntil(lambda: len(runs_of(project(searched))) == 2, timeout=WAIT)
    qtbot.waitUntil(lambda: card_of(searched).queue.run == runs_of(project(searched))[0].id)
    commands.open_results(tmp_path)
    log = searched.window.log
    qtbot.waitUntil(lambda: "holds no candidates.json" in log.text(), timeout=WAIT)


def test_the_sample_shows_it_in_a_minute(program, qtbot, tmp_path):
    """A new user on the sample: nothing to choose, the search finds what is known to be there."""
    program.open_sample(tmp_path / "sample")
    qtbot.waitUntil(lambda: program.session is not None, timeout=2 * WAIT)
    program.window.page.map_area.map.motion.wanted = False
    card = search_card(program, qtbot)
    assert [box.text() for box in card.boxes.values() if box.isChecked()] == ["Thermal mosaic"]
    assert card.water.currentText() == "Water surface"
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(card_of(program), CandidateReview), timeout=6 * WAIT)
    review = card_of(program)
    assert 15 <= review.queue.tally.found <= 40
    has_evidence(review, qtbot)
    first = review.queue.current
    assert review.showing.evidence_of(first.fid).nearest[2] < 30  # it is at a known outfall
    review.setFocus()
    QTest.keyClick(review, Qt.Key.Key_M)
    decided(program, qtbot, lambda: decision(program, first.fid) == MERGED)


@pytest.mark.real_data
def test_a_real_river_at_night(program, qtbot, tmp_path, shared_data):
    """Guangzhou, no water given: what is proposed says so, and each find has its picture."""
    made_project(tmp_path / "survey", thermal=False, water=False)
    opened(program, qtbot, tmp_path / "survey")
    card = search_card(program, qtbot)
    folder = shared_data / "thermal" / "geotiff"
    card.add_files([folder / "guangzhou_river_mosaic_normalised_degC_f32_cog.tif"])
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: isinstance(card_of(program), CandidateReview) or bool(card.problem.text()),
        timeout=4 * WAIT,
    )
    review = card_of(program)
    assert isinstance(review, CandidateReview)
    [run] = review.queue.runs
    assert run.water == "proposed"
    fid = review.queue.current.fid
    qtbot.waitUntil(lambda: review.showing.of(fid) is not None, timeout=WAIT)
    shown = review.showing.of(fid)
    assert shown.evidence.thermal is None  # no layer: the picture of the search is shown
    assert not shown.thermal.isNull()
    assert "not to scale" in review.thermal.words
