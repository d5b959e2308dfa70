"""Very many selected features as one picture: made on a worker, moved with the map meanwhile.

Only numpy: it lets the other threads run, and no feature is an object of its own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gisapp.app.exact_geometry import each_once
from gisapp.model.crs import Coordinates
from gisapp.model.features import Shapes
from gisapp.model.progress import Progress
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.render.parts import Parts, as_pixels

RADIUS = 6  # of the ring around a point, in logical pixels: outside of most symbols
AT_ONCE = 200_000  # segments, and then places, drawn between two looks at the progress
Flat = npt.NDArray[np.int64]


def marked_pixels(shapes: Shapes, camera: Camera, color: str, progress: Progress) -> Image:
    """All parts of the shapes in view: points as rings, lines and areas as outlines, with a white
    edge; nothing elsewhere (rows x columns x RGBA, premultiplied)."""
    width, height = camera.size
    ratio = max(1, round(camera.pixel_ratio))
    if shapes.kind == "point":
        ring, edge = _ring(RADIUS * ratio, 1.0 * ratio), _ring(RADIUS * ratio, 2.0 * ratio)
    else:
        ring, edge = _ring(0, 1.4 * ratio), _ring(0, 2.4 * ratio)
    room = max(dx for dx, _ in edge) + 1  # beside the picture, where stamps still reach it
    margin = 2 * room  # so that no stamp needs to be cut
    wide = width + 2 * margin
    packed = np.zeros((height + 2 * margin) * wide, np.uint32)
    if shapes.kind == "point":
        at = [_places(camera.to_pixels(shapes.coords), camera, room)]
    else:
        at = _outlines(shapes, camera, room, progress)
    ink = np.frombuffer(bytes.fromhex(color.lstrip("#")) + b"\xff", np.uint32)[0]
    for stamp, stamped in ((edge, np.uint32(0xFFFFFFFF)), (ring, ink)):
        for dx, dy in stamp:
            progress.report(0.5)
            for places in at:
                packed[places + (dy * wide + dx)] = stamped
    rows = packed.reshape(-1, wide)[margin:-margin, margin:-margin]
    return np.ascontiguousarray(rows).view(np.uint8).reshape(height, width, 4)


def _ring(radius: float, half: float) -> list[tuple[int, int]]:
    """Pixels whose middle is nearer than `half` to the circle; the radius 0 gives a dot."""
    reach = int(radius + half) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    near = np.abs(np.hypot(x, y) - radius) < half
    return [(int(dx), int(dy)) for dx, dy in zip(x[near], y[near], strict=True)]


def _places(pixels: Coordinates, camera: Camera, room: int) -> Flat:
    """Where they lie in the picture padded by twice the room, each pixel once."""
    margin = 2 * room
    wide = camera.size.width + 2 * margin
    with np.errstate(invalid="ignore"):
        near = ((pixels > -room) & (pixels < np.array(camera.size) + room)).all(axis=1)
    x, y = np.floor(pixels[near]).astype(np.int64).T + margin
    flat: Flat = each_once(y * wide + x)
    return flat


def _outlines(shapes: Shapes, camera: Camera, room: int, progress: Progress) -> list[Flat]:
    view = camera.extent.grown(8 * camera.resolution)
    parts = as_pixels(shapes, shapes.parts_in(view), camera)
    a, b = _segments(parts, camera)
    made = []
    for first in range(0, len(a), AT_ONCE):
        progress.report(0.3 * first / len(a))
        one, other = a[first : first + AT_ONCE], b[first : first + AT_ONCE]
        steps = np.ceil(np.abs(other - one).max(axis=1)).astype(np.int64) + 1
        of = np.repeat(np.arange(len(one)), steps)
        along = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps)
        share = (along / np.maximum(steps[of] - 1, 1))[:, None]
        made.append(_places(one[of] + (other - one)[of] * share, camera, room))
    return made


def _segments(parts: Parts, camera: Camera) -> tuple[Coordinates, Coordinates]:
    """The pieces of all edges that lie in the picture or a few pixels beside it."""
    last = np.zeros(len(parts.coords), np.bool_)
    last[parts.starts[1:][np.diff(parts.starts) > 0] - 1] = True
    first = np.flatnonzero(~last[:-1])
    a, b = parts.coords[first], parts.coords[first + 1]
    along = b - a
    begin, end = np.zeros(len(a)), np.ones(len(a))
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis, side in enumerate(camera.size):
            t1, t2 = (-8 - a[:, axis]) / along[:, axis], (side + 8 - a[:, axis]) / along[:, axis]
            outside = (along[:, axis] == 0) & ((a[:, axis] < -8) | (a[:, axis] > side + 8))
            begin = np.fmax(begin, np.where(outside, 2.0, np.fmin(t1, t2)))
            end = np.fmin(end, np.fmax(t1, t2))
    seen = begin <= end
    a, along = a[seen], along[seen]
    return a + along * begin[seen, None], a + along * end[seen, None]
