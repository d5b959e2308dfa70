"""The map without its widget: camera, store and jobs in; pictures out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gisapp.app.events import Event
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.layer_pictures import LayerPictures, Picture
from gisapp.app.store import Change, Store
from gisapp.model.edit import Edit, FeatureEdit, Steps
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.layer import TABLE, Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import Style
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image, Press
from gisapp.render.request import Data, Painter, RenderRequest

OpenData = Callable[[Layer], Data | None]  # None: not there yet; refresh when it is
FEW = 50  # changed features; for more, whole layers are painted anew


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
        self._open = open_data
        self._camera = camera
        self._pictures = LayerPictures(press)
        self._trial: Layer | None = None
        self._changed: dict[LayerId, set[FeatureId]] = {}  # since the last picture
        self.picture_ready: Event[tuple[Camera, Image]] = Event()
        self.camera_changed: Event[Camera] = Event()
        self.layer_failed: Event[tuple[Layer, GisError]] = Event()  # left out of the picture
        self._unsubscribe = store.changed.subscribe(self._project_changed)

    @property
    def camera(self) -> Camera:
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        if camera != self._camera:
            self._camera = camera
            self.camera_changed(camera)
            self.refresh()

    def try_out(self, layer: Layer | None) -> None:
        """Draw a layer otherwise than the project has it, while a hand is still on a slider."""
        if layer != self._trial:
            self._trial = layer
            self.refresh()

    def close(self) -> None:
        """Hear nothing more of the store."""
        self._unsubscribe()

    def shown(self) -> tuple[tuple[Layer, Data], ...]:
        """What is drawn, first at the bottom: visible layers whose data is there."""
        project = self._store.project
        found = []
        for layer in project.layers:
            if self._trial is not None and layer.id == self._trial.id:
                layer = self._trial
            if layer.visible:
                table = project.table_of(layer)
                data = self._open(layer) if table is None else table
                if data is not None:
                    found.append((layer, data))
        return tuple(found)

    def request(self) -> RenderRequest:
        """All that is needed to draw the present view on any canvas."""
        shown = self.shown()
        layers = tuple(layer for layer, _ in shown)
        data = {layer.id: data for layer, data in shown}
        return RenderRequest(self._camera, layers, data, self._painters)

    def refresh(self) -> None:
        """Ask for a new picture; the one still being painted is dropped."""
        request = self.request()
        changed = {layer: frozenset(ids) for layer, ids in self._changed.items()}

        def work(progress: Progress) -> Picture:
            return self._pictures.paint(request, changed, progress)

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(self._painted)
        self._jobs.start(job, instead_of="map")

    def _painted(self, picture: Picture) -> None:
        self._pictures.keep(picture)
        self._changed.clear()
        for layer, error in picture.failed:
            self.layer_failed((layer, error))
        self.picture_ready((picture.camera, picture.image))

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.layers is after.layers and before.tables is after.tables:
            return
        for layer in after.layers:
            if layer.source.format == TABLE:
                self._note(layer, before, change.edit)
        if _shows_another(before, after):
            self.refresh()

    def _note(self, layer: Layer, before: Project, edit: Edit) -> None:
        """Remember which features of the layer differ from the last picture."""
        for part in edit.parts if isinstance(edit, Steps) else (edit,):
            if isinstance(part, FeatureEdit) and part.table == layer.source.path:
                self._changed.setdefault(layer.id, set()).update(part.before, part.after)


def _shows_another(before: Project, after: Project) -> bool:
    """Whether anything that is drawn differs: not when only names or hidden layers changed."""
    return [_drawn(layer) for layer in before.layers if layer.visible] != [
        _drawn(layer) for layer in after.layers if layer.visible
    ] or any(before.table_of(layer) is not after.table_of(layer) for layer in after.layers)


def _drawn(layer: Layer) -> tuple[object, ...]:
    return layer.id, layer.source, layer.style, layer.opacity
