"""The history of many features at once: each entry of the change log is unpacked a single time."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from gisapp.io.project_database import PROJECT_FILE, reading
from gisapp.io.project_log import FeatureChange, parts_of, read_edit
from gisapp.model.edit import FeatureEdit
from gisapp.model.features import FeatureId

Key = tuple[str, FeatureId]  # table and feature


def features_ever(folder: Path, tables: Collection[str]) -> set[Key]:
    """Every feature these tables ever had, also those that are deleted."""
    with reading(folder / PROJECT_FILE) as db:
        rows = db.execute("SELECT DISTINCT table_name, uuid FROM gisapp_change_features")
        return {(table, FeatureId(fid)) for table, fid in rows if table in tables}


def histories(folder: Path, wanted: Collection[Key]) -> dict[Key, list[FeatureChange]]:
    """Everything that happened to each of these features, oldest first."""
    keys = set(wanted)
    found: dict[Key, list[FeatureChange]] = {key: [] for key in keys}
    with reading(folder / PROJECT_FILE) as db:
        links = db.execute("SELECT table_name, uuid, number FROM gisapp_change_features")
        numbers = sorted({number for table, fid, number in links if (table, fid) in keys})
        for number in numbers:
            at, who, label, kind = db.execute(
                "SELECT at, who, label, kind FROM gisapp_changes WHERE number = ?", (number,)
            ).fetchone()
            for part in parts_of(read_edit(db, number)):
                if not isinstance(part, FeatureEdit):
                    continue
                for fid, after in part.after.items():
                    if (part.table, fid) in keys:
                        before = part.before.get(fid)
                        change = FeatureChange(number, at, who, label, kind, before, after)
                        found[part.table, fid].append(change)
    return found
