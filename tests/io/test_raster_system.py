"""A raster's system has the name that pyproj gives it, also where nobody asked pyproj."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin

from gisapp.io.gathered import crs_name
from gisapp.io.raster import open_raster
from gisapp.io.raster_system import system_of

CODES = (4490, 4547, 4526, 4326, 3857, 32649, 2326, 27700, 25832, 3413, 4979)


def written(path: Path, crs: CRS) -> Path:
    place = {"crs": crs, "transform": from_origin(450_000, 2_600_000, 10, 10)}
    with rasterio.open(
        path, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8", **place
    ) as file:
        file.write(np.ones((1, 8, 8), np.uint8))
    return path


@pytest.mark.parametrize("code", CODES)
def test_known_systems_have_their_number(tmp_path, code):
    with rasterio.open(written(tmp_path / "a.tif", CRS.from_epsg(code))) as source:
        assert system_of(source) == crs_name(source.crs.to_wkt())
        assert open_raster(tmp_path / "a.tif").crs == system_of(source)
        if code != 4979:  # heights are left out by the file
            assert system_of(source) == f"EPSG:{code}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("500000", "400000"),
        ("6378137", "6378245"),
        ('"central_meridian",114', '"central_meridian",113'),
        ('"EPSG","4547"]]', '"EPSG","4546"]]'),
        ("3-degree Gauss-Kruger CM 114E", "of our own"),
    ],
)
def test_a_number_alone_is_not_believed(before, after):
    wkt = CRS.from_epsg(4547).to_wkt()
    assert before in wkt

    class Source:
        crs = CRS.from_wkt(wkt.replace(before, after))

    assert system_of(Source) == crs_name(Source.crs.to_wkt())
    if before != "3-degree Gauss-Kruger CM 114E":
        assert system_of(Source) != "EPSG:4546"


def test_no_system_has_no_name():
    class Source:
        crs = None

    assert system_of(Source) == ""


def test_pyproj_is_not_needed_to_open_a_raster(tmp_path):
    file = written(tmp_path / "a.tif", CRS.from_epsg(4547))
    told = (
        "import sys; from pathlib import Path; from gisapp.io.raster import open_raster;"
        f"print(open_raster(Path({str(file)!r})).crs, 'pyproj' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["EPSG:4547", "False"]
