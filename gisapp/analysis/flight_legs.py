"""The yaw offset of a flight from its straight legs, without looking at a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gisapp.analysis.flight_geometry import Floats, wrapped

_STRAIGHT = 12.0  # degrees by which the course may change at a frame of a leg
_STEADY = 6.0  # degrees by which the gimbal may turn from the frame before
_LEAST_STEP = 2.0  # metres between frames, or there is no course
_LEAST = 3
_TOO_WIDE = 12.0  # degrees of spread: the gimbal was not kept along the course


@dataclass(frozen=True, slots=True)
class LegOffset:
    """`degrees` to add to the gimbal's yaw, from `frames` on straight legs, with their spread."""

    degrees: float
    spread: float
    frames: int


def yaw_offset(places: Floats, gimbal_yaw: Floats, flight_yaw: Floats | None) -> LegOffset | None:
    """The constant by which the gimbal's yaw differs from the drone's on straight legs.

    `places` n x 2 metres in the order of time, yaws in degrees from the same north; `flight_yaw`
    is the drone's heading, where it is not written the course over ground stands for it. The
    gimbal looks along the drone unless somebody turned it, so only a narrow spread is an answer:
    None when frames are too few or disagree. In turns the drone's heading runs ahead of the camera
    by tens of degrees, so turns are left out.
    """
    if len(places) < _LEAST + 2:
        return None
    steps = np.diff(places, axis=0)
    course = np.degrees(np.arctan2(steps[:, 0], steps[:, 1]))
    moved = np.hypot(*steps.T) >= _LEAST_STEP
    before, after = course[:-1], course[1:]
    straight = (np.abs(_turn(after - before)) < _STRAIGHT) & moved[:-1] & moved[1:]
    steady = np.abs(_turn(np.diff(gimbal_yaw)))[:-1] < _STEADY
    heading = (before + _turn(after - before) / 2) if flight_yaw is None else flight_yaw[1:-1]
    on_leg = straight & steady & np.isfinite(heading)
    if on_leg.sum() < _LEAST:
        return None
    offsets = (heading - gimbal_yaw[1:-1])[on_leg]
    radians = np.radians(offsets)
    middle = np.degrees(np.arctan2(np.sin(radians).mean(), np.cos(radians).mean()))
    middle += np.median(_turn(offsets - middle))
    spread = float(1.4826 * np.median(np.abs(_turn(offsets - middle))))
    if spread > _TOO_WIDE:
        return None
    return LegOffset(wrapped(float(middle)), spread, int(on_leg.sum()))


def _turn(degrees: Floats) -> Floats:
    return np.asarray((degrees + 180.0) % 360.0 - 180.0)
