"""One box for everything: commands, features by code and name, places by coordinates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from gisapp.app.actions import Actions
from gisapp.app.jobs import Job
from gisapp.app.search import SearchResult, find_commands, find_features, find_place, find_views
from gisapp.app.search_memory import SearchMemory
from gisapp.app.store import Change
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.request import Data
from gisapp.ui.context import WindowContext
from gisapp.ui.icons import dim_icon, icon
from gisapp.ui.layer_facts import data_of
from gisapp.ui.theme import SMALL, Tokens

WAIT = 40  # ms after the last key before features are looked for
AFTER_EDITS = 3000  # ms without an edit before what lies ready is made anew
ROW = 30
BEFORE = 32  # pixels before the name, for the picture
RESULT = Qt.ItemDataRole.UserRole
_PICTURES = {"place": "target", "view": "bookmark", "command": "play", "feature": "point"}


class SearchBox(QLineEdit):
    chosen = Signal(object)  # SearchResult

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.actions_of: Callable[[], Actions] = Actions
        self.setPlaceholderText(tr("Search codes, names, coordinates, commands   Ctrl+K"))
        self.setAccessibleName(tr("Search"))
        self.setClearButtonEnabled(True)
        self.addAction(
            dim_icon("search", context.theme.tokens), QLineEdit.ActionPosition.LeadingPosition
        )
        self.results: Results | None = None
        self._quick: list[SearchResult] = []
        self._asked = self._closed = False
        self._soon = QTimer(self, singleShot=True, interval=WAIT)
        self._soon.timeout.connect(self._look_through)
        self._memory = SearchMemory(context.jobs)
        self._ready = QTimer(self, singleShot=True, interval=AFTER_EDITS)
        self._ready.timeout.connect(self._prepare)
        self._leave = [context.workspace.store.changed.subscribe(self._edited)]
        self.textEdited.connect(self._typed)
        self.textChanged.connect(lambda text: None if text else self.close_results())

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(430, 30))

    def close_subscriptions(self) -> None:
        """The project is left: nothing is looked for any more."""
        self._soon.stop()
        self._ready.stop()
        self._closed = True
        for leave in self._leave:
            leave()

    def _edited(self, change: Change) -> None:
        self._memory.follow(change)
        if self._asked:
            self._ready.start()

    def _data(self) -> dict[LayerId, Data]:
        layers = self._context.workspace.store.project.layers
        found = {layer.id: data_of(self._context, layer) for layer in layers}
        return {layer: data for layer, data in found.items() if data is not None}

    def _prepare(self) -> None:
        if not self._closed:
            self._memory.prepare(self._data())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Whoever comes here wants to find something: the texts are made ready meanwhile."""
        super().focusInEvent(event)
        self._asked = True
        self._prepare()

    def start(self) -> None:
        """Ctrl+K."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _typed(self, text: str) -> None:
        if not text.strip():
            self._soon.stop()
            self.close_results()
            return
        project = self._context.workspace.store.project
        self._quick = find_place(text, project.crs) + find_views(text, project)
        self._quick += find_commands(text, self.actions_of())
        self._show(self._quick, searching=True)
        self._soon.start()

    def _look_through(self) -> None:
        if self._closed:
            return
        text = self.text()
        project = self._context.workspace.store.project
        data = self._data()
        known = self._memory.known(project, data)

        def work(progress: Progress) -> list[SearchResult]:
            return find_features(text, project, data, progress, known)

        job = Job(tr("Searching"), work, quiet=True)
        job.done.subscribe(lambda found: self._found(text, found))
        self._context.jobs.start(job, instead_of="search")

    def _found(self, text: str, features: list[SearchResult]) -> None:
        if text == self.text() and text.strip():
            close = [one for one in features if one.rank <= 1]
            others = [one for one in features if one.rank > 1]
            places = [one for one in self._quick if one.kind in ("place", "view")]
            commands = [one for one in self._quick if one.kind == "command"]
            self._show([*places, *close, *commands, *others], searching=False)

    def _show(self, found: Sequence[SearchResult], *, searching: bool) -> None:
        if self.results is None:
            self.results = Results(self._context.theme.tokens, self.window())
            self.results.itemClicked.connect(self._choose)
        self.results.show_results(found, searching=searching)
        below = self.mapTo(self.window(), self.rect().bottomLeft())
        self.results.setGeometry(below.x(), below.y() + 4, self.width(), self.results.height())
        self.results.setVisible(True)
        self.results.raise_()

    def close_results(self) -> None:
        if self.results is not None:
            self.results.hide()

    def _choose(self, item: QListWidgetItem) -> None:
        result: SearchResult | None = item.data(RESULT)
        if result is None:
            return
        self.close_results()
        self.clear()
        self.clearFocus()
        self.chosen.emit(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        results, key = self.results, event.key()
        shown = results is not None and results.isVisible()
        if results is not None and shown and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            results.step(1 if key == Qt.Key.Key_Down else -1)
        elif results is not None and shown and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = results.currentItem()
            if item is not None:
                self._choose(item)
        elif key == Qt.Key.Key_Escape:
            self.close_results()
            self.clear()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.results is not None and not self.results.underMouse():
            self.close_results()


class Results(QListWidget):
    """Hangs below the box; the box keeps the keys."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("Search results"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setItemDelegate(ResultRow(tokens, self))
        self.setStyleSheet("QListWidget { padding: 4px; }")
        self._tokens = tokens
        self._size = parent.size()
        parent.installEventFilter(self)

    def show_results(self, found: Sequence[SearchResult], *, searching: bool) -> None:
        self.clear()
        for result in found:
            item = QListWidgetItem(icon(_PICTURES[result.kind], self._tokens), result.title)
            item.setData(RESULT, result)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{result.title}, {result.note}")
            self.addItem(item)
        if not found:
            words = tr("Searching …") if searching else tr("Nothing found")
            item = QListWidgetItem(words)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        else:
            self.setCurrentRow(0)
        self.resize(self.width(), min(self.count(), 12) * ROW + 12)

    def step(self, by: int) -> None:
        self.setCurrentRow((self.currentRow() + by) % max(self.count(), 1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.parent():
            return super().eventFilter(watched, event)
        if isinstance(event, QResizeEvent) and event.size() != self._size:
            self._size = event.size()
            self.hide()
        return False


class ResultRow(QStyledItemDelegate):
    """Title, and what it belongs to in dim words at the right."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._t = tokens

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect = option.rect  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        result: SearchResult | None = index.data(RESULT)
        font: QFont = option.font  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if result is not None and state & (
            QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        ):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._t.hover))
            painter.drawRoundedRect(rect, 6, 6)
        left = 10
        if result is not None:
            picture = index.data(Qt.ItemDataRole.DecorationRole)
            picture.paint(painter, rect.left() + 8, rect.top() + 7, 16, 16)
            left = BEFORE
        title, note = self.shown(index, font, rect.width())
        center = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(_small(font))
        painter.setPen(QColor(self._t.dim))
        painter.drawText(rect.adjusted(0, 0, -10, 0), center | Qt.AlignmentFlag.AlignRight, note)
        painter.setFont(font)
        painter.setPen(QColor(self._t.text if result is not None else self._t.dim))
        painter.drawText(rect.adjusted(left, 0, 0, 0), center, title)
        painter.restore()

    def shown(
        self, index: QModelIndex | QPersistentModelIndex, font: QFont, width: int
    ) -> tuple[str, str]:
        """What there is room for. Names of one kind often differ in how they end, so a name gives
        way in its middle; what it belongs to takes half of the line at most."""
        result: SearchResult | None = index.data(RESULT)
        small, usual = QFontMetrics(_small(font)), QFontMetrics(font)
        note = result.note if result is not None else ""
        note = small.elidedText(note, Qt.TextElideMode.ElideRight, width // 2)
        room = width - BEFORE - small.horizontalAdvance(note) - 22
        return usual.elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, room), note

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """All of it where the line had no room for it."""
        result: SearchResult | None = index.data(RESULT)
        if event.type() != QEvent.Type.ToolTip or result is None:
            return super().helpEvent(event, view, option, index)
        rect = option.rect  # type: ignore[attr-defined]
        font: QFont = option.font  # type: ignore[attr-defined]
        whole = (str(index.data()), result.note)
        words = "\n".join(part for part in whole if part)
        words = "" if self.shown(index, font, rect.width()) == whole else words
        QToolTip.showText(event.globalPos(), words, view.viewport(), rect)
        return True


def _small(font: QFont) -> QFont:
    made = QFont(font)
    made.setPixelSize(SMALL)
    return made
