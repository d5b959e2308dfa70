"""A made-up flight: frames of a scene that nobody measured, with poses, drift and errors known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_geometry import to_ground
from gisapp.model.bilinear import bilinear
from gisapp.model.frame import Lens, Pose
from tests.thermal_files import dji_table, exif, jpeg, pieces, segment

LENS = Lens(320, 256, 758.333, 0.0, -20.0)  # what the frames are really made with
WEST, NORTH, CELL = 500_000.0, 3_000_080.0, 0.1
YAW_ERROR = 40.0
XAP = b"http://ns.adobe.com/xap/1.0/\0"


def xmp_text(prefix: str = "drone-dji", **values: str) -> str:
    """As attributes, the way most makers write it."""
    said = "\n".join(f'{prefix}:{name}="{value}"' for name, value in values.items())
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description\n{said}/></x:xmpmeta>'


def xmp(text: str) -> bytes:
    return segment(0xE1, XAP + text.encode())


def scene(seed: int = 1, size: int = 1000) -> npt.NDArray[np.float32]:
    """°C of 100 × 100 m: broad slopes, and patches with edges of every size."""
    rng = np.random.default_rng(seed)
    values = np.zeros((size, size))
    for step in (250, 60, 16):
        coarse = rng.normal(0, 1, (size // step + 3, size // step + 3))
        at = (np.arange(size) + 0.5) / step + 1
        u, v = np.meshgrid(at, at)
        pixels = np.stack((u.ravel(), v.ravel()), axis=1)
        values += bilinear(coarse.astype(np.float32), *pixels.T).reshape(size, size)
    for _ in range(900):
        row, column = rng.integers(0, size - 40, 2)
        high, wide = rng.integers(4, 40, 2)
        values[row : row + high, column : column + wide] += rng.normal(0, 1.5)
    return (20 + values).astype(np.float32)


@dataclass(frozen=True)
class MadeFlight:
    """What the frames were made with, in the order of their names."""

    poses: tuple[Pose, ...]
    drift: npt.NDArray[np.float64]
    names: tuple[str, ...]


def true_poses(lines: int = 2, frames: int = 5) -> tuple[Pose, ...]:
    """Lines to and fro, 60 m above flat ground, looking straight down."""
    found = []
    for line in range(lines):
        order = range(frames) if line % 2 == 0 else reversed(range(frames))
        for step in order:
            yaw = 90.0 if line % 2 == 0 else -90.0
            x, y = WEST + 30 + 7 * step, NORTH - 35 - 9 * line
            found.append(Pose(x, y, 60.0, yaw, -90.0, 0.0))
    return tuple(found)


def picture(
    pose: Pose, ground: npt.NDArray[np.float32], lens: Lens = LENS
) -> npt.NDArray[np.float64]:
    """°C of each pixel, rows x columns."""
    u, v = np.meshgrid(np.arange(lens.columns) + 0.5, np.arange(lens.rows) + 0.5)
    places = to_ground(lens, pose, np.stack((u.ravel(), v.ravel()), axis=1))
    pixels = np.stack(((places[:, 0] - WEST) / CELL, (NORTH - places[:, 1]) / CELL), axis=1)
    return bilinear(ground, *pixels.T).reshape(lens.rows, lens.columns)


def frame_bytes(celsius: npt.NDArray[np.float64], text: str, model: bytes = b"M3T") -> bytes:
    """A file of DJI's iirp family with an emissivity and a transmission of 1."""
    counts = (np.rint((np.nan_to_num(celsius, nan=20.0) + 273.15) * 16).astype(np.uint16)) << 2
    rows, columns = counts.shape
    head = (b"\xff\xd2\xd1\xffiirp").ljust(0x20, b"\0")
    head += np.array([25.0, 5.0, 1.0, 0.5, 25.0], "<f4").tobytes()
    return jpeg(
        exif(model),
        xmp(text),
        pieces(0xE3, counts.astype("<u2").tobytes()),
        segment(0xE4, head.ljust(256, b"\0")),
        segment(0xE5, dji_table(1.0)),
        width=columns,
        height=rows,
    )


def make_flight_files(
    folder: Path,
    *,
    seed: int = 3,
    poses: Sequence[Pose] | None = None,
    visible: bool = True,
    ground: npt.NDArray[np.float32] | None = None,
    jumps: Sequence[tuple[int, float]] = ((4, 2.0),),
) -> MadeFlight:
    """Write the frames. Written positions are off by half a metre, the yaw's zero by 40°, and the
    temperatures drift, with jumps (frame, °C), usually of 2 °C after the fourth frame."""
    from pyproj import Transformer

    rng = np.random.default_rng(seed)
    if ground is None:
        ground = scene(seed)
    real = tuple(poses or true_poses())
    drift = np.cumsum(rng.normal(0, 0.1, len(real)))
    for first, step in jumps:
        drift[first:] += step
    back = Transformer.from_crs("EPSG:32650", "EPSG:4326", always_xy=True)
    start, names = datetime(2025, 1, 2, 3, 0, 0), []
    for n, pose in enumerate(real):
        off = rng.normal(0, 0.5, 2)
        longitude, latitude = back.transform(pose.x + off[0], pose.y + off[1])
        moment = start + timedelta(seconds=2 * n)
        name = f"DJI_{moment:%Y%m%d%H%M%S}_{n + 1:04d}_T.JPG"
        text = xmp_text(
            GpsLatitude=f"{latitude:+.8f}",
            GpsLongitude=f"{longitude:+.8f}",
            RelativeAltitude=f"{pose.z:+.2f}",
            GimbalYawDegree=f"{pose.yaw - YAW_ERROR:+.2f}",
            GimbalPitchDegree=f"{pose.pitch:+.2f}",
            GimbalRollDegree=f"{pose.roll:+.2f}",
            FlightYawDegree=f"{pose.yaw:+.2f}",
        )
        (folder / name).write_bytes(frame_bytes(picture(pose, ground) + drift[n], text))
        if visible:
            twin = folder / name.replace("_T.", "_V.")
            twin.write_bytes(jpeg(exif(b"M3T"), xmp(text), width=64, height=48))
        names.append(name)
    return MadeFlight(real, drift, tuple(names))
