"""Rasters that may hold temperatures: when to ask, and what an answer does to the layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from gisapp.app.layer_import import in_celsius, look_at_files
from gisapp.io.mosaic import open_source
from gisapp.io.raster import open_raster
from gisapp.io.thermal_layers import propose_temperatures
from gisapp.model.geometry import Point
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle

SILENT = Silent()
MIDDLE = Point(500_010.0, 2_499_990.0)
UTM = "EPSG:32649"


def river() -> np.ndarray:
    """Made-up °C, smooth, 14 to 22."""
    return np.linspace(14.0, 22.0, 40 * 40).reshape(40, 40)


def write(path: Path, cells: np.ndarray, **tags: str) -> Path:
    place = from_origin(500_000, 2_500_000, 0.5, 0.5)
    profile = {"count": 1, "height": 40, "width": 40, "dtype": cells.dtype, "crs": UTM}
    with rasterio.open(path, "w", "GTiff", transform=place, **profile) as target:
        target.write(cells, 1)
        target.update_tags(**tags)
    return path


def centikelvin() -> np.ndarray:
    return ((river() + 273.15) * 100).astype(np.uint16)


def test_counts_are_proposed_and_become_celsius(tmp_path: Path) -> None:
    cells = centikelvin()
    cells[:, :5] = 0  # a collar
    path = write(tmp_path / "block 3.tif", cells)
    found = propose_temperatures(path, {}, SILENT)
    assert found is not None
    assert found.unit.unit.id == "cK"
    assert dict(found.options) == {"thermal_unit": "cK", "nodata": "0"}
    proposal = look_at_files([path], Project())
    (_, layer), *_ = proposal.layers
    assert layer.role == ""  # nothing is assumed
    answered = in_celsius(layer, found)
    assert answered.role == "thermal"
    style = answered.style
    assert isinstance(style, ThermalStyle)
    assert 14 < style.low < style.high < 22
    grid = open_raster(path, options=dict(answered.source.options))
    try:
        assert grid.unit == "°C"
        assert grid.value_at(MIDDLE, UTM) == pytest.approx(river()[20, 20], abs=0.02)
        assert grid.value_at(Point(500_001.0, 2_499_990.0), UTM) is None
    finally:
        grid.close()


def test_a_mosaic_of_files_reads_them_as_was_said(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", centikelvin())
    grid = open_source(tmp_path, {"thermal_unit": "cK"}, SILENT)
    try:
        assert grid.unit == "°C"
        assert grid.value_at(MIDDLE, UTM) == pytest.approx(river()[20, 20], abs=0.02)
    finally:
        grid.close()


def test_floats_are_asked_about_only_when_their_name_speaks_of_heat(tmp_path: Path) -> None:
    """Heights of a plain look just the same."""
    cells = river().astype(np.float32)
    assert propose_temperatures(write(tmp_path / "heights.tif", cells), {}, SILENT) is None
    found = propose_temperatures(write(tmp_path / "Thermal_0417.tif", cells), {}, SILENT)
    assert found is not None
    assert found.unit.unit.id == "degC"


def test_what_says_its_unit_is_not_asked_about(tmp_path: Path) -> None:
    cells = river().astype(np.float32)
    ours = write(tmp_path / "thermal.tif", cells, GISAPP_UNIT="degC")
    assert propose_temperatures(ours, {}, SILENT) is None
    (_, layer), *_ = look_at_files([ours], Project()).layers
    assert layer.role == "thermal"
    said = {"thermal_unit": "cK"}
    path = write(tmp_path / "lwir.tif", centikelvin())
    assert propose_temperatures(path, said, SILENT) is None


def test_what_was_said_is_kept_apart_in_the_cache(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", centikelvin())
    plain, said = open_raster(path), open_raster(path, options={"thermal_unit": "cK"})
    try:
        assert plain._folder(tmp_path) != said._folder(tmp_path)
    finally:
        plain.close()
        said.close()
