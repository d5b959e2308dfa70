"""The line above the panels: workspaces, the search box, undo, redo, the main thing to do."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from gisapp.app.actions import Actions
from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button
from gisapp.ui.icons import accent_icon, icon
from gisapp.ui.search_box import SearchBox
from gisapp.ui.theme import Tokens

WORKSPACES = ("survey", "trace", "analyse")


def workspace_title(name: str) -> str:
    return {
        "survey": tr("Survey"),
        "trace": tr("Trace"),
        "analyse": tr("Analyse"),
    }[name]


class TopBar(QWidget):
    workspace_chosen = Signal(str)

    def __init__(self, search: SearchBox, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = Actions()
        self.search = search
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._tabs = QButtonGroup(self)
        self._tabs.setExclusive(True)
        for name in WORKSPACES:
            tab = button(workspace_title(name), "tab")
            tab.setObjectName(name)
            tab.setCheckable(True)
            tab.clicked.connect(lambda checked, name=name: self.workspace_chosen.emit(name))
            self._tabs.addButton(tab)
            row.addWidget(tab)
        row.addStretch(1)
        search.setMinimumWidth(220)
        search.setMaximumWidth(430)
        row.addWidget(search, 4)
        row.addStretch(1)
        self.undo = button(tr("Undo"))
        self.undo.setIcon(icon("undo", tokens))
        self.undo.setIconSize(QSize(16, 16))
        self.redo = icon_button("redo", tr("Redo"), tokens, "box")
        self.redo.setIconSize(QSize(16, 16))
        self.export = button(tr("Export map"), "primary")
        self.export.setIcon(accent_icon("export", tokens))
        self.export.setIconSize(QSize(16, 16))
        for made, name in self._buttons():
            made.clicked.connect(lambda checked, name=name: self._actions.run(name))
            row.addWidget(made)

    def use_actions(self, actions: Actions) -> None:
        """The buttons do what the actions say."""
        self._actions = actions
        self.export.setVisible("output.map" in actions)
        self.refresh()

    def _buttons(self) -> tuple[tuple[QAbstractButton, str], ...]:
        undo, redo = (self.undo, "edit.undo"), (self.redo, "edit.redo")
        return undo, redo, (self.export, "output.map")

    def show_workspace(self, name: str) -> None:
        for tab in self._tabs.buttons():
            tab.setChecked(tab.objectName() == name)

    def refresh(self) -> None:
        for made, name in self._buttons():
            if name in self._actions:
                action = self._actions[name]
                made.setEnabled(action.enabled())
                made.setToolTip("  ".join([action.text, *action.keys[:1]]))
