"""The measures of temperatures that a project keeps: made, named, compared, taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np

from gisapp.analysis.measure import measure_area, measure_line
from gisapp.analysis.thermal_measure import measure_values
from gisapp.app.thermal_difference import followed
from gisapp.app.thermal_layers import corrected, correction_of, provenance_of, unit_of
from gisapp.model.crs import transform
from gisapp.model.edit import (
    Edit,
    FeatureEdit,
    LayersEdit,
    Steps,
    TableEdit,
    TableSchema,
    add_features,
    change_feature,
    delete_features,
)
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, Row
from gisapp.model.geometry import Point
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import Correction, MeasureStyle, ThermalStyle
from gisapp.model.survey import new_feature_id
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.model.thermal_measure import (
    CRS,
    FIELDS,
    ROLE,
    TABLE_NAME,
    Measure,
    MeasureKind,
    measure_of,
    row_of,
)

LETTERS = {"spot": "S", "line": "L", "box": "B", "area": "A"}
NUMBERS = ("mean", "min", "max", "sd", "cells", "missing", "gain", "offset")


def measure_on(
    layer: Layer,
    data: Any,
    kind: MeasureKind,
    places: Sequence[Point],
    crs: str,
    progress: Progress,
) -> Measure:
    """What a layer has at a place, along a line or within an outline given in `crs`, with the
    layer's correction. Reads the file: call it on a worker. Raises ParameterError, ReadError."""
    there = transform(np.array(places, np.float64).reshape(-1, 2), crs, CRS)
    degrees = tuple(Point(float(x), float(y)) for x, y in there.tolist())
    values = measure_values(corrected(layer, data), kind, degrees, progress)
    known = provenance_of(data)
    if not known.file:
        known = replace(known, file=PurePath(layer.source.path).name)
    return Measure(
        kind,
        degrees,
        layer.id,
        values,
        layer_name=layer.name,
        unit=unit_of(layer, data),
        length_m=measure_line(degrees, CRS).ellipsoidal if kind == "line" else None,
        area_m2=measure_area(degrees, CRS).ellipsoidal if kind in ("box", "area") else None,
        correction=correction_of(layer),
        provenance=known,
    )


def table_of(project: Project) -> FeatureTable | None:
    layer = project.layer_of_role(ROLE)
    return project.table_of(layer) if layer is not None else project.tables.get(TABLE_NAME)


def measures_of(project: Project) -> dict[FeatureId, Measure]:
    """All that are kept, in the order they were made, with the corrections of now."""
    table = table_of(project)
    layers = {layer.id: layer for layer in project.layers}
    found: dict[FeatureId, Measure] = {}
    for fid in table.ids.tolist() if table is not None else ():
        row = table.row(FeatureId(fid)) if table is not None else None
        measure = measure_of(row) if row is not None else None
        if measure is not None:
            layer = layers.get(measure.layer)
            now = measure if layer is None else measure.shown(correction_of(layer))
            found[FeatureId(fid)] = now
    return found


def keep_edit(project: Project, measure: Measure) -> tuple[Edit, FeatureId]:
    """One step that keeps a measure, and the id it gets. The table and its layer are made when
    there are none; without a name it gets the next one of its kind (S1, L1, …)."""
    label = tr("Measure temperatures")
    layer, table = project.layer_of_role(ROLE), table_of(project)
    if layer is not None and table is None:
        raise ParameterError(
            tr("The layer of measures {layer} is a file").format(layer=layer.name),
            hint=tr("Take the role of measures from it; then a table of its own is made."),
        )
    parts: list[Edit] = []
    if table is None:
        table = FeatureTable.from_rows(TABLE_NAME, CRS, FIELDS, {})
        parts.append(TableEdit(label, None, TableSchema(TABLE_NAME, CRS, FIELDS)))
    if not measure.label:
        measure = _named(measure, measures_of(project).values())
    fid = new_feature_id()
    known = {field.name for field in table.fields}
    row = {key: value for key, value in row_of(measure).items() if key in (*known, "geometry")}
    parts.append(add_features(label, table, {fid: row}))
    if layer is None:
        made = Layer(tr("Measures"), Source(TABLE, table.name), MeasureStyle(), role=ROLE)
        parts.append(LayersEdit(label, project.layers, (*project.layers, made)))
    return (Steps(label, tuple(parts)) if len(parts) > 1 else parts[0]), fid


def remove_edit(project: Project, measures: Iterable[FeatureId]) -> Edit | None:
    """What was compared with them is compared with nothing any more."""
    table, gone = table_of(project), tuple(measures)
    if table is None or not gone:
        return None
    label = tr("Delete {n} measures").format(n=len(gone)) if len(gone) > 1 else tr("Delete measure")
    kept: dict[FeatureId, Row] = {}
    for fid, measure in measures_of(project).items():
        if measure.reference in gone and fid not in gone:
            kept[fid] = {"reference": str(measure.reference)}
    edit = delete_features(label, table, tuple(fid for fid in gone if fid in table))
    if not kept:
        return edit
    free = FeatureEdit(label, table.name, kept, {fid: {"reference": ""} for fid in kept})
    return Steps(label, (free, edit))


def rename_edit(project: Project, measure: FeatureId, label: str) -> Edit | None:
    table = table_of(project)
    row = table.row(measure) if table is not None else None
    if table is None or row is None or row.get("label") == label or not label.strip():
        return None
    return change_feature(tr("Rename measure"), table, measure, {"label": label.strip()})


def compare_edit(project: Project, measure: FeatureId, other: FeatureId | None) -> Edit | None:
    """Show how much warmer one is than the other; None: compared with nothing."""
    table = table_of(project)
    row = table.row(measure) if table is not None else None
    said = str(other) if other is not None and other != measure else ""
    if table is None or row is None or (row.get("reference") or "") == said:
        return None
    return change_feature(tr("Compare measures"), table, measure, {"reference": said})


def measured_again_edit(project: Project, measure: FeatureId, again: Measure) -> Edit | None:
    """The values read anew, after the file has changed."""
    table = table_of(project)
    if table is None or measure not in table:
        return None
    row = row_of(again)
    names = (*NUMBERS, "file", "decoder", "accuracy", "parameters", "taken", "unit")
    changes = {name: row[name] for name in names}
    return change_feature(tr("Measure again"), table, measure, changes)


def correct_edit(project: Project, layer: LayerId, correction: Correction) -> Edit | None:
    """One step that corrects a layer: its colours, its differences with other layers, and the
    values of its measures. None when nothing changes. Raises ParameterError."""
    if not (0.01 <= correction.gain <= 100) or not abs(correction.offset) <= 1000:
        raise ParameterError(
            tr("A gain of {gain} and an offset of {offset} cannot be meant").format(
                gain=correction.gain, offset=correction.offset
            ),
            hint=tr("A gain is near 1, an offset some degrees."),
        )
    one = project.layer(layer)
    before = correction_of(one)
    if correction == before:
        return None
    from_style = _with_correction(one, correction)
    label = tr("Correct {layer}").format(layer=one.name)
    styled = tuple(from_style if la.id == layer else la for la in project.layers)
    after = tuple(followed(la, styled, None) for la in styled)
    layers = LayersEdit(label, project.layers, after)
    table = table_of(project)
    old: dict[FeatureId, Row] = {}
    new: dict[FeatureId, Row] = {}
    for fid, measure in measures_of(project).items():
        if measure.layer == layer and table is not None:
            row = row_of(measure.shown(correction))
            was: Row = table.row(fid) or {}
            new[fid] = {name: row[name] for name in NUMBERS}
            old[fid] = {name: was.get(name) for name in NUMBERS}
    if not new or table is None:
        return layers
    return Steps(label, (layers, FeatureEdit(label, table.name, old, new)))


def _with_correction(layer: Layer, correction: Correction) -> Layer:
    style = layer.style
    if not isinstance(style, ThermalStyle):
        raise ParameterError(
            tr("{layer} is no layer of values").format(layer=layer.name),
            hint=tr("Only values can be corrected."),
        )
    return replace(layer, style=replace(style, correction=correction))


def _named(measure: Measure, others: Iterable[Measure]) -> Measure:
    letter, taken = LETTERS[measure.kind], {other.label for other in others}
    number = 1
    while f"{letter}{number}" in taken:
        number += 1
    return replace(measure, label=f"{letter}{number}")
