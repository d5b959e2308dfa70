"""Work of the window's thread in pieces, with room for input between them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

PAUSE = 1  # ms; not 0, or the next piece would come before all input


class InSteps(QObject):
    """One thing at a time: what is begun anew waits for nothing, it ends what was under way."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left: Iterator[None] | None = None

    def start(self, work: Iterator[None]) -> None:
        """The first piece at once, each further one in a later turn of the event loop."""
        self.finish()
        self._left = work
        self._step()

    def finish(self) -> None:
        """Do what is left of it now."""
        while self._left is not None:
            self._next()

    def _step(self) -> None:
        if self._left is not None:
            self._next()
        if self._left is not None:
            QTimer.singleShot(PAUSE, self, self._step)

    def _next(self) -> None:
        work, self._left = self._left, None
        if work is not None and next(work, self) is None:
            self._left = work
