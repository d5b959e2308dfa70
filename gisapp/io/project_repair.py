"""Bringing back what can be brought back, on a copy, and saying exactly what could not."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gisapp.io import project_log, project_tables
from gisapp.io.geopackage import quoted, srs_id
from gisapp.io.project_check import (
    NAMED,
    CheckResult,
    check,
    differences,
    document_faults,
)
from gisapp.io.project_database import (
    PROJECT_FILE,
    damaged,
    sync_file,
    sync_folder,
    transaction,
    write_error,
)
from gisapp.io.project_document import read_document, write_document
from gisapp.io.project_lock import ProjectLock
from gisapp.io.project_mending import mend, photos_again, register_layers
from gisapp.io.project_migration import FORMAT
from gisapp.io.project_salvage import complete, salvage
from gisapp.io.project_table_reading import read_table
from gisapp.io.snapshots import snapshots, verify
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import (
    BookmarksEdit,
    Edit,
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    SchemeEdit,
    Steps,
    TableEdit,
    TableSchema,
)
from gisapp.model.errors import GisError, ProjectError
from gisapp.model.features import FeatureId, Row
from gisapp.model.project import Project
from gisapp.model.text import tr

Keep = Literal["log", "tables"]
PARTS = (PROJECT_FILE, PROJECT_FILE + "-wal", PROJECT_FILE + "-journal")


@dataclass(frozen=True)
class RepairReport:
    """What a repair did. `backup` holds the project file as it was before."""

    backup: Path
    done: tuple[str, ...]
    lost: tuple[str, ...]
    results: tuple[CheckResult, ...]  # the checks afterwards

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)


def repair(folder: Path, *, keep: Keep = "log") -> RepairReport:
    """Repair a project that nobody has open.

    Where tables and log differ, `keep="log"` sets the tables back to what the log says;
    `keep="tables"` accepts them (another program edited the closed file) as one new change.
    Raises ProjectInUse, ProjectError when nothing can be brought back.
    """
    folder = Path(folder)
    try:
        lock = ProjectLock.take(folder)
    except OSError as error:
        raise write_error(error, folder) from error
    work = folder / "cache" / f"repair-{os.getpid()}"
    try:
        _refuse_newer(folder / PROJECT_FILE)
        backup = _backup(folder)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        done: list[str] = []
        lost: list[str] = []
        for name in PARTS:
            if (folder / name).exists():
                shutil.copyfile(folder / name, work / name)
        path, log_is_whole = _whole(folder, work, done, lost)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE").fetchone()
            with transaction(db):
                complete(db, done)
                unread = mend(db, done)
                from_log = _agree(db, keep, log_is_whole, done, lost)
                (done if from_log else lost).extend(unread)
                register_layers(db, done)
                project_tables.write_extents(db, project_tables.schemas(db))
                photos_again(db, folder, done, lost)
            db.execute("REINDEX")
        problems, _ = verify(path)
        if problems:
            raise ProjectError(
                tr("{folder} could not be repaired: {reason}").format(
                    folder=folder, reason=problems[0]
                ),
                hint=tr("The project as it was is in {path}.").format(path=backup),
            )
        sync_file(path)
        for name in PARTS[1:]:  # they belong to the old file and would be laid into the new one
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            (folder / (PROJECT_FILE + "-shm")).unlink(missing_ok=True)
        os.replace(path, folder / PROJECT_FILE)
        sync_folder(folder)
    except (sqlite3.DatabaseError, ValueError) as error:
        raise damaged(folder / PROJECT_FILE, str(error)) from error
    except OSError as error:
        raise write_error(error, folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.release()
    return RepairReport(backup, tuple(done), tuple(lost), tuple(check(folder)))


def _refuse_newer(path: Path) -> None:
    """What a newer version has put there would be thrown away."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            row = db.execute("SELECT value FROM gisapp_project WHERE key = 'format'").fetchone()
    except (sqlite3.DatabaseError, OSError, ValueError):  # ValueError: a message that is no text
        return
    if row is not None and str(row[0]).isdecimal() and int(row[0]) > FORMAT:
        raise ProjectError(
            tr("{folder} was made by a newer version of the program").format(folder=path.parent),
            hint=tr("Repair it with that version."),
        )


def _backup(folder: Path) -> Path:
    """The files as they are, damage and all."""
    place = folder / "snapshots" / f"before-repair-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    place.mkdir(parents=True)
    for name in PARTS:
        if (folder / name).exists():
            shutil.copyfile(folder / name, place / name)
            sync_file(place / name)
    sync_folder(place)
    return place


def _whole(folder: Path, work: Path, done: list[str], lost: list[str]) -> tuple[Path, bool]:
    """A file SQLite finds nothing wrong with: the copy itself, what is readable, or a snapshot.

    And whether its change log is as good as it was.
    """
    path = work / PROJECT_FILE
    good = _newest_good_snapshot(folder)
    if path.exists() and path.stat().st_size:
        _fill_up(path, lost)
        try:
            with closing(sqlite3.connect(path)) as db:
                said = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
                if said == ["ok"] and _has_log(db):
                    return path, True
                # Damage in indexes alone goes away when they are built anew.
                db.execute("REINDEX")
                said = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
                if said == ["ok"] and _has_log(db):
                    done.append(tr("indexes were built anew"))
                    return path, True
        except (sqlite3.DatabaseError, ValueError):
            pass
        fresh = work / "salvaged.gpkg"
        try:
            return fresh, salvage(path, fresh, good, done, lost)
        except (sqlite3.DatabaseError, GisError, TypeError, ValueError):
            fresh.unlink(missing_ok=True)
            lost.clear()
    if good is None:
        raise ProjectError(
            tr("Nothing in {path} can be read and there is no snapshot").format(path=folder),
            hint=tr("Look for a copy of the folder."),
        )
    taken = work / "snapshot.gpkg"
    shutil.copyfile(good, taken)
    _, number = verify(taken)
    done.append(tr("the snapshot {name} was taken").format(name=good.name))
    lost.append(tr("every change after number {number} of the change log").format(number=number))
    return taken, True


def _fill_up(path: Path, lost: list[str]) -> None:
    """A file that was cut off gets its length back, so that what is left of it can be read."""
    with path.open("rb+") as file:
        head = file.read(100)
        page = int.from_bytes(head[16:18], "big")
        wanted = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        there = path.stat().st_size
        if head[:16] == b"SQLite format 3\0" and there < wanted <= max(there, 1 << 20) * 1000:
            file.truncate(wanted)
            text = tr("the file was cut off: {there} of {wanted} bytes were left")
            lost.append(text.format(there=there, wanted=wanted))


def _newest_good_snapshot(folder: Path) -> Path | None:
    for snapshot in reversed(snapshots(folder)):
        problems, _ = verify(snapshot.path)
        if not problems and not snapshot.keep_as:
            return snapshot.path
    return None


def _has_log(db: sqlite3.Connection) -> bool:
    """Whether it is a project's file with descriptions of tables that can be read."""
    db.execute("SELECT sql FROM sqlite_master").fetchall()
    names = {n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {"gisapp_changes", "gisapp_project", "gisapp_tables", "gisapp_fields"} <= names


# Log, tables and document made to agree


def _agree(
    db: sqlite3.Connection, keep: Keep, log_is_whole: bool, done: list[str], lost: list[str]
) -> bool:
    """Whether values that could not be read are now what the log says."""
    logged: Project | None = None
    missing = _missing_entries(db)
    if missing:
        numbers = ", ".join(map(str, missing[:20]))
        lost.append(tr("entries of the change log: {numbers}").format(numbers=numbers))
    elif log_is_whole:
        try:
            logged = project_log.replayed(db)
        except (GisError, KeyError, AttributeError, TypeError, ValueError) as error:
            lost.append(str(error))
    db.execute("DELETE FROM gisapp_change_features")  # made anew at the end
    if logged is None:
        _begin_log_anew(db, done)
    elif keep == "tables":
        _accept_tables(db, logged, done)
    else:
        _tables_from_log(db, logged, done)
    _link_anew(db)
    return logged is not None and keep == "log"


def _missing_entries(db: sqlite3.Connection) -> list[int]:
    (begin,) = db.execute("SELECT max(number) FROM gisapp_changes WHERE kind = 'create'").fetchone()
    numbers = [n for (n,) in db.execute("SELECT number FROM gisapp_changes ORDER BY number")]
    if begin is None:
        return [1]
    there = set(numbers)
    # Features remember the entries that changed them, also entries that are gone.
    linked = "SELECT DISTINCT number FROM gisapp_change_features WHERE number > ?"
    gone = [n for (n,) in db.execute(linked, (numbers[-1],)).fetchall()]
    wanted = {of for (of,) in db.execute("SELECT DISTINCT of FROM gisapp_changes") if of}
    missing = [n for n in range(begin, numbers[-1] + 1) if n not in there]
    return (
        missing
        + sorted(gone)
        + sorted(n for n in wanted if n >= begin and n not in there and n not in missing)
    )


def _begin_log_anew(db: sqlite3.Connection, done: list[str]) -> None:
    """The tables as they are become the new beginning; older entries stay to be looked at."""
    project = _read_project(db)
    label = tr("Repaired")
    parts: list[Edit] = [ProjectEdit(label, ("", CGCS2000), (project.title, project.crs))]
    for table in project.tables.values():
        schema = TableSchema(table.name, table.crs, table.fields)
        rows = {fid: table.row(fid) for fid in table.ids}
        parts.append(TableEdit(label, None, schema))
        parts.append(FeatureEdit(label, table.name, dict.fromkeys(rows), rows))
    parts += [LayersEdit(label, (), project.layers), PagesEdit(label, (), project.pages)]
    parts += [BookmarksEdit(label, (), project.bookmarks)] if project.bookmarks else []
    parts += [SchemeEdit(label, None, project.scheme)] if project.scheme else []
    project_log.append(db, "create", Steps(label, tuple(parts)), None)
    done.append(tr("the change log begins anew with the tables as they are; undo begins here"))


def _read_project(db: sqlite3.Connection) -> Project:
    """The whole project, inside a transaction that is already open."""
    project = read_document(db)
    for schema in project_tables.schemas(db).values():
        project = project.with_table(read_table(db, schema))
    return project


def _tables_from_log(db: sqlite3.Connection, logged: Project, done: list[str]) -> None:
    schemas = project_tables.schemas(db)
    remade = set(logged.tables) - schemas.keys()
    for name, schema in schemas.items():
        table = logged.tables.get(name)
        if table is None or table.fields != schema.fields or table.crs != schema.crs:
            db.execute(f"DELETE FROM {quoted(name)}")
            project_tables.change_table(db, schema, None)
            remade.add(name)
            done.append(tr("{table} was made anew from the change log").format(table=name))
    schemas = project_tables.schemas(db)
    for table in logged.tables.values():
        if table.name not in schemas:
            wanted = TableSchema(table.name, table.crs, table.fields)
            project_tables.change_table(db, None, wanted)
    schemas = project_tables.schemas(db)
    wrong: dict[str, set[FeatureId]] = {}
    for name in logged.tables:  # a table that was made anew lacks every feature
        wrong[name] = set()
    told: list[str] = []
    for difference in differences(db, logged):
        wrong[difference.table].add(difference.fid)
        if remade.isdisjoint({difference.table}) and len(told) < NAMED:
            told.append(str(difference))
    for name, fids in wrong.items():
        if not fids:
            continue
        table = logged.tables[name]
        ordered = [fid for fid in table.ids if fid in fids] + sorted(fids - set(table.ids))
        after: dict[FeatureId, Row | None] = {fid: table.row(fid) for fid in ordered}
        before = {fid: _there(db, name, fid) for fid in ordered}
        after = {
            fid: row for fid, row in after.items() if row is not None or before[fid] is not None
        }
        edit = FeatureEdit("", name, before, after)
        srs = srs_id(db, table.crs) if table.crs else 0
        project_tables.change_rows(db, edit, schemas[name], srs)
        done.append(
            tr("{table}: {n} features were set to what the change log says").format(
                table=name, n=len(fids)
            )
        )
    done += told
    if faults := document_faults(db, logged):
        for part in (
            ProjectEdit("", ("", ""), (logged.title, logged.crs)),
            LayersEdit("", (), logged.layers),
            PagesEdit("", (), logged.pages),
            BookmarksEdit("", (), logged.bookmarks),
            SchemeEdit("", None, logged.scheme),
        ):
            write_document(db, part)
        done.append(tr("set to what the change log says: {what}").format(what="; ".join(faults)))


def _there(db: sqlite3.Connection, table: str, fid: FeatureId) -> Row | None:
    sql = f"SELECT 1 FROM {quoted(table)} WHERE uuid = ?"
    return None if db.execute(sql, (fid,)).fetchone() is None else {}


def _accept_tables(db: sqlite3.Connection, logged: Project, done: list[str]) -> None:
    """Values another program wrote become an ordinary change that can be undone."""
    found = _read_project(db)
    label = tr("Changed by another program")
    touched: dict[str, Counter[FeatureId]] = {}
    for difference in differences(db, logged):
        touched.setdefault(difference.table, Counter())[difference.fid] += 1
    parts = []
    for name, fids in touched.items():
        if name not in logged.tables:
            continue
        before = {fid: logged.tables[name].row(fid) for fid in fids}
        after = {fid: found.tables[name].row(fid) for fid in fids}
        parts.append(FeatureEdit(label, name, before, after))
        done.append(
            tr("{table}: {n} features changed by another program were accepted").format(
                table=name, n=len(fids)
            )
        )
    if parts:
        project_log.append(db, "edit", Steps(label, tuple(parts)), None)


def _link_anew(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM gisapp_change_features")
    for (number,) in db.execute("SELECT number FROM gisapp_changes ORDER BY number").fetchall():
        with suppress(GisError, sqlite3.IntegrityError):
            project_log.link(db, number, project_log.read_edit(db, number))
