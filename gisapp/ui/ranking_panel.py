"""Ranked candidates for an exceedance: each with what its score is made of, live assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeGuard

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.workspace import Selection
from gisapp.model.edit import LayersEdit
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.ranking_case import CaseLine
from gisapp.ui.ranking_rows import ROW, RankingList
from gisapp.ui.ranking_sliders import Assumptions

LEAST = 230  # pixels: one candidate with all its terms
DEBOUNCE = 120  # ms after the last movement of a slider


class Row(Protocol):
    """One candidate as far as the window looks at it; `feature` is None for the unknown."""

    place: int
    id: str
    name: str
    feature: FeatureId | None
    score: float
    rank_words: str
    way_words: str
    window_h: tuple[float, float] | None
    load: str
    parts: Sequence[Any]  # title, value, share, points
    gates: Sequence[tuple[str, float]]
    decides: Sequence[str]


class RankingAnswer(Protocol):
    """What a ranking plugin answers."""

    start: Any  # with `title`
    headline: str
    need: str
    note: str
    time: str
    rows: Sequence[Row]
    reaches: Sequence[Any]  # the band of river still possible, with `feature`
    weights: Mapping[str, float]
    velocity: float
    decay_per_day: float
    again: Callable[..., Any]


def is_ranking(result: object) -> TypeGuard[RankingAnswer]:
    names = ("headline", "need", "rows", "reaches", "weights", "again")
    return all(hasattr(result, name) for name in names)


class RankingPanel(QWidget):
    """Inside the card of tracing. Click, J and K choose a row and show it on the map."""

    opened = Signal()  # a source was chosen and is selected now
    window_shown = Signal(str, object)  # time of the event, hours before it (from, to) or None
    samples_dropped = Signal()
    clean_dropped = Signal()  # stations that their records show as clean
    stations_wanted = Signal()  # to say of one that it was clean, or exceeded too
    rerun_wanted = Signal()  # of the case, on the layers as they are now
    compare_wanted = Signal()  # with another case
    charts_wanted = Signal()
    unfolded = Signal()  # the assumptions, below the list
    reranked = Signal(object)  # the answer with other assumptions

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self._context = context
        self.answer: RankingAnswer | None = None
        self._asked: RankingAnswer | None = None  # with the assumptions it came with
        self.headline = label("", wrap=True)
        self.need = label("", "dim", wrap=True)
        self.list = RankingList(context.theme)
        self.model = QStandardItemModel(self)
        self.list.setModel(self.model)
        self.list.setMinimumHeight(LEAST)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.clicked.connect(lambda index: self._open())
        self.list.stepped.connect(self.step)
        self.note = label("", "dim", wrap=True)
        self.assumptions = Assumptions()
        self.assumptions.hide()
        self.assumptions.changed.connect(self._moved)
        self.toggle = button(tr("Assumptions"), "link")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self.assumptions.setVisible)
        self.toggle.toggled.connect(lambda open_now: self.unfolded.emit() if open_now else None)
        self.reset = button(tr("As they were"), "link")
        self.reset.clicked.connect(self._reset)
        self.reset.hide()
        self.samples = label("", "dim", wrap=True)
        self.drop_samples = button(tr("Without them"), "link")
        self.drop_samples.clicked.connect(self.samples_dropped)
        measured = QHBoxLayout()
        measured.addWidget(self.samples, 1)
        measured.addWidget(self.drop_samples)
        self.clean = label("", "dim", wrap=True)
        self.drop_clean = button(tr("Do not count them"), "link")
        self.drop_clean.clicked.connect(self.clean_dropped)
        cleared = QHBoxLayout()
        cleared.addWidget(self.clean, 1)
        cleared.addWidget(self.drop_clean)
        self.pace = label("", "dim", wrap=True)
        self.take_pace = button(tr("Take this velocity"), "link")
        self.take_pace.clicked.connect(self._take_pace)
        paced = QHBoxLayout()
        paced.addWidget(self.pace, 1)
        paced.addWidget(self.take_pace)
        self.warnings = label("", "warn", wrap=True)
        self.case = CaseLine()
        self.rerun, self.compare = self.case.rerun, self.case.compare
        self.rerun.clicked.connect(self.rerun_wanted)
        self.compare.clicked.connect(self.compare_wanted)
        self.charts = button(tr("Profile and series"), "link")
        self.charts.clicked.connect(self.charts_wanted)
        line = QHBoxLayout()
        self.stations = button(tr("Other stations"), "link")
        self.stations.setToolTip(tr("Say which of them were as usual at the time, or exceeded too"))
        self.stations.clicked.connect(self.stations_wanted)
        line.addWidget(self.toggle)
        line.addWidget(self.reset)
        line.addStretch(1)
        others = QHBoxLayout()  # a line of their own: no language needs more than the card's width
        others.addWidget(self.stations)
        others.addStretch(1)
        others.addWidget(self.charts)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 6, 0)  # beside the scroll bar
        column.setSpacing(6)
        for part in (self.headline, self.need):
            column.addWidget(part)
        column.addLayout(measured)
        column.addLayout(cleared)
        column.addLayout(paced)
        column.addWidget(self.warnings)
        column.addWidget(self.case)
        self.show_samples(())
        column.addWidget(self.list, 1)
        column.addLayout(others)
        column.addLayout(line)
        column.addWidget(self.assumptions)
        column.addWidget(self.note)
        for part in (self.headline, self.need, self.note, self.clean, self.pace, self.warnings):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._timer = QTimer(self, singleShot=True, interval=DEBOUNCE)
        self._timer.timeout.connect(self._ask_again)

    def show_answer(self, answer: RankingAnswer) -> None:
        """The best candidate is chosen, its window shown; the map stays where it is."""
        self._asked = answer
        self.assumptions.show_values(answer.weights, answer.velocity, answer.decay_per_day)
        self.reset.hide()
        clean, odd = getattr(answer, "clean_words", ""), getattr(answer, "warnings", ())
        self.clean.setText(clean)
        self.pace.setText(getattr(answer, "velocity_words", ""))
        for part in (self.pace, self.take_pace):
            part.setVisible(bool(self.pace.text()))
        for part in (self.clean, self.drop_clean):
            part.setVisible(bool(clean))
        self.stations.setVisible(bool(getattr(answer, "stations_above", ())))
        self.warnings.setText("\n".join(odd))
        self.warnings.setVisible(bool(odd))
        self.case.show_changes(getattr(answer, "compared_with", ""), getattr(answer, "changes", ()))
        self.case.show_altered(altered=False)
        self._fill(answer, "")
        self.list.scrollToTop()

    def kept(self, answer: RankingAnswer) -> None:
        """These assumptions are those of a case now."""
        self._asked = answer
        self.reset.hide()
        self.case.show_altered(altered=False)

    def show_case(self, name: str, *, can_compare: bool) -> None:
        """The case that is shown; empty: what is shown was not opened from one."""
        self.case.show_case(name, can_compare=can_compare)

    def show_samples(self, samples: Sequence[str]) -> None:
        """Other stations whose times narrow the window, as station@time."""
        pairs = (one.partition("@") for one in samples)
        said = ", ".join(f"{station} {time.replace('T', ' ')}" for station, _, time in pairs)
        self.samples.setText(tr("Seen too at: {stations}").format(stations=said))
        for part in (self.samples, self.drop_samples):
            part.setVisible(bool(samples))

    def clear(self) -> None:
        self.answer = self._asked = None
        self.show_case("", can_compare=False)
        self._timer.stop()
        self.model.clear()
        self.window_shown.emit("", None)

    def _fill(self, answer: RankingAnswer, chosen: str) -> None:
        self.answer = answer
        self.headline.setText(answer.headline)
        self.need.setText(answer.need)
        self.note.setText(answer.note)
        taken = _same(answer.velocity, getattr(answer, "velocity_seen", None))
        self.take_pace.setText(tr("In use") if taken else tr("Take this velocity"))
        self.take_pace.setEnabled(not taken)
        self.model.clear()
        at = 0
        for number, row in enumerate(answer.rows):
            item = QStandardItem(f"{row.place}. {row.name}, {row.score:.1f}")
            item.setData(row, ROW)
            item.setEditable(False)
            item.setToolTip(_tip(row))
            self.model.appendRow(item)
            at = number if chosen and row.id == chosen else at
        if answer.rows:
            self.list.selectionModel().setCurrentIndex(
                self.model.index(at, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    @property
    def current(self) -> Row | None:
        row: Row | None = self.list.currentIndex().data(ROW)
        return row

    def step(self, by: int) -> None:
        """The next candidate or the one before, shown on the map."""
        index = self.list.currentIndex().row() + by
        if 0 <= index < self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(index, 0))
            self._open()

    def _chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        row: Row | None = now.data(ROW)
        self.list.measure_again()
        self.list.scrollTo(now)
        if row is not None and self.answer is not None:
            self.window_shown.emit(self.answer.time, row.window_h)

    def _open(self) -> None:
        row = self.current
        layer = self._context.workspace.store.project.layer_of_role("sources")
        if row is None or row.feature is None or layer is None:
            return
        if not layer.visible:
            self._show_layer(layer)
        self._context.workspace.select(Selection(layer.id, frozenset([row.feature])))
        self.opened.emit()

    def _show_layer(self, layer: Layer) -> None:
        """What is chosen is to be seen; it can be undone like any other change of the layers."""
        store = self._context.workspace.store
        if store.read_only:
            return
        before = store.project.layers
        after = tuple(replace(one, visible=True) if one is layer else one for one in before)
        store.apply(LayersEdit(tr("Show {layer}").format(layer=layer.name), before, after))

    def _moved(self) -> None:
        self.reset.show()
        self.case.show_altered(altered=True)
        self._timer.start()

    def _take_pace(self) -> None:
        """Rivers as fast as the peak went between the stations that measured it."""
        pace = getattr(self._asked, "velocity_seen", None)
        if pace is not None:
            self.assumptions.take("velocity", float(pace))

    def _reset(self) -> None:
        if self._asked is not None:
            chosen = self.current.id if self.current else ""
            self._timer.stop()
            answer = self._asked
            self.assumptions.show_values(answer.weights, answer.velocity, answer.decay_per_day)
            self.reset.hide()
            self.case.show_altered(altered=False)
            self._fill(answer, chosen)
            self.reranked.emit(answer)

    def _ask_again(self) -> None:
        """In a job: no file is read, but hundreds of candidates take their time."""
        asked = self._asked
        if asked is None:
            return
        values = self.assumptions.values()
        self.assumptions.problem.setVisible(values is None)
        if values is None:
            return

        def work(progress: Progress) -> Any:
            return asked.again(**values)

        def done(answer: Any) -> None:
            if asked is self._asked:
                self._fill(answer, self.current.id if self.current else "")
                self.reranked.emit(answer)

        job = Job(tr("Ranking"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="ranking again")


def _same(velocity: float, seen: float | None) -> bool:
    return seen is not None and abs(velocity - seen) < 0.005 * seen


def _tip(row: Row) -> str:
    lines = [row.name, row.way_words, row.load, row.rank_words]
    return "\n".join(line for line in lines if line)
