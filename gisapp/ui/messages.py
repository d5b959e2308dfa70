"""What the program has to say: a quiet bar with one thing to do, and a list of all of it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QGuiApplication, QIcon, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.model.errors import GisError
from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.context import Level, Message
from gisapp.ui.icons import pixmap
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.theme import Tokens

READ_FOR = 7000  # ms a message without anything to do stays
KEPT = 500  # messages in the list
LONG = 32  # letters on the buttons; more go below the text

_PICTURES: dict[Level, str] = {
    "info": "info",
    "ok": "check",
    "warning": "warning",
    "error": "stop",
}


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    message: Message


class MessageLog:
    """Everything that was said since the program started, oldest first."""

    def __init__(self) -> None:
        self.said: deque[Said] = deque(maxlen=KEPT)

    def add(self, message: Message) -> None:
        self.said.append(Said(datetime.now(), message))

    def text(self) -> str:
        return "\n".join(
            f"{one.at:%H:%M:%S}  {one.message.text}"
            + (f"\n          {one.message.hint}" if one.message.hint else "")
            for one in self.said
        )


def of_error(error: Exception) -> Message | None:
    """For people; None when the error is a bug and needs a report."""
    if isinstance(error, GisError):
        what = re.split("[:：]", error.message)[0]  # the same again, such as of each tile
        return Message(error.message, "error", hint=error.hint, key=f"error {what}")
    if isinstance(error, PermissionError):
        return Message(
            tr("The project is open for reading only"),
            "warning",
            hint=tr("Open it for editing to change it."),
            key="read-only",
        )
    return None


class MessageBar(QFrame):
    """Lies over the top of the window's content and never waits for an answer: the newest message
    lies on top, older ones that want an answer come back when it goes."""

    def __init__(
        self,
        over: QWidget,
        log: MessageLog,
        tokens: Tokens,
        top: int = 0,
        within: QWidget | None = None,
        left: int = 20,
        beside: QWidget | None = None,
    ) -> None:
        """`within`: the part of `over` it stays in, `left` pixels from its edge and to the right of
        what it is `beside`, such as tools in two columns."""
        super().__init__(over)
        self._over, self._log, self._t, self._top = over, log, tokens, top
        self._within, self._left, self._beside = within or over, left, beside
        self._waiting: deque[Message] = deque()  # the newest first
        self.message: Message | None = None
        self.setProperty("kind", "card")
        self.setObjectName("message")
        self.setAccessibleName(tr("Message"))
        self._picture = QLabel()
        self._picture.setFixedSize(18, 18)
        self._words = label("", wrap=True)
        self._hint = label("", "dim", wrap=True)
        self._more = button("", "link")
        self._more.setToolTip(tr("Show the next one"))
        self.action = button("", "link")
        self.other = button("", "link")
        self.close_button = icon_button("close", tr("Dismiss"), tokens)
        self.close_button.setIconSize(QSize(14, 14))
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(self._words)
        text.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(text, 1)
        self._acts = QWidget()
        acts = QHBoxLayout(self._acts)
        acts.setContentsMargins(0, 0, 0, 0)
        acts.setSpacing(10)
        acts.addWidget(self.action)
        acts.addWidget(self.other)
        self._row, self._text = row, text
        for part in (self._more, self._acts, self.close_button):
            row.addWidget(part)
        self.action.clicked.connect(self._do)
        self.other.clicked.connect(self._do_other)
        self.close_button.clicked.connect(self.dismiss)
        self._more.clicked.connect(self.show_next)
        self._gone = QTimer(self, singleShot=True, interval=READ_FOR)
        self._gone.timeout.connect(self.dismiss)
        for watched in {over, self._within, beside or over}:
            watched.installEventFilter(self)
        self.hide()

    def say(self, message: Message) -> None:
        """Show it at once: what was just done is answered now. An older one that wants an answer
        waits behind it and comes back; a notice makes room. While the pointer is on a message with
        something to do the new one waits, or the click would do another thing than was read.

        One without text only takes away what is shown or waits with its key.
        """
        if message.key:
            self._waiting = deque(one for one in self._waiting if one.key != message.key)
        shown = self.message
        if not message.text:
            if shown is not None and shown.key == message.key:
                self.dismiss()
            self._show_more()
            return
        self._log.add(message)
        if shown is None or shown == message or (message.key and shown.key == message.key):
            self._show(message)
        elif shown.run is not None and self.underMouse():
            self._waiting.appendleft(message)
            self._show_more()
        else:
            if not _is_notice(shown):
                self._waiting.appendleft(shown)
            self._show(message)

    def show_next(self) -> None:
        """The one behind comes before, what is shown goes to the end of those that wait."""
        shown = self.message
        if shown is not None and self._waiting:
            if not _is_notice(shown):
                self._waiting.append(shown)
            self._show(self._waiting.popleft())

    def dismiss(self) -> None:
        self._gone.stop()
        self.message = None
        if self._waiting:
            self._show(self._waiting.popleft())
        else:
            self.hide()

    def _do(self) -> None:
        run = self.message.run if self.message else None
        self.dismiss()
        if run is not None:
            run()

    def _do_other(self) -> None:
        run = self.message.run_other if self.message else None
        self.dismiss()
        if run is not None:
            run()

    def _show(self, message: Message) -> None:
        t = self._t
        color = {"info": t.accent, "ok": t.ok, "warning": t.warn, "error": t.bad}[message.level]
        self.message = message
        picture = QIcon()
        for size in (18, 36, 54):
            picture.addPixmap(pixmap(_PICTURES[message.level], color, size))
        self._picture.setPixmap(picture.pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self.setStyleSheet(f"QFrame#message {{ border: 1px solid {color}; }}")
        self._words.setText(message.text)
        self._hint.setText(message.hint)
        self._hint.setVisible(bool(message.hint))
        for made, words in ((self.action, message.action), (self.other, message.other)):
            made.setText(words)
            made.setAccessibleName(words)
            made.setVisible(bool(words))
        self._acts.setVisible(bool(message.action or message.other))
        self._place_acts(below=len(message.action + message.other) > LONG)
        self.setAccessibleDescription(message.text)
        self._show_more()
        self.show()
        self.raise_()
        self.place()
        if message.level in ("info", "ok"):
            self._gone.start()
        else:
            self._gone.stop()

    def _place_acts(self, *, below: bool) -> None:
        """Beside the text, or below it where long words would leave it no room."""
        is_below = self._text.indexOf(self._acts) >= 0
        if below and not is_below:
            self._row.removeWidget(self._acts)
            self._text.addWidget(self._acts, 0, Qt.AlignmentFlag.AlignLeft)
        elif is_below and not below:
            self._text.removeWidget(self._acts)
            self._row.insertWidget(self._row.indexOf(self.close_button), self._acts)

    def _show_more(self) -> None:
        self._more.setVisible(bool(self._waiting))
        words = tr("{n} more").format(n=len(self._waiting))
        self._more.setText(words)
        self._more.setAccessibleName(words)
        if self.isVisible():
            self.place()  # there is another room for the words

    def place(self) -> None:
        edge = self._within.mapTo(self._over, QPoint(0, 0)).x()
        room = self._within.width()
        left, beside = self._left, self._beside
        if beside is not None and beside.isVisible():
            left = max(left, beside.mapTo(self._over, QPoint(beside.width(), 0)).x() - edge + 6)
        width = min(660, room - left - 20)
        width = max(width, 200)
        self.setFixedSize(width, self._row.totalHeightForWidth(width))
        self.move(edge + max((room - self.width()) // 2, left), self._top)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.place()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._gone.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self.message is not None and self.message.level in ("info", "ok"):
            self._gone.start()


def _is_notice(message: Message) -> bool:
    """It wants no answer: it may go unread."""
    return message.run is None and message.level in ("info", "ok")


class ErrorNotices:
    """Which notice speaks of which kind of work: it ends when work of that kind was begun later
    and succeeded. Work that ran at the same time, such as other files, ends none."""

    def __init__(self, say: Callable[[Message], None]) -> None:
        self._say = say
        self._keys: dict[str, tuple[str, float]] = {}  # by title: key of the notice, time

    def failed(self, job: Job[Any], message: Message) -> None:
        self._keys[job.title] = message.key, monotonic()
        self._say(message)

    def succeeded(self, job: Job[Any]) -> None:
        key, at = self._keys.get(job.title, ("", 0.0))
        if key and job.started_at > at:
            del self._keys[job.title]
            self._say(Message("", key=key))


class MessagesPanel(TaskCard):
    """The log, as a panel that can be copied from."""

    def __init__(self, log: MessageLog, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(tr("Messages"), tokens, parent)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName(tr("Messages"))
        self._text.setPlainText(log.text() or tr("Nothing has been said yet."))
        copy = button(tr("Copy"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text.toPlainText()))
        self.add(self._text, 1)
        self.add(copy)
