"""The first thing people see: go on, look at the sample, begin something new."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.jobs import Job
from gisapp.io.thumbnails import is_project, read_thumbnail
from gisapp.model.progress import Progress
from gisapp.model.text import LANGUAGES, language, tr
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_flight
from gisapp.ui.icons import accent_icon, icon, pixmap
from gisapp.ui.new_project import NewProject, documents
from gisapp.ui.recent import Recent, forget, read_recent
from gisapp.ui.status_bar import JobLine
from gisapp.ui.theme import RADIUS, SMALL, Tokens

TILE = QSize(232, 176)
PICTURE = QSize(232, 112)
COLUMNS = 3
WIDTH = COLUMNS * TILE.width() + (COLUMNS - 1) * 12


@dataclass(frozen=True)
class Look:
    """What the disk says of a recent project."""

    folder: str
    there: bool
    picture: QImage


def look_at(folders: list[str], progress: Progress) -> list[Look]:
    """In a worker: a folder may be on a disk that is not there."""
    found = []
    for number, folder in enumerate(folders):
        progress.report(number / len(folders))
        png = read_thumbnail(Path(folder))
        image = QImage.fromData(png) if png else QImage()
        found.append(Look(folder, is_project(Path(folder)), image))
    return found


class Tile(QPushButton):
    """A project: the picture of its map, its title, where it is and since when."""

    def __init__(self, recent: Recent, tokens: Tokens) -> None:
        super().__init__()
        self._recent, self._t = recent, tokens
        self._picture = QPixmap()
        self.there = True
        self.setProperty("kind", "tile")
        self.setFixedSize(TILE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Open {name}").format(name=recent.title))
        self.setToolTip(recent.folder)

    def show_look(self, look: Look) -> None:
        self.there = look.there
        self._picture = QPixmap.fromImage(look.picture)
        if not look.there:
            missing = tr("{name} is not there any more").format(name=self._recent.title)
            self.setAccessibleName(missing)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        t = self._t
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self.rect().adjusted(1, 1, -1, -1)
        box.setHeight(PICTURE.height())
        clip = QPainterPath()
        clip.addRoundedRect(box, RADIUS - 1, RADIUS - 1)
        painter.setClipPath(clip)
        painter.fillRect(box, QColor(t.canvas))
        if not self._picture.isNull():
            wanted = self._picture.size().scaled(
                box.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding
            )
            x = box.x() - (wanted.width() - box.width()) // 2
            y = box.y() - (wanted.height() - box.height()) // 2
            painter.setOpacity(1.0 if self.there else 0.35)
            painter.drawPixmap(x, y, wanted.width(), wanted.height(), self._picture)
            painter.setOpacity(1.0)
        else:
            ratio = self.devicePixelRatioF()
            mark = pixmap("basin", t.line, round(56 * ratio))
            mark.setDevicePixelRatio(ratio)
            painter.drawPixmap(box.center().x() - 28, box.center().y() - 28, mark)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(t.line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        self._words(painter)
        painter.end()

    def _words(self, painter: QPainter) -> None:
        t = self._t
        room = self.rect().adjusted(12, PICTURE.height() + 8, -12, -6)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(t.text if self.there else t.dim))
        elide = Qt.TextElideMode.ElideMiddle
        title = painter.fontMetrics().elidedText(self._recent.title, elide, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignTop, title)
        font.setBold(False)
        font.setPixelSize(SMALL)
        painter.setFont(font)
        painter.setPen(QColor(t.dim if self.there else t.warn))
        note = self._recent.at[:16].replace("T", " ") if self.there else tr("Not there any more")
        painter.drawText(room.adjusted(0, 20, 0, 0), Qt.AlignmentFlag.AlignTop, note)


class WelcomePage(QWidget):
    flight_chosen = Signal(str)  # a folder

    def __init__(
        self, context: WindowContext, state: QSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._context, self._state = context, state
        self.recent = read_recent(state)
        self.tiles: list[Tile] = []
        self.pages = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages, 1)
        self.job = JobLine(context)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 10)
        foot.addStretch(1)
        foot.addWidget(self.job)
        foot.addStretch(1)
        outer.addLayout(foot)
        self.pages.addWidget(self._start_page())
        self.new_form = NewProject(context, state)
        self.new_form.back.clicked.connect(lambda: self.pages.setCurrentIndex(0))
        self.pages.addWidget(_centred(self.new_form, 640))
        folders = [one.folder for one in self.recent]
        if folders:
            job = Job(tr("Recent projects"), lambda p: look_at(folders, p), quiet=True)
            job.done.subscribe(self._looked)
            context.jobs.start(job)

    def close_subscriptions(self) -> None:
        self.job.close_subscriptions()

    def show_new(self) -> None:
        self.pages.setCurrentIndex(1)
        self.new_form.name.setFocus()

    def _start_page(self) -> QWidget:
        page = QWidget()
        page.setFixedWidth(WIDTH)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 48, 0, 32)
        column.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(label("gisapp", "headline"), 1)
        for code, name in LANGUAGES.items():
            if code != language():
                switch = button(name, "link")
                switch.clicked.connect(lambda checked, code=code: self._language(code))
                top.addWidget(switch)
        column.addLayout(top)
        column.addWidget(
            label(tr("River outfalls: survey, tracing, maps. Everything stays on this computer."))
        )
        column.addSpacing(14)
        column.addLayout(self._ways())
        if self.recent:
            column.addSpacing(18)
            column.addWidget(label(tr("Recent projects"), "title"))
            grid = QGridLayout()
            grid.setSpacing(12)
            for number, one in enumerate(self.recent[:9]):
                tile = Tile(one, self._context.theme.tokens)
                tile.clicked.connect(lambda checked, number=number: self._open(number))
                self.tiles.append(tile)
                grid.addWidget(tile, number // COLUMNS, number % COLUMNS)
            grid.setColumnStretch(COLUMNS, 1)
            column.addLayout(grid)
        column.addStretch(1)
        return _centred(page, WIDTH)

    def _ways(self) -> QVBoxLayout:
        """Continue on a line of its own; below it what else one can begin with."""
        t = self._context.theme.tokens
        first = not self.recent
        ways, others = QVBoxLayout(), QHBoxLayout()
        ways.setSpacing(8)
        others.setSpacing(8)
        self.go_on: QPushButton | None = None
        if self.recent:
            words = tr("Continue {name}").format(name=_short(self.recent[0].title))
            self.go_on = _way(words, accent_icon("play", t), "primary")
            self.go_on.clicked.connect(lambda: self._open(0))
            line = QHBoxLayout()
            line.addWidget(self.go_on)
            line.addStretch(1)
            ways.addLayout(line)
        picture = accent_icon("basin", t) if first else icon("basin", t)
        self.sample = _way(tr("Open the sample project"), picture, "primary" if first else "")
        self.new = _way(tr("New project"), icon("folder_plus", t))
        self.folder = _way(tr("Open a folder"), icon("folder", t))
        self.flight = _way(tr("Import a flight"), icon("thermometer", t))
        self.flight.clicked.connect(
            lambda: choose_flight(self, lambda found: self.flight_chosen.emit(str(found)))
        )
        self.sample.clicked.connect(self._sample)
        self.new.clicked.connect(self.show_new)
        self.folder.clicked.connect(self._choose)
        for made in (self.sample, self.new, self.flight, self.folder):
            others.addWidget(made)
        others.addStretch(1)
        ways.addLayout(others)
        return ways

    def _looked(self, looks: list[Look]) -> None:
        by_folder = {look.folder: look for look in looks}
        for one, tile in zip(self.recent, self.tiles, strict=False):
            if one.folder in by_folder:
                tile.show_look(by_folder[one.folder])
        first = by_folder[self.recent[0].folder]
        if self.go_on is not None:
            self.go_on.setEnabled(first.there)

    def _open(self, number: int) -> None:
        one = self.recent[number]
        if number < len(self.tiles) and not self.tiles[number].there:
            forget(self._state, one.folder)
            self.tiles[number].hide()
        elif self._context.program is not None:
            self._context.program.open(one.path)

    def _sample(self) -> None:
        if self._context.program is not None:
            self._context.program.open_sample(sample_folder())

    def _language(self, code: str) -> None:
        if self._context.program is not None:
            self._context.program.use_language(code)

    def _choose(self) -> None:
        choose_project(self, self._context)


def choose_project(parent: QWidget, context: WindowContext, *, read_only: bool = False) -> None:
    """Ask for the folder of a project and open it."""
    dialog = QFileDialog(parent, tr("Open a project folder"), str(documents()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)

    def chosen(folder: str) -> None:
        if context.program is not None:
            context.program.open(Path(folder), read_only=read_only)

    dialog.fileSelected.connect(chosen)
    dialog.open()


def sample_folder() -> Path:
    return documents() / "gisapp sample basin"


def _way(words: str, picture: QIcon, kind: str = "") -> QPushButton:
    made = button(words, kind)
    made.setIcon(picture)
    made.setMinimumHeight(38)
    made.setIconSize(QSize(18, 18))
    return made


def _short(title: str, most: int = 40) -> str:
    return title if len(title) <= most else title[: most - 1] + "…"


def _centred(content: QWidget, width: int) -> QWidget:
    """In the middle of a page that scrolls when the window is small."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    content.setFixedWidth(width)
    row.addStretch(1)
    row.addWidget(content)
    row.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(holder)
    return area
