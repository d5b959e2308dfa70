"""The running program: one project at a time, and the window built around it.

Opening, making and copying projects happen in jobs; the window shows how far they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from gisapp.app.compiled_loops import bring_in, bring_in_or_compile
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.layer_data import LayerData
from gisapp.app.layer_import import Proposal, add_layers, look_at_files
from gisapp.app.map_view import MapView
from gisapp.app.plugins import PluginList, find_plugins
from gisapp.app.project_session import (
    SNAPSHOT_EVERY,
    LoadedProject,
    ProjectSession,
    is_project,
    load_project,
    make_survey_project,
    make_working_copy,
)
from gisapp.app.sample_project import make_sample_project
from gisapp.app.settings import Settings
from gisapp.app.store import Store
from gisapp.app.workspace import Workspace
from gisapp.io.raster_blocks import BLOCKS
from gisapp.model.crs import CGCS2000, Made, made_for_another_thread, take_over
from gisapp.model.errors import GisError
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr, use_language
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.first_views import FirstLook, first_camera, keep_camera, kept_camera
from gisapp.ui.in_steps import InSteps
from gisapp.ui.later import page_parts, parts_in_steps
from gisapp.ui.main_thread import MainThread
from gisapp.ui.main_window import MainWindow
from gisapp.ui.qt_words import QtWords
from gisapp.ui.theme import Choice, Theme

T = TypeVar("T")
load_quickly = partial(load_project, large_snapshot=False)  # it is taken once the map is seen
BLOCKS_SHARE = 4  # blocks of rasters get one of so many parts of the memory for the map


class Program(QObject):
    """Made once, on the main thread, after the QApplication."""

    def __init__(
        self,
        settings: Settings,
        save_settings: Callable[[Settings], None],
        state: QSettings,
        plugins: PluginList | None = None,
    ) -> None:
        """`save_settings` may be called from any thread; `state` keeps sizes and recents."""
        super().__init__()
        self.settings = settings
        self._save_settings = save_settings
        self._qt_words = QtWords(self)
        self._speak(settings.language)
        self.theme = Theme(settings.window.theme)
        self.theme.apply()
        self.deliver = MainThread(self)
        self.jobs = JobRunner(self.deliver, drawing=settings.map.draw_threads)
        self.plugins = plugins or find_plugins()
        self.session: ProjectSession | None = None
        self._state = state
        self._left: list[ProjectSession] = []  # being closed
        self._first_look: FirstLook | None = None  # at the project that is open
        self._had_project = False
        self._building = InSteps(self)
        self._snapshots = QTimer(self, interval=SNAPSHOT_EVERY * 1000)
        self._snapshots.timeout.connect(self._take_snapshot)
        self._context = self._make_context(None)
        self.window = MainWindow(self._context, state)
        QApplication.styleHints().colorSchemeChanged.connect(self._system_theme_changed)
        self.plugins.switched_off.subscribe(self._plugin_failed)
        for failure in self.plugins.failures:
            self._plugin_failed(failure)

    @property
    def map_view(self) -> MapView | None:
        """Of the project that is open."""
        return self._context.map_view

    # -- projects ---------------------------------------------------------------------------

    def open(self, folder: Path, *, read_only: bool = False, take_over: bool = False) -> None:
        """Open a project instead of the present one, which is closed when the new one is read."""
        if self.session is not None and self.session.folder == folder.absolute():
            if self.session.read_only == read_only:
                self.say(Message(tr("{name} is open already").format(name=folder.name)))
                return
            self._reopen(folder, read_only)
            return

        wait = self._until_closed(folder)

        def work(progress: Progress) -> LoadedProject:
            wait()
            return load_quickly(folder, read_only=read_only, take_over=take_over, progress=progress)

        self._start_opening(tr("Opening {name}").format(name=folder.name), work)

    def new(self, folder: Path, title: str, crs: str = CGCS2000) -> None:
        """Make a project with an empty outfall table and open it."""

        def work(progress: Progress) -> LoadedProject:
            make_survey_project(folder, title, crs)
            return load_project(folder, progress=progress)

        self._start_opening(tr("New project"), work)

    def open_sample(self, folder: Path) -> None:
        """Open the sample project in `folder`, made there if it is not there yet."""
        if self.session is not None and self.session.folder == folder.absolute():
            self.say(Message(tr("{name} is open already").format(name=folder.name)))
            return
        wait = self._until_closed(folder)

        def work(progress: Progress) -> LoadedProject:
            wait()
            if not is_project(folder):
                make_sample_project(folder, progress=Part(progress, 0.0, 0.7)).close()
            return load_project(folder, progress=Part(progress, 0.7, 1.0))

        self._start_opening(tr("Opening the sample project"), work)

    def open_working_copy(self, folder: Path, copy: Path) -> None:
        """For a project that is open elsewhere: work on a copy of it as it is now."""

        def work(progress: Progress) -> LoadedProject:
            progress.report(0.0)
            make_working_copy(folder, copy)
            return load_quickly(copy, progress=progress)

        self._start_opening(tr("Making a working copy"), work)

    def _reopen(self, folder: Path, read_only: bool) -> None:
        """The open project in the other way: it is closed first, because it holds its own lock."""
        session = self.session
        assert session is not None
        self._use(None, close=False)

        def work(progress: Progress) -> LoadedProject:
            session.close()
            return load_quickly(folder, read_only=read_only, progress=progress)

        self._start_opening(tr("Opening {name}").format(name=folder.name), work)

    def close_project(self) -> None:
        """Back to the welcome page."""
        self._use(None)

    def close(self) -> None:
        """Everything is written and every thread has ended when this returns."""
        self._building.finish()
        self._snapshots.stop()
        self._leave_context()
        self.jobs.close()
        if self._had_project:
            page_parts().close_desk()
        for session in self._left:  # whose closing was still waiting for its turn
            session.close()
        if self.session is not None:
            self.session.close()
            self.session = None

    # -- what the window asks for -----------------------------------------------------------

    def use_language(self, code: str) -> None:
        """At once, everywhere; the project stays open."""
        self._speak(code)
        self._change_settings(replace(self.settings, language=code))  # type: ignore[arg-type]
        self._use(self.session)

    def use_theme(self, choice: Choice) -> None:
        window = replace(self.settings.window, theme=choice)
        self._change_settings(replace(self.settings, window=window))
        self.theme.choose(choice)
        self._use(self.session)

    def say(self, message: Message) -> None:
        self._context.say(message)

    def add_files(self, paths: Iterable[Path]) -> None:
        """Files that were dropped or chosen become layers, in one step that can be undone."""
        session, wanted = self.session, tuple(paths)
        if session is None or not wanted:
            return
        project, folder = session.store.project, session.folder
        foreign = self.plugins.foreign_readers(wanted)

        def work(progress: Progress) -> Proposal:
            return look_at_files(wanted, project, folder, progress, foreign)

        def done(proposal: Proposal) -> None:
            for error in proposal.wrong:
                self._context.say(Message(error.message, "error", hint=error.hint))
            edit = add_layers(session.store.project, proposal)
            if edit is not None:
                session.store.apply(edit)

        self._start(tr("Looking at the files"), work, done)

    # -- inside -----------------------------------------------------------------------------

    def _speak(self, code: str) -> None:
        """Our words and Qt's own (file dialogs, menus of text fields)."""
        use_language(code)
        self._qt_words.use(code)

    def _start(self, title: str, work: Callable[[Progress], T], done: Callable[[T], None]) -> None:
        job = Job(title, work)
        job.done.subscribe(done)
        self.jobs.start(job)

    def _start_opening(self, title: str, load: Callable[[Progress], LoadedProject]) -> None:
        """The window's thread gets what it needs to say where things are: it must not wait."""

        def work(progress: Progress) -> tuple[LoadedProject, Made]:
            loaded = load(progress)
            first_camera(loaded.project)  # what it works out is kept with the tables
            return loaded, made_for_another_thread(loaded.project.crs)

        self._start(title, work, self._opened)

    def _opened(self, opened: tuple[LoadedProject, Made]) -> None:
        loaded, made = opened
        take_over(made)
        session = ProjectSession(loaded, self.deliver)
        self._building.start(self._use_loaded(session, loaded))

    def _use_loaded(self, session: ProjectSession, loaded: LoadedProject) -> Iterator[None]:
        """Where nothing is open the page is built in pieces; the welcome page stays meanwhile."""
        context = None
        if self.session is None:
            yield from parts_in_steps()
            context = self._make_context(session)
            yield
            yield from self.window.building(context)
        self._use(session, context=context)
        if loaded.snapshot_waits:
            self._take_snapshot()
        for notice in session.notices:
            self._context.say(Message(notice, "warning"))

    def _use(
        self,
        session: ProjectSession | None,
        *,
        close: bool = True,
        context: WindowContext | None = None,
    ) -> None:
        """Build the window around the session (the same one again after a change of language),
        or show what was built for a `context`."""
        if context is None:
            self._building.finish()
        camera = self.window.camera if self._context.map_view else None
        same = session is self.session
        self._leave_context()
        if close and not same and self.session is not None:
            self._close_in_background(self.session)
        self.session = session
        if context is None:
            self._first_look = None
            context = self._make_context(session, camera if same else None)
        self._context = context
        self.window.use(self._context)
        if session is None or session.read_only:
            self._snapshots.stop()
        else:
            self._snapshots.start()

    def _until_closed(self, folder: Path) -> Callable[[], None]:
        """For a worker: wait for a project that is still being closed; it has the lock."""
        left = [one for one in self._left if one.folder == folder.absolute()]

        def wait() -> None:
            for session in left:
                session.close()

        return wait

    def _close_in_background(self, session: ProjectSession) -> None:
        """Closing writes; the window goes on meanwhile."""
        self._left.append(session)
        job = Job(tr("Closing the project"), lambda progress: session.close(), quiet=True)
        job.done.subscribe(lambda closed: self._left.remove(session))
        self.jobs.start(job)

    def _make_context(
        self, session: ProjectSession | None, camera: Camera | None = None
    ) -> WindowContext:
        workspace = session.workspace if session else Workspace(Store())
        context = WindowContext(
            workspace,
            self.jobs,
            self.deliver,
            self.settings,
            self.theme,
            session=session,
            plugins=self.plugins,
            program=self,
        )
        if session is None:
            return context
        if not self._had_project:
            page_parts().use_press(QtPress())
            self._had_project = True
        project = session.store.project
        self._first_look = FirstLook(context)
        data = LayerData(self.jobs, session.folder, self.plugins.readers(), project.crs)
        data.bring_in = bring_in
        context.layer_data = data
        context.toolbox = self.plugins.toolbox()
        first = camera or kept_camera(self._state, session) or first_camera(project)
        memory = self.settings.map.memory_mb * 1_000_000
        BLOCKS.keep_at_most(memory // BLOCKS_SHARE)
        context.map_view = MapView(
            session.store,
            self.jobs,
            self.plugins.painters(),
            data.get,
            QtPress(dark=self.theme.tokens.name == "dark"),
            first,
            memory=memory - memory // BLOCKS_SHARE,
        )
        data.changed.subscribe(lambda layer: self._data_came())
        return context

    def _leave_context(self) -> None:
        if self._context.map_view is not None:
            waits = self._first_look is not None and self._first_look.is_open
            if self.session is not None and not waits:
                seen = self.window.camera or self._context.map_view.camera
                keep_camera(self._state, self.session, seen)
            self._context.map_view.close()
        if self._context.layer_data is not None:
            self._context.layer_data.keep((), CGCS2000)  # what is still loading is not wanted

    def _data_came(self) -> None:
        """The first look at a project without places of its own waits for its first layer."""
        view = self._context.map_view
        if view is None:
            return
        first, data = self._first_look, self._context.layer_data
        if first is not None and self.session is not None and data is not None:
            first.data_came(self.window.map_area.map, data)
        view.refresh()

    def load_compiled(self) -> None:
        """Bring in the compiled loops of drawing without anybody waiting; Qt draws until then."""

        def done(nothing: None) -> None:
            if self._context.layer_data is not None:
                self._context.layer_data.loops_ready()
                self._context.layer_data.follow_tables(self._context.workspace.store.project)

        title = tr("Getting ready to draw faster")
        job = Job(title, lambda progress: bring_in_or_compile(), quiet=True)
        job.done.subscribe(done)
        self.jobs.start(job)

    def _take_snapshot(self) -> None:
        if self.session is not None:
            self.jobs.start(self.session.snapshot_job(), instead_of="snapshot")

    def _change_settings(self, settings: Settings) -> None:
        self.settings = settings
        saving = tr("Saving the settings")
        job = Job(saving, lambda progress: self._save_settings(settings), quiet=True)
        self.jobs.start(job, instead_of="settings")

    def _system_theme_changed(self) -> None:
        before = self.theme.tokens
        self.theme.follow_system()
        if self.theme.tokens is not before:
            self._use(self.session)

    def _plugin_failed(self, error: GisError) -> None:
        self._context.say(Message(error.message, "warning", hint=error.hint))
