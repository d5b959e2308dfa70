"""What was understood, as one edit: outfalls, their related rows, and where they came from.

New outfalls get ids made from the import's own id and the row of the file (UUID version 5), so
that file, sheet and row of each are known without a word in its record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.import_doctor import Understanding
from gisapp.app.import_doctor_matching import IMPORTS
from gisapp.app.survey_record import now_and_who
from gisapp.model.column_rows import ColumnRows, named_ids, without_empty
from gisapp.model.edit import Edit, FeatureEdit, Steps, TableEdit, add_features
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.outfall_record import (
    DATES,
    DECIDING,
    SUMMARIES,
    add_related,
    change_outfall,
    change_related,
    related,
)
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, new_feature_id
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.table_schema import TableSchema
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of

IMPORT_FIELDS = (
    Field("file", title="File", title_zh_CN="文件"),
    Field("sha256", title="SHA-256", title_zh_CN="SHA-256"),
    Field("sheet", title="Sheet", title_zh_CN="工作表"),
    Field("imported_at", "date", "Imported at", "导入时间"),
    Field("imported_by", title="Imported by", title_zh_CN="导入人"),
    Field("counts", title="Counts", title_zh_CN="条数"),
    Field("added", title="Rows that were added", title_zh_CN="新增的行"),
    Field("changed", title="Rows that changed outfalls", title_zh_CN="更新的行"),
    Field("recipe", title="Answers", title_zh_CN="导入配方"),
)


def import_edit(project: Project, understood: Understanding, progress: Progress) -> Steps:
    """Raises ParameterError when there is nothing to import, or nowhere to import it to."""
    table = project.tables.get(OUTFALL_TABLE)
    if table is None:
        raise ParameterError(
            tr("The project has no table of outfalls"),
            hint=tr("Make a project of a river survey and import the file there."),
        )
    if not understood.can_import:
        raise ParameterError(
            tr("There is nothing to import: no record is new or changed"),
            hint=tr("Look at the problems; records may have been left out by an answer."),
        )
    blocked = [p for p in understood.problems if p.kind == "crs_missing"]
    if blocked and understood.recipe.get("if.crs_missing") != "no_place":
        raise ParameterError(blocked[0].message, hint=blocked[0].hint)
    counts = understood.counts
    label = tr("Import {file}: {n} new, {m} changed").format(
        file=understood.read.facts.name, n=counts["added"], m=counts["changed"]
    )
    own = new_feature_id()
    used = np.flatnonzero(~understood.skip)
    new = used[understood.matches.fids[used] == ""]
    changed = [row for row in used.tolist() if row in understood.matches.changes]
    parts: list[Edit] = []
    if IMPORTS not in project.tables:
        parts.append(TableEdit(label, None, TableSchema(IMPORTS, "", IMPORT_FIELDS)))
    fids = _new_ids(understood, new, own, table)
    parts += _additions(label, project, understood, new, fids, own, progress)
    parts += _changes(label, project, understood, changed, progress)
    parts.append(_register(label, project, understood, own, new, changed))
    return Steps(label, tuple(parts))


def _new_ids(
    understood: Understanding, new: npt.NDArray[np.int64], own: str, table: FeatureTable
) -> list[FeatureId]:
    """From the import and the row; the file's own where it has such."""
    found = named_ids(UUID(own), [str(n) for n in understood.row_numbers[new].tolist()])
    given = understood.values.get("uuid")
    if given is None:
        return found
    taken: set[str] = set()
    for n, row in enumerate(new.tolist()):
        text = str(given[row]).strip("{}").lower() if given[row] else ""
        if text and _is_uuid(text) and text not in taken and FeatureId(text) not in table:
            found[n] = FeatureId(text)
        taken.add(found[n])
    return found


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _additions(
    label: str,
    project: Project,
    understood: Understanding,
    new: npt.NDArray[np.int64],
    fids: list[FeatureId],
    own: str,
    progress: Progress,
) -> Iterator[Edit]:
    if not len(new):
        return
    progress.report(0.1, label)
    table, values, recipe = project.tables[OUTFALL_TABLE], understood.values, understood.recipe
    count, scheme = len(new), scheme_of(project)
    columns: dict[str, list[Any]] = {
        f.name: values[f.name][new].tolist() for f in table.fields if f.name in values
    }
    units = [rule for rule in scheme.units if rule.field in columns]
    usual = {
        "kind": recipe.get("default.kind", "suspected"),
        "state": recipe.get("default.state", scheme.states[0].id),
        "found_by": recipe.get("default.found_by", "list"),
    }
    known = {f.name for f in table.fields}
    for name, value in {**usual, **recipe.under("default.")}.items():
        if name in known:
            columns[name] = [value if v is None else v for v in columns.get(name, [None] * count)]
    _name_by_code(columns, count)
    for rule in units:
        given, unit = columns[rule.field], columns.get(rule.unit_field, [None] * count)
        columns[rule.unit_field] = [
            rule.usual if not u and v is not None else u for v, u in zip(given, unit, strict=True)
        ]
    progress.report(0.3, label)
    rows = ColumnRows(fids, without_empty(columns), understood.xy[new])
    yield add_features(label, table, rows)
    for number, name in enumerate(SUMMARIES):
        progress.report(0.3 + 0.3 * number / len(SUMMARIES), label)
        if name in project.tables:
            more = _related_rows(project, understood, name, new, rows, own)
            if more is not None:
                yield add_features(label, project.tables[name], more)


def _name_by_code(columns: dict[str, list[Any]], count: int) -> None:
    """The code stands for a name until somebody gives one."""
    for name in ("code_local", "code_national"):
        there = columns.get("name", [None] * count)
        codes = columns.get(name)
        if codes is not None and not all(there):
            columns["name"] = [n or c or None for n, c in zip(there, codes, strict=True)]


def _related_rows(
    project: Project,
    understood: Understanding,
    name: str,
    new: npt.NDArray[np.int64],
    rows: ColumnRows,
    own: str,
) -> ColumnRows | None:
    """Rows of a related table for what the file says of visits, values, parties, measures."""
    kept, values, space = project.tables[name], understood.values, UUID(own)
    fields = {f.name for f in kept.fields}
    targets = {t: t.rpartition(".")[2] for t in values if t.startswith(f"{name}.")}
    summary = [s for s in SUMMARIES[name] if s in fields and s in rows.columns]
    deciding = [s for s in DECIDING[name] if s in values and s in rows.columns]
    if not targets and not any(s in values and s in fields for s in DECIDING[name]):
        return None
    given = {own_name: values[target][new].tolist() for target, own_name in targets.items()}
    said = np.zeros(len(new), np.bool_)
    for column in (*given.values(), *(rows.columns[s] for s in deciding if s in fields)):
        said |= [value is not None for value in column]
    if not said.any():
        return None
    which = said.tolist()
    columns = {key: list(compress(column, which)) for key, column in given.items() if key in fields}
    for key in summary:  # what the outfall's own row says, where it says something
        own_row = compress(rows.columns[key], which)
        columns[key] = _first(list(own_row), columns.get(key))
    count, date = int(said.sum()), DATES[name]
    if name == "tracing_sources":
        columns["role"] = _first(columns.get("role", [None] * count), ["主要"] * count)
    if name == "monitoring" and date in fields and "monitored_at" in rows.columns:
        dates = list(compress(rows.columns["monitored_at"], which))
        columns[date] = _first(columns.get(date, dates), dates)
    outfalls = list(compress(rows.ids, which))
    columns[OUTFALL_ID] = outfalls
    keys = named_ids(space, [f"{name}/{fid}" for fid in outfalls])
    return ColumnRows(keys, without_empty(columns))


def _first(one: list[Any], other: list[Any] | None) -> list[Any]:
    """Of each row the first that says something."""
    if other is None:
        return one
    return [a if a is not None else b for a, b in zip(one, other, strict=True)]


def _changes(
    label: str, project: Project, understood: Understanding, changed: list[int], progress: Progress
) -> Iterator[Edit]:
    before: dict[str, dict[FeatureId, dict[str, Any] | None]] = {}
    after: dict[str, dict[FeatureId, dict[str, Any]]] = {}
    for n, row in enumerate(changed):
        if n % 200 == 0:
            progress.report(0.6 + 0.3 * n / len(changed), label)
        fid = FeatureId(str(understood.matches.fids[row]))
        wanted: dict[str, dict[str, Any]] = {}
        for key, (_, value) in understood.matches.changes[row].items():
            table, _, name = key.rpartition(".")
            wanted.setdefault(table, {})[name] = shapely.Point(value) if key == GEOMETRY else value
        now = project
        for table, values in wanted.items():
            edit = (
                _related_change(label, now, table, fid, values)
                if table
                else change_outfall(label, now, fid, values)
            )
            if edit is None:
                continue
            now = edit.apply(now)
            for part in _flat(edit):
                _merge(part, before.setdefault(part.table, {}), after.setdefault(part.table, {}))
    for table in after:
        yield FeatureEdit(label, table, before[table], after[table])


def _related_change(
    label: str, project: Project, table: str, outfall: FeatureId, values: dict[str, Any]
) -> Edit | None:
    """Another date is another row: what was measured before stays."""
    rows, date = related(project, table, outfall), DATES[table]
    when = values.get(date)
    same = [fid for fid, row in rows if when is None or row.get(date) in (None, when)]
    if same:
        return change_related(label, project, table, same[0], values)
    return add_related(label, project, table, outfall, values)[0]


def _flat(edit: Edit) -> Iterator[FeatureEdit]:
    if isinstance(edit, Steps):
        for part in edit.parts:
            yield from _flat(part)
    elif isinstance(edit, FeatureEdit):
        yield edit


def _merge(
    part: FeatureEdit,
    before: dict[FeatureId, dict[str, Any] | None],
    after: dict[FeatureId, dict[str, Any]],
) -> None:
    """One edit of a table after another: what it was first, what it is last."""
    for fid, row in part.after.items():
        old = part.before.get(fid)
        if fid not in before:
            before[fid] = dict(old) if old is not None else None
        elif before[fid] is not None and old is not None:
            before[fid] = {**old, **(before[fid] or {})}
        after[fid] = {**after.get(fid, {}), **(row or {})}


def _register(
    label: str,
    project: Project,
    understood: Understanding,
    own: FeatureId,
    new: npt.NDArray[np.int64],
    changed: list[int],
) -> Edit:
    """The row of the table of imports."""
    at, by = now_and_who()
    numbers, facts = understood.row_numbers, understood.read.facts
    counts = {**understood.counts, "problems": len(understood.problems)}
    fids = understood.matches.fids
    row = {
        "file": facts.name,
        "sha256": facts.sha256,
        "sheet": understood.read.sheet.name,
        "imported_at": at,
        "imported_by": by,
        "counts": json.dumps(counts),
        "added": ranges(numbers[new].tolist()),
        "changed": json.dumps({str(numbers[n]): str(fids[n]) for n in changed}),
        "recipe": json.dumps(dict(sorted(understood.recipe.answers.items())), ensure_ascii=False),
        GEOMETRY: None,
    }
    there = project.tables.get(IMPORTS)
    if there is not None:
        row = {f.name: row.get(f.name) for f in there.fields} | {GEOMETRY: None}
    return FeatureEdit(label, IMPORTS, {own: None}, {own: row})


def ranges(numbers: Iterable[int]) -> str:
    """`2-5,9` for 2, 3, 4, 5, 9; ascending."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def numbers_in(text: str) -> Iterator[int]:
    """The inverse of `ranges`."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def origins(project: Project, outfall: FeatureId) -> list[tuple[Row, int]]:
    """The imports an outfall was added or changed by, and the row of the file in each."""
    table = project.tables.get(IMPORTS)
    found = []
    for fid in table.ids.tolist() if table is not None else ():
        row = table.row(fid) if table is not None else None
        if row is None or not row.get("sha256"):
            continue
        space = UUID(str(fid))
        for number in numbers_in(str(row.get("added") or "")):
            if named_ids(space, [str(number)]) == [outfall]:
                found.append((row, number))
                break
        for number, changed in json.loads(row.get("changed") or "{}").items():
            if changed == outfall:
                found.append((row, int(number)))
    return found
