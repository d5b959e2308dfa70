"""Photos as small pictures for a page: upright, bounded, None where there is nothing to show."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from gisapp.io.photo_pictures import small_picture
from tests.photo_files import photo_exif


def picture_file(path: Path, orientation: int = 1) -> Path:
    """A made-up picture of 60 x 40, its left half red."""
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(30):
        for y in range(40):
            image.setPixelColor(x, y, QColor("red"))
    assert image.save(str(path), path.suffix[1:].upper(), 95)
    if path.suffix == ".jpg":
        content = path.read_bytes()
        path.write_bytes(content[:2] + photo_exif(orientation=orientation) + content[2:])
    return path


# where the red half is: the side by its middle (row, column in shares)
SIDES = {1: (0.5, 0.2), 2: (0.5, 0.8), 3: (0.5, 0.8), 4: (0.5, 0.2),
         5: (0.2, 0.5), 6: (0.2, 0.5), 7: (0.8, 0.5), 8: (0.8, 0.5)}  # fmt: skip


@pytest.mark.parametrize("orientation", SIDES)
def test_it_stands_as_its_exif_says(tmp_path, orientation):
    picture = small_picture(picture_file(tmp_path / "a.jpg", orientation), 30, 30)
    high, wide, _ = picture.shape
    assert (wide, high) == ((30, 20) if orientation < 5 else (20, 30))
    down, across = SIDES[orientation]
    row, column = int(down * high), int(across * wide)
    assert picture[row, column, 1] < 90 < 160 < picture[high - 1 - row, wide - 1 - column, 1]
    assert picture[row, column, 0] > 180


def test_a_small_one_is_not_made_larger(tmp_path):
    assert small_picture(picture_file(tmp_path / "a.png"), 500, 500).shape == (40, 60, 4)


def test_what_cannot_be_shown(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"anything")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff broken")
    (tmp_path / "c.png").write_bytes(b"GIF89a")
    for name in ("a.heic", "b.jpg", "c.png", "none.jpg"):
        assert small_picture(tmp_path / name, 10, 10) is None
