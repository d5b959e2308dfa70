"""Results of a search read again; what is broken or hostile is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gisapp.io.candidate_files import cutout_path, keep_cutouts, picture_bytes, read_run
from gisapp.model.errors import ReadError, WriteError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
ROW: dict[str, Any] = {
    "id": "night-001", "kind": "warm", "status": "candidate", "x": 500000.0, "y": 2560000.0,
    "delta_t_c": 2.5, "area_m2": 20.0, "sigma_m2c": 30.0, "z": 7.5, "length_m": 9.0,
    "bearing": 120.0, "bank": "left", "towards": "N", "reasons": [], "mosaic": "night.tif",
    "frames": 0, "cutout": "cutouts/night-001.png", "profile": [[0.0, 2.5], [1.0, 1.0]],
    "outline": "POLYGON ((0 0, 1 0, 1 1, 0 0))",
}  # fmt: skip
RUN: dict[str, Any] = {
    "version": "1.0.0", "crs": "EPSG:4547", "settings": {"confidence": 4.5},
    "reasons": {"small": "too small"}, "candidates": [ROW],
}  # fmt: skip


def written(folder: Path, data: Any, summary: Any = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "candidates.json").write_text(json.dumps(data), "utf-8")
    if summary is not None:
        (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    return folder


def test_a_run_is_read_whole(tmp_path):
    facts = {"file": "night.tif", "water": "polygons", "decoder": "FLIR", "accuracy_c": 0.01,
             "notes": ["water: the areas given"]}  # fmt: skip
    folder = written(tmp_path / "run", RUN, {"files": [facts]})
    (folder / "cutouts").mkdir()
    (folder / "cutouts" / "night-001.png").write_bytes(PNG)
    run = read_run(folder)
    [one] = run.candidates
    assert (one.id, one.delta_t_c, one.profile) == ("night-001", 2.5, ((0.0, 2.5), (1.0, 1.0)))
    assert one.provenance == {"decoder": "FLIR", "accuracy_c": 0.01}
    assert (run.water, run.files, run.notes) == (
        "polygons", ("night.tif",), ("water: the areas given",),
    )  # fmt: skip
    keep_cutouts(tmp_path, "r1", [("S-001", one.cutout), ("S-002", tmp_path / "gone.png")])
    assert picture_bytes(cutout_path(tmp_path, "r1", "S-001")) == PNG
    assert not cutout_path(tmp_path, "r1", "S-002").exists()


@pytest.mark.parametrize(
    "name", ["../../secret.png", "/etc/passwd", "cutouts/../../x.png", "cutouts/x.txt", ""]
)
def test_a_cut_out_that_leads_elsewhere_is_none(tmp_path, name):
    folder = written(tmp_path / "run", {**RUN, "candidates": [{**ROW, "cutout": name}]})
    assert read_run(folder).candidates[0].cutout is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**RUN, "candidates": [{**ROW, "x": None}]}, "candidate 1"),
        ({**RUN, "candidates": [ROW, {**ROW, "z": "nan"}]}, "candidate 2"),
        ({**RUN, "candidates": [{**ROW, "kind": "hot"}]}, "neither warm nor cold"),
        ({**RUN, "candidates": [{**ROW, "outline": "POLYGON (("}]}, "candidate 1"),
        ({**RUN, "candidates": ["x"]}, "candidate 1"),
        ({**RUN, "crs": "EPSG:0"}, "is no result"),
        ({**RUN, "candidates": None}, "no list of candidates"),
        ([], "no list of candidates"),
    ],
)
def test_what_is_no_result_says_which_candidate(tmp_path, data, words):
    with pytest.raises(ReadError) as error:
        read_run(written(tmp_path / "run", data))
    assert words in error.value.message
    assert "gisapp detect" in error.value.hint


def test_a_folder_without_a_result_and_one_that_is_no_json(tmp_path):
    with pytest.raises(ReadError) as error:
        read_run(tmp_path)
    assert "holds no candidates.json" in error.value.message
    (tmp_path / "candidates.json").write_bytes(b'{"version": "1.')
    with pytest.raises(ReadError, match="no JSON"):
        read_run(tmp_path)


def test_an_empty_result_has_no_system_and_no_candidates(tmp_path):
    run = read_run(written(tmp_path / "run", {"crs": "", "candidates": []}))
    assert (run.candidates, run.crs) == ((), "")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_mutated_results_are_read_or_refused(tmp_path, data):
    text = bytearray(json.dumps(RUN).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "candidates.json").write_bytes(bytes(text))
    try:
        run = read_run(tmp_path)
    except ReadError as error:
        assert error.hint  # noqa: PT017  (either way is right)
    else:
        assert len(run.candidates) <= 1


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "c:x", "a\\b"])
def test_names_of_runs_and_candidates_stay_in_their_folder(tmp_path, name):
    with pytest.raises(ReadError):
        cutout_path(tmp_path, name, "S-001")
    with pytest.raises(ReadError):
        cutout_path(tmp_path, "run", name)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "data").write_text("a file where a folder should be")
    (tmp_path / "a.png").write_bytes(PNG)
    with pytest.raises(WriteError):
        keep_cutouts(tmp_path, "r1", [("S-001", tmp_path / "a.png")])
