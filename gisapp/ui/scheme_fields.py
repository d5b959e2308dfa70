"""Lines of a form that say what is wrong right under the field."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import label, restyle

CAPTION = 104  # px


class FieldLines(QGridLayout):
    """A caption, a field, and below it a problem or where the value comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(3)
        self.setColumnMinimumWidth(0, CAPTION)
        self.setColumnStretch(1, 1)
        self._problems: dict[str, QLabel] = {}
        self._fields: dict[str, QWidget] = {}
        self._parts: dict[str, tuple[QWidget, QWidget]] = {}

    def line(self, name: str, words: str, field: QWidget, marked: QWidget | None = None) -> None:
        """`marked` is the part of a field that gets a border when it is wrong."""
        row = self.rowCount()
        caption = label(words, "dim", wrap=True)
        caption.setBuddy(field)
        field.setAccessibleName(words)
        self.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignVCenter)
        self.addWidget(field, row, 1)
        problem = label("", "bad", wrap=True)
        problem.hide()
        self.addWidget(problem, row + 1, 1)
        self._problems[name], self._fields[name] = problem, marked or field
        self._parts[name] = (caption, field)

    def show_line(self, name: str, wanted: bool) -> None:
        """Whether a line is there at all."""
        for part in self._parts[name]:
            part.setVisible(wanted)
        self._problems[name].setVisible(wanted and bool(self._problems[name].text()))

    def say(self, name: str, words: str, kind: str = "bad") -> None:
        """What is wrong with a field; nothing takes it back."""
        problem = self._problems[name]
        problem.setText(words)
        problem.setVisible(bool(words))
        restyle(problem, "kind", kind)
        restyle(self._fields[name], "state", "wrong" if words and kind == "bad" else "")

    def said(self, name: str) -> str:
        return self._problems[name].text()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._problems)


def plain_grid(widest: int = 0) -> tuple[QWidget, QGridLayout]:
    """A holder without a frame and its grid; the column `widest` takes what is left."""
    holder = QWidget()
    holder.setProperty("kind", "plain")
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(6)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(widest, 1)
    return holder, grid


def heading(words: str, back: QWidget | None = None) -> QWidget:
    """A group's name, and at the right the way back to the standard."""
    holder = QWidget()
    holder.setProperty("kind", "plain")
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.addWidget(label(words, "group"), 1)
    if back is not None:
        line.addWidget(back, 0, Qt.AlignmentFlag.AlignBottom)
    return holder


def origin_words(standard: dict[str, object], chinese: bool) -> str:
    """Where the values of a data file come from, as it says itself."""
    source = str((standard.get("source_zh_CN") if chinese else "") or standard["source"])
    words = tr("Standard values: {id}, edition {version}. {source}.")
    told = words.format(id=standard["id"], version=standard["version"], source=source)
    if not standard.get("confirmed"):
        told = f"{told} {tr('Not confirmed against a printed standard.')}"
    return told
