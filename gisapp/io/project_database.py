"""Connections to the project file, always of Python's own SQLite.

Two SQLite libraries in one process cancel each other's locks on a file, and committed rows
vanish. So nothing else in this process opens a live project file, not even to look at its
bytes: closing any handle on it drops the locks too. Others get a snapshot.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from gisapp.io.geopackage import register_functions
from gisapp.model.errors import GisError, ProjectError, WriteError
from gisapp.model.text import tr

PROJECT_FILE = "project.gpkg"
BUSY_MS = 5000
JOURNAL_LIMIT = 64 << 20  # bytes the write-ahead file may keep after a large edit


def connect_to_write(path: Path) -> sqlite3.Connection:
    """WAL and a sync at every commit: what is committed survives a loss of power."""
    db = _connect(f"{path.resolve().as_uri()}?mode=rw")
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if sys.platform == "darwin":
            db.execute("PRAGMA fullfsync = ON")
        db.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}")
    except BaseException:
        db.close()
        raise
    return db


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Changes nothing, but after a crash lays in or takes back what lies beside the file.

    Also on a medium that cannot be written; there that happens in a copy.
    """
    uri = path.resolve().as_uri()
    if is_writable(path.parent) and is_writable(path):
        db = _connect(f"{uri}?mode=rw")
        db.execute("PRAGMA query_only = ON")
        return db
    if not any(map(_has_content, _beside(path))):
        return _connect(f"{uri}?mode=ro&immutable=1")
    try:
        return _connect(f"{uri}?mode=ro")
    except sqlite3.OperationalError:
        return _connect_to_copy(path)


def _beside(path: Path) -> list[Path]:
    """Where SQLite keeps what is not in the file yet, or must go out of it again."""
    return [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]


def _connect_to_copy(path: Path) -> sqlite3.Connection:
    place = Path(mkdtemp(prefix="gisapp-"))
    try:
        for source in (path, *filter(_has_content, _beside(path))):
            shutil.copyfile(source, place / source.name)
            (place / source.name).chmod(0o600)
        memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with closing(_connect(f"{(place / path.name).as_uri()}?mode=rw")) as copy:
            copy.backup(memory)
        register_functions(memory)
        return memory
    finally:
        shutil.rmtree(place, ignore_errors=True)


def is_writable(path: Path) -> bool:
    """Whether this user may write there, as far as the system tells without trying."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _connect(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        db.execute("PRAGMA cache_size = -65536")  # reads the file for the first time
        register_functions(db)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own that sees one moment of the project while others write."""
    with closing(connect_to_read(path)) as db:
        db.execute("BEGIN")
        yield db
        db.execute("ROLLBACK")


def damaged(path: Path, reason: str) -> ProjectError:
    return ProjectError(
        tr("{path} is damaged: {reason}").format(path=path, reason=reason),
        hint=tr("Run `gisapp repair` on the project folder; it keeps a copy of what is there."),
    )


def write_error(error: Exception, path: Path) -> GisError:
    """What went wrong while writing, in words a person can act on."""
    if isinstance(error, GisError):
        return error
    name = getattr(error, "sqlite_errorname", "") or ""
    number = getattr(error, "errno", None)
    nothing_changed = tr("Nothing was changed; try again afterwards.")
    if name == "SQLITE_FULL" or number == 28:  # ENOSPC
        text, hint = tr("The disk is full: {path}"), tr("Free some space.") + " " + nothing_changed
    elif name.startswith("SQLITE_READONLY") or number in (1, 13, 30):  # EPERM, EACCES, EROFS
        text, hint = tr("{path} cannot be written"), tr("Check the permissions of the folder.")
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        text = tr("{path} is being used by another program")
        hint = tr("Close the project there.") + " " + nothing_changed
    elif name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) or isinstance(error, OSError):
        text = tr("{path} could not be written: the disk reports an error or is gone")
        hint = tr("Check the disk, its space and its connection.") + " " + nothing_changed
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path, str(error))
    elif name.startswith("SQLITE_CONSTRAINT"):
        text, hint = tr("The change does not fit what is in {path}"), str(error)
    else:
        text, hint = tr("{path} could not be written"), f"{error}"
    return WriteError(text.format(path=path), hint=hint)


def sync_folder(folder: Path) -> None:
    """Make a rename last through a loss of power, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
