"""A placed frame as a layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from gisapp.io.file_kinds import sniff
from gisapp.io.thermal_frame import open_source
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.progress import Silent
from tests.thermal_files import DUCKS, iirp_jpeg, scene

SILENT = Silent()
UTM = "EPSG:32649"
TURNED = Affine.translation(500_000, 2_500_000) * Affine.rotation(30) * Affine.scale(0.2, -0.2)
PLACED = {"crs": UTM, "affine": ",".join(map(repr, TURNED[:6]))}


def test_cells_lie_where_the_placement_says() -> None:
    frame, celsius = open_source(DUCKS, PLACED, SILENT), open_thermal_image(DUCKS).celsius()
    for row, column in ((0, 0), (60, 31), (119, 119)):
        x, y = TURNED * (column + 0.5, row + 0.5)
        assert frame.value_at(Point(x, y), UTM) == pytest.approx(float(celsius[row, column]))
    x, y = TURNED * (-0.5, 10)
    assert frame.value_at(Point(x, y), UTM) is None
    assert frame.unit == "°C"
    assert frame.statistics(SILENT) is not None


def test_a_picture_of_it_shows_the_same_cells() -> None:
    frame, celsius = open_source(DUCKS, PLACED, SILENT), open_thermal_image(DUCKS).celsius()
    extent = frame.extent
    step = 0.05
    size = Size(int(extent.width / step), int(extent.height / step))
    grid = PixelGrid(Point(extent.left, extent.top), (step, 0.0), (0.0, -step), size, UTM)
    shown = frame.values(grid, SILENT)
    assert np.isnan(shown[0, 0])  # beside the turned frame
    rows, columns = np.nonzero(np.isfinite(shown))
    for row, column in zip(rows[::5000], columns[::5000], strict=True):
        place = extent.left + (column + 0.5) * step, extent.top - (row + 0.5) * step
        at = ~TURNED * place
        assert shown[row, column] == celsius[int(at[1]), int(at[0])]


def test_parameters_and_offset_of_the_layer() -> None:
    plain = open_source(DUCKS, PLACED, SILENT).sample(SILENT)
    moved = open_source(DUCKS, {**PLACED, "offset_c": "1.5"}, SILENT).sample(SILENT)
    np.testing.assert_allclose(moved, plain + 1.5, atol=1e-4)
    grey = open_source(DUCKS, {**PLACED, "emissivity": "0.8", "reflected": "-30"}, SILENT)
    assert grey.sample(SILENT).mean() > plain.mean() + 2
    with pytest.raises(ParameterError, match="no number"):
        open_source(DUCKS, {**PLACED, "emissivity": "much"}, SILENT)


def test_rounded_parameters_are_those_of_the_file(tmp_path: Path) -> None:
    """A flight keeps 0.95 where the file holds the float32 next to it: that costs no accuracy."""
    file = tmp_path / "m3t.jpg"
    file.write_bytes(iirp_jpeg(scene(512, 640, 19000, 19400)))
    image = open_thermal_image(file)
    own = image.parameters
    assert own.emissivity != round(own.emissivity, 4)
    said = {"emissivity": "0.95", "reflected": "25", "air": "25", "humidity": "0.5"}
    frame = open_source(file, {**PLACED, **said, "distance": "5"}, SILENT)
    assert frame.decoding == image.decoding
    assert frame.warnings == (image.decoding.notes if image.decoding.is_relative else ())
    other = open_source(file, {**PLACED, "emissivity": "0.9"}, SILENT)
    assert other.decoding.accuracy_c != image.decoding.accuracy_c


@pytest.mark.parametrize("affine", ["", "1,2,3", "0,0,0,0,0,0", "a,b,c,d,e,f", "1,0,nan,0,1,0"])
def test_a_frame_without_a_place_says_what_to_do(affine: str) -> None:
    with pytest.raises(ReadError, match="where it lies is not known") as refused:
        open_source(DUCKS, {"crs": UTM, "affine": affine}, SILENT)
    assert "gisapp temperature" in refused.value.hint


def test_a_dropped_frame_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "frame.jpg"
    path.write_bytes(DUCKS.read_bytes())
    with pytest.raises(ReadError, match="frame of a thermal camera"):
        sniff(path)
