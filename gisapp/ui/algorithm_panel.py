"""Anything a plugin computes: its form, its run in the background, its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit, QWidget

from gisapp.analysis.algorithm import Algorithm
from gisapp.app.algorithm_inputs import is_optional, plain_type, wants_features, wants_raster
from gisapp.app.identify import is_features, is_raster
from gisapp.app.jobs import Job
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.layer import LayerId
from gisapp.model.parameters import Parameter
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.request import Data
from gisapp.ui.captions import caption
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.form import Form, QuietCombo
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard


class AlgorithmPanel(TaskCard):
    def __init__(
        self,
        context: WindowContext,
        algorithm: Algorithm[..., Any],
        title: str,
        answer: Callable[[Any, Mapping[str, Data]], bool],
        parent: QWidget | None = None,
    ) -> None:
        """`answer` shows a result in its own way; when it does not, it is shown as text."""
        super().__init__(title, context.theme.tokens, parent)
        self._context, self._algorithm, self._answer = context, algorithm, answer
        self._job: Job[Any] | None = None
        self.setProperty("topic", algorithm.name)  # where the guide speaks of it
        column = self.scrolled()
        doc = (algorithm.function.__doc__ or "").strip().partition("\n")[0]
        if doc:
            column.addWidget(label(tr(doc), "dim", wrap=True))
        self.layers: dict[str, QuietCombo] = {}
        layer_form = self._layer_form()
        column.addLayout(layer_form)
        plain = [
            replace(p, type=plain_type(p))
            for p in algorithm.parameters
            if not (wants_features(p) or wants_raster(p))
        ]
        self.form = Form(plain)
        column.addWidget(self.form)
        self.form.align(layer_form)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        column.addWidget(self.problem)
        self.run_button = button(tr("Run"), "primary")
        self.run_button.clicked.connect(self.run)
        column.addWidget(self.run_button)
        self.result = QPlainTextEdit()
        self.result.setReadOnly(True)
        self.result.setAccessibleName(tr("Result"))
        self.result.setMinimumHeight(180)
        self.result.hide()
        column.addWidget(self.result, 1)
        column.addStretch(1)

    def _layer_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setVerticalSpacing(7)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for p in self._algorithm.parameters:
            if not (wants_features(p) or wants_raster(p)):
                continue
            box = QuietCombo(self._choices(p))
            box.setAccessibleName(caption(p.name))
            at = next((n for n in range(box.count()) if self._fits(p, box.itemData(n))), None)
            if at is not None:
                box.setCurrentIndex(at)
            self.layers[p.name] = box
            form.addRow(label(caption(p.name), "dim"), box)
        return form

    def _choices(self, p: Parameter) -> list[tuple[LayerId | None, str]]:
        found: list[tuple[LayerId | None, str]] = []
        if is_optional(p):
            found.append((None, tr("(none)")))
        for layer in reversed(self._context.workspace.store.project.layers):
            data = data_of(self._context, layer)
            if is_features(data) if wants_features(p) else is_raster(data):
                found.append((layer.id, layer.name))
        return found

    def _fits(self, p: Parameter, layer: LayerId | None) -> bool:
        """A parameter named as a role takes the layer of that role."""
        if layer is None:
            return False
        return self._context.workspace.store.project.layer(layer).role == p.name

    def values(self) -> dict[str, Any]:
        """What is chosen. Raises ParameterError when a layer is missing."""
        project = self._context.workspace.store.project
        given: dict[str, Any] = self.form.values()
        for p in self._algorithm.parameters:
            if p.name not in self.layers:
                continue
            layer = self.layers[p.name].currentData()
            data = data_of(self._context, project.layer(layer)) if layer else None
            if data is not None:
                given[p.name] = data
            elif not is_optional(p):
                raise ParameterError(tr("{name}: choose a layer").format(name=caption(p.name)))
        return given

    def run(self) -> None:
        self._say("")
        try:
            values = self.values()
            for p in self._algorithm.parameters:
                if p.name in self.form.values():
                    p.check(values[p.name])
        except GisError as error:
            self._say(f"{error.message}\n{error.hint}".strip())
            return
        algorithm = self._algorithm

        def work(progress: Progress) -> Any:
            return algorithm.run(values, progress)

        inputs = {name: values[name] for name in self.layers if name in values}
        job = Job(self.title.text(), work)
        job.done.subscribe(lambda result: self._done(result, inputs))
        self.run_button.setEnabled(False)
        job.changed.subscribe(lambda job: self.run_button.setEnabled(job.state.value > 2))
        self._job = self._context.jobs.start(job)

    def _done(self, result: Any, inputs: Mapping[str, Data]) -> None:
        self.run_button.setEnabled(True)
        if not self._answer(result, inputs):
            self.result.setPlainText(str(result))
            self.result.show()

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
