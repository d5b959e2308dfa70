"""The main job on the sample project, without a window, in a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.samples import ROOT

FILES = ["ledger.xlsx", "map.pdf", "map.png", "trace.csv", "trace.html"]


def run_demo(output: Path) -> dict:
    """As on a computer without a display."""
    left_out = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    done = subprocess.run(
        [sys.executable, "-m", "gisapp", "demo", "--output", str(output), "--json", "--lang", "en"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in left_out},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert "An outfall is marked" in done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("job") / "output"
    answer = run_demo(folder)
    assert answer["project_ok"]
    assert sorted(Path(name).name for name in answer["written"]) == FILES
    return folder


def test_a_second_run_writes_the_same_bytes(output, tmp_path):
    run_demo(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (output / name).read_bytes(), name


def test_the_map_is_text_and_lines_with_what_a_sheet_needs(output):
    done = subprocess.run(
        ["pdftotext", "-layout", str(output / "map.pdf"), "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for words in ("Outfalls of the sample basin", "Legend", "km", "EPSG:4547", "2025-11-16"):
        assert words in done.stdout
    assert "松岭村断面" in done.stdout  # the Chinese letters are letters
    fonts = subprocess.run(
        ["pdffonts", str(output / "map.pdf")], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    for font in fonts:
        embedded = font.split()[-5]
        assert embedded == "yes", font


def test_the_ledger_holds_the_marked_outfall_too(output):
    book = openpyxl.load_workbook(output / "ledger.xlsx")
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + 400 + 1
    name = rows[0].index("Name")
    assert sum(row[name] == "Warm spot on the right bank" for row in rows) == 1
    book.close()


def test_the_trace_finds_the_culprit_of_the_event(output, sample_files):
    event = json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]
    found = pd.read_csv(output / "trace.csv", dtype=str)
    [row] = found[found["id"] == event["culprit"]].to_dict("records")
    [seen] = [s for s in event["stations"] if s["station"] == event["station"]]
    distance = float(row["distance along the river, m"])
    assert distance == pytest.approx(seen["distance_m"], abs=1)
    page = (output / "trace.html").read_text("utf-8")
    assert event["culprit"] in page
    assert "candidate, not a culprit" in page
