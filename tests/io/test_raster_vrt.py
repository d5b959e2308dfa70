"""Mosaics described in .vrt files: plain ones are shown, whatever reaches further is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gisapp.io.file_kinds import sniff
from gisapp.io.raster import open_raster
from gisapp.model.errors import ReadError
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Silent
from tests.io.test_raster import slope, write

SRS = "<SRS>EPSG:4547</SRS><GeoTransform>500000, 0.5, 0, 2550000, 0, -0.5</GeoTransform>"


def source(name: str, at: int = 0, kind: str = "SimpleSource", more: str = "") -> str:
    return (
        f'<{kind}><SourceFilename relativeToVRT="1">{name}</SourceFilename>'
        "<SourceBand>1</SourceBand>"
        f'<SrcRect xOff="0" yOff="0" xSize="80" ySize="60"/>'
        f'<DstRect xOff="{at}" yOff="0" xSize="80" ySize="60"/>{more}</{kind}>'
    )


def vrt(folder: Path, *sources: str, band: str = "", more: str = "", name: str = "m.vrt") -> Path:
    path = folder / name
    path.write_text(
        f'<VRTDataset rasterXSize="160" rasterYSize="60">{SRS}{more}'
        f'<VRTRasterBand dataType="Float32" band="1" {band}><NoDataValue>-9999</NoDataValue>'
        f"{''.join(sources)}</VRTRasterBand></VRTDataset>"
    )
    return path


@pytest.fixture
def two(tmp_path: Path) -> Path:
    write(tmp_path / "a.tif", slope())
    write(tmp_path / "b.tif", slope() + 5)
    return tmp_path


def test_a_plain_mosaic_is_one_raster(two: Path) -> None:
    scaled = source("b.tif", 80, "ComplexSource", "<ScaleOffset>1</ScaleOffset>")
    path = vrt(two, source("a.tif"), scaled, more="<Metadata><MDI key='a'>b</MDI></Metadata>")
    grid = open_raster(path)
    found = grid.values(PixelGrid.of(grid.extent, Size(160, 60), grid.crs), Silent())
    np.testing.assert_array_equal(found[:, :80], slope())
    np.testing.assert_array_equal(found[:, 80:], slope() + 6)
    (one,) = sniff(path)
    assert (one.source.format, one.kind, one.crs) == ("vrt", "values", "EPSG:4547")


def test_a_source_that_changes_is_noticed(two: Path) -> None:
    grid = open_raster(vrt(two, source("a.tif"), source("b.tif", 80)))
    write(two / "b.tif", slope(61, 80))
    with pytest.raises(ReadError, match=r"b\.tif was changed"):
        grid.values(PixelGrid.of(grid.extent, Size(160, 60), grid.crs), Silent())


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/http://127.0.0.1/a.tif",
        "http://127.0.0.1/a.tif",
        "/vsizip/a.zip/a.tif",
        "other.vrt",
        "NETCDF:a.nc:b",
        "&lt;VRTDataset&gt;",
        "gone.tif",
        "",
    ],
)
def test_sources_elsewhere_are_refused(two: Path, name: str) -> None:
    vrt(two, source("a.tif"), name="other.vrt")
    with pytest.raises(ReadError, match=r"m\.vrt") as caught:
        open_raster(vrt(two, source("a.tif"), source(name, 80)))
    assert caught.value.hint


def test_a_description_under_another_name_is_refused(two: Path) -> None:
    vrt(two, source("a.tif"), name="other.tif")
    with pytest.raises(ReadError, match=r"other\.tif in it is not a GeoTIFF"):
        open_raster(vrt(two, source("other.tif")))
    with pytest.raises(ReadError, match="not a GeoTIFF"):
        open_raster(two / "other.tif")


@pytest.mark.parametrize(
    ("band", "more"),
    [
        ('subClass="VRTDerivedRasterBand"', ""),
        ('subClass="VRTRawRasterBand"', ""),
        ("", "<GDALWarpOptions><SourceDataset>http://127.0.0.1/</SourceDataset></GDALWarpOptions>"),
        ("", "<PansharpeningOptions/>"),
        ("", "<SRS><PixelFunctionCode>import os</PixelFunctionCode></SRS>"),
        ("", "<Group name='/'/>"),
    ],
)
def test_what_computes_pixels_is_refused(two: Path, band: str, more: str) -> None:
    with pytest.raises(ReadError, match=r"computes its pixels"):
        open_raster(vrt(two, source("a.tif"), band=band, more=more))


@pytest.mark.parametrize(
    "text",
    [
        "<VRTDataset",
        "<VRTDataset/>",
        '<!DOCTYPE x [<!ENTITY e "e">]><VRTDataset>&e;</VRTDataset>',
        "<Other><VRTDataset/></Other>",
    ],
)
def test_nonsense_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.vrt").write_text(text)
    with pytest.raises(ReadError, match=r"m\.vrt"):
        open_raster(tmp_path / "m.vrt")


def test_pixel_code_beside_the_bands_never_reaches_the_library(two: Path) -> None:
    path = vrt(two, source("a.tif", more="<OpenOptions><OOI key='A'>b</OOI></OpenOptions>"))
    with pytest.raises(ReadError, match="computes its pixels"):
        open_raster(path)
