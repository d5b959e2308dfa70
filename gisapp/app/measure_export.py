"""Kept measures as files: what is written of each, with where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gisapp.app.thermal_measures import measures_of
from gisapp.io.measure_files import Written, write_measures
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureId
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.model.thermal_measure import FIELDS, Measure, difference
from gisapp.render.thermal_colours import correction_words

PLACES = 4  # decimals of temperatures in files


def export_measures(project: Project, path: Path, only: Iterable[FeatureId] | None = None) -> int:
    """Write the measures (all, or `only` those) as .csv, .geojson or .kml; returns how many.

    Raises ProjectError when there are none, ParameterError, WriteError; then nothing is written.
    """
    measures = measures_of(project)
    chosen = set(measures if only is None else only)
    written = [
        Written(one.label, one.kind, one.places, written_values(one, measures))
        for fid, one in measures.items()
        if fid in chosen
    ]
    if not written:
        raise ProjectError(
            tr("There are no measures to export"),
            hint=tr("Measure a spot, a line, a box or an area first."),
        )
    write_measures(path, written, captions())
    return len(written)


def captions() -> dict[str, str]:
    """Words for the columns, with the units that do not differ from row to row."""
    own = {
        "lon": tr("Longitude (°)"),
        "lat": tr("Latitude (°)"),
        "delta": tr("Difference of means (K)"),
        "correction": tr("Correction"),
    }
    titles = {f.name: f"{f.caption} ({f.unit})" if f.unit else f.caption for f in FIELDS}
    return titles | own


def written_values(one: Measure, all_of_them: Mapping[FeatureId, Measure]) -> dict[str, Any]:
    """In the order of the columns; nothing instead of NaN."""
    other = all_of_them.get(one.reference) if one.reference is not None else None
    anchor, values, known = one.anchor, one.values, one.provenance
    kind = next(field for field in FIELDS if field.name == "kind")
    return {
        "label": one.label,
        "kind": kind.shown(one.kind),
        "lon": round(anchor.x, 9),
        "lat": round(anchor.y, 9),
        "mean": _rounded(values.mean),
        "min": _rounded(values.min),
        "max": _rounded(values.max),
        "sd": _rounded(values.sd),
        "unit": one.unit,
        "accuracy": known.accuracy,
        "delta": None if other is None else _rounded(difference(one, other)),
        "reference": "" if other is None else other.label,
        "cells": values.cells,
        "missing": values.missing,
        "length_m": _rounded(one.length_m, 3),
        "area_m2": _rounded(one.area_m2, 3),
        "layer_name": one.layer_name,
        "file": known.file,
        "decoder": known.decoder,
        "parameters": known.parameters,
        "correction": correction_words(one.correction, one.unit),
        "gain": one.correction.gain,
        "offset": one.correction.offset,
        "taken": known.taken,
        "remark": one.remark,
    }


def _rounded(value: float | None, digits: int = PLACES) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, digits)
