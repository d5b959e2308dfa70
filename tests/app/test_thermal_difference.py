"""One raster minus another, against numpy on the same cells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.flight_layers import frame_layer
from gisapp.app.layer_import import with_option
from gisapp.app.thermal_difference import (
    FRAME,
    difference_layer,
    followed,
    made_of,
    open_difference,
)
from gisapp.app.thermal_layers import provenance_of
from gisapp.io import raster, thermal_frame
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.layer import TABLE, Source
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import Correction
from tests.app.thermal_scene import (
    CELL,
    LATER,
    LEFT,
    NIGHT,
    TAGS,
    TOP,
    UTM,
    layer_of,
    values_of,
    write_raster,
)
from tests.flight_project import make_levelled

SILENT = Silent()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_raster(tmp_path / "night.tif", values_of(1))
    (tmp_path / "data").mkdir()
    taken = TAGS | {"GISAPP_TAKEN": "2025-03-01T21:00:00", "GISAPP_PARAMETERS": "{}"}
    write_raster(
        tmp_path / "data" / "later.tif",
        values_of(2),
        left=LEFT + 20 * CELL,
        top=TOP - 10 * CELL,
        tags=taken | {"GISAPP_ACCURACY_C": "0.4"},
    )
    return tmp_path


def made(folder: Path, **later):
    one = layer_of("Night", "night.tif", NIGHT, **later)
    other = layer_of("Later", "data/later.tif", LATER)
    layer = difference_layer(one, other, folder)
    data = open_difference(folder / layer.source.path, dict(layer.source.options), SILENT)
    return layer, data


def test_each_cell_is_one_minus_the_other_and_missing_where_either_is(folder) -> None:
    layer, data = made(folder)
    assert layer.name == "Night − Later"
    assert dict(layer.source.options)["minus"] == "data/later.tif"
    assert data.unit == "K"
    assert data.extent == (LEFT + 10, TOP - 60, LEFT + 80, TOP - 5)
    assert data.size == (140, 110)
    grid = PixelGrid(Point(LEFT, TOP), (CELL, 0), (0, -CELL), Size(160, 120), UTM)
    found = data.values(grid, SILENT)
    meant = np.full((120, 160), np.nan, np.float32)
    meant[10:, 20:] = values_of(1)[10:, 20:] - values_of(2)[:110, :140]
    np.testing.assert_array_equal(found, meant)
    assert np.isnan(found[40:50, 60:80]).all(), "missing in the first"
    assert np.isnan(found[50:60, 80:100]).all(), "missing in the second"
    here = Point(LEFT + 100.5 * CELL, TOP - 90.5 * CELL)
    assert data.value_at(here, UTM) == pytest.approx(float(meant[90, 100]), abs=1e-5)
    assert data.value_at(Point(LEFT + 1, TOP - 1), UTM) is None
    told = data.statistics(SILENT)
    assert told.counts.sum() == np.isfinite(meant).sum()
    assert (told.low, told.high) == (np.nanmin(meant), np.nanmax(meant))
    data.close()


def test_corrections_of_both_are_in_it_and_follow(folder) -> None:
    before, data = made(folder, correction=Correction(1.1, -2.0))
    grid = PixelGrid(Point(LEFT + 50, TOP - 40), (CELL, 0), (0, -CELL), Size(20, 20), UTM)
    raw = values_of(1)[80:100, 100:120].astype(np.float64)
    other = values_of(2)[70:90, 80:100]
    np.testing.assert_allclose(data.values(grid, SILENT), raw * 1.1 - 2 - other, atol=1e-5)
    data.close()
    later = layer_of("Later", "data/later.tif", LATER, correction=Correction(0.9, 1.5))
    night = layer_of("Night", "night.tif", NIGHT, correction=Correction(1.1, -2.0))
    after = followed(before, (night, later, before), None)
    assert after.id == before.id
    data = open_difference(folder / after.source.path, dict(after.source.options), SILENT)
    meant = raw * 1.1 - 2 - (other * 0.9 + 1.5)
    np.testing.assert_allclose(data.values(grid, SILENT), meant, atol=1e-5)
    data.close()
    plain = layer_of("Later", "data/later.tif", LATER)
    assert followed(after, (night, plain), None) == before
    assert made_of(before) == (NIGHT, LATER)
    assert followed(later, (later,), None) is later
    assert followed(after, (night,), None) is after  # the other layer is gone
    renamed = replace(plain, source=replace(plain.source, path="data/later_2.tif"))
    named = followed(before, (night, renamed), folder)
    assert named.source.option("minus") == "data/later_2.tif"


def test_it_says_where_both_are_from(folder) -> None:
    _, data = made(folder)
    known = provenance_of(data)
    assert known.file == "night.tif − later.tif"
    assert known.decoder == "made up 1"
    assert known.accuracy == pytest.approx(0.5), "0.3 and 0.4, independent"
    assert known.taken == "2025-01-17T20:41:07 − 2025-03-01T21:00:00"
    data.close()


def test_what_cannot_be_compared_is_refused(folder, tmp_path) -> None:
    one = layer_of("Night", "night.tif", NIGHT)
    with pytest.raises(ParameterError, match="itself"):
        difference_layer(one, one, folder)
    table = replace(one, source=Source(TABLE, "x"), id=LATER)
    with pytest.raises(ParameterError, match="no layer of values"):
        difference_layer(one, table, folder)
    write_raster(folder / "far.tif", values_of(3), left=LEFT + 5000)
    write_raster(folder / "height.tif", values_of(3), unit="m")
    for name, why in (("far", "no place in common"), ("height", "°C, the other in m")):
        layer = difference_layer(one, layer_of(name, f"{name}.tif", LATER), folder)
        with pytest.raises(ReadError, match=why):
            open_difference(folder / layer.source.path, dict(layer.source.options), SILENT)
    with pytest.raises(ReadError, match="not named"):
        open_difference(folder / "night.tif", {}, SILENT)
    with pytest.raises(ReadError):
        open_difference(folder / "night.tif", {"minus": "gone.tif"}, SILENT)


def test_a_frame_is_compared_with_another_and_with_a_mosaic(tmp_path: Path) -> None:
    place = make_levelled(tmp_path)
    opened = place.opened()
    project = Project("One", opened.flight.crs, ())
    frames = [frame_layer(opened, one, project, place.project) for one in opened.flight.frames[:2]]
    one, other = (replace(one, id=name) for one, name in zip(frames, "ab", strict=True))
    path = opened.mosaic.relative_to(place.project).as_posix()
    mosaic = layer_of("Mosaic", path, LATER)
    for second in (other, mosaic):
        made = difference_layer(one, second, place.project)
        data = open_difference(place.project / made.source.path, dict(made.source.options), SILENT)
        assert data.unit == "K"
        grid = PixelGrid.of(data.extent, data.size, data.crs)
        seen = data.values(grid, SILENT)
        known = seen[np.isfinite(seen)]
        assert len(known) > 2000
        # Drift of up to 2 K between frames was levelled out; what is left is the noise of edges.
        assert abs(np.median(known)) < 0.1
        # It is what one frame shows less the other, at a place both see.
        middle = np.mean([opened.flight.frames[k].corners for k in range(2)], axis=(0, 1))
        at = Point(*map(float, middle))
        values = []
        for layer in (one, second):
            reader = thermal_frame if layer.source.format == FRAME else raster
            part = reader.open_source(
                place.project / layer.source.path, dict(layer.source.options), SILENT
            )
            values.append(part.value_at(at, data.crs))
            part.close()
        assert data.value_at(at, data.crs) == pytest.approx(values[0] - values[1], abs=1e-5)
        data.close()
    # The frame is moved: the difference follows it, and its cells stay as large as the frame's.
    moved = with_option(one, affine="0.2,0,500000,0,-0.2,3000080")
    after = followed(made, (moved, mosaic), place.project)
    assert after.source.option("of.affine") == "0.2,0,500000,0,-0.2,3000080"
