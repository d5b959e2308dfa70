"""What was understood, as one edit: outfalls, their related rows, and where they came from.

New outfalls get ids made from the import's own id and the row of the file (UUID version 5), so
that file, sheet and row of each are known without a word in its record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.import_doctor import Understanding
from gisapp.app.import_doctor_matching import IMPORTS
from gisapp.app.survey_record import now_and_who
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
    full_row,
    related,
)
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, new_feature_id
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.table_schema import TableSchema
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of

STEP = 2000
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
    space, numbers = UUID(own), understood.row_numbers
    given = understood.values.get("uuid")
    found: list[FeatureId] = []
    taken: set[str] = set()
    for row in new.tolist():
        text = str(given[row]).strip("{}").lower() if given is not None and given[row] else ""
        if not _is_uuid(text) or text in taken or FeatureId(text) in table:
            text = str(uuid5(space, str(numbers[row])))
        taken.add(text)
        found.append(FeatureId(text))
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
    table, values, recipe = project.tables[OUTFALL_TABLE], understood.values, understood.recipe
    names = [f.name for f in table.fields if f.name in values]
    scheme = scheme_of(project)
    template: dict[str, Any] = {f.name: None for f in table.fields} | {GEOMETRY: None}
    usual = {
        "kind": recipe.get("default.kind", "suspected"),
        "state": recipe.get("default.state", scheme.states[0].id),
        "found_by": recipe.get("default.found_by", "list"),
    }
    template |= {name: value for name, value in usual.items() if name in template}
    template |= {k: v for k, v in recipe.under("default.").items() if k in template}
    columns = [values[name][new].tolist() for name in names]
    places = shapely.points(understood.xy[new])
    places[~np.isfinite(understood.xy[new]).all(axis=1)] = None
    rows: dict[FeatureId, Row] = {}
    units = [rule for rule in scheme.units if rule.field in names]
    for n, fid in enumerate(fids):
        if n % STEP == 0:
            progress.report(0.6 * n / len(fids), label)
        row = template.copy()
        for name, column in zip(names, columns, strict=True):
            value = column[n]
            if value is not None:
                row[name] = value
        row[GEOMETRY] = places[n]
        if not row.get("name"):
            row["name"] = row.get("code_local") or row.get("code_national")
        for rule in units:
            if row[rule.field] is not None and not row.get(rule.unit_field):
                row[rule.unit_field] = rule.usual
        rows[fid] = row
    yield add_features(label, table, rows)
    for name in SUMMARIES:
        if name in project.tables:
            more = _related_rows(project, understood, name, new, rows, own)
            if more:
                yield add_features(label, project.tables[name], more)


def _related_rows(
    project: Project,
    understood: Understanding,
    name: str,
    new: npt.NDArray[np.int64],
    rows: Mapping[FeatureId, Row],
    own: str,
) -> dict[FeatureId, Row]:
    """Rows of a related table for what the file says of visits, values, parties, measures."""
    kept, values, space = project.tables[name], understood.values, UUID(own)
    fields = {f.name for f in kept.fields}
    targets = {t: t.rpartition(".")[2] for t in values if t.startswith(f"{name}.")}
    summary = [s for s in SUMMARIES[name] if s in values and s in fields]
    deciding = set(DECIDING[name]) & set(summary)
    if not targets and not deciding:
        return {}
    columns = {t: values[t][new].tolist() for t in targets}
    date = DATES[name]
    found: dict[FeatureId, Row] = {}
    for n, (fid, row) in enumerate(rows.items()):
        given = {targets[t]: column[n] for t, column in columns.items() if column[n] is not None}
        if not given and all(row.get(s) is None for s in deciding):
            continue
        given |= {s: row[s] for s in SUMMARIES[name] if s in fields and row.get(s) is not None}
        if name == "tracing_sources":
            given.setdefault("role", "主要")
        if date in fields and given.get(date) is None and row.get("monitored_at"):
            given.setdefault(date, row["monitored_at"] if name == "monitoring" else None)
        key = FeatureId(str(uuid5(space, f"{name}/{fid}")))
        found[key] = full_row(kept, {**given, OUTFALL_ID: fid})
    return found


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
            if str(uuid5(space, str(number))) == outfall:
                found.append((row, number))
                break
        for number, changed in json.loads(row.get("changed") or "{}").items():
            if changed == outfall:
                found.append((row, int(number)))
    return found
