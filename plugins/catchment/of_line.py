"""A reach of a layer of river lines: its line, those beside it, and what it drains as published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gisapp.api import FeatureSet, ParameterError, tr

from .pour import Places
from .units import columns_of, key_of

AREAS = ("upland_skm", "up_area_km2", "uparea", "totdasqkm", "up_area", "upa", "集水面积")


@dataclass(frozen=True, eq=False)
class ReachLine:
    """line: n x 2 in the system asked for; others: lines whose boxes meet its own."""

    key: str
    line: Places
    others: tuple[Places, ...]
    published_km2: float | None


def reach_line(rivers: FeatureSet, reach: str, crs: str, around: float) -> ReachLine:
    """reach: its id, or `#` and the layer's own number. around: how far beside it others count, in
    units of `crs`. Raises ParameterError for one that is not there or has no line."""
    shapes = rivers.shapes_in(crs)
    if shapes.kind != "line":
        raise ParameterError(
            tr("The rivers are not lines"), hint=tr("Choose a layer of river lines.")
        )
    column = columns_of(rivers, {})["key"]
    ids = rivers.column(column) if column and not reach.startswith("#") else rivers.ids
    wanted = reach.removeprefix("#").strip()
    keys = [key_of(value) for value in ids.tolist()]
    if wanted not in keys:
        raise ParameterError(
            tr("There is no reach {id}").format(id=wanted or tr("(empty)")),
            hint=tr("Reaches are named by the column {name}.").format(name=column or "id"),
        )
    number = keys.index(wanted)
    parts = np.flatnonzero(shapes.owner == number)
    if not len(parts):
        raise ParameterError(tr("The reach {id} has no line").format(id=wanted))
    lines = [shapes.coords[shapes.starts[p] : shapes.starts[p + 1]] for p in parts.tolist()]
    line = np.vstack(lines)
    low, high = line.min(axis=0) - around, line.max(axis=0) + around
    boxes = shapes.boxes
    near = (boxes[:, :2] <= high).all(axis=1) & (boxes[:, 2:] >= low).all(axis=1)
    near &= shapes.owner != number
    others = tuple(
        np.asarray(shapes.coords[shapes.starts[p] : shapes.starts[p + 1]])
        for p in np.flatnonzero(near).tolist()
    )
    return ReachLine(wanted, np.asarray(line), others, _published(rivers, number))


def _published(rivers: FeatureSet, number: int) -> float | None:
    there = {field.name.lower().strip(): field.name for field in rivers.fields}
    name = next((there[word] for word in AREAS if word in there), "")
    try:
        value = float(rivers.column(name)[number]) if name else 0.0
    except (TypeError, ValueError):
        return None
    return value if value > 0 else None
