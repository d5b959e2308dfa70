"""A card that opens for one piece of work in the right column and closes again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.ui.card import Card, icon_button
from gisapp.ui.theme import Tokens


class TaskCard(Card):
    """Esc or its cross closes it. `leave` is called then, once."""

    closed = Signal()
    wide = False  # asks for a wider column

    def __init__(self, title: str, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self.leave: list[Callable[[], None]] = []
        self.close_button = icon_button("close", tr("Close"), tokens)
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setFixedSize(24, 24)
        self.close_button.clicked.connect(self.closed)
        self.head.addWidget(self.close_button)

    def takes(self, layer: LayerId | None, features: frozenset[FeatureId]) -> bool:
        """Whether the card shows what was selected itself; another card gives way to it."""
        return False

    def takes_key(self, event: QKeyEvent) -> bool:
        """Whether a key is the card's while it is open, wherever the focus is."""
        return False

    def scrolled(self) -> QVBoxLayout:
        """A column in a scroll area, for content that may be long."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(8)
        area.setWidget(holder)
        self.add(area, 1)
        return column

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class SidePanel(QStackedWidget):
    """What is always there, and above it at most one card of work."""

    opened = Signal(bool)  # whether it asks for a wider column

    def __init__(self, always: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addWidget(always)
        self.card: TaskCard | None = None

    def show_card(self, card: TaskCard) -> None:
        self.close_card()
        self.card = card
        card.closed.connect(self.close_card)
        self.addWidget(card)
        self.setCurrentWidget(card)
        self.opened.emit(card.wide)

    def close_card(self) -> None:
        card, self.card = self.card, None
        if card is None:
            return
        for leave in card.leave:
            leave()
        card.leave.clear()
        self.removeWidget(card)
        card.hide()
        card.deleteLater()
