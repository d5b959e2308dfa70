"""A card that says what belongs here, while there is nothing to show."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gisapp.ui.card import Card, label


class EmptyCard(Card):
    """An empty state tells what to do next."""

    def __init__(self, title: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self.words = label(words, "dim", wrap=True)
        self.add(self.words)
        self.body.addStretch(1)
