"""Very many traced reaches over the map: painted on a worker, moved with the map meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gisapp.app.jobs import Job, JobRunner
from gisapp.model.features import Shapes
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.render.tiles import grown, sees_all_of
from gisapp.ui.map_overlay import SIMPLE_FROM, TRACED, BandNumbers
from gisapp.ui.map_screen import MapScreen

MARGIN = 256  # pixels beside the view
LONGEST = 400  # pixels of one reach among so many


class TracedReaches:
    """A few reaches are left to the overlay; of many, a picture is made for each view."""

    def __init__(self, screen: MapScreen, jobs: JobRunner) -> None:
        self._screen, self._jobs = screen, jobs
        self._leave = screen.view.picture_ready.subscribe(lambda frame: self._follow(frame.camera))

    def close(self) -> None:
        self._leave()

    def show(
        self, reaches: Shapes | None, bands: BandNumbers = (), colors: Sequence[str] = ()
    ) -> None:
        """In the map's system; None takes them away. bands: of each part its colour."""
        overlay = self._screen.overlay
        overlay.traced, overlay.traced_bands, overlay.traced_colors = reaches, bands, colors
        overlay.traced_picture.clear()
        self._make(self._screen.goal)
        self._screen.update()

    def _follow(self, camera: Camera) -> None:
        """The map has moved: as long as the picture holds all of the view, it is shown moved."""
        there = self._screen.overlay.traced_picture.camera
        if there is None or not sees_all_of(there, camera):
            self._make(camera)

    def _make(self, view: Camera) -> None:
        camera = grown(view, MARGIN)
        reaches = self._screen.overlay.traced
        if reaches is None or len(reaches.owner) <= SIMPLE_FROM:
            return

        bands, colors = self._screen.overlay.traced_bands, self._screen.overlay.traced_colors

        def work(progress: Progress) -> Image:
            return traced_pixels(reaches, camera, bands, colors)

        def done(pixels: Image) -> None:
            now = self._screen.overlay
            if now.traced is reaches and now.traced_bands is bands:
                self._screen.overlay.traced_picture.show(camera, pixels)
                self._screen.update()

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(done)
        self._jobs.start(job, instead_of="traced reaches")


def traced_pixels(
    shapes: Shapes, camera: Camera, bands: BandNumbers = (), colors: Sequence[str] = ()
) -> Image:
    """Each reach in view straight from end to end, two pixels wide; nothing elsewhere."""
    width, height = camera.size
    parts = shapes.parts_in(camera.extent)
    of_part = np.zeros(len(parts), np.int64)
    if len(bands):
        of_part = np.asarray(bands)[parts]
        farthest_first = np.argsort(-of_part, kind="stable")
        parts, of_part = parts[farthest_first], of_part[farthest_first].astype(np.int64)
    starts, ends = shapes.starts[parts], shapes.starts[parts + 1] - 1
    a, b = (camera.to_pixels(shapes.coords[at]) for at in (starts, ends))
    steps = np.clip(np.ceil(np.abs(b - a).max(axis=1, initial=1)), 1, LONGEST).astype(np.int64)
    of = np.repeat(np.arange(len(steps)), steps)
    along = np.arange(len(of)) - np.repeat(np.cumsum(steps) - steps, steps)
    x, y = (a[of] + (b - a)[of] * (along / steps[of])[:, None]).astype(np.int64).T
    inside = (x >= 0) & (x < width - 1) & (y >= 0) & (y < height)
    x, y, of = x[inside], y[inside], of[inside]
    pixels = np.zeros((height, width, 4), np.uint8)
    packed = pixels.view(np.uint32)[:, :, 0]
    inks = np.array([_packed(color) for color in colors or (TRACED,)], np.uint32)
    packed[y, x] = packed[y, x + 1] = inks[of_part[of]]
    return pixels


def _packed(color: str) -> int:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return int(np.frombuffer(bytes((red, green, blue, 255)), np.uint32)[0])
