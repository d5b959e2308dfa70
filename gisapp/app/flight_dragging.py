"""A person moves or turns one frame: the flight that follows, to be shown and written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gisapp.analysis.flight_fit import drag_frame
from gisapp.analysis.flight_geometry import Poses, footprint, frame_affine, upright
from gisapp.io.flight_heights import open_heights
from gisapp.model.errors import ParameterError
from gisapp.model.flight import Corner, Flight
from gisapp.model.text import tr


def dragged(
    flight: Flight,
    folder: Path,
    file: str,
    seen: tuple[Corner, Corner],
    wanted: tuple[Corner, Corner],
) -> Flight:
    """The flight with one frame moved and turned by two clicks each: places as the frame shows them
    now, and where they belong. With both pairs given twice the frame is only moved.

    Raises ParameterError when no frame has that name.
    """
    number = next((n for n, frame in enumerate(flight.frames) if frame.file == file), None)
    if number is None:
        raise ParameterError(tr("There is no frame {file} in this flight").format(file=file))
    frame = flight.frames[number]
    poses = drag_frame(
        flight.lens,
        Poses.of([upright(frame.pose)]),
        0,
        (np.array(seen[0]), np.array(seen[1])),
        (np.array(wanted[0]), np.array(wanted[1])),
    )
    pose = poses.pose(0)
    heights = None
    if flight.elevation:
        around = (pose.x, pose.y, pose.x, pose.y)
        heights = open_heights(folder / flight.elevation, flight.crs, around)
    corners = footprint(flight.lens, pose, heights)
    affine = None
    if frame.affine is not None:
        level = 0.0 if heights is None else float(heights(poses.xyz[:, 0], poses.xyz[:, 1])[0])
        found, _ = frame_affine(flight.lens, replace(pose, z=pose.z - level))
        affine = tuple(map(float, found))
    new = replace(
        frame,
        pose=pose,
        affine=affine,
        corners=tuple((float(x), float(y)) for x, y in corners),
    )
    frames = (*flight.frames[:number], new, *flight.frames[number + 1 :])
    return replace(flight, frames=frames)
