"""Flights that are not as they should be: what is said, and what is used all the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.flight import make_flight, place_at_once
from gisapp.app.flight_options import FlightOptions
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.progress import Silent
from tests.flight_files import (
    MadeFlight,
    frame_bytes,
    make_flight_files,
    true_poses,
    xmp_text,
)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MadeFlight]:
    folder = tmp_path_factory.mktemp("few")
    return folder, make_flight_files(folder, poses=true_poses(1, 3), visible=False)


def test_one_frame_is_a_flight_too(frames: tuple[Path, MadeFlight], tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(frames[0] / frames[1].names[0], folder)
    done = make_flight(folder, tmp_path / "out", FlightOptions(), Silent())
    assert len(done.flight.frames) == 1
    assert done.flight.fit is not None
    assert done.flight.fit["drift"]["without_overlap"] == [frames[1].names[0]]
    assert (tmp_path / "out" / "mosaic.tif").exists()


def test_frames_that_share_nothing_are_named(tmp_path: Path) -> None:
    poses = list(true_poses(1, 3))
    far = replace(poses[0], x=poses[0].x + 35, y=poses[0].y - 15)
    folder = tmp_path / "frames"
    folder.mkdir()
    made = make_flight_files(folder, poses=[*poses, far])
    done = make_flight(folder, tmp_path / "out", FlightOptions(mosaic=False), Silent())
    assert done.flight.fit is not None
    assert done.flight.fit["drift"]["without_overlap"] == [made.names[3]]
    assert done.flight.fit["without_ties"] == [made.names[3]]
    assert done.flight.frames[3].offset_c == 0


def test_wrong_folders_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="not a folder"):
        make_flight(tmp_path / "none", tmp_path / "out", FlightOptions(), Silent())
    with pytest.raises(ReadError, match="no thermal frame") as caught:
        make_flight(tmp_path, tmp_path / "out", FlightOptions(), Silent())
    assert "no JPEG" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_frames_without_positions_say_so(tmp_path: Path) -> None:
    flat = np.full((256, 320), 20.0)
    (tmp_path / "a_T.JPG").write_bytes(frame_bytes(flat, xmp_text(GimbalPitchDegree="-90")))
    with pytest.raises(ReadError, match="can be placed") as caught:
        make_flight(tmp_path, tmp_path / "out", FlightOptions(), Silent())
    assert "GPS" in caught.value.hint


def test_of_two_cameras_the_one_with_more_frames_is_used(
    frames: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for name in frames[1].names[:3]:
        shutil.copy(frames[0] / name, folder)
    other = (folder / frames[1].names[2]).read_bytes().replace(b"M3T\0", b"M4T\0", 1)
    (folder / frames[1].names[2]).write_bytes(other)
    options = FlightOptions(mosaic=False)
    done = make_flight(folder, tmp_path / "out", options, Silent())
    assert len(done.flight.frames) == 2
    assert [out.verdict for out in done.flight.left_out] == ["other_camera"]
    chosen = place_at_once(folder, replace(options, camera="m4t"), Silent())
    assert len(chosen.flight.frames) == 1
    with pytest.raises(ParameterError, match="H20T") as caught:
        place_at_once(folder, replace(options, camera="H20T"), Silent())
    assert "M3T" in caught.value.hint


def test_a_palette_picture_among_the_frames_is_left_out_with_its_reason(
    frames: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for name in frames[1].names[:3]:
        shutil.copy(frames[0] / name, folder)
    cut = (folder / frames[1].names[1]).read_bytes()
    (folder / frames[1].names[1]).write_bytes(cut.replace(b"iirp", b"what", 1))
    (folder / "broken.jpg").write_bytes(cut[:2000])
    done = make_flight(folder, tmp_path / "out", FlightOptions(mosaic=False), Silent())
    verdicts = {Path(out.file).name: out.verdict for out in done.flight.left_out}
    assert verdicts["broken.jpg"] == "damaged"
    assert len(done.flight.frames) + len(done.flight.left_out) == 4


def test_an_output_that_cannot_be_made_is_said(
    frames: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("taken")
    with pytest.raises(GisError, match="could not be written"):
        make_flight(frames[0], tmp_path / "file", FlightOptions(), Silent())


def test_a_degree_system_is_refused(frames: tuple[Path, MadeFlight]) -> None:
    with pytest.raises(ParameterError, match="plane system"):
        place_at_once(frames[0], FlightOptions(crs="EPSG:4326"), Silent())
    with pytest.raises(ParameterError, match="is not known"):
        place_at_once(frames[0], FlightOptions(crs="EPSG:999999"), Silent())
