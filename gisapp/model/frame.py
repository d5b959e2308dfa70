"""One picture of a flight: what its file says about itself, and what is known of its camera.

Numbers of cameras are data: gisapp/standards/thermal_cameras.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from math import hypot
from typing import Any, Literal

FrameKind = Literal["thermal", "visible", "photo"]
PositionSource = Literal["exif", "xmp"]
DIAGONAL_35MM = 43.2666  # millimetres of a 36 × 24 mm picture


@dataclass(frozen=True, slots=True)
class FramePosition:
    """Where the camera was, WGS 84: degrees, and metres above the ellipsoid or the sea."""

    longitude: float
    latitude: float
    height: float | None = None


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What EXIF and XMP of one file say. Nothing is guessed: what is not written is None.

    Angles in degrees: yaw clockwise from north, pitch -90 straight down, as written by the maker.
    `size` is (columns, rows) of the picture, which may differ from that of the radiometric raw.
    `zoom` is the digital zoom ratio, `laser_m` the distance to what the centre shows.
    """

    name: str
    taken_at: datetime | None
    camera: str
    kind: FrameKind
    size: tuple[int, int]
    exif: FramePosition | None = None
    xmp: FramePosition | None = None
    relative_height_m: float | None = None
    gimbal_yaw: float | None = None
    gimbal_pitch: float | None = None
    gimbal_roll: float | None = None
    flight_yaw: float | None = None
    focal_mm: float | None = None
    focal_35: float | None = None
    zoom: float = 1.0
    rtk: bool = False
    laser_m: float | None = None
    compass: float | None = None  # where the camera looked by EXIF, clockwise from north
    orientation: int = 1  # EXIF: how the picture is turned to be seen, 1 to 8

    @property
    def heading(self) -> float | None:
        """Where it looked, 0 to 360 clockwise from north: gimbal, else compass, else aircraft."""
        for value in (self.gimbal_yaw, self.compass, self.flight_yaw):
            if value is not None:
                return value % 360
        return None

    def position(self, source: PositionSource = "xmp") -> FramePosition | None:
        """The position from the source that is asked for, else from the other one."""
        first, second = (self.xmp, self.exif) if source == "xmp" else (self.exif, self.xmp)
        return first or second

    @property
    def number(self) -> int | None:
        """The shot's number in the maker's file name: 161 of DJI_20250117111418_0161_T.JPG."""
        stem = self.name.rsplit(".", 1)[0]
        words = [word for word in stem.split("_") if word.isdigit() and len(word) <= 6]
        return int(words[-1]) if words else None


@dataclass(frozen=True, slots=True)
class ThermalCamera:
    """One row of the camera table. `focal_px` belongs to `columns` × `rows` of the raw."""

    names: tuple[str, ...]
    title: str
    columns: int
    rows: int
    pitch_um: float
    focal_mm: float | None
    focal_px: float | None
    exif_focal_mm: tuple[tuple[float, float], ...]  # as written, as it really is
    source: str


@dataclass(frozen=True, slots=True)
class Focal:
    """Focal length in pixels of `columns` × `rows`, with where it comes from, for people."""

    pixels: float
    columns: int
    rows: int
    source: str


@lru_cache(maxsize=1)
def thermal_cameras() -> tuple[ThermalCamera, ...]:
    """The table as it is shipped, in its order."""
    text = files("gisapp").joinpath("standards", "thermal_cameras.toml").read_text("utf-8")
    return tuple(_camera(row) for row in tomllib.loads(text)["camera"])


def _camera(row: dict[str, Any]) -> ThermalCamera:
    return ThermalCamera(
        names=tuple(row["names"]),
        title=row["title"],
        columns=row["columns"],
        rows=row["rows"],
        pitch_um=row["pitch_um"],
        focal_mm=row.get("focal_mm"),
        focal_px=row.get("focal_px"),
        exif_focal_mm=tuple((lens["written"], lens["real"]) for lens in row.get("lens", ())),
        source=row["source"],
    )


def camera_named(name: str) -> ThermalCamera | None:
    """The camera whose EXIF model it is, whatever the case; None when the table lacks it."""
    wanted = name.strip().casefold()
    for camera in thermal_cameras():
        if wanted in (known.casefold() for known in camera.names):
            return camera
    return None


def focal_of(facts: FrameFacts, raw_size: tuple[int, int] | None = None) -> Focal | None:
    """Focal length in pixels of the raw, which has `raw_size` when that is known.

    The rule of the table: measured pixels; else millimetres of EXIF (or of the table) through the
    pixel pitch; else the 35 mm equivalent through the diagonal. A digital zoom multiplies. None
    when nothing of this is known: then a person must say it.
    """
    camera = camera_named(facts.camera) if facts.kind == "thermal" else None
    zoom = max(facts.zoom, 1.0)  # some cameras write nonsense below 1
    if camera is not None:
        columns, rows = raw_size or (camera.columns, camera.rows)
        written = dict(camera.exif_focal_mm)
        focal_mm = facts.focal_mm or camera.focal_mm
        if camera.focal_px is not None:
            pixels = camera.focal_px
        elif focal_mm is not None:
            pixels = written.get(focal_mm, focal_mm) / camera.pitch_um * 1000
        else:
            pixels = 0.0
        if pixels > 0:
            return Focal(pixels * zoom, columns, rows, camera.source)
    columns, rows = raw_size or facts.size
    if facts.focal_35 and min(columns, rows) > 0:
        pixels = facts.focal_35 / DIAGONAL_35MM * hypot(columns, rows)
        return Focal(pixels * zoom, columns, rows, "EXIF, 35 mm")
    return None


@dataclass(frozen=True, slots=True)
class Lens:
    """The thermal camera of a flight: size of its raw, focal length and boresight in pixels.

    `shift_x` and `shift_y` say how far right and down of the middle the optical axis lies that the
    angles of the gimbal mean. Pixels are counted from the corner: the first centre is (0.5, 0.5).
    """

    columns: int
    rows: int
    focal_px: float
    shift_x: float = 0.0
    shift_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a frame was taken from and how it looked, in a plane system.

    x, y in metres of that system, z metres above the plane z = 0 of the heights in use (the ground
    below the take-off, or the zero of an elevation model). yaw clockwise from the system's north.
    """

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    roll: float
