"""Above an attribute table: its tables as tabs, what is shown of them, and what to do with rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QTabBar, QToolButton, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button
from gisapp.ui.theme import Tokens


class TableHead(QWidget):
    tab_wanted = Signal(str)

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(tr("Tables"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tabs.setFixedHeight(30)  # its own idea is nothing while it has no tabs
        self.tabs.setStyleSheet(
            "QTabBar { background: transparent; border: none; }"
            "QTabBar::tab { background: transparent; border: none; border-radius: 6px;"
            f" padding: 5px 9px; color: {tokens.dim}; }}"
            f"QTabBar::tab:selected {{ background: {tokens.hover}; color: {tokens.accent}; }}"
            f"QTabBar::tab:hover {{ color: {tokens.text}; }}"
            f"QTabBar QToolButton {{ padding: 0; border: none; background: {tokens.panel}; }}"
        )
        self.tabs.currentChanged.connect(self._chosen)
        self.clear_filters = button(tr("Clear filters"), "link")
        self.clear_filters.hide()
        self.in_view = self._switch("eye", tr("Only what the map shows"), tokens)
        self.only_selected = self._switch("select", tr("Only what is selected"), tokens)
        self.previous = icon_button("chevron_left", tr("Previous row"), tokens)
        self.next = icon_button("chevron_right", tr("Next row"), tokens)
        self.zoom = icon_button("target", tr("Zoom to the selected rows"), tokens)
        self.delete = icon_button("trash", tr("Delete the selected rows"), tokens)
        self.more = icon_button("list", tr("Columns"), tokens)
        self.close_button = icon_button("close", tr("Close"), tokens)
        line.addWidget(self.tabs, 1)
        for part in (
            self.clear_filters,
            self.in_view,
            self.only_selected,
            self.previous,
            self.next,
            self.zoom,
            self.delete,
            self.more,
            self.close_button,
        ):
            line.addWidget(part)
        self._names: list[str] = []

    @staticmethod
    def _switch(picture: str, words: str, tokens: Tokens) -> QToolButton:
        made = icon_button(picture, words, tokens, "pick")
        made.setCheckable(True)
        made.setFixedSize(28, 28)
        return made

    def show_tabs(self, tabs: Sequence[tuple[str, str]], current: str) -> None:
        """Names and titles."""
        names = [name for name, _ in tabs]
        self.tabs.blockSignals(True)
        if names != self._names or tabs[0][1] != self.tabs.tabText(0):
            while self.tabs.count():
                self.tabs.removeTab(0)
            for _, title in tabs:
                self.tabs.addTab(title)
            self._names = names
        self.tabs.setCurrentIndex(names.index(current))
        self.tabs.blockSignals(False)

    def _chosen(self, at: int) -> None:
        if 0 <= at < len(self._names):
            self.tab_wanted.emit(self._names[at])
