"""A project while it is open: its file, its store, its snapshots, and how it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from gisapp.app.jobs import Deliver, Job, WriterThread
from gisapp.app.project_markers import bring_markers
from gisapp.app.store import Step, Store
from gisapp.app.workspace import Workspace
from gisapp.io import snapshots
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_lock import Holder, ProjectInUse
from gisapp.io.risky_folders import is_risky_folder
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import (
    Edit,
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    TableEdit,
    TableSchema,
)
from gisapp.model.errors import GisError, ProjectError
from gisapp.model.features import FeatureId, Row
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.page import Page
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_ID, OUTFALL_STYLE, OUTFALL_TABLE
from gisapp.model.survey_upgrade import related_table_edits
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr

__all__ = [
    "Holder",
    "LoadedProject",
    "ProjectInUse",
    "ProjectSession",
    "create_project",
    "is_project",
    "is_risky_folder",
    "load_project",
    "make_survey_project",
    "make_working_copy",
    "open_project",
    "restore_edit",
]

SNAPSHOT_EVERY = 15 * 60  # seconds between two looks whether a snapshot is due
LARGE_FILE = 64 << 20  # bytes; copying and checking more takes seconds


@dataclass(frozen=True)
class LoadedProject:
    """What opening brings, made on any thread and handed to a session on the main thread."""

    file: ProjectFile
    project: Project
    done: tuple[tuple[int, str], ...]  # number and label, oldest first
    undone: tuple[tuple[int, str], ...]
    snapshot_waits: bool = False  # one is due and was not taken: `large_snapshot`

    @property
    def notices(self) -> list[str]:
        """What the user should know, such as why it is read-only."""
        return self.file.notices


class ProjectSession:
    """An open project. Use it on the main thread; close it when the window closes."""

    def __init__(self, loaded: LoadedProject, deliver: Deliver | None = None) -> None:
        """With `deliver`, edits are written on a thread of their own; without, at once."""
        self.file = loaded.file
        self.folder = loaded.file.folder
        self.read_only = loaded.file.read_only
        self.notices = list(loaded.notices)
        self._writer = None if deliver is None or self.read_only else WriterThread(deliver)
        written = {} if self._writer is None else {"write": self._writer}
        self.store = Store(
            loaded.project,
            loaded.file,
            done=[Step(label, number) for number, label in loaded.done],
            undone=[Step(label, number) for number, label in loaded.undone],
            read_only=self.read_only,
            **written,
        )
        self.workspace = Workspace(self.store, self.folder)
        self._closed = False
        self._closing = Lock()

    def __enter__(self) -> ProjectSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait until everything is written, lay it into one file and let others have it.

        May be called from any thread, and again: it returns when the project is closed.
        """
        with self._closing:
            if not self._closed:
                self._closed = True
                if self._writer is not None:
                    self._writer.close()
                self.file.close()

    def snapshot_is_due(self) -> bool:
        """Whether enough has changed since the last snapshot."""
        if self.read_only or self._closed:
            return False
        newest = self.file.entries(newest=1)
        return snapshots.is_due(self.folder, newest[-1].number if newest else 0)

    def snapshot_job(self) -> Job[Path | None]:
        """Takes a verified snapshot if one is due. Start one every SNAPSHOT_EVERY seconds."""

        def work(progress: Progress) -> Path | None:
            progress.report(0.0)
            return snapshots.write_snapshot(self.folder) if self.snapshot_is_due() else None

        return Job(tr("Snapshot of the project"), work, quiet=True)

    def restore(self, table: str, fid: FeatureId, number: int) -> Edit | None:
        """The edit that makes a feature what it was after change `number`; None: it is so now."""
        row = self.file.row_after(table, fid, number)
        return restore_edit(self.store.project.tables[table], fid, row)


def restore_edit(table: FeatureTable, fid: FeatureId, row: Row | None) -> FeatureEdit | None:
    """An ordinary edit that gives a feature its earlier values, or None if it has them."""
    now = table.row(fid)
    label = tr("Restore a feature")
    if row is None or now is None:
        if row is None and now is None:
            return None
        return FeatureEdit(label, table.name, {fid: now}, {fid: row})
    changed = {name: row.get(name) for name in now if row.get(name) != now[name]}
    if not changed:
        return None
    before = {name: now[name] for name in changed}
    return FeatureEdit(label, table.name, {fid: before}, {fid: changed})


def load_project(
    folder: Path,
    *,
    read_only: bool = False,
    take_over: bool = False,
    progress: Progress | None = None,
    large_snapshot: bool = True,
) -> LoadedProject:
    """Open a project and read it, on any thread. Errors as `ProjectFile.open`.

    A snapshot that is due is taken; of a large file only if `large_snapshot`: it takes long, and
    `ProjectSession.snapshot_job` can do it once the project is seen.
    """
    progress = progress or Silent()
    progress.report(0.0, tr("Opening the project"))
    file = ProjectFile.open(folder, read_only=read_only, take_over=take_over)
    try:
        progress.report(0.2, tr("Reading the survey tables"))
        project = file.load()
        progress.report(0.8)
        file.notices += bring_markers(file.folder, project.layers)
        for table in project.tables.values():
            with suppress(GisError):  # a system it cannot be shown in is said when it is drawn
                table.prepare(project.crs)
            if any(field.name == OUTFALL_ID for field in table.fields):
                table.matching(OUTFALL_ID, "")  # looked up once, while nobody waits
        done, undone = file.undo_list()
        waits = False
        if not file.read_only:
            if is_risky_folder(file.folder):
                file.notices.append(
                    tr("The folder is on a network drive; a local one is safer for survey work.")
                )
            newest = file.entries(newest=1)
            due = snapshots.is_due(file.folder, newest[-1].number if newest else 0)
            waits = due and not large_snapshot and file.path.stat().st_size >= LARGE_FILE
            if due and not waits:
                progress.report(0.9, tr("Snapshot of the project"))
                snapshots.write_snapshot(file.folder)
        progress.report(1.0)
    except BaseException:
        file.close()
        raise
    return LoadedProject(file, project, tuple(done), tuple(undone), waits)


def open_project(
    folder: Path,
    *,
    read_only: bool = False,
    take_over: bool = False,
    deliver: Deliver | None = None,
) -> ProjectSession:
    """Open a project and wait for it: for the command line, scripts and tests."""
    return ProjectSession(load_project(folder, read_only=read_only, take_over=take_over), deliver)


def create_project(
    folder: Path,
    title: str = "",
    crs: str = CGCS2000,
    content: Sequence[Edit] = (),
    *,
    deliver: Deliver | None = None,
) -> ProjectSession:
    """Make a project and open it. `content`: edits that fill it, not to be undone later.

    For a survey: `[TableEdit(label, None, TableSchema(...)), LayersEdit(label, (), layers)]`.
    """
    ProjectFile.create(folder, title, crs, content).close()
    return open_project(folder, deliver=deliver)


def refuse_taken_folder(folder: Path) -> None:
    """Raises ProjectError when the folder already holds a project."""
    if is_project(folder):
        raise ProjectError(
            tr("{folder} already holds a project").format(folder=folder),
            hint=tr("Open it, or choose an empty folder."),
        )


def is_project(folder: Path) -> bool:
    """Whether there is a project in the folder."""
    return (folder / PROJECT_FILE).is_file()


def make_survey_project(folder: Path, title: str, crs: str = CGCS2000) -> None:
    """A new project for a survey: an empty outfall table in longitude and latitude, one layer."""
    label = tr("New project")
    layer = Layer(tr("Outfalls"), Source(TABLE, OUTFALL_TABLE), OUTFALL_STYLE, role="outfalls")
    content = (
        TableEdit(label, None, TableSchema(OUTFALL_TABLE, CGCS2000, OUTFALL_FIELDS)),
        *related_table_edits(label, Project()),
        LayersEdit(label, (), (layer,)),
        PagesEdit(label, (), (Page(title=title),)),
    )
    ProjectFile.create(folder, title, crs, content).close()


def make_working_copy(folder: Path, copy: Path) -> None:
    """Copy a project as it is now, also while it is open elsewhere."""
    snapshots.working_copy(folder, copy)
