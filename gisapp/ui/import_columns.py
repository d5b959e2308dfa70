"""Which column of a file is which field: one line a column, changed by drop-down."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from gisapp.app.import_doctor import Understanding
from gisapp.app.import_doctor_columns import IGNORED, target_words
from gisapp.model.field import Field
from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.form import QuietCombo

PLACES = ("place.x", "place.y", "place.both")
MOST = 120  # columns that are listed


class ImportColumns(QScrollArea):
    """`answered`: a column was given another meaning."""

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.combos: dict[str, QuietCombo] = {}

    def show_columns(self, found: Understanding, fields: Mapping[str, Field]) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 4, 8, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.combos = {}
        choices = [(IGNORED, tr("not imported"))]
        choices += [("place.x", tr("Longitude or easting")),
                    ("place.y", tr("Latitude or northing")),
                    ("place.both", tr("Place: both in one cell"))]  # fmt: skip
        choices += [(target, target_words(target, fields)) for target in fields]
        for row, name in enumerate(found.layout.names[:MOST]):
            sample = next((str(t) for t in found.texts[name][:50] if t), "")
            words = label(name if len(name) <= 18 else name[:17] + "…")
            words.setToolTip(f"{name}\n{sample}")
            example = label(sample if len(sample) <= 10 else sample[:9] + "…", "dim")
            example.setToolTip(sample)
            combo = QuietCombo(choices)
            combo.setAccessibleName(tr("Meaning of {column}").format(column=name))
            combo.setSizeAdjustPolicy(combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(10)
            now = _meaning(found, name)
            combo.setCurrentIndex(max(0, combo.findData(now)))
            combo.activated.connect(self._chosen(found, name))
            self.combos[name] = combo
            grid.addWidget(words, row, 0)
            grid.addWidget(combo, row, 1)
            grid.addWidget(example, row, 2, Qt.AlignmentFlag.AlignLeft)
        grid.setRowStretch(MOST, 1)
        old = self.takeWidget()
        self.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def _chosen(self, found: Understanding, name: str) -> Callable[[int], None]:
        return lambda index: self.answered.emit(
            answers_of(found, name, str(self.combos[name].itemData(index)))
        )


def _meaning(found: Understanding, name: str) -> str:
    columns = found.place.columns
    if name in columns:
        if len(columns) == 1:
            return "place.both"
        return "place.x" if columns.index(name) < len(columns) / 2 else "place.y"
    return found.targets.get(name) or IGNORED


def answers_of(found: Understanding, name: str, meaning: str) -> tuple[tuple[str, str], ...]:
    """What the recipe says when a column is given a meaning."""
    place = list(found.place.columns)
    answers: dict[str, str] = {}
    if meaning in PLACES:
        if meaning == "place.both":
            place = [name]
        else:
            pair = place if len(place) == 2 else [name, name]
            pair[PLACES.index(meaning)] = name
            place = pair
        answers["place.columns"] = "\n".join(place)
        answers[f"column.{name}"] = ""
    else:
        answers[f"column.{name}"] = meaning
        for other, target in found.targets.items():  # a field has one column
            if other != name and target == meaning:
                answers[f"column.{other}"] = IGNORED
        if name in place:
            answers["place.columns"] = ""
    return tuple(answers.items())
