"""The project on disk: each edit is one durable transaction of its rows and its log entry."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from gisapp.io import project_log, project_tables
from gisapp.io.geopackage import srs_id
from gisapp.io.photo_files import Photo, copy_photo
from gisapp.io.project_creation import NEW_FILE, write_new
from gisapp.io.project_database import (
    PROJECT_FILE,
    connect_to_read,
    connect_to_write,
    damaged,
    is_writable,
    reading,
    transaction,
    write_error,
)
from gisapp.io.project_document import read_project, write_document
from gisapp.io.project_lock import ProjectLock
from gisapp.io.project_log import Entry, FeatureChange, RecordTimes
from gisapp.io.project_migration import FORMAT, format_of, migrate
from gisapp.io.project_tables import schemas
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import (
    ChangeKind,
    Committed,
    Edit,
    FeatureEdit,
    ProjectEdit,
    Steps,
    TableEdit,
)
from gisapp.model.errors import GisError, ProjectError, ReadError, WriteError
from gisapp.model.features import FeatureId, Row
from gisapp.model.progress import Cancelled, Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.text import tr

SUBFOLDERS = ("data", "photos", "cache", "snapshots")


class ProjectFile:
    """An open project. Commits come from one thread; the other methods may be called from any."""

    def __init__(self, folder: Path, db: sqlite3.Connection, lock: ProjectLock | None) -> None:
        self.folder = folder
        self.path = folder / PROJECT_FILE
        self.read_only = lock is None
        self.notices: list[str] = []
        self._db = db
        self._lock = lock
        self._guard = threading.RLock()
        self._seen = os.stat(self.path)
        self._waiting_seen: os.stat_result | None = None
        self._version = self._data_version()
        self._touched: set[str] = set()
        self._schemas = schemas(db)
        numbers = db.execute("SELECT table_name, srs_id FROM gpkg_geometry_columns")
        self._srs: dict[str, int] = dict(numbers.fetchall())
        # For one that was opened and then not wanted, such as by a cancelled job.
        self._forgotten = weakref.finalize(self, _let_go, db, lock)

    @classmethod
    def create(
        cls, folder: Path, title: str = "", crs: str = CGCS2000, content: Sequence[Edit] = ()
    ) -> ProjectFile:
        """Make a new project and open it. `content` is what is in it from the start.

        Raises ProjectError when there is one already, WriteError when it cannot be written.
        """
        folder = Path(folder)
        try:
            taken = (folder / PROJECT_FILE).exists()
        except OSError as error:  # a name the system does not allow, a folder nobody may look into
            raise write_error(error, folder) from error
        if taken:
            raise ProjectError(
                tr("{folder} already holds a project").format(folder=folder),
                hint=tr("Open it, or choose an empty folder."),
            )
        first = Steps(
            tr("New project"),
            (ProjectEdit(tr("New project"), ("", CGCS2000), (title, crs)), *content),
        )
        try:
            for name in SUBFOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
            lock = ProjectLock.take(folder)
        except OSError as error:
            raise write_error(error, folder) from error
        try:
            write_new(folder, first)
        except (sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
            raise write_error(error, folder) from error
        finally:
            (folder / NEW_FILE).unlink(missing_ok=True)
            lock.release()
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False, take_over: bool = False) -> ProjectFile:
        """Open a project, bringing an older format up to date after a backup.

        A newer format, or a folder that cannot be written, is opened read-only with a notice.
        Raises ProjectInUse when somebody else has it open, ProjectError when it is none or damaged.
        """
        folder = Path(folder)
        if folder.name == PROJECT_FILE:
            folder = folder.parent
        path = folder / PROJECT_FILE
        if not path.is_file():
            raise ProjectError(
                tr("There is no project in {folder}").format(folder=folder),
                hint=tr("Choose a folder that holds {name}.").format(name=PROJECT_FILE),
            )
        notice = ""
        try:
            if not read_only and not (is_writable(folder) and is_writable(path)):
                read_only = True
                notice = tr("The folder cannot be written; open for reading only.")
            with closing(connect_to_read(path)) as db:
                found = format_of(db, path)
            if found > FORMAT:
                read_only = True
                notice = tr("Made by a newer version of the program; open for reading only.")
            project = (
                cls._open_to_read(folder) if read_only else cls._open_to_write(folder, take_over)
            )
        except (ReadError, ValueError, TypeError) as error:  # descriptions that do not fit
            raise damaged(path, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise _open_error(error, path) from error
        except OSError as error:
            raise write_error(error, path) from error
        if notice:
            project.notices.append(notice)
        return project

    @classmethod
    def _open_to_read(cls, folder: Path) -> ProjectFile:
        db = connect_to_read(folder / PROJECT_FILE)
        try:
            return cls(folder, db, None)
        except BaseException:
            db.close()
            raise

    @classmethod
    def _open_to_write(cls, folder: Path, take_over: bool) -> ProjectFile:
        lock = ProjectLock.take(folder, take_over=take_over)
        db: sqlite3.Connection | None = None
        try:
            migrated = migrate(folder)
            db = connect_to_write(folder / PROJECT_FILE)
            project = cls(folder, db, lock)
        except BaseException:
            if db is not None:
                db.close()
            lock.release()
            raise
        if migrated is not None:
            project.notices.append(
                tr("Brought up to date; the project as it was is in {path}").format(path=migrated)
            )
        return project

    def load(self) -> Project:
        """Everything that is in the project. Raises ProjectError when the file is damaged."""
        with self._guard:
            try:
                return read_project(self._db)
            except sqlite3.DatabaseError as error:
                raise _open_error(error, self.path) from error
            except (ReadError, ValueError, TypeError) as error:  # values that do not fit
                raise damaged(self.path, str(error)) from error

    def undo_list(self) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """(number, label) of what can be undone, oldest first, and redone, the next one last."""
        with self._guard:
            try:
                return project_log.undo_list(self._db)
            except sqlite3.DatabaseError as error:
                raise _open_error(error, self.path) from error

    def commit(
        self, kind: ChangeKind, edit: Edit, of: int | None, progress: Progress | None = None
    ) -> Committed:
        """Write rows and log entry in one durable transaction.

        Raises WriteError, or Cancelled from `progress`, and leaves everything as it was. What is
        wanted after the last report of progress comes too late: then it is on the disk.
        """
        self._check_writable()
        progress = progress or Silent()
        with self._guard:
            schemas_before, srs_before = dict(self._schemas), dict(self._srs)
            try:
                self._check_still_there()
                with transaction(self._db):
                    self._check_unchanged()
                    self._write(edit, Part(progress, 0.0, 0.5))
                    tables = project_log.tables_of(edit)
                    project_tables.touch(self._db, tables)
                    logging = Part(progress, 0.5, 0.95)
                    committed = project_log.append(self._db, kind, edit, of, logging)
                    progress.report(0.95, edit.label)
                self._note_waiting()
            except Cancelled:
                self._schemas, self._srs = schemas_before, srs_before
                raise
            except (sqlite3.Error, GisError, OSError, OverflowError, UnicodeError) as error:
                self._schemas, self._srs = schemas_before, srs_before
                raise write_error(error, self.path) from error
            self._touched |= tables
            return committed

    def read_edit(self, number: int) -> Edit:
        """An edit of the change log, as it was made."""
        with self._guard:
            return project_log.read_edit(self._db, number)

    def entries(self, newest: int | None = None) -> list[Entry]:
        """The change log, oldest first; only the newest entries if so asked."""
        with reading(self.path) as db:
            return project_log.entries(db, newest)

    def history(self, table: str, fid: FeatureId) -> list[FeatureChange]:
        """Everything that happened to one feature, oldest first."""
        with reading(self.path) as db:
            return project_log.history(db, table, fid)

    def record_times(
        self, table: str, fid: FeatureId | None = None
    ) -> dict[FeatureId, RecordTimes]:
        """When and by whom the rows of a table, or one of them, were made and last changed."""
        with reading(self.path) as db:
            return project_log.record_times(db, table, fid)

    def row_after(self, table: str, fid: FeatureId, number: int) -> Row | None:
        """A feature as it was after a change; None when it was not there then."""
        with reading(self.path) as db:
            return project_log.row_after(db, table, fid, number)

    def add_photo(self, source: Path, table: str = "", fid: str = "") -> Photo:
        """Copy a photo into the project and register it; put its `file` into a feature's list.

        Raises ReadError when it is no photo, WriteError when it cannot be written.
        """
        self._check_writable()
        photo = copy_photo(self.folder, Path(source))
        self.register_photos([photo], table, fid)
        return photo

    def register_photos(self, photos: Sequence[Photo], table: str = "", fid: str = "") -> None:
        """Note photos that lie in the folder, in one transaction. Raises WriteError."""
        self._check_writable()
        with self._guard:
            try:
                self._check_still_there()
                with transaction(self._db):
                    self._db.executemany(
                        "INSERT OR IGNORE INTO photos (sha256, file, name, bytes, added_at,"
                        " table_name, uuid)"
                        " VALUES (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ','now'), ?, ?)",
                        [(*photo, table or None, fid or None) for photo in photos],
                    )
            except (sqlite3.Error, OSError) as error:
                raise write_error(error, self.path) from error

    def registered_photos(self) -> list[tuple[str, str, str, int]]:
        """SHA-256, file, name and bytes of every photo that was ever added."""
        with reading(self.path) as db:
            sql = "SELECT sha256, file, name, bytes FROM photos ORDER BY file"
            return db.execute(sql).fetchall()

    def close(self) -> None:
        """Lay everything into the one file, so that any program can read it, and let go of it."""
        with self._guard:
            if self._lock is None or not self._forgotten.alive:
                self._forgotten()
                return
            # A full disk or another reader must not keep the project from closing:
            # everything is committed, and the next opening does what could not be done now.
            with suppress(sqlite3.Error, OSError), transaction(self._db):
                project_tables.write_extents(self._db, self._touched & self._schemas.keys())
            with suppress(sqlite3.Error, OSError):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._db.execute("PRAGMA busy_timeout = 200")
                self._db.execute("PRAGMA journal_mode = DELETE").fetchone()
            self._forgotten()

    def _write(self, edit: Edit, progress: Progress) -> None:
        db = self._db
        parts = list(project_log.parts_of(edit))
        sizes = [len(part.after) if isinstance(part, FeatureEdit) else 0 for part in parts]
        total, done = max(sum(sizes), 1), 0
        for part, size in zip(parts, sizes, strict=True):
            share = Part(progress, done / total, (done + size) / total)
            done += size
            match part:
                case FeatureEdit():
                    schema = self._schemas.get(part.table)
                    if schema is None:
                        raise WriteError(
                            tr("The project has no table {table}").format(table=part.table)
                        )
                    srs = self._srs.get(part.table, 0)
                    project_tables.change_rows(db, part, schema, srs, share)
                case TableEdit(_, before, after):
                    project_tables.change_table(db, before, after)
                    if after is not None:
                        self._schemas[after.name] = after
                        if after.crs:
                            self._srs[after.name] = srs_id(db, after.crs)
                    elif before is not None:
                        self._schemas.pop(before.name, None)
                case _:
                    write_document(db, part)

    def _check_writable(self) -> None:
        if self.read_only:
            raise WriteError(
                tr("The project is open for reading only"),
                hint=tr("Open it for editing, or make a working copy."),
            )

    def _check_still_there(self) -> None:
        """SQLite would go on writing into a file that was removed, and nobody would find it."""
        waiting = self.path.with_name(self.path.name + "-wal")
        there = False
        with suppress(OSError):
            there = os.path.samestat(os.stat(self.path), self._seen) and (
                self._waiting_seen is None or os.path.samestat(os.stat(waiting), self._waiting_seen)
            )
        if not there:
            raise WriteError(
                tr("{path} was moved, removed or replaced while it was open").format(
                    path=self.path
                ),
                hint=tr("Bring the disk or folder back, close the project and open it again."),
            )

    def _check_unchanged(self) -> None:
        """What another program wrote meanwhile is not on the screen; never write over it."""
        if self._data_version() != self._version:
            raise WriteError(
                tr("Another program has changed {path}").format(path=self.path),
                hint=tr("Close the project and open it again to see what it is now."),
            )

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _note_waiting(self) -> None:
        if self._waiting_seen is None:
            with suppress(OSError):
                self._waiting_seen = os.stat(self.path.with_name(self.path.name + "-wal"))


def _let_go(db: sqlite3.Connection, lock: ProjectLock | None) -> None:
    db.close()
    if lock is not None:
        lock.release()


def _open_error(error: sqlite3.DatabaseError, path: Path) -> GisError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or any(
        words in str(error) for words in ("no such", "decode to UTF-8")
    ):
        return damaged(path, str(error))
    return write_error(error, path)
