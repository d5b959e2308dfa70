"""What others do: a global threshold, OpenCV's local box, scikit-image's difference of Gaussians.

Each is given the same pixels and the same mask of water, looks at all of it, and answers with the
outline of every find in pixels, as the search does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from tests.benchmarks.detector.scoring import Find

Grid = npt.NDArray[np.float32]
LEAST_M2 = 3.0


def global_threshold(celsius: Grid, water: Any, gsd: float) -> list[Find]:
    """Mean of all water and two standard deviations; parts by OpenCV."""
    known = (water > 0) & np.isfinite(celsius)
    mean, deviation = celsius[known].mean(), celsius[known].std()
    residual = np.where(known, celsius - mean, 0.0)
    return list(_parts(residual, 2 * deviation, known, gsd))


def local_box(celsius: Grid, water: Any, gsd: float) -> list[Find]:
    """OpenCV: mean of the water in a box of 60 m, 0.5 °C above or below."""
    import cv2

    known = (water > 0) & np.isfinite(celsius)
    share = known.astype(np.float32)
    values = np.where(known, celsius, 0).astype(np.float32)
    side = int(60 / gsd) | 1
    around = cv2.blur(values, (side, side)) / np.maximum(cv2.blur(share, (side, side)), 1e-4)
    residual = np.where(known, values - around, 0).astype(np.float32)
    residual = cv2.GaussianBlur(residual, (0, 0), 0.4 / gsd)
    return list(_parts(residual, 0.5, known, gsd))


def _parts(residual: Any, threshold: float, known: Any, gsd: float) -> Iterator[Find]:
    import cv2

    for sign in (1, -1):
        over = ((sign * residual > threshold) & known).astype(np.uint8)
        count, labels, facts, middle = cv2.connectedComponentsWithStats(over, connectivity=8)
        for i in range(1, count):
            left, top, wide, high, cells = (int(v) for v in facts[i])
            if cells * gsd * gsd >= LEAST_M2:
                own = labels[top : top + high, left : left + wide] == i
                lines, _ = cv2.findContours(
                    own.astype(np.uint8),
                    cv2.RETR_CCOMP,
                    cv2.CHAIN_APPROX_SIMPLE,
                    offset=(left, top),
                )
                rings = [line[:, 0] for line in lines if len(line) > 2]
                yield Find(
                    float(middle[i][0]), float(middle[i][1]), sign,
                    (left, top, left + wide, top + high), _outline(rings),
                )  # fmt: skip


def _outline(rings: Sequence[Any]) -> Any:
    """The longest ring with the others as its holes; None where there is none."""
    if not rings:
        return None
    shell, *holes = sorted((shapely.linearrings(r) for r in rings), key=lambda r: -r.length)
    return shapely.polygons(shell, holes or None)


def difference_of_gaussians(celsius: Grid, water: Any, gsd: float) -> list[Find]:
    """scikit-image: 0.6 m against 15 m, 0.35 °C, label, regionprops."""
    from skimage.filters import difference_of_gaussians
    from skimage.measure import find_contours, label, regionprops

    known = (water > 0) & np.isfinite(celsius)
    values = np.where(known, celsius, np.median(celsius[known])).astype(np.float32)
    residual = difference_of_gaussians(values, 0.6 / gsd, 15 / gsd)
    found = []
    for sign in (1, -1):
        for part in regionprops(label((sign * residual > 0.35) & known)):
            if part.area * gsd * gsd >= LEAST_M2:
                top, left, bottom, right = (float(v) for v in part.bbox)
                y, x = part.centroid
                lines = find_contours(np.pad(part.image, 1).astype(np.float32), 0.5)
                outline = _outline([line[:, ::-1] + (left - 1, top - 1) for line in lines])
                found.append(Find(float(x), float(y), sign, (left, top, right, bottom), outline))
    return found


PEERS: dict[str, Callable[[Grid, Any, float], list[Find]]] = {
    "global threshold": global_threshold,
    "OpenCV local box": local_box,
    "scikit-image DoG": difference_of_gaussians,
}
