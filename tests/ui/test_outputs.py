"""Map sheet, ledger, tracing and algorithms from the window, with real files where they end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.analysis.algorithm import algorithm
from gisapp.app.plugins import find_plugins
from gisapp.app.tools import StartTrace
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.parameters import Limits
from gisapp.model.progress import Progress
from gisapp.ui.algorithm_panel import AlgorithmPanel
from gisapp.ui.context import WindowContext
from gisapp.ui.crs_panel import CrsPanel, SourceCrsPanel
from gisapp.ui.main_window import MainWindow
from gisapp.ui.map_area import png_of
from gisapp.ui.output_panel import safe_name, save_ledger
from gisapp.ui.trace_panel import is_trace, traced_shapes
from tests.ui.map_setting import rivers
from tests.ui.test_main_window import opened
from tests.ui.window_setting import RIVERS, said, window_context

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    return opened(qtbot, context, tmp_path)


def done(qtbot, context: WindowContext) -> None:
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=20_000)


@pytest.mark.parametrize("ending", [".pdf", ".png"])
def test_the_sheet_is_written_and_said_to_be(window, context, qtbot, tmp_path, ending):
    messages = said(context)
    window.page.output.form.field("dots").setCurrentIndex(0)
    window.page.output.save(tmp_path / "north bank", ending)
    done(qtbot, context)
    written = tmp_path / f"north bank{ending}"
    assert written.read_bytes()[:4] == (b"%PDF" if ending == ".pdf" else b"\x89PNG")
    assert messages[-1].text == f"Saved north bank{ending}"
    assert messages[-1].action == "Open"


def test_what_is_on_the_sheet_is_kept_in_the_project(window, context):
    output = window.page.output
    box = output.form.field("paper")
    box.setCurrentIndex(box.findData("A3"))
    box.activated.emit(box.currentIndex())
    store = context.workspace.store
    assert store.project.pages[0].paper == "A3"
    assert store.project.pages[0].title == "Made-up survey"
    store.undo()
    assert store.project.pages == ()
    assert output.form.values()["paper"] == "A4"


def test_the_primary_button_shows_the_sheet(window):
    assert not window.page.arrangement.is_shown("output")
    QTest.mouseClick(window.page.top.export, LEFT)
    assert window.page.arrangement.is_shown("output")


def test_the_ledger_is_written(window, context, qtbot, tmp_path):
    messages = said(context)
    save_ledger(context, tmp_path / "ledger")
    done(qtbot, context)
    assert (tmp_path / "ledger.xlsx").read_bytes()[:2] == b"PK"
    assert messages[-1].hint == "5 rows"


@pytest.mark.parametrize(
    ("title", "name"), [("North: bank", "North_ bank"), ("台账/1", "台账_1"), ("..", "map")]
)
def test_a_title_becomes_the_name_of_a_file(title, name):
    assert safe_name(title) == name


def test_choosing_a_system_is_an_edit_and_the_map_stays_where_it_is(window, context, qtbot):
    map_ = window.page.map_area.map
    scale = map_.camera.scale
    window.commands.choose_crs()
    card = window.page.side.card
    assert isinstance(card, CrsPanel)
    done(qtbot, context)
    card.apply("EPSG:4490")
    assert context.workspace.store.project.crs == "EPSG:4490"
    assert map_.camera.crs == "EPSG:4490"
    assert map_.camera.center.x == pytest.approx(114.0, abs=0.01)
    assert map_.camera.scale == pytest.approx(scale, rel=0.02)
    assert window.page.side.card is None
    done(qtbot, context)
    context.workspace.store.undo()
    assert map_.camera.crs == "EPSG:4547"
    done(qtbot, context)


def test_a_file_can_be_told_its_system(window, context, qtbot):
    panel = SourceCrsPanel(context, RIVERS)
    qtbot.addWidget(panel)
    panel.apply("EPSG:4548")
    source = context.workspace.store.project.layer(RIVERS).source
    assert source.option("crs") == "EPSG:4548"
    done(qtbot, context)


@dataclass(frozen=True)
class Reach:
    feature: str


@dataclass(frozen=True)
class Above:
    role: str
    feature: str
    id: str
    title: str
    distance_m: float
    reason: str


@dataclass(frozen=True)
class MadeUpTrace:
    headline: str = "Upstream of r2: 2 reaches"
    lists: tuple = (
        ("Outfalls upstream", (Above("outfalls", "f3", "W-003", "Pipe", 1234.0, "on the reach"),)),
        ("Sources upstream", ()),
    )
    reaches: tuple = (Reach("r1"), Reach("r2"))
    warnings: tuple = ("Two lengths are missing",)
    more: dict = field(default_factory=dict)


def test_a_trace_is_listed_shown_on_the_map_and_each_entry_opens(window, context):
    window.commands.show_answer(MadeUpTrace(), {"rivers": rivers()})
    panel = window.page.trace
    assert window.page.arrangement.is_shown("trace")
    assert panel.words.text() == "Upstream of r2: 2 reaches"
    assert "Two lengths are missing" in panel.caveat.text()
    assert "candidate" in panel.caveat.text()
    assert window.page.map_area.map.overlay.traced is not None
    group = panel.tree.topLevelItem(0)
    assert (group.child(0).text(0), group.child(0).text(1)) == (
        "W-003  Pipe",
        "1.23",
    )
    panel.tree.itemActivated.emit(group.child(0), 0)
    assert window.page.feature.title.text() == "W-003"
    panel.clear_button.click()
    assert window.page.map_area.map.overlay.traced is None


def test_the_reaches_of_a_trace_keep_their_lines():
    shapes = traced_shapes(rivers(), MadeUpTrace(reaches=(Reach("r2"),)), "EPSG:4547")
    assert shapes.coords.tolist() == rivers().shapes.coords[2:].tolist()
    assert shapes.starts.tolist() == [0, 2]
    assert traced_shapes(rivers(), MadeUpTrace(reaches=()), "EPSG:4547") is None
    assert not is_trace("text")


def test_tracing_with_the_plugin_from_a_click(window, context, qtbot):
    context.plugins = find_plugins()
    window.page.map_area.desk.trace_wanted(StartTrace(RIVERS, FeatureId("r2")))
    done(qtbot, context)
    answer = window.page.trace.answer
    assert [reach.id for reach in answer.reaches] == ["2", "1"]
    assert window.page.map_area.map.overlay.traced is not None


def test_without_rivers_tracing_says_what_is_missing(window, context, qtbot):
    window.page.layers.rows.remove(RIVERS)
    messages = said(context)
    window.page.map_area.desk.trace_wanted(StartTrace(RIVERS, FeatureId("r2")))
    assert messages[-1].text == "There is no river layer to trace in"
    done(qtbot, context)


@algorithm("count-reaches", "Count reaches")
def count_reaches(
    rivers: FeatureSet,
    least_m: Annotated[float, Limits(0, 1e6, "m")] = 0.0,
    *,
    progress: Progress,
) -> str:
    """How many reaches are at least so long."""
    return f"{sum(m >= least_m for m in rivers.column('length_m'))} reaches"


def test_an_algorithm_gets_a_form_and_runs_in_the_background(window, context, qtbot):
    panel = AlgorithmPanel(context, count_reaches, "Count reaches", lambda result, inputs: False)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.layers["rivers"].currentText() == "Rivers"
    panel.form.field("least_m").setValue(350)
    QTest.mouseClick(panel.run_button, LEFT)
    qtbot.waitUntil(lambda: panel.result.toPlainText() == "1 reaches")
    assert panel.run_button.isEnabled()
    done(qtbot, context)


def test_an_algorithm_without_its_layer_says_so(window, context, qtbot):
    window.page.layers.rows.remove(RIVERS)
    panel = AlgorithmPanel(context, count_reaches, "Count reaches", lambda result, inputs: False)
    qtbot.addWidget(panel)
    panel.layers["rivers"].clear()
    panel.run()
    assert "choose a layer" in panel.problem.text()
    done(qtbot, context)


def test_the_picture_of_the_map_is_a_png(window):
    from PySide6.QtCore import QSize

    assert png_of(window.page.map_area.picture(QSize(100, 50)))[:4] == b"\x89PNG"
