"""What painters draw on: a few verbs, understood by pictures, PDF pages and test recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel, Size
from gisapp.render.colours import packed

Image = npt.NDArray[np.uint8]  # height x width x RGBA, colour already multiplied by alpha
Path = Sequence[Coordinates]  # rings or lines, each n x 2, in pixels


# Shape or name of a marker, fill, size, outline -> the symbol painted at 4 x 4 places inside a
# pixel, left to right and top to bottom: 16 x k x k, premultiplied RGBA, the place at k / 2.
StampMaker = Callable[[str, str, float, str], npt.NDArray[np.uint32]]


class Sheet(NamedTuple):
    """The memory of a picture, for compiled loops that write into it themselves."""

    pixels: npt.NDArray[np.uint32]  # rows x columns, premultiplied, in the order of the inks
    origin: tuple[float, float]  # where this canvas begins on it
    clip: tuple[int, int, int, int]  # left, top, right, bottom that may be written
    stamps: StampMaker
    ink: Callable[[str], int] = packed  # a colour as one pixel; RGBA bytes unless said otherwise
    empty: bool = False  # nothing is drawn on it yet


class Canvas(Protocol):
    """Coordinates and sizes are in pixels of the camera, from the top left.

    Colours are #RRGGBB or #RRGGBBAA.
    """

    def sheet(self) -> Sheet | None:
        """What compiled loops may write on; None on a page and in a recording."""

    def image(self, pixels: Image, top_left: Pixel, scale: float) -> None: ...

    def symbols(
        self, at: Coordinates, shape: str, fill: str, size: float, outline: str = "#ffffff"
    ) -> None:
        """The same symbol at many places (n x 2): a filled `Shape` with a thin outline (a colour
        or `rims.SHADE`), or a marker by its name. The southern lies over the northern."""

    def rings(self, at: Coordinates, color: str, size: float, width: float) -> None:
        """Circles of a diameter with nothing inside, at many places (n x 2)."""

    def lines(
        self, parts: Iterable[Coordinates], color: str, width: float, dash: Sequence[float] = ()
    ) -> None:
        """Round joints and ends. dash: pixels drawn, left out, and so on; dashes end bluntly."""

    def areas(self, paths: Iterable[Path], fill: str, outline: str, width: float) -> None:
        """Each path is the rings of one area; holes by the even-odd rule. No fill: empty."""

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
        angle: float = 0.0,
    ) -> None:
        """Text with its vertical middle at the place; align: left, center or right; size in px.

        `angle` turns it around the place, in degrees, clockwise.
        """

    def words_size(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
        """Width and height in pixels."""

    def layer(self, opacity: float) -> AbstractContextManager[Canvas]:
        """A sheet laid on this one when the block ends."""

    def frame(self, top_left: Pixel, size: Size) -> AbstractContextManager[Canvas]:
        """A rectangle of this canvas with its own origin; nothing shows outside of it."""


Draw = Callable[[Canvas], None]


class Press(Protocol):
    """Makes canvases and hands over what was drawn on them. Safe to use from any thread."""

    @property
    def dark(self) -> bool:
        """Pictures are for a dark ground: rims and halos are dark. Pages never are."""

    @property
    def stamps(self) -> StampMaker:
        """What `Canvas.sheet` stamps symbols with."""

    def picture(self, size: Size, draw: Draw, into: Image | None = None) -> Image: ...

    def png(self, size: Size, dots_per_inch: float, draw: Draw) -> bytes:
        """A picture on white; the same bytes for the same drawing."""

    def pdf(self, size_mm: tuple[float, float], dots_per_inch: float, draw: Draw) -> bytes:
        """A page of vector lines and real text; the same bytes for the same drawing."""

    def pdf_pages(self, size_mm: tuple[float, float], dpi: float, draws: Sequence[Draw]) -> bytes:
        """The same with many pages of one size."""
