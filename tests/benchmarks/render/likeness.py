"""How much two pictures of one view differ, and both side by side for the eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPainter

BLOCK = 8  # pixels of a side; small shifts and the order of symbols even out in it
STRONG = 32  # of 255, a difference that the eye sees at once


def compare(one: Path, other: Path, beside: Path | None = None) -> float:
    """Per cent of the blocks whose mean colour differs strongly."""
    first, second = _blocks(one), _blocks(other)
    share = float((np.abs(first - second).max(axis=2) > STRONG).mean() * 100)
    if beside is not None:
        left, right = QImage(str(one)), QImage(str(other))
        both = QImage(left.width() + right.width() + 4, left.height(), QImage.Format.Format_RGB32)
        both.fill(0xFF0000FF)
        painter = QPainter(both)
        painter.drawImage(0, 0, left)
        painter.drawImage(left.width() + 4, 0, right)
        painter.end()
        both.save(str(beside))
    return share


def _blocks(file: Path) -> npt.NDArray[np.float64]:
    """Mean colours on white."""
    read = QImage(str(file))
    image = QImage(read.size(), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.drawImage(0, 0, read)
    painter.end()
    height, width = image.height() // BLOCK * BLOCK, image.width() // BLOCK * BLOCK
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    cut = pixels[:height, :width, :3].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3)
    mean: npt.NDArray[np.float64] = cut.mean(axis=(1, 3))
    return mean
