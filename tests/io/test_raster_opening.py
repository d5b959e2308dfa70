"""Who reads cells only opens the file without its place; levels are looked at once for all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_origin

from gisapp.io.raster import open_raster
from gisapp.io.raster_opening import Opened
from gisapp.model.progress import Silent

SIDE = 1100  # odd at the second overview: its size is no exact part


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Made-up temperatures; what stands for no data, and the unit, are said beside the file."""
    path = tmp_path / "a.tif"
    cells = np.add.outer(np.arange(SIDE, dtype=np.int16), np.arange(SIDE, dtype=np.int16))
    cells[:40, :30] = -7
    place = {"crs": "EPSG:4547", "transform": from_origin(450_000, 2_600_000, 2, 2)}
    shape = {"width": SIDE, "height": SIDE, "count": 1, "dtype": "int16"}
    with rasterio.open(path, "w", driver="GTiff", tiled=True, **shape, **place) as made:
        made.write(cells, 1)
        made.build_overviews([2, 4, 8], Resampling.nearest)
    path.with_name("a.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><NoDataValue>-7</NoDataValue>"
        "<UnitType>degC</UnitType></PAMRasterBand></PAMDataset>"
    )
    return path


@pytest.fixture
def opened(monkeypatch) -> list[tuple[int, bool]]:
    """Level and whether placed, of all that is opened."""
    seen: list[tuple[int, bool]] = []
    source = Opened.source

    def watched(self, level, *, placed):
        seen.append((level, placed))
        return source(self, level, placed=placed)

    monkeypatch.setattr(Opened, "source", watched)
    return seen


def test_every_thread_reads_the_same_cells_and_only_the_first_asks_for_the_place(file, opened):
    raster = open_raster(file)
    assert (raster.crs, raster.unit, raster.cells.size) == ("EPSG:4547", "°C", (SIDE, SIDE))
    window = (0, 0, 137, 137)

    def read(level: int) -> np.ndarray:
        return raster.cells.values(level, window, 1, Silent())

    with ThreadPoolExecutor(1) as other:
        for level in range(4):
            here, there = read(level), other.submit(read, level).result()
            np.testing.assert_array_equal(here, there)
            assert np.isnan(there[0, 0])
            assert there[-1, -1] > 0
    assert opened.count((0, True)) == 1
    assert [placed for _, placed in opened].count(True) == 1
    assert {level for level, _ in opened} == {0, 1, 2, 3}


def test_sizes_of_levels_are_asked_for_once(file, opened):
    raster = open_raster(file)
    together = Barrier(4)

    def sizes(_: int) -> list[tuple[int, int]]:
        together.wait()
        return [tuple(raster.cells.level_size(level)) for level in range(4)]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(sizes, range(4)))
    assert found == [[(1100, 1100), (550, 550), (275, 275), (138, 138)]] * 4
    assert sorted(level for level, _ in opened) == [0, 1, 2, 3]
