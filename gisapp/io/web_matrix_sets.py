"""What a WMTS offers: its grids of tiles, made sense of.

Axis order is the trap here: corners in a system whose first axis points north are written north
first, and many services write them the other way round all the same. Where both readings are
possible, the one that puts the tiles on the earth is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from gisapp.io.web_tiles import north_first
from gisapp.io.web_xml import (
    WGS84,
    ServiceChoice,
    all_in,
    best_format,
    crs_of,
    degrees,
    extended,
    first_in,
    link_in,
    text_in,
    with_key_of,
)
from gisapp.model.crs import is_geographic, metres_per_unit, parsed, transform_extent
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent, Point, Size
from gisapp.model.tile_grid import (
    METRES_PER_DEGREE,
    MOST_LEVELS,
    PIXEL,
    TileGrid,
    TileLevel,
    checked_level,
)


def wmts_choices(root: Element, url: str) -> Iterator[ServiceChoice]:
    grids: dict[str, TileGrid] = {}
    for element in all_in(root, "Contents", "TileMatrixSet"):
        grid = _grid(element)
        if grid is not None:
            grids[text_in(element, "Identifier")] = grid
    base = _kvp_address(root) or url
    for layer in all_in(root, "Contents", "Layer"):
        name = text_in(layer, "Identifier")
        bounds = _wmts_bounds(layer)
        kind = best_format([(f.text or "").strip() for f in all_in(layer, "Format")])
        style = _wmts_style(layer)
        for link in all_in(layer, "TileMatrixSetLink"):
            matrix = text_in(link, "TileMatrixSet")
            grid = grids.get(matrix)
            if grid is None or not kind:
                continue
            grid = _limited(grid, link)
            template = _rest_template(layer, kind, style, matrix) or _kvp_template(
                base, name, style, matrix, kind
            )
            title = text_in(layer, "Title") or name
            yield ServiceChoice(
                "wmts",
                name,
                title,
                with_key_of(template, url),
                grid,
                bounds=bounds,
                version="1.0.0",
                matrix=matrix,
            )


def _grid(element: Element) -> TileGrid | None:
    crs = crs_of(text_in(element, "SupportedCRS"))
    if not crs:
        return None
    levels: list[TileLevel] = []
    for matrix in list(all_in(element, "TileMatrix"))[:MOST_LEVELS]:
        try:
            levels.append(_level(matrix, crs))
        except ValueError:
            continue
    if not levels:
        return None
    levels.sort(key=lambda level: -level.resolution)
    if is_geographic(crs):
        levels = [_mended(level) for level in levels]
    return TileGrid(crs, tuple(levels))


def _level(matrix: Element, crs: str) -> TileLevel:
    """Raises ValueError."""
    name = text_in(matrix, "Identifier")
    unit = METRES_PER_DEGREE if is_geographic(crs) else metres_per_unit(crs, Point(0, 0))
    resolution = float(text_in(matrix, "ScaleDenominator")) * PIXEL / unit
    a, b = map(float, text_in(matrix, "TopLeftCorner").split())
    size = Size(int(text_in(matrix, "TileWidth")), int(text_in(matrix, "TileHeight")))
    columns, rows = int(text_in(matrix, "MatrixWidth")), int(text_in(matrix, "MatrixHeight"))
    level = TileLevel(name, resolution, Point(a, b), size, (0, columns), (0, rows))
    return checked_level(replace(level, origin=_corner(a, b, crs, level)))


def _corner(a: float, b: float, crs: str, level: TileLevel) -> Point:
    """x and y of the top left, whichever way the service wrote them."""
    swapped = north_first(crs)
    first, second = (Point(b, a), Point(a, b)) if swapped else (Point(a, b), Point(b, a))
    if _on_earth(first, crs, level) or not _on_earth(second, crs, level):
        return first
    return second


def _on_earth(corner: Point, crs: str, level: TileLevel) -> bool:
    """Whether tiles that begin there touch where the system is used."""
    width = level.columns[1] * level.step[0]
    height = level.rows[1] * level.step[1]
    covered = Extent(corner.x, corner.y - height, corner.x + width, corner.y)
    if is_geographic(crs):
        return -181 <= corner.x < 180 and -90 < corner.y <= 95 and covered.width < 1000
    area = parsed(crs).area_of_use
    if area is None:
        return True
    try:
        used = transform_extent(Extent(*area.bounds), WGS84, crs)
    except GisError:
        return True
    return covered.intersects(used)


def _mended(level: TileLevel) -> TileLevel:
    """Some services give the denominators of the web map for tiles of degrees (2.958e8 for
    2.795e8): tiles that hold the world in a power of two are then 5.8 % too large."""
    count = level.columns[1]
    exact = 360.0 / (count * level.tile.width)
    world = abs(level.origin.x + 180.0) < 1e-6 and count & (count - 1) == 0
    if world and 1.04 < level.resolution / exact < 1.07:
        return replace(level, resolution=exact)
    return level


def _limited(grid: TileGrid, link: Element) -> TileGrid:
    limits: dict[str, tuple[int, int, int, int]] = {}
    for one in all_in(link, "TileMatrixSetLimits", "TileMatrixLimits"):
        try:
            rows = int(text_in(one, "MinTileRow")), int(text_in(one, "MaxTileRow")) + 1
            columns = int(text_in(one, "MinTileCol")), int(text_in(one, "MaxTileCol")) + 1
        except ValueError:
            continue
        limits[text_in(one, "TileMatrix")] = (*columns, *rows)
    if not limits:
        return grid
    levels = []
    for level in grid.levels:
        if level.name in limits:
            c0, c1, r0, r1 = limits[level.name]
            if c0 < c1 and r0 < r1:
                levels.append(replace(level, columns=(c0, c1), rows=(r0, r1)))
    return TileGrid(grid.crs, tuple(levels)) if levels else grid


def _wmts_bounds(layer: Element) -> Extent | None:
    box = first_in(layer, "WGS84BoundingBox")
    if box is None:
        return None
    try:
        west, south = map(float, text_in(box, "LowerCorner").split())
        east, north = map(float, text_in(box, "UpperCorner").split())
    except ValueError:
        return None
    return degrees(west, south, east, north)


def _wmts_style(layer: Element) -> str:
    styles = list(all_in(layer, "Style"))
    usual = [s for s in styles if s.get("isDefault", "").lower() == "true"] or styles
    return text_in(usual[0], "Identifier") if usual else ""


def _rest_template(layer: Element, kind: str, style: str, matrix: str) -> str:
    for resource in all_in(layer, "ResourceURL"):
        if resource.get("resourceType") != "tile" or resource.get("format") != kind:
            continue
        words = {
            "{TileMatrixSet}": matrix,
            "{TileMatrix}": "{z}",
            "{TileRow}": "{y}",
            "{TileCol}": "{x}",
            "{Style}": style,
            "{style}": style,
        }
        url = resource.get("template", "")
        for dimension in all_in(layer, "Dimension"):
            words[f"{{{text_in(dimension, 'Identifier')}}}"] = text_in(dimension, "Default")
        for place, word in words.items():
            url = url.replace(place, word)
        if all(place in url for place in ("{z}", "{x}", "{y}")):
            return url
    return ""


def _kvp_template(base: str, layer: str, style: str, matrix: str, kind: str) -> str:
    given = {
        "SERVICE": "WMTS",
        "REQUEST": "GetTile",
        "VERSION": "1.0.0",
        "LAYER": layer,
        "STYLE": style,
        "TILEMATRIXSET": matrix,
        "FORMAT": kind,
        "TILEMATRIX": "{z}",
        "TILEROW": "{y}",
        "TILECOL": "{x}",
    }
    return extended(base, given)


def _kvp_address(root: Element) -> str:
    for operation in all_in(root, "OperationsMetadata", "Operation"):
        if operation.get("name") == "GetTile":
            for get in all_in(operation, "DCP", "HTTP", "Get"):
                said = text_in(get, "Constraint", "AllowedValues", "Value")
                if said in ("", "KVP"):
                    return link_in(get)
    return ""
