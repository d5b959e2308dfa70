"""Outfall survey: fields, code lists and workflow states of an outfall.

Classes follow HJ 1312-2023 (classification of outfalls); the states are the working chain
find, monitor, trace, rectify, supervise (查、测、溯、治、管) with its side branches.
"""

from __future__ import annotations

from uuid import uuid4

from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.style import Category, PointStyle

OUTFALL_TABLE = "outfalls"

STATES: tuple[Category, ...] = (
    Category("suspected", "Suspected", "疑似", "#e07b00"),
    Category("to_verify", "To verify", "待核实", "#e0b000"),
    Category("verified", "Verified", "已核实", "#0f766e"),
    Category("difficult", "Difficult", "疑难点", "#9333ea"),
    Category("monitored", "Monitored", "已监测", "#0b8f6a"),
    Category("tracing", "Tracing", "溯源中", "#2563eb"),
    Category("traced", "Traced", "已溯源", "#1d4ed8"),
    Category("plan_set", "Plan set", "方案已定", "#7c3aed"),
    Category("rectifying", "Rectifying", "整治中", "#c2410c"),
    Category("rectified", "Rectified", "整治完成", "#65a30d"),
    Category("to_accept", "To accept", "待验收", "#4d7c0f"),
    Category("closed", "Closed", "已销号", "#15803d"),
    Category("no_action", "No action needed", "无需整治", "#64748b"),
    Category("not_outfall", "Not an outfall", "非排污口", "#94a3b8"),
)

# HJ 1312-2023, leaf classes in the order of the standard, and "cannot tell yet" for the survey
CATEGORIES: tuple[str, ...] = (
    "工业企业排污口",
    "矿山排污口",
    "尾矿库排污口",
    "工业企业雨洪排口",
    "矿山雨洪排口",
    "尾矿库雨洪排口",
    "工业及其他各类园区污水处理厂排污口",
    "工业及其他各类园区污水处理厂雨洪排口",
    "城镇污水处理厂排污口",
    "规模化畜禽养殖排污口",
    "规模化水产养殖排污口",
    "大中型灌区排口",
    "港口码头排口",
    "规模以下畜禽养殖排污口",
    "规模以下水产养殖排污口",
    "城镇生活污水散排口",
    "农村污水处理设施排污口",
    "农村生活污水散排口",
    "城镇雨洪排口",
    "其他排污口",
    "暂无法确定",
)

_SITE = "HJ 1314-2023"
_CLASS = "HJ 1312-2023"
_CODE = "HJ 1235-2021"


def _titles(states: tuple[Category, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((c.value, c.title, c.title_zh_CN) for c in states)


OUTFALL_FIELDS: tuple[Field, ...] = (
    Field("code_local", "text", "Local code", "地方编码", group="identity"),
    Field("code_national", "text", "National code", "国家编码", clause=_CODE, group="identity"),
    Field("name", "text", "Name", "名称", clause=_CODE, required=True, group="identity"),
    Field(
        "kind",
        "choice",
        "Kind",
        "类别",
        choices=("suspected", "outfall"),
        choice_titles=(
            ("suspected", "Suspected outfall", "疑似排污口"),
            ("outfall", "Outfall", "入河排污口"),
        ),
        required=True,
        group="identity",
    ),
    Field(
        "category",
        "choice",
        "Class",
        "排污口分类",
        choices=CATEGORIES,
        clause=_CLASS,
        group="identity",
    ),
    Field(
        "state",
        "choice",
        "State",
        "工作状态",
        choices=tuple(c.value for c in STATES),
        choice_titles=_titles(STATES),
        required=True,
        group="identity",
    ),
    Field(
        "found_by",
        "choice",
        "Found by",
        "发现方式",
        choices=("thermal", "visible", "walk", "list"),
        choice_titles=(
            ("thermal", "Thermal image", "热红外"),
            ("visible", "Visible image", "可见光"),
            ("walk", "Walking the bank", "人工徒步"),
            ("list", "Existing list", "已有名录"),
        ),
        group="identity",
    ),
    Field("county", "text", "County", "县（市、区）", group="place"),
    Field("river", "text", "River", "所在河流", group="place"),
    Field(
        "bank",
        "choice",
        "Bank",
        "岸别",
        choices=("左岸", "右岸"),
        choice_titles=(("左岸", "Left", "左岸"), ("右岸", "Right", "右岸")),
        group="place",
    ),
    Field("receiving_reach", "integer", "Receiving reach", "受纳河段", group="place"),
    Field(
        "distance_to_mouth_m",
        "real",
        "Distance to the river mouth",
        "距河口距离",
        "m",
        group="place",
    ),
    Field(
        "outlet_mode",
        "choice",
        "Way into the river",
        "入河方式",
        choices=("明渠", "管道", "泵站", "涵闸", "箱涵", "其他"),
        choice_titles=(
            ("明渠", "Open channel", "明渠"),
            ("管道", "Pipe", "管道"),
            ("泵站", "Pumping station", "泵站"),
            ("涵闸", "Sluice", "涵闸"),
            ("箱涵", "Box culvert", "箱涵"),
            ("其他", "Other", "其他"),
        ),
        clause=_SITE,
        group="outlet",
    ),
    Field(
        "drainage",
        "choice",
        "Drainage",
        "排水特征",
        choices=("常年排放", "间歇", "季节", "雨天", "无水"),
        choice_titles=(
            ("常年排放", "All year", "常年排放"),
            ("间歇", "Intermittent", "间歇"),
            ("季节", "Seasonal", "季节"),
            ("雨天", "When it rains", "雨天"),
            ("无水", "Dry", "无水"),
        ),
        clause=_SITE,
        group="outlet",
    ),
    Field("discharging", "boolean", "Discharging now", "正在排放", clause=_SITE, group="outlet"),
    Field("flow_value", "real", "Flow", "流量", group="monitoring"),
    Field(
        "flow_unit",
        "choice",
        "Unit of the flow",
        "流量单位",
        choices=("m³/d", "m³/s"),
        group="monitoring",
    ),
    Field("water_temp_c", "real", "Water temperature", "水温", "°C", group="monitoring"),
    Field("ph", "real", "pH", "pH", group="monitoring"),
    Field("conductivity_us_cm", "real", "Conductivity", "电导率", "µS/cm", group="monitoring"),
    Field("cod_mg_l", "real", "COD", "化学需氧量", "mg/L", group="monitoring"),
    Field("nh3n_mg_l", "real", "Ammonia nitrogen", "氨氮", "mg/L", group="monitoring"),
    Field("tp_mg_l", "real", "Total phosphorus", "总磷", "mg/L", group="monitoring"),
    Field("tn_mg_l", "real", "Total nitrogen", "总氮", "mg/L", group="monitoring"),
    Field("monitored_at", "date", "Monitored on", "监测日期", group="monitoring"),
    Field("responsible_party", "text", "Responsible party", "责任主体", group="tracing"),
    Field(
        "permit_no",
        "text",
        "Discharge permit",
        "排污许可证编号",
        clause="HJ 608-2017",
        group="tracing",
    ),
    Field("deadline", "date", "Deadline", "整治时限", group="rectification"),
    Field("remark", "text", "Remark", "备注", group="rectification"),
    Field("photos", "list", "Photos", "照片", group="photos"),
)

OUTFALL_STYLE = PointStyle(
    color="#64748b",
    size=12,
    shape="circle",
    label="code_local",
    by="state",
    categories=STATES,
    shape_by="kind",
    shapes=(("suspected", "triangle"), ("outfall", "circle")),
)


def new_feature_id() -> FeatureId:
    """A key of its own for every record: codes may be missing, late or wrong."""
    return FeatureId(str(uuid4()))
