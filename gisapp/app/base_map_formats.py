"""Which layers are base maps, and how they are: known without what reads them."""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.model.errors import GisError
from gisapp.model.layer import Layer

WEB_FORMATS = ("xyz", "wmts", "wms")
FILE_FORMATS = ("mbtiles", "pmtiles")
FORMATS = (*WEB_FORMATS, *FILE_FORMATS)


def is_base_map(layer: Layer) -> bool:
    return layer.source.format in FORMATS


@dataclass(frozen=True, slots=True)
class BaseMapState:
    """For the layer list: `words` empty when all is well."""

    words: str = ""
    hint: str = ""


def state_of(raster: object) -> BaseMapState:
    """Of what a reader gave; anything but a base map is well."""
    trouble = getattr(raster, "trouble", None)
    if not isinstance(trouble, GisError):
        return BaseMapState()
    return BaseMapState(trouble.message, trouble.hint)
