"""One read-only layer in one file: geometry, columns, ids and what is prepared for drawing.

Reading it takes milliseconds whatever it holds: arrays lie in the file (`gisapp.io.array_file`),
and texts are decoded where somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.array_file import Arrays, open_arrays, write_arrays
from gisapp.io.layer_store_checks import check_column, check_detail, check_ids, check_shapes
from gisapp.model.columns import Coded, Columns, Plain, Stored, Texts
from gisapp.model.compact import AsJson, compact_columns, compact_ids
from gisapp.model.detail import Detail
from gisapp.model.feature_ids import FeatureIds, NumberIds, TextIds
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent
from gisapp.model.progress import Progress

LAYOUT = 1  # of the arrays and facts below

Made = dict[str, npt.NDArray[Any]]
Fingerprint = Mapping[str, Any]


def write_layer(
    path: Path,
    fingerprint: Fingerprint,
    features: Features,
    crs: str,
    detail: Detail | None,
    progress: Progress,
) -> None:
    """`crs` is the map's, for which geometry and detail are kept ready. Raises WriteError."""
    facts, arrays = layer_parts(features, crs, detail)
    write_arrays(path, {**facts, "fingerprint": dict(fingerprint)}, arrays, progress)


def open_layer(path: Path, fingerprint: Fingerprint) -> Features | None:
    """The layer as it was written; None when the file is not there, broken or of another source."""
    file = open_arrays(path)
    if file is None or file.facts.get("fingerprint") != dict(fingerprint):
        return None
    return layer_from_parts(file.facts, file.arrays)


def layer_parts(
    features: Features, crs: str, detail: Detail | None = None
) -> tuple[dict[str, Any], Made]:
    """A layer as facts that JSON can hold and named arrays; others may be laid beside them."""
    arrays: Made = {}
    columns = [
        {"name": name, **_put(arrays, f"column {number}", stored)}
        for number, (name, stored) in enumerate(compact_columns(features.columns).items())
    ]
    facts: dict[str, Any] = {
        "layout": LAYOUT,
        "crs": features.crs,
        "map": crs,
        "fields": [asdict(field) for field in features.fields],
        "warnings": features.warnings,
        "columns": columns,
        "ids": _put_ids(arrays, features.feature_ids),
        "shapes": _put_shapes(arrays, features.shapes, features.shapes_in(crs)),
        "detail": None,
    }
    if detail is not None:
        facts["detail"] = {"kind": detail.kind, "crs": detail.crs, "facts": dict(detail.facts)}
        arrays |= {f"detail {name}": array for name, array in detail.arrays.items()}
    return facts, arrays


def layer_from_parts(facts: Mapping[str, Any], arrays: Arrays) -> Features | None:
    """The layer of `layer_parts`; None when they are of another layout or broken."""
    try:
        if facts["layout"] != LAYOUT:
            return None
        ids = _take_ids(arrays, facts["ids"])
        check_ids(ids)
        count = len(ids)
        features = Features(
            facts["crs"],
            tuple(_field(entry) for entry in facts["fields"]),
            ids,
            Columns({entry["name"]: _take(arrays, entry, count) for entry in facts["columns"]}),
            _take_shapes(arrays, facts["shapes"], "own", count),
            tuple(facts["warnings"]),
        )
        if facts["map"] != facts["crs"]:
            moved = _take_shapes(arrays, facts["shapes"], "map", count)
            features.keep_shapes(facts["map"], moved)
        if facts["detail"] is not None:
            features.keep_detail(_take_detail(arrays, facts["detail"], count))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None
    return features


def _put(arrays: Made, key: str, stored: Stored) -> dict[str, Any]:
    """Lay a column into the arrays; what is needed to take it out again."""
    if isinstance(stored, Plain):
        arrays[key] = stored.numbers
        return {"kind": "plain", "key": key} | _put_missing(arrays, key, stored.missing)
    if isinstance(stored, Coded):
        arrays[key] = stored.codes
        return {"kind": "coded", "key": key, "words": _put(arrays, f"{key} words", stored.words)}
    if isinstance(stored, AsJson):
        return {"kind": "json", "texts": _put(arrays, key, stored.texts)}
    if not isinstance(stored, Texts):
        raise TypeError(type(stored))
    arrays[key], arrays[f"{key} ends"] = stored.data, stored.ends
    return {"kind": "texts", "key": key} | _put_missing(arrays, key, stored.missing)


def _put_missing(arrays: Made, key: str, missing: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
    if missing is None:
        return {}
    arrays[f"{key} missing"] = missing
    return {"missing": f"{key} missing"}


def _take(arrays: Arrays, entry: Mapping[str, Any], features: int) -> Stored:
    stored = _stored(arrays, entry)
    check_column(stored, features)
    return stored


def _stored(arrays: Arrays, entry: Mapping[str, Any]) -> Stored:
    missing = arrays[entry["missing"]] if "missing" in entry else None
    if entry["kind"] == "plain":
        return Plain(arrays[entry["key"]], missing)
    if entry["kind"] == "coded":
        return Coded(arrays[entry["key"]], _take_texts(arrays, entry["words"]))
    if entry["kind"] == "json":
        return AsJson(_take_texts(arrays, entry["texts"]))
    return _take_texts(arrays, entry)


def _take_texts(arrays: Arrays, entry: Mapping[str, Any]) -> Texts:
    missing = arrays[entry["missing"]] if "missing" in entry else None
    return Texts(arrays[entry["key"]], arrays[f"{entry['key']} ends"], missing)


def _put_ids(arrays: Made, ids: FeatureIds) -> dict[str, Any]:
    kept = compact_ids(ids)
    if isinstance(kept, Texts):
        return {"kind": "texts", "texts": _put(arrays, "ids", kept)}
    if kept.listed is not None:
        arrays["ids"] = kept.listed
    listed = kept.listed is not None
    return {"kind": "numbers", "count": kept.count, "first": kept.first, "listed": listed}


def _take_ids(arrays: Arrays, entry: Mapping[str, Any]) -> FeatureIds:
    if entry["kind"] == "texts":
        return TextIds(_take_texts(arrays, entry["texts"]))
    return NumberIds(entry["count"], entry["first"], arrays["ids"] if entry["listed"] else None)


def _put_shapes(arrays: Made, own: Shapes, moved: Shapes) -> dict[str, Any]:
    """Starts and owners are the same in both systems."""
    arrays["own coords"], arrays["starts"], arrays["owner"] = own.coords, own.starts, own.owner
    if moved is not own:
        arrays["map coords"] = moved.coords
    if own.kind in ("line", "area"):
        arrays["map boxes"] = moved.boxes
    return {"kind": own.kind, "extent": moved.extent, "same": moved is own}


def _take_shapes(arrays: Arrays, entry: Mapping[str, Any], which: str, features: int) -> Shapes:
    ready = which == "map" or entry["same"]  # boxes and extent are those in the map's system
    extent = Extent(*entry["extent"]) if ready and entry["extent"] else None
    boxes = arrays.get("map boxes") if ready else None
    coords = arrays[f"{which} coords"]
    shapes = Shapes(entry["kind"], coords, arrays["starts"], arrays["owner"], boxes, extent)
    check_shapes(shapes, features)
    return shapes


def _take_detail(arrays: Arrays, entry: Mapping[str, Any], features: int) -> Detail:
    before = "detail "
    own = {name.removeprefix(before): a for name, a in arrays.items() if name.startswith(before)}
    detail = Detail(entry["kind"], entry["crs"], own, entry["facts"])
    check_detail(detail, features)
    return detail


def _field(entry: Mapping[str, Any]) -> Field:
    titles = tuple(tuple(one) for one in entry["choice_titles"])
    return Field(**{**entry, "choices": tuple(entry["choices"]), "choice_titles": titles})
