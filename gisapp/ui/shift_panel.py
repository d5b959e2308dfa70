"""Is this layer shifted? Compared with a layer that is right, or with pairs of places."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from gisapp.app.base_maps import is_base_map, with_shift
from gisapp.app.identify import is_features
from gisapp.app.jobs import Job, JobState
from gisapp.app.shift_test import compare_layers, compare_places, numbers_words, verdict_words
from gisapp.model.coordinates import parse_place
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.layer import Layer, LayerId
from gisapp.model.shifted import SHIFTS, Shift, ShiftFinding
from gisapp.model.text import tr
from gisapp.ui.base_map_page import Outcome, outcome_of
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.wheel import wheel_goes_on


class ShiftPanel(TaskCard):
    """Only the picture of a base map can be moved back; of data it is only said what it is."""

    wide = True

    def __init__(
        self, context: WindowContext, layer: LayerId | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Is this layer shifted?"), context.theme.tokens, parent)
        self._context = context
        self._job: Job[ShiftFinding | GisError] | None = None
        self.found: ShiftFinding | None = None
        self.column = self.scrolled()
        words = tr(
            "Maps in China are often shifted by 300 to 700 m (GCJ-02, BD-09). Compare the layer "
            "with one whose places are right, or enter where it shows a place and where that is."
        )
        self.column.addWidget(label(words, "dim", wrap=True))
        self.layer, self.known = wheel_goes_on(QComboBox()), wheel_goes_on(QComboBox())
        self.layer.setAccessibleName(tr("Layer"))
        self.known.setAccessibleName(tr("A layer that is right"))
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for one in reversed(context.workspace.store.project.layers):
            if is_base_map(one) or is_features(data_of(context, one)):
                self.layer.addItem(one.name, one.id)
            if is_features(data_of(context, one)):
                self.known.addItem(one.name, one.id)
        if layer is not None:
            self.layer.setCurrentIndex(max(0, self.layer.findData(layer)))
        form.addRow(tr("Layer"), self.layer)
        form.addRow(tr("Compare with"), self.known)
        self.column.addLayout(form)
        self.compare = button(tr("Compare the layers"))
        self.compare.clicked.connect(self.compare_layers)
        self.column.addWidget(self.compare)
        self.column.addWidget(label(tr("One place"), "group"))
        hint = tr("Right-click on the map copies a place.")
        self.column.addWidget(label(hint, "dim", wrap=True))
        self.shown, self.true = QLineEdit(), QLineEdit()
        places = QFormLayout()
        places.setContentsMargins(0, 0, 0, 0)
        places.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for field, words in ((self.shown, tr("Shown at")), (self.true, tr("Truly at"))):
            field.setAccessibleName(words)
            field.setPlaceholderText("113.2644, 23.1291")
            field.textChanged.connect(lambda text: self._refresh())
            places.addRow(words, field)
        self.column.addLayout(places)
        self.compare_place = button(tr("Compare the places"))
        self.compare_place.clicked.connect(self.compare_places)
        self.column.addWidget(self.compare_place)
        self.outcome, self.numbers = Outcome(), Outcome()
        self.column.addWidget(self.outcome)
        self.column.addWidget(self.numbers)
        self.correct = button("", "primary")
        self.correct.clicked.connect(self.apply)
        self.column.addWidget(self.correct)
        self.column.addStretch(1)
        for box in (self.layer, self.known):
            box.currentIndexChanged.connect(lambda number: self._forget())
        self.leave.append(self._close)
        self._forget()

    def _chosen(self, box: QComboBox) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((one for one in layers if one.id == box.currentData()), None)

    def _features(self, box: QComboBox) -> FeatureSet | None:
        layer = self._chosen(box)
        data = data_of(self._context, layer) if layer is not None else None
        return data if is_features(data) else None

    def _forget(self) -> None:
        self.found = None
        self.outcome.tell("")
        self.numbers.tell("")
        self._refresh()

    def _refresh(self) -> None:
        layer = self._chosen(self.layer)
        one, other = self._features(self.layer), self._features(self.known)
        self.compare.setEnabled(one is not None and other is not None and one is not other)
        self.compare_place.setEnabled(bool(self.shown.text() and self.true.text()))
        shift = self.correction()
        base = layer is not None and is_base_map(layer)
        now = layer.source.option("shift") if layer is not None else ""
        self.correct.setVisible(base and shift is not None and shift != now)
        self.correct.setEnabled(not self._context.read_only)
        words = tr("Move the picture back by {shift}").format(shift=_name(shift or ""))
        self.correct.setText(words if shift else tr("Show it without a shift"))

    def correction(self) -> Shift | None:
        """What would put a base map in place; None when nothing is known that would."""
        verdict = self.found.verdict if self.found is not None else "unknown"
        if verdict in ("none", "gcj02_back"):
            return ""
        return next((shift for shift in SHIFTS if shift == verdict), None)

    def compare_layers(self) -> None:
        one, other = self._features(self.layer), self._features(self.known)
        if one is None or other is None:
            return
        layer, known = one, other
        self.outcome.tell(tr("Comparing …"))
        job: Job[ShiftFinding | GisError] = Job(
            tr("Comparing the layers"),
            lambda progress: outcome_of(lambda: compare_layers(layer, known, progress)),
            quiet=True,
        )
        self._job = job
        job.done.subscribe(self._tell)
        job.changed.subscribe(self._watched)
        self._context.jobs.start(job)

    def _watched(self, job: Job[ShiftFinding | GisError]) -> None:
        if job.state is JobState.FAILED:
            self.outcome.tell(str(job.error), "bad")

    def compare_places(self) -> None:
        crs = self._context.workspace.store.project.crs

        def work() -> ShiftFinding:
            shown, true = (parse_place(f.text(), crs) for f in (self.shown, self.true))
            return compare_places(np.array([shown]), np.array([true]), crs)

        self._tell(outcome_of(work))

    def _tell(self, found: ShiftFinding | GisError) -> None:
        self.numbers.tell("")
        if isinstance(found, GisError):
            self.found = None
            self.outcome.tell(f"{found.message}\n{found.hint}".strip(), "bad")
            self._refresh()
            return
        self.found = found
        layer = self._chosen(self.layer)
        kinds = {"none": "ok", "unknown": "bad"}
        words = verdict_words(found)
        shifted = found.verdict not in ("none", "unknown")
        if shifted and layer is not None and not is_base_map(layer):
            words += "\n" + tr(
                "The data is not changed. Ask whoever made it for the coordinates in CGCS2000."
            )
        self.outcome.tell(words, kinds.get(found.verdict, "warn"))
        self.numbers.tell(numbers_words(found))
        self._refresh()

    def apply(self) -> None:
        """Only how a base map is shown."""
        layer, shift = self._chosen(self.layer), self.correction()
        if layer is None or shift is None or not is_base_map(layer):
            return
        store = self._context.workspace.store
        before = store.project.layers
        after = tuple(with_shift(one, shift) if one.id == layer.id else one for one in before)
        words = tr("Shift of {layer}").format(layer=layer.name)
        store.apply(LayersEdit(words, before, after))
        self._refresh()

    def _close(self) -> None:
        if self._job is not None:
            self._job.cancel()


def _name(shift: str) -> str:
    return {"gcj02": "GCJ-02", "bd09": "BD-09"}.get(shift, "")
