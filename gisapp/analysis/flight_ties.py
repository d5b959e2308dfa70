"""The same ground found in two thermal frames: features of any scale, checked by a whole motion.

SIFT (Lowe 2004) on frames whose local contrast is evened out (CLAHE) finds tens to a thousand ties
in a pair of frames of water and banks. OpenCV is the library: SIFT is free of patents since 2020,
it is kept up, and it lets go of the interpreter's lock.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_geometry import Floats

Celsius = npt.NDArray[np.float32]

FEATURES = 1500  # in one frame; the strongest
_LIBRARIES = "LD_LIBRARY_PATH"
_RATIO = 0.75  # a match must be this much nearer than the second best (Lowe)
_LEAST = 15  # ties a pair needs, or it is chance
_OFF = 2.5  # pixels from the common motion
_KEPT = 40  # ties kept of a pair, spread over the overlap


@dataclass(frozen=True)
class FrameFeatures:
    """Places n x 2 in pixels from the corner, and 128 numbers for each."""

    pixels: npt.NDArray[np.float32]
    marks: npt.NDArray[np.uint8]


def _opencv() -> Any:
    """OpenCV, without what its import leaves behind: it puts a folder and an empty entry, which is
    the current folder, into the path that programs started later take libraries from."""
    before = os.environ.get(_LIBRARIES)
    import cv2

    if before is None:
        os.environ.pop(_LIBRARIES, None)
    else:
        os.environ[_LIBRARIES] = before
    return cv2


def find_features(celsius: Celsius, most: int = FEATURES) -> FrameFeatures:
    """Features of one frame, rows x columns in °C. None in a frame that shows nothing but noise."""
    cv2 = _opencv()
    finite = np.isfinite(celsius)
    if not finite.any():
        return FrameFeatures(np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8))
    low, high = np.percentile(celsius[finite], [1, 99])
    grey = np.nan_to_num((celsius - low) / max(float(high - low), 0.2), nan=0.0)
    even = cv2.createCLAHE(2.0, (8, 8)).apply((np.clip(grey, 0, 1) * 255).astype(np.uint8))
    points, marks = cv2.SIFT.create(most).detectAndCompute(even, None)
    if marks is None or not len(points):
        return FrameFeatures(np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8))
    # OpenCV counts from the middle of the first pixel.
    pixels = np.array([point.pt for point in points], np.float32) + 0.5
    return FrameFeatures(pixels, np.clip(marks, 0, 255).astype(np.uint8))


def match_features(
    first: FrameFeatures, second: FrameFeatures, *, oblique: bool = False
) -> tuple[Floats, Floats] | None:
    """Ties of two frames: pixels n x 2 in each, spread over what they share; None when they share
    too little.

    Views straight down of one height differ by a turn and a shift, so a change of scale of more
    than 10 % is chance; oblique views of a plane differ by a homography.
    """
    cv2 = _opencv()
    if min(len(first.pixels), len(second.pixels)) < _LEAST:
        return None
    kept, partners = _matches(first.marks, second.marks)
    if len(kept) < _LEAST:
        return None
    p, q = first.pixels[kept], second.pixels[partners]
    cv2.setRNGSeed(1)  # the same ties each time
    if oblique:
        motion, good = cv2.findHomography(p, q, cv2.RANSAC, _OFF)
    else:
        motion, good = cv2.estimateAffinePartial2D(p, q, ransacReprojThreshold=_OFF)
    if motion is None:
        return None
    inliers = np.flatnonzero(good.ravel())
    if len(inliers) < _LEAST:
        return None
    if not oblique and abs(np.hypot(motion[0, 0], motion[1, 0]) - 1) > 0.1:
        return None
    chosen = inliers[_spread(p[inliers])]
    return p[chosen].astype(float), q[chosen].astype(float)


def _matches(
    first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Those of the first whose nearest in the second is clearly nearer than the next one, and
    these: all distances by one product of matrices."""
    a, b = first.astype(np.float32), second.astype(np.float32)
    square = (b * b).sum(axis=1)[None, :] - 2 * (a @ b.T)
    row = np.arange(len(a))
    best = square.argmin(axis=1)
    own = (a * a).sum(axis=1)
    nearest = square[row, best] + own
    square[row, best] = np.inf
    following = square.min(axis=1) + own
    kept = np.flatnonzero(nearest < _RATIO**2 * following)
    return kept, best[kept]


def _spread(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """At most `_KEPT`, first one in each square of a grid: a bush must not outvote a bank."""
    order = np.arange(len(pixels))
    if len(order) <= _KEPT:
        return order
    cell = (pixels // 64).astype(int)
    key = cell[:, 0] * 1000 + cell[:, 1]
    sorted_key = np.argsort(key, kind="stable")
    starts = np.r_[True, np.diff(key[sorted_key]) != 0]
    run = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    turn = np.empty(len(key), int)
    turn[sorted_key] = np.arange(len(key)) - run
    return np.argsort(turn, kind="stable")[:_KEPT]


def candidate_pairs(
    places: Floats, reach: Floats, *, nearest: int = 12, following: int = 3
) -> npt.NDArray[np.intp]:
    """Pairs of frames that may share ground, each once and the first before the second: m x 2.

    `places` n x 2 metres, `reach` n metres across each footprint, frames in the order of time. The
    `nearest` within the mean reach, and the `following` ones whatever the written position says.
    """
    from scipy.spatial import cKDTree

    count = len(places)
    pairs = {
        (i, i + step) for i in range(count) for step in range(1, following + 1) if i + step < count
    }
    if count > 1:
        tree = cKDTree(places)
        far, who = tree.query(places, k=min(nearest + 1, count))
        for i, (distances, others) in enumerate(zip(far, who, strict=True)):
            for distance, j in zip(distances, others, strict=True):
                if j != i and distance <= (reach[i] + reach[j]) / 2:
                    pairs.add((min(i, int(j)), max(i, int(j))))
    return np.array(sorted(pairs), np.intp).reshape(-1, 2)
