"""What happens when something is wrong with the program itself: say it, keep it, go on."""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6 import __version__ as qt_version
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from gisapp import __version__
from gisapp.model.text import tr
from gisapp.ui.card import button, label

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def report_text(error: BaseException) -> str:
    """Versions and the traceback: what a developer needs."""
    versions = (
        f"gisapp {__version__} · Python {platform.python_version()} · Qt {qt_version} · "
        f"{platform.platform()}"
    )
    return versions + "\n\n" + "".join(traceback.format_exception(error))


class CrashReport(QDialog):
    """Not in the way: the window behind it goes on working."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Something went wrong"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.resize(720, 420)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(label(tr("Something went wrong in the program"), "title"))
        words = tr(
            "Your edits are saved. You can go on working; if it happens again, "
            "send us the text below."
        )
        column.addWidget(label(words, wrap=True))
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(tr("Report"))
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        self.copy = button(tr("Copy"))
        self.go_on = button(tr("Continue"), "primary")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        self.go_on.clicked.connect(self.close)
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(self.go_on)
        column.addLayout(row)
        self.go_on.setDefault(True)


class CrashReports:
    """Shows one report at a time; install it once the window is there."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._shown: CrashReport | None = None
        self._before: Hook | None = None

    def install(self) -> None:
        """Uncaught errors of the main thread come here."""
        self._before = sys.excepthook
        sys.excepthook = self._hook

    def remove(self) -> None:
        if self._before is not None:
            sys.excepthook, self._before = self._before, None

    def show(self, error: BaseException) -> None:
        self.show_text(report_text(error))

    def show_text(self, text: str) -> None:
        """Also for what is left of an earlier run that ended badly."""
        if self._shown is not None:
            return  # the first report is the one that matters
        self._shown = CrashReport(text, self._window)
        self._shown.destroyed.connect(self._closed)
        self._shown.show()

    def _closed(self) -> None:
        self._shown = None

    def _hook(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        traceback.print_exception(kind, error, where)
        if isinstance(error, Exception):
            self.show(error)
