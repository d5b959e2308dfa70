"""Why a file gives no temperatures, in words and as a short name that lists can be sorted by."""

from __future__ import annotations

from typing import Literal

from gisapp.model.errors import ReadError
from gisapp.model.text import tr

Verdict = Literal["absolute", "relative", "picture", "damaged", "decoder", "unit", "other"]
MOST_CELLS = 64_000_000  # of one frame; the largest sensors have 1.3 million
MOST_BYTES = 256 * 1024 * 1024  # of a file that is read as a whole


class NoTemperaturesError(ReadError):
    """verdict: picture (colours, not values), damaged, decoder (one must be installed), unit (it
    must be said), other."""

    def __init__(self, verdict: Verdict, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.verdict: Verdict = verdict


def damaged(name: str, what: str) -> NoTemperaturesError:
    """`what`: the part that is missing or wrong, translated."""
    return NoTemperaturesError(
        "damaged",
        tr("{file} is damaged: {what}").format(file=name, what=what),
        hint=tr("Copy it again from the card of the camera."),
    )


def only_a_picture(name: str) -> NoTemperaturesError:
    return NoTemperaturesError(
        "picture",
        tr("{file} is a picture, not temperatures: it holds colours, no sensor's values").format(
            file=name
        ),
        hint=tr(
            "Use the camera's original file (R-JPEG) or export temperatures as a float32 TIFF; a "
            "picture that was saved again has lost them."
        ),
    )


def checked_size(name: str, width: int, height: int) -> tuple[int, int]:
    """Raises when no camera takes frames of that size."""
    if not (0 < width <= 16_384 and 0 < height <= 16_384 and width * height <= MOST_CELLS):
        raise damaged(
            name,
            tr("it claims to have {width} × {height} pixels").format(width=width, height=height),
        )
    return width, height
