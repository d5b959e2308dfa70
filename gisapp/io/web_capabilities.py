"""What a WMTS or WMS says it offers, as choices that can become layers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from gisapp.io.web_matrix_sets import wmts_choices
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
    local,
    no_service,
    root_of,
    text_in,
    with_key_of,
    words_in,
)
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent
from gisapp.model.text import tr

MOST_BYTES = 32 * 1024 * 1024
MOST_CHOICES = 5000


def capabilities_url(url: str, service: str) -> str:
    """The address of the document, from whatever address of the service was typed."""
    parts = urlsplit(url.strip())
    if parts.path.lower().endswith(".xml"):
        return url.strip()
    dropped = ("service", "request", "version", "layer", "layers", "tilematrix", "tilerow",
               "tilecol", "bbox", "width", "height", "crs", "srs", "styles", "style", "format",
               "tilematrixset", "transparent")  # fmt: skip
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() not in dropped]
    kept += [("SERVICE", service.upper()), ("REQUEST", "GetCapabilities")]
    query = urlencode(kept, safe="{}")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def read_capabilities(body: bytes, url: str) -> tuple[ServiceChoice, ...]:
    """`url`: where it came from, with {key} in place of a key. Raises ReadError."""
    root = root_of(body)
    kind = local(root)
    if kind == "Capabilities":
        found = list(wmts_choices(root, url))
    elif kind in ("WMS_Capabilities", "WMT_MS_Capabilities"):
        found = list(_wms(root, url))
    else:
        raise no_service(words_in(root))
    if not found:
        raise ReadError(
            tr("The service offers no maps that can be shown here"),
            hint=tr("It may draw only in systems or formats that are not known here."),
        )
    return tuple(found[:MOST_CHOICES])


def _wms(root: Element, url: str) -> Iterator[ServiceChoice]:
    version = "1.3.0" if root.get("version", "").startswith("1.3") else "1.1.1"
    request = first_in(root, "Capability", "Request", "GetMap")
    if request is None:
        return
    kind = best_format([(f.text or "").strip() for f in all_in(request, "Format")])
    get = first_in(request, "DCPType", "HTTP", "Get", "OnlineResource")
    base = (link_in(get) if get is not None else "") or url
    for top in all_in(root, "Capability", "Layer"):
        for layer, systems, bounds in _wms_layers(top, (), None):
            name = text_in(layer, "Name")
            if not name or not kind or not systems:
                continue
            given = {
                "SERVICE": "WMS",
                "REQUEST": "GetMap",
                "VERSION": version,
                "LAYERS": name,
                "STYLES": "",
                "FORMAT": kind,
                "TRANSPARENT": "FALSE" if kind == "image/jpeg" else "TRUE",
                "WIDTH": "{width}",
                "HEIGHT": "{height}",
                "CRS" if version == "1.3.0" else "SRS": "{crs}",
                "BBOX": "{bbox}",
            }
            template = with_key_of(extended(base, given), url)
            title = text_in(layer, "Title") or name
            yield ServiceChoice(
                "wms",
                name,
                title,
                template,
                systems=systems,
                bounds=bounds,
                version=version,
            )


def _wms_layers(
    layer: Element, systems: tuple[str, ...], bounds: Extent | None, depth: int = 0
) -> Iterator[tuple[Element, tuple[str, ...], Extent | None]]:
    """Layers below each other take over systems and bounds."""
    if depth > 30:
        return
    said = [e.text or "" for tag in ("CRS", "SRS") for e in all_in(layer, tag)]
    own = tuple(crs for text in said for one in text.split() if (crs := crs_of(one)))
    systems = tuple(dict.fromkeys((*systems, *own)))
    bounds = _wms_bounds(layer) or bounds
    yield layer, _useful_first(systems), bounds
    for child in all_in(layer, "Layer"):
        yield from _wms_layers(child, systems, bounds, depth + 1)


def _useful_first(systems: tuple[str, ...]) -> tuple[str, ...]:
    """For maps in other systems, the web map is the best to start from."""
    order = {"EPSG:3857": 0, "EPSG:4490": 1, WGS84: 2}
    return tuple(sorted(systems, key=lambda crs: order.get(crs, 3)))


def _wms_bounds(layer: Element) -> Extent | None:
    box = first_in(layer, "EX_GeographicBoundingBox")
    try:
        if box is not None:
            west, east = (float(text_in(box, f"{s}BoundLongitude")) for s in ("west", "east"))
            south, north = (float(text_in(box, f"{s}BoundLatitude")) for s in ("south", "north"))
            return degrees(west, south, east, north)
        box = first_in(layer, "LatLonBoundingBox")
        if box is not None:
            return degrees(*(float(box.get(n, "nan")) for n in ("minx", "miny", "maxx", "maxy")))
    except ValueError:
        return None
    return None
