"""Where the map looks after an import: at the first points of a survey."""

from __future__ import annotations

import numpy as np

from gisapp.app.import_doctor import Understanding
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.geometry import Extent
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.ui.context import WindowContext

ROOM = 0.1  # of the extent, on each side
LEAST = 500.0  # metres across, around a single point
DEGREE = 111_000.0  # metres
OUTLIERS = "far_away"  # a problem whose rows would make all others one dot


def look_at_first(context: WindowContext, found: Understanding, before: Project) -> None:
    """The imported points, where the project had none before; else a hand has chosen its view."""
    crs = context.workspace.store.project.crs
    if before.tables[OUTFALL_TABLE].shapes_in(crs).extent is not None:
        return
    degrees = np.array(found.positions.degrees)
    for problem in found.problems:
        if problem.kind == OUTLIERS:
            degrees[problem.rows] = np.nan
    there = degrees[np.isfinite(degrees).all(axis=1)]
    if not len(there):
        return
    low, high = there.min(axis=0), there.max(axis=0)
    room = np.maximum((high - low) * ROOM, LEAST / DEGREE / 2)
    sides = np.array([low - room, high + room])
    corners = transform(np.array([(x, y) for x in sides[:, 0] for y in sides[:, 1]]), CGCS2000, crs)
    if np.isfinite(corners).all():
        least, most = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        context.look_at(Extent(*least, *most))
