"""The tools of the map as a quiet column lying on it; on a low map there are several columns."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QToolButton, QWidget

from gisapp.app.tool_desk import ToolDesk
from gisapp.app.toolbox import ToolBox
from gisapp.model.text import tr
from gisapp.ui.card import icon_button
from gisapp.ui.icons import names
from gisapp.ui.theme import Tokens

EDGE, SPACING, BORDER = 5, 2, 1  # pixels; the border is that of cards
LOW = 30  # height of a button where one column more could be saved; its picture keeps its size
MOST = 8  # columns; a map that is lower still hides some of its tools
CHANGING = ("add", "move", "delete")  # tools that a project open for reading has no use for


class ToolStrip(QFrame):
    def __init__(
        self, toolbox: ToolBox, desk: ToolDesk, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("Tools"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self._grid.setSpacing(SPACING)
        self._groups: list[list[QToolButton]] = [[]]
        self._lines: list[QFrame] = []  # above each group but the first
        self._line_color = tokens.line
        self.columns, self.low = 1, False  # low: buttons with less around their pictures
        self._over: QWidget | None = None  # the map it lies on
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
            self.add(made)
        self.leave = desk.tool_changed.subscribe(self.show_tool)
        self.tool = ""
        self.show_tool(desk.tool.name)

    def add(self, button: QToolButton) -> None:
        """At the end."""
        self._groups[-1].append(button)
        self._arrange()

    def add_line(self) -> None:
        """What is added from now on is a group of its own."""
        line = QFrame(self)
        line.setFixedHeight(1)
        line.setStyleSheet(f"background: {self._line_color}; border: none;")
        self._lines.append(line)
        self._groups.append([])

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ParentChange, QEvent.Type.Polish):
            over = self.parentWidget()
            if over is not self._over:
                if self._over is not None:
                    self._over.removeEventFilter(self)
                if over is not None:
                    over.installEventFilter(self)
                self._over = over
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """As few columns as find room, of usual buttons where they do, else of low ones."""
        room = self._room()
        ways = [(n, low) for n in range(1, MOST) for low in (False, True)]
        fitting = next((way for way in ways if self._height(*way) <= room), (MOST, True))
        if fitting != (self.columns, self.low):
            self.columns, self.low = fitting
            self._arrange()

    def _room(self) -> int:
        """Pixels from top to bottom, above the cards at the lower edge of the map."""
        over = self._over
        layout = over.layout() if over is not None else None
        if over is None or not isinstance(layout, QGridLayout):
            return self._height(1)
        below = 0
        for number in range(layout.count()):
            item = layout.itemAt(number)
            card = item.widget() if item is not None else None
            if item is not None and card is not None and card is not self and not card.isHidden():
                place: Any = layout.getItemPosition(number)  # row, column and how many of each
                below = max(below, item.minimumSize().height() if place[0] else 0)
        edges = layout.contentsMargins()
        return over.height() - edges.top() - edges.bottom() - below - layout.verticalSpacing()

    def _height(self, columns: int, low: bool = False) -> int:
        rows = sum(-(-len(group) // columns) for group in self._groups)
        tall = LOW if low else self._usual()
        lines = len(self._lines)
        return 2 * (EDGE + BORDER) + rows * tall + lines + (rows + lines - 1) * SPACING

    def _usual(self) -> int:
        """Height of a button."""
        return max((one.sizeHint().height() for group in self._groups for one in group), default=0)

    def _arrange(self) -> None:
        tall = LOW if self.low else self._usual()
        while self._grid.takeAt(0) is not None:
            pass
        row = 0
        for number, group in enumerate(self._groups):
            if number:
                self._grid.addWidget(self._lines[number - 1], row, 0, 1, self.columns)
                row += 1
            for place, button in enumerate(group):
                button.setFixedHeight(tall)
                self._grid.addWidget(button, row + place // self.columns, place % self.columns)
            row += -(-len(group) // self.columns)
        self.setMinimumHeight(self._height(self.columns, self.low))

    def show_tool(self, name: str) -> None:
        self.tool = name
        for made in self._buttons.buttons():
            if made.objectName() == name:
                made.setChecked(True)
