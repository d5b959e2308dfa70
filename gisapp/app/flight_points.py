"""All frames that saw one place, and what each of them measured there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gisapp.analysis.flight_geometry import inside, to_picture, upright
from gisapp.app.flight_frames import celsius_of
from gisapp.app.flight_mosaic import STEEP
from gisapp.io.flight_heights import open_heights
from gisapp.model.bilinear import bilinear
from gisapp.model.errors import GisError
from gisapp.model.flight import Flight, FlightFrame
from gisapp.model.thermal_image import ThermalParameters


@dataclass(frozen=True, slots=True)
class Sighting:
    """One frame at the place. column, row: of the thermal raw, from its corner. off_centre: 0 in
    the middle, 1 in a corner. off_nadir: degrees from straight down. raw_c: as decoded; celsius:
    with the frame's offset. visible: the picture of the same shot. problem: why there is no value.
    """

    file: Path
    taken_at: str
    column: float
    row: float
    off_centre: float
    off_nadir: float
    raw_c: float | None
    celsius: float | None
    visible: Path | None
    problem: str = ""

    @property
    def is_steep(self) -> bool:
        """Seen too flat for temperatures of water to be trusted."""
        return self.off_nadir > STEEP


def frames_at(
    flight: Flight,
    folder: Path,
    x: float,
    y: float,
    parameters: ThermalParameters | None = None,
) -> tuple[Sighting, ...]:
    """Every frame that shows (x, y) of the flight's system, the one that sees it nearest to its
    centre first. `folder` is that of flight.json. Reads the frames: not for the window's thread.

    A frame that has gone is listed with its problem. Raises ReadError when the elevation model of
    the flight cannot be opened.
    """
    z = _height(flight, folder, x, y)
    place = np.array([[x, y, z]])
    lens = flight.lens
    found = []
    for frame in flight.frames:
        pixel = to_picture(lens, frame.pose, place)
        if not inside(lens, pixel)[0]:
            continue
        column, row = map(float, pixel[0])
        off = np.hypot(column - lens.columns / 2, row - lens.rows / 2)
        pose = upright(frame.pose)
        away = np.hypot(pose.x - x, pose.y - y)
        raw, problem = _measured(folder, frame, pixel, parameters)
        found.append(
            Sighting(
                folder / frame.file,
                frame.taken_at,
                column,
                row,
                float(off / np.hypot(lens.columns / 2, lens.rows / 2)),
                float(np.degrees(np.arctan2(away, pose.z - z))),
                raw,
                None if raw is None else raw + frame.offset_c,
                folder / frame.twin if frame.twin else None,
                problem,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.off_centre, str(one.file))))


def _measured(
    folder: Path,
    frame: FlightFrame,
    pixel: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    parameters: ThermalParameters | None,
) -> tuple[float | None, str]:
    try:
        celsius = celsius_of(str(folder / frame.file), parameters or _as_placed(frame))
    except GisError as error:
        return None, error.message
    except OSError as error:
        return None, error.strerror or str(error)
    # At the very edge there are no four neighbours: the nearest pixel then.
    value = float(bilinear(celsius, pixel[:, 0], pixel[:, 1])[0])
    if not np.isfinite(value):
        rows, columns = celsius.shape
        column = min(int(pixel[0, 0]), columns - 1)
        value = float(celsius[min(int(pixel[0, 1]), rows - 1), column])
    return (value if np.isfinite(value) else None), ""


def _as_placed(frame: FlightFrame) -> ThermalParameters | None:
    """The parameters that the flight was decoded with, so the mosaic and this agree."""
    return ThermalParameters(**frame.parameters) if frame.parameters else None


def _height(flight: Flight, folder: Path, x: float, y: float) -> float:
    if not flight.elevation:
        return 0.0
    around = (x, y, x, y)
    heights = open_heights(folder / flight.elevation, flight.crs, around)
    z = float(heights(np.array([x]), np.array([y]))[0])
    return z if np.isfinite(z) else 0.0
