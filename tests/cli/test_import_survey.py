"""gisapp import --survey: the doctor on the command line, and on real files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from gisapp.app.import_doctor_checks import Surroundings
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.io.vector import read_features
from tests.app.survey_files import doctor, file_rows, kinds, plain_ledger, problem, write_csv
from tests.cli.conftest import Gisapp


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_survey_project(tmp_path / "survey", "Survey")
    return tmp_path / "survey"


def _ledger(tmp_path: Path) -> Path:
    rows = plain_ledger()
    rows[3][2:] = [0, 0]
    return write_csv(tmp_path / "a.csv", rows)


def test_a_dry_run_tells_all_and_writes_nothing(
    gisapp: Gisapp, folder: Path, tmp_path: Path
) -> None:
    before = (folder / "project.gpkg").read_bytes()
    ran = gisapp("import", _ledger(tmp_path), "--project", folder, "--dry-run", "--json")
    assert ran.code == 1
    assert ran.json["imported"] is False
    [zero] = [f for f in ran.json["findings"] if f["kind"] == "at_zero"]
    assert zero["rows"] == [{"row": 4, "message": "at 0, 0"}]
    assert ran.json["columns"]["排污口编码"] == "code_local"
    assert (folder / "project.gpkg").read_bytes() == before


def test_answers_and_recipes(gisapp: Gisapp, folder: Path, tmp_path: Path) -> None:
    file, recipe = _ledger(tmp_path), tmp_path / "月报.json"
    ran = gisapp(
        "import", file, "--project", folder, "--answer", "if.at_zero=skip",
        "--save-recipe", recipe, "--dry-run", "--json",
    )  # fmt: skip
    assert ran.json["counts"]["left_out"] == 1
    assert json.loads(recipe.read_text("utf-8"))["answers"]["if.at_zero"] == "skip"
    ran = gisapp("import", file, "--project", folder, "--recipe", recipe, "--json")
    assert ran.code == 0
    assert ran.json["imported"] is True
    with open_project(folder, read_only=True) as session:
        assert len(session.store.project.tables["outfalls"]) == 11
    ran = gisapp("import", file, "--project", folder, "--recipe", recipe, "--json")
    assert (ran.code, ran.json["imported"]) == (0, False)


@pytest.mark.parametrize("words", [["--answer", "x"], ["--recipe", "none.json"]])
def test_wrong_words(gisapp: Gisapp, folder: Path, tmp_path: Path, words: list[str]) -> None:
    ran = gisapp("import", _ledger(tmp_path), "--project", folder, *words)
    assert ran.code != 0
    assert ran.err


def _provinces(shared: Path) -> tuple[tuple[str, shapely.Geometry], ...]:
    """The outlines have no names: each is known by a city in it."""
    cities = {"四川省": (104.07, 30.66), "重庆市": (106.55, 29.56), "福建省": (119.3, 26.08)}
    path = shared / "rivers/admin/cn_provinces_510000_500000_350000.geojson"
    shapes = [
        shapely.make_valid(shapely.geometry.shape(f["geometry"]))
        for f in json.loads(path.read_text("utf-8"))["features"]
    ]
    found = {
        name: shape
        for name, place in cities.items()
        for shape in shapes
        if shape.contains(shapely.Point(place))
    }
    assert len(found) == 3
    return tuple(found.items())


@pytest.mark.real_data
def test_the_real_errors_of_thirty_sections(shared_data: Path) -> None:
    rivers = read_features(shared_data / "rivers/taihu/hydrorivers_taihu_bbox.shp")
    around = Surroundings(rivers, _provinces(shared_data))
    found = doctor(shared_data / "rivers/taihu/stations_snapped_subset.csv", around=around)
    names = found.values["name"]
    at_zero = [names[row] for row in problem(found, "at_zero").rows]
    assert at_zero == ["闵行西界"]
    far = [names[row] for row in problem(found, "far_away").rows]
    assert far == ["清平镇大庙村（摇金）", "合溪"]
    other = problem(found, "other_area")
    assert [names[row] for row in other.rows] == ["清平镇大庙村（摇金）"]
    assert "四川省" in other.words(0)
    off = problem(found, "far_from_rivers")
    said = {names[row]: off.words(n) for n, row in enumerate(off.rows.tolist())}
    assert said["浙江路桥"].startswith("22.2 km")
    assert len(said) == 5


@pytest.mark.real_data
def test_the_thousand_english_overflows(shared_data: Path) -> None:
    found = doctor(shared_data / "rivers/uk_cso/edm_outfalls_topofthepoops.geojson")
    assert found.counts["added"] == 1064
    assert file_rows(found, "same_place") == [371, 528, 726]
    assert kinds(found) == {"same_place"}
    assert found.targets["discharge_site_name"] == "name"
    assert np.isfinite(found.xy).all()
