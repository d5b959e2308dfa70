"""A map service on this computer that tests start: XYZ, WMTS, WMS, and every way to go wrong.

Its map is made up: red goes up and down with the longitude, green with the latitude, so that each
pixel says where it lies. Nothing of it needs a network.
"""

from __future__ import annotations

import math
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from gisapp.io.tile_desk import TileDesk, use_desk
from gisapp.io.web_keys import Keys
from gisapp.model.crs import transform
from gisapp.model.geometry import Extent, PixelGrid

PERIOD = 0.0044  # degrees from one top of a colour to the next: about 50 pixels at zoom 14
GOOD_KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"  # made up
WGS84 = "EPSG:4326"


def wave(degrees: np.ndarray) -> np.ndarray:
    """Up and down between 0 and 255, straight lines between."""
    turn = degrees / PERIOD
    return 255.0 * (1 - 2 * np.abs(turn - np.floor(turn + 0.5)))


def colours_at(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """What the map shows at places: rows x columns x RGBA."""
    out = np.zeros((*lon.shape, 4))
    out[..., 0], out[..., 1], out[..., 2], out[..., 3] = wave(lon), wave(lat), 100, 255
    return np.round(out).astype(np.uint8)


def places(grid: PixelGrid) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the middle of each pixel, every one transformed exactly."""
    columns, rows = np.meshgrid(np.arange(grid.size.width) + 0.5, np.arange(grid.size.height) + 0.5)
    x = grid.origin.x + columns * grid.across[0] + rows * grid.down[0]
    y = grid.origin.y + columns * grid.across[1] + rows * grid.down[1]
    found = transform(np.column_stack([x.ravel(), y.ravel()]), grid.crs, WGS84)
    return found[:, 0].reshape(x.shape), found[:, 1].reshape(x.shape)


def expected(grid: PixelGrid) -> np.ndarray:
    return colours_at(*places(grid))


def picture_of(extent: Extent, crs: str, width: int = 256, height: int = 256) -> np.ndarray:
    x = extent.left + (np.arange(width) + 0.5) / width * extent.width
    y = extent.top - (np.arange(height) + 0.5) / height * extent.height
    if crs == "EPSG:3857":  # by its own formula: much quicker
        lon = np.degrees(x / 6378137.0)
        lat = np.degrees(2 * np.arctan(np.exp(y / 6378137.0)) - math.pi / 2)
        return colours_at(*np.meshgrid(lon, lat))
    wide, high = np.meshgrid(x, y)
    found = transform(np.column_stack([wide.ravel(), high.ravel()]), crs, WGS84)
    return colours_at(found[:, 0].reshape(wide.shape), found[:, 1].reshape(wide.shape))


def tile_picture(zoom: int, column: int, row: int, size: int = 256) -> np.ndarray:
    """Of the square web map."""
    half = 20037508.342789244
    step = 2 * half / 2**zoom
    left, top = -half + column * step, half - row * step
    return picture_of(Extent(left, top - step, left + step, top), "EPSG:3857", size, size)


def degree_tile_picture(zoom: int, column: int, row: int) -> np.ndarray:
    step = 360.0 / 2**zoom
    left, top = -180 + column * step, 90 - row * step
    return picture_of(Extent(left, top - step, left + step, top), WGS84)


def png(rgba: np.ndarray) -> bytes:
    height, width = rgba.shape[:2]
    raw = b"".join(b"\0" + rgba[row].tobytes() for row in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(raw, 1))
        + chunk(b"IEND", b"")
    )


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    kind: str = "image/png"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


class TileServer:
    """`answer` may take a request over (None: as usual); `gate` holds all answers back."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Reply | None] = lambda asked: None
        self.gate = threading.Event()
        self.gate.set()
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.serve(self)

            def log_message(self, *args: Any) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def xyz(self) -> str:
        return f"{self.url}/xyz/{{z}}/{{x}}/{{y}}.png"

    @property
    def paths(self) -> list[str]:
        with self._lock:
            return [asked.path for asked in self.asked]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {k.lower(): v for k, v in parse_qsl(parts.query, keep_blank_values=True)}
        asked = Asked(parts.path, query, {k.lower(): v for k, v in handler.headers.items()})
        with self._lock:
            self.asked.append(asked)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            self.gate.wait(10)
            reply = self.answer(asked) or self.usual(asked)
        finally:
            with self._lock:
                self._now -= 1
        try:
            handler.send_response(reply.status)
            handler.send_header("Content-Type", reply.kind)
            handler.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(reply.body)
        except OSError:
            return  # who asked has gone

    def usual(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts[0] in ("xyz", "tms", "degrees"):
            zoom, column, row = int(parts[1]), int(parts[2]), int(parts[3].split(".")[0])
            if parts[0] == "tms":
                row = 2**zoom - 1 - row
            made = degree_tile_picture if parts[0] == "degrees" else tile_picture
            return Reply(body=png(made(zoom, column, row)))
        if parts[0] == "keyed":
            if asked.query.get("tk") != GOOD_KEY:
                return Reply(418, b'{"code":1,"msg":"key"}', "application/json")
            return Reply(body=png(tile_picture(*map(int, parts[1:4]))))
        if parts[0] == "wmts":
            return self._wmts(asked)
        if parts[0] == "wms":
            return self._wms(asked)
        return Reply(404, b"nothing here", "text/plain")

    def _wmts(self, asked: Asked) -> Reply:
        query = asked.query
        if query.get("request") == "GetCapabilities":
            return Reply(body=wmts_capabilities(self.url).encode(), kind="text/xml")
        parts = asked.path.strip("/").split("/")
        if len(parts) == 5:  # REST: wmts/rest/matrix/row/column.png
            zoom, row, column = parts[2], parts[3], parts[4].split(".")[0]
            return Reply(body=png(tile_picture(int(zoom), int(column), int(row))))
        zoom, column, row = (int(query[k]) for k in ("tilematrix", "tilecol", "tilerow"))
        if query["tilematrixset"] == "c":
            return Reply(body=png(degree_tile_picture(zoom, column, row)))
        return Reply(body=png(tile_picture(zoom, column, row)))

    def _wms(self, asked: Asked) -> Reply:
        query = asked.query
        if query.get("request") == "GetCapabilities":
            version = query.get("version", "1.3.0")
            made = wms_capabilities(self.url, "1.1.1" if "old" in asked.path else version)
            return Reply(body=made.encode(), kind="text/xml")
        a, b, c, d = map(float, query["bbox"].split(","))
        crs = query.get("crs") or query.get("srs") or ""
        swapped = query["version"] == "1.3.0" and crs in ("EPSG:4326", "EPSG:4490", "EPSG:4547")
        extent = Extent(b, a, d, c) if swapped else Extent(a, b, c, d)
        size = int(query["width"]), int(query["height"])
        return Reply(body=png(picture_of(extent, crs, *size)))


@contextmanager
def tile_server() -> Iterator[TileServer]:
    made = TileServer()
    made._thread.start()
    try:
        yield made
    finally:
        made.gate.set()
        made._server.shutdown()
        made._server.server_close()
        made._thread.join()


@contextmanager
def tile_desk(folder: Path, **more: Any) -> Iterator[TileDesk]:
    """The program's desk with folders of the test and no keyring."""
    made = TileDesk(
        folder / "config", folder / "cache", keys=Keys(use_keyring=False), **{"wait": 5.0, **more}
    )
    before = use_desk(made)
    try:
        yield made
    finally:
        use_desk(before)
        made.close()


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait for what other threads do."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.01)
    return True


def wmts_capabilities(url: str) -> str:
    """Two layers in two grids. The degrees are written north first, as EPSG says."""

    def matrices(denominator: float, corner: str, columns: int, rows: int, levels: int) -> str:
        return "".join(
            f"<TileMatrix><ows:Identifier>{n}</ows:Identifier>"
            f"<ScaleDenominator>{denominator / 2**n!r}</ScaleDenominator>"
            f"<TopLeftCorner>{corner}</TopLeftCorner><TileWidth>256</TileWidth>"
            f"<TileHeight>256</TileHeight><MatrixWidth>{max(1, columns * 2**n)}</MatrixWidth>"
            f"<MatrixHeight>{max(1, rows * 2**n // 2 or 1)}</MatrixHeight></TileMatrix>"
            for n in range(1, levels)
        )

    web = matrices(559082264.0287178, "-20037508.342789 20037508.342789", 1, 2, 19)
    degrees = matrices(2 * 279541132.0143589, "90.0 -180.0", 1, 1, 19)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1"
 xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<ows:OperationsMetadata><ows:Operation name="GetTile"><ows:DCP><ows:HTTP>
<ows:Get xlink:href="{url}/wmts/kvp?"><ows:Constraint name="GetEncoding"><ows:AllowedValues>
<ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get>
</ows:HTTP></ows:DCP></ows:Operation></ows:OperationsMetadata>
<Contents>
<Layer><ows:Title>Made-up map</ows:Title><ows:Identifier>vec</ows:Identifier>
<ows:WGS84BoundingBox><ows:LowerCorner>-180 -85</ows:LowerCorner>
<ows:UpperCorner>180 85</ows:UpperCorner></ows:WGS84BoundingBox>
<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>
<Format>tiles</Format><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>w</TileMatrixSet></TileMatrixSetLink>
<TileMatrixSetLink><TileMatrixSet>c</TileMatrixSet></TileMatrixSetLink></Layer>
<Layer><ows:Title>Made-up map by path</ows:Title><ows:Identifier>rest</ows:Identifier>
<Style><ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>
<TileMatrixSetLink><TileMatrixSet>w</TileMatrixSet></TileMatrixSetLink>
<ResourceURL format="image/png" resourceType="tile"
 template="{url}/wmts/rest/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"/></Layer>
<TileMatrixSet><ows:Identifier>w</ows:Identifier>
<ows:SupportedCRS>urn:ogc:def:crs:EPSG::900913</ows:SupportedCRS>{web}</TileMatrixSet>
<TileMatrixSet><ows:Identifier>c</ows:Identifier>
<ows:SupportedCRS>urn:ogc:def:crs:EPSG::4490</ows:SupportedCRS>{degrees}</TileMatrixSet>
</Contents></Capabilities>"""


def wms_capabilities(url: str, version: str) -> str:
    new = version == "1.3.0"
    tag = "CRS" if new else "SRS"
    systems = "".join(
        f"<{tag}>{one}</{tag}>" for one in ("EPSG:4326", "EPSG:3857", "EPSG:4547", "CRS:84")
    )
    box = (
        "<EX_GeographicBoundingBox><westBoundLongitude>110</westBoundLongitude>"
        "<eastBoundLongitude>118</eastBoundLongitude><southBoundLatitude>20</southBoundLatitude>"
        "<northBoundLatitude>26</northBoundLatitude></EX_GeographicBoundingBox>"
        if new
        else '<LatLonBoundingBox minx="110" miny="20" maxx="118" maxy="26"/>'
    )
    root = "WMS_Capabilities" if new else "WMT_MS_Capabilities"
    space = ' xmlns="http://www.opengis.net/wms"' if new else ""
    return f"""<?xml version="1.0"?>
<{root} version="{version}"{space} xmlns:xlink="http://www.w3.org/1999/xlink">
<Service><Name>WMS</Name></Service><Capability><Request><GetMap><Format>image/png</Format>
<DCPType><HTTP><Get><OnlineResource xlink:href="{url}/wms?map=made_up&amp;"/></Get></HTTP></DCPType>
</GetMap></Request><Layer><Title>All</Title>{systems}{box}
<Layer><Name>rivers</Name><Title>Made-up rivers</Title></Layer></Layer></Capability></{root}>"""
