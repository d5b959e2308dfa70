"""Pictures of every style are those that were looked at and kept, with the compiled loops and
with Qt alone: at three scales, in two reference systems."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.render.reference_scenes import FOLDER, SIZE, SYSTEMS, ZOOMS, all_scenes, sheet

# Antialiasing differs between Qt and the loops, and between versions of Qt: edges may be some
# levels lighter or darker, but nothing may be missing or lie elsewhere.
MEAN = 2.0  # levels of 255, over each of the six pictures
FAR, SHARE = 96, 0.01  # of the pixels no more than this differ by more than so many levels

NAMES = sorted(path.stem for path in FOLDER.glob("*.png"))


@pytest.fixture(scope="module")
def known(tmp_path_factory, qapp):
    return all_scenes(tmp_path_factory.mktemp("rasters"))


def test_every_style_has_a_reference(known):
    assert sorted(known) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_style_looks_as_it_did(name, known, press, both_ways):
    kept = reference(name)
    made = sheet(name, known[name])[:, :, :3].astype(int)
    assert made.shape == kept.shape
    apart = np.abs(made - kept).max(axis=2)
    width, height = SIZE
    for row, crs in enumerate(SYSTEMS):
        for column, zoom in enumerate(ZOOMS):
            part = apart[row * height :, column * width :][:height, :width]
            assert part.mean() <= MEAN, (crs, zoom)
            assert (part > FAR).mean() <= SHARE, (crs, zoom)


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_shows_something(name):
    kept = reference(name)
    width, height = SIZE
    for row in range(len(SYSTEMS)):
        for column in range(len(ZOOMS)):
            part = kept[row * height :, column * width :][:height, :width]
            assert len(np.unique(part.reshape(-1, 3), axis=0)) > 1


def reference(name: str) -> np.ndarray:
    image = QImage(str(FOLDER / f"{name}.png")).convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)
