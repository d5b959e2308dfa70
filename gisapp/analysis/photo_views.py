"""What photos show of the ground: footprints of drone pictures, wedges of all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_geometry import NADIR_PITCH, axes, on_plane
from gisapp.analysis.photo_matching import metres_per_degree

Floats = npt.NDArray[np.float64]

COLUMNS = ("lon", "lat", "heading", "pitch", "roll", "height_m", "width_px", "height_px",
           "focal_px")  # fmt: skip
LOWEST, HIGHEST = 3.0, 3000.0  # metres above ground between which a height is believed
FLATTEST = -15.0  # degrees of pitch: flatter views show more horizon than ground
FLIPPED = 150.0  # of roll: some cameras write nadir pictures so
AHEAD_M = 20.0


@dataclass(frozen=True)
class PhotoViews:
    """`wedges`: n x 4, where cameras stood and a place before them; `grounds`: n x 4 x 2, the
    corners of what pictures show, from the upper left clockwise. In longitude and latitude."""

    wedges: Floats
    grounds: Floats


def photo_views(columns: Mapping[str, Floats]) -> PhotoViews:
    """Of many photos; `columns` by the names in COLUMNS, NaN where nothing is known.

    A footprint needs height above ground, gimbal pitch and focal length; the ground is taken as
    flat. Without them, or for a view that holds the horizon, a photo has a wedge when its heading
    is known, else nothing.
    """
    known = np.isfinite(columns["lon"]) & np.isfinite(columns["lat"])
    known &= np.isfinite(columns["heading"])
    of = {name: columns[name][known] for name in COLUMNS}
    here = np.stack((of["lon"], of["lat"]), axis=1)
    degree = np.array([metres_per_degree(lat) for lat in of["lat"].tolist()]).reshape(-1, 2)
    ground = _grounds(of)
    seen = np.isfinite(ground).all(axis=(1, 2))
    angle = np.radians(of["heading"])
    ahead = np.stack((np.sin(angle), np.cos(angle)), axis=1) * AHEAD_M / degree
    wedges = np.hstack((here, here + ahead))[~seen]
    return PhotoViews(wedges, (here[:, None] + ground / degree[:, None])[seen])


def _grounds(of: Mapping[str, Floats]) -> Floats:
    """n x 4 x 2: corners in metres east and north of the camera; NaN without a footprint."""
    pitch, height = of["pitch"], of["height_m"]
    focal = np.where(of["focal_px"] > 0, of["focal_px"], np.nan)
    roll = np.nan_to_num(of["roll"])
    flipped = (pitch < NADIR_PITCH) & (np.abs(roll) > FLIPPED)
    yaw = np.where(flipped, of["heading"] + roll, of["heading"])
    forward, right, down = axes(np.stack((yaw, pitch, np.where(flipped, 0.0, roll)), axis=1))
    camera = np.stack((0 * height, 0 * height, height), axis=1)
    corners = []
    for across, below in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        u, v = across * of["width_px"] / focal, below * of["height_px"] / focal
        corners.append(on_plane(camera, forward + u[:, None] * right + v[:, None] * down))
    found = np.stack(corners, axis=1)
    sound = (height >= LOWEST) & (height <= HIGHEST) & (pitch >= -95.0) & (pitch <= FLATTEST)
    sound &= (of["width_px"] > 0) & (of["height_px"] > 0)
    return np.where(sound[:, None, None], found, np.nan)
