"""Ranked candidates under the hand: rows, keys, live assumptions, the map and the chart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.settings import Settings
from gisapp.app.store import Store
from gisapp.app.workspace import Workspace
from gisapp.model.edit import LayersEdit
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.ui.context import WindowContext
from gisapp.ui.ranking_panel import RankingPanel, is_ranking
from gisapp.ui.theme import Theme
from gisapp.ui.trace_panel import TracePanel
from tests.ui.map_setting import CRS, rivers, runner

SOURCES = LayerId("sources")
WEIGHTS = {"timing": 0.3, "load": 0.3, "signature": 0.2, "history": 0.1, "proximity": 0.1}


def row(place, name, score):
    if not name:
        return SimpleNamespace(
            place=place, id="", name="unknown", feature=None, score=score, rank_words="rank 3",
            way_words="", window_h=None, load="1 g/s", parts=(), gates=(), decides=("samples",),
        )  # fmt: skip
    parts = [
        SimpleNamespace(title=title, value=0.5, share=share, points=50 * share)
        for title, share in WEIGHTS.items()
    ]
    return SimpleNamespace(
        place=place, id=name, name=f"{name} made-up works", feature=FeatureId(name), score=score,
        rank_words="rank 1 to 2", way_words="5 km, 3 h away", window_h=(-5.0, -2.0 - place),
        load="40 g/s", parts=parts, gates=(("place", 0.9),), decides=("its log",),
    )  # fmt: skip


@dataclass(frozen=True)
class Made:
    """As a plugin answers: with more weight on load, B comes first."""

    weights: dict = field(default_factory=lambda: dict(WEIGHTS))
    velocity: float = 1.0
    decay_per_day: float = 0.2
    asked: list = field(default_factory=list)
    headline: str = "Made-up ammonia at S1"
    need: str = "65 g/s"
    note: str = "A candidate, not a verdict"
    time: str = "2025-03-20T04:00"
    start: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(title="S1"))
    reaches: tuple = ()

    @property
    def rows(self):
        order = ["B", "A"] if self.weights["load"] > 0.5 else ["A", "B"]
        return [row(1, order[0], 80.0), row(2, order[1], 40.0), row(3, "", 5.0)]

    def again(self, weights=None, velocity=None, decay_per_day=None):
        self.asked.append((weights, velocity, decay_per_day))
        return replace(self, weights=weights, velocity=velocity, decay_per_day=decay_per_day)


@pytest.fixture
def context():
    main, jobs = runner()
    source = Source("geopackage", "sources.gpkg")
    layer = Layer("Sources", source, PointStyle(), role="sources", id=SOURCES)
    made = WindowContext(
        workspace=Workspace(Store(Project(crs=CRS, layers=(layer,))), None),
        jobs=jobs,
        deliver=main,
        settings=Settings(),
        theme=Theme("light"),
    )
    yield made
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


@pytest.fixture
def panel(qtbot, context):
    made = RankingPanel(context)
    qtbot.addWidget(made)
    made.resize(320, 600)
    with qtbot.waitExposed(made):
        made.show()
    made.show_answer(Made())
    return made


def selected(context):
    return set(context.workspace.selection.features)


def key(panel, name):
    QTest.keyClick(panel.list, name)


def test_the_best_is_chosen_and_says_why(panel):
    assert panel.current.id == "A"
    assert panel.model.rowCount() == 3
    first, second = (panel.list.visualRect(panel.model.index(n, 0)) for n in (0, 1))
    assert first.height() > second.height() + 60  # its reasons are open
    assert panel.headline.text() == "Made-up ammonia at S1"
    assert "not a verdict" in panel.note.text()


def test_keys_go_through_and_show_each_on_the_map(panel, context):
    panel.list.setFocus()
    key(panel, Qt.Key.Key_J)
    assert (panel.current.id, selected(context)) == ("B", {"B"})
    key(panel, Qt.Key.Key_J)
    assert panel.current.id == ""  # the unknown: nothing on the map
    assert selected(context) == {"B"}
    key(panel, Qt.Key.Key_J)
    assert panel.current.id == ""
    key(panel, Qt.Key.Key_K)
    key(panel, Qt.Key.Key_K)
    assert (panel.current.id, selected(context)) == ("A", {"A"})


def test_a_click_selects_and_shows(panel, context, qtbot):
    at = panel.list.visualRect(panel.model.index(1, 0)).center()
    with qtbot.waitSignal(panel.opened):
        QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert selected(context) == {"B"}
    assert context.workspace.selection.layer == SOURCES


def test_a_hidden_layer_of_sources_is_shown_and_that_can_be_undone(panel, context, qtbot):
    store = context.workspace.store
    before = store.project.layers
    hidden = replace(before[0], visible=False)
    store.apply(LayersEdit("Hide", before, (hidden,)))
    qtbot.waitUntil(lambda: not store.project.layers[0].visible)
    panel.step(1)
    qtbot.waitUntil(lambda: store.project.layers[0].visible)
    assert selected(context) == {"B"}
    store.undo()
    qtbot.waitUntil(lambda: not store.project.layers[0].visible)


def test_the_window_of_the_chosen_is_told(panel, qtbot):
    with qtbot.waitSignal(panel.window_shown) as told:
        panel.step(1)
    assert told.args == ["2025-03-20T04:00", (-5.0, -4.0)]
    with qtbot.waitSignal(panel.window_shown) as told:
        panel.step(1)
    assert told.args[1] is None


def test_sliders_rank_anew_once_the_hand_rests(panel, qtbot):
    given = panel.answer
    slider = panel.assumptions.sliders["load"]
    with qtbot.waitSignal(panel.reranked):
        for at in (40, 60, 90):
            slider.setValue(at)
    assert len(given.asked) == 1
    weights, velocity, decay = given.asked[0]
    assert weights == {**WEIGHTS, "load": 0.9}
    assert (velocity, decay) == (1.0, 0.2)  # exactly as they came
    assert panel.answer.rows[0].id == "B"
    assert panel.current.id == "A"  # who was looked at stays chosen
    assert not panel.reset.isHidden()
    panel.reset.click()
    assert panel.answer is given
    assert slider.value() == 30


def test_velocity_is_a_factor_both_ways(panel, qtbot):
    given = panel.answer
    with qtbot.waitSignal(panel.reranked):
        panel.assumptions.sliders["velocity"].setValue(0)
    assert given.asked[-1][1] == pytest.approx(1 / 3)


def test_no_weight_at_all_is_refused_in_words(panel, qtbot):
    for name in WEIGHTS:
        panel.assumptions.sliders[name].setValue(0)
    qtbot.waitUntil(lambda: not panel.assumptions.problem.isHidden())
    assert panel.answer.asked == []
    with qtbot.waitSignal(panel.reranked):
        panel.assumptions.sliders["load"].setValue(50)
    assert panel.assumptions.problem.isHidden()


def test_all_is_copied_for_a_sheet(panel):
    QTest.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t")[:3] == ["1", "A made-up works", "80.0"]


def test_the_card_changes_between_candidates_and_all_upstream(qtbot, context):
    card = TracePanel(context)
    qtbot.addWidget(card)
    shown = []
    card.show_on_map = lambda traced, go: shown.append(traced)
    trace = SimpleNamespace(headline="Upstream of S1", lists=(), reaches=(), warnings=())
    card.show_answer(trace, rivers())
    assert card.tabs.isHidden()
    card.show_ranking(Made(), rivers())
    assert card.shown_ranking is not None
    assert card.tree.isHidden()
    assert not card.ranked.isHidden()
    card.upstream_tab.click()
    assert card.shown_ranking is None
    assert not card.tree.isHidden()
    assert card.ranked.isHidden()
    card.ranking_tab.click()
    assert not card.ranked.isHidden()
    card.clear()
    assert card.ranking.answer is None
    assert card.tabs.isHidden()
    assert shown[-1] is None


def test_other_stations_that_saw_it_are_named_and_can_be_dropped(panel, qtbot):
    assert panel.samples.isHidden()
    panel.show_samples(("ST11@2025-03-20T12:00",))
    assert "ST11 2025-03-20 12:00" in panel.samples.text()
    with qtbot.waitSignal(panel.samples_dropped):
        QTest.mouseClick(panel.drop_samples, Qt.MouseButton.LeftButton)


def test_what_is_a_ranking():
    assert is_ranking(Made())
    assert not is_ranking(SimpleNamespace(headline="", lists=(), reaches=(), warnings=()))


def test_nothing_lies_over_anything_and_nothing_is_wider_than_the_card(qtbot, context):
    """In the narrowest column and a low window, with all that can be said and unfolded."""
    card = TracePanel(context)
    qtbot.addWidget(card)
    card.resize(316, 480)
    with qtbot.waitExposed(card):
        card.show()
    card.show_ranking(Made(), rivers())
    panel = card.ranking
    panel.show_samples(("ST11@2025-03-20T12:00", "ST12@2025-03-20T18:00"))
    panel.show_case("2025-03-20-ST09-Section-09-with-a-long-name", can_compare=True)
    panel.toggle.click()
    holder, view = card.ranked.widget(), card.ranked.viewport()
    assert holder.width() <= view.width()
    slider = panel.assumptions.sliders["decay"]
    at = slider.mapTo(view, slider.rect().center())
    assert view.rect().contains(at)  # what was unfolded is in view
    assert slider.height() >= slider.sizeHint().height()
    links = [panel.toggle, panel.charts, panel.assumptions, panel.note, panel.list]
    boxes = [one.geometry() for one in links]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_a_case_that_is_altered_says_so_and_is_not_compared(qtbot, context):
    panel = RankingPanel(context)
    qtbot.addWidget(panel)
    panel.show_answer(Made())
    panel.show_case("2025-03-20-ST09", can_compare=True)
    assert panel.compare.isEnabled()
    panel.assumptions.sliders["velocity"].setValue(80)
    assert "with other assumptions" in panel.case.name.text()
    assert not panel.compare.isEnabled()
    panel.kept(Made())
    assert panel.compare.isEnabled()
    assert panel.case.name.text() == "Case 2025-03-20-ST09"
    panel.assumptions.sliders["velocity"].setValue(20)
    panel.reset.click()
    assert panel.compare.isEnabled()
    panel._timer.stop()
