"""Results as JSON: dataclasses, arrays, paths and dates become plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

from gisapp.model.features import FeatureSet


def to_json(value: Any, encoding: str = "utf-8") -> str:
    """One object, keys in the order they were made, no NaN; what `encoding` lacks is escaped."""
    plain = plain_value(value)
    text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(plain, indent=1, allow_nan=False)
    return text


def plain_value(value: Any) -> Any:
    """What JSON can say of a value; numbers that are none become null."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(k): plain_value(v) for k, v in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain_value(value._asdict())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(v) for v in value]
    if isinstance(value, np.ndarray):
        return [plain_value(v) for v in value.tolist()]
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "shapes_in") and hasattr(value, "fields"):
        return _table(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain_value(getattr(value, f.name)) for f in fields(value)}
    return str(value)


def _table(features: FeatureSet) -> Any:
    names = [f.name for f in features.fields]
    return {"crs": features.crs, "count": len(features), "fields": names}
