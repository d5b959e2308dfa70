"""The files of a flight with what became of each: thousands of rows, made as they are looked at."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QWidget

from gisapp.app.flight_import import OpenFlight
from gisapp.model.flight import FlightFrame, LeftOut
from gisapp.model.text import tr
from gisapp.ui.flight_words import verdict_words
from gisapp.ui.theme import Tokens

ROW, HEAD = 24, 36  # pixels

_AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class FlightRows(QAbstractTableModel):
    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self.rows: list[FlightFrame | LeftOut] = []

    def show_flight(self, opened: OpenFlight) -> None:
        """What cannot be used first: that is what somebody must look at."""
        self.beginResetModel()
        flight = opened.flight
        faults = [o for o in flight.left_out if o.verdict not in ("visible", "photo")]
        others = [o for o in flight.left_out if o.verdict in ("visible", "photo")]
        self.rows = [*faults, *flight.frames, *others]
        self.first_frame = len(faults)
        self.endResetModel()

    def rowCount(self, parent: _AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _AnyIndex = _NONE) -> int:
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("File"), tr("Verdict"), tr("Offset"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        used = isinstance(row, FlightFrame)
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 0:
                return row.file.rsplit("/", 1)[-1]
            if column == 1:
                return verdict_words("used" if isinstance(row, FlightFrame) else row.verdict)
            return f"{row.offset_c:+.2f}" if isinstance(row, FlightFrame) and row.decoder else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.file if isinstance(row, FlightFrame) else f"{row.file}\n{row.message}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.ForegroundRole and not used:
            fault = isinstance(row, LeftOut) and row.verdict not in ("visible", "photo")
            return QColor(self._tokens.warn if fault else self._tokens.dim)
        return None


class FlightTable(QTableView):
    """`pointed`: the frame of the row (-1: none), `opened` by double click or Enter."""

    pointed = Signal(int)
    opened = Signal(int)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = FlightRows(tokens)
        self.setModel(self.files)
        self.setAccessibleName(tr("Files of the flight"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, 108)
        self.setColumnWidth(2, 64)
        self.setMinimumHeight(5 * ROW + HEAD)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.entered.connect(lambda index: self.pointed.emit(self.frame_of(index)))
        self.activated.connect(self._activated)
        self.selectionModel().currentRowChanged.connect(
            lambda now, before: self.pointed.emit(self.frame_of(now))
        )

    def show_flight(self, opened: OpenFlight) -> None:
        self.files.show_flight(opened)
        self.setMaximumHeight(max(len(self.files.rows), 5) * ROW + HEAD)

    def frame_of(self, index: _AnyIndex) -> int:
        """Which frame of the flight a row is; -1 for a file that is none."""
        if not index.isValid() or not isinstance(self.files.rows[index.row()], FlightFrame):
            return -1
        return index.row() - self.files.first_frame

    def choose(self, frame: int) -> None:
        """Bring the row of a frame into view and choose it."""
        index = self.files.index(self.files.first_frame + frame, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def _activated(self, index: QModelIndex) -> None:
        frame = self.frame_of(index)
        if frame >= 0:
            self.opened.emit(frame)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(-1)
        super().leaveEvent(event)


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
