"""Help inside the window: the guide, all keys, what the program is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextBlock, QTextCursor, QWheelEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gisapp import __version__
from gisapp.app.actions import MENUS, Actions, menu_title
from gisapp.model.text import language, tr
from gisapp.ui.card import label
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.theme import Tokens


def guide_text() -> str:
    """The guide in the user's language, as Markdown; English where there is no other."""
    for code in (language(), "en"):
        if files("gisapp").joinpath("guide", f"{code}.md").is_file():
            return files("gisapp").joinpath("guide", f"{code}.md").read_text("utf-8")
    return tr("The guide is missing from this installation.")


class GuidePage(QTextBrowser):
    """The text of the guide. A section that was gone to stays at the top while the page gets its
    size, until the reader moves."""

    def __init__(self) -> None:
        super().__init__()
        self._section: QTextBlock | None = None
        self.verticalScrollBar().actionTriggered.connect(lambda action: self._let_go())

    def section(self, words: str) -> QTextBlock | None:
        """The heading of these words, else the first paragraph that begins with them."""
        block, found = self.document().begin(), None
        while block.isValid():
            text = block.text()
            if text == words and block.blockFormat().headingLevel():
                return block
            if found is None and text.startswith(words):
                found = block
            block = block.next()
        return found

    def go_to(self, words: str) -> None:
        self._section = self.section(words)
        if self._section is not None:
            self.setTextCursor(QTextCursor(self._section))
            self._show_section()

    def _show_section(self) -> None:
        if self._section is not None:
            top = self.document().documentLayout().blockBoundingRect(self._section).top()
            self.verticalScrollBar().setValue(round(top))

    def _let_go(self) -> None:
        self._section = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_section()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._let_go()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._let_go()
        super().keyPressEvent(event)


class GuidePanel(TaskCard):
    wide = True

    def __init__(
        self,
        tokens: Tokens,
        topic: Mapping[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`topic`: the words of the section to begin at, by language."""
        super().__init__(tr("Guide"), tokens, parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find in the guide"))
        self.search.setAccessibleName(tr("Find in the guide"))
        self.search.setClearButtonEnabled(True)
        self.page = GuidePage()
        self.page.setOpenExternalLinks(False)
        self.page.setOpenLinks(False)
        self.page.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page.setMarkdown(guide_text())
        self.page.setAccessibleName(tr("Guide"))
        self.search.textEdited.connect(self._find)
        self.search.returnPressed.connect(lambda: self.page.find(self.search.text()))
        self.add(self.search)
        self.add(self.page, 1)
        if topic:
            self.page.go_to(topic.get(language(), topic["en"]))

    def _find(self, text: str) -> None:
        cursor = self.page.textCursor()
        cursor.setPosition(0)
        self.page.setTextCursor(cursor)
        if text:
            self.page.find(text)


def other_keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Keys that belong to a part of the window, not to a menu."""
    return [
        (
            tr("On the map"),
            [
                (tr("Move the map while held"), tr("Space")),
                (tr("Zoom at the pointer"), tr("Wheel")),
                (tr("Zoom to a box"), tr("Shift+drag")),
                (tr("Move the map"), "← ↑ → ↓"),
                (tr("Turn the map"), "Shift+←  Shift+→"),
                (tr("Turn the map"), tr("Ctrl+right drag")),
                (tr("Show all"), "Home"),
                (tr("The view before, the view after"), "Alt+←  Alt+→"),
                (tr("Remove the last corner"), tr("Backspace")),
                (tr("Finish a line"), tr("Enter")),
                (tr("Give up what is being drawn"), "Esc"),
            ],
        ),
        (
            tr("In the layer list"),
            [
                (tr("Show or hide"), tr("Space")),
                (tr("Rename"), "F2"),
                (tr("Remove layer"), tr("Del")),
                (tr("Move up or down"), "Alt+↑  Alt+↓"),
            ],
        ),
    ]


class KeySheet(QDialog):
    """All keys on one sheet, by menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("All keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(880, 620)
        groups = [
            (
                menu_title(menu),
                [(a.title, "  ".join(a.keys)) for a in actions.of_menu(menu) if a.shortcuts],
            )
            for menu in MENUS
        ]
        loose = [(a.title, "  ".join(a.keys)) for a in actions if not a.menu and a.shortcuts]
        groups = [group for group in groups if group[1]]
        if loose:
            groups.append((tr("Everywhere"), loose))
        groups += other_keys()
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(18, 14, 18, 14)
        grid.setHorizontalSpacing(36)
        columns = [QVBoxLayout() for _ in range(3)]
        heights = [0, 0, 0]
        for title, entries in groups:
            shortest = heights.index(min(heights))
            columns[shortest].addLayout(_group(title, entries))
            columns[shortest].addSpacing(14)
            heights[shortest] += len(entries) + 2
        for number, column in enumerate(columns):
            column.addStretch(1)
            grid.addLayout(column, 0, number)
            grid.setColumnStretch(number, 1)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)


def _group(title: str, entries: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(title, "title"), 0, 0, 1, 2)
    for row, (words, keys) in enumerate(entries, start=1):
        grid.addWidget(label(words, wrap=True), row, 0)
        grid.addWidget(label(keys, "key"), row, 1, Qt.AlignmentFlag.AlignRight)
    return grid


class AboutPanel(TaskCard):
    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(tr("About"), tokens, parent)
        words = tr(
            "Desktop GIS for surveys of river outfalls: maps, thermal mosaics, stations, "
            "upstream tracing."
        )
        self.add(label(f"gisapp {__version__}", "headline"))
        self.add(label(words, wrap=True))
        self.add(label("Apache License 2.0", "dim"))
        self.body.addStretch(1)
