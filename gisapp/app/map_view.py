"""The map without its widget: camera, store and jobs in; pictures out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gisapp.app.events import Event
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.store import Change, Store
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import Style
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image, Press
from gisapp.render.request import Data, Painter, RenderRequest

OpenData = Callable[[Layer], Data | None]  # None: not there yet; call refresh when it is


class MapView:
    """Use on the main thread. Painting happens in a job that replaces the one before."""

    def __init__(
        self,
        store: Store,
        jobs: JobRunner,
        painters: Mapping[type[Style], Painter],
        open_data: OpenData,
        press: Press,
        camera: Camera,
    ) -> None:
        self._store, self._jobs, self._painters = store, jobs, painters
        self._open, self._press = open_data, press
        self._camera = camera
        self.picture_ready: Event[tuple[Camera, Image]] = Event()
        self.camera_changed: Event[Camera] = Event()
        store.changed.subscribe(self._project_changed)

    @property
    def camera(self) -> Camera:
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        if camera != self._camera:
            self._camera = camera
            self.camera_changed(camera)
            self.refresh()

    def shown(self) -> tuple[tuple[Layer, Data], ...]:
        """What is drawn, first at the bottom: visible layers whose data is there."""
        data = self._data()
        layers = self._store.project.layers
        return tuple((layer, data[layer.id]) for layer in layers if layer.id in data)

    def request(self) -> RenderRequest:
        """All that is needed to draw the present view on any canvas."""
        return RenderRequest(self._camera, self._store.project.layers, self._data(), self._painters)

    def refresh(self) -> None:
        """Ask for a new picture; the one still being painted is dropped."""
        request = self.request()

        def work(progress: Progress) -> Image:
            size = request.camera.size
            return self._press.picture(size, lambda canvas: request.paint(canvas, progress))

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(lambda image: self.picture_ready((request.camera, image)))
        self._jobs.start(job, instead_of="map")

    def _data(self) -> dict[LayerId, Data]:
        project = self._store.project
        found: dict[LayerId, Data] = {}
        for layer in project.layers:
            if layer.visible:
                table = project.table_of(layer)
                data = self._open(layer) if table is None else table
                if data is not None:
                    found[layer.id] = data
        return found

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.layers is not after.layers or before.tables is not after.tables:
            self.refresh()
