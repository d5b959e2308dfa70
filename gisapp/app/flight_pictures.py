"""A place as both cameras of one shot saw it; a frame under other parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.analysis.flight_geometry import to_ground, to_picture
from gisapp.app.flight_frames import Celsius, celsius_of
from gisapp.app.flight_points import Sighting
from gisapp.io.flight_pictures import read_picture
from gisapp.io.frame_facts import read_frame_facts
from gisapp.model.errors import GisError
from gisapp.model.flight import Flight, FlightFrame
from gisapp.model.frame import Lens, focal_of
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalImage, ThermalParameters
from gisapp.render.canvas import Image
from gisapp.render.ramps import Lookup, coloured_by
from gisapp.render.thermal_colours import lookup_of

AROUND = 64  # pixels of the thermal raw to each side of the place


@dataclass(frozen=True)
class ThermalView:
    """Colours (RGBA, multiplied) around a place, and where in them it lies, in pixels."""

    colours: Image
    at: tuple[float, float]


@dataclass(frozen=True)
class VisibleView:
    """The whole JPEG, the part of it that shows the same ground (left, upper edge, width, height in
    its pixels; empty when the lens is not known) and the place in that part."""

    jpeg: bytes
    part: tuple[float, float, float, float] | None = None
    at: tuple[float, float] | None = None
    problem: str = ""


def thermal_view(frame: FlightFrame, sighting: Sighting, style: ThermalStyle) -> ThermalView:
    """What a frame shows around a place, in the colours of the map. Raises ReadError."""
    said = ThermalParameters(**frame.parameters) if frame.parameters else None
    celsius = celsius_of(str(sighting.file), said) + np.float32(frame.offset_c)
    rows, columns = celsius.shape
    left = int(np.clip(sighting.column - AROUND, 0, max(columns - 2 * AROUND, 0)))
    top = int(np.clip(sighting.row - AROUND, 0, max(rows - 2 * AROUND, 0)))
    part = np.ascontiguousarray(celsius[top : top + 2 * AROUND, left : left + 2 * AROUND])
    return ThermalView(
        coloured_by(part, lookup_of(style)), (sighting.column - left, sighting.row - top)
    )


def visible_view(flight: Flight, frame: FlightFrame, sighting: Sighting) -> VisibleView | None:
    """The visible picture of the same shot where it shows the same ground; None when there is none.

    Both cameras hang on one gimbal, so the pose of the thermal frame is that of its twin.
    """
    if sighting.visible is None:
        return None
    try:
        jpeg = read_picture(sighting.visible)
        facts = read_frame_facts(sighting.visible)
    except GisError as error:
        return VisibleView(b"", problem=error.message)
    focal = focal_of(facts)
    if focal is None:
        return VisibleView(jpeg, problem=tr("the lens of this camera is not known"))
    thermal, wider = flight.lens, focal.pixels / flight.lens.focal_px
    lens = Lens(
        focal.columns, focal.rows, focal.pixels, thermal.shift_x * wider, thermal.shift_y * wider
    )
    pixel = np.array([[sighting.column, sighting.row]])
    place = to_ground(thermal, frame.pose, pixel)
    if place.shape[1] == 2:
        place = np.column_stack((place, np.zeros(1)))
    x, y = to_picture(lens, frame.pose, place)[0].tolist()
    half = AROUND * wider
    if not (-half < x < lens.columns + half and -half < y < lens.rows + half):
        return VisibleView(jpeg, problem=tr("the visible picture does not show this place"))
    left = float(np.clip(x - half, 0, max(lens.columns - 2 * half, 0)))
    top = float(np.clip(y - half, 0, max(lens.rows - 2 * half, 0)))
    part = (left, top, min(2 * half, lens.columns), min(2 * half, lens.rows))
    return VisibleView(jpeg, part, (x - left, y - top))


def colours_of_counts(
    image: ThermalImage,
    parameters: ThermalParameters,
    offset: float,
    lookup: Lookup,
) -> npt.NDArray[np.uint32]:
    """RGBA of each of the 65,536 counts: a frame follows a slider through this one table."""
    table: Celsius = image.table(parameters) + np.float32(offset)
    made = coloured_by(table.reshape(256, 256), lookup)
    return np.ascontiguousarray(made).view(np.uint32).reshape(-1)


def frame_colours(image: ThermalImage, colours: npt.NDArray[np.uint32]) -> Image:
    """Rows x columns x RGBA of a frame."""
    found = colours[image.raw]
    return found.view(np.uint8).reshape(*image.raw.shape, 4)


def nearest_frame(flight: Flight, x: float, y: float) -> int | None:
    """The frame that shows a place nearest to its centre, by its corners; None when none does."""
    place, best, found = shapely.Point(x, y), np.inf, None
    for number, frame in enumerate(flight.frames):
        ring = np.array(frame.corners)
        away = float(np.hypot(*(ring.mean(axis=0) - (x, y))))
        if away < best and shapely.Polygon(ring).contains(place):
            best, found = away, number
    return found
