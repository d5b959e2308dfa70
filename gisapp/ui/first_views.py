"""Where a project is looked at from when it is opened: as it was left, or all of it."""

from __future__ import annotations

from hashlib import sha256

from PySide6.QtCore import QSettings

from gisapp.app.base_map_formats import is_base_map
from gisapp.app.bookmarks import camera_of_numbers
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.app.project_session import ProjectSession
from gisapp.model.crs import CGCS2000, area_of_use, transform_extent
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent, Size
from gisapp.model.project import Project
from gisapp.render.camera import Camera
from gisapp.ui.context import WindowContext
from gisapp.ui.map_screen import MapScreen

FIRST_SIZE = Size(800, 600)  # until the widget knows its own
CHINA = Extent(73.0, 18.0, 135.0, 54.0)  # degrees; an empty project shows what is in it


def _meant_for(crs: str) -> Extent:
    """Where a system is meant for (degrees), such as a zone, as far as it is in China; a system
    nobody says it of is looked at from above China."""
    area = area_of_use(crs)
    if area is None:
        return CHINA
    if not area.intersects(CHINA):
        return area
    left, bottom = max(area.left, CHINA.left), max(area.bottom, CHINA.bottom)
    return Extent(left, bottom, min(area.right, CHINA.right), min(area.top, CHINA.top))


def first_camera(project: Project) -> Camera:
    """Sees what the tables hold; without any, where the map's system is meant for. Of a system
    that was not met before this takes some milliseconds: a worker asks first."""
    found: Extent | None = None
    for table in project.tables.values():
        extent = table.shapes_in(project.crs).extent
        if extent is not None:
            found = extent if found is None else found.union(extent)
    if found is None:
        try:
            found = transform_extent(_meant_for(project.crs), CGCS2000, project.crs)
        except GisError:
            found = CHINA
    return Camera.fit(found, FIRST_SIZE, project.crs, 1.2).panned(28.0, 0.0)  # beside the tools


def still_to_come(project: Project, data: LayerData) -> bool:
    """Whether layers that are shown are still being read; base maps are around all of it."""
    return any(
        data.state(layer) is LoadState.LOADING
        for layer in project.layers
        if layer.visible and not is_base_map(layer)
    )


class FirstLook:
    """At a project without places of its own, which waits for its first layers: all of them are
    shown, until a hand moves the map or something is asked to be looked at, such as a flight."""

    def __init__(self, context: WindowContext) -> None:
        self._context = context
        self._from: Camera | None = None
        self.is_open = not any(map(len, context.workspace.store.project.tables.values()))
        context.look_at.subscribe(lambda extent: self._end())

    def data_came(self, screen: MapScreen, data: LayerData) -> None:
        if not self.is_open:
            return
        if self._from not in (None, screen.goal):  # a hand has moved the map
            self._end()
        else:
            screen.show_all()
            self._from = screen.goal
            self.is_open = still_to_come(self._context.workspace.store.project, data)

    def _end(self) -> None:
        self.is_open = False


def camera_key(session: ProjectSession) -> str:
    """Under which the view of a project is kept."""
    return "cameras/" + sha256(str(session.folder).encode()).hexdigest()[:16]


def keep_camera(state: QSettings, session: ProjectSession, camera: Camera) -> None:
    resolution = camera.resolution * camera.pixel_ratio
    values = [camera.crs, *map(repr, (*camera.center, resolution, camera.rotation))]
    state.setValue(camera_key(session), values)


def kept_camera(state: QSettings, session: ProjectSession) -> Camera | None:
    """Where the map was when the project was closed; None in another system than now."""
    values = state.value(camera_key(session))
    if not isinstance(values, list) or len(values) not in (4, 5):
        return None
    crs, *numbers = values
    if crs != session.store.project.crs:
        return None
    return camera_of_numbers(numbers, FIRST_SIZE, crs)
