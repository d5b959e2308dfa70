"""One box for everything: commands, features by code and name, places by coordinates."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLineEdit, QWidget

from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.icons import icon


class SearchBox(QLineEdit):
    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(tr("Search codes, names, coordinates, commands   Ctrl+K"))
        self.setAccessibleName(tr("Search"))
        self.setClearButtonEnabled(True)
        self.addAction(
            icon("search", context.theme.tokens), QLineEdit.ActionPosition.LeadingPosition
        )

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(430, 30))
