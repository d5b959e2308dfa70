"""What is searched for suspected outfalls, where the water is, and with what settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QProgressBar, QVBoxLayout, QWidget

from gisapp.app.candidate_search import (
    RUNS,
    CandidateSearch,
    SearchRequest,
    SearchResult,
    check_request,
    files_of,
    is_likely_water,
    search_and_read,
    thermal_layers,
    unit_said,
    water_layers,
    water_of,
)
from gisapp.app.jobs import Job, JobState
from gisapp.model.errors import GisError
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import LineStyle
from gisapp.model.text import tr
from gisapp.ui.captions import caption
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_mosaics
from gisapp.ui.form import Form, QuietCombo
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard

FIRST = ("min_contrast_c", "confidence", "min_area_m2")  # the others wait behind a link
PROPOSED = ""  # the water is proposed from the mosaic


class CandidateSearchCard(TaskCard):
    """`found` brings what was found, ready for the project; `open_wanted`: results on the disk.
    `started`: what was said of an earlier search is out of date; `failed`: brings why."""

    found = Signal(object)  # SearchResult
    started = Signal()
    failed = Signal(object)  # GisError
    open_wanted = Signal()
    wide = True

    def __init__(
        self, context: WindowContext, search: CandidateSearch, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Find suspected outfalls"), context.theme.tokens, parent)
        self._context, self._search = context, search
        self._job: Job[SearchResult] | None = None
        self._files: list[Path] = []
        self.boxes: dict[LayerId | Path, QCheckBox] = {}
        column = self.scrolled()
        column.addWidget(
            label(
                tr(
                    "Spots of water warmer or cooler than the water around them that start at a "
                    "bank. What is found is looked at one by one; nothing is decided by itself."
                ),
                "dim",
                wrap=True,
            )
        )
        column.addWidget(label(tr("Temperatures"), "group"))
        self.sources = QVBoxLayout()
        self.sources.setSpacing(4)
        column.addLayout(self.sources)
        self.together = QCheckBox(tr("Several nights of one place, together"))
        self.together.setToolTip(
            tr(
                "Noise, drift, boats and glint differ from night to night; an outfall does not. "
                "The mosaics have to lie on each other to half a metre."
            )
        )
        column.addWidget(self.together)
        self.none = label(
            tr("No layer of temperatures yet. Add a thermal mosaic (GeoTIFF in °C) or a flight."),
            "warn",
            wrap=True,
        )
        column.addWidget(self.none)
        self.add_button = button(tr("Add mosaics or a flight…"), "link")
        self.add_button.clicked.connect(lambda: choose_mosaics(self, self.add_files))
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(tr("Water"), "group"))
        self.water = QuietCombo()
        self.water.setAccessibleName(tr("Where the water is"))
        self.water.activated.connect(self._water_chosen)
        column.addWidget(self.water)
        self.water_note = label("", "dim", wrap=True)
        column.addWidget(self.water_note)
        self._add_settings(column)
        column.addStretch(1)
        self._add_run()
        store = context.workspace.store
        self.leave.append(store.changed.subscribe(lambda change: self._fill()))
        self._fill()

    def _add_settings(self, column: QVBoxLayout) -> None:
        plain = [p for p in self._search.parameters if p.type in (float, int)]
        column.addWidget(label(tr("What counts"), "group"))
        self.kind = QuietCombo(
            [("both", tr("Warm and cool")), ("warm", tr("Warmer")), ("cold", tr("Cooler"))]
        )
        self.kind.setAccessibleName(tr("Warm or cool"))
        row = QFormLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        row.addRow(label(tr("Warm or cool"), "dim"), self.kind)
        column.addLayout(row)
        self.form = Form([p for p in plain if p.name in FIRST])
        rest = [p for p in plain if p.name not in (*FIRST, "width_m")]
        self.more_form = Form(rest)
        self.width_form = Form([p for p in plain if p.name == "width_m"])
        column.insertWidget(column.indexOf(self.water_note) + 1, self.width_form)
        column.addWidget(self.form)
        self.form.align(row)
        self.more = button(tr("More settings"), "link")
        self.more.setCheckable(True)
        self.more.toggled.connect(self.more_form.setVisible)
        self.more_form.hide()
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.more_form)

    def _add_run(self) -> None:
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.hide()
        self.doing = label("", "dim")
        self.doing.hide()
        self.run_button = button(tr("Start the search"), "primary")
        self.run_button.clicked.connect(self.run)
        self.stop_button = button(tr("Stop"))
        self.stop_button.clicked.connect(self.stop)
        self.stop_button.hide()
        self.open_button = button(tr("Open the results of a search…"), "link")
        self.open_button.clicked.connect(self.open_wanted)
        self.problem = label("", "bad", wrap=True)  # beside the button, never scrolled away
        self.problem.hide()
        self.add(self.problem)
        for part in (self.doing, self.bar, self.run_button, self.stop_button, self.open_button):
            self.add(part)

    # ---- what can be chosen

    def _fill(self) -> None:
        """Layers as they are now; what was chosen stays so."""
        project = self._context.workspace.store.project
        layers = thermal_layers(project)
        before = {key: box.isChecked() for key, box in self.boxes.items()}
        while self.sources.count():
            item = self.sources.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self.boxes.clear()
        marked = [layer for layer in layers if layer.role == "thermal"]
        usual = next((one for one in marked if one.visible), next(iter(marked), None))
        for layer in layers:
            on = before.get(layer.id, layer is usual)
            self._add_box(layer.id, layer.name, Path(layer.source.path).name, on)
        for path in self._files:
            shown = path.parent.name + "/" + path.name if path.suffix == ".json" else path.name
            self._add_box(path, shown, str(path), before.get(path, True))
        self.none.setVisible(not self.boxes)
        self._offer_together()
        now, self._offered = self.water.currentData(), water_layers(project)
        first = self.water.count() == 0
        self.water.clear()
        for layer in self._offered:
            self.water.addItem(layer.name, str(layer.id))
        self.water.addItem(tr("Propose it from the mosaic"), PROPOSED)
        if first:
            likely = next((one for one in self._offered if is_likely_water(one)), None)
            now = str(likely.id) if likely is not None else PROPOSED
        self.water.setCurrentIndex(max(0, self.water.findData(now)))
        self._water_chosen()

    def _add_box(self, key: LayerId | Path, words: str, tip: str, on: bool) -> None:
        box = QCheckBox(words)
        box.setToolTip(tip)
        box.setChecked(on)
        box.toggled.connect(self._offer_together)
        self.boxes[key] = box
        self.sources.addWidget(box)

    def _offer_together(self) -> None:
        """Of more than one mosaic; frames of a flight are fused anyway."""
        chosen = [key for key, box in self.boxes.items() if box.isChecked()]
        flights = [key for key in chosen if isinstance(key, Path) and key.suffix == ".json"]
        self.together.setVisible(len(chosen) > 1 and not flights)

    def _water_chosen(self) -> None:
        layer = self._water_layer()
        lines = layer is not None and isinstance(layer.style, LineStyle)
        self.width_form.setVisible(lines)
        if layer is None:
            words = tr("Smooth and connected parts are taken as water. Look at it: banks in shade "
                       "or wet sand may be taken for water; areas of water are surer.")  # fmt: skip
        elif lines:
            words = tr("Two bank lines enclose the water. For one line along the middle, "
                       "say how wide the river is.")  # fmt: skip
        else:
            words = ""
        self.water_note.setText(words)
        self.water_note.setVisible(bool(words))

    def _water_layer(self) -> Layer | None:
        chosen = self.water.currentData()
        return next((one for one in self._offered if str(one.id) == chosen), None)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Mosaics or a flight.json that are searched without being layers."""
        self._files += [path for path in paths if path not in self._files]
        self._fill()

    def values(self) -> dict[str, Any]:
        """Settings of the search. Raises ParameterError for a number out of its limits."""
        given = {**self.form.values(), **self.more_form.values()}
        if self.width_form.isVisibleTo(self):
            given |= self.width_form.values()
        for p in self._search.parameters:
            if p.name in given:
                replace(p, name=caption(p.name)).check(given[p.name])
        together = self.together.isChecked() and self.together.isVisibleTo(self)
        return {**given, "kind": self.kind.currentData(), "together": together}

    # ---- running

    def run(self) -> None:
        """In the background; a search that is stopped goes on where it was."""
        self.say("")
        try:
            asked = self._request()
        except GisError as error:
            self.say(f"{error.message}\n{error.hint}".strip())
            return
        context, search = self._context, self._search
        project, folder = context.workspace.store.project, context.folder
        assert folder is not None

        def work(progress: Progress) -> SearchResult:
            return search_and_read(search, asked(), project, folder, progress)

        job = Job(tr("Finding suspected outfalls"), work)
        job.changed.subscribe(self._watch)
        job.done.subscribe(self.found.emit)
        self._job = job
        self.started.emit()
        self._show_running(True)
        context.jobs.start(job)

    def _request(self) -> Callable[[], SearchRequest]:
        """What is chosen; called on the worker, which may look into folders."""
        context = self._context
        project, folder = context.workspace.store.project, context.folder
        layers = [one for one in thermal_layers(project) if self._is_on(one.id)]
        files = [path for path in self._files if self._is_on(path)]
        water = self._water_layer()
        check_request(layers, files, water is not None, folder, context.read_only)
        assert folder is not None
        readers = context.plugins.readers() if context.plugins is not None else {}
        data = data_of(context, water) if water is not None else None
        read = None if water is None else water_of(water, data, project, folder, readers)
        values = self.values()
        flights = [str(path) for path in files if path.suffix.lower() == ".json"]

        def paths(layer: Layer) -> Path:
            return folder / layer.source.path  # an absolute one stays as it is

        def request() -> SearchRequest:
            every = (*files_of(layers, paths), *files)
            flight = flights[0] if flights else ""
            return SearchRequest(every, read, folder / RUNS, values, unit_said(layers), flight)

        return request

    def _is_on(self, key: LayerId | Path) -> bool:
        return key in self.boxes and self.boxes[key].isChecked()

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.doing.setText(tr("Stopping…"))

    def _watch(self, job: Job[SearchResult]) -> None:
        if job is not self._job:
            return
        self.bar.setValue(round(100 * job.fraction))
        if job.message:
            self.doing.setText(job.message)
        if job.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED):
            self._job = None
            self._show_running(False)
        if job.state is JobState.CANCELLED:
            self.say(tr("Stopped. A new search goes on where this one was."))
        elif job.state is JobState.FAILED and isinstance(job.error, GisError):
            self.say(f"{job.error.message}\n{job.error.hint}".strip())
            self.failed.emit(job.error)

    def _show_running(self, on: bool) -> None:
        for part in (self.bar, self.doing, self.stop_button):
            part.setVisible(on)
        self.run_button.setVisible(not on)
        if on:
            self.bar.setValue(0)
            self.doing.setText(tr("Starting"))

    def say(self, problem: str) -> None:
        """Why it did not go, and what to do."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))


def nothing_found(settings: Mapping[str, Any]) -> tuple[str, str]:
    """What to tell where nothing was found, and what to try."""
    words = tr("Nothing was found in this water")
    hint = tr(
        "Lower “warmer or cooler by at least” (now {contrast:g} °C), widen the strip along the "
        "bank, or look whether the water lies where the mosaic is."
    ).format(contrast=float(settings.get("min_contrast_c") or 0.0))
    return words, hint
