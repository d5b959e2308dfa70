"""What the layer list says of a layer beside its name: how many, in which unit, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gisapp.app.base_map_formats import state_of
from gisapp.app.identify import is_features, is_raster
from gisapp.app.layer_data import LoadState
from gisapp.model.crs import extent_shown, transform_extent
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent
from gisapp.model.layer import TABLE, Layer
from gisapp.model.style import AreaStyle, PointStyle
from gisapp.model.text import language, tr
from gisapp.render.request import Data
from gisapp.ui.context import WindowContext

Badge = Literal["", "loading", "missing", "warning", "locked", "no_crs"]


@dataclass(frozen=True, slots=True)
class LayerFacts:
    note: str = ""  # at the right: a count, or the unit of a grid
    badge: Badge = ""
    words: str = ""  # what the badge means, or where the data is


def data_of(context: WindowContext, layer: Layer) -> Data | None:
    """What is loaded of the layer by now."""
    table = context.workspace.store.project.table_of(layer)
    if table is not None:
        return table
    return None if context.layer_data is None else context.layer_data.get(layer)


def facts(context: WindowContext, layer: Layer) -> LayerFacts:
    data = data_of(context, layer)
    note, words = "", layer.source.path
    if is_features(data):
        note = f"{len(data):,}"
    elif is_raster(data):
        note = data.unit
    if layer.source.format != TABLE and context.layer_data is not None:
        state, error = context.layer_data.state(layer), context.layer_data.error(layer)
        if state in (LoadState.MISSING, LoadState.FAILED):
            told = f"{error.message}\n{error.hint}".strip() if error else words
            return LayerFacts(note, "missing" if state is LoadState.MISSING else "warning", told)
        if state is LoadState.LOADING:
            return LayerFacts(note, "loading", tr("Loading"))
        if warnings := context.layer_data.warnings(layer):
            words = "\n".join(warnings)
    if (trouble := state_of(data)).words:
        return LayerFacts(note, "warning", f"{trouble.words}\n{trouble.hint}".strip())
    if layer.id in context.misplaced:
        return LayerFacts(note, "warning", context.misplaced[layer.id])
    if data is not None and not data.crs:
        return LayerFacts(note, "no_crs", tr("The file does not say which system it is in"))
    if layer.locked:
        return LayerFacts(note, "locked", tr("Locked: cannot be changed"))
    return LayerFacts(note, "", words)


def legend(layer: Layer) -> list[tuple[str, str, str]]:
    """Entries below a layer: colour, shape or marker (empty for an area) and words."""
    style = layer.style
    chinese = language() == "zh_CN"
    if isinstance(style, PointStyle) and style.by:
        return [
            (c.color, c.shape or style.marker or style.shape, c.title_zh_CN if chinese else c.title)
            for c in style.categories
        ]
    if isinstance(style, AreaStyle) and style.by:
        return [(c.color, "", c.title_zh_CN if chinese else c.title) for c in style.categories]
    return []


def extent_of(context: WindowContext, layer: Layer) -> Extent | None:
    """Where the layer is, in the project's system; None while it is not loaded or empty."""
    data = data_of(context, layer)
    crs = context.workspace.store.project.crs
    if is_features(data):
        return data.shapes_in(crs).extent
    if not is_raster(data) or getattr(data, "is_endless", False):  # a base map of the world
        return None
    try:
        return transform_extent(data.extent, data.crs, crs)
    except ParameterError:  # the map's system shows only a part of it, or nothing
        return extent_shown(data.extent, data.crs, crs)
