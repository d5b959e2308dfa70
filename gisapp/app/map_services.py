"""Trying a map service before it becomes a layer: a tile with a key, or what it offers.

Both ask the server at once and wait: call them in a job, after the person chose the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gisapp.app.base_map_formats import WEB_FORMATS
from gisapp.app.base_map_reading import key_name as key_name_of
from gisapp.app.base_map_reading import web_address
from gisapp.io.raster_bands import Image
from gisapp.io.tile_decoding import decode_picture, picture_kind
from gisapp.io.tile_desk import desk
from gisapp.io.web_answers import Fault, Verdict, judged
from gisapp.io.web_capabilities import MOST_BYTES as MOST_CAPABILITIES
from gisapp.io.web_capabilities import capabilities_url, read_capabilities
from gisapp.io.web_fetch import WebError
from gisapp.io.web_hosts import host_of
from gisapp.io.web_keys import PLACE, masked, with_key
from gisapp.io.web_tiles import MOST_BYTES, Address
from gisapp.io.web_xml import ServiceChoice
from gisapp.model.base_map_presets import BaseMapPreset
from gisapp.model.errors import ReadError
from gisapp.model.layer import Layer
from gisapp.model.text import tr
from gisapp.model.tile_grid import Tile, TileGrid, web_grid


@dataclass(frozen=True, eq=False)
class TileTrial:
    """What one tile told; `picture` when there was one."""

    verdict: Verdict
    picture: Image | None = None

    @property
    def is_fine(self) -> bool:
        return self.verdict.fault == "fine"


def try_preset(chosen: BaseMapPreset, key: str) -> TileTrial:
    zoom, column, row = chosen.service.test
    grid = web_grid(0, max(zoom, 1))
    return try_tile(Address(chosen.url, grid, chosen.servers), Tile(zoom, column, row), key)


def try_tile(address: Address, tile: Tile, key: str = "") -> TileTrial:
    """Ask for one tile with this key. The servers are allowed by that: a person asked for it."""
    shared = desk()
    shared.hosts.allow(address.hosts)
    if PLACE in address.template and not key:
        words = Verdict("wrong_key", tr("No key was entered"), tr("The service wants one."))
        return TileTrial(words)
    try:
        answer = shared.web.get(with_key(address.of(tile, hide_key=True), key), MOST_BYTES)
    except WebError as error:
        fault: Fault = "clock" if error.reason == "clock" else "connection"
        words = Verdict(fault, masked(error.message, key), error.hint)
        return TileTrial(words)
    picture = None
    if answer.status == 200 and picture_kind(answer.body) in ("png", "jpg", "webp"):
        try:
            picture = decode_picture(answer.body)
        except ReadError:
            picture = None
    vector = answer.status == 200 and picture_kind(answer.body) == "pbf"
    return TileTrial(judged(answer, picture is not None or vector), picture)


def tile_over(grid: TileGrid, x: float, y: float) -> Tile:
    """A tile to try: some levels down, where the map is being looked at."""
    number = min(len(grid.levels) - 1, 6)
    level = grid.levels[number]
    column = int((x - level.origin.x) // level.step[0])
    row = int((level.origin.y - y) // level.step[1])
    column = min(max(column, level.columns[0]), level.columns[1] - 1)
    return Tile(number, column, min(max(row, level.rows[0]), level.rows[1] - 1))


def ask_capabilities(url: str, key: str = "") -> tuple[ServiceChoice, ...]:
    """What a WMTS or WMS offers. `url` may hold {key}. Raises ReadError, ParameterError."""
    host = host_of(url.replace(PLACE, "key"))
    shared = desk()
    shared.hosts.allow([host])
    lowered = url.lower()
    kinds = ["wms", "wmts"] if "wms" in lowered and "wmts" not in lowered else ["wmts", "wms"]
    problem: ReadError | None = None
    for kind in kinds:
        address = capabilities_url(url, kind)
        answer = shared.web.get(with_key(address, key), MOST_CAPABILITIES)
        if answer.status != 200:
            verdict = judged(answer, is_picture=False)
            problem = ReadError(f"{host}: {verdict.words}", hint=verdict.hint)
            continue
        try:
            return read_capabilities(answer.body, address)
        except ReadError as error:
            problem = ReadError(masked(error.message, key), hint=masked(error.hint, key))
    assert problem is not None
    raise problem


def allow(layer: Layer) -> None:
    """The servers of a base map may be asked from now on, on this machine. Raises ParameterError
    when its address is none."""
    if layer.source.format == "wms":
        desk().hosts.allow([host_of(layer.source.option("url").replace(PLACE, "key"))])
    elif layer.source.format in WEB_FORMATS:
        desk().hosts.allow(web_address(layer, "").hosts)


def get_ready(layers: Iterable[Layer], key: str = "", key_name: str = "") -> bool:
    """What a person chose may be asked, with this key (of `key_name`, or as the layers call it).

    Whether the key is kept for later: False when this system has no keyring. May take its time:
    call it in a job.
    """
    kept = desk().keys.keep(key_name, key) if key_name and key else True
    for layer in layers:
        allow(layer)
        name = key_name_of(layer)
        if name and key:
            kept = desk().keys.keep(name, key)
    return kept


def known_key(name: str) -> str:
    """The key of a service, if this machine has one. May take its time: call it in a job."""
    return desk().keys.get(name)
