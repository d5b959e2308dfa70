"""One outfall of two records: related rows move, gaps are filled, the other one goes."""

from __future__ import annotations

import json
from typing import Any

from gisapp.model.edit import Edit, FeatureEdit, Steps, delete_features
from gisapp.model.features import FeatureId, Row
from gisapp.model.outfall_record import DATES, SUMMARIES
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE
from gisapp.model.table import GEOMETRY


def merged(
    label: str, project: Project, kept: FeatureId, gone: FeatureId, table: str = OUTFALL_TABLE
) -> Edit | None:
    """An edit that takes `gone` into `kept`; None when one of them is not there any more.

    What `kept` says stays; what only `gone` says is taken over. Photos of both are listed.
    """
    own = project.tables[table]
    one, other = own.row(kept), own.row(gone)
    if one is None or other is None or kept == gone:
        return None
    parts: list[Edit] = []
    for name in DATES:
        rows = project.tables.get(name)
        if rows is None:
            continue
        moved = rows.matching(OUTFALL_ID, gone)
        if moved:
            before: dict[FeatureId, Row | None] = {fid: {OUTFALL_ID: gone} for fid in moved}
            after: dict[FeatureId, Row | None] = {fid: {OUTFALL_ID: kept} for fid in moved}
            parts.append(FeatureEdit(label, name, before, after))
    changes: dict[str, Any] = {}
    groups = [set(names) for names in SUMMARIES.values()]
    for field in own.fields:
        name = field.name
        group = next((g for g in groups if name in g), {name})
        alone = all(one.get(n) in (None, "") for n in group if n in one)
        if field.kind == "list":
            both = dict.fromkeys((*_listed(one.get(name)), *_listed(other.get(name))))
            if list(both) != _listed(one.get(name)):
                changes[name] = json.dumps(list(both), ensure_ascii=False)
        elif alone and other.get(name) not in (None, ""):
            changes[name] = other[name]
    if one.get(GEOMETRY) is None and other.get(GEOMETRY) is not None:
        changes[GEOMETRY] = other[GEOMETRY]
    if changes:
        old = {name: one.get(name) for name in changes}
        parts.append(FeatureEdit(label, table, {kept: old}, {kept: changes}))
    parts.append(delete_features(label, own, (gone,)))
    return Steps(label, tuple(parts))


def _listed(value: Any) -> list[str]:
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    return [str(part) for part in value] if isinstance(value, list | tuple) else []
