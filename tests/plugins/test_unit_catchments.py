"""Unit catchments merged: made-up squares with a hole, and MERIT-Basins of Iceland."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from gisapp_plugins.catchment.of_reach import catchment_of_reach
from gisapp_plugins.catchment.units import merged, upstream_keys
from hypothesis import given
from hypothesis import strategies as st

from gisapp.api import Features, Field, ParameterError, Shapes, Silent
from gisapp.cli.program import run_program
from gisapp.io.vector import read_features
from gisapp.io.vector_writing import write_features

CRS, X, Y = "EPSG:4547", 500_000.0, 2_560_000.0
# a field of 3 x 3 squares of 100 m; all but the middle drain one into the next, to number 1
CELLS = [(c, r) for r in range(3) for c in range(3) if (c, r) != (1, 1)]


def areas(boxes, **columns):
    rings = [
        np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], float) + (X, Y)  # noqa: RUF005
        for x, y, w, h in boxes
    ]
    n = len(rings)
    values = {name: np.array(column) for name, column in columns.items()}
    shapes = Shapes("area", np.vstack(rings), 5 * np.arange(n + 1), np.arange(n))
    ids = np.array([str(k + 1) for k in range(n)], object)
    return Features(CRS, tuple(Field(name) for name in values), ids, values, shapes)


def squares():
    boxes = [(100 * c, 100 * r, 100, 100) for c, r in CELLS]
    return areas(boxes, COMID=[1, 2, 3, 4, 5, 6, 7, 8], NextDownID=[0, 1, 2, 1, 3, 4, 6, 7])


def test_the_land_above_a_reach_is_one_valid_area_with_its_hole():
    west = areas([(-50, -50, 200, 400)], name=["West"])
    found = catchment_of_reach.run({"areas": squares(), "reach": "1", "counties": west})
    assert found.units == 8
    assert found.polygon.is_valid
    assert found.polygon.geom_type == "Polygon"
    assert len(found.polygon.interiors) == 1
    assert found.area_km2 == pytest.approx(0.08, rel=2e-3)
    assert found.polygon.area == pytest.approx(80_000)
    [county] = found.counties
    assert county.share == pytest.approx(40_000 / 80_000)
    assert len(found.features()) == 1
    part = catchment_of_reach.run({"areas": squares(), "at": f"{X + 150},{Y + 50}"})
    assert (part.reach, part.units) == ("2", 3)
    assert "reach 2" in str(part)


def test_where_the_areas_do_not_say_the_lines_do():
    alone = areas([(100 * c, 100 * r, 100, 100) for c, r in CELLS], COMID=list(range(1, 9)))
    with pytest.raises(ParameterError, match="drains into which"):
        catchment_of_reach.run({"areas": alone, "reach": "1"})
    lines = Shapes("line", np.zeros((18, 2)), 2 * np.arange(10), np.arange(9))
    values = {"COMID": np.arange(1, 10), "NextDownID": np.array([0, 1, 2, 1, 3, 4, 6, 7, 8])}
    ids = np.array(list("123456789"), object)
    rivers = Features(CRS, (Field("COMID"), Field("NextDownID")), ids, values, lines)
    found = catchment_of_reach.run({"areas": alone, "reach": "1", "rivers": rivers})
    assert found.units == 8
    assert found.missing == ("9",)
    assert "no area" in str(found)


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"reach": "77"}, "No area drains"), ({"at": "0,0"}, "No area lies"),
     ({"at": "here"}, "not a place"), ({"reach": "1", "key_column": "nope"}, "no column")],
)  # fmt: skip
def test_what_is_not_there_is_told(asked, words):
    with pytest.raises(ParameterError, match=words):
        catchment_of_reach.run({"areas": squares(), **asked})


@given(st.lists(st.integers(-1, 30), min_size=1, max_size=30))
def test_upstream_keys_are_those_whose_way_leads_there(into):
    pairs = [(str(n), str(d)) for n, d in enumerate(into) if d >= 0]
    following = dict(pairs)

    def leads(key):
        seen = set()
        while key != "0" and key in following and key not in seen:
            seen.add(key)
            key = following[key]
        return key == "0"

    assert upstream_keys("0", pairs) == {"0"} | {k for k in following if leads(k)}


def test_neighbours_that_touch_at_a_corner_stay_valid():
    made = merged([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)])
    assert made.is_valid
    assert made.area == 2


def test_the_command_takes_areas_too(tmp_path: Path, capsys) -> None:
    file, out = tmp_path / "units.gpkg", tmp_path / "land.gpkg"
    write_features(squares(), file, CRS, Silent())
    words = ["catchment", str(file), "--reach", "4", "--output", str(out), "--json"]
    assert run_program(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["reach"], answer["units"], answer["missing"]) == ("4", 4, [])
    kept = read_features(out)
    ring = shapely.Polygon(kept.shapes.coords)
    assert ring.area == pytest.approx(40_000)
    assert run_program(["catchment", str(file)]) == 1
    assert "either a place or a reach" in capsys.readouterr().err


@pytest.mark.real_data
def test_merit_basins_of_iceland_add_up_to_what_is_published(shared_data: Path) -> None:
    folder = shared_data / "rivers/iceland"
    units = read_features(folder / "merit_basins27_catchments.parquet")
    rivers = read_features(folder / "merit_basins27_rivers.parquet")
    names = {f.name.lower(): f.name for f in rivers.fields}
    published = rivers.column(names["uparea"]).astype(float)
    row = int(np.argsort(-published)[40])
    reach = str(int(rivers.column(names["comid"])[row]))
    found = catchment_of_reach.run({"areas": units, "reach": reach, "rivers": rivers})
    assert found.area_km2 == pytest.approx(published[row], rel=2e-3)
    assert found.polygon.is_valid
