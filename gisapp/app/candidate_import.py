"""What a search found becomes a table of the project: one step, undone like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from gisapp.app.candidate_deciding import outfalls_of
from gisapp.app.candidate_table import (
    BY_RULE,
    FIELDS,
    OPEN,
    ROLE,
    RUN_FIELDS,
    RUNS_NAME,
    STYLE,
    TABLE_NAME,
    candidates_table,
    tally_of,
    tally_values,
)
from gisapp.io.candidate_files import FoundCandidate, FoundRun
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.edit import Edit, LayersEdit, Steps, TableEdit, TableSchema, add_features
from gisapp.model.features import FeatureId, Row
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.outfall_record import full_row
from gisapp.model.project import Project
from gisapp.model.survey import new_feature_id
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr


@dataclass(frozen=True, eq=False)
class Import:
    """Rows ready to be added, and the cut-outs by the name of their candidate."""

    run: str
    rows: Mapping[FeatureId, Row]
    run_row: Row
    cutouts: tuple[tuple[str, FoundCandidate], ...]


def prepare_import(
    found: FoundRun, project: Project, run: str, at: str, who: str, flight: str = ""
) -> Import:
    """Rows of a run: largest sum of contrasts first, those rejected by a rule last. On any thread.

    Raises ParameterError when the system of the run has no place on the globe.
    """
    taken = _names(project)
    order = sorted(found.candidates, key=lambda c: (c.status == "rejected", -abs(c.sigma_m2c)))
    xy = np.array([(c.x, c.y) for c in order], np.float64).reshape(-1, 2)
    places = transform(xy, found.crs, CGCS2000) if len(order) else xy
    rows: dict[FeatureId, Row] = {}
    named = []
    number = 0
    for one, (lon, lat) in zip(order, places.tolist(), strict=True):
        number += 1
        while f"S-{number:03d}" in taken:
            number += 1
        name = f"S-{number:03d}"
        outline = shapely.transform(
            one.outline, lambda coords: transform(np.asarray(coords, float), found.crs, CGCS2000)
        )
        rows[new_feature_id()] = {
            "name": name,
            "decision": BY_RULE if one.status == "rejected" else OPEN,
            "kind": one.kind,
            "delta_t_c": round(one.delta_t_c, 3),
            "area_m2": round(one.area_m2, 2),
            "sigma_m2c": round(one.sigma_m2c, 2),
            "z": round(one.z, 2),
            "length_m": round(one.length_m, 2),
            "bearing": round(one.bearing, 1),
            "bank": one.bank,
            "towards": one.towards,
            "reasons": ",".join(one.reasons),
            "frames": one.frames,
            "mosaic": one.mosaic,
            "outfall_id": None,
            "decided_at": None,
            "decided_by": None,
            "run": run,
            "source_id": one.id,
            "from_rule": one.status == "rejected",
            "outline": shapely.to_wkt(outline, rounding_precision=8),
            "profile": json.dumps(one.profile),
            "provenance": json.dumps(dict(one.provenance), ensure_ascii=False),
            GEOMETRY: shapely.Point(lon, lat),
        }
        named.append((name, one))
    counted = tally_of(rows.values())
    run_row = {
        "run": run,
        "at": at,
        "who": who,
        "sources": ", ".join(found.files),
        "water": found.water,
        "notes": "\n".join(found.notes),
        "settings": json.dumps(dict(found.settings), ensure_ascii=False),
        "reason_words": json.dumps(dict(found.reasons), ensure_ascii=False),
        "flight": flight,
        "found": counted.found,
        "by_rule": counted.by_rule,
        **tally_values(counted),
    }
    return Import(run, rows, run_row, tuple(named))


def import_edit(project: Project, made: Import) -> Edit:
    """One step that adds a run; tables and layer are made when there are none."""
    label = tr("Find suspected outfalls: {n}").format(n=made.run_row["found"])
    parts: list[Edit] = []
    table, runs = candidates_table(project), project.tables.get(RUNS_NAME)
    layer = project.layer_of_role(ROLE)
    if table is None:
        table = FeatureTable.from_rows(TABLE_NAME, CGCS2000, FIELDS, {})
        parts.append(TableEdit(label, None, TableSchema(TABLE_NAME, CGCS2000, FIELDS)))
    if runs is None:
        runs = FeatureTable.from_rows(RUNS_NAME, "", RUN_FIELDS, {})
        parts.append(TableEdit(label, None, TableSchema(RUNS_NAME, "", RUN_FIELDS)))
    if made.rows:
        placed = made.rows if table.crs == CGCS2000 else _placed(made.rows, table.crs)
        rows = {fid: full_row(table, row) for fid, row in placed.items()}
        parts.append(add_features(label, table, rows))
    parts.append(add_features(label, runs, {new_feature_id(): full_row(runs, made.run_row)}))
    if layer is None:
        new = Layer(tr("Suspected outfalls"), Source(TABLE, table.name), STYLE, role=ROLE)
        parts.append(LayersEdit(label, project.layers, (*project.layers, new)))
    return Steps(label, tuple(parts))


def _placed(rows: Mapping[FeatureId, Row], crs: str) -> dict[FeatureId, Row]:
    """For a table that somebody keeps in another system."""
    xy = np.array([(row[GEOMETRY].x, row[GEOMETRY].y) for row in rows.values()], np.float64)
    moved = transform(xy, CGCS2000, crs).tolist()
    return {
        fid: {**row, GEOMETRY: shapely.Point(*place)}
        for (fid, row), place in zip(rows.items(), moved, strict=True)
    }


def _names(project: Project) -> set[str]:
    """Names that outfalls and candidates have: a candidate that is accepted keeps its own."""
    taken: set[str] = set()
    table = candidates_table(project)
    if table is not None:
        taken.update(map(str, table.column("name")))
    outfalls = outfalls_of(project)
    if outfalls is not None:
        taken.update(map(str, outfalls.column("code_local")))
    return taken
