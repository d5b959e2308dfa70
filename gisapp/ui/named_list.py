"""A list of things that a project keeps by name, and the buttons below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QToolButton, QWidget

from gisapp.ui.card import icon_button
from gisapp.ui.theme import Tokens

NAMED = Qt.ItemDataRole.UserRole  # what an item stands for


class NamedList(QListWidget):
    """Enter takes one, F2 renames, Del deletes: `on_key` does it and says whether it did.

    `renamed` brings what an item stands for and the words that were typed, a turn later: the list
    must not change while its field is still being closed.
    """

    renamed = Signal(object, str)

    def __init__(self, title: str, on_key: Callable[[Qt.Key], bool]) -> None:
        super().__init__()
        self._on_key = on_key
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setAccessibleName(title)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)
        self.itemChanged.connect(self._typed)

    def add(self, words: str, stands_for: object, tip: str = "", *, editable: bool) -> None:
        item = QListWidgetItem(words)
        item.setData(NAMED, stands_for)
        item.setToolTip(tip)
        if editable:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.addItem(item)

    def key_button(self, picture: str, words: str, tokens: Tokens, key: Qt.Key) -> QToolButton:
        """Does what a key does."""
        made = icon_button(picture, words, tokens, "box")
        made.setIconSize(QSize(16, 16))
        made.clicked.connect(lambda: self._on_key(key))
        return made

    def _typed(self, item: QListWidgetItem) -> None:
        stands_for, words = item.data(NAMED), item.text()
        QTimer.singleShot(0, self, lambda: self.renamed.emit(stands_for, words))

    def event(self, event: QEvent) -> bool:
        """Del is the list's here, not the map's, which would delete what is selected there."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QListWidget.State.EditingState
        if editing or not self._on_key(Qt.Key(event.key())):
            super().keyPressEvent(event)


def line_below(first: QWidget, *others: QWidget) -> QHBoxLayout:
    """What is done most at the left, the small buttons at the right."""
    line = QHBoxLayout()
    line.setSpacing(6)
    line.addWidget(first)
    line.addStretch(1)
    for made in others:
        line.addWidget(made)
    return line
