"""gisapp temperature: the answers people and programs get."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Gisapp
from tests.thermal_files import DUCKS, iirp_jpeg, jpeg, scene


def test_one_file_as_json(gisapp: Gisapp) -> None:
    found = gisapp("temperature", DUCKS, "--at", "60,40", "--at-picture", "120,80", "--json")
    row = found.json
    assert found.code == 0
    assert row["decoder"] == "gisapp FLIR"
    assert row["accuracy_c"] == 0.01
    assert row["relative"] is False
    assert row["shape"] == [120, 120]
    assert row["picture_size"] == [240, 240]
    assert row["min"] < row["mean"] < row["max"]
    assert row["mean"] == pytest.approx(10.03, abs=0.01)
    assert row["parameters"]["emissivity"] == pytest.approx(0.95)
    here, there = row["at"]
    assert (here["row"], here["column"]) == (there["row"], there["column"]) == (40, 60)
    assert here["celsius"] == there["celsius"]
    assert row["files"][0]["file"] == str(DUCKS)


def test_parameters_change_temperatures(gisapp: Gisapp) -> None:
    own = gisapp("temperature", DUCKS, "--json").json
    sky = ("--emissivity", 0.9, "--reflected", -30, "--air", 5, "--distance", 20)
    changed = gisapp("temperature", DUCKS, *sky, "--humidity", 80, "--json").json
    assert changed["parameters"] == {
        "emissivity": 0.9,
        "reflected_c": -30.0,
        "air_c": 5.0,
        "humidity": 0.8,
        "distance_m": 20.0,
    }
    assert changed["mean"] > own["mean"] + 2
    assert gisapp("temperature", DUCKS, "--humidity", "80%", "--json").json["parameters"][
        "humidity"
    ] == pytest.approx(0.8)
    water = gisapp("temperature", DUCKS, "--water", "clear", "--off-nadir", 65, "--json").json
    assert water["parameters"]["emissivity"] == 0.98
    assert water["parameters"]["reflected_c"] == -25.0
    assert "65° off the vertical" in water["notes"][-1]


def test_several_files_and_one_that_is_a_picture(gisapp: Gisapp, tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(jpeg())
    (tmp_path / "m4t.jpg").write_bytes(
        iirp_jpeg(scene(256, 336, 17_000, 20_000), model=b"M4T", head_bytes=1280, table=bytes(8176))
    )
    files = (DUCKS, tmp_path / "picture.jpg", tmp_path / "m4t.jpg")
    found = gisapp("temperature", *files, "--exact", "never", "--json")
    first, second, third = found.json["files"]
    assert found.code == 1
    assert first["decoder"] == "gisapp FLIR"
    assert second["verdict"] == "picture"
    assert "picture.jpg is a picture, not temperatures" in second["error"]
    assert third["relative"] is True
    assert third["accuracy_c"] is None
    words = gisapp("temperature", *files, "--exact", "never")
    assert words.code == 1
    assert "within 0.01 °C" in words.out
    assert "relative only" in words.out
    assert "picture, not temperatures" in words.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--emissivity", "2"), "emissivity 2 is not between"),
        (("--humidity", "300"), "humidity 3 is not between"),
        (("--at", "120,0"), "120,0 is outside"),
        (("--at", "-1,0"), "-1,0 is outside"),
    ],
)
def test_what_cannot_be_is_said(gisapp: Gisapp, options: tuple[str, str], words: str) -> None:
    found = gisapp("temperature", DUCKS, *options, "--json")
    assert found.code == 1
    assert words in found.json["error"]


def test_a_folder_is_no_file(gisapp: Gisapp, tmp_path: Path) -> None:
    found = gisapp("temperature", str(tmp_path), "--json")
    assert found.code == 1
    assert "is a folder" in found.json["error"]
    assert "*.JPG" in found.json["hint"]


def test_wrong_usage(gisapp: Gisapp) -> None:
    assert "wet is no humidity" in gisapp("temperature", DUCKS, "--humidity", "wet").err
    assert gisapp("temperature").code == 2
    assert gisapp("temperature", DUCKS, "--at", "here").code == 2
    assert gisapp("temperature", DUCKS, "--humidity", "wet").code == 2
