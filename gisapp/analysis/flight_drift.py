"""How far the frames of a flight disagree in temperature, and the offset that mends each of them.

An uncooled camera drifts by degrees in a minute and jumps when its shutter closes for a
recalibration. Where two frames show the same ground their difference is the difference of their
drifts; the offsets of all frames follow by robust least squares (Abolt et al. 2018,
10.1117/1.OE.57.5.053113; Mesas-Carrascosa et al. 2018, 10.3390/rs10040615). Nothing is smoothed in
time, so a jump between two frames stays a jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_geometry import Floats, Poses, inside, on_plane, rays, to_picture
from gisapp.analysis.flight_ties import Celsius
from gisapp.model.bilinear import bilinear
from gisapp.model.frame import Lens

SQUARE = 8  # pixels of a frame that are averaged before frames are compared
_LEAST = 40  # squares two frames must share
_EDGE = 12.0  # pixels at the edge of a frame that are not compared


@dataclass(frozen=True)
class Overlaps:
    """Temperature of the second frame minus that of the first, where both show the same ground."""

    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    difference: Floats  # °C, median over the overlap
    spread: Floats  # °C, 1.4826 median absolute deviation
    squares: npt.NDArray[np.intp]
    squares_in_frame: int

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class Drift:
    """`offset` is added to each frame's °C; its median is 0. `alone`: frames without overlap.

    `part` numbers the groups of frames that hang together by overlaps; offsets of two groups
    cannot be compared. Residuals in °C over the overlaps of at least a tenth of a frame (over all,
    where there is none), before, with offsets of 0, and after: root mean square and 90th
    percentile. Thinner strips join the corners of frames and count for little in the solution.
    """

    offset: Floats
    alone: npt.NDArray[np.intp]
    part: npt.NDArray[np.intp]
    before: float
    after: float
    before_p90: float
    after_p90: float


def small_frame(celsius: Celsius) -> Celsius:
    """Means of squares of 8 x 8 pixels, NaN where one of them is NaN."""
    rows, columns = (n // SQUARE * SQUARE for n in celsius.shape)
    cut = celsius[:rows, :columns].reshape(rows // SQUARE, SQUARE, columns // SQUARE, SQUARE)
    return np.asarray(cut.mean(axis=(1, 3), dtype=np.float64), np.float32)


def overlap_difference(
    lens: Lens,
    poses: Poses,
    first: int,
    second: int,
    small: tuple[Celsius, Celsius],
    level: float = 0.0,
) -> tuple[float, float, int] | None:
    """Median difference second - first in °C, its spread, squares; None without an overlap.

    `small` are the frames as `small_frame` makes them, `level` is the height of the ground. The
    median forgives what moves and what is not quite in place.
    """
    rows, columns = small[0].shape
    v, u = np.mgrid[0:rows, 0:columns]
    pixels = np.stack((u.ravel() + 0.5, v.ravel() + 0.5), axis=1) * SQUARE
    keep = inside(lens, pixels, _EDGE)
    directions = rays(lens, poses.angles[[first]], pixels[keep])
    ground = on_plane(np.broadcast_to(poses.xyz[[first]], directions.shape), directions, level)
    places = np.hstack((ground, np.full((len(ground), 1), level)))
    other = to_picture(lens, poses.pose(second), places)
    both = inside(lens, other, _EDGE)
    if both.sum() < _LEAST:
        return None
    seen_first = small[0].ravel()[keep][both].astype(float)
    seen_second = bilinear(small[1], *(other[both] / SQUARE).T)
    difference = seen_second - seen_first
    difference = difference[np.isfinite(difference)]
    if len(difference) < _LEAST:
        return None
    middle = float(np.median(difference))
    return middle, float(1.4826 * np.median(np.abs(difference - middle))), len(difference)


def solve_offsets(overlaps: Overlaps, count: int, *, rounds: int = 30) -> Drift:
    """The offset of each of `count` frames by least squares with Cauchy weights.

    A frame without overlap gets 0 and is named. Each group of connected frames has a median of 0,
    because nothing says how two groups relate.
    """
    from scipy.sparse import coo_matrix, csr_matrix, diags
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import spsolve

    pairs = len(overlaps)
    ones = np.ones(pairs)
    graph = csr_matrix((ones, (overlaps.first, overlaps.second)), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    offset = np.zeros(count)
    if pairs:
        number = np.arange(pairs)
        design = coo_matrix(
            (
                np.concatenate((ones, -ones)),
                (
                    np.concatenate((number, number)),
                    np.concatenate((overlaps.second, overlaps.first)),
                ),
            ),
            shape=(pairs, count),
        ).tocsr()
        # An overlap counts by its size up to a limit, and less when its squares do not agree.
        trust = np.minimum(overlaps.squares, 1500) / 1500 / (0.1 + overlaps.spread)
        weight = trust
        for _ in range(rounds):
            normal = design.T @ diags(weight) @ design + diags(np.full(count, 1e-9))
            found = spsolve(normal.tocsc(), -(design.T @ (weight * overlaps.difference)))
            left = overlaps.difference + design @ found
            scale = max(1.4826 * float(np.median(np.abs(left))), 0.03)
            weight = trust / (1 + (left / (2.5 * scale)) ** 2)
            done = np.abs(found - offset).max() < 1e-4
            offset = found
            if done:
                break
        for group in np.unique(part):
            offset[part == group] -= np.median(offset[part == group])
    sizes = np.bincount(part, minlength=int(part.max(initial=0)) + 1)
    left = overlaps.difference + offset[overlaps.second] - offset[overlaps.first]
    wide = overlaps.squares >= overlaps.squares_in_frame / 10
    judged = wide if wide.any() else np.ones(pairs, bool)
    return Drift(
        offset,
        np.flatnonzero(sizes[part] == 1),
        part.astype(np.intp),
        *_sizes(overlaps.difference[judged], left[judged]),
    )


def _sizes(before: Floats, after: Floats) -> tuple[float, float, float, float]:
    """Root mean squares before and after, then 90th percentiles of the size; NaN without any."""
    if not len(before):
        nan = float("nan")
        return nan, nan, nan, nan
    return (
        float(np.sqrt(np.mean(before**2))),
        float(np.sqrt(np.mean(after**2))),
        float(np.percentile(np.abs(before), 90)),
        float(np.percentile(np.abs(after), 90)),
    )
