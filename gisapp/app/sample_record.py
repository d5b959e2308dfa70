"""The record of the sample's outfalls: made up like the outfalls themselves, the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from gisapp.io.photo_files import hash_of
from gisapp.model.edit import Edit, FeatureEdit
from gisapp.model.features import FeatureId, Row
from gisapp.model.outfall_record import full_row
from gisapp.model.project import Project
from gisapp.model.survey import (
    MONITORING,
    OUTFALL_ID,
    PHOTOS,
    RECTIFICATION,
    SOURCES,
    VISITS,
    survey_schemas,
)
from gisapp.model.survey_scheme import State, usual_scheme
from gisapp.model.survey_upgrade import carried_rows, related_table_edits
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr

TEAMS = ("一组", "二组", "三组")
VISITED = "2025-02-20"  # before the first water test of the sample


def with_team(row: Row, number: int) -> Row:
    """The outfall and the made-up team that walked its bank."""
    return {**row, "team": TEAMS[number % len(TEAMS)]}


def record_edits(rows: Mapping[FeatureId, Row], photos: Mapping[Path, FeatureId]) -> Iterator[Edit]:
    """The related tables, with what the state of each outfall says was done."""
    label = tr("Import {n} outfalls").format(n=len(rows))
    yield from related_table_edits(label, Project())
    made = {
        VISITS: _visits(rows),
        MONITORING: carried_rows(MONITORING, rows),
        SOURCES: _sources(rows),
        RECTIFICATION: _rectification(rows),
        PHOTOS: _photos(photos),
    }
    for name, found in made.items():
        yield FeatureEdit(label, name, dict.fromkeys(found), found)


def _done(row: Row) -> State | None:
    return usual_scheme().state(row.get("state"))


def _id(table: str, key: str) -> FeatureId:
    return FeatureId(str(uuid5(NAMESPACE_OID, f"{table}/{key}")))


def _empty(table: str) -> FeatureTable:
    schema = survey_schemas()[table]
    return FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})


def _visits(rows: Mapping[FeatureId, Row]) -> dict[FeatureId, Row]:
    empty, found = _empty(VISITS), {}
    for outfall, row in rows.items():
        state = _done(row)
        if state is None or not ("check" in state.done or state.id == "difficult"):
            continue
        results = {"no": "非排污口", "open": "疑难点"}
        values = {
            OUTFALL_ID: outfall,
            "visited_at": VISITED,
            "level": "2",
            "result": results.get(state.outfall, "是排污口"),
            "discharging": row.get("discharging"),
            "team": row.get("team"),
        }
        found[_id(VISITS, outfall)] = full_row(empty, values)
    return found


def _sources(rows: Mapping[FeatureId, Row]) -> dict[FeatureId, Row]:
    settled = {"role": "主要", "settled": "责任主体明确", "method": "资料溯源"}
    return {fid: {**row, **settled} for fid, row in carried_rows(SOURCES, rows).items()}


def _rectification(rows: Mapping[FeatureId, Row]) -> dict[FeatureId, Row]:
    found: dict[FeatureId, Row] = {}
    for fid, row in carried_rows(RECTIFICATION, rows).items():
        state = _done(rows[FeatureId(str(row[OUTFALL_ID]))])
        more: dict[str, Any] = {"type": "规范整治", "measures": "示例：规范排口，设置标识牌"}
        if state is not None and "rectify" in state.done:
            more["finished_at"] = row["deadline"]
        if state is not None and "close" in state.done:
            more |= {"accepted_at": row["deadline"], "sign_board": True}
        found[fid] = {**row, **more}
    return found


def _photos(photos: Mapping[Path, FeatureId]) -> dict[FeatureId, Row]:
    empty, found = _empty(PHOTOS), {}
    for photo, outfall in photos.items():
        digest = hash_of(photo)
        values = {
            OUTFALL_ID: outfall,
            "sha256": digest,
            "file": digest + photo.suffix.lower(),
            "original_name": photo.name,
            "bytes": photo.stat().st_size,
            "kind": "photo",
            "accepted": True,
        }
        found[_id(PHOTOS, digest)] = full_row(empty, values)
    return found
