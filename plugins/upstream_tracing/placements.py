"""Where a station or an outfall lies on the rivers, when somebody has said so.

A survey table with columns for it keeps it itself; for other layers (files are only read) the
project has a table of its own, with the role `placements`. Both are ordinary edits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import shapely

from gisapp.api import (
    GEOMETRY,
    Edit,
    FeatureId,
    FeatureSet,
    FeatureTable,
    Field,
    ParameterError,
    Point,
    PointStyle,
    Project,
    Row,
    add_features,
    change_feature,
    new_feature_id,
    tr,
    transform_point,
)

from .network import key_of
from .project_list import SYSTEM as SYSTEM
from .project_list import ProjectList, list_edit

OWN = ("reach_id", "measure_m")  # columns of a survey table that keep it
FIELDS = (
    Field("role", title="Layer", title_zh_CN="图层"),
    Field("feature", title="Feature", title_zh_CN="要素"),
    Field("reach", title="Reach", title_zh_CN="河段"),
    Field("measure_m", "real", "Above the lower end of the reach", "距河段下端", "m"),
    Field("side", "choice", "Bank", "岸别", choices=("left", "right"), choice_titles=(
        ("left", "left", "左岸"), ("right", "right", "右岸"))),
    Field("offset_m", "real", "Beside the river", "距河道", "m"),
    Field("locked", "boolean", "Locked", "已锁定"),
)  # fmt: skip
PLACEMENTS = ProjectList(
    "placements", "river_placements", FIELDS, PointStyle(color="#0f766e", size=5.0), visible=False
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A reach by its id, metres above its lower end, the bank, and metres beside the river."""

    reach: str
    measure_m: float
    side: str
    offset_m: float
    locked: bool = True


def placements_from(rows: FeatureSet | None) -> Mapping[tuple[str, str], Chosen]:
    """By role of the layer and number of the feature. Raises ParameterError for another layer."""
    if rows is None or not len(rows):
        return {}
    names = {f.name for f in rows.fields}
    if missing := {"role", "feature", "reach", "measure_m"} - names:
        raise ParameterError(
            tr("The layer of places on rivers has no column {name}").format(name=min(missing)),
            hint=tr("They have: {names}").format(names=", ".join(sorted(names))),
        )
    n = len(rows)
    columns = {f.name: rows.column(f.name).tolist() for f in rows.fields}

    def value(name: str, row: int) -> float:
        known = columns.get(name, [None] * n)[row]
        return float("nan") if known is None else float(known)

    found = {}
    for row in range(n):
        role, feature, reach = (key_of(columns[c][row]) for c in ("role", "feature", "reach"))
        if not reach:
            continue
        side = key_of(columns["side"][row]) if "side" in columns else ""
        chosen = Chosen(reach, value("measure_m", row), side, value("offset_m", row))
        found[role, feature] = chosen
    return found


def placement_edit(
    project: Project, role: str, feature: FeatureId, chosen: Chosen, at: Point, crs: str
) -> Edit:
    """What keeps the choice. `at`: on the river, in `crs`. Raises ParameterError where the list of
    placements cannot be written."""
    label = tr("Put {role} on reach {reach}").format(role=_one_of(role), reach=chosen.reach)
    layer = project.layer_of_role(role)
    own = project.table_of(layer) if layer is not None else None
    if own is not None and {f.name for f in own.fields}.issuperset(OWN):
        kind = next(f.kind for f in own.fields if f.name == "reach_id")
        reach: object = int(chosen.reach) if kind == "integer" else chosen.reach
        changes = {"reach_id": reach, "measure_m": round(chosen.measure_m, 2)}
        return change_feature(label, own, feature, changes)
    return _in_list(label, project, role, feature, chosen, at, crs)


def _in_list(
    label: str, project: Project, role: str, feature: FeatureId, chosen: Chosen, at: Point, crs: str
) -> Edit:

    def put(table: FeatureTable) -> Edit:
        row: Row = {
            "role": role,
            "feature": str(feature),
            "reach": chosen.reach,
            "measure_m": round(chosen.measure_m, 2),
            "side": chosen.side or None,
            "offset_m": round(chosen.offset_m, 2),
            "locked": chosen.locked,
            GEOMETRY: shapely.Point(transform_point(at, crs, table.crs)),
        }
        known = _row_of(table, role, feature)
        if known is None:
            return add_features(label, table, {new_feature_id(): row})
        return change_feature(label, table, known, row)

    titles = tr("Places on rivers"), tr("The layer of places on rivers {layer} is a file")
    return list_edit(project, PLACEMENTS, label, titles, put)


def _row_of(table: FeatureTable, role: str, feature: FeatureId) -> FeatureId | None:
    roles, features = table.column("role").tolist(), table.column("feature").tolist()
    rows = zip(table.ids.tolist(), roles, features, strict=True)
    return next((FeatureId(str(n)) for n, r, f in rows if (r, f) == (role, str(feature))), None)


def _one_of(role: str) -> str:
    titles = {"stations": tr("station"), "outfalls": tr("outfall"), "sources": tr("source")}
    return titles.get(role, role)
