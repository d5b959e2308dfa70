"""What a spill reaches: what was let out, and who has to be warned, in the order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeGuard

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gisapp.app.workspace import Selection
from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.wheel import wheel_goes_on

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
FOUND = Qt.ItemDataRole.UserRole
DEBOUNCE = 250  # ms
CLASSES = ("I", "II", "III", "IV", "V")
PARAMETERS = ("nh3n", "cod", "codmn", "tp", "tn")


class SpillAnswer(Protocol):
    start: Any
    arrivals: Sequence[Any]  # role, feature, id, title, distance_m, pulse, highest_mg_l, …
    warnings: Sequence[str]
    rests_on: Sequence[str]

    def when(self, hours: float) -> str: ...


def is_spill(result: object) -> TypeGuard[SpillAnswer]:
    return all(hasattr(result, name) for name in ("arrivals", "release", "when"))


class SpillCard(TaskCard):
    """Each change is worked out anew; `ask` gets the values of the form."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        place: str,
        ask: Callable[[dict[str, Any]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("What a spill reaches"), context.theme.tokens, parent)
        self._context, self._ask = context, ask
        self.answer: SpillAnswer | None = None
        self.mass = _number(0.0, 1e9, 100.0, " kg", 10.0)
        self.parameter = wheel_goes_on(QComboBox())
        for name in PARAMETERS:
            self.parameter.addItem(parameter_titles()[name], name)
        self.hours = _number(0.0, 10_000.0, 0.0, " h", 1.0)
        self.hours.setSpecialValueText(tr("all at once"))
        self.time = QLineEdit()
        self.time.setPlaceholderText("2025-03-20T04:00")
        self.usual = _number(0.0, 1e6, 0.0, " mg/L", 0.1, 2)
        self.flow = _number(0.01, 100.0, 1.0, " ×", 0.1, 2)
        self.limit_class = wheel_goes_on(QComboBox())
        self.limit_class.addItems(list(CLASSES))
        self.limit_class.setCurrentText("III")
        self.place = label(place, "dim", wrap=True)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        for words, field in (
            (tr("Let out"), self.mass),
            (tr("Of"), self.parameter),
            (tr("Lasted"), self.hours),
            (tr("Began"), self.time),
            (tr("In the water anyway"), self.usual),
            (tr("Flow, of the mean"), self.flow),
            (tr("Limit of class"), self.limit_class),
        ):
            field.setAccessibleName(words)
            form.addRow(label(words, "dim"), field)
        self.words = label("", wrap=True)
        self.tree = _Arrivals()
        self.tree.itemClicked.connect(self._open)
        self.tree.itemActivated.connect(self._open)
        self.notes = label("", "dim", wrap=True)
        column = self.scrolled()
        column.addWidget(self.place)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(self.tree, 1)
        column.addWidget(self.notes)
        self._timer = QTimer(self, singleShot=True, interval=DEBOUNCE)
        self._timer.timeout.connect(self.work_out)
        for box in (self.mass, self.hours, self.usual, self.flow):
            box.valueChanged.connect(lambda value: self._timer.start())
        for choice in (self.parameter, self.limit_class):
            choice.activated.connect(lambda number: self._timer.start())
        self.time.editingFinished.connect(self._timer.start)
        self.leave.append(self._timer.stop)

    @property
    def values(self) -> dict[str, Any]:
        """As the algorithm takes them."""
        return {
            "mass_kg": self.mass.value(),
            "parameter": self.parameter.currentData(),
            "release_hours": self.hours.value(),
            "time": self.time.text().strip(),
            "usual_mg_l": self.usual.value(),
            "flow_ratio": self.flow.value(),
            "limit_class": self.limit_class.currentText(),
        }

    def work_out(self) -> None:
        self._ask(self.values)

    def show_problem(self, text: str) -> None:
        self.words.setText(text)
        self.tree.clear()

    def show_answer(self, answer: SpillAnswer) -> None:
        self.answer = answer
        tokens = self._context.theme.tokens
        over = sum(1 for one in answer.arrivals if one.exceeds)
        self.note.setText(f"{len(answer.arrivals):,}")
        if not answer.arrivals:
            self.words.setText(tr("Nothing that is known lies on the way"))
        elif over:
            said = tr("{n} of {all} places exceed their limit; warn from the top")
            self.words.setText(said.format(n=over, all=len(answer.arrivals)))
        else:
            self.words.setText(tr("No limit is exceeded as far as it is known"))
        self.place.setText(answer.start.title)
        self.tree.clear()
        for one in answer.arrivals:
            pulse = one.pulse
            high = "?" if one.highest_mg_l is None else f"{one.highest_mg_l:.3g}"
            mark = "● " if one.exceeds else ""
            row = QTreeWidgetItem(
                [
                    mark + f"{one.id} {one.title}".strip(),
                    f"{one.distance_m / 1000:,.1f}",
                    answer.when(pulse.first_h),
                    answer.when(pulse.peak_h),
                    high,
                ]
            )
            row.setData(0, FOUND, (one.role, one.feature))
            for column in range(1, 5):
                row.setTextAlignment(column, RIGHT)
                row.setForeground(column, QColor(tokens.dim))
            if one.exceeds:
                row.setForeground(0, QColor(tokens.bad))
                row.setForeground(4, QColor(tokens.bad))
            tip = tr("at the earliest {earliest}, past {last}; limit {limit}").format(
                earliest=answer.when(pulse.earliest_h),
                last=answer.when(pulse.last_h),
                limit=one.limit or tr("unknown"),
            )
            row.setToolTip(0, f"{one.id} {one.title}\n{tip}")
            self.tree.addTopLevelItem(row)
        self.notes.setText("\n".join(answer.warnings))
        self.notes.setToolTip("\n".join(answer.rests_on))

    def takes(self, layer: Any, features: Any) -> bool:
        """A station of the list may be selected without the card going away."""
        return True

    def _open(self, item: QTreeWidgetItem) -> None:
        role, feature = item.data(0, FOUND)
        layer = self._context.workspace.store.project.layer_of_role(role)
        if layer is not None:
            self._context.workspace.select(Selection(layer.id, frozenset([feature])))


def parameter_titles() -> dict[str, str]:
    return {
        "nh3n": tr("Ammonia nitrogen"),
        "cod": "COD",
        "codmn": "CODMn",
        "tp": tr("Total phosphorus"),
        "tn": tr("Total nitrogen"),
    }


def _number(
    low: float, high: float, value: float, unit: str, step: float, decimals: int = 1
) -> QDoubleSpinBox:
    box = wheel_goes_on(QDoubleSpinBox())
    box.setRange(low, high)
    box.setDecimals(decimals)
    box.setSingleStep(step)
    box.setSuffix(unit)
    box.setValue(value)
    box.setKeyboardTracking(False)
    return box


class _Arrivals(QTreeWidget):
    """Ctrl+C copies all of it, ready for a message."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(5)
        self.setHeaderLabels([tr("Place"), "km", tr("First"), tr("Peak"), "mg/L"])
        self.setRootIsDecorated(False)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setAccessibleName(tr("Arrivals"))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumHeight(150)
        head = self.header()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(30)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, 5):
            self.headerItem().setTextAlignment(column, RIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        rows = (self.topLevelItem(n) for n in range(self.topLevelItemCount()))
        lines = ["\t".join(row.text(n) for n in range(5)) for row in rows if row is not None]
        QGuiApplication.clipboard().setText("\n".join(lines))
