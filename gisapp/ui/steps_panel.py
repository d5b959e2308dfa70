"""Every step of this project that can be undone, in order; one click goes back to it."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.side_panel import TaskCard

SHOWN = 300


class StepsPanel(TaskCard):
    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Steps"), context.theme.tokens, parent)
        self._context = context
        self.add(label(tr("Click a step to return to the moment after it."), "dim", wrap=True))
        self.list = QListWidget()
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setAccessibleName(tr("Steps"))
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.add(self.list, 1)
        store = context.workspace.store
        self.leave.append(store.changed.subscribe(lambda change: self.show_steps()))
        self.show_steps()

    def show_steps(self) -> None:
        done, undone = self._context.workspace.store.history
        self.list.clear()
        first = QListWidgetItem(tr("As it was before these steps"))
        self.list.addItem(first)
        start = max(0, len(done) - SHOWN)
        for step in done[start:]:
            self.list.addItem(QListWidgetItem(step.label))
        now = self.list.count() - 1
        for step in reversed(undone):
            item = QListWidgetItem(step.label)
            item.setForeground(QColor(self._context.theme.tokens.dim))
            self.list.addItem(item)
        self.list.setCurrentRow(now)
        self._now = now

    def _go(self, item: QListWidgetItem) -> None:
        store, row = self._context.workspace.store, self.list.row(item)
        for _ in range(self._now - row):
            store.undo()
        for _ in range(row - self._now):
            store.redo()
