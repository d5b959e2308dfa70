"""Verified copies of a project: kept in turns, and for programs that may not open the live file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

from gisapp.io.project_database import (
    PROJECT_FILE,
    connect_to_read,
    is_writable,
    sync_file,
    sync_folder,
    write_error,
)
from gisapp.io.project_log import last_number
from gisapp.model.errors import ProjectError, WriteError
from gisapp.model.text import tr

RECENT = 10
DAYS = 14
EDITS_BETWEEN = 200
TIME_BETWEEN = timedelta(hours=1)
_STAMP = "%Y%m%dT%H%M%SZ"


class Snapshot(NamedTuple):
    """One kept copy: when it was made (UTC) and the last change it holds."""

    path: Path
    at: datetime
    number: int
    keep_as: str  # why it is not removed in turn; empty for an ordinary one


def snapshots(folder: Path) -> list[Snapshot]:
    """Kept copies, oldest first."""
    found = []
    for path in (folder / "snapshots").glob("*.gpkg"):
        stamp, _, rest = path.stem.partition("-")
        number, _, keep_as = rest.partition("-")
        try:
            at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
            found.append(Snapshot(path, at, int(number), keep_as))
        except ValueError:
            continue
    return sorted(found, key=lambda s: (s.at, s.number))


def write_snapshot(folder: Path, *, keep_as: str = "", at: datetime | None = None) -> Path:
    """Copy the project while it may be written, check the copy, and only then give it its name.

    Older ordinary ones beyond the newest 10 and one a day for 14 days are removed.
    """
    at = at or datetime.now(UTC)
    place = folder / "snapshots"
    temporary = place / f"{os.getpid()}-{at:%H%M%S%f}.tmp"
    try:
        place.mkdir(exist_ok=True)
        number = copy_checked(folder / PROJECT_FILE, temporary)
        name = f"{at.astimezone(UTC):{_STAMP}}-{number}"
        path = place / f"{name}{'-' + keep_as if keep_as else ''}.gpkg"
        os.replace(temporary, path)
        sync_folder(place)
    except (sqlite3.Error, OSError) as error:
        raise write_error(error, place) from error
    finally:
        temporary.unlink(missing_ok=True)
    for old in superfluous(snapshots(folder), at):
        old.path.unlink(missing_ok=True)
    return path


def superfluous(kept: Iterable[Snapshot], at: datetime) -> list[Snapshot]:
    """Which ordinary snapshots have had their turn."""
    ordinary = sorted((s for s in kept if not s.keep_as), key=lambda s: s.at, reverse=True)
    staying = set(ordinary[:RECENT])
    days: set[str] = set()
    for snapshot in ordinary:
        day = f"{snapshot.at:%Y%m%d}"
        if day not in days and (at.date() - snapshot.at.date()).days < DAYS:
            days.add(day)
            staying.add(snapshot)
    return [s for s in ordinary if s not in staying]


def is_due(folder: Path, last: int, at: datetime | None = None) -> bool:
    """Whether the newest snapshot lacks edits and is old or lacks many. `last`: newest change."""
    ordinary = [s for s in snapshots(folder) if not s.keep_as]
    if not ordinary:
        return True
    newest = ordinary[-1]
    missing = last - newest.number
    age = (at or datetime.now(UTC)) - newest.at
    return missing >= EDITS_BETWEEN or (missing > 0 and age >= TIME_BETWEEN)


def copy_checked(source: Path, target: Path) -> int:
    """A verified copy of one moment of a project; the number of its last change."""
    target.unlink(missing_ok=True)
    with (
        closing(connect_to_read(source)) as db,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA synchronous = OFF")  # synced once, when it is whole
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
    problems, number = verify(target)
    if problems:
        target.unlink(missing_ok=True)
        raise WriteError(
            tr("The copy of {path} is damaged: {problem}").format(path=source, problem=problems[0]),
            hint=tr("Check the project; the disk may be failing."),
        )
    sync_file(target)
    return number


def verify(path: Path) -> tuple[list[str], int]:
    """What SQLite finds wrong with a project file that nobody writes, and its last change."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as db:
            said = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
            return ([] if said == ["ok"] else said), last_number(db)
    except sqlite3.DatabaseError as error:
        return [str(error)], 0


def snapshot_for_readers(folder: Path) -> Path:
    """A copy that GDAL, DuckDB or any other program may open, as of now.

    It lies in the cache and is made anew only when the project has changed. Do not write to it.
    """
    source = folder / PROJECT_FILE
    try:
        with closing(connect_to_read(source)) as db:
            number = last_number(db)
        place = folder / "cache" / "readers"
        if not is_writable(folder):
            place = Path(gettempdir()) / "gisapp-readers" / f"{abs(hash(folder.resolve())):x}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{number}.gpkg"
        if path.exists():
            return path
        temporary = place / f"{os.getpid()}-{number}.tmp"
        made = copy_checked(source, temporary)
        path = place / f"{made}.gpkg"
        os.replace(temporary, path)
        for old in place.glob("*.gpkg"):
            if old != path:
                old.unlink(missing_ok=True)
    except (sqlite3.Error, OSError) as error:
        raise write_error(error, folder) from error
    return path


def working_copy(folder: Path, target: Path) -> Path:
    """A copy of a whole project to work on, also of one that somebody else has open."""
    if target.exists() and any(target.iterdir()):
        raise ProjectError(
            tr("{folder} is not empty").format(folder=target),
            hint=tr("Choose an empty folder for the working copy."),
        )
    try:
        for name in ("data", "photos", "cache", "snapshots"):
            (target / name).mkdir(parents=True, exist_ok=True)
        for name in ("data", "photos"):
            if (folder / name).is_dir():
                shutil.copytree(folder / name, target / name, dirs_exist_ok=True)
        copy_checked(folder / PROJECT_FILE, target / (PROJECT_FILE + ".tmp"))
        os.replace(target / (PROJECT_FILE + ".tmp"), target / PROJECT_FILE)
        sync_folder(target)
    except (sqlite3.Error, OSError) as error:
        raise write_error(error, target) from error
    return target
