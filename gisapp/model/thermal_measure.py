"""Kept measures of temperatures: a spot, a line, a box or an area of one layer, with its values.

They are rows of a table of the project, so they are undone, saved and listed like all others. A
row holds the values as they were with the correction of that time; `shown` gives them with
another correction, exactly, because corrections are linear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import shapely

from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.style import AS_MEASURED, Correction
from gisapp.model.table import GEOMETRY

MeasureKind = Literal["spot", "line", "box", "area"]
ROLE = "thermal_measures"
TABLE_NAME = "thermal_measures"
CRS = "EPSG:4490"
DIGITS = 9  # of degrees: a tenth of a millimetre

FIELDS: tuple[Field, ...] = (
    Field("label", "text", "Name", "名称"),
    Field(
        "kind",
        "choice",
        "Kind",
        "类型",
        choices=get_args(MeasureKind),
        choice_titles=(
            ("spot", "Spot", "点"),
            ("line", "Line", "线"),
            ("box", "Box", "矩形"),
            ("area", "Area", "多边形"),
        ),
    ),
    Field("mean", "real", "Mean", "平均值"),
    Field("min", "real", "Minimum", "最小值"),
    Field("max", "real", "Maximum", "最大值"),
    Field("sd", "real", "Standard deviation", "标准差"),
    Field("unit", "text", "Unit", "单位"),
    Field("cells", "integer", "Cells with a value", "有效像元数"),
    Field("missing", "integer", "Cells without a value", "无值像元数"),
    Field("length_m", "real", "Length", "长度", unit="m"),
    Field("area_m2", "real", "Area", "面积", unit="m²"),
    Field("reference", "text", "Compared with", "对比对象"),
    Field("layer_name", "text", "Layer", "图层"),
    Field("file", "text", "File", "文件"),
    Field("decoder", "text", "Decoder", "解码器"),
    Field("accuracy", "real", "Accuracy ±", "精度 ±"),
    Field("parameters", "text", "Parameters", "参数"),
    Field("taken", "text", "Taken", "拍摄时间"),
    Field("gain", "real", "Gain", "增益"),
    Field("offset", "real", "Offset", "偏移"),
    Field("layer", "text", "Layer id", "图层标识"),
    Field("shape", "text", "Shape (WKT, EPSG:4490)", "图形（WKT，EPSG:4490）"),
    Field("remark", "text", "Remark", "备注"),
)


@dataclass(frozen=True, slots=True)
class Values:
    """Of the cells of a measure, in the unit of the layer; NaN where no cell has a value.

    `sd` is the standard deviation of these cells (divided by n, not by n - 1).
    """

    mean: float
    min: float
    max: float
    sd: float
    cells: int  # with a value
    missing: int = 0  # without one

    def under(self, before: Correction, now: Correction) -> Values:
        """What the same cells are with another correction."""
        gain = now.gain / before.gain
        low, mean, high = (
            now.of(before.before(value)) for value in (self.min, self.mean, self.max)
        )
        return replace(self, mean=mean, min=low, max=high, sd=self.sd * gain)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where values come from and what was done to them. Accuracy None: it is not stated."""

    file: str = ""
    decoder: str = ""
    accuracy: float | None = None
    parameters: str = ""  # JSON, as the file says
    taken: str = ""  # ISO 8601, as the file says


NOTHING_KNOWN = Provenance()


@dataclass(frozen=True, slots=True)
class Measure:
    """`places` in EPSG:4490: one for a spot, else the corners (an outline closes itself)."""

    kind: MeasureKind
    places: tuple[Point, ...]
    layer: LayerId
    values: Values
    label: str = ""
    layer_name: str = ""
    unit: str = ""
    length_m: float | None = None
    area_m2: float | None = None
    correction: Correction = AS_MEASURED
    provenance: Provenance = NOTHING_KNOWN
    reference: FeatureId | None = None
    remark: str = ""

    def shown(self, correction: Correction) -> Measure:
        """With the correction that the layer has now."""
        values = self.values.under(self.correction, correction)
        return replace(self, values=values, correction=correction)

    @property
    def geometry(self) -> shapely.Geometry:
        if self.kind == "spot":
            return shapely.Point(self.places[0])
        if self.kind == "line":
            return shapely.LineString(self.places)
        return shapely.Polygon(self.places)

    @property
    def anchor(self) -> Point:
        """Where its name is written: a spot itself, the middle of a line, a place within."""
        shape = self.geometry
        if self.kind == "line":
            at = shape.interpolate(0.5, normalized=True)
        else:
            at = shape.representative_point()
        return Point(at.x, at.y)


def row_of(measure: Measure) -> Row:
    """A row of the table."""
    known, values, correction = measure.provenance, measure.values, measure.correction
    return {
        "label": measure.label,
        "kind": measure.kind,
        "mean": _known(values.mean),
        "min": _known(values.min),
        "max": _known(values.max),
        "sd": _known(values.sd),
        "unit": measure.unit,
        "cells": values.cells,
        "missing": values.missing,
        "length_m": measure.length_m,
        "area_m2": measure.area_m2,
        "reference": measure.reference or "",
        "layer_name": measure.layer_name,
        "file": known.file,
        "decoder": known.decoder,
        "accuracy": known.accuracy,
        "parameters": known.parameters,
        "taken": known.taken,
        "gain": correction.gain,
        "offset": correction.offset,
        "layer": str(measure.layer),
        "shape": shapely.to_wkt(measure.geometry, rounding_precision=DIGITS),
        "remark": measure.remark,
        GEOMETRY: shapely.Point(measure.anchor),
    }


def measure_of(row: Mapping[str, Any]) -> Measure | None:
    """What a row says; None when somebody else wrote something into it that is no measure."""
    kind, places = _kind(row.get("kind")), places_of(row.get("shape"))
    if kind is None or not places:
        return None
    if (kind == "line" and len(places) < 2) or (kind in ("box", "area") and len(places) < 3):
        return None
    gain = _real(row.get("gain"), 1.0)
    mean, low, high, sd = (
        _real(row.get(name), float("nan")) for name in ("mean", "min", "max", "sd")
    )
    cells, missing = int(row.get("cells") or 0), int(row.get("missing") or 0)
    values = Values(mean, low, high, sd, cells, missing)
    return Measure(
        kind,
        places,
        LayerId(_text(row, "layer")),
        values,
        label=_text(row, "label"),
        layer_name=_text(row, "layer_name"),
        unit=_text(row, "unit"),
        length_m=row.get("length_m"),
        area_m2=row.get("area_m2"),
        correction=Correction(gain if gain > 0 else 1.0, _real(row.get("offset"), 0.0)),
        provenance=Provenance(
            _text(row, "file"),
            _text(row, "decoder"),
            row.get("accuracy"),
            _text(row, "parameters"),
            _text(row, "taken"),
        ),
        reference=FeatureId(_text(row, "reference")) if row.get("reference") else None,
        remark=_text(row, "remark"),
    )


def places_of(wkt: object) -> tuple[Point, ...]:
    """The corners of a shape, without the one that closes an outline; empty when it is none."""
    if not isinstance(wkt, str) or not wkt:
        return ()
    shape = shapely.from_wkt(wkt, on_invalid="ignore")
    if shape is None or shape.geom_type not in ("Point", "LineString", "Polygon"):
        return ()
    corners = shapely.get_coordinates(shape)
    if shape.geom_type == "Polygon":
        corners = shapely.get_coordinates(shape.exterior)[:-1]
    return tuple(Point(float(x), float(y)) for x, y in corners)


def difference(one: Measure, other: Measure) -> float:
    """How much warmer the mean of the first is (K); both with their corrections."""
    return one.values.mean - other.values.mean


def _kind(value: object) -> MeasureKind | None:
    kinds: tuple[MeasureKind, ...] = get_args(MeasureKind)
    return next((kind for kind in kinds if kind == value), None)


def _known(value: float) -> float | None:
    return None if value != value else value


def _real(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
