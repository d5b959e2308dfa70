"""gisapp tiles."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.base_map_reading import key_name
from gisapp.app.base_maps import address_layer
from gisapp.app.command import Answer, Command, Desk
from gisapp.app.map_services import get_ready, known_key
from gisapp.app.offline_area import OfflineArea, estimate, take_along
from gisapp.io.tile_desk import close_desk
from gisapp.model.crs import CGCS2000
from gisapp.model.geometry import Extent
from gisapp.model.text import N_, tr


def _numbers(text: str) -> Extent:
    west, south, east, north = map(float, text.split(","))
    if not (west < east and south < north):
        raise argparse.ArgumentTypeError(tr("west,south,east,north in degrees"))
    return Extent(west, south, east, north)


def _zooms(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    found = int(first), int(last or first)
    if not 0 <= found[0] <= found[1] <= 24:
        raise argparse.ArgumentTypeError(tr("first and last zoom, such as 8-15"))
    return found


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help=tr("address of the tiles with {z}, {x} and {y}"))
    parser.add_argument("file", type=Path, help=tr(".mbtiles to write"))
    parser.add_argument(
        "--area", type=_numbers, required=True, help=tr("west,south,east,north in degrees")
    )
    parser.add_argument(
        "--zooms", type=_zooms, default=(8, 14), help=tr("first and last zoom, such as 8-15")
    )
    parser.add_argument("--name", default="", help=tr("name of the map"))
    parser.add_argument("--source", default="", help=tr("who made it, shown on the map"))
    parser.add_argument(
        "--estimate", action="store_true", help=tr("say how much it would be and write nothing")
    )


def _tiles(arguments: argparse.Namespace, desk: Desk) -> Answer:
    """The address is typed by a person, so its server may be asked."""
    first, last = arguments.zooms
    layer, key = address_layer(
        arguments.name, arguments.url, zooms=(first, last), attribution=arguments.source
    )
    name = key_name(layer)
    area = OfflineArea(arguments.area, CGCS2000, first, last)
    try:
        get_ready([layer], key or (known_key(name) if name else ""))
        said = estimate(layer, area, desk)
        if arguments.estimate:
            words = tr("{n} tiles, about {size} MB")
            line = words.format(n=f"{said.tiles:,}", size=f"{said.bytes / 1e6:,.1f}")
            return Answer({"tiles": said.tiles, "bytes": said.bytes}, [line])
        taken = take_along(layer, area, arguments.file, desk)
    finally:
        close_desk()
    line = tr("Written: {file}, {n} tiles, {size} MB").format(
        file=taken.path, n=f"{taken.tiles:,}", size=f"{taken.bytes / 1e6:,.1f}"
    )
    data = {"file": taken.path, "tiles": taken.tiles, "missing": taken.missing}
    return Answer({**data, "bytes": taken.bytes}, [line])


TILES = (
    Command(
        "tiles",
        N_("Take an area of a base map along (MBTiles)"),
        _arguments,
        _tiles,
        details=N_(
            "Only of services whose terms allow it. What was begun and stopped is gone on with."
        ),
    ),
)
