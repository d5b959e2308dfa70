"""Which section of the guide speaks of which panel.

A panel is meant by the name of its class, a form of an algorithm by the algorithm's name. A
section is the words a paragraph or a heading of the guide begins with, in each language.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

BEGIN = {"en": "Begin", "zh_CN": "开始"}
MAP = {"en": "On the map", "zh_CN": "地图"}
LAYERS = {"en": "Layers in", "zh_CN": "添加图层"}
BASE_MAPS = {"en": "Base maps.", "zh_CN": "底图。"}
ZONES = {"en": "Zones.", "zh_CN": "分带。"}
STYLE = {"en": "Style.", "zh_CN": "样式。"}
OUTFALLS = {"en": "Outfalls", "zh_CN": "排污口"}
IMPORT = {"en": "Import survey points.", "zh_CN": "导入排查点位。"}
TABLE = {"en": "Attribute table (F6).", "zh_CN": "属性表（F6）。"}
PHOTOS = {"en": "Photos and evidence.", "zh_CN": "照片与证据。"}
TEMPLATES = {"en": "Templates.", "zh_CN": "模板。"}
CHECKS = {"en": "Checks, ledgers, deliveries.", "zh_CN": "检查、台账与成果。"}
WORKFLOW = {"en": "How the survey works.", "zh_CN": "排查流程。"}
DELIVERIES = {"en": "Deliveries.", "zh_CN": "成果报送。"}
TEMPERATURES = {"en": "Temperatures", "zh_CN": "温度"}
FLIGHT = {"en": "Ground, height, position.", "zh_CN": "地面、高度、位置。"}
SCALE = {"en": "In the temperature card", "zh_CN": "温度色标卡片"}
CANDIDATES = {"en": "gisapp detect mosaics", "zh_CN": "gisapp detect mosaics"}
COMMANDS = {"en": "Commands", "zh_CN": "命令"}
TRACING = {"en": "Tracing", "zh_CN": "上游追踪"}
DOCTOR = {"en": "Network doctor.", "zh_CN": "河网检查。"}
CATCHMENT = {"en": "Catchment of a reach.", "zh_CN": "河段集水区。"}
FROM_RASTER = {
    "en": "Catchment of a reach from flow directions.",
    "zh_CN": "由流向栅格求河段集水区。",
}
PLUGINS = {"en": "Plugins", "zh_CN": "插件"}

TOPICS: Mapping[str, Mapping[str, str]] = {
    "AttributeTable": TABLE,
    "BaseMapPanel": BASE_MAPS,
    "BookmarksPanel": MAP,
    "CandidateReview": CANDIDATES,
    "CandidateSearchCard": CANDIDATES,
    "CoveragePanel": OUTFALLS,
    "CrsPanel": ZONES,
    "DeliveryPanel": DELIVERIES,
    "FeaturePanel": OUTFALLS,
    "FindingsPanel": CHECKS,
    "FlightCard": FLIGHT,
    "ImportPanel": IMPORT,
    "LayerPanel": LAYERS,
    "MeasuresCard": SCALE,
    "NetworkPanel": DOCTOR,
    "NewProject": BEGIN,
    "OfflinePanel": BASE_MAPS,
    "OutputPanel": COMMANDS,
    "ParametersCard": TEMPERATURES,
    "PhotoCard": PHOTOS,
    "PlacePanel": OUTFALLS,
    "PluginPanel": PLUGINS,
    "ReconcilePanel": CHECKS,
    "RuleSettingsPanel": WORKFLOW,
    "SchemePanel": WORKFLOW,
    "SeriesPanel": TRACING,
    "ShiftPanel": BASE_MAPS,
    "SightingsCard": TEMPERATURES,
    "SourceCrsPanel": ZONES,
    "SpillCard": TRACING,
    "StylePanel": STYLE,
    "TemplateCard": TEMPLATES,
    "ThermalCard": SCALE,
    "ThermalScale": SCALE,
    "TracePanel": TRACING,
    "catchment": FROM_RASTER,
    "catchment-of-reach": CATCHMENT,
    "check-rivers": DOCTOR,
    "find-candidates": CANDIDATES,
    "rank-sources": TRACING,
    "spill-downstream": TRACING,
    "trace-network": TRACING,
    "trace-upstream": TRACING,
}


def topic_at(widget: QWidget | None) -> Mapping[str, str] | None:
    """Of the panel that a widget is or is in; None where the guide has no section for it."""
    while widget is not None:
        names = (str(widget.property("topic") or ""), type(widget).__name__)
        for name in names:
            if name in TOPICS:
                return TOPICS[name]
        widget = widget.parentWidget()
    return None
