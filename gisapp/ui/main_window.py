"""The window: menus from actions, and a page built anew for each project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from gisapp.app.actions import Actions
from gisapp.app.jobs import Job
from gisapp.app.project_session import ProjectInUse
from gisapp.app.tools import Say
from gisapp.model.geometry import Pixel, Point
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.chosen_words import say_chosen
from gisapp.ui.context import Message, ProgramRequests, WindowContext
from gisapp.ui.crash_report import CrashReports
from gisapp.ui.file_choice import choose_new_place
from gisapp.ui.guide_topics import topic_at
from gisapp.ui.help_panels import AboutPanel, GuidePanel, KeySheet
from gisapp.ui.later import page_parts
from gisapp.ui.menus import Menus
from gisapp.ui.messages import ErrorNotices, MessageBar, MessageLog, MessagesPanel, of_error
from gisapp.ui.recent import Recent, remember
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.theme import Choice
from gisapp.ui.welcome import WelcomePage, choose_project, sample_folder
from gisapp.ui.window_actions import window_actions

if TYPE_CHECKING:
    from gisapp.ui.map_area import MapArea
    from gisapp.ui.page_commands import PageCommands
    from gisapp.ui.project_page import ProjectPage
    from gisapp.ui.search_box import SearchBox

MESSAGES_FROM_TOP = 62  # below the line with the search box
BESIDE_TOOLS = 62  # from the left edge of the map
HELP = GuidePanel | MessagesPanel | AboutPanel


class MainWindow(QMainWindow):
    def __init__(self, context: WindowContext, state: QSettings | None = None) -> None:
        """`state` keeps sizes and recent projects; tests give one of their own."""
        super().__init__()
        self.state = state or QSettings("gisapp", "gisapp")
        self.log = MessageLog()
        self.reports = CrashReports(self)
        self._errors = ErrorNotices(self.say)
        self.page: ProjectPage | None = None
        self._built: tuple[WindowContext, ProjectPage] | None = None  # and not yet shown
        self.welcome: WelcomePage | None = None
        self.menus: Menus | None = None
        self._camera: Camera | None = None
        self._flight: Path | None = None  # to be imported into the project that is being made
        self._leave: list[Any] = []
        self._help: QWidget | None = None  # a window beside this one
        self.setMinimumSize(940, 600)
        self.setAcceptDrops(True)
        room = self.screen().availableSize() - QSize(20, 50)  # for the frame of the window
        self.resize(QSize(1440, 900).boundedTo(room))
        geometry = self.state.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.context = context
        self.use(context)

    @property
    def project_page(self) -> ProjectPage:
        assert self.page is not None, "no project is open"
        return self.page

    @property
    def camera(self) -> Camera | None:
        """Where the map is going or was last; None before there was a map."""
        return self._camera if self.page is None else self.page.map_area.camera

    @property
    def search(self) -> SearchBox:
        return self.project_page.top.search

    @property
    def map_area(self) -> MapArea:
        return self.project_page.map_area

    def use(self, context: WindowContext) -> None:
        """Build everything around this project, or the welcome page without one."""
        self._leave_page()
        self.context = context
        if context.session is not None and context.map_view is not None:
            self._build_page(context)
        else:
            self._build_welcome(context)
        self.menus = Menus(self, self.actions_list, context.theme.tokens)
        central = self.centralWidget()
        if self.page is not None:
            area = self.page.map_area
            place = (MESSAGES_FROM_TOP, area, BESIDE_TOOLS, area.strip)
            self.message_bar = MessageBar(central, self.log, context.theme.tokens, *place)
        else:
            self.message_bar = MessageBar(central, self.log, context.theme.tokens, 12)
        store = context.workspace.store
        self._leave += [
            context.say.subscribe(self.message_bar.say),
            context.jobs.failed.subscribe(self._job_failed),
            context.jobs.succeeded.subscribe(self._errors.succeeded),
            store.refused.subscribe(self._refused),
            store.changed.subscribe(lambda change: self._project_changed()),
            context.workspace.selection_changed.subscribe(lambda what: self.refresh()),
            context.workspace.active_layer_changed.subscribe(lambda what: self.refresh()),
        ]
        self._show_title()

    def building(self, context: WindowContext) -> Iterator[None]:
        """Build a page in pieces, while another is shown; `use` of the context shows it."""
        parts = page_parts()
        yield
        search: SearchBox = parts.SearchBox(context)
        search.actions_of = lambda: self.actions_list
        top = parts.TopBar(search, context.theme.tokens)
        page: ProjectPage = parts.ProjectPage(context, self.state, top, at_once=False)
        yield from page.building()
        self._built = context, page

    def _build_page(self, context: WindowContext) -> None:
        if self._built is None or self._built[0] is not context:
            for _ in self.building(context):
                pass
        assert self._built is not None
        page, self._built = self._built[1], None
        parts, top = page_parts(), page.top
        self.page = page
        self.setCentralWidget(page)
        self.commands: PageCommands = parts.PageCommands(context, page, self)
        self.actions_list: Actions = window_actions(self)
        top.use_actions(self.actions_list)
        self._leave += [
            self.commands.close_subscriptions,
            page.map_area.desk.said.subscribe(self._say_of_tool),
            page.map_area.desk.chosen.subscribe(
                lambda chosen: say_chosen(self.context, page.map_area.desk, chosen)
            ),
        ]
        self.commands.use_workspace(str(self.state.value("window/workspace", "survey")), keep=False)
        project = context.workspace.store.project
        flight, self._flight = self._flight, None
        if flight is not None:
            QTimer.singleShot(0, page, lambda: self.commands.flights.import_folder(flight))
        if context.folder is not None:
            remember(self.state, context.folder, project.title)

    def _build_welcome(self, context: WindowContext) -> None:
        self.page = None
        self.welcome = WelcomePage(context, self.state)
        self.welcome.flight_chosen.connect(lambda folder: self.import_flight(Path(folder)))
        self.actions_list = window_actions(self)
        self.setCentralWidget(self.welcome)

    def _leave_page(self) -> None:
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._close_help()
        if self.menus is not None:
            self.menus.remove()
            self.menus = None
        if self.page is not None:
            self._camera = self.page.map_area.camera
            self.page.arrangement.keep()
            self.page.close_subscriptions()
            self.page = None
        if self.welcome is not None:
            self.welcome.close_subscriptions()
            self.welcome = None

    def closeEvent(self, event: QCloseEvent) -> None:
        self.state.setValue("window/geometry", self.saveGeometry())
        self._leave_page()
        super().closeEvent(event)

    # ---- what is told

    def say(self, message: Message) -> None:
        self.message_bar.say(message)

    def _job_failed(self, job: Job[Any]) -> None:
        error = job.error
        if isinstance(error, ProjectInUse):
            self._in_use(error)
        elif error is not None:
            message = of_error(error)
            if message is None:
                self.reports.show(error)
            else:
                self._errors.failed(job, message)

    def _in_use(self, error: ProjectInUse) -> None:
        """Open elsewhere: two ways out, both safe."""
        program, folder = self.context.program, error.folder
        if program is None:
            return

        def copy() -> None:
            suggested = folder.with_name(tr("{name} copy").format(name=folder.name))
            choose_new_place(self, suggested, lambda to: program.open_working_copy(folder, to))

        self.say(
            Message(
                error.message,
                "warning",
                tr("Open read-only"),
                lambda: program.open(folder, read_only=True),
                hint=error.hint,
                other=tr("Make a working copy"),
                run_other=copy,
                key="in use",
            )
        )

    def _refused(self, error: Exception) -> None:
        message = of_error(error)
        if message is not None:
            self.say(message)
        else:
            self.reports.show(error)
        self.refresh()

    def _say_of_tool(self, said: Say) -> None:
        self.say(Message(said.message, said.level, hint=said.hint, key="tool"))

    def _project_changed(self) -> None:
        self.refresh()
        self._show_title()

    def refresh(self) -> None:
        if self.menus is not None:
            self.menus.refresh_now()

    def _show_title(self) -> None:
        project = self.context.workspace.store.project
        folder = self.context.folder
        name = project.title or (folder.name if folder is not None else "")
        if self.context.read_only and name:
            name = tr("{name} (read-only)").format(name=name)
        self.setWindowTitle(f"{name} – gisapp" if name else "gisapp")

    # ---- projects

    def new_project(self) -> None:
        """On the welcome page; the open project stays until the new one is made."""
        if self.welcome is None:
            self.close_project()
        if self.welcome is not None:
            self.welcome.show_new()

    def open_project(self, *, read_only: bool = False) -> None:
        choose_project(self, self.context, read_only=read_only)

    def open_recent(self, recent: Recent) -> None:
        if self.context.program is not None:
            self.context.program.open(recent.path)

    def import_flight(self, folder: Path) -> None:
        """Into the open project, else into a new one in the documents."""
        program = self.context.program
        if self.page is not None:
            self.commands.flights.import_folder(folder)
        elif program is not None:
            self._make_project_for(folder, program)

    def _make_project_for(self, flight: Path, program: ProgramRequests) -> None:
        def make(found: tuple[Path, str, str]) -> None:
            self._flight = flight
            program.new(*found)

        read = page_parts().new_flight_project
        job = Job(tr("Looking at the files"), lambda progress: read(flight))
        job.done.subscribe(make)
        self.context.jobs.start(job)

    def open_sample(self) -> None:
        if self.context.program is not None:
            self.context.program.open_sample(sample_folder())

    def close_project(self) -> None:
        if self.context.program is not None:
            self.context.program.close_project()

    def show_folder(self) -> None:
        if self.context.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.context.folder)))

    def quit(self) -> None:
        self.close()

    # ---- layers and files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        at = None
        if self.page is not None:
            shown = self.page.map_area.map
            pixel = shown.mapFrom(self, event.position()) * shown.devicePixelRatioF()
            if shown.rect().contains(shown.mapFrom(self, event.position().toPoint())):
                at = shown.camera.to_map(Pixel(pixel.x(), pixel.y()))
        self.take_files(paths, at)

    def take_files(self, paths: list[Path], at: Point | None = None) -> None:
        """Dropped files become layers, and so does a folder of rasters; a project is opened; photos
        become outfalls or are imported. `at`: where on the map they were dropped."""
        program = self.context.program
        if program is None or not paths:
            return
        first = paths[0]
        if first.name == "project.gpkg":
            program.open(first.parent)
        elif self.page is None or (len(paths) == 1 and (first / "project.gpkg").exists()):
            program.open(first)
        elif len(paths) == 1 and not first.suffix:
            self.commands.flights.take_folder(first, lambda: self._take_others(paths, at))
        else:
            self._take_others(paths, at)

    def _take_others(self, paths: list[Path], at: Point | None) -> None:
        if self.commands.photos.take_dropped(paths, at) or self.commands.take_workbook(paths):
            return
        if self.context.program is not None:
            self.context.program.add_files(paths)

    # ---- appearance and help

    def use_theme(self, choice: Choice) -> None:
        program = self.context.program
        if program is not None:
            QTimer.singleShot(0, self, lambda: program.use_theme(choice))

    def use_language(self, code: str) -> None:
        program = self.context.program
        if program is not None:
            QTimer.singleShot(0, self, lambda: program.use_language(code))

    def full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _show_help(self, card: TaskCard) -> None:
        """Beside the map; without a project, and while a card is worked in, in a window of its
        own: nobody loses what they do by asking how."""
        side = None if self.page is None else self.page.side
        if self.page is not None and side is not None and isinstance(side.card, HELP | None):
            self.page.open_card(card)
            return
        self._close_help()
        self._help = holder = QWidget(self, Qt.WindowType.Window)
        holder.setObjectName("page")
        holder.setWindowTitle(card.title.text())
        column = QVBoxLayout(holder)
        column.addWidget(card)
        card.closed.connect(self._close_help)
        holder.resize(560, 640)
        holder.show()

    def _close_help(self) -> None:
        holder, self._help = self._help, None
        if holder is not None:
            holder.close()
            holder.deleteLater()

    def show_guide(self) -> None:
        """At what it says of the panel that has the focus, else of the card that is open."""
        card = None if self.page is None else self.page.side.card
        topic = topic_at(self.focusWidget()) or topic_at(card)
        self._show_help(GuidePanel(self.context.theme.tokens, topic))

    def show_keys(self) -> None:
        KeySheet(self.actions_list, self).show()

    def show_messages(self) -> None:
        self._show_help(MessagesPanel(self.log, self.context.theme.tokens))

    def show_about(self) -> None:
        self._show_help(AboutPanel(self.context.theme.tokens))
