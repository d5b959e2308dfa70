"""The running program: projects come and go, the window follows, nothing is left behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import shapely
from pyproj import Transformer
from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence

from gisapp.app.project_session import open_project
from gisapp.app.settings import Settings
from gisapp.io.project_check import check
from gisapp.model.crs import _threads
from gisapp.model.edit import add_features
from gisapp.model.geometry import Pixel
from gisapp.model.survey import new_feature_id
from gisapp.model.text import tr, use_language
from gisapp.render.qt_canvas import warm_up
from gisapp.ui.program import Program
from gisapp.ui.series_plot import warm_up_charts

IMPORTS = """import sys
from pathlib import Path
from gisapp.app.project_session import open_project
"""
WAIT = 20_000  # ms; much longer than needed, for slow machines


@pytest.fixture
def program(qapp, qtbot, tmp_path):
    warm_up()
    warm_up_charts()
    saved: list[Settings] = []
    state = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    program = Program(Settings(language="en"), saved.append, state)
    program.saved = saved  # type: ignore[attr-defined]
    program.window.resize(1200, 800)
    program.window.show()
    yield program
    program.window.close()
    program.close()
    program.window.deleteLater()
    program.deleteLater()
    qapp.processEvents()
    use_language("en")


def opened(program: Program, qtbot, folder: Path, **how) -> None:
    program.open(folder, **how)
    qtbot.waitUntil(
        lambda: (
            program.session is not None
            and program.session.folder == folder
            and program.session.read_only == how.get("read_only", False)
        ),
        timeout=WAIT,
    )


def drawn(program: Program, qtbot) -> None:
    """Until every visible layer is in the picture."""
    pictures: list[object] = []
    assert program.map_view is not None
    program.map_view.picture_ready.subscribe(pictures.append)

    def all_there() -> bool:
        assert program.map_view is not None
        assert program.session is not None
        layers = [la for la in program.session.store.project.layers if la.visible]
        return bool(pictures) and len(program.map_view.shown()) == len(layers)

    program.map_view.refresh()
    qtbot.waitUntil(all_there, timeout=WAIT)


def said(program: Program) -> str:
    bar = program.window.message_bar
    return bar.message.text if bar.message is not None else ""


@pytest.fixture
def basin(tmp_path) -> Path:
    return tmp_path / "basin"


def test_the_sample_is_made_opened_and_drawn(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    drawn(program, qtbot)
    table = program.session.store.project.tables["outfalls"]
    assert len(table) == 400
    assert "Sample basin" in program.window.windowTitle()


def test_the_window_makes_no_transformation_while_a_project_is_opened(
    program, qtbot, basin, monkeypatch
):
    """Between two datums each takes some tenths of a second."""
    makers: list[tuple[bool, str, str]] = []
    make = Transformer.from_crs

    def noted(source, target, **more):
        mine = threading.current_thread() is threading.main_thread()
        makers.append((mine, source.to_string(), target.to_string()))
        return make(source, target, **more)

    monkeypatch.setattr(Transformer, "from_crs", noted)
    _threads.__dict__.pop("made", None)  # what tests before needed on this thread
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    drawn(program, qtbot)
    assert makers
    assert [one for one in makers if one[0]] == []


@pytest.mark.parametrize(("language", "space"), [("en", "Space"), ("zh_CN", "空格")])
def test_menus_show_arrow_keys_as_arrows(program, language, space):
    native = QKeySequence.SequenceFormat.NativeText
    program.use_language(language)
    assert QKeySequence("Alt+Left").toString(native) == "Alt+←"
    assert QKeySequence("Ctrl+Shift+Up").toString(native) == "Ctrl+Shift+↑"
    assert QKeySequence("Space").toString(native) == space
    program.use_language("en")


def test_an_edit_is_on_the_disk_when_the_window_shows_it_and_undo_survives(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    store = program.session.store
    table = store.project.tables["outfalls"]
    fid = new_feature_id()
    row = {"name": "New", "kind": "suspected", "geometry": shapely.Point(510_000, 2_570_000)}
    store.apply(add_features("Add an outfall", table, {fid: row}))
    qtbot.waitUntil(lambda: fid in store.project.tables["outfalls"], timeout=WAIT)
    code = (
        IMPORTS + f"s = open_project(Path(sys.argv[1]), read_only=True)\n"
        f"print({fid!r} in s.store.project.tables['outfalls'], s.store.undo_label)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(basin)], capture_output=True, text=True, check=True
    )
    assert other.stdout.split(maxsplit=1) == ["True", "Add an outfall\n"]
    program.close_project()
    qtbot.waitUntil(lambda: not program.jobs.unfinished, timeout=WAIT)
    opened(program, qtbot, basin)
    assert program.session.store.undo_label == "Add an outfall"
    program.session.store.undo()
    qtbot.waitUntil(
        lambda: fid not in program.session.store.project.tables["outfalls"], timeout=WAIT
    )


def test_language_and_theme_change_around_the_open_project(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    session, camera = program.session, program.map_view.camera
    program.use_language("zh_CN")
    assert program.session is session
    assert tr("Undo") == "撤销"
    assert program.window.page.layers.title.text() == "图层"
    assert program.map_view.camera.center == camera.center
    program.use_theme("dark")
    qtbot.waitUntil(lambda: len(program.saved) >= 1 and not program.jobs.unfinished, timeout=WAIT)
    assert (program.saved[-1].language, program.saved[-1].window.theme) == ("zh_CN", "dark")
    drawn(program, qtbot)


def test_a_project_open_elsewhere_offers_two_ways_out(program, qtbot, basin, tmp_path):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    program.close_project()
    qtbot.waitUntil(lambda: not program.jobs.unfinished, timeout=WAIT)
    holder = (
        IMPORTS + "s = open_project(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holder, str(basin)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout.readline() == "open\n"
        program.open(basin)
        qtbot.waitUntil(lambda: "open elsewhere" in said(program), timeout=WAIT)
        assert program.session is None
        program.window.message_bar.action.click()
        qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
        assert program.session.read_only
        program.open_working_copy(basin, tmp_path / "copy")
        qtbot.waitUntil(lambda: program.session.folder.name == "copy", timeout=WAIT)
        assert not program.session.read_only
    finally:
        other.communicate("", timeout=20)


def test_dropped_files_become_layers_in_one_step(program, qtbot, basin, sample_files, tmp_path):
    program.new(basin, "Survey", "EPSG:4547")
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    torn = tmp_path / "torn.tif"
    torn.write_bytes(b"II*\0" + b"\1" * 40)
    store = program.session.store
    program.add_files([sample_files / "rivers.gpkg", sample_files / "counties.gpkg", torn])
    qtbot.waitUntil(lambda: len(store.project.layers) == 3, timeout=WAIT)
    assert "torn.tif" in said(program)
    drawn(program, qtbot)
    store.undo()
    qtbot.waitUntil(lambda: len(store.project.layers) == 1, timeout=WAIT)


def test_the_same_project_twice_changes_only_how_it_is_open(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    first = program.session
    for again in (program.open, program.open_sample):
        again(basin)
        assert program.session is first
        assert "already" in said(program)
    opened(program, qtbot, basin, read_only=True)
    opened(program, qtbot, basin)
    assert all(result.ok for result in check(basin))


def test_a_folder_that_is_no_project_is_said_and_the_open_one_stays(
    program, qtbot, basin, tmp_path
):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    first = program.session
    empty = tmp_path / "empty"
    empty.mkdir()
    program.open(empty)
    qtbot.waitUntil(lambda: "empty" in said(program), timeout=WAIT)
    assert program.session is first


def test_where_the_map_was_is_where_it_is_next_time(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    area = program.window.map_area
    area.map.show_camera(area.map.camera.zoomed(8.0, Pixel(400, 300)).turned(30.0))
    kept = area.map.camera
    program.close_project()
    qtbot.waitUntil(lambda: not program.jobs.unfinished, timeout=WAIT)
    opened(program, qtbot, basin)
    again = program.map_view.camera
    assert again.center == pytest.approx(kept.center)
    assert again.rotation == kept.rotation
    assert again.resolution * again.pixel_ratio == pytest.approx(kept.resolution * kept.pixel_ratio)


def test_a_missing_file_is_a_badge_not_a_fault(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    program.close_project()
    qtbot.waitUntil(lambda: not program.jobs.unfinished, timeout=WAIT)
    shutil.move(basin / "data" / "rivers.gpkg", basin / "elsewhere.gpkg")
    opened(program, qtbot, basin)
    layer = program.session.store.project.layer_of_role("rivers")
    data = program.window.context.layer_data
    qtbot.waitUntil(lambda: data.state(layer).name == "MISSING", timeout=WAIT)
    assert "rivers.gpkg" in data.error(layer).message
    with open_project(basin, read_only=True) as elsewhere:
        assert elsewhere.store.project.layer_of_role("rivers") == layer


def test_a_project_that_is_still_being_closed_is_waited_for(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    file, gate = program.session.file, threading.Event()
    close = file.close

    def slowly() -> None:
        gate.wait(WAIT / 1000)
        close()

    file.close = slowly
    program.close_project()
    program.open(basin)
    qtbot.waitUntil(lambda: len(program.jobs.unfinished) >= 2, timeout=WAIT)
    assert program.session is None
    gate.set()
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    assert said(program) == ""
    assert not program.session.read_only
    qtbot.waitUntil(lambda: not program._left, timeout=WAIT)


def test_the_program_ends_with_every_project_closed(program, qtbot, basin):
    program.open_sample(basin)
    qtbot.waitUntil(lambda: program.session is not None, timeout=WAIT)
    program.close_project()
    program.close()
    assert not (basin / "project.gpkg-wal").exists()
    with open_project(basin) as again:
        assert not again.read_only
