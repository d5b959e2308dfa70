"""A flight over ground: its frames, where each of them was, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gisapp.model.frame import FrameFacts, Lens, Pose

Corner = tuple[float, float]

# used: part of the flight. visible, photo: no thermal frame. The others say why one is left out.
FrameVerdict = Literal[
    "used",
    "visible",
    "photo",
    "no_position",
    "no_height",
    "no_temperatures",
    "other_camera",
    "no_focal_length",
    "damaged",
    "far_away",
    "no_ground",
]


@dataclass(frozen=True, slots=True)
class FlightFrame:
    """One frame that is used.

    `file` leads there from the folder of flight.json. `affine` (a, b, c, d, e, f): x = a column +
    b row + c, y = d column + e row + f in the flight's system, from the corner of the thermal raw;
    None for an oblique view, which has none. `corners`: upper left, upper right, lower right, lower
    left of the picture on the ground. `offset_c` is added to the frame's °C.
    """

    file: str
    taken_at: str
    pose: Pose
    corners: tuple[Corner, ...]
    affine: tuple[float, ...] | None = None
    offset_c: float = 0.0
    part: int = 0  # frames of two parts share no overlap, so their offsets cannot be compared
    decoder: str = ""
    accuracy_c: float | None = None
    parameters: Mapping[str, float] | None = None
    twin: str = ""  # the visible picture of the same shot, as `file`

    @property
    def name(self) -> str:
        return self.file.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is no part of the flight, and why, for a person."""

    file: str
    verdict: FrameVerdict
    message: str


@dataclass(frozen=True)
class Flight:
    """What flight.json holds. `fit` are figures before and after each step, as plain values."""

    crs: str
    camera: str
    lens: Lens
    frames: tuple[FlightFrame, ...]
    left_out: tuple[LeftOut, ...] = ()
    fit: Mapping[str, Any] | None = None
    elevation: str = ""  # the model that heights come from, as `file`; empty: flat ground
    mosaic: str = ""


@dataclass(frozen=True, slots=True)
class SurveyedFrame:
    """A thermal frame before it has a place: its file and what it says."""

    path: str
    facts: FrameFacts
    twin: str = ""
