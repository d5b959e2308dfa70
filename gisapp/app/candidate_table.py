"""Candidates of searches in a project: their table, its layer, and the runs they came from.

A candidate is a row of `candidates`; a run a row of `candidate_runs`, which keeps what was
searched, with what settings, and how the reviewer decided. All places are longitude and latitude
(CGCS2000).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gisapp.model.crs import CGCS2000, transform
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.project import Project
from gisapp.model.style import Category, PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable

ROLE = "candidates"
TABLE_NAME, RUNS_NAME = "candidates", "candidate_runs"
OPEN, ACCEPTED, REJECTED, DOUBTFUL = "open", "accepted", "rejected", "doubtful"
MERGED, BY_RULE = "merged", "by_rule"

DECISIONS = (
    Category(OPEN, "To decide", "待判读", "#e07b00"),
    Category(ACCEPTED, "Accepted", "已确认", "#0b8f6a"),
    Category(MERGED, "Known outfall", "已知排口", "#2563eb"),
    Category(DOUBTFUL, "Doubtful", "存疑", "#9333ea"),
    Category(REJECTED, "Rejected", "已排除", "#7f1d1d"),
    Category(BY_RULE, "Rejected by rule", "规则剔除", "#94a3b8"),
)
KINDS = (("warm", "Warmer", "偏暖"), ("cold", "Cooler", "偏冷"))


def _choice(name: str, title: str, chinese: str, titles: Iterable[tuple[str, str, str]]) -> Field:
    listed = tuple(titles)
    return Field(
        name,
        "choice",
        title,
        chinese,
        choices=tuple(value for value, _, _ in listed),
        choice_titles=listed,
    )


def _real(name: str, title: str, chinese: str, unit: str = "") -> Field:
    return Field(name, "real", title, chinese, unit)


FIELDS: tuple[Field, ...] = (
    Field("name", "text", "Candidate", "候选点"),
    _choice("decision", "Decision", "判读", ((c.value, c.title, c.title_zh_CN) for c in DECISIONS)),
    _choice("kind", "Kind", "类型", KINDS),
    _real("delta_t_c", "ΔT to the water", "与水体温差", "°C"),
    _real("area_m2", "Area", "面积", "m²"),
    _real("sigma_m2c", "Σ ΔT × area", "Σ 温差×面积", "m²·°C"),
    _real("z", "Times the noise", "噪声倍数", "×"),
    _real("length_m", "Length", "长度", "m"),
    _real("bearing", "Bearing", "走向", "°"),
    Field("bank", "text", "Bank", "岸别"),
    Field("towards", "text", "Bank lies to the", "岸在"),
    Field("reasons", "text", "Reasons", "依据"),
    Field("frames", "integer", "Frames that saw it", "可见帧数"),
    Field("mosaic", "text", "Found in", "来源影像"),
    Field("outfall_id", "text", "Outfall", "对应排口"),
    Field("decided_at", "text", "Decided at", "判读时间"),
    Field("decided_by", "text", "Decided by", "判读人"),
    Field("run", "text", "Run", "识别批次"),
    Field("source_id", "text", "Name in the run", "批次内编号"),
    Field("from_rule", "boolean", "Rejected by a rule at first", "初为规则剔除"),
    Field("outline", "text", "Outline (WKT)", "范围 (WKT)"),
    Field("profile", "text", "ΔT along it (JSON)", "温差剖面 (JSON)"),
    Field("provenance", "text", "Temperatures (JSON)", "温度来源 (JSON)"),
)
RUN_FIELDS: tuple[Field, ...] = (
    Field("run", "text", "Run", "识别批次"),
    Field("at", "text", "Searched at", "识别时间"),
    Field("who", "text", "By", "执行人"),
    Field("sources", "text", "Searched", "识别影像"),
    Field("water", "text", "Water", "水域"),
    Field("notes", "text", "Notes", "说明"),
    Field("settings", "text", "Settings (JSON)", "参数 (JSON)"),
    Field("reason_words", "text", "Reasons in words (JSON)", "依据说明 (JSON)"),
    Field("flight", "text", "Flight", "航次文件"),
    Field("found", "integer", "Candidates", "候选数"),
    Field("by_rule", "integer", "Rejected by rule", "规则剔除数"),
    Field("accepted", "integer", "Accepted", "已确认数"),
    Field("merged", "integer", "Known outfalls", "已知排口数"),
    Field("rejected", "integer", "Rejected", "已排除数"),
    Field("doubtful", "integer", "Doubtful", "存疑数"),
    _real("precision", "Precision", "判读准确率"),
)
STYLE = PointStyle(
    color="#e07b00",
    size=14,
    shape="triangle",
    label="name",
    by="decision",
    categories=DECISIONS,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the table as the review looks at it. lon, lat: CGCS2000."""

    fid: FeatureId
    name: str
    run: str
    decision: str
    kind: str
    lon: float
    lat: float
    delta_t_c: float
    area_m2: float
    sigma_m2c: float
    z: float
    length_m: float
    bearing: float
    bank: str
    towards: str
    reasons: tuple[str, ...]
    frames: int
    mosaic: str
    from_rule: bool
    outfall: FeatureId | None
    profile_text: str = field(repr=False)
    provenance_text: str = field(repr=False)
    outline: str = field(repr=False)  # WKT, CGCS2000

    @property
    def profile(self) -> tuple[tuple[float, float], ...]:
        """Metres from the source and °C above the water around."""
        pairs = _plain(self.profile_text, [])
        return tuple((float(a), float(b)) for a, b in pairs)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Decoder, accuracy_c and parameters of the temperatures, as far as they were said."""
        return _plain(self.provenance_text, {})  # type: ignore[no-any-return]

    @property
    def is_decided(self) -> bool:
        return self.decision not in (OPEN, BY_RULE)


@dataclass(frozen=True, slots=True)
class Run:
    """A search and how its finds were decided."""

    id: str
    at: str
    who: str
    sources: str
    water: str
    notes: str
    settings: Mapping[str, Any]
    reason_words: Mapping[str, str]
    flight: str
    fid: FeatureId


@dataclass(frozen=True, slots=True)
class Tally:
    """Decisions of a run. Doubtful ones count neither for nor against it; a candidate that turned
    out to be a known outfall was right."""

    found: int
    by_rule: int
    decided: int  # of those found
    accepted: int
    merged: int
    rejected: int
    doubtful: int

    @property
    def precision(self) -> float | None:
        """Share of the decided ones that were right; None before anything is decided."""
        right = self.accepted + self.merged
        return right / (right + self.rejected) if right + self.rejected else None


def candidates_table(project: Project) -> FeatureTable | None:
    layer = project.layer_of_role(ROLE)
    return project.table_of(layer) if layer is not None else project.tables.get(TABLE_NAME)


def candidates_of(project: Project, run: str = "") -> list[Candidate]:
    """All, or those of a run, in the order they were added. Those without a place are left out."""
    table = candidates_table(project)
    if table is None:
        return []
    shapes = table.shapes_in(CGCS2000)
    rows, places = np.asarray(shapes.owner), np.asarray(shapes.coords)
    if run:
        own = table.column("run")[rows] == run
        rows, places = rows[own], places[own]
    known = {name for name in _COLUMNS if any(f.name == name for f in table.fields)}
    columns = [
        table.column(name)[rows].tolist() if name in known else [None] * len(rows)
        for name in _COLUMNS
    ]
    ids = table.ids_at(rows).tolist()
    return [
        _candidate(FeatureId(str(fid)), place, dict(zip(_COLUMNS, values, strict=True)))
        for fid, place, *values in zip(ids, places.tolist(), *columns, strict=True)
    ]


_NUMBERS = ("delta_t_c", "area_m2", "sigma_m2c", "z", "length_m", "bearing")
_TEXTS = ("name", "run", "kind", "bank", "towards", "mosaic", "outline")
_COLUMNS = (*_NUMBERS, *_TEXTS, "decision", "reasons", "frames", "from_rule", "outfall_id",
            "profile", "provenance")  # fmt: skip


def candidate_of(table: FeatureTable, fid: FeatureId) -> Candidate | None:
    row = table.row(fid)
    place = (row or {}).get(GEOMETRY)
    if row is None or place is None:
        return None
    lon_lat = [float(place.x), float(place.y)]
    if table.crs != CGCS2000:
        (lon_lat,) = transform(np.array([lon_lat]), table.crs, CGCS2000).tolist()
    return _candidate(fid, lon_lat, row)


def _candidate(fid: FeatureId, place: Sequence[float], row: Mapping[str, Any]) -> Candidate:
    plain: dict[str, Any] = {name: _number(row.get(name)) for name in _NUMBERS}
    plain |= {name: str(row.get(name) or "") for name in _TEXTS}
    return Candidate(
        fid=fid,
        decision=str(row.get("decision") or OPEN),
        lon=place[0],
        lat=place[1],
        reasons=tuple(code for code in str(row.get("reasons") or "").split(",") if code),
        frames=_whole(row.get("frames")),
        from_rule=bool(row.get("from_rule")),
        outfall=FeatureId(str(row["outfall_id"])) if row.get("outfall_id") else None,
        profile_text=str(row.get("profile") or ""),
        provenance_text=str(row.get("provenance") or ""),
        **plain,
    )


def _number(value: Any) -> float:
    return float(value) if value is not None and value == value else 0.0


def _whole(value: Any) -> int:
    return int(_number(value))


def runs_of(project: Project) -> list[Run]:
    """The newest first."""
    table = project.tables.get(RUNS_NAME)
    if table is None:
        return []
    found = []
    for fid in table.ids.tolist():
        row = table.row(FeatureId(fid)) or {}
        text = {
            n: str(row.get(n) or "") for n in ("at", "who", "sources", "water", "notes", "flight")
        }
        found.append(
            Run(
                id=str(row.get("run") or ""),
                settings=_plain(row.get("settings"), {}),
                reason_words=_plain(row.get("reason_words"), {}),
                fid=FeatureId(fid),
                **text,
            )
        )
    return sorted(found, key=lambda run: (run.at, run.id), reverse=True)


def tally(project: Project, run: str) -> Tally:
    """How the finds of a run stand now. Costs what the run holds."""
    table = candidates_table(project)
    if table is None:
        return tally_of(())
    own = table.column("run") == run
    decisions, by_rule = (
        table.column("decision")[own].tolist(),
        table.column("from_rule")[own].tolist(),
    )
    rows = zip(decisions, by_rule, strict=True)
    return tally_of({"decision": one, "from_rule": rule} for one, rule in rows)


def tally_of(rows: Iterable[Row]) -> Tally:
    counts = dict.fromkeys((OPEN, ACCEPTED, MERGED, REJECTED, DOUBTFUL, BY_RULE), 0)
    found = by_rule = decided = 0
    for row in rows:
        decision = str(row.get("decision") or OPEN)
        counts[decision] = counts.get(decision, 0) + 1
        if row.get("from_rule"):
            by_rule += 1
        else:
            found += 1
            decided += decision not in (OPEN, BY_RULE)
    return Tally(
        found, by_rule, decided,
        counts[ACCEPTED], counts[MERGED], counts[REJECTED], counts[DOUBTFUL],
    )  # fmt: skip


def tally_values(found: Tally) -> Row:
    """As the row of a run keeps it."""
    precision = found.precision
    return {
        "accepted": found.accepted,
        "merged": found.merged,
        "rejected": found.rejected,
        "doubtful": found.doubtful,
        "precision": None if precision is None else round(precision, 4),
    }


def _plain(text: Any, otherwise: Any) -> Any:
    """What a JSON text says; a text somebody broke says nothing."""
    try:
        value = json.loads(text or "")
    except (TypeError, ValueError):
        return otherwise
    return value if isinstance(value, type(otherwise)) else otherwise
