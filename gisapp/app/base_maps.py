"""Base maps as layers of a project: made from presets, addresses, services and files, and read.

A layer says where its tiles come from in its source's options; the key is never among them, only
its name in the keyring. Nothing is asked of a server before a person allowed it on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gisapp.app.base_map_formats import FILE_FORMATS
from gisapp.app.base_map_formats import is_base_map as is_base_map
from gisapp.app.base_map_reading import file_tiles
from gisapp.io.web_hosts import host_of
from gisapp.io.web_keys import PLACE, take_out_key
from gisapp.io.web_tiles import Address
from gisapp.io.web_xml import ServiceChoice
from gisapp.model.base_map_presets import SQUARE, BaseMapPreset, preset, presets
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import ParameterError
from gisapp.model.layer import Layer, Source
from gisapp.model.project import Project
from gisapp.model.shifted import Shift
from gisapp.model.style import PictureStyle
from gisapp.model.text import tr
from gisapp.model.tile_grid import (
    grid_text,
    web_grid,
)

# ---- layers


def preset_layer(chosen: BaseMapPreset, crs: str = SQUARE) -> Layer:
    """`crs`: EPSG:3857 or EPSG:4490, the two ways 天地图 cuts its tiles."""
    options = {
        "preset": chosen.id,
        "url": chosen.address(crs),
        "crs": crs if chosen.url_degrees else SQUARE,
        "zooms": "-".join(map(str, chosen.zooms)),
        "attribution": chosen.service.attribution,
        "servers": ",".join(chosen.servers),
        "key": chosen.service.id if chosen.needs_key else "",
    }
    title = (
        chosen.title
        if chosen.title.startswith(chosen.service.title)
        else f"{chosen.service.title} {chosen.title}"
    )
    return _layer(title, "xyz", options)


def address_layer(
    name: str,
    url: str,
    *,
    zooms: tuple[int, int] = (0, 19),
    crs: str = SQUARE,
    shift: Shift = "",
    attribution: str = "",
    servers: tuple[str, ...] = (),
) -> tuple[Layer, str]:
    """A layer of tiles by address, and the key that stood in it (it goes to the keyring).

    Raises ParameterError for what is no address of tiles.
    """
    url, key = take_out_key(url.strip())
    for other, ours in (("{-y}", "{-y}"), ("${z}", "{z}"), ("${x}", "{x}"), ("${y}", "{y}")):
        url = url.replace(other, ours)
    if not ("{z}" in url and "{x}" in url and ("{y}" in url or "{-y}" in url)):
        raise ParameterError(
            tr("The address has no places for zoom, column and row"),
            hint=tr("Write {z}, {x} and {y} where they belong; {-y} when rows count from below."),
        )
    if "{s}" in url and not servers:
        servers = ("a", "b", "c")
    hosts = Address(url, web_grid(0, 0), servers).hosts  # raises ParameterError
    options = {
        "url": url,
        "crs": crs,
        "zooms": f"{zooms[0]}-{zooms[1]}",
        "shift": shift,
        "attribution": attribution,
        "servers": ",".join(servers),
        "key": hosts[0] if PLACE in url else "",
    }
    return _layer(name.strip() or hosts[0], "xyz", options), key


def service_layer(chosen: ServiceChoice, attribution: str = "") -> Layer:
    """One offer of a WMTS or WMS."""
    bounds = chosen.bounds
    options = {
        "url": chosen.template,
        "attribution": attribution,
        "key": host_of(chosen.template.replace(PLACE, "key")) if PLACE in chosen.template else "",
        "bounds": ",".join(map(repr, bounds)) if bounds else "",
    }
    if chosen.grid is not None:
        options |= {"grid": grid_text(chosen.grid)}
    else:
        options |= {"systems": ",".join(chosen.systems[:40]), "version": chosen.version}
    return _layer(chosen.title, chosen.service, options)


def file_layer(path: Path, folder: Path | None = None) -> Layer:
    """Tiles in a file. Reads it: call it in a job. Raises ReadError."""
    format_ = "pmtiles" if path.suffix.lower() == ".pmtiles" else "mbtiles"
    tiles = file_tiles(format_, path)
    name, attribution = tiles.name, tiles.attribution
    tiles.close()
    written = str(path)
    if folder is not None and path.absolute().is_relative_to(folder.absolute()):
        written = path.absolute().relative_to(folder.absolute()).as_posix()
    layer = _layer(name, format_, {"attribution": attribution})
    return replace(layer, source=replace(layer.source, path=written))


def _layer(name: str, format_: str, options: Mapping[str, str]) -> Layer:
    kept = tuple(sorted((key, value) for key, value in options.items() if value))
    return Layer(name, Source(format_, "", kept), PictureStyle())


def add_base_maps(project: Project, layers: tuple[Layer, ...]) -> LayersEdit:
    """Below all other layers, above the base maps that are there already."""
    count = 0
    for layer in project.layers:
        if not is_base_map(layer):
            break
        count += 1
    after = (*project.layers[:count], *layers, *project.layers[count:])
    return LayersEdit(tr("Add base map {name}").format(name=layers[0].name), project.layers, after)


def with_shift(layer: Layer, shift: Shift) -> Layer:
    """The base map moved back when it is shown; only base maps can be."""
    if not is_base_map(layer):
        raise ParameterError(
            tr("{layer} is no base map; data is never moved").format(layer=layer.name)
        )
    options = {**dict(layer.source.options), "shift": shift}
    kept = tuple(sorted((key, value) for key, value in options.items() if value))
    return replace(layer, source=replace(layer.source, options=kept))


def may_download(layer: Layer) -> str:
    """Why an area of this layer must not be taken away; empty when it may be."""
    if layer.source.format in FILE_FORMATS:
        return tr("The layer is a file on this computer already.")
    if layer.source.format == "wms":
        return tr("A WMS draws pictures anew for each request; areas of it cannot be taken away.")
    url = layer.source.option("url")
    for one in presets():
        same = one.id == layer.source.option("preset") or _same_service(one, url)
        if same and not one.service.may_download:
            return one.service.why_not
    if layer.source.option("download") == "no":
        return tr("The terms of this service do not allow it.")
    return ""


def _same_service(one: BaseMapPreset, url: str) -> bool:
    """Whatever name or form the address has, the terms of a server are those of its owner."""
    try:
        host = host_of(url.replace("{s}", "s").replace(PLACE, "key"))
        ours = host_of(one.url.replace("{s}", "s").replace(PLACE, "key"))
    except ParameterError:
        return False
    return host.split(".")[-2:] == ours.split(".")[-2:] and (
        host.split(".")[-3:] == ours.split(".")[-3:] or "openstreetmap" in ours
    )


def preset_of(layer: Layer) -> BaseMapPreset | None:
    name = layer.source.option("preset")
    return preset(name) if name in {one.id for one in presets()} else None
