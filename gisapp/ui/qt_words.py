"""Qt's own words in the language of the window: file dialogs, menus of text fields, keys."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from gisapp.app.actions import ARROWS

KEYS = "QShortcut"  # under which Qt translates the names of keys


class QtWords(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._installed: list[QTranslator] = []

    def use(self, code: str) -> None:
        """From now on in this language; what Qt has no words for stays English."""
        for before in self._installed:
            QApplication.removeTranslator(before)
        words = QTranslator(self)
        words.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        self._installed = [words, KeyNames(self)]  # the last is asked first
        for one in self._installed:
            QApplication.installTranslator(one)


class KeyNames(QTranslator):
    """The arrow keys as they stand on the keyboard: ← instead of "Left" in another language."""

    def isEmpty(self) -> bool:
        return False

    def translate(  # type: ignore[override]
        self,
        context: str,
        sourceText: str,  # noqa: N803
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:
        """None: ask the next; an empty text would be taken for the answer."""
        return ARROWS.get(sourceText) if context == KEYS else None
