"""What a run writes: a GeoPackage with points and outlines, and JSON of candidates and summary."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisapp.api import WriteError, refuse_to_overwrite_project, tr, write_file

from .candidate import VERSION, Candidate, columns_of, reason_titles


def write_results(
    output: Path,
    candidates: Sequence[Candidate],
    crs: str,
    settings: dict[str, Any],
    files: Sequence[dict[str, Any]],
) -> None:
    """candidates.gpkg (layers candidates and plumes), candidates.json, summary.json.

    Without candidates, and so without a system, there is no GeoPackage. Raises WriteError.
    """
    if crs:
        write_layers(output / "candidates.gpkg", candidates, crs)
    every = [c.row() for c in candidates]
    used = sorted({reason for c in candidates for reason in c.reasons})
    titles = reason_titles()
    write_json(output / "candidates.json", {
        "version": VERSION, "crs": crs, "settings": settings,
        "reasons": {code: titles.get(code, code) for code in used}, "candidates": every,
    })  # fmt: skip
    counted = {code: sum(code in c.reasons for c in candidates) for code in used}
    write_json(output / "summary.json", {
        "version": VERSION, "crs": crs, "settings": settings, "files": list(files),
        "candidates": sum(c.status == "candidate" for c in candidates),
        "rejected": sum(c.status == "rejected" for c in candidates),
        "rejected_by": counted,
        "note": tr("Suspected places, to be looked at: none of them is a finding."),
    })  # fmt: skip


def write_json(path: Path, data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    write_file(path, f"{text}\n".encode())


def write_layers(path: Path, candidates: Sequence[Candidate], crs: str) -> None:
    """Points `candidates` and areas `plumes` with the same columns; all of it or nothing."""
    import pyogrio.raw

    refuse_to_overwrite_project(path)
    half = path.with_name(f".{path.stem}.{os.getpid()}.part.gpkg")
    columns = columns_of(candidates)
    points = shapely.points(np.array([(c.x, c.y) for c in candidates], float).reshape(-1, 2))
    areas = np.array(
        [shapely.multipolygons(shapely.get_parts(c.outline)) for c in candidates], object
    )
    try:
        half.unlink(missing_ok=True)
        for layer, kind, shapes in (
            ("candidates", "Point", points),
            ("plumes", "MultiPolygon", areas),
        ):
            pyogrio.raw.write(
                half,
                geometry=np.asarray(shapely.to_wkb(shapes), object),
                field_data=list(columns.values()),
                fields=np.asarray(list(columns), object),
                geometry_type=kind,
                crs=crs,
                layer=layer,
                driver="GPKG",
                append=half.exists(),
            )
        os.replace(half, path)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise WriteError(
            tr("{file} could not be written").format(file=path), hint=str(error)
        ) from error
    finally:
        for left in (half, half.with_name(f"{half.name}-journal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
