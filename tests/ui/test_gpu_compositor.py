"""The graphics card is wished for, never needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings

from gisapp.io import gpu_probing
from gisapp.io.gpu_probing import probe_gpu
from gisapp.model.progress import Cancelled
from gisapp.ui.gpu_compositor import GpuMemory, compose_with_gpu, is_real
from tests.architecture.checkout import ROOT
from tests.ui.window_setting import fresh_state


@pytest.fixture
def state(tmp_path: Path) -> QSettings:
    return fresh_state(tmp_path)


@pytest.mark.parametrize(
    ("renderer", "real"),
    [
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", True),
        ("NVIDIA GeForce RTX 3060/PCIe/SSE2", True),
        ("Apple M2", True),
        ("AMD Radeon RX 6600 (navi23, LLVM 15.0.7, DRM 3.49)", True),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", False),
        ("softpipe", False),
        ("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)", False),
        ("SVGA3D; build: RELEASE;  LLVM;", False),
        ("GDI Generic", False),
        ("ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11)", False),
        ("", False),
    ],
)
def test_only_hardware_is_taken_by_itself(renderer, real):
    assert is_real(renderer) is real


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "print('nothing of the kind')",
        'print(\'{"renderer": "Card", "draws": false}\')',
        "print('[\"Card\"]')",
        "",
        'print(\'{"renderer": "Card", "draws": true}\'); raise SystemExit(3)',
    ],
)
def test_a_driver_that_crashes_or_draws_wrongly_is_none(monkeypatch, program):
    monkeypatch.setattr(gpu_probing, "COMMAND", (sys.executable, "-c", program))
    assert probe_gpu() == ""


def test_a_driver_that_draws_has_its_name(monkeypatch):
    program = 'print(\'a warning\\n{"renderer": "Card", "draws": true}\')'
    monkeypatch.setattr(gpu_probing, "COMMAND", (sys.executable, "-c", program))
    assert probe_gpu() == "Card"


def test_a_driver_that_does_not_answer_is_left_and_can_be_stopped(monkeypatch):
    sleeping = (sys.executable, "-c", "import time; time.sleep(60)")
    monkeypatch.setattr(gpu_probing, "COMMAND", sleeping)
    monkeypatch.setattr(gpu_probing, "PATIENCE", 0.2)
    assert probe_gpu() == ""

    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        probe_gpu(Stopped())


class Screen:
    """Must not be touched."""


@pytest.mark.parametrize(
    ("wish", "driver"), [("off", "Card"), ("auto", "llvmpipe"), ("auto", ""), ("on", "")]
)
def test_without_a_card_the_map_is_left_alone(state, wish, driver):
    GpuMemory(state).driver = driver
    assert compose_with_gpu(Screen(), wish, state, None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("wish", ["auto", "on"])
def test_a_refused_driver_is_not_tried_again(state, wish):
    memory = GpuMemory(state)
    memory.driver = "Card"
    memory.refuse("Card")
    assert compose_with_gpu(Screen(), wish, state, None) is None  # type: ignore[arg-type]
    assert not memory.refuses("Another card")


def test_a_driver_under_which_the_program_ended_is_refused(state):
    GpuMemory(state).trying("Card")
    assert GpuMemory(state).refuses("Card")


def test_what_was_asked_is_asked_again_after_an_update(state):
    memory = GpuMemory(state)
    memory.driver = "Card"
    assert GpuMemory(state).driver == "Card"
    state.setValue("gpu/asked", "0.0 6.0")
    assert GpuMemory(state).driver is None


def shown_on_a_screen(folder: Path, how: str) -> dict[str, Any]:
    """What a map on a screen of its own told; skips where nothing draws through OpenGL."""
    if sys.platform != "linux" or shutil.which("xvfb-run") is None:
        pytest.skip("needs Xvfb")
    window = [sys.executable, "-m", "tests.ui.gpu_window", str(folder / "state.ini"), how]
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 700x600x24", *window],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not told["driver"]:
        pytest.skip("nothing here draws through OpenGL")
    assert told["attached"]
    assert told["card"] == "#ff00ff"  # what lies on the map is seen
    return told


def test_the_card_shows_what_is_shown_without_it(tmp_path):
    told = shown_on_a_screen(tmp_path, "good")
    assert told["painted"] > 30
    assert told["composed"]
    assert told["reasons"] == []
    assert told["differs"] == 0


@pytest.mark.parametrize(("how", "reason"), [("fails", "spoilt"), ("wrong", "wrong picture")])
def test_after_a_failure_the_map_goes_on_without_the_card(tmp_path, how, reason):
    told = shown_on_a_screen(tmp_path, how)
    assert not told["composed"]
    assert told["reasons"] == [reason]  # said once
    assert told["refused"]
    assert told["trying"] == ""
    assert told["differs"] == 0
