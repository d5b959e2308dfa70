"""The filters and the buttons of a review; in a narrow card they stand in more rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gisapp.app.candidate_table import ACCEPTED, BY_RULE, DOUBTFUL, MERGED, OPEN, REJECTED
from gisapp.model.text import tr
from gisapp.ui.card import button
from gisapp.ui.form import QuietCombo

NARROW = 340  # px
SIX = 6  # columns of the grids


class _Grid(QWidget):
    """Six columns of one width, laid out anew where it becomes narrow or wide."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(6)
        for column in range(SIX):
            self.grid.setColumnStretch(column, 1)
        self._narrow: bool | None = None

    def place(self, *, narrow: bool) -> None:
        """Put every part where it belongs."""

    def use(self, *, narrow: bool) -> None:
        if narrow != self._narrow:
            self._narrow = narrow
            self.place(narrow=narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.use(narrow=event.size().width() < NARROW)


class Filters(_Grid):
    """`changed`: status, kind, order or run, and its new value."""

    changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.status = QuietCombo(
            [
                ("candidates", tr("All candidates")),
                (OPEN, tr("To decide")),
                (DOUBTFUL, tr("Doubtful")),
                (ACCEPTED, tr("Accepted")),
                (MERGED, tr("Known outfalls")),
                (REJECTED, tr("Rejected")),
                (BY_RULE, tr("Rejected by rule")),
                ("all", tr("Everything found")),
            ]
        )
        self.kind = QuietCombo(
            [("both", tr("Both kinds")), ("warm", tr("Warmer")), ("cold", tr("Cooler"))]
        )
        self.order = QuietCombo(
            [
                ("sigma", tr("Largest Σ")),
                ("contrast", tr("Largest ΔT")),
                ("river", tr("Along the river")),
            ]
        )
        self.run = QuietCombo()
        self._boxes = {
            "status": self.status,
            "kind": self.kind,
            "order": self.order,
            "run": self.run,
        }
        names = (tr("Which candidates"), tr("Warm or cool"), tr("Order"), tr("Run"))
        for (what, box), name in zip(self._boxes.items(), names, strict=True):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.activated.connect(
                lambda _=0, what=what, box=box: self.changed.emit(what, str(box.currentData()))
            )
        self.run.hide()
        self.use(narrow=False)

    def place(self, *, narrow: bool) -> None:
        """Three in a row would cut the words of most of them."""
        self.grid.addWidget(self.status, 0, 0, 1, SIX if narrow else 3)
        self.grid.addWidget(self.order, 1 if narrow else 0, 3, 1, 3)
        self.grid.addWidget(self.kind, 1, 0, 1, 3)
        self.grid.addWidget(
            self.run, 2 if narrow else 1, 0 if narrow else 3, 1, SIX if narrow else 3
        )

    def show_runs(self, runs: Sequence[tuple[str, str]]) -> None:
        """Of more than one, which: id and words."""
        self.run.clear()
        for run, words in runs:
            self.run.addItem(words, run)
        self.run.setVisible(len(runs) > 1)

    def show_chosen(self, values: Mapping[str, str]) -> None:
        for what, value in values.items():
            self._boxes[what].setCurrentIndex(self._boxes[what].findData(value))


class Buttons(_Grid):
    """`decided`: the decision that was pressed. `stepped`: 1 or -1."""

    decided = Signal(str)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accept = button(tr("Accept") + "  A", "primary", tr("Accept"))
        self.reject = button(tr("Reject") + "  R", "", tr("Reject"))
        self.doubt = button(tr("Doubtful") + "  D", "", tr("Doubtful"))
        self.merge = button("", "", tr("It is the known outfall near it"))
        self.back = button("‹  K", "", tr("Previous candidate"))
        self.on = button("J  ›", "", tr("Next candidate"))
        self._decisions = (
            (self.accept, ACCEPTED),
            (self.reject, REJECTED),
            (self.doubt, DOUBTFUL),
            (self.merge, MERGED),
        )
        for made, decision in self._decisions:
            made.clicked.connect(lambda _=False, decision=decision: self.decided.emit(decision))
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.on.clicked.connect(lambda: self.stepped.emit(1))
        for made in (self.accept, self.reject, self.doubt, self.merge, self.back, self.on):
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.use(narrow=False)

    def place(self, *, narrow: bool) -> None:
        third = 3 if narrow else 2
        for number, made in enumerate((self.accept, self.reject, self.doubt)):
            at = number * third
            self.grid.addWidget(made, at // SIX, at % SIX, 1, third)
        if narrow:
            self.grid.addWidget(self.merge, 1, 3, 1, 3)
            self.grid.addWidget(self.back, 2, 0, 1, 3)
            self.grid.addWidget(self.on, 2, 3, 1, 3)
        else:
            self.grid.addWidget(self.merge, 1, 0, 1, 4)
            self.grid.addWidget(self.back, 1, 4)
            self.grid.addWidget(self.on, 1, 5)

    def show_decision(self, decision: str, near: str | None, *, may: bool) -> None:
        """What may be pressed: not what it is already. near: the outfall it could be."""
        for made, own in self._decisions:
            made.setEnabled(may and decision != own)
        self.merge.setEnabled(may and near is not None and decision != MERGED)
        words = tr("It is {outfall}").format(outfall=near) if near else tr("Known outfall")
        self.merge.setText(words + "  M")
