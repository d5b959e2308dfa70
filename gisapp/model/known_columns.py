"""Columns whose meaning their name alone tells: what people read instead, and the unit.

Only names that are unmistakable: those of the program's own data and of HydroRIVERS 1.0
(technical documentation: lengths in km, areas in km², discharge in m³/s). The names in the
file stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from gisapp.model.field import Field, FieldKind

_TITLES: Mapping[str, tuple[str, str, str]] = {  # title, Chinese, unit
    "reach_id": ("Reach", "河段编号", ""),
    "next_down": ("Next reach down", "下游河段", ""),
    "length_m": ("Length", "长度", "m"),
    "length_km": ("Length", "长度", "km"),
    "width_m": ("Width", "河宽", "m"),
    "depth_m": ("Depth", "水深", "m"),
    "slope": ("Slope", "比降", "m/m"),
    "discharge_m3s": ("Mean discharge", "多年平均流量", "m³/s"),
    "up_area_km2": ("Area upstream", "集水面积", "km²"),
    "upland_skm": ("Area upstream", "集水面积", "km²"),
    "strahler": ("Strahler order", "河流级别（Strahler）", ""),
    "measure_m": ("Above the lower end of the reach", "距河段下端", "m"),
    "station_id": ("Station", "站点编号", ""),
    "target_class": ("Target class", "水质目标", ""),
    "source_id": ("Source", "污染源编号", ""),
    "kind": ("Kind", "类别", ""),
    "name": ("Name", "名称", ""),
    "name_en": ("English name", "英文名称", ""),
    "industry": ("Industry", "行业", ""),
    "uscc": ("Unified social credit code", "统一社会信用代码", ""),
    "permit_no": ("Discharge permit", "排污许可证编号", ""),
    "outfall_code": ("Outfall", "对应排污口", ""),
    "nh3n_kg_d": ("Ammonia nitrogen, permitted", "氨氮许可排放量", "kg/d"),
    "cod_kg_d": ("COD, permitted", "化学需氧量许可排放量", "kg/d"),
    "tp_kg_d": ("Total phosphorus, permitted", "总磷许可排放量", "kg/d"),
    "violations": ("Violations", "违法次数", ""),
    "inspections": ("Inspections", "检查次数", ""),
    "HYRIV_ID": ("Reach", "河段编号", ""),
    "NEXT_DOWN": ("Next reach down", "下游河段", ""),
    "LENGTH_KM": ("Length", "长度", "km"),
    "CATCH_SKM": ("Area of the reach", "区间面积", "km²"),
    "UPLAND_SKM": ("Area upstream", "集水面积", "km²"),
    "DIS_AV_CMS": ("Mean discharge", "多年平均流量", "m³/s"),
    "DIST_DN_KM": ("Distance to the sink", "距汇点距离", "km"),
    "DIST_UP_KM": ("Distance to the source", "距源头距离", "km"),
    "ORD_STRA": ("Strahler order", "河流级别（Strahler）", ""),
}


def known_field(name: str, kind: FieldKind) -> Field:
    """The column as a field, with title and unit where its name tells them."""
    title, chinese, unit = _TITLES.get(name, ("", "", ""))
    return Field(name, kind, title, chinese, unit)
