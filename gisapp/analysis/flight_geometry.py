"""From a pixel of a frame to the ground and back.

East-north-up axes; the gimbal's angles are applied in the order yaw, pitch, roll (DJI, north-east-
down, ZYX). With yaw ψ clockwise from north, pitch θ (-90° straight down) and roll ρ:

    F = (sin ψ cos θ, cos ψ cos θ, sin θ)      the optical axis
    R = (cos ψ, -sin ψ, 0)                     to the right in the picture
    D = F × R                                  down in the picture
    R' = R cos ρ + D sin ρ,   D' = -R sin ρ + D cos ρ
    ray(u, v) = F + (u - cx) / f · R' + (v - cy) / f · D'

The pinhole camera of any textbook of photogrammetry (collinearity equations). Pixels are counted
from the corner of the picture, so a centre is (column + 0.5, row + 0.5). Flat ground is at z = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gisapp.model.frame import Lens, Pose

Floats = npt.NDArray[np.float64]
Heights = Callable[[Floats, Floats], Floats]  # x, y -> z; NaN where it is not known

NADIR_PITCH = -85.0
_FLIPPED_ROLL = 150.0
_FARTHEST = 20.0  # hits farther than this many heights are the horizon, no ground


def upright(pose: Pose) -> Pose:
    """Straight down with a roll of about 180° is the same as no roll and another yaw.

    Some cameras write their nadir frames so; orthorectifying programs that trust the roll turn
    these frames around.
    """
    if pose.pitch < NADIR_PITCH and abs(pose.roll) > _FLIPPED_ROLL:
        return replace(pose, yaw=wrapped(pose.yaw + pose.roll), roll=0.0)
    return pose


def wrapped(degrees: float) -> float:
    """The same direction between -180 and 180."""
    return float((degrees + 180.0) % 360.0 - 180.0)


@dataclass(frozen=True)
class Poses:
    """Poses of many frames as arrays of one length."""

    xyz: Floats  # n x 3
    angles: Floats  # n x 3: yaw, pitch, roll in degrees

    @classmethod
    def of(cls, poses: Sequence[Pose]) -> Poses:
        rows = np.array([(p.x, p.y, p.z, p.yaw, p.pitch, p.roll) for p in poses], float)
        rows = rows.reshape(-1, 6)
        return cls(rows[:, :3].copy(), rows[:, 3:].copy())

    def pose(self, index: int) -> Pose:
        return Pose(*map(float, self.xyz[index]), *map(float, self.angles[index]))

    def __len__(self) -> int:
        return len(self.xyz)

    def turned(self, yaw: float | Floats) -> Poses:
        """All or each of them turned clockwise by degrees."""
        angles = self.angles.copy()
        angles[:, 0] += yaw
        return Poses(self.xyz, angles)

    def moved(self, shift: Floats) -> Poses:
        """Each moved by (east, north): n x 2 metres."""
        xyz = self.xyz.copy()
        xyz[:, :2] += shift
        return Poses(xyz, self.angles)


def axes(angles: Floats) -> tuple[Floats, Floats, Floats]:
    """Optical axis, right and down of each frame: three arrays n x 3. `angles` n x 3 degrees."""
    yaw, pitch, roll = np.radians(angles).T
    zero = np.zeros_like(yaw)
    forward = np.stack(
        (np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)), axis=1
    )
    right = np.stack((np.cos(yaw), -np.sin(yaw), zero), axis=1)
    down = np.cross(forward, right)
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    return forward, right * cos + down * sin, -right * sin + down * cos


def rays(lens: Lens, angles: Floats, pixels: Floats) -> Floats:
    """Directions n x 3 of pixels n x 2; `angles` belongs to each pixel (n x 3 or 1 x 3)."""
    forward, right, down = axes(angles)
    u = (pixels[:, :1] - lens.columns / 2 - lens.shift_x) / lens.focal_px
    v = (pixels[:, 1:2] - lens.rows / 2 - lens.shift_y) / lens.focal_px
    return forward + u * right + v * down


def on_plane(xyz: Floats, directions: Floats, height: Floats | float = 0.0) -> Floats:
    """Where rays from n x 3 places meet the plane z = height: n x 2, NaN above the horizon."""
    fall = directions[:, 2]
    drop = np.asarray(height) - xyz[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(fall < 0, drop / fall, np.nan)
    along = np.where((along > 0) & (along <= _FARTHEST * np.abs(drop)), along, np.nan)
    return np.asarray(xyz[:, :2] + along[:, None] * directions[:, :2])


def to_ground(lens: Lens, pose: Pose, pixels: Floats, heights: Heights | None = None) -> Floats:
    """Ground places n x 2 of pixels n x 2, on flat ground or on an elevation model.

    On a model each ray is walked until it is below the ground and the step halved from there; that
    holds for nadir and for oblique views alike. NaN where a ray meets nothing.
    """
    poses = Poses.of([upright(pose)])
    directions = rays(lens, poses.angles, np.asarray(pixels, float).reshape(-1, 2))
    start = np.broadcast_to(poses.xyz, directions.shape)
    if heights is None:
        return on_plane(start, directions)
    return _walked(start, directions, heights)


def _walked(start: Floats, directions: Floats, heights: Heights, steps: int = 96) -> Floats:
    below = heights(start[:1, 0], start[:1, 1])
    base = float(below[0]) if np.isfinite(below[0]) else 0.0
    high = np.maximum(start[:, 2] - base, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = np.where(directions[:, 2] < 0, high / -directions[:, 2], np.nan)
    reach = np.minimum(flat * 2.5, _FARTHEST * high)  # lower ground may lie farther away
    near, far = np.zeros(len(start)), np.full(len(start), np.nan)
    for step in range(1, steps + 1):
        along = reach * step / steps
        under = _above(start, directions, along, heights) <= 0
        far = np.where(np.isnan(far) & under, along, far)
        near = np.where(np.isnan(far) & ~under, along, near)
        if np.isfinite(far[np.isfinite(reach)]).all():
            break
    for _ in range(24):
        middle = (near + far) / 2
        under = _above(start, directions, middle, heights) <= 0
        far = np.where(under, middle, far)
        near = np.where(under, near, middle)
    return np.asarray(start[:, :2] + far[:, None] * directions[:, :2])


def _above(start: Floats, directions: Floats, along: Floats, heights: Heights) -> Floats:
    at = start + np.nan_to_num(along)[:, None] * directions
    return np.asarray(at[:, 2] - heights(at[:, 0], at[:, 1]))


def projection(lens: Lens, pose: Pose) -> Floats:
    """3 x 4 matrix: (x, y, z, 1) -> (u w, v w, w); in front of the camera where w > 0."""
    pose = upright(pose)
    poses = Poses.of([pose])
    forward, right, down = (axis[0] for axis in axes(poses.angles))
    cx, cy = lens.columns / 2 + lens.shift_x, lens.rows / 2 + lens.shift_y
    turn = np.stack(
        (lens.focal_px * right + cx * forward, lens.focal_px * down + cy * forward, forward)
    )
    return np.hstack((turn, (-turn @ poses.xyz[0])[:, None]))


def to_picture(lens: Lens, pose: Pose, places: Floats) -> Floats:
    """Pixels n x 2 of places n x 3; NaN for what lies behind the camera. May be off the picture."""
    matrix = projection(lens, pose)
    found = np.asarray(places, float).reshape(-1, 3) @ matrix[:, :3].T + matrix[:, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = found[:, :2] / found[:, 2:]
    return np.where(found[:, 2:] > 0, pixels, np.nan)


def inside(lens: Lens, pixels: Floats, margin: float = 0.0) -> npt.NDArray[np.bool_]:
    """Which pixels n x 2 lie on the picture, at least `margin` from its edge."""
    u, v = pixels[:, 0], pixels[:, 1]
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (u >= margin) & (u <= lens.columns - margin) & (v >= margin) & (v <= lens.rows - margin)
        )


def corner_pixels(lens: Lens) -> Floats:
    """Upper left, upper right, lower right, lower left: 4 x 2."""
    w, h = lens.columns, lens.rows
    return np.array([(0, 0), (w, 0), (w, h), (0, h)], float)


def footprint(lens: Lens, pose: Pose, heights: Heights | None = None) -> Floats:
    """Where the four corners meet the ground: 4 x 2 in the order of `corner_pixels`.

    Of a view that holds the horizon, the part that is below it: edges are cut where rays no longer
    meet the ground within the reach. Empty (0 x 2) when nothing of the frame shows the ground.
    """
    corners = to_ground(lens, pose, corner_pixels(lens), heights)
    if np.isfinite(corners).all():
        return corners
    along = np.linspace(0, 1, 65)
    left = np.stack((np.zeros(65), along * lens.rows), axis=1)
    right = np.stack((np.full(65, float(lens.columns)), along * lens.rows), axis=1)
    sides = to_ground(lens, pose, left, heights), to_ground(lens, pose, right, heights)
    both = np.isfinite(sides[0]).all(axis=1) & np.isfinite(sides[1]).all(axis=1)
    if both.sum() < 2:
        return np.empty((0, 2))
    first, last = np.flatnonzero(both)[[0, -1]]
    return np.stack((sides[0][first], sides[1][first], sides[1][last], sides[0][last]))


def ground_level(lens: Lens, pose: Pose, corners: Floats) -> float | None:
    """The mean height of the ground where the corners of a frame (4 x 2, in the order of
    `corner_pixels`) met it; None when they were cut at the horizon."""
    pose = upright(pose)
    directions = rays(lens, Poses.of([pose]).angles, corner_pixels(lens))
    away = np.asarray(corners, float) - (pose.x, pose.y)
    flat = directions[:, :2]
    if away.shape != flat.shape or (directions[:, 2] >= 0).any():
        return None
    along = np.einsum("ij,ij->i", away, flat) / np.einsum("ij,ij->i", flat, flat)
    off = np.hypot(*(away - along[:, None] * flat).T)
    if (off > 0.02 * np.hypot(*away.T) + 0.05).any():
        return None
    return float(np.mean(pose.z + along * directions[:, 2]))


def frame_affine(lens: Lens, pose: Pose) -> tuple[Floats, float]:
    """(a, b, c, d, e, f) of x = a u + b v + c, y = d u + e v + f on flat ground, and the largest
    error in pixels. Exact for a view straight down; an oblique view has no affine."""
    u, v = np.meshgrid(np.linspace(0, lens.columns, 9), np.linspace(0, lens.rows, 9))
    pixels = np.stack((u.ravel(), v.ravel()), axis=1)
    ground = to_ground(lens, pose, pixels)
    if not np.isfinite(ground).all():
        return np.full(6, np.nan), np.inf
    design = np.hstack((pixels, np.ones((len(pixels), 1))))
    found, *_ = np.linalg.lstsq(design, ground, rcond=None)
    off = np.hypot(*(design @ found - ground).T).max()
    size = np.sqrt(abs(np.linalg.det(found[:2])))
    return np.asarray(found.T.ravel(), float), float(off / max(size, 1e-9))
