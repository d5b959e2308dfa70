"""What painters draw on: a few verbs, understood by pictures, PDF pages and test recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.model.style import Shape

Image = npt.NDArray[np.uint8]  # height x width x RGBA, colour already multiplied by alpha
Path = Sequence[Coordinates]  # rings or lines, each n x 2, in pixels


class Canvas(Protocol):
    """Coordinates and sizes are in pixels of the camera, from the top left.

    Colours are #RRGGBB or #RRGGBBAA.
    """

    def image(self, pixels: Image, top_left: Pixel, scale: float) -> None: ...

    def symbols(
        self, at: Coordinates, shape: Shape, fill: str, size: float, outline: str = "#ffffff"
    ) -> None:
        """The same filled symbol with a thin outline at many places (n x 2)."""

    def lines(self, parts: Iterable[Coordinates], color: str, width: float) -> None: ...

    def areas(self, paths: Iterable[Path], fill: str, outline: str, width: float) -> None:
        """Each path is the rings of one area; holes by the even-odd rule."""

    def words(
        self,
        at: Pixel,
        text: str,
        color: str,
        size: float,
        *,
        halo: str = "",
        align: str = "left",
        bold: bool = False,
    ) -> None:
        """Text with its vertical middle at the place; align: left, center or right; size in px."""

    def words_size(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
        """Width and height in pixels."""

    def layer(self, opacity: float) -> AbstractContextManager[Canvas]:
        """A sheet laid on this one when the block ends."""
