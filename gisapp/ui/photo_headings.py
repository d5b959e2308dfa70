"""Where cameras looked, drawn over the points of photos when the map is close enough.

Pictures from above are drawn as the ground they show, others as a wedge.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gisapp.analysis.photo_views import COLUMNS, photo_views
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
FEW = 40  # footprints that are filled; more overlap and are outlined
FILL, EDGE = QColor(37, 99, 235, 70), QColor(37, 99, 235, 190)
GROUND = QColor(37, 99, 235, 26)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ShownViews:
    """In the map's system. `wedges`: n x 4, a camera and a place before it; `grounds`: m x 4 x 2,
    corners of what pictures show."""

    wedges: Floats = field(default_factory=lambda: np.empty((0, 4)))
    grounds: Floats = field(default_factory=lambda: np.empty((0, 4, 2)))


def views_of(table: FeatureTable, crs: str) -> ShownViews:
    """Of all photos; without those of which place or direction is not known."""
    names = {field.name for field in table.fields}
    nothing = [None] * len(table)
    columns = {
        name: np.array(table.column(name).tolist() if name in names else nothing, np.float64)
        for name in COLUMNS
    }
    found = photo_views(columns)

    def placed(values: Floats) -> Floats:
        moved = transform(values.reshape(-1, 2), CGCS2000, crs)
        return moved.reshape(values.shape)

    return ShownViews(placed(found.wedges), placed(found.grounds))


class PhotoHeadings:
    """Worked out in the background when photos change; drawn with each paint of the map."""

    def __init__(self, context: WindowContext, screen: MapScreen) -> None:
        self._context, self._screen = context, screen
        self.views = ShownViews()
        self._of: tuple[object, str] = (None, "")
        screen.overlay.below.append(self.paint)
        self._closed = False
        self._leave = context.workspace.store.changed.subscribe(self._changed)
        self.look()

    def close(self) -> None:
        """What is still being worked out is for no map any more."""
        self._closed = True
        self._leave()

    def look(self) -> None:
        """Anew, if the photos are others than before."""
        project = self._context.workspace.store.project
        table, crs = project.tables.get(PHOTOS), project.crs
        if table is self._of[0] and crs == self._of[1]:
            return
        self._of = (table, crs)
        if table is None or not len(table):
            self.views = ShownViews()
            return

        def work(progress: Progress) -> ShownViews:
            return views_of(table, crs)

        def done(views: ShownViews) -> None:
            if self._closed:
                return
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

    def in_view(self, camera: Camera) -> ShownViews:
        """Those on the screen; none when the map is too far away or they are too many."""
        if camera.crs != self._of[1] or camera.scale > CLOSE:
            return ShownViews()
        box = camera.extent.grown(REACH * camera.pixel_ratio * camera.resolution)
        x, y = self.views.wedges[:, 0], self.views.wedges[:, 1]
        seen = (x >= box.left) & (x <= box.right) & (y >= box.bottom) & (y <= box.top)
        low, high = self.views.grounds.min(axis=1), self.views.grounds.max(axis=1)
        met = (low[:, 0] <= box.right) & (high[:, 0] >= box.left)
        met &= (low[:, 1] <= box.top) & (high[:, 1] >= box.bottom)
        if seen.sum() + met.sum() > MOST:
            return ShownViews()
        return ShownViews(self.views.wedges[seen], self.views.grounds[met])

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """`painter` in logical pixels."""
        if not len(self.views.wedges) and not len(self.views.grounds):
            return
        if not self._is_shown():
            return
        found = self.in_view(camera)
        self._paint_grounds(painter, camera, found.grounds)
        self._paint_wedges(painter, camera, found.wedges)

    def _paint_grounds(self, painter: QPainter, camera: Camera, grounds: Floats) -> None:
        """What pictures from above show; the edge that was up in the picture is the thick one."""
        at = (camera.to_pixels(grounds.reshape(-1, 2)) / camera.pixel_ratio).reshape(-1, 4, 2)
        for corners in at.tolist():
            points = [QPointF(x, y) for x, y in corners]
            painter.setPen(QPen(EDGE, 1.0))
            painter.setBrush(GROUND if len(grounds) <= FEW else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(points)
            painter.setPen(QPen(EDGE, 3.0))
            painter.drawLine(points[0], points[1])

    def _paint_wedges(self, painter: QPainter, camera: Camera, wedges: Floats) -> None:
        here = camera.to_pixels(wedges[:, :2]) / camera.pixel_ratio
        there = camera.to_pixels(wedges[:, 2:]) / camera.pixel_ratio
        # Qt counts sixteenths of a degree, anticlockwise from the right; the screen's y goes down
        angles = np.degrees(np.arctan2(here[:, 1] - there[:, 1], there[:, 0] - here[:, 0]))
        painter.setPen(QPen(EDGE, 1.0, Qt.PenStyle.SolidLine))
        painter.setBrush(FILL)
        for (x, y), angle in zip(here.tolist(), angles.tolist(), strict=True):
            box = QRectF(0, 0, 2 * REACH, 2 * REACH)
            box.moveCenter(QPointF(x, y))
            painter.drawPie(box, round(16 * (angle - SPREAD / 2)), 16 * SPREAD)
