"""Catchments against counts by hand, published ones, and a slow walk anybody believes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from gisapp_plugins.catchment.algorithm import catchment
from gisapp_plugins.catchment.directions import (
    NOTHING,
    PIT,
    from_codes,
    from_elevation,
    kind_of,
)
from gisapp_plugins.catchment.flood import channel_near, upstream_cells
from gisapp_plugins.catchment.outline import outline
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gisapp.api import Features, Field, ParameterError, Shapes
from gisapp.io.raster import open_raster
from gisapp.io.vector import read_features

E, SE, S, SW, W, NW, N, NE = 1, 2, 4, 8, 16, 32, 64, 128
VALLEY = np.array([[S, S, S, S],
                   [E, SE, S, SW],
                   [E, E, S, W],
                   [N, E, 0, W]], np.float32)  # fmt: skip


def written(path: Path, cells, crs="EPSG:4547", cell=30.0, left=500_000.0, top=2_560_000.0):
    with rasterio.open(
        path, "w", driver="GTiff", width=cells.shape[1], height=cells.shape[0], count=1,
        dtype=cells.dtype, crs=crs, transform=Affine(cell, 0, left, 0, -cell, top), nodata=247,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def test_a_valley_by_hand():
    steps = from_codes(VALLEY, "esri")
    assert steps[3, 2] == PIT
    everything = np.sort(upstream_cells(steps, 3, 2))
    assert everything.tolist() == list(range(16))
    assert np.sort(upstream_cells(steps, 2, 1)).tolist() == [4 + 4, 4 + 5, 12]
    assert upstream_cells(steps, 0, 0).tolist() == [0]


def test_no_land_and_places_outside():
    steps = from_codes(np.full((3, 3), 247, np.float32), "esri")
    assert (steps == NOTHING).all()
    assert not len(upstream_cells(steps, 1, 1))
    with pytest.raises(IndexError):
        upstream_cells(steps, 3, 0)


def test_what_a_raster_is_told_by_its_values():
    assert kind_of(VALLEY) == "esri"
    assert kind_of(np.array([[6, 5], [9, 4]], np.float32)) == "ldd"
    assert kind_of(np.array([[12.5, 3.0]], np.float32)) == "elevation"
    keys = np.array([[6, 5], [9, 8]], np.float32)
    assert from_codes(keys, "ldd").tolist() == [[0, PIT], [7, 6]]


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)),
                     elements=st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, PIT, NOTHING])),
       st.data())  # fmt: skip
def test_every_cell_that_leads_there_and_no_other(steps, data):
    """Also with circles in the directions, which no real ones have."""
    rows, columns = steps.shape
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    found = set(upstream_cells(steps, row, column).tolist())
    moves = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
    for i in range(rows):
        for j in range(columns):
            y, x, seen = i, j, set()
            while (y, x) != (row, column) and (y, x) not in seen:
                seen.add((y, x))
                if not (0 <= y < rows and 0 <= x < columns) or steps[y, x] >= PIT:
                    break
                y, x = y + moves[steps[y, x]][0], x + moves[steps[y, x]][1]
            leads = (y, x) == (row, column) and steps[i, j] != NOTHING
            assert (i * columns + j in found) == (leads and steps[row, column] != NOTHING)


def test_the_border_is_valid_and_keeps_holes():
    ring = np.array([0, 1, 2, 3, 5, 6, 7, 8, 12])  # 3 x 3 of 5 columns, a corner beside
    cells = np.array([0, 1, 2, 5, 7, 10, 11, 12, 18])
    made = outline(cells, 5, Affine(10, 0, 0, 0, -10, 100))
    assert made.is_valid
    assert made.area == pytest.approx(len(cells) * 100)
    assert isinstance(made, shapely.MultiPolygon)
    assert len(made.geoms[0].interiors) == 1
    assert len(ring) == 9


def test_a_click_beside_the_channel_finds_it():
    steps = from_codes(VALLEY, "esri")
    assert channel_near(steps, 2, 3, 1) == (3, 2)
    assert channel_near(steps, 0, 0, 0) == (0, 0)


def test_a_slope_runs_down():
    rows, columns = np.mgrid[0:40, 0:60]
    heights = (100 + np.abs(columns - 30) * 2 + (40 - rows) * 1.0).astype(np.float32)
    transform = Affine(30, 0, 0, 0, -30, 0)
    steps = from_elevation(heights, degrees=False, transform=transform)
    assert len(upstream_cells(steps, 39, 30)) > 0.8 * heights.size


def test_the_algorithm_says_area_border_and_counties(tmp_path):
    path = written(tmp_path / "d8.tif", VALLEY.astype(np.uint8))
    with_counties = Shapes(
        "area",
        np.array([[500_000, 2_559_880], [500_060, 2_559_880], [500_060, 2_560_000],
                  [500_000, 2_560_000], [500_000, 2_559_880]], float),
        np.array([0, 5]), np.array([0]),
    )  # fmt: skip
    west = Features("EPSG:4547", (Field("name"),), np.array(["1"], object),
                    {"name": np.array(["West"], object)}, with_counties)  # fmt: skip
    raster = open_raster(path)
    found = catchment.run({"raster": raster, "at": "500075,2559895", "counties": west})
    raster.close()
    assert found.cells == 16
    assert found.area_km2 == pytest.approx(16 * 900 / 1e6, rel=1e-3)
    assert found.polygon.area == pytest.approx(16 * 900)
    assert found.touches_edge
    assert [(c.name, round(c.share, 3)) for c in found.counties] == [("West", 0.5)]
    assert "D8" in str(found)
    assert len(found.features()) == 1


@pytest.mark.parametrize(
    ("at", "words"),
    [("here", "not a place"), ("1,2,3", "not a place"), ("10,20", "not on the raster")],
)
def test_wrong_places_are_told(tmp_path, at, words):
    raster = open_raster(written(tmp_path / "d8.tif", VALLEY.astype(np.uint8)))
    with pytest.raises(ParameterError, match=words):
        catchment.run({"raster": raster, "at": at})
    raster.close()


def test_the_command_writes_the_border(tmp_path, capsys):
    from gisapp.cli.program import run_program

    path = written(tmp_path / "d8.tif", VALLEY.astype(np.uint8))
    out = tmp_path / "border.geojson"
    words = ["--lang", "en", "catchment", str(path), "--at", "500075,2559895"]
    assert run_program([*words, "--output", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cells"], answer["made_of"]) == (16, "esri")
    assert json.loads(out.read_text("utf-8"))["features"][0]["properties"]["cells"] == 16
    assert run_program(["--lang", "en", "catchment", str(path), "--at", "0,0"]) == 1


@pytest.mark.real_data
def test_the_whole_rhine(shared_data: Path) -> None:
    """349,847 cells; a peer that drops border cells finds 8 fewer."""
    raster = open_raster(shared_data / "rivers/rhine/rhine_d8.tif")
    cells = raster.values(_grid(raster), _Silent())
    steps = from_codes(cells, kind_of(cells))
    pits = np.argwhere(steps == PIT)
    sizes = [len(upstream_cells(steps, int(i), int(j))) for i, j in pits]
    assert max(sizes) == 349_847
    assert (steps != NOTHING).sum() == 349_847
    raster.close()


@pytest.mark.real_data
def test_areas_of_iceland_agree_with_those_published(shared_data: Path) -> None:
    """MERIT-Basins: areas of unit catchments' outlets, against the same directions' cells."""
    import pyarrow.parquet as pq

    folder = shared_data / "rivers/iceland"
    table = pq.read_table(folder / "merit_basins27_rivers.parquet")
    raster = open_raster(folder / "merit_hydro_d8_iceland.tif")
    names = table.column_names
    lines = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    area = table["uparea"].to_numpy().astype(float)
    largest = np.argsort(-area)[:1]
    west, south, east, north = raster.extent
    for number in largest.tolist():
        ends = shapely.get_coordinates(lines[number])[[0, -1]]
        inside = [p for p in ends if west < p[0] < east and south < p[1] < north]
        found = [
            catchment.run({"raster": raster, "at": f"{x},{y}", "snap_m": 200.0}).area_km2
            for x, y in inside
        ]
        assert min(abs(km2 / area[number] - 1) for km2 in found) < 0.001, names
    raster.close()


class _Silent:
    def report(self, fraction: float, message: str = "") -> None: ...


def _grid(raster):
    from gisapp.api import PixelGrid

    return PixelGrid.of(raster.extent, raster.size, raster.crs)


def test_where_no_height_is_known_there_is_no_land():
    unknown = np.full((4, 5), np.nan, np.float32)
    steps = from_elevation(unknown, degrees=False, transform=Affine.identity())
    assert (steps == NOTHING).all()


def in_valley(*cells):
    """A line over middles of cells (row, column) of the valley."""
    return [(500_000 + 30 * (c + 0.5), 2_560_000 - 30 * (r + 0.5)) for r, c in cells]


FORK = np.array([  # two brooks of one column each meet in the middle; made up
    [4, 0, 4],
    [4, 0, 4],
    [1, 4, 16],
    [0, 4, 0],
])  # fmt: skip


def fork_lines(turned=()):
    west = in_valley((0, 0), (1, 0), (2, 0), (2, 1))
    east = in_valley((0, 2), (1, 2), (2, 2), (2, 1))
    below = in_valley((2, 1), (3, 1))
    lines = [np.array(line[::-1] if k in turned else line, float)
             for k, line in enumerate((west, east, below))]  # fmt: skip
    starts = np.cumsum([0, *(len(line) for line in lines)])
    shapes = Shapes("line", np.vstack(lines), starts, np.arange(3))
    columns = {"reach_id": np.array([7, 8, 9]), "uparea": np.array([0.0027, 0.0027, 0.0072])}
    fields = (Field("reach_id"), Field("uparea"))
    return Features("EPSG:4547", fields, np.array(["1", "2", "3"], object), columns, shapes)


@pytest.mark.parametrize("turned", [(), (0,), (0, 1, 2)])
def test_a_reach_is_left_above_what_else_flows_in_at_its_end(tmp_path, turned):
    raster = open_raster(written(tmp_path / "d8.tif", FORK.astype(np.uint8)))
    rivers = fork_lines(turned)
    found = [catchment.run({"raster": raster, "rivers": rivers, "reach": key})
             for key in ("7", "8", "9", "#1")]  # fmt: skip
    raster.close()
    assert [one.cells for one in found] == [3, 3, 8, 3]
    assert found[0].reach == "7"
    assert found[0].moved_m == pytest.approx(30)  # from the node
    assert found[0].area_km2 == pytest.approx(found[0].published_km2, rel=1e-3)
    assert "rivers say" in str(found[0])


@pytest.mark.parametrize(("reach", "words"), [("77", "no reach 77"), ("#9", "no reach 9")])
def test_a_reach_that_is_not_there_is_told(tmp_path, reach, words):
    raster = open_raster(written(tmp_path / "d8.tif", FORK.astype(np.uint8)))
    with pytest.raises(ParameterError, match=words):
        catchment.run({"raster": raster, "rivers": fork_lines(), "reach": reach})
    raster.close()


@pytest.mark.real_data
def test_catchments_of_reaches_of_iceland_agree_with_those_published(shared_data: Path) -> None:
    folder = shared_data / "rivers/iceland"
    rivers = read_features(folder / "merit_basins27_rivers.parquet")
    raster = open_raster(folder / "merit_hydro_d8_iceland.tif")
    keys = np.random.default_rng(5).choice(rivers.column("comid"), 40, replace=False)
    agree = 0
    for key in keys.tolist():
        found = catchment.run({"raster": raster, "rivers": rivers, "reach": str(int(key))})
        agree += abs(found.area_km2 / found.published_km2 - 1) < 0.001
    raster.close()
    assert agree >= 39
