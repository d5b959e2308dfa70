"""Which outfall a photo shows: by where the camera was, where it looked and when.

Scores are 0 to 1, the product of three shares that are shown with them; they are rules of thumb
and no probabilities, so a person decides. Places are longitude and latitude in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, exp, hypot, isfinite, radians, sin, tan

import numpy as np
import numpy.typing as npt

REACH_M = 120.0  # farther away nothing is proposed
NEAR_M = 25.0  # spread of the distance between camera and outfall, with that of the receiver
CLOSE_M = 8.0  # nearer than the receiver is right: where the camera looked says nothing
FARTHEST_VIEW_M = 300.0  # of an inclined camera of a drone
MOST = 4  # proposals a photo
SAME_VISIT_H = 2.0
SURE, MARGIN = 0.6, 0.15  # a score from here, so much better than the next, is sure

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CameraView:
    """Where a photo was taken and how the camera looked; what is not known is None.

    Heading clockwise from north, pitch below zero downwards, height in metres above the ground.
    """

    lon: float
    lat: float
    heading: float | None = None
    pitch: float | None = None
    height_m: float | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PhotoMatch:
    """An outfall (its row number) a photo may show. `off_deg`: how far it lies beside the middle
    of the view; `hours`: to the nearest visit."""

    number: int
    score: float
    distance_m: float
    off_deg: float | None
    hours: float | None


def match_photos(
    views: Sequence[CameraView | None],
    places: Floats,
    visits: Sequence[Sequence[datetime]] = (),
    reach: float = REACH_M,
) -> list[tuple[PhotoMatch, ...]]:
    """For each photo the outfalls it may show, the best first; none for a photo without a place.

    `places` n x 2; `visits`: for each outfall when people were there.
    """
    order = np.argsort(places[:, 1], kind="stable") if len(places) else np.zeros(0, np.intp)
    latitudes = places[order, 1] if len(places) else np.zeros(0)
    found: list[tuple[PhotoMatch, ...]] = []
    for view in views:
        if view is None or not len(places):
            found.append(())
            continue
        east, north = metres_per_degree(view.lat)
        seen, spread, aimed = _looked_at(view)
        low, high = np.searchsorted(
            latitudes, [view.lat + (seen[1] + d) / north for d in (-reach, reach)]
        )
        near = order[low:high]
        dx = (places[near, 0] - view.lon) * east
        dy = (places[near, 1] - view.lat) * north
        distance = np.hypot(dx - seen[0], dy - seen[1])
        matches = []
        for index in np.flatnonzero(distance <= reach):
            number = int(near[index])
            off = None if aimed else _off(view, float(dx[index]), float(dy[index]))
            hours = _hours(view.taken_at, visits[number] if number < len(visits) else ())
            score = exp(-0.5 * (float(distance[index]) / spread) ** 2)
            score *= _share_of_heading(off) * _share_of_time(hours)
            matches.append(PhotoMatch(number, score, float(distance[index]), off, hours))
        matches.sort(key=lambda match: (-match.score, match.distance_m, match.number))
        found.append(tuple(match for match in matches[:MOST] if match.score >= 0.02))
    return found


def is_sure(matches: Sequence[PhotoMatch], least: float = SURE) -> bool:
    """Whether the best one is good and clearly better than the next."""
    if not matches or matches[0].score < least:
        return False
    return len(matches) == 1 or matches[0].score - matches[1].score >= MARGIN


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """Metres of one degree of longitude and of latitude on the WGS 84 ellipsoid.

    Radii of curvature in the prime vertical and the meridian (Snyder 1987, eq. 4-18 to 4-20).
    """
    a, e2 = 6_378_137.0, 0.006_694_379_990_14
    w = 1 - e2 * sin(radians(latitude)) ** 2
    east = radians(1) * a / w**0.5 * cos(radians(latitude))
    return max(east, 1e-6), radians(1) * a * (1 - e2) / w**1.5


def look_place(view: CameraView) -> tuple[float, float]:
    """Longitude and latitude of what the middle of the picture shows on flat ground, where the
    height and pitch of a drone say it; else of the camera."""
    (x, y), _, _ = _looked_at(view)
    east, north = metres_per_degree(view.lat)
    return view.lon + x / east, view.lat + y / north


def _looked_at(view: CameraView) -> tuple[tuple[float, float], float, bool]:
    """Metres from the camera to what is looked at, the spread, and whether that used the view."""
    pitch, height = view.pitch, view.height_m
    if pitch is None or height is None or not isfinite(height) or height <= 3 or pitch > -20:
        return (0.0, 0.0), NEAR_M, False
    far = min(height / tan(radians(min(-pitch, 89.9))), FARTHEST_VIEW_M)
    if view.heading is None:
        return (0.0, 0.0), hypot(NEAR_M, far), False
    angle = radians(view.heading)
    return (far * sin(angle), far * cos(angle)), hypot(NEAR_M, 0.15 * far), True


def _off(view: CameraView, dx: float, dy: float) -> float | None:
    if view.heading is None or hypot(dx, dy) < CLOSE_M:
        return None
    bearing = float(np.degrees(np.arctan2(dx, dy)))
    return abs((bearing - view.heading + 180) % 360 - 180)


def _share_of_heading(off: float | None) -> float:
    """1 up to 35° beside the middle (half a wide picture), falling to 0.2 behind the camera."""
    if off is None:
        return 1.0
    return float(np.interp(off, [35, 90, 180], [1.0, 0.45, 0.2]))


def _hours(taken: datetime | None, visits: Sequence[datetime]) -> float | None:
    if taken is None or not visits:
        return None
    return min(abs((visit - taken).total_seconds()) for visit in visits) / 3600


def _share_of_time(hours: float | None) -> float:
    """1 at a visit, 0.9 where none is known, 0.75 when all visits were on other days."""
    if hours is None:
        return 0.9
    return 1.0 if hours <= SAME_VISIT_H else 0.9 if hours <= 24 else 0.75
