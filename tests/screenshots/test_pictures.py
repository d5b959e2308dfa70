"""Pictures of made-up maps, compared with those that people looked at.

With ACCEPT_SCREENSHOTS=1 the new pictures are taken. A picture that differs is written to the
test's folder beside the expected one and their difference.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from gisapp.model.geometry import Size
from gisapp.model.page import Page
from gisapp.model.progress import Silent
from gisapp.render import compiled
from gisapp.render.page import paint_page, sheet_camera, sheet_of
from gisapp.render.qt_canvas import QtPress, warm_up
from tests.render.scenes import scene

REFERENCE = Path(__file__).parent / "reference"
# Mean difference of the colours, of 255, in a square of 20 pixels: other versions of Qt, and Qt
# without the compiled loops, smooth otherwise; a label that is gone differs by more.
TOLERANCE, SQUARE = 25.0, 20


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].astype(int)


def compare(png: bytes, name: str, folder: Path) -> None:
    expected = REFERENCE / f"{name}.png"
    if os.environ.get("ACCEPT_SCREENSHOTS"):
        expected.write_bytes(png)
    made, known = pixels(QImage.fromData(png)), pixels(QImage(str(expected)))
    assert made.shape == known.shape
    difference = abs(made - known)
    worst = max(
        difference[y : y + SQUARE, x : x + 3 * SQUARE].mean()
        for y in range(0, len(difference), SQUARE)
        for x in range(0, difference.shape[1], 3 * SQUARE)
    )
    if worst < TOLERANCE:
        return
    height, width = difference.shape
    inked = np.clip(255 - 3 * difference, 0, 255).astype(np.uint8)
    QImage(inked.tobytes(), width // 3, height, width, QImage.Format.Format_RGB888).save(
        str(folder / "difference.png")
    )
    (folder / "made.png").write_bytes(png)
    (folder / "expected.png").write_bytes(expected.read_bytes())
    pytest.fail(f"{name} differs by {worst:.1f}: see {folder}")


@pytest.fixture(scope="module")
def press(qapp) -> QtPress:
    warm_up()
    return QtPress()


@pytest.fixture(params=["loops", "qt"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Compiled loops and Qt alone must give the same picture."""
    if request.param == "loops":
        compiled.load()
    else:
        monkeypatch.setattr(compiled, "_loaded", None)
    return str(request.param)


@pytest.mark.parametrize("ratio", [1, 2])
def test_map(press: QtPress, way: str, ratio: int, tmp_path: Path) -> None:
    request = scene(Size(600 * ratio, 450 * ratio), ratio=float(ratio))
    png = press.png(request.camera.size, 96, lambda canvas: request.paint(canvas, Silent()))
    compare(png, f"map_{ratio}x", tmp_path)


@pytest.mark.parametrize("name", ["landscape_zh", "portrait_en"])
def test_sheet(press: QtPress, way: str, name: str, tmp_path: Path) -> None:
    chinese = name.endswith("zh")
    page = Page(
        "清溪河入河排污口分布图" if chinese else "Outfalls of the Qingxi River",
        landscape=chinese,
        date="2026-03-15",
        note="虚构数据，仅供演示。" if chinese else "Made-up data.",
    )
    request = scene()
    request = replace(request, camera=sheet_camera(page, request.camera, 96))
    png = press.png(
        sheet_of(page, 96).size,
        96,
        lambda canvas: paint_page(
            page, request, canvas, Silent(), dots_per_inch=96, maker="gisapp"
        ),
    )
    compare(png, name, tmp_path)
