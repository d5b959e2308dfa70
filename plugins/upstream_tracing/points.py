"""Stations, outfalls and sources as places on the rivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gisapp.api import FeatureId, FeatureSet, Progress, language, tr

from .network import Floats, key_of
from .placements import Chosen
from .placing import Place
from .rivers import Rivers
from .trace import Candidate, LeftOut, Role

ID_COLUMNS: Mapping[Role, tuple[str, ...]] = {
    "stations": ("station_id", "station_code", "断面编码", "code", "id"),
    "outfalls": ("code_local", "code_national", "排污口编码", "uniqueid", "id"),
    "sources": ("source_id", "permit_no", "排污许可证编号", "id"),
    "candidates": ("candidate_id", "id"),
    "zones": ("code", "id"),
}
NAME_COLUMNS = ("name", "station_name", "断面名称", "名称", "title", "site_name", "企业名称")
REACH_COLUMNS = ("reach_id", "receiving_reach", "hyriv_id", "comid", "受纳河段")
MEASURE_COLUMNS = ("measure_m", "reach_measure_m")
IN_PIPES = ("sources",)  # what may lie on a sewer
FAR_FROM_RECORDED = 1000.0  # metres; a recorded reach farther off belongs to another network


@dataclass(frozen=True, slots=True)
class Placed:
    """One feature and where it is: the best place first, or why there is none."""

    role: Role
    feature: FeatureId
    id: str
    title: str
    at: tuple[float, float]  # in the rivers' system
    place: Place | None
    reason: str  # why there, or why nowhere
    candidates: tuple[Place, ...] = ()

    def named(self, rivers: Rivers) -> tuple[Candidate, ...]:
        """The candidates in the rivers' own ids."""
        return tuple(
            Candidate(rivers.key(c.reach), c.measure_m, c.offset_m) for c in self.candidates
        )

    def left_out(self) -> LeftOut:
        return LeftOut(self.role, self.feature, self.id, self.title, self.reason)


Said = Mapping[tuple[str, str], Chosen]

_kept: WeakKeyDictionary[FeatureSet, dict[tuple[object, ...], tuple[Placed, ...]]]
_kept = WeakKeyDictionary()


def placed_features(
    features: FeatureSet,
    role: Role,
    rivers: Rivers,
    within_m: float,
    progress: Progress,
    said: Said = MappingProxyType({}),
) -> tuple[Placed, ...]:
    """As `place_features`, kept as long as the layer is: the next trace need not ask again."""
    kept = _kept.setdefault(features, {})
    own = {fid: chosen for (of, fid), chosen in said.items() if of == role}
    key = (role, id(rivers), within_m, language(), tuple(sorted(own.items(), key=str)))
    if key not in kept:
        kept.clear()
        kept[key] = place_features(features, role, rivers, within_m, progress, own)
    return kept[key]


def place_features(
    features: FeatureSet,
    role: Role,
    rivers: Rivers,
    within_m: float,
    progress: Progress,
    said: Mapping[str, Chosen] = MappingProxyType({}),
) -> tuple[Placed, ...]:
    """Every feature of a layer on the rivers.

    Where a feature names its reach, that reach is taken when it is near (and its measure when
    given); otherwise the nearest reach within the distance. `said`: by the number of the feature,
    where somebody has put it; that goes before everything else.
    """
    n = len(features)
    at = places_of(features, rivers.features.crs)
    ids, titles = _texts(features, ID_COLUMNS[role]), _titles(features)
    recorded, measures = _recorded(features, rivers)
    progress.report(0.2)
    # measured is in rivers; only what is let in may lie on a pipe
    without = rivers.sewers.is_pipe if rivers.sewers and role not in IN_PIPES else None
    nearest = rivers.lines.place(at, within_m, without)
    progress.report(0.7)
    known = np.flatnonzero(recorded >= 0)
    on_recorded = dict(
        zip(known.tolist(), rivers.lines.place_on(at[known], recorded[known]), strict=True)
    )
    out = []
    for i in range(n):
        place, reason = _choose(
            rivers, at[i], nearest[i], on_recorded.get(i), measures[i], within_m
        )
        fid = FeatureId(str(features.ids[i]))
        x, y = at[i].tolist()
        name = ids[i] or str(fid)
        if str(fid) in said and (put := _put(rivers, said[str(fid)])) is not None:
            place, reason = put, tr("put there by hand")
        out.append(Placed(role, fid, name, titles[i], (x, y), place, reason, nearest[i]))
    progress.report(1.0)
    return tuple(out)


def _put(rivers: Rivers, chosen: Chosen) -> Place | None:
    """Where it was put; None when these rivers do not have the reach."""
    reach = rivers.keys.get(chosen.reach)
    if reach is None:
        return None
    length = float(rivers.network.length_m[reach])
    measure = min(max(chosen.measure_m, 0.0), length) if chosen.measure_m >= 0 else length / 2
    if chosen.measure_m >= 0:
        reach, measure = rivers.on_piece(reach, chosen.measure_m)
        measure = min(measure, float(rivers.network.length_m[reach]))
    return Place(reach, measure, chosen.offset_m if chosen.offset_m >= 0 else 0.0)


def places_of(features: FeatureSet, crs: str) -> Floats:
    """One place for each feature in a system: the point, or the middle of a shape's box."""
    shapes = features.shapes_in(crs)
    at = np.full((len(features), 2), np.nan)
    if len(shapes.owner):
        boxes = shapes.boxes
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        at[shapes.owner[::-1]] = middle[::-1]  # the first part of each
    return at


def _choose(
    rivers: Rivers,
    at: Floats,
    nearest: tuple[Place, ...],
    recorded: Place | None,
    measure: float,
    within_m: float,
) -> tuple[Place | None, str]:
    if recorded is not None and recorded.offset_m <= max(within_m, FAR_FROM_RECORDED):
        if measure == measure:
            measured = Place(recorded.reach, measure, recorded.offset_m)
            return measured, tr("reach and measure as recorded")
        return recorded, tr("on the recorded reach, {m} m beside it").format(
            m=f"{recorded.offset_m:.0f}"
        )
    if not nearest:
        if not np.isfinite(at).all():
            return None, tr("it has no coordinates")
        if abs(at[0]) < 1e-9 and abs(at[1]) < 1e-9:
            return None, tr("its coordinates are 0, 0")
        far = rivers.lines.nearest_m(at)
        if far >= 10_000:
            return None, tr("{km} km from the nearest reach, more than {limit} m").format(
                km=f"{far / 1000:,.0f}", limit=f"{within_m:g}"
            )
        return None, tr("{m} m from the nearest reach, more than {limit} m").format(
            m=f"{far:.0f}", limit=f"{within_m:g}"
        )
    best = nearest[0]
    reason = tr("nearest reach, {m} m away").format(m=f"{best.offset_m:.0f}")
    if recorded is not None:
        reason = tr("the recorded reach is {far} m away; nearest taken, {m} m away").format(
            far=f"{recorded.offset_m:.0f}", m=f"{best.offset_m:.0f}"
        )
    elif len(nearest) > 1 and nearest[1].offset_m < 2 * best.offset_m + 10:
        reason += " " + tr("(another is {m} m away)").format(m=f"{nearest[1].offset_m:.0f}")
    return best, reason


def _recorded(features: FeatureSet, rivers: Rivers) -> tuple[Any, Any]:
    """Recorded reach (index or -1) and measure (NaN: none) of each feature."""
    n = len(features)
    reach, measure = np.full(n, -1), np.full(n, np.nan)
    if column := _column(features, REACH_COLUMNS):
        keys = [key_of(v) for v in features.column(column).tolist()]
        reach = np.array([rivers.keys.get(k, -1) if k else -1 for k in keys], np.int64)
        if measured := _column(features, MEASURE_COLUMNS):
            values = features.column(measured).tolist()
            measure = np.array([np.nan if v is None else float(v) for v in values])
            if rivers.sewers is not None:
                for n in np.flatnonzero(np.isfinite(measure) & (reach >= 0)).tolist():
                    reach[n], measure[n] = rivers.on_piece(int(reach[n]), float(measure[n]))
            lengths = rivers.network.length_m[reach]
            measure = np.where((measure >= 0) & (measure <= lengths + 1), measure, np.nan)
        if rivers.sewers is not None:  # which piece of it is not said: the nearest
            parted = np.isin(reach, list(rivers.sewers.pieces))
            reach = np.where(parted & ~np.isfinite(measure), -1, reach)
    return reach, measure


def _titles(features: FeatureSet) -> list[str]:
    """Names in the user's language where the data has them."""
    plain = _texts(features, NAME_COLUMNS)
    if language() != "zh_CN" and (english := _column(features, ("name_en",))):
        return [
            key_of(e) or p for e, p in zip(features.column(english).tolist(), plain, strict=True)
        ]
    return plain


def _texts(features: FeatureSet, names: tuple[str, ...]) -> list[str]:
    """Of each feature the first of the columns that says something."""
    there = {f.name.lower(): f.name for f in features.fields}
    columns = [features.column(there[n]).tolist() for n in names if n in there]
    if not columns:
        return [""] * len(features)
    return [
        next((text for value in values if (text := key_of(value))), "")
        for values in zip(*columns, strict=True)
    ]


def _column(features: FeatureSet, names: tuple[str, ...]) -> str | None:
    there = {f.name.lower(): f.name for f in features.fields}
    return next((there[n] for n in names if n in there), None)
