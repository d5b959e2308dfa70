"""gisapp flight: what it answers, that a killed run goes on, and the same result on a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from gisapp.app import flight_mosaic
from gisapp.cli.program import run_program
from tests.flight_files import make_flight_files, true_poses


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    make_flight_files(folder, poses=true_poses(1, 5))
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("few")
    make_flight_files(folder, poses=true_poses(1, 3), visible=False)
    return folder


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = run_program([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def values(folder: Path) -> np.ndarray[Any, Any]:
    with rasterio.open(folder / "mosaic.tif") as file:
        found: np.ndarray[Any, Any] = file.read(1)
    return found


def test_a_folder_becomes_a_flight(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, data = answer(capsys, "flight", str(frames), "--output", str(tmp_path / "out"))
    assert code == 0
    assert data["frames"] == 5
    assert len(data["left_out"]) == 5  # the visible pictures
    assert data["fit"]["frames"]["median_m"] < data["fit"]["as_written"]["median_m"]
    assert data["mosaic"]["cell_m"] == pytest.approx(0.079, abs=0.005)
    assert Path(data["mosaic"]["file"]).exists()


def test_people_get_before_and_after(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_program(["flight", str(frames), "--output", str(tmp_path), "--no-mosaic"]) == 0
    said = capsys.readouterr()
    assert "5 frames placed" in said.out
    assert "as written" in said.out
    assert "after normalising" in said.out
    assert "%  " in said.err


def test_nothing_is_moved_when_it_is_asked_for(
    frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--no-align", "--no-normalise", "--no-mosaic", "--yaw", "40")
    code, data = answer(capsys, "flight", str(frames), "--output", str(tmp_path), *words)
    assert code == 0
    assert data["fit"]["yaw_source"] == "given"
    assert "drift" not in data["fit"]
    assert data["mosaic"] is None
    assert not (tmp_path / "mosaic.tif").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--emissivity", "0.98"), "in part"),
        (("--cell", "-1"), "size of a cell"),
        (("--camera", "H20T"), "H20T"),
        (("--crs", "EPSG:4490"), "plane system"),
        (("--crs", "Xian"), "not known as a coordinate system"),
        (("--threads", "0"), "number of threads"),
        (("--elevation", "nothing.tif"), "nothing.tif is not there"),
    ],
)
def test_wrong_words_are_said_before_any_work(
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    code, data = answer(capsys, "flight", str(frames), "--output", str(tmp_path), *words)
    assert code == 1
    assert said in data["error"]
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys
from threading import Event

from gisapp.app import flight_mosaic
from gisapp.cli.program import run_program

blend, done = flight_mosaic.block_one, []


def block_one(task):
    if len(done) >= 2:
        print("two blocks are done", flush=True)
        Event().wait()
    blend(task)
    done.append(task)


flight_mosaic.BLOCK, flight_mosaic.block_one = 128, block_one
run_program(sys.argv[1:])
"""


def test_a_killed_run_goes_on_where_it_was(
    few: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    words = ("--cell", "0.1", "--no-align", "--no-normalise", "--threads", "1")
    command = [sys.executable, "-c", KILLED, "flight", str(few), "--output", str(killed), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        said = iter(first.stdout.readline, "")
        assert any("two blocks are done" in line for line in said)
        first.kill()
    assert [path.name for path in killed.iterdir()] == [".flight"]
    monkeypatch.setattr(flight_mosaic, "BLOCK", 128)
    code, data = answer(capsys, "flight", str(few), "--output", str(killed), *words)
    assert code == 0
    assert data["frames_kept"] == 3
    assert data["mosaic"]["blocks_kept"] == 2
    assert data["mosaic"]["blocks"] > 2
    assert run_program(["flight", str(few), "--output", str(whole), *words]) == 0
    assert np.array_equal(values(whole), values(killed), equal_nan=True)
    assert sorted(path.name for path in killed.iterdir()) == [
        "flight.json",
        "footprints.gpkg",
        "mosaic.tif",
        "offsets.csv",
    ]


def test_a_cluster_that_does_not_answer_is_said(
    frames: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ("--scheduler", "tcp://127.0.0.1:1")
    code, data = answer(capsys, "flight", str(frames), "--output", str(tmp_path), *words)
    assert code == 1
    assert "Dask is not installed" in data["error"]


CLUSTER = """
import sys
from distributed import LocalCluster
from gisapp.cli.program import run_program

if __name__ == "__main__":
    # Over the network of this machine, so tasks and results are packed as on another one.
    place = {"processes": False, "protocol": "tcp://", "dashboard_address": None}
    with LocalCluster(n_workers=1, threads_per_worker=2, **place) as cluster:
        words = ["flight", sys.argv[1], "--output", sys.argv[2], "--json"]
        code = run_program([*words, "--scheduler", cluster.scheduler_address])
    sys.exit(code)
"""


def test_a_cluster_gives_the_same_flight(few: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    here, there, script = tmp_path / "here", tmp_path / "there", tmp_path / "start_cluster.py"
    script.write_text(CLUSTER, "utf-8")
    # A process of its own: a cluster's threads and sockets outlive a test.
    ran = subprocess.run(
        [sys.executable, str(script), str(few), str(there)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert run_program(["flight", str(few), "--output", str(here)]) == 0
    assert np.array_equal(values(here), values(there), equal_nan=True)
    assert (here / "offsets.csv").read_text() == (there / "offsets.csv").read_text()


BESIDE_QT = """
import os

before = dict(os.environ)
import numpy as np

from gisapp.analysis.flight_ties import find_features
from PySide6.QtWidgets import QApplication, QLabel

find_features(np.zeros((64, 64), np.float32))
assert dict(os.environ) == before, "the environment of Qt was changed"
application = QApplication([])
label = QLabel("temperature")
label.show()
assert not label.grab().isNull()
"""


def test_the_library_of_features_leaves_qt_alone() -> None:
    """Other builds of OpenCV bring a Qt and say where its plugins are; this one changes the path
    of libraries, which is put back."""
    ran = subprocess.run(
        [sys.executable, "-c", BESIDE_QT],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
