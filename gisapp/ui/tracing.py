"""From “trace upstream” on the map to the answer in its panel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job
from gisapp.app.peak_event import is_load, peak_event
from gisapp.app.station_chart import station_of
from gisapp.app.tools import MapState, StartTrace
from gisapp.app.traces import (
    CASE_EXPORTER,
    CASE_READER,
    RANK_ALGORITHM,
    RANK_EXPORTER,
    TRACE_ALGORITHM,
    TRACE_EXPORTER,
    write_ranking,
    write_trace,
)
from gisapp.io.case_files import case_files, new_case_file
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import Data
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.layer_facts import data_of
from gisapp.ui.output_panel import say_saved
from gisapp.ui.ranking_panel import is_ranking
from gisapp.ui.trace_panel import TracePanel, is_trace

START = {"rivers": "reach", "stations": "station", "outfalls": "outfall", "sources": "source"}
POINTS = ("stations", "outfalls", "sources", "repairs")


class Tracing:
    def __init__(self, context: WindowContext, panel: TracePanel) -> None:
        self._context, self.panel = context, panel
        self._rivers: FeatureSet | None = None
        self._cases: tuple[Path, ...] = ()
        exporters = context.plugins.contributions("exporter") if context.plugins else ()
        names = {one.name for one in exporters}
        self._can_save, self._can_rank = TRACE_EXPORTER in names, RANK_EXPORTER in names
        panel.export.clicked.connect(self._ask)
        panel.keep_button.clicked.connect(self.keep_case)
        panel.keep_button.setVisible(CASE_EXPORTER in names and not context.read_only)
        panel.cases.clicked.connect(self._choose_case)
        self.look_for_cases()

    def start(self, wanted: StartTrace) -> None:
        """With the layers that have the roles; said plainly when the rivers are missing."""
        plugins, project = self._context.plugins, self._context.workspace.store.project
        rivers = self._of_role("rivers")
        layer = next((one for one in project.layers if one.id == wanted.layer), None)
        if rivers is None or layer is None or plugins is None:
            self._context.say(
                Message(
                    tr("There is no river layer to trace in"),
                    "warning",
                    hint=tr("Add a layer of rivers, or wait until it is loaded."),
                )
            )
            return
        try:
            algorithm = plugins.algorithm(TRACE_ALGORITHM)
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint))
            return
        kind = START.get(layer.role, "reach")
        values: dict[str, Any] = {"rivers": rivers, "start": f"{kind}#{wanted.feature}"}
        values |= {role: data for role in POINTS if (data := self._of_role(role)) is not None}

        def work(progress: Progress) -> Any:
            return algorithm.run(values, progress)

        job = Job(tr("Tracing upstream"), work)

        def answered(result: Any) -> None:
            self.show(result, rivers)

            if is_load(wanted.quantity):
                self.rank(wanted)

        job.done.subscribe(answered)
        self._context.jobs.start(job, instead_of="trace")

    def rank(self, wanted: StartTrace) -> None:
        """The sources above the station, for the peak in its records. Quiet without sources."""
        context, plugins = self._context, self._context.plugins
        project = context.workspace.store.project
        layers = {
            role: self._of_role(role) for role in ("rivers", "sources", "stations", "repairs")
        }
        if plugins is None or layers["rivers"] is None or layers["sources"] is None:
            return
        state = MapState(
            project, {la.id: d for la in project.layers if (d := data_of(context, la))}
        )
        station = station_of(state, wanted.layer, wanted.feature, self._path_of)
        if station is None:
            return
        try:
            algorithm = plugins.algorithm(RANK_ALGORITHM)
        except GisError:
            return  # the trace has said it
        values = {role: data for role, data in layers.items() if data is not None}

        def work(progress: Progress) -> Any:
            event = peak_event(station, wanted.quantity, wanted.peak_at, Part(progress, 0.0, 0.3))
            known = {**values, "start": f"station#{wanted.feature}", **event.values}
            return algorithm.run(known, Part(progress, 0.3, 1.0))

        job = Job(tr("Ranking sources"), work)
        job.done.subscribe(lambda result: self._show_ranked(result, values["rivers"]))
        context.jobs.start(job, instead_of="ranking")

    def _path_of(self, name: str) -> Path:
        path, folder = Path(name), self._context.folder
        return path if path.is_absolute() or folder is None else folder / path

    def save(self, path: Path) -> None:
        """What is looked at as a report; its kind by the ending."""
        context, rivers = self._context, self._rivers
        plugins, today = context.plugins, date.today().isoformat()
        trace, ranking = self.panel.answer, self.panel.shown_ranking
        if plugins is None or (ranking is None and (trace is None or rivers is None)):
            return

        def work(progress: Progress) -> Path:
            if ranking is not None:
                press = QtPress()
                return write_ranking(plugins, ranking, path, rivers, today, press, progress)
            assert trace is not None
            assert rivers is not None
            return write_trace(plugins, trace, rivers, path, today, progress)

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(lambda written: say_saved(context, written))
        context.jobs.start(job)

    def _ask(self) -> None:
        folder = self._context.folder or Path.home()
        ranked = self.panel.shown_ranking is not None
        name = tr("Candidates") + ".pdf" if ranked else tr("Upstream") + ".html"
        choose_new_file(self.panel, folder / name, self.save)

    def keep_case(self) -> None:
        """The ranking as it is now, beside the project: inputs, assumptions, results."""
        context, ranking = self._context, self.panel.ranking.answer
        plugins, folder = context.plugins, context.folder
        if plugins is None or folder is None or ranking is None:
            return
        today, rivers = date.today().isoformat(), self._rivers

        def work(progress: Progress) -> Path:
            path = new_case_file(folder, f"{ranking.time[:10] or today}-{ranking.start.title}")
            return write_ranking(
                plugins, ranking, path, rivers, today, None, progress, exporter=CASE_EXPORTER
            )

        def kept(path: Path) -> None:
            words = tr("Kept as case {name}").format(name=path.stem)
            context.say(Message(words, "ok", key="case"))
            self.look_for_cases()

        job = Job(tr("Keeping the case"), work, quiet=True)
        job.done.subscribe(kept)
        context.jobs.start(job)

    def look_for_cases(self) -> None:
        """Whether the project has any, to be opened again."""
        folder = self._context.folder
        if folder is None or not self._can_rank:
            return
        job = Job(tr("Cases"), lambda progress: case_files(folder), quiet=True)
        job.done.subscribe(self._found_cases)
        self._context.jobs.start(job, instead_of="cases")

    def _found_cases(self, files: tuple[Path, ...]) -> None:
        self._cases = files
        self.panel.cases.setVisible(bool(files))

    def _choose_case(self) -> None:
        menu = QMenu(self.panel)
        for path in self._cases:
            menu.addAction(path.stem, lambda path=path: self.open_case(path))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.panel.cases.mapToGlobal(self.panel.cases.rect().bottomLeft()))

    def open_case(self, path: Path) -> None:
        """The ranking as it was kept."""
        plugins = self._context.plugins
        if plugins is None:
            return
        algorithm, rivers = plugins.algorithm(CASE_READER), self._of_role("rivers")
        job = Job(
            tr("Opening {file}").format(file=path.name),
            lambda progress: algorithm.run({"case": str(path)}, progress),
        )
        job.done.subscribe(lambda result: self._show_ranked(result, rivers))
        self._context.jobs.start(job, instead_of="ranking")

    def _show_ranked(self, result: Any, rivers: Data | None) -> None:
        self.show(result, rivers)

    def show(self, result: Any, rivers: Data | None) -> bool:
        """Whether it is the answer of a trace or a ranking, which is then shown."""
        features = rivers if is_features(rivers) else None
        if is_ranking(result):
            self._rivers = features
            self.panel.show_ranking(result, features)
            self.panel.export.setVisible(self._can_rank)
            return True
        if not is_trace(result):
            return False
        self._rivers = features
        self.panel.show_answer(result, self._rivers)
        self.panel.export.setVisible(self._rivers is not None and self._can_save)
        return True

    def _of_role(self, role: str) -> FeatureSet | None:
        layer = self._context.workspace.store.project.layer_of_role(role)
        data = data_of(self._context, layer) if layer is not None else None
        return data if is_features(data) else None
