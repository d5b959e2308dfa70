"""Radiometric TIFFs as programs really write them: units, no data, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from gisapp.io.thermal_image import open_thermal_image
from gisapp.io.thermal_refusals import NoTemperaturesError
from gisapp.model.errors import ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def river(rows: int = 40, columns: int = 50) -> np.ndarray:
    """Made-up °C: 14 to 22, smooth."""
    return np.linspace(14.0, 22.0, rows * columns).reshape(rows, columns)


def write(path: Path, cells: np.ndarray, *, unit: str = "", **more: Any) -> Path:
    cells = cells if cells.ndim == 3 else cells[None]
    colours = more.pop("colours", None)
    profile = {"count": len(cells), "height": cells.shape[1], "width": cells.shape[2]}
    with rasterio.open(path, "w", "GTiff", dtype=cells.dtype, **profile, **more) as target:
        if colours:
            target.colorinterp = colours
        target.write(cells)
        if unit:
            target.update_tags(UNIT=unit)
    return path


@pytest.mark.parametrize(
    ("numbers", "dtype", "near"),
    [
        (lambda c: c, np.float32, 0.001),
        (lambda c: c + 273.15, np.float32, 0.001),
        (lambda c: (c + 273.15) * 100, np.uint16, 0.011),
        (lambda c: (c + 273.15) * 10, np.uint16, 0.11),
        (lambda c: (c + 273.15) / 0.04, np.uint16, 0.041),
        (lambda c: (c + 273.15) / 0.4, np.uint16, 0.41),
        (lambda c: (c + 100) * 100, np.uint16, 0.011),
        (lambda c: c * 10, np.int16, 0.11),
    ],
    ids=["degC", "K", "cK", "dK", "0.04K", "0.4K", "thermoMAP", "0.1degC"],
)
def test_every_unit_is_proposed_and_said(
    tmp_path: Path, numbers: Any, dtype: type, near: float
) -> None:
    path = write(tmp_path / "a.tif", numbers(river()).astype(dtype))
    image = open_thermal_image(path)
    np.testing.assert_allclose(image.celsius(), river(), atol=near)
    assert "proposed, not said by the file" in image.decoding.notes[-1]
    assert image.decoding.accuracy_c is not None
    assert image.decoding.accuracy_c <= near


def test_a_declared_or_given_unit_is_not_a_proposal(tmp_path: Path) -> None:
    kelvin = (river() + 273.15).astype(np.float32)
    declared = open_thermal_image(write(tmp_path / "a.tif", kelvin, unit="K"))
    assert declared.decoding.notes == ()
    np.testing.assert_allclose(declared.celsius(), river(), atol=0.01)
    counts = ((river() + 273.15) / 0.04).astype(np.uint16)
    path = write(tmp_path / "b.tif", counts)
    given = open_thermal_image(path, unit="thermoMAP")  # what the user says, be it odd
    assert given.decoding.notes == ()
    assert float(given.celsius()[0, 0]) == pytest.approx(counts[0, 0] * 0.01 - 100, abs=0.01)
    with pytest.raises(ParameterError, match="no unit"):
        open_thermal_image(path, unit="furlong")


def test_scale_and_offset_of_the_file_come_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", (river() * 100 + 5000).astype(np.int16))
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.01,), (-50.0,)
    np.testing.assert_allclose(open_thermal_image(path).celsius(), river(), atol=0.011)


@pytest.mark.parametrize("number", [-10_000.0, -32_767.0, -9999.0, 0.0, 256.0])
def test_collars_nobody_declared_are_no_temperatures(tmp_path: Path, number: float) -> None:
    cells = river().astype(np.float32)
    cells[:, :6] = number
    image = open_thermal_image(write(tmp_path / "a.tif", cells))
    celsius = image.celsius()
    assert np.isnan(celsius[:, :6]).all()
    assert np.isfinite(celsius[:, 6:]).all()
    assert "taken for no data" in image.decoding.notes[0]


def test_declared_no_data_nan_and_absolute_zero(tmp_path: Path) -> None:
    cells = river().astype(np.float32)
    cells[0], cells[1], cells[2, 0] = -1234.0, np.nan, -273.15
    celsius = open_thermal_image(write(tmp_path / "a.tif", cells, nodata=-1234.0)).celsius()
    assert np.isnan(celsius[:2]).all()
    assert np.isnan(celsius[2, 0])
    assert np.isfinite(celsius[2, 1:]).all()


def test_declared_zero_is_said_to_be_a_risk(tmp_path: Path) -> None:
    cells = river().astype(np.float32)
    cells[0] = 0.0
    image = open_thermal_image(write(tmp_path / "a.tif", cells, nodata=0.0))
    assert np.isnan(image.celsius()[0]).all()
    assert "hole" in image.decoding.notes[0]


def test_transparency_is_no_data(tmp_path: Path) -> None:
    """ODM: a band of float32 °C and a band of alpha."""
    cells = np.stack([river(), np.full((40, 50), 255.0)]).astype(np.float32)
    cells[1, :, :10] = 0
    cells[0, :, :10] = 17.0
    colours = (ColorInterp.gray, ColorInterp.alpha)
    path = write(tmp_path / "a.tif", cells, colours=colours)
    celsius = open_thermal_image(path).celsius()
    assert np.isnan(celsius[:, :10]).all()
    assert np.isfinite(celsius[:, 10:]).all()


def test_whole_numbers_with_no_data(tmp_path: Path) -> None:
    cells = ((river() + 273.15) * 100).astype(np.uint16)
    cells[0] = 0
    celsius = open_thermal_image(write(tmp_path / "a.tif", cells, nodata=0)).celsius()
    assert np.isnan(celsius[0]).all()
    np.testing.assert_allclose(celsius[1:], river()[1:], atol=0.011)
    cold = (river() * 10 - 300).astype(np.int16)  # below zero too
    np.testing.assert_allclose(
        open_thermal_image(write(tmp_path / "b.tif", cold)).celsius(), river() - 30, atol=0.11
    )


RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


@pytest.mark.parametrize(
    ("cells", "colours"),
    [
        (np.full((3, 8, 8), 90, np.uint8), RGB),
        (np.full((4, 8, 8), 90, np.uint8), (*RGB, ColorInterp.alpha)),
        (np.full((1, 8, 8), 90, np.uint8), None),
        (np.full((3, 8, 8), 90, np.uint16), RGB),  # 8 bits of grey in three bands of 16
    ],
    ids=["RGB", "RGBA", "grey", "grey in 16 bits"],
)
def test_palette_pictures_are_refused(tmp_path: Path, cells: np.ndarray, colours: Any) -> None:
    path = write(tmp_path / "a.tif", cells, colours=colours)
    with pytest.raises(NoTemperaturesError, match="picture, not temperatures") as refused:
        open_thermal_image(path)
    assert refused.value.verdict == "picture"


def test_numbers_that_fit_no_unit_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.linspace(3000, 9000, 400, dtype=np.float32).reshape(20, 20))
    with pytest.raises(NoTemperaturesError, match="fit none") as refused:
        open_thermal_image(path)
    assert refused.value.verdict == "unit"


def test_a_cut_off_tiff_is_damaged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the library says of it is logged."""
    path = write(tmp_path / "a.tif", river().astype(np.float32))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(NoTemperaturesError) as refused:
        open_thermal_image(path)
    assert refused.value.verdict == "damaged"
