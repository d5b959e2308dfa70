"""What services say of themselves: grids in any order of axes, keys, and hostile XML."""

from __future__ import annotations

import pytest

from gisapp.io.web_capabilities import capabilities_url, read_capabilities
from gisapp.io.web_xml import crs_of
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent
from gisapp.model.tile_grid import Tile, degree_grid, web_grid
from tests.tile_server import wms_capabilities, wmts_capabilities

URL = "https://maps.example.org"


def test_a_wmts_offers_each_layer_in_each_grid():
    found = read_capabilities(wmts_capabilities(URL).encode(), f"{URL}/wmts?tk={{key}}")
    assert [(one.name, one.matrix) for one in found] == [("vec", "w"), ("vec", "c"), ("rest", "w")]
    web, degrees, rest = found
    assert web.grid.crs == "EPSG:3857"
    assert web.grid.extent_of(Tile(4, 3, 2)) == pytest.approx(
        web_grid(1, 18).extent_of(Tile(4, 3, 2)), abs=1e-3
    )
    assert degrees.grid.crs == "EPSG:4490"
    assert degrees.grid.extent_of(Tile(4, 3, 2)) == pytest.approx(
        degree_grid("EPSG:4490").extent_of(Tile(4, 3, 2)), abs=1e-6
    )
    assert web.template.startswith(f"{URL}/wmts/kvp?")
    for part in ("TILEMATRIX={z}", "TILECOL={x}", "TILEROW={y}", "tk={key}", "LAYER=vec"):
        assert part in web.template
    assert rest.template == f"{URL}/wmts/rest/{{z}}/{{y}}/{{x}}.png?tk={{key}}"


@pytest.mark.parametrize("corner", ["90.0 -180.0", "-180.0 90.0"])
def test_corners_are_understood_in_either_order(corner):
    text = wmts_capabilities(URL).replace("90.0 -180.0", corner)
    degrees = read_capabilities(text.encode(), URL)[1]
    assert degrees.grid.levels[0].origin == (-180, 90)


def test_wrong_denominators_of_degree_grids_are_mended():
    """2.958e8 is what belongs to the web map; tiles of degrees have 2.795e8."""
    right, wrong = repr(279541132.0143589), repr(295829355.45)
    text = wmts_capabilities(URL).replace(right, wrong)
    for level in range(1, 19):
        text = text.replace(
            repr(2 * 279541132.0143589 / 2**level), repr(2 * 295829355.45 / 2**level)
        )
    degrees = read_capabilities(text.encode(), URL)[1]
    assert degrees.grid.levels[3].resolution == pytest.approx(360 / 256 / 16)


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_a_wms_in_both_versions(version):
    (found,) = read_capabilities(wms_capabilities(URL, version).encode(), f"{URL}/wms")
    assert (found.name, found.version) == ("rivers", version)
    assert found.systems == ("EPSG:3857", "EPSG:4326", "EPSG:4547")
    assert found.bounds == Extent(110, 20, 118, 26)
    assert ("CRS={crs}" if version == "1.3.0" else "SRS={crs}") in found.template
    assert "map=made_up" in found.template


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("urn:ogc:def:crs:EPSG:6.18.3:3857", "EPSG:3857"),
        ("EPSG:900913", "EPSG:3857"),
        ("http://www.opengis.net/def/crs/EPSG/0/4547", "EPSG:4547"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("CRS:84", "EPSG:4326"),
        ("EPSG:1", ""),
        ("nonsense", ""),
    ],
)
def test_names_of_systems(text, crs):
    assert crs_of(text) == crs


def test_the_address_of_the_description():
    assert capabilities_url(f"{URL}/wmts", "wmts") == (
        f"{URL}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"
    )
    typed = f"{URL}/vec_c/wmts?SERVICE=WMTS&REQUEST=GetTile&TILEMATRIX={{z}}&tk={{key}}"
    assert capabilities_url(typed, "wmts") == (
        f"{URL}/vec_c/wmts?tk={{key}}&SERVICE=WMTS&REQUEST=GetCapabilities"
    )
    assert capabilities_url(f"{URL}/a/WMTSCapabilities.xml", "wmts").endswith(".xml")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
    "<Capabilities>&c;</Capabilities>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    "<Capabilities>&b;</Capabilities>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"{}",
        b"<Capabilities/>",
        b"<WMS_Capabilities/>",
        BOMB.encode(),
        OUTSIDE.encode(),
        b"<Capabilities" + b"<a>" * 50,
    ],
)
def test_what_is_no_description_is_said(body):
    with pytest.raises(ReadError):
        read_capabilities(body, URL)


def test_what_the_service_says_instead_is_passed_on():
    text = "<ServiceExceptionReport><ServiceException>No such map</ServiceException>"
    with pytest.raises(ReadError) as caught:
        read_capabilities((text + "</ServiceExceptionReport>").encode(), URL)
    assert "No such map" in caught.value.hint
