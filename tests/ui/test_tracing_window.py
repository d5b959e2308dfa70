"""Tracing under the hand, in a window with the sample's rivers: real events, real workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.plugins import find_plugins
from gisapp.app.tools import StartTrace
from gisapp.io.vector import read_features
from gisapp.model.edit import LayersEdit
from gisapp.model.features import FeatureId, Features, Shapes
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import LineStyle, PointStyle
from gisapp.render import compiled_reaches
from gisapp.render.camera import Camera
from gisapp.ui.layer_facts import data_of
from gisapp.ui.main_window import MainWindow
from gisapp.ui.traced_cells import NOTHING, LinesAtHand, ReachCells, drawing_camera, reach_cells
from tests.ui import window_setting
from tests.ui.window_setting import fresh_state, window_context

NAMES = ("rivers", "stations", "outfalls", "sources")
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def context(sample_files, monkeypatch):
    data = {name: read_features(sample_files / f"{name}.gpkg") for name in NAMES}

    def read(path, options, progress):
        return data.get(Path(path).stem) or read.far[0]

    read.far = []  # of a layer that a test adds
    monkeypatch.setattr(window_setting, "read_made_up", read)
    styles = {"rivers": LineStyle()}
    layers = tuple(
        Layer(n, Source("geopackage", f"{n}.gpkg"), styles.get(n, PointStyle()), role=n,
              visible=n != "sources", id=LayerId(n))
        for n in NAMES
    )  # fmt: skip
    with window_context(Project("Sample", data["rivers"].crs, layers)) as made:
        made.plugins = find_plugins()
        made.toolbox = made.plugins.toolbox()
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path):
    made = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(made)
    made.resize(1400, 900)
    with qtbot.waitExposed(made):
        made.show()
    read = context.layer_data.get
    layers = context.workspace.store.project.layers
    qtbot.waitUntil(lambda: all(read(la) is not None for la in layers), timeout=20_000)
    made.page.map_area.map.show_camera(
        Camera.fit(read(layers[0]).shapes.extent, Size(900, 560), layers_crs(context))
    )
    yield made
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=20_000)


def layers_crs(context):
    return context.workspace.store.project.crs


def taken_up(qtbot, window):
    """The tool in the hand, and the reaches of the view known."""
    window.page.map_area.desk.take("trace")
    live = window.commands.tracing_hand.live
    map_ = window.page.map_area.map
    qtbot.waitUntil(
        lambda: live.cells is not None and live.cells.camera == drawing_camera(map_.camera),
        timeout=20_000,
    )
    return live


def on_screen(window, live, position):
    """A pixel of the widget where a reach is drawn, nearest to the middle."""
    map_ = window.page.map_area.map
    rows, columns = np.nonzero(live.cells.cells == position)
    at = [map_.camera.to_screen(live.cells.camera.to_map(Pixel(int(x), int(y))))
          for x, y in zip(columns, rows, strict=True)]  # fmt: skip
    middle = map_.rect().center()
    best = min(at, key=lambda p: abs(p.x - middle.x()) + abs(p.y - middle.y()))
    return QPoint(round(best.x), round(best.y))


def large_reach(live, rank=40):
    seen = np.unique(live.cells.cells[live.cells.cells >= 0])
    size = live.hand.net.network.size[seen]
    return int(seen[np.argsort(-size)[rank]])


def test_the_way_under_the_pointer_is_shown_and_follows_it(qtbot, window):
    live = taken_up(qtbot, window)
    map_, desk = window.page.map_area.map, window.page.map_area.desk
    QTest.mouseMove(map_, on_screen(window, live, large_reach(live)))
    qtbot.waitUntil(lambda: map_.overlay.followed.camera is not None)
    assert "drained" in desk.preview.label
    first = desk.preview.label
    window.page.trace.controls.ways.buttons()[2].click()  # down the main way
    QTest.mouseMove(map_, on_screen(window, live, large_reach(live, 90)))
    qtbot.waitUntil(lambda: live._shown is not None and live._shown[1] == "DM")
    assert desk.preview.label != first
    desk.take("pan")
    assert map_.overlay.followed.camera is None
    assert live.hand is None


@pytest.mark.parametrize("compiled", [False, True])
def test_a_picture_of_a_way_holds_its_reaches_and_no_others(qtbot, window, monkeypatch, compiled):
    loops = compiled_reaches.load() if compiled else None
    monkeypatch.setattr(compiled_reaches, "_loaded", loops)
    live = taken_up(qtbot, window)
    cells, position = live.cells, large_reach(live)
    [(first, after)] = live.hand.runs(position, "UT")
    lit = cells.lit([(first, after)], (214, 31, 140))
    corner = cells.camera.to_screen(lit.camera.to_map(Pixel(0, 0)))
    top = round(corner.y)
    assert round(corner.x) == 0
    pixels = np.zeros(cells.cells.shape, np.uint32)
    pixels[top : top + len(lit.pixels)] = lit.pixels
    inside = (cells.cells >= first) & (cells.cells < after)
    inside[-1], inside[:, -1] = False, False  # there is no room for a wide line
    assert inside.any()
    assert (pixels[inside] == 0xFFD61F8C).all()
    near = np.zeros_like(inside)
    for dy in (0, 1):
        for dx in (0, 1):
            near |= np.roll(inside, (dy, dx), (0, 1))
    assert not pixels[~near].any()
    far = cells.at(cells.camera.to_map(Pixel(-50, -50)), 10)
    assert far == NOTHING


@pytest.mark.parametrize("compiled", [False, True])
def test_coarse_and_detailed_drawing_agree_where_reaches_are(qtbot, window, monkeypatch, compiled):
    loops = compiled_reaches.load() if compiled else None
    monkeypatch.setattr(compiled_reaches, "_loaded", loops)
    live = taken_up(qtbot, window)
    lines = live._lines
    assert isinstance(lines, LinesAtHand)
    camera = live.cells.camera.zoomed(0.125, Pixel(450, 300))

    class Quiet:
        def report(self, fraction, message=""):
            pass

    fine = reach_cells(lines, camera, Quiet()).cells
    monkeypatch.setattr("gisapp.ui.traced_cells.DETAIL", 0)
    coarse = reach_cells(lines, camera, Quiet()).cells
    there = np.unique(coarse[coarse >= 0])
    assert len(there) > 50
    rows, columns = np.nonzero(coarse >= 0)
    near = np.zeros_like(fine, bool)
    for dy in (-2, -1, 0, 1, 2):
        for dx in (-2, -1, 0, 1, 2):
            near |= np.roll(fine >= 0, (dy, dx), (0, 1))
    assert near[rows, columns].mean() > 0.9


def click_river(qtbot, window):
    live = taken_up(qtbot, window)
    # where no station, outfall or source is near: the middle of a reach in view
    for rank in (150, 190, 230, 270, 310):
        position = large_reach(live, rank)
        QTest.mouseClick(window.page.map_area.map, LEFT, PLAIN, on_screen(window, live, position))
        qtbot.waitUntil(lambda: not window.context.jobs.unfinished, timeout=20_000)
        tracing = window.commands.tracing
        if tracing._origin is not None and tracing._origin.at is not None:
            return tracing
        window.page.trace.clear()
        taken_up(qtbot, window)
    pytest.fail("no river could be clicked")


def test_a_click_traces_and_a_number_takes_another_reach(qtbot, window):
    tracing = click_river(qtbot, window)
    panel, map_ = window.page.trace, window.page.map_area.map
    assert panel.choices.count == 3
    assert len(map_.overlay.numbered) == 3
    assert panel.answer.start.reach == tracing.choices[0].id
    second = tracing.choices[1].id
    map_.setFocus()
    QTest.keyClick(map_, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: panel.answer.start.reach == second, timeout=20_000)
    assert not map_.overlay.numbered
    assert window.page.map_area.desk.tool.name == "trace"  # no tool was taken up by the number


def test_ways_limits_and_bands(qtbot, window, context):
    panel = window.page.trace
    window.commands.use_workspace("trace")
    panel.controls.start.setText("ST09")
    QTest.keyClick(panel.controls.start, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    whole = len(panel.answer.reaches)
    overlay = window.page.map_area.map.overlay
    assert panel.bands.unit == "h"
    assert len(np.unique(overlay.traced_bands)) > 2
    panel.by_distance.click()
    assert panel.bands.unit == "km"
    panel.controls.hours.setValue(4.0)
    qtbot.waitUntil(lambda: len(panel.answer.reaches) < whole, timeout=20_000)
    near = len(panel.answer.reaches)
    panel.controls.velocity.setValue(90)
    qtbot.waitUntil(lambda: len(panel.answer.reaches) > near, timeout=20_000)
    panel.controls.ways.buttons()[3].click()
    qtbot.waitUntil(lambda: panel.answer.direction == "DD", timeout=20_000)
    assert panel.title.text() == "Downstream"
    panel.controls.start.setText("nowhere at all")
    failed = []
    context.jobs.failed.subscribe(failed.append)
    QTest.keyClick(panel.controls.start, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(failed), timeout=20_000)
    assert "nowhere at all" in str(failed[0].error)
    assert window.message_bar.isVisible()
    assert "nowhere at all" in window.message_bar.message.text
    panel.controls.start.setText("ST09")  # what is told no longer holds
    QTest.keyClick(panel.controls.start, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.message_bar.isVisible(), timeout=20_000)


def test_what_was_found_is_sorted_by_numbers(qtbot, window):
    panel = window.page.trace
    window.commands.tracing.start_at("ST09")
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    tree = panel.tree
    group = next(tree.topLevelItem(n) for n in range(3) if tree.topLevelItem(n).childCount() > 3)

    def numbers(column):
        rows = (group.child(n).text(column) for n in range(group.childCount()))
        return [float(text.replace(",", "")) for text in rows]

    assert numbers(1) == sorted(numbers(1))
    tree.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert numbers(2) == sorted(numbers(2), reverse=True)
    assert tree.topLevelItem(0).text(0).startswith("Stations · ")


def test_the_profile_and_the_map_point_at_each_other(qtbot, window):
    window.commands.use_workspace("trace")
    panel, map_ = window.page.trace, window.page.map_area.map
    window.commands.tracing.start_at("ST09")
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    chart = panel.profile
    assert chart.isVisibleTo(panel)
    half = chart.most_m / 2
    panel.traced.ensureWidgetVisible(chart)
    QApplication.processEvents()
    at = QPoint(round(chart.x_of(half)), chart.height() // 2)
    QTest.mouseMove(chart, at)
    qtbot.waitUntil(lambda: map_.cross is not None)
    assert "km²" in chart.words_at(half)
    live = taken_up(qtbot, window)
    position = int(chart.profile.positions[len(chart.profile.positions) // 2])
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    chart.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    live.pointed(position)
    assert chart.at_m == pytest.approx(chart.profile.distance_at(position))
    found = []
    chart.opened.connect(lambda role, feature: found.append(feature))
    mark = chart.profile.found[0]
    spot = QPoint(round(chart.x_of(mark.distance_m)), chart.height() // 2)
    QTest.mouseClick(chart, LEFT, PLAIN, spot)
    assert found


def test_where_a_station_lies_is_chosen_kept_and_undone(qtbot, window, context):
    store, panel = context.workspace.store, window.page.trace
    stations = context.layer_data.get(store.project.layer_of_role("stations"))
    fid = FeatureId(str(stations.ids[3]))
    window.page.map_area.desk.trace_wanted(StartTrace(LayerId("stations"), fid))
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    first = panel.answer.start.reach
    other = next(n for n, one in enumerate(window.commands.tracing.choices) if one.id != first)
    wanted = window.commands.tracing.choices[other].id
    panel.choices._group.buttons()[other].click()
    qtbot.waitUntil(lambda: panel.answer.start.reach == wanted, timeout=20_000)
    assert store.project.layer_of_role("placements") is not None
    store.undo()
    qtbot.waitUntil(lambda: panel.answer.start.reach == first, timeout=20_000)
    assert store.project.layer_of_role("placements") is None


def test_a_spill_is_worked_out_anew_with_each_change(qtbot, window, context):
    sources = context.layer_data.get(context.workspace.store.project.layer_of_role("sources"))
    fid = FeatureId(str(sources.ids[0]))
    wanted = StartTrace(LayerId("sources"), fid, purpose="spill")
    window.page.map_area.desk.trace_wanted(wanted)
    card = window.page.side.card
    qtbot.waitUntil(lambda: card.answer is not None, timeout=20_000)
    assert card.tree.topLevelItemCount() == len(card.answer.arrivals) > 0
    first = card.answer.arrivals[0].highest_mg_l
    card.mass.setValue(5000.0)
    qtbot.waitUntil(lambda: card.answer.arrivals[0].highest_mg_l > first, timeout=20_000)
    panel, tracing = window.page.trace, window.commands.tracing
    assert panel.answer.direction == "DD"
    right = window.page.arrangement.splitter("right").sizes()
    assert right[0] > right[1]  # the card that was opened has the room
    spilled = panel.answer.start.reach
    assert spilled in [one.id for one in tracing.choices]  # those of a trace before do not stay
    panel.controls.ways.buttons()[0].click()  # another way is asked for from the spill
    qtbot.waitUntil(lambda: panel.answer.direction == "UT", timeout=20_000)
    assert panel.answer.start.reach == spilled
    QTest.keyClick(card.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QApplication.clipboard().text().splitlines()) == len(card.answer.arrivals)
    card.tree.itemActivated.emit(card.tree.topLevelItem(0), 0)
    assert context.workspace.selection.features
    card.time.setText("yesterday")
    card.work_out()
    qtbot.waitUntil(lambda: "yesterday" in card.words.text(), timeout=20_000)


def test_of_several_layers_of_rivers_the_one_at_the_place_is_traced(qtbot, window, context):
    """Another basin, made up, lies above the sample's in the list, far away on the map."""
    store, panel = context.workspace.store, window.page.trace
    line = np.array([[900_000.0, 9_000_000.0], [900_000.0, 9_001_000.0]])
    far = Features(layers_crs(context), (), np.array(["1"], object), {},
                   Shapes("line", line, np.array([0, 2]), np.array([0])))  # fmt: skip
    other = Layer("Far away", Source("geopackage", "far.gpkg"), LineStyle(), role="rivers",
                  id=LayerId("far"))  # fmt: skip
    window_setting.read_made_up.far.append(far)
    before = store.project.layers
    store.apply(LayersEdit("Add", before, (*before, other)))
    qtbot.waitUntil(lambda: context.layer_data.get(other) is not None, timeout=20_000)
    window.page.trace.controls.start.setText("a start before")
    stations = context.layer_data.get(before[1])
    wanted = StartTrace(LayerId("stations"), FeatureId(str(stations.ids[8])))
    window.page.map_area.desk.trace_wanted(wanted)
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    assert len(panel.answer.reaches) > 100
    assert not panel.controls.start.text()  # it is not where this trace starts
    window.commands.tracing.start_at("900000, 9000500")
    qtbot.waitUntil(lambda: len(panel.answer.reaches) == 1, timeout=20_000)
    window.commands.tracing.start_at("ST09")  # a name: found in a layer that can place it
    qtbot.waitUntil(lambda: len(panel.answer.reaches) > 100, timeout=20_000)


def test_compiled_loops_light_up_what_arrays_do(monkeypatch):
    """Runs of all kinds, on cells made by chance."""
    made = np.random.default_rng(5)
    cells = made.integers(-30, 40, (57, 83)).astype(np.int32)
    camera = Camera(Point(0, 0), 1.0, Size(83, 57), "EPSG:4547")
    for runs in ([], [(3, 4)], [(30, 40), (0, 2), (7, 19)], [(0, 40)], [(90, 99)]):
        both = []
        for loops in (None, compiled_reaches.load()):
            monkeypatch.setattr(compiled_reaches, "_loaded", loops)
            both.append(ReachCells(camera, cells).lit(runs, (1, 2, 3)))
        assert both[0].camera == both[1].camera
        assert (both[0].pixels == both[1].pixels).all()


def test_pipes_of_the_project_are_traced_and_drawn(qtbot, window, context):
    """A sewer, made up, that ends at the middle of a river of the sample."""
    tracing = click_river(qtbot, window)
    start = window.page.trace.answer.start
    upper = window.page.trace.answer.reaches[1]
    rivers = data_of(context, context.workspace.store.project.layer_of_role("rivers"))
    at = rivers.shapes.coords[
        np.mean(
            rivers.shapes.starts[np.searchsorted(rivers.shapes.owner,
                                 rivers.numbers_of([upper.feature])[0]) + np.array([0, 1])]
        ).astype(int)
    ]  # fmt: skip
    line = np.array([at + np.array([300, 200]), at + np.array([5, 5])])
    drains = Features(rivers.crs, (), np.array(["1"], object), {},
                      Shapes("line", line, np.array([0, 2]), np.array([0])))  # fmt: skip
    monkey = pytest.MonkeyPatch()
    real = tracing._of_role
    monkey.setattr(tracing, "_of_role", lambda role: drains if role == "pipes" else real(role))
    tracing.again()
    qtbot.waitUntil(lambda: bool(window.page.trace.answer.sewers), timeout=20_000)
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=20_000)
    answer = window.page.trace.answer
    assert answer.start.reach.split("/")[0] == start.reach.split("/")[0]
    [way] = answer.sewers
    assert way.pipes == ("pipe 1",)
    assert "pipes" in window.page.trace.caveat.text()
    drawn = window.page.trace._drawn.shapes
    assert np.isclose(drawn.coords, line[0]).all(axis=1).any()
    monkey.undo()
