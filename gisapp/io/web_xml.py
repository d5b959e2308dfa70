"""Reading what map services say of themselves: XML of strangers, with every namespace there is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from gisapp.model.crs import parsed
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.text import tr
from gisapp.model.tile_grid import TileGrid

WGS84 = "EPSG:4326"
FORMATS = ("image/png", "image/jpeg", "image/webp", "image/png8", "image/jpgpng", "tiles")


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """One layer of a service in one of its forms, ready to become a layer of the map.

    `template`: the address of a tile (`Address`). `systems`: for a WMS, what it draws in.
    """

    service: str  # wmts or wms
    name: str
    title: str
    template: str
    grid: TileGrid | None = None  # of a WMTS
    systems: tuple[str, ...] = ()
    bounds: Extent | None = None  # degrees
    version: str = ""
    matrix: str = ""  # what the service calls the grid


def root_of(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=False)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise no_service("") from error
    return root


def no_service(said: str) -> ReadError:
    return ReadError(
        tr("The answer is no description of a map service"),
        hint=said[:200] or tr("Enter the address of a WMTS or WMS, or of its capabilities."),
    )


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def all_in(element: Element, *path: str) -> Iterator[Element]:
    """Children by local name, step by step; services differ in their namespaces."""
    if not path:
        yield element
        return
    for child in element:
        if local(child) == path[0]:
            yield from all_in(child, *path[1:])


def first_in(element: Element, *path: str) -> Element | None:
    return next(all_in(element, *path), None)


def text_in(element: Element, *path: str) -> str:
    found = first_in(element, *path)
    return (found.text or "").strip() if found is not None else ""


def words_in(root: Element) -> str:
    """What a service says in an exception."""
    return " ".join(" ".join(root.itertext()).split())


def crs_of(text: str) -> str:
    """`EPSG:4490` from whatever a service calls it; empty for what is not known."""
    plain = text.strip()
    if re.search(r"CRS:?84$|OGC.*CRS84", plain, re.IGNORECASE):
        return WGS84
    found = re.search(r"(?:EPSG|epsg)[:/]+(?:[\d.]*[:/])?(\d{4,6})$", plain)
    if not found:
        return ""
    code = {"900913": "3857", "102100": "3857", "3785": "3857"}.get(found[1], found[1])
    try:
        parsed(f"EPSG:{code}")
    except GisError:
        return ""
    return f"EPSG:{code}"


def degrees(west: float, south: float, east: float, north: float) -> Extent | None:
    known = all(map(math.isfinite, (west, south, east, north)))
    if not known or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        return None
    return Extent(west, south, east, north)


def best_format(offered: list[str]) -> str:
    return next((kind for kind in FORMATS if kind in offered), "")


def link_in(element: Element) -> str:
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "href":
            return value.strip()
    return ""


def extended(base: str, given: dict[str, str]) -> str:
    """The address with parameters; placeholders stay readable."""
    parts = urlsplit(base)
    names = {name.lower() for name in given}
    kept = [
        (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in names
    ]
    query = urlencode([*kept, *given.items()], safe="{}:,/")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def with_key_of(template: str, url: str) -> str:
    """Services leave the key out of the addresses they give; it is put back in."""
    if "{key}" in template:
        return template
    for name, value in parse_qsl(urlsplit(url).query):
        if value == "{key}":
            return extended(template, {name: "{key}"})
    return template
