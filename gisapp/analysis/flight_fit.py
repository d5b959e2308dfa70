"""Where the frames of a flight really are, from the same ground seen in several of them.

What makers write is not enough: the zero of the gimbal's yaw is wrong by tens of degrees on some
drones, the position lags behind a moving one, and the focal length differs from the data sheet.
First four numbers are fitted for the whole flight (yaw offset, focal length, boresight), then a
shift and a small turn for each frame, held by priors. Both minimise the distance on the ground
between the places that two frames give to one tie (bundle adjustment on known ground).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_geometry import Floats, Heights, Poses, on_plane, rays, wrapped
from gisapp.model.frame import Lens

Ints = npt.NDArray[np.intp]

FOCAL_PRIOR = 0.08  # standard deviation of the logarithm of the focal length
BORESIGHT_PRIOR = 0.06  # of a focal length: 3.4°
_MOST_TIES = 12_000  # for the four numbers; more change nothing
_TIE_SIGMA = 0.5  # metres: what a good tie is off by after the refinement


@dataclass(frozen=True)
class Ties:
    """Pixels of the same ground in two frames. `first`, `second` n frame numbers; pixels n x 2."""

    first: Ints
    second: Ints
    pixels_first: Floats
    pixels_second: Floats

    def __len__(self) -> int:
        return len(self.first)

    def chosen(self, which: npt.NDArray[np.bool_] | Ints) -> Ties:
        return Ties(
            self.first[which],
            self.second[which],
            self.pixels_first[which],
            self.pixels_second[which],
        )


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Distance on the ground between the two places of one tie, metres."""

    median: float
    p90: float
    ties: int


@dataclass(frozen=True)
class Alignment:
    """Poses and lens after a step, and how far frames disagree with them."""

    poses: Poses
    lens: Lens
    yaw_offset: float
    disagreement: Disagreement
    shift: Floats  # n x 2 metres, this step only
    turn: Floats  # n degrees, this step only


def ground_of(
    lens: Lens, poses: Poses, frames: Ints, pixels: Floats, height: Floats | float = 0.0
) -> Floats:
    """Ground places n x 2 of pixels of the frames that are named, on the level of each tie."""
    return on_plane(poses.xyz[frames], rays(lens, poses.angles[frames], pixels), height)


def gaps(lens: Lens, poses: Poses, ties: Ties, height: Floats | float = 0.0) -> Floats:
    """East and north from the second frame's place to the first one's: n x 2 metres."""
    return ground_of(lens, poses, ties.first, ties.pixels_first, height) - ground_of(
        lens, poses, ties.second, ties.pixels_second, height
    )


def disagreement(
    lens: Lens, poses: Poses, ties: Ties, height: Floats | float = 0.0
) -> Disagreement:
    """Median and 90th percentile of the distance; NaN without ties."""
    off = np.hypot(*gaps(lens, poses, ties, height).T)
    off = off[np.isfinite(off)]
    if not len(off):
        return Disagreement(float("nan"), float("nan"), 0)
    return Disagreement(float(np.median(off)), float(np.percentile(off, 90)), len(off))


def tie_heights(lens: Lens, poses: Poses, ties: Ties, heights: Heights | None) -> Floats:
    """The ground's height at each tie, found by walking down from where the tie seems to be."""
    level = np.zeros(len(ties))
    if heights is None:
        return level
    for _ in range(6):
        both = [
            ground_of(lens, poses, ties.first, ties.pixels_first, level),
            ground_of(lens, poses, ties.second, ties.pixels_second, level),
        ]
        found = np.nanmean([heights(at[:, 0], at[:, 1]) for at in both], axis=0)
        level = np.where(np.isfinite(found), level + 0.7 * (found - level), level)
    return level


def fit_flight(
    lens: Lens, poses: Poses, ties: Ties, heights: Heights | None = None, *, yaw_hint: float = 0.0
) -> Alignment:
    """Yaw offset, focal length and boresight of the whole flight.

    Started from the yaw that leaves the least disagreement among all of them, so it does not
    matter how wrong the written zero is; `yaw_hint` is one more start. The loss is soft L1.
    """
    from scipy.optimize import least_squares

    if len(ties) > _MOST_TIES:
        ties = ties.chosen(np.linspace(0, len(ties) - 1, _MOST_TIES).astype(np.intp))
    best = min((yaw_hint, *np.arange(-180.0, 180.0, 10.0)), key=_cost_of_yaw(lens, poses, ties))
    values = np.array([best, 0.0, 0.0, 0.0])
    for _ in range(1 if heights is None else 3):
        level = tie_heights(*_applied(lens, poses, values), ties, heights)

        def residuals(v: Floats, level: Floats = level) -> Floats:
            found = np.nan_to_num(gaps(*_applied(lens, poses, v), ties, level), nan=50.0)
            weight = np.sqrt(len(ties)) / 30  # as much as a few ties, however many there are
            held = np.array([v[1] / FOCAL_PRIOR, v[2] / BORESIGHT_PRIOR, v[3] / BORESIGHT_PRIOR])
            return np.concatenate((found.ravel(), weight * held))

        solved = least_squares(
            residuals, values, loss="soft_l1", f_scale=1.5, x_scale=[1.0, 0.01, 0.01, 0.01]
        )
        values = solved.x
    fitted_lens, fitted = _applied(lens, poses, values)
    level = tie_heights(fitted_lens, fitted, ties, heights)
    return Alignment(
        fitted,
        fitted_lens,
        wrapped(float(values[0])),
        disagreement(fitted_lens, fitted, ties, level),
        np.zeros((len(poses), 2)),
        np.zeros(len(poses)),
    )


def _applied(lens: Lens, poses: Poses, values: Floats) -> tuple[Lens, Poses]:
    """`values`: yaw degrees, logarithm of the focal ratio, boresight right and down by focal."""
    focal = lens.focal_px * exp(float(np.clip(values[1], -log(3), log(3))))
    new = replace(
        lens,
        focal_px=focal,
        shift_x=lens.shift_x + float(values[2]) * lens.focal_px,
        shift_y=lens.shift_y + float(values[3]) * lens.focal_px,
    )
    return new, poses.turned(float(values[0]))


def _cost_of_yaw(lens: Lens, poses: Poses, ties: Ties) -> Callable[[float], float]:
    some = ties.chosen(np.linspace(0, len(ties) - 1, min(len(ties), 1500)).astype(np.intp))

    def cost(yaw: float) -> float:
        off = np.hypot(*gaps(lens, poses.turned(yaw), some).T)
        return float(np.median(np.nan_to_num(off, nan=1e6)))

    return cost


def refine_frames(
    before: Alignment,
    ties: Ties,
    heights: Heights | None = None,
    *,
    shift_prior_m: float = 1.5,
    turn_prior_deg: float = 1.5,
    rounds: int = 15,
) -> Alignment:
    """A shift and a small turn for each frame, held by priors; a frame without ties stays.

    Gauss-Newton on sparse normal equations with Cauchy weights, so thousands of frames are
    seconds. Derivatives by the turn are those of a rotation about the place of the camera.
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    lens, count = before.lens, len(before.poses)
    shift, turn = np.zeros((count, 2)), np.zeros(count)
    prior = np.concatenate((np.full(2 * count, shift_prior_m), np.full(count, turn_prior_deg)))
    level = tie_heights(lens, before.poses, ties, heights)
    for _ in range(rounds):
        poses = before.poses.moved(shift).turned(turn)
        first = ground_of(lens, poses, ties.first, ties.pixels_first, level)
        second = ground_of(lens, poses, ties.second, ties.pixels_second, level)
        gap = first - second
        good = np.isfinite(gap).all(axis=1)
        weight = np.where(good, 1 / (1 + (np.hypot(*gap.T) / (2 * _TIE_SIGMA)) ** 2), 0.0)
        weight = np.nan_to_num(weight) / _TIE_SIGMA**2
        entries = _derivatives(poses, ties, first, second, count)
        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        jacobian = coo_matrix(
            (np.nan_to_num(values), (rows, columns)), shape=(2 * len(ties), 3 * count)
        ).tocsr()
        both = diags(np.concatenate((weight, weight)))
        normal = jacobian.T @ both @ jacobian + diags(1 / prior**2)
        now = np.concatenate((shift.ravel(order="F"), turn))
        right = -(jacobian.T @ (both @ np.nan_to_num(gap).ravel(order="F"))) - now / prior**2
        step = spsolve(normal.tocsc(), right)
        shift += step[: 2 * count].reshape(count, 2, order="F")
        turn += step[2 * count :]
        if np.abs(step).max(initial=0.0) < 1e-4:
            break
    poses = before.poses.moved(shift).turned(turn)
    level = tie_heights(lens, poses, ties, heights)
    after = disagreement(lens, poses, ties, level)
    return Alignment(poses, lens, before.yaw_offset, after, shift, turn)


def _derivatives(
    poses: Poses, ties: Ties, first: Floats, second: Floats, count: int
) -> list[tuple[Ints, Ints, Floats]]:
    """(rows, columns, values) of the gap's derivatives by east, north and turn of both frames."""
    number = np.arange(len(ties))
    entries = []
    for frames, places, sign in ((ties.first, first, 1.0), (ties.second, second, -1.0)):
        ones = np.full(len(ties), sign)
        arm = places - poses.xyz[frames, :2]
        # Clockwise by a small angle: east grows with north of the camera, north falls with east.
        turned = sign * np.radians(1.0) * np.stack((arm[:, 1], -arm[:, 0]), axis=1)
        entries += [
            (number, frames, ones),
            (number + len(ties), count + frames, ones),
            (number, 2 * count + frames, turned[:, 0]),
            (number + len(ties), 2 * count + frames, turned[:, 1]),
        ]
    return entries


def drag_frame(
    lens: Lens, poses: Poses, index: int, seen: tuple[Floats, Floats], wanted: tuple[Floats, Floats]
) -> Poses:
    """One frame moved and turned by a person: two ground places as they are shown, and where they
    belong. The turn is that between the two lines, the shift brings their middles together.

    With both pairs equal only moved. Places are (x, y); raises nothing: a line of no length turns
    nothing.
    """
    shown, right = np.asarray(seen, float), np.asarray(wanted, float)
    line_shown, line_right = shown[1] - shown[0], right[1] - right[0]
    turn = 0.0
    if min(np.hypot(*line_shown), np.hypot(*line_right)) > 1e-6:
        turn = float(
            np.degrees(
                np.arctan2(line_right[0], line_right[1]) - np.arctan2(line_shown[0], line_shown[1])
            )
        )
    turn = wrapped(turn)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    arm = shown.mean(axis=0) - poses.xyz[index, :2]
    swung = np.array([arm[0] * cos + arm[1] * sin, -arm[0] * sin + arm[1] * cos])
    xyz, angles = poses.xyz.copy(), poses.angles.copy()
    xyz[index, :2] = right.mean(axis=0) - swung
    angles[index, 0] = wrapped(angles[index, 0] + turn)
    return Poses(xyz, angles)
