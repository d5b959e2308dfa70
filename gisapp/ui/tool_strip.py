"""The tools of the map as a quiet column lying on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from gisapp.app.tool_desk import ToolDesk
from gisapp.app.toolbox import ToolBox
from gisapp.model.text import tr
from gisapp.ui.card import icon_button
from gisapp.ui.icons import names
from gisapp.ui.theme import Tokens

CHANGING = ("add", "move", "delete")  # tools that a project open for reading has no use for


class ToolStrip(QFrame):
    def __init__(
        self, toolbox: ToolBox, desk: ToolDesk, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("Tools"))
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 5, 5, 5)
        column.setSpacing(2)
        self._buttons = QButtonGroup(self)
        self._buttons.setExclusive(True)
        drawn = set(names())
        for entry in toolbox:
            title = tr(entry.title)
            words = f"{title}  {entry.shortcut}".rstrip()
            picture = next((p for p in (entry.name, entry.icon) if p in drawn), "point")
            made = icon_button(picture, words, tokens)
            made.setAccessibleName(title)
            made.setObjectName(entry.name)
            made.setCheckable(True)
            made.setCursor(Qt.CursorShape.ArrowCursor)
            made.clicked.connect(lambda checked, name=entry.name: desk.take(name))
            if entry.name in CHANGING and desk.workspace.store.read_only:
                made.setEnabled(False)
                made.setToolTip(tr("The project is open for reading only"))
            self._buttons.addButton(made)
            column.addWidget(made)
        self.leave = desk.tool_changed.subscribe(self.show_tool)
        self.tool = ""
        self.show_tool(desk.tool.name)

    def show_tool(self, name: str) -> None:
        self.tool = name
        for made in self._buttons.buttons():
            if made.objectName() == name:
                made.setChecked(True)
