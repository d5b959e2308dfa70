"""Measures of a raster against numpy on the same cells, from real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.analysis.thermal_measure import inside, measure_values, profile
from gisapp.io.raster import open_raster
from gisapp.model.crs import transform
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.progress import Silent
from gisapp.model.style import Correction
from gisapp.model.thermal_measure import CRS

UTM = "EPSG:32649"
LEFT, TOP, CELL = 500_000.0, 2_560_000.0, 0.5
SILENT = Silent()


def written(path: Path, values: np.ndarray, turned: float = 0.0) -> Path:
    import rasterio

    rows, columns = values.shape
    place = Affine.translation(LEFT, TOP) * Affine.rotation(turned) * Affine.scale(CELL, -CELL)
    how = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": UTM, "nodata": float("nan")}
    with rasterio.open(path, "w", width=columns, height=rows, transform=place, **how) as out:
        out.write(values.astype(np.float32), 1)
        out.units = ("degC",)
    return path


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    made = np.random.default_rng(3).normal(18, 4, (300, 400)).astype(np.float32)
    made[100:120, 50:90] = np.nan
    return made


@pytest.fixture(scope="module", params=[0.0, 31.0], ids=["north up", "turned"])
def scene(request, values, tmp_path_factory):
    path = tmp_path_factory.mktemp("measure") / "made.tif"
    raster = open_raster(written(path, values, request.param))
    yield raster, values
    raster.close()


def degrees(raster, *cells: tuple[float, float]) -> tuple[Point, ...]:
    """Places of columns and rows."""
    there = np.array([raster.cells.to_map * cell for cell in cells])
    return tuple(Point(*place) for place in transform(there, UTM, CRS).tolist())


def test_a_spot_is_the_value_of_its_cell(scene) -> None:
    raster, values = scene
    found = measure_values(raster, "spot", degrees(raster, (17.3, 42.8)), SILENT)
    assert (found.mean, found.min, found.max, found.sd) == (*[values[42, 17]] * 3, 0)
    assert (found.cells, found.missing) == (1, 0)
    nothing = measure_values(raster, "spot", degrees(raster, (60.5, 110.5)), SILENT)
    assert (nothing.cells, nothing.missing) == (0, 1)
    assert np.isnan(nothing.mean)


def test_a_box_counts_the_cells_within_and_those_without_a_value(scene) -> None:
    raster, values = scene
    corners = degrees(raster, (40.2, 90.1), (70.2, 90.1), (70.2, 130.1), (40.2, 130.1))
    found = measure_values(raster, "box", corners, SILENT)
    cells = values[90:130, 40:70].astype(np.float64)
    assert (found.cells, found.missing) == (np.isfinite(cells).sum(), np.isnan(cells).sum())
    assert found.missing == 400
    assert found.mean == pytest.approx(np.nanmean(cells), abs=1e-9)
    assert found.sd == pytest.approx(np.nanstd(cells), abs=1e-9)
    assert (found.min, found.max) == (np.nanmin(cells), np.nanmax(cells))


def test_an_outline_takes_the_cells_whose_middle_it_holds(scene) -> None:
    raster, values = scene
    ring = [(200.3, 20.4), (330.7, 60.2), (280.1, 200.6), (240.5, 90.3), (150.2, 180.9)]
    found = measure_values(raster, "area", degrees(raster, *ring), SILENT)
    x, y = np.meshgrid(np.arange(400) + 0.5, np.arange(300) + 0.5)
    within = shapely.contains_xy(shapely.Polygon(ring), x, y)
    assert found.cells == within.sum()
    assert found.mean == pytest.approx(values[within].astype(np.float64).mean(), abs=1e-9)


def test_a_line_takes_each_cell_it_passes_once(scene) -> None:
    raster, values = scene
    found = measure_values(raster, "line", degrees(raster, (10.5, 5.5), (30.5, 5.5)), SILENT)
    row = values[5, 10:31].astype(np.float64)
    assert found.cells == 21
    assert found.mean == pytest.approx(row.mean(), abs=1e-9)
    back = degrees(raster, (10.5, 5.5), (30.5, 5.5), (10.5, 5.5))
    assert measure_values(raster, "line", back, SILENT).mean == pytest.approx(row.mean(), abs=1e-9)


def test_a_profile_has_the_cells_in_order_and_metres_on_the_ellipsoid(scene) -> None:
    raster, values = scene
    line = degrees(raster, (10.5, 240.5), (110.5, 240.5), (110.5, 280.5))
    found = profile(raster, line, SILENT)
    assert found.distance[-1] == pytest.approx(70.0, rel=5e-4), "scale 0.9996 of the zone"
    assert np.isin(found.values.astype(np.float32), values).all()
    assert found.values[0] == values[240, 10]
    assert found.values[-1] == values[280, 110]
    gap = profile(raster, degrees(raster, (40.5, 110.5), (100.5, 110.5)), SILENT)
    assert np.isnan(gap.values).sum() == pytest.approx(80, abs=2), "20 m of 30 m have none"


def test_what_lies_beside_the_layer_is_refused(scene) -> None:
    raster, _ = scene
    with pytest.raises(ParameterError, match="beside the layer"):
        measure_values(raster, "spot", degrees(raster, (-900, -900)), SILENT)
    half = degrees(raster, (390, 290), (410, 290), (410, 310), (390, 310))
    assert measure_values(raster, "box", half, SILENT).cells == 100


def test_a_large_area_is_added_up_in_pieces(values, tmp_path, monkeypatch) -> None:
    from gisapp.analysis import thermal_measure

    raster = open_raster(written(tmp_path / "made.tif", values))
    corners = degrees(raster, (0, 0), (400, 0), (400, 300), (0, 300))
    whole = measure_values(raster, "box", corners, SILENT)
    monkeypatch.setattr(thermal_measure, "AT_ONCE", 4096)
    monkeypatch.setattr(thermal_measure, "SPAN", 16)
    pieces = measure_values(raster, "box", corners, SILENT)
    assert (pieces.cells, pieces.missing, pieces.min, pieces.max) == (
        whole.cells,
        whole.missing,
        whole.min,
        whole.max,
    )
    assert whole.cells + whole.missing == 400 * 300
    assert pieces.mean == pytest.approx(whole.mean, abs=1e-10)
    assert pieces.sd == pytest.approx(whole.sd, abs=1e-10)
    line = degrees(raster, (3.5, 4.5), (390.5, 280.5))
    one = measure_values(raster, "line", line, SILENT)
    monkeypatch.setattr(thermal_measure, "SPAN", 2048)
    assert one == measure_values(raster, "line", line, SILENT)
    monkeypatch.setattr(thermal_measure, "MOST", 1000)
    with pytest.raises(ParameterError, match="too many cells"):
        measure_values(raster, "box", corners, SILENT)
    raster.close()


at = st.integers(-500, 3500).map(lambda n: n / 100)
ring = st.lists(st.tuples(at, at), min_size=3, max_size=9)


@settings(max_examples=60, deadline=None)
@given(ring)
def test_inside_is_the_even_odd_rule_also_of_outlines_that_cross(corners) -> None:
    found = inside(np.array(corners), 30, 25)
    x, y = np.meshgrid(np.arange(30) + 0.5, np.arange(25) + 0.5)
    near = shapely.LinearRing(corners).distance(shapely.points(x, y)) < 1e-6
    crossed = np.zeros(x.shape, int)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        between = (y1 <= y) != (y2 <= y)
        slope = np.divide(x2 - x1, y2 - y1, out=np.zeros(1), where=y1 != y2)
        crossed += between & (x1 + (y - y1) * slope <= x)
    np.testing.assert_array_equal(found[~near], (crossed % 2 == 1)[~near])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-40, 90), min_size=1, max_size=40),
    st.floats(0.5, 2),
    st.floats(-20, 20),
    st.floats(0.5, 2),
    st.floats(-20, 20),
)
def test_values_follow_a_changed_correction(cells, gain, offset, gain2, offset2) -> None:
    from gisapp.analysis.thermal_measure import _values

    raw = np.array(cells)
    before, now = Correction(gain, offset), Correction(gain2, offset2)
    stored = _values([gain * raw + offset]).under(before, now)
    meant = _values([gain2 * raw + offset2])
    for name in ("mean", "min", "max", "sd"):
        assert getattr(stored, name) == pytest.approx(getattr(meant, name), abs=1e-5)
