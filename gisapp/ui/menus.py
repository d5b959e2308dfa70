"""Menus and shortcuts made from the list of actions, kept in step with what can be done now."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from gisapp.app.actions import MENUS, Action, Actions, menu_title
from gisapp.ui.icons import icon
from gisapp.ui.theme import Tokens


class Menus(QObject):
    """Belongs to the window; `refresh` is cheap to call often: it is done once, a little later."""

    def __init__(self, window: QMainWindow, actions: Actions, tokens: Tokens) -> None:
        super().__init__(window)
        self._window, self._actions, self._tokens = window, actions, tokens
        self.entries: dict[str, QAction] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh_now)
        bar = window.menuBar()
        bar.clear()
        for name in MENUS:
            entries = actions.of_menu(name)
            if entries:
                self._fill(bar.addMenu(menu_title(name)), entries)
        for action in actions:
            if action.id not in self.entries:
                window.addAction(self._entry(action))
        self.refresh_now()

    def refresh(self) -> None:
        self._soon.start()

    def refresh_now(self) -> None:
        for action in self._actions:
            entry = self.entries[action.id]
            entry.setEnabled(action.enabled())
            if action.says:
                entry.setText(_plain(action.text))
            if action.checked:
                entry.setChecked(action.checked())

    def remove(self) -> None:
        """Take everything out of the window again."""
        self._soon.stop()
        self._window.menuBar().clear()
        for entry in self.entries.values():
            self._window.removeAction(entry)
            entry.deleteLater()
        self.entries.clear()
        self.deleteLater()

    def _fill(self, menu: QMenu, actions: list[Action]) -> None:
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.refresh_now)
        group = actions[0].group
        below: dict[str, QMenu] = {}
        for action in actions:
            if action.group != group:
                menu.addSeparator()
                group = action.group
            target = menu
            if action.submenu:
                if action.submenu not in below:
                    below[action.submenu] = menu.addMenu(action.submenu)
                target = below[action.submenu]
            target.addAction(self._entry(action))

    def _entry(self, action: Action) -> QAction:
        entry = QAction(_plain(action.text), self)
        entry.setObjectName(action.id)
        entry.setShortcuts([QKeySequence(key) for key in action.shortcuts])
        entry.setCheckable(action.checked is not None)
        if action.icon:
            entry.setIcon(icon(action.icon, self._tokens))
        if action.note:
            entry.setToolTip(action.note)
        entry.triggered.connect(lambda: self._run(action))
        self._window.addAction(entry)  # so that its keys work wherever the focus is
        self.entries[action.id] = entry
        return entry

    def _run(self, action: Action) -> None:
        if action.enabled():
            action.run()
        self.refresh()


def _plain(text: str) -> str:
    """As written: an ampersand in a layer's name is no mnemonic."""
    return text.replace("&", "&&")
