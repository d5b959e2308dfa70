"""From “trace upstream” on the map to the answer in its panel."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job
from gisapp.app.tools import StartTrace
from gisapp.app.traces import TRACE_ALGORITHM, TRACE_EXPORTER, write_trace
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.request import Data
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.layer_facts import data_of
from gisapp.ui.output_panel import say_saved
from gisapp.ui.trace_panel import TracePanel, is_trace

START = {"rivers": "reach", "stations": "station", "outfalls": "outfall", "sources": "source"}
POINTS = ("stations", "outfalls", "sources")


class Tracing:
    def __init__(self, context: WindowContext, panel: TracePanel) -> None:
        self._context, self.panel = context, panel
        self._rivers: FeatureSet | None = None
        exporters = context.plugins.contributions("exporter") if context.plugins else ()
        self._can_save = any(one.name == TRACE_EXPORTER for one in exporters)
        panel.export.clicked.connect(self._ask)

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

        job.done.subscribe(answered)
        self._context.jobs.start(job, instead_of="trace")

    def save(self, path: Path) -> None:
        """The answer as a report; its kind by the ending."""
        context, answer, rivers = self._context, self.panel.answer, self._rivers
        plugins, today = context.plugins, date.today().isoformat()
        if answer is None or rivers is None or plugins is None:
            return

        def work(progress: Progress) -> Path:
            return write_trace(plugins, answer, rivers, path, today, progress)

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(lambda written: say_saved(context, written))
        context.jobs.start(job)

    def _ask(self) -> None:
        folder = self._context.folder or Path.home()
        choose_new_file(self.panel, folder / (tr("Upstream") + ".html"), self.save)

    def show(self, result: Any, rivers: Data | None) -> bool:
        """Whether it is the answer of a trace, which is then shown."""
        if not is_trace(result):
            return False
        self._rivers = rivers if is_features(rivers) else None
        self.panel.show_answer(result, self._rivers)
        self.panel.export.setVisible(self._rivers is not None and self._can_save)
        return True

    def _of_role(self, role: str) -> FeatureSet | None:
        layer = self._context.workspace.store.project.layer_of_role(role)
        data = data_of(self._context, layer) if layer is not None else None
        return data if is_features(data) else None
