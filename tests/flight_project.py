"""A made-up flight beside a project's folder, for tests of what is done with flights in projects.

Nobody measured any of it."""

from __future__ import annotations

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QColor, QImage, QPainter

from gisapp.app.flight_import import OpenFlight, import_flight, level_flight, open_flight
from gisapp.app.flight_options import FlightOptions
from gisapp.model.progress import Silent
from tests.flight_files import MadeFlight, make_flight_files, true_poses
from tests.thermal_files import segment

TWIN = (800, 600)  # pixels of a visible picture
TWIN_FOCAL_35 = 24
OPTIONS = FlightOptions(cell_m=0.2)


@dataclass(frozen=True)
class FlightPlace:
    """`project` holds the flight; both may be copied together elsewhere."""

    frames: Path
    project: Path
    truth: MadeFlight

    def copied(self, to: Path) -> FlightPlace:
        shutil.copytree(self.frames.parent, to)
        frames = to / self.frames.name
        return FlightPlace(frames, to / self.project.name, self.truth)

    def opened(self) -> OpenFlight:
        return open_flight(self.project / "data" / "flights" / self.frames.name)


def make_place(root: Path) -> FlightPlace:
    """Two lines of three frames with their visible twins, not imported yet."""
    frames, project = root / "night one", root / "project"
    frames.mkdir(parents=True)
    project.mkdir()
    truth = make_flight_files(frames, poses=true_poses(2, 3))
    picture = visible_jpeg()
    for name in truth.names:
        (frames / name.replace("_T.", "_V.")).write_bytes(picture)
    return FlightPlace(frames, project, truth)


def visible_jpeg() -> bytes:
    """A picture that can be decoded, red at the left and blue at the right, with its lens."""
    image = QImage(*TWIN, QImage.Format.Format_RGB32)
    image.fill(QColor("#c02020"))
    painter = QPainter(image)
    painter.fillRect(TWIN[0] // 2, 0, TWIN[0], TWIN[1], QColor("#2020c0"))
    painter.end()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", 90)  # type: ignore[call-overload]
    return b"\xff\xd8" + _lens_exif() + bytes(buffer.data().data())[2:]


def _lens_exif() -> bytes:
    """The camera's name and the focal length that a film of 35 mm would have."""
    head = b"II*\0" + struct.pack("<IH", 8, 2)
    first = struct.pack("<HHI4s", 0x0110, 2, 4, b"M3T\0")
    first += struct.pack("<HHII", 0x8769, 4, 1, 8 + 2 + 2 * 12 + 4)
    second = struct.pack("<HHHIHH", 1, 0xA405, 3, 1, TWIN_FOCAL_35, 0)
    return segment(0xE1, b"Exif\0\0" + head + first + bytes(4) + second + bytes(4))


def make_levelled(root: Path) -> FlightPlace:
    place = make_place(root)
    opened = import_flight(place.frames, place.project, OPTIONS, Silent())
    level_flight(opened, OPTIONS, Silent())
    return place
