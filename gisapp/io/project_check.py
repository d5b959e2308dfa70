"""Proving a project: the file, its log against its rows, its photos."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.io import project_log
from gisapp.io.geopackage import APPLICATION_ID, REQUIRED_TABLES, quoted
from gisapp.io.photo_files import hash_of, photo_files, photo_path
from gisapp.io.project_database import PROJECT_FILE, reading
from gisapp.io.project_document import read_document
from gisapp.io.project_json import to_data, to_text
from gisapp.io.project_migration import FORMAT, format_of
from gisapp.io.project_table_reading import read_table
from gisapp.io.project_tables import GISAPP_TABLES, schemas
from gisapp.model.edit import TableSchema
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, plain
from gisapp.model.project import Project
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr

NAMED = 100  # differences named one by one; the rest is counted


@dataclass(frozen=True)
class CheckResult:
    """One thing that was proved or found wrong. `details` name each fault exactly."""

    name: str  # stable, for programs: integrity, keys, geopackage, log, rows, document, ...
    ok: bool
    message: str  # for people
    details: tuple[str, ...] = ()
    hint: str = ""  # what to do about it


class Difference(NamedTuple):
    """A value that is not what the log says. Field None: the whole feature is there or not."""

    table: str
    fid: FeatureId
    field: str | None
    in_log: Any
    in_file: Any

    def __str__(self) -> str:
        if self.field is None:
            there = tr("only in the log") if self.in_log else tr("only in the table")
            return f"{self.table}, {self.fid}: {there}"
        return tr("{table}, {fid}, {field}: {in_file} in the table, {in_log} in the log").format(
            **self._asdict()
        )


def check(folder: Path) -> list[CheckResult]:
    """Every proof that can be made. Also while the project is open somewhere; changes nothing."""
    path = folder / PROJECT_FILE
    if not path.is_file():
        message = tr("There is no project in {folder}").format(folder=folder)
        return [CheckResult("file", False, message)]
    results: list[CheckResult] = []
    try:
        with reading(path) as db:
            for result in check_database(db, path):
                results.append(result)
            if all(result.ok for result in results if result.name in ("integrity", "geopackage")):
                results.append(_photos(db, folder))
    except (sqlite3.DatabaseError, GisError, ValueError, TypeError, KeyError) as error:
        results.append(_result("file", [str(error)], "", tr("The project file cannot be read")))
    return results


def check_database(db: sqlite3.Connection, path: Path) -> Iterator[CheckResult]:
    """The proofs that need only the file."""
    said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(100)")]
    problems = [] if said == ["ok"] else said
    yield _result("integrity", problems, tr("The file is whole"), tr("The file is damaged"))
    if problems:
        return
    problems = [str(row) for row in db.execute("PRAGMA foreign_key_check")]
    yield _result("keys", problems, tr("References agree"), tr("References lead nowhere"))
    try:
        found = format_of(db, path)
        problems = [] if found <= FORMAT else [tr("format {n}").format(n=found)]
        yield _result("format", problems, tr("The format is known"), tr("The format is newer"))
        if found != FORMAT:
            return
        problems = geopackage_faults(db)
        wrong = tr("It is no whole GeoPackage")
        yield _result("geopackage", problems, tr("It is a GeoPackage"), wrong)
        if problems:
            return
        logged = project_log.replayed(db)
    except (GisError, KeyError, AttributeError) as error:
        yield _result("log", [str(error)], "", tr("The change log cannot be replayed"))
        return
    faults = log_faults(db)
    yield _result("log", faults, tr("The change log is whole"), tr("The change log has gaps"))
    found_differences = [str(d) for d in differences(db, logged)]
    fine = tr("Every value is what the change log says")
    yield _result("rows", found_differences, fine, tr("Tables and change log differ"))
    faults = document_faults(db, logged)
    fine = tr("Layers and pages are what the change log says")
    yield _result("document", faults, fine, tr("Layers or pages and change log differ"))


def geopackage_faults(db: sqlite3.Connection) -> list[str]:
    faults = []
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        faults.append(tr("application_id is not GPKG"))
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    required = [*REQUIRED_TABLES, *GISAPP_TABLES, *project_log.LOG_TABLES, "photos"]
    faults += [tr("no table {name}").format(name=n) for n in required if n not in there]
    if not faults:
        for (name,) in db.execute("SELECT table_name FROM gpkg_contents"):
            if name not in there:
                faults.append(tr("no table {name}").format(name=name))
        for name, schema in schemas(db).items():
            columns = {row[1] for row in db.execute(f"PRAGMA table_info({quoted(name)})")}
            faults += [
                tr("{table} has no field {field}").format(table=name, field=f.name)
                for f in schema.fields
                if f.name not in columns
            ]
            if not _registered(db, schema):
                faults.append(tr("{name} is not registered as a layer").format(name=name))
            elif schema.crs and not _registered_in(db, schema):
                text = tr("{name} is registered in another system than {crs}")
                faults.append(text.format(name=name, crs=schema.crs))
    return faults


def _registered(db: sqlite3.Connection, schema: TableSchema) -> bool:
    places = "JOIN gpkg_geometry_columns USING (table_name) " if schema.crs else ""
    sql = f"SELECT 1 FROM gpkg_contents {places}WHERE table_name = ?"
    return db.execute(sql, (schema.name,)).fetchone() is not None


def _registered_in(db: sqlite3.Connection, schema: TableSchema) -> bool:
    """Whether other programs are told the system the coordinates are in."""
    rows = db.execute(
        "SELECT c.srs_id, g.srs_id, s.organization, s.organization_coordsys_id, s.definition"
        " FROM gpkg_contents c JOIN gpkg_geometry_columns g USING (table_name)"
        " JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE table_name = ?",
        (schema.name,),
    ).fetchall()
    name = schema.crs.upper()
    return any(
        mine == its and (not name.startswith("EPSG:") or name == f"{organization}:{code}".upper())
        for mine, its, organization, code, _ in rows
    )


def log_faults(db: sqlite3.Connection) -> list[str]:
    """Missing entries, and entries whose features cannot be looked up."""
    faults, expected = [], 1
    links = dict(
        db.execute("SELECT number, count(*) FROM gisapp_change_features GROUP BY number").fetchall()
    )
    numbers = {n for (n,) in db.execute("SELECT number FROM gisapp_changes")}
    begin = db.execute("SELECT max(number) FROM gisapp_changes WHERE kind = 'create'").fetchone()[0]
    for (number,) in db.execute("SELECT number FROM gisapp_changes ORDER BY number").fetchall():
        if number != expected and number > (begin or 0):
            faults.append(tr("entry {number} is missing").format(number=expected))
        expected = number + 1
        if number < (begin or 0):
            continue
        touched = project_log.features_of(project_log.read_edit(db, number))
        if len(touched) != links.get(number, 0):
            faults.append(tr("entry {number}: its features are not listed").format(number=number))
    gone = sorted(n for n in links.keys() - numbers if n >= expected)
    faults += [tr("entry {number} is missing").format(number=n) for n in gone]
    return faults


def differences(db: sqlite3.Connection, logged: Project) -> Iterator[Difference]:
    """Each value in which the tables are not what the log says."""
    for schema in schemas(db).values():
        expected = logged.tables.get(schema.name)
        found = read_table(db, schema)
        if expected is None:
            empty = FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})
            yield from _table_differences(empty, found)
        else:
            yield from _table_differences(expected, found)


def _table_differences(expected: FeatureTable, found: FeatureTable) -> Iterator[Difference]:
    name = found.name
    here = {fid: number for number, fid in enumerate(found.ids)}
    there = {fid: number for number, fid in enumerate(expected.ids)}
    for fid in sorted(there.keys() - here.keys()):
        yield Difference(name, fid, None, True, None)
    for fid in sorted(here.keys() - there.keys()):
        yield Difference(name, fid, None, None, True)
    both = [fid for fid in here if fid in there]
    mine = np.array([here[fid] for fid in both], np.int64)
    its = np.array([there[fid] for fid in both], np.int64)
    for field in found.fields:
        if all(f.name != field.name for f in expected.fields):
            continue
        a, b = found.column(field.name)[mine], expected.column(field.name)[its]
        for n in np.flatnonzero(_unlike(a, b)):
            yield Difference(name, both[n], field.name, plain(b[n]), plain(a[n]))
    a = found.shapes_in(found.crs).coords[mine]
    b = expected.shapes_in(expected.crs).coords[its]
    for n in np.flatnonzero(_unlike(a, b).any(axis=1)):
        yield Difference(name, both[n], GEOMETRY, tuple(b[n].tolist()), tuple(a[n].tolist()))


def _unlike(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    unlike = np.asarray(a != b, bool)
    if a.dtype == np.float64 and b.dtype == np.float64:
        unlike &= ~(np.isnan(a) & np.isnan(b))
    return unlike


def document_faults(db: sqlite3.Connection, logged: Project) -> list[str]:
    found = read_document(db)
    faults = []
    if (found.title, found.crs) != (logged.title, logged.crs):
        faults.append(tr("title or map system"))
    if found.bookmarks != logged.bookmarks:
        faults.append(tr("bookmarks"))
    if found.scheme != logged.scheme:
        faults.append(tr("states of the survey"))
    for word, mine, its in (
        (tr("layer"), found.layers, logged.layers),
        (tr("page"), found.pages, logged.pages),
    ):
        texts, expected = [to_text(to_data(x)) for x in mine], [to_text(to_data(x)) for x in its]
        if texts != expected:
            odd = [
                x.id
                for x in (*mine, *its)
                if (to_text(to_data(x)) in texts) != (to_text(to_data(x)) in expected)
            ]
            faults.append(f"{word}: {', '.join(dict.fromkeys(odd)) or tr('order')}")
    mine_schemas, its_schemas = schemas(db), logged.tables
    for name in {*mine_schemas, *its_schemas}:
        if name not in mine_schemas or name not in its_schemas:
            faults.append(tr("table {name}").format(name=name))
        elif mine_schemas[name].fields != its_schemas[name].fields:
            faults.append(tr("fields of {name}").format(name=name))
    return faults


def _photos(db: sqlite3.Connection, folder: Path) -> CheckResult:
    """Photos that are gone or changed, and files that belong to nothing."""
    faults, known, broken = [], set(), 0
    for sha256, file, name in db.execute("SELECT sha256, file, name FROM photos").fetchall():
        try:
            path = photo_path(folder, file)
            known.add(path)
            there = path.is_file()
            if there and hash_of(path) == sha256:
                continue
            words = tr("{name} ({file}) was changed") if there else tr("{name} ({file}) is missing")
            faults.append(words.format(name=name, file=file))
            broken += 1
        except (GisError, OSError) as error:
            faults.append(str(error))
    for path in photo_files(folder):
        if path not in known:
            inside = path.relative_to(folder)
            faults.append(tr("{path} belongs to no entry").format(path=inside))
    fine = tr("{n} photos are there, unchanged").format(n=len(known))
    result = _result("photos", faults, fine, tr("Photos are missing, changed or left over"))
    if not broken:
        return result
    hint = tr(
        "Bring them back by their bytes, whatever they are called now: gisapp photos FOLDER"
        " --project PROJECT --relink, or in the window Survey, Find missing photos."
    )
    return replace(result, hint=hint)


def _result(name: str, faults: list[str], fine: str, wrong: str) -> CheckResult:
    named = faults[:NAMED]
    if len(faults) > NAMED:
        named.append(tr("and {n} more").format(n=len(faults) - NAMED))
    return CheckResult(name, not faults, wrong if faults else fine, tuple(named))
