"""The change log: every edit as it was made, in the same transaction as the rows it changed."""

from __future__ import annotations

import getpass
import json
import platform
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np

from gisapp.io.json_pieces import from_text, text_pieces, to_text
from gisapp.io.project_json import edit_from_data, edit_to_data
from gisapp.model.collecting import nothing_collected
from gisapp.model.edit import Committed, Edit, FeatureEdit, Steps, TableEdit
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId, Row
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.text import tr

LogKind = Literal["create", "edit", "undo", "redo", "upgrade"]
LARGE = 1000  # features; larger edits are packed piece by piece
CHUNK = 5000  # rows written before somebody may stop it
PACKED_AT_ONCE = 1 << 16  # characters
LINKED = 100  # rows written by one statement; SQLite takes at least 999 values
LONGEST_ID = 64  # characters; a UUID has 36

LOG_TABLES = {
    "gisapp_changes": """CREATE TABLE gisapp_changes (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, host TEXT NOT NULL,
        label TEXT NOT NULL, kind TEXT NOT NULL, of INTEGER, tables TEXT NOT NULL, edit BLOB)""",
    "gisapp_change_features": """CREATE TABLE gisapp_change_features (
        table_name TEXT NOT NULL, uuid TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (table_name, uuid, number)) WITHOUT ROWID""",
}

LOG_GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS gisapp_changes_no_{verb.lower()} BEFORE {verb} ON gisapp_changes"
    " BEGIN SELECT raise(ABORT, 'the change log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)


class Entry(NamedTuple):
    """One row of the change log without its edit."""

    number: int
    at: str
    who: str
    host: str
    label: str
    kind: LogKind
    of: int | None
    tables: tuple[str, ...]


class FeatureChange(NamedTuple):
    """One entry in the history of one feature. Rows hold the changed fields; None: not there."""

    number: int
    at: str
    who: str
    label: str
    kind: LogKind
    before: Row | None
    after: Row | None


class RecordTimes(NamedTuple):
    """When and by whom a row was made and last changed, as the change log tells it."""

    created_at: str
    created_by: str
    changed_at: str
    changed_by: str


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no name for this user on this machine
        return "?"


def append(
    db: sqlite3.Connection,
    kind: LogKind,
    edit: Edit,
    of: int | None,
    progress: Progress | None = None,
) -> Committed:
    """Write one row of the log. An undo or redo only names what it undoes or does again."""
    progress = progress or Silent()
    at = now()
    tables = sorted(tables_of(edit))
    blob = None if kind in ("undo", "redo") else packed(edit, Part(progress, 0.0, 0.6))
    cursor = db.execute(
        "INSERT INTO gisapp_changes (at, who, host, label, kind, of, tables, edit)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (at, who(), platform.node(), edit.label, kind, of, json.dumps(tables), blob),
    )
    number = cursor.lastrowid
    assert number is not None
    link(db, number, edit, Part(progress, 0.6, 1.0))
    return Committed(number, at)


def link(db: sqlite3.Connection, number: int, edit: Edit, progress: Progress | None = None) -> None:
    """Note which features a change touched, so that their history is found at once."""
    progress = progress or Silent()
    touched = features_by_table(edit)
    total, done = max(sum(map(len, touched.values())), 1), 0
    for table in sorted(touched):
        ids = in_order(touched[table])  # the table of features is kept so
        for start in range(0, len(ids), CHUNK):
            progress.report(done / total, edit.label)
            part = ids[start : start + CHUNK]
            _link_all(db, table, number, part)
            done += len(part)


def _link_all(db: sqlite3.Connection, table: str, number: int, ids: Sequence[FeatureId]) -> None:
    """Many rows with one statement: one after another they take three times as long."""
    for start in range(0, len(ids), LINKED):
        part = ids[start : start + LINKED]
        marks = ", ".join(f"(?1, ?{place}, ?2)" for place in range(3, len(part) + 3))
        sql = f"INSERT INTO gisapp_change_features VALUES {marks}"
        db.execute(sql, (table, number, *part))


def in_order(ids: set[FeatureId]) -> list[FeatureId]:
    """Sorted; very many without stopping the other threads meanwhile."""
    if len(ids) <= CHUNK or max(map(len, ids)) > LONGEST_ID or "\0" in "".join(ids):
        return sorted(ids)
    found: list[FeatureId] = np.sort(np.array(list(ids))).tolist()
    return found


def features_by_table(edit: Edit) -> dict[str, set[FeatureId]]:
    """The ids of all features an edit touches, by table."""
    found: dict[str, set[FeatureId]] = {}
    for part in parts_of(edit):
        if isinstance(part, FeatureEdit):
            found.setdefault(part.table, set()).update(part.after)
    return found


def features_of(edit: Edit) -> set[tuple[str, FeatureId]]:
    """Table and id of each feature an edit touches."""
    return {(table, fid) for table, fids in features_by_table(edit).items() for fid in fids}


def packed(edit: Edit, progress: Progress | None = None) -> bytes:
    with nothing_collected():
        return _packed(edit, progress or Silent())


def _packed(edit: Edit, progress: Progress) -> bytes:
    large = any(len(part.after) > LARGE for part in parts_of(edit) if isinstance(part, FeatureEdit))
    data = edit_to_data(edit)
    if not large:
        return zlib.compress(to_text(data).encode())
    packer = zlib.compressobj(1)  # quick matters more than small
    found, waiting, length = [], [], 0
    for number, text in enumerate(text_pieces(data)):
        waiting.append(text)
        length += len(text)
        if length > PACKED_AT_ONCE:
            progress.report(1.0 - 50.0 / (50.0 + number), edit.label)  # how many, nobody knows
            found.append(packer.compress("".join(waiting).encode()))
            waiting, length = [], 0
    return b"".join([*found, packer.compress("".join(waiting).encode()), packer.flush()])


def unpacked(blob: bytes) -> Edit:
    try:
        with nothing_collected():
            return edit_from_data(from_text(zlib.decompress(blob).decode()))
    except (zlib.error, ValueError) as error:
        raise ReadError(
            tr("An entry of the change log cannot be read"),
            hint=tr("Check the project; repair brings back what can be read."),
        ) from error


def parts_of(edit: Edit) -> Iterator[Edit]:
    if isinstance(edit, Steps):
        for part in edit.parts:
            yield from parts_of(part)
    else:
        yield edit


def tables_of(edit: Edit) -> set[str]:
    found = set()
    for part in parts_of(edit):
        if isinstance(part, FeatureEdit):
            found.add(part.table)
        elif isinstance(part, TableEdit):
            found.update(schema.name for schema in (part.before, part.after) if schema)
    return found


def entries(db: sqlite3.Connection, newest: int | None = None) -> list[Entry]:
    """The log from first to last, or its newest entries, without the edits."""
    limit = -1 if newest is None else newest
    rows = db.execute(
        "SELECT number, at, who, host, label, kind, of, tables FROM gisapp_changes"
        " ORDER BY number DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return [Entry._make((*row[:-1], tuple(json.loads(row[-1])))) for row in reversed(rows)]


def last_number(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) FROM gisapp_changes").fetchone()[0])


def read_edit(db: sqlite3.Connection, number: int) -> Edit:
    """The edit of an entry as it was made; for an undo or redo, as it was applied."""
    row = db.execute(
        "SELECT kind, of, edit FROM gisapp_changes WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise ReadError(tr("The change log has no entry {number}").format(number=number))
    kind, of, blob = row
    if blob is not None:
        return unpacked(blob)
    made = read_edit(db, of)
    return made.reversed() if kind == "undo" else made


def undo_list(db: sqlite3.Connection) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(number, label) of what can be undone, oldest first, and redone, the next one last."""
    done: list[tuple[int, str]] = []
    undone: list[tuple[int, str]] = []
    for number, kind, label in db.execute(
        "SELECT number, kind, label FROM gisapp_changes ORDER BY number"
    ):
        if kind in ("create", "upgrade"):  # also where a repair had to begin the log anew
            done.clear()
            undone.clear()
        elif kind == "edit":
            done.append((number, label))
            undone.clear()
        elif kind == "undo" and done:
            undone.append(done.pop())
        elif kind == "redo" and undone:
            done.append(undone.pop())
    return done, undone


def history(db: sqlite3.Connection, table: str, fid: FeatureId) -> list[FeatureChange]:
    """Everything that happened to one feature, oldest first."""
    found = []
    rows = db.execute(
        "SELECT number, at, who, label, kind FROM gisapp_change_features JOIN gisapp_changes"
        " USING (number) WHERE table_name = ? AND uuid = ? ORDER BY number",
        (table, fid),
    ).fetchall()
    for number, at, name, label, kind in rows:
        for part in parts_of(read_edit(db, number)):
            if isinstance(part, FeatureEdit) and part.table == table and fid in part.after:
                before, after = part.before.get(fid), part.after[fid]
                found.append(FeatureChange(number, at, name, label, kind, before, after))
    return found


def record_times(
    db: sqlite3.Connection, table: str, fid: FeatureId | None = None
) -> dict[FeatureId, RecordTimes]:
    """Of every row a table ever had, or of one; what is deleted is there as well."""
    one = "" if fid is None else " AND uuid = ?"
    rows = db.execute(
        "SELECT uuid, a.at, a.who, b.at, b.who FROM"
        " (SELECT uuid, min(number) AS first, max(number) AS last FROM gisapp_change_features"
        f" WHERE table_name = ?{one} GROUP BY uuid)"
        " JOIN gisapp_changes a ON a.number = first JOIN gisapp_changes b ON b.number = last",
        (table,) if fid is None else (table, fid),
    )
    return {FeatureId(uuid): RecordTimes(*times) for uuid, *times in rows}


def row_after(db: sqlite3.Connection, table: str, fid: FeatureId, number: int) -> Row | None:
    """The whole feature as it was after a change; None when there was no such feature then."""
    row: dict[str, Any] | None = None
    for change in history(db, table, fid):
        if change.number > number:
            break
        row = None if change.after is None else {**(row or {}), **change.after}
    return row


def replayed(db: sqlite3.Connection) -> Project:
    """The project as the log alone tells it. Memory and time grow with the log, not the rows."""
    project = Project()
    made: dict[int, Edit] = {}
    wanted = {
        of for (of,) in db.execute("SELECT of FROM gisapp_changes WHERE of IS NOT NULL").fetchall()
    }
    begin = "SELECT coalesce(max(number), 0) FROM gisapp_changes WHERE kind = 'create'"
    for number, kind, of, blob in db.execute(
        "SELECT number, kind, of, edit FROM gisapp_changes WHERE number >= "
        f"({begin}) ORDER BY number"
    ):
        try:
            edit = unpacked(blob) if blob is not None else made.get(of)
        except ReadError as error:
            raise ReadError(
                tr("Entry {number} of the change log cannot be read").format(number=number),
                hint=error.hint,
            ) from error
        if edit is None:
            raise ReadError(
                tr("Entry {number} of the change log undoes an entry that is missing").format(
                    number=number
                )
            )
        if number in wanted:
            made[number] = edit
        project = (edit.reversed() if kind == "undo" else edit).apply(project)
    return project
