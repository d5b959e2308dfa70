"""Cells seen where they lie are the cells that are laid out otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import Resampling as Theirs

from gisapp.io.overview_levels import Kind, nothing
from gisapp.io.raster import GridFile, open_raster
from gisapp.io.raster_kernels import load
from gisapp.model.errors import ReadError
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.progress import Silent
from tests.io.test_raster import write

SILENT = Silent()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Values with holes, in tiles, with overviews; the same from south to north; a picture."""
    load()
    folder = tmp_path_factory.mktemp("seen")
    rng = np.random.default_rng(5)
    cells = rng.normal(20, 5, (900, 1100)).astype(np.float32)
    cells[200:300, 400:450] = np.nan
    plain = write(folder / "a.tif", cells, tiled=True, blockxsize=128, blockysize=128)
    turned = write(folder / "b.tif", cells, tiled=True, blockxsize=128, blockysize=128)
    with rasterio.open(turned, "r+") as file:
        a = file.transform
        file.transform = type(a)(a.a, 0, a.c, 0, -a.e, a.f + a.e * 900)
    with rasterio.open(plain, "r+") as file:
        file.build_overviews([2, 4], Theirs.nearest)
    colours = rng.integers(0, 256, (3, 900, 1100)).astype(np.uint8)
    picture = write(folder / "c.tif", colours, photometric="RGB")
    return SimpleNamespace(plain=plain, turned=turned, picture=picture)


def put_together(kind: Kind, file: GridFile, grid: PixelGrid) -> Any:
    parts = file.seen(kind, grid, SILENT)
    assert parts is not None
    out = nothing(kind, (grid.size.height, grid.size.width))
    filled = np.zeros(out.shape[:2], int)
    for part in parts:
        rows = slice(part.top, part.top + len(part.rows))
        columns = slice(part.left, part.left + len(part.columns))
        out[rows, columns] = part.cells[part.rows[:, None], part.columns]
        filled[rows, columns] += 1
    assert filled.max(initial=0) <= 1
    return out


def grid_on(file: GridFile, x: float, y: float, pixel: float) -> PixelGrid:
    """A picture that begins at a share of the file, with pixels of so many cells."""
    extent = file.extent
    step = pixel * extent.width / file.size.width
    at = Point(extent.left + x * extent.width, extent.top - y * extent.height)
    return PixelGrid(at, (step, 0.0), (0.0, -step), Size(170, 130), file.crs)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["plain", "turned", "picture"]),
    st.floats(-0.2, 1.05),
    st.floats(-0.2, 1.05),
    st.floats(0.05, 1.9),
)
def test_they_are_the_nearest(
    files: SimpleNamespace, name: str, x: float, y: float, pixel: float
) -> None:
    file = open_raster(getattr(files, name))
    grid = grid_on(file, x, y, pixel)
    kind: Kind = "colours" if name == "picture" else "values"
    laid = file.colours(grid, SILENT) if name == "picture" else file.values(grid, SILENT)
    np.testing.assert_array_equal(put_together(kind, file, grid), laid)
    file.close()


def test_far_away_they_come_from_an_overview(files: SimpleNamespace) -> None:
    file = open_raster(files.plain)
    grid = grid_on(file, -0.1, -0.1, 4.3)
    parts = file.seen("values", grid, SILENT)
    assert parts
    assert sum(part.cells.size for part in parts) < 300 * 300
    np.testing.assert_array_equal(put_together("values", file, grid), file.values(grid, SILENT))
    file.close()


def test_what_needs_more_than_a_choice_of_cells_is_left_to_others(files: SimpleNamespace) -> None:
    file = open_raster(files.turned)
    grid = grid_on(file, 0.2, 0.2, 0.7)
    assert file.seen("values", grid, SILENT)
    assert file.seen("values", replace(grid, crs="EPSG:3857"), SILENT) is None
    assert file.seen("values", replace(grid, across=(1.0, 0.2)), SILENT) is None
    assert file.seen("values", grid_on(file, 0, 0, 5.0), SILENT) is None  # it has no overviews
    file.close()
    smooth = open_raster(files.turned, options={"resampling": "bilinear"})
    assert smooth.seen("values", grid, SILENT) is None
    smooth.close()


def test_beside_the_file_nothing_is_seen(files: SimpleNamespace) -> None:
    file = open_raster(files.plain)
    assert file.seen("values", grid_on(file, 2.0, 0.1, 1.0), SILENT) == ()
    file.close()


def test_a_file_that_changes_is_not_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((300, 300), np.float32))
    file = open_raster(path)
    grid = grid_on(file, 0, 0, 1.0)
    assert file.seen("values", grid, SILENT)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ReadError, match="changed while it was shown"):
        file.seen("values", grid, SILENT)
    file.close()
