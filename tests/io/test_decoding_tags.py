"""What a file says of its temperatures; what cannot be read says nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gisapp.io.decoding_tags import read_decoding
from gisapp.io.raster import open_raster
from tests.app.thermal_scene import write_raster

VALUES = np.full((4, 5), 18.0, np.float32)


def written(path: Path, **tags: str) -> Path:
    return write_raster(path, VALUES, tags=tags)


def test_tags_are_read(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.tif",
        GISAPP_DECODER="made up 1",
        GISAPP_PARAMETERS='{"emissivity": 0.98}',
        GISAPP_ACCURACY_C="0.15",
        GISAPP_TAKEN="2025-01-17T20:41:07",
    )
    found = read_decoding(path)
    assert (found.file, found.decoder, found.accuracy) == ("a.tif", "made up 1", 0.15)
    assert found.parameters == '{"emissivity": 0.98}'
    assert found.taken == "2025-01-17T20:41:07"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"GISAPP_PARAMETERS": '{"accuracy_c": 0.4}'}, 0.4),
        ({"GISAPP_PARAMETERS": "not json"}, None),
        ({"GISAPP_PARAMETERS": "[1]"}, None),
        ({"GISAPP_ACCURACY_C": "nan"}, None),
        ({"GISAPP_ACCURACY_C": "-1"}, None),
        ({"GISAPP_ACCURACY_C": "good"}, None),
        ({}, None),
    ],
)
def test_an_accuracy_that_is_no_number_is_none(tmp_path, said, meant) -> None:
    assert read_decoding(written(tmp_path / "a.tif", **said)).accuracy == meant


def test_the_time_of_tiff_stands_in_and_a_folder_speaks_with_its_first_file(tmp_path) -> None:
    folder = tmp_path / "night"
    folder.mkdir()
    written(folder / "b.tif", GISAPP_DECODER="second")
    written(folder / "a.tif", GISAPP_DECODER="first", TIFFTAG_DATETIME="2025:01:17 20:41:07")
    found = read_decoding(folder)
    assert (found.file, found.decoder, found.taken) == ("night", "first", "2025-01-17T20:41:07")
    assert read_decoding(written(tmp_path / "c.tif", TIFFTAG_DATETIME="soon")).taken == ""


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    text = tmp_path / "a.tif"
    text.write_text("no picture")
    for path in (text, tmp_path / "gone.tif", tmp_path):
        found = read_decoding(path)
        assert (found.decoder, found.accuracy, found.taken) == ("", None, "")
    cut = tmp_path / "cut.tif"
    cut.write_bytes(written(tmp_path / "whole.tif", GISAPP_DECODER="x").read_bytes()[:60])
    assert read_decoding(cut).decoder == ""


def test_the_unit_may_be_in_a_tag_of_ours(tmp_path: Path) -> None:
    raster = open_raster(
        write_raster(tmp_path / "a.tif", VALUES, tags={"GISAPP_UNIT": "degC"}, unit="")
    )
    assert raster.unit == "°C"
    raster.close()
