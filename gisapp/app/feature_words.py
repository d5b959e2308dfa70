"""What a feature is called, in one line and in two."""

from __future__ import annotations

from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.layer import Layer
from gisapp.model.style import LineStyle, PointStyle
from gisapp.model.survey import layer_title
from gisapp.model.text import tr

_NAMES = ("name", "code_local", "code", "station_name", "title", "NAME", "名称")
_FACTS = ("state", "category", "target_class", "river", "bank")  # worth a second line, in turn


def feature_title(layer: Layer, data: FeatureSet, fid: FeatureId) -> str:
    """What its label says, else its name, else its id."""
    row = data.row(fid) or {}
    label = layer.style.label if isinstance(layer.style, PointStyle | LineStyle) else ""
    for field in (label, *_NAMES):
        if row.get(field) not in (None, ""):
            return str(row[field])
    return str(fid)[:8] if len(fid) == 36 else str(fid)


def feature_note(layer: Layer, data: FeatureSet, fid: FeatureId) -> str:
    """Title, and below it the layer and what is most worth knowing."""
    row: Row = data.row(fid) or {}
    fields = {field.name: field for field in data.fields}
    known = [name for name in _FACTS if name in fields and row.get(name) not in (None, "")]
    facts = [layer_title(layer), *(fields[name].shown(row[name]) for name in known[:2])]
    return f"{feature_title(layer, data, fid)}\n{' · '.join(facts)}"


def group_title(group: str) -> str:
    """What a group of fields is called, for people."""
    known = {
        "identity": tr("Identity"),
        "place": tr("Place"),
        "outlet": tr("Outlet"),
        "monitoring": tr("Monitoring"),
        "tracing": tr("Tracing"),
        "rectification": tr("Rectification"),
        "photos": tr("Photos"),
        "": tr("Fields"),
    }
    return known.get(group) or group.replace("_", " ").capitalize()
