"""Findings by kind, each a line: what panels of checks have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from gisapp.model.text import tr

FINDING = Qt.ItemDataRole.UserRole
FEW = 12  # findings that are shown at once, without a click
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FindingsTree(QTreeWidget):
    """Two columns: words and a number. What is open stays open when it is filled anew."""

    def __init__(self, dim: str) -> None:
        super().__init__()
        self._dim = QColor(dim)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(12)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setAccessibleName(tr("Findings"))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    @property
    def finding(self) -> Any:
        """What the chosen line was made of; None for a kind or nothing."""
        item = self.currentItem()
        return item.data(0, FINDING) if item is not None else None

    def kinds(self) -> dict[str, bool]:
        """Which kinds are listed, by their words, and whether they are open."""
        items = (self.topLevelItem(n) for n in range(self.topLevelItemCount()))
        return {item.text(0): item.isExpanded() for item in items if item is not None}

    def open_kinds(self, before: Mapping[str, bool], usual: str = "") -> None:
        """A kind that was listed `before` stays as it was left; others are open where all findings
        are few, and so is the `usual` one."""
        groups = [item for n in range(self.topLevelItemCount()) if (item := self.topLevelItem(n))]
        few = sum(group.childCount() for group in groups) <= FEW
        for group in groups:
            words = group.text(0)
            group.setExpanded(before.get(words, few or words == usual))

    def add_kind(self, words: str, count: int, color: str = "") -> QTreeWidgetItem:
        """A line that holds findings."""
        group = QTreeWidgetItem([words, f"{count:,}"])
        group.setTextAlignment(1, RIGHT)
        group.setForeground(1, QColor(color) if color else self._dim)
        self.addTopLevelItem(group)
        return group

    def add_findings(
        self, group: QTreeWidgetItem, lines: Iterable[tuple[str, str, str, Any]], more: int = 0
    ) -> None:
        """Lines of words, note, tip and what they are made of; `more` that are not listed."""
        items = []
        for words, note, tip, made_of in lines:
            row = QTreeWidgetItem([words, note])
            row.setTextAlignment(1, RIGHT)
            row.setForeground(1, self._dim)
            row.setToolTip(0, tip)
            row.setData(0, FINDING, made_of)
            items.append(row)
        if more > 0:
            words = tr("… and {n} more, not listed").format(n=f"{more:,}")
            items.append(QTreeWidgetItem([words, ""]))
        group.addChildren(items)
