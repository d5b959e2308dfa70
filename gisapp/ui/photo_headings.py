"""Where cameras looked, drawn over the points of photos when the map is close enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gisapp.analysis.photo_matching import metres_per_degree
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.progress import Progress
from gisapp.model.survey import PHOTOS
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.context import WindowContext
from gisapp.ui.map_screen import MapScreen

CLOSE = 15_000  # 1 : n from which directions are drawn
MOST = 600  # in view; more would be one blot
REACH, SPREAD = 30.0, 50  # of the wedge: logical pixels, degrees
AHEAD_M = 20.0
FILL, EDGE = QColor(37, 99, 235, 70), QColor(37, 99, 235, 190)

Floats = npt.NDArray[np.float64]


def views_of(table: FeatureTable, crs: str) -> Floats:
    """n x 4: where cameras stood and a place in front of them, in `crs`; without those of which
    place or direction is not known."""
    lon, lat, heading = (
        np.array(table.column(name).tolist(), np.float64) for name in ("lon", "lat", "heading")
    )
    known = np.isfinite(lon) & np.isfinite(lat) & np.isfinite(heading)
    lon, lat, angle = lon[known], lat[known], np.radians(heading[known])
    if not len(lon):
        return np.empty((0, 4))
    east, north = metres_per_degree(float(np.median(lat)))
    there = np.stack(
        (lon + AHEAD_M * np.sin(angle) / east, lat + AHEAD_M * np.cos(angle) / north), axis=1
    )
    here = np.stack((lon, lat), axis=1)
    return np.hstack((transform(here, CGCS2000, crs), transform(there, CGCS2000, crs)))


class PhotoHeadings:
    """Worked out in the background when photos change; drawn with each paint of the map."""

    def __init__(self, context: WindowContext, screen: MapScreen) -> None:
        self._context, self._screen = context, screen
        self.views: Floats = np.empty((0, 4))
        self._of: tuple[object, str] = (None, "")
        screen.overlay.below.append(self.paint)
        self.close = context.workspace.store.changed.subscribe(self._changed)
        self.look()

    def look(self) -> None:
        """Anew, if the photos are others than before."""
        project = self._context.workspace.store.project
        table, crs = project.tables.get(PHOTOS), project.crs
        if table is self._of[0] and crs == self._of[1]:
            return
        self._of = (table, crs)
        if table is None or not len(table):
            self.views = np.empty((0, 4))
            return

        def work(progress: Progress) -> Floats:
            return views_of(table, crs)

        def done(views: Floats) -> None:
            self.views = views
            self._screen.update()

        job = Job(tr("Looking at the photos"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="photo headings")

    def _changed(self, change: Change) -> None:
        self.look()

    def _is_shown(self) -> bool:
        layers = self._context.workspace.store.project.layers
        return any(layer.visible and layer.source.path == PHOTOS for layer in layers)

    def in_view(self, camera: Camera) -> Floats:
        """Those on the screen; none when the map is too far away or they are too many."""
        if not len(self.views) or camera.crs != self._of[1] or camera.scale > CLOSE:
            return np.empty((0, 4))
        box = camera.extent.grown(REACH * camera.pixel_ratio * camera.resolution)
        x, y = self.views[:, 0], self.views[:, 1]
        seen = (x >= box.left) & (x <= box.right) & (y >= box.bottom) & (y <= box.top)
        found = self.views[seen]
        return found if len(found) <= MOST else np.empty((0, 4))

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """`painter` in logical pixels."""
        found = self.in_view(camera)
        if not len(found) or not self._is_shown():
            return
        here = camera.to_pixels(found[:, :2]) / camera.pixel_ratio
        there = camera.to_pixels(found[:, 2:]) / camera.pixel_ratio
        # Qt counts sixteenths of a degree, anticlockwise from the right; the screen's y goes down
        angles = np.degrees(np.arctan2(here[:, 1] - there[:, 1], there[:, 0] - here[:, 0]))
        painter.setPen(QPen(EDGE, 1.0, Qt.PenStyle.SolidLine))
        painter.setBrush(FILL)
        for (x, y), angle in zip(here.tolist(), angles.tolist(), strict=True):
            box = QRectF(0, 0, 2 * REACH, 2 * REACH)
            box.moveCenter(QPointF(x, y))
            painter.drawPie(box, round(16 * (angle - SPREAD / 2)), 16 * SPREAD)
