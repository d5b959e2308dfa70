"""The tool in the hand: pointer events go in, and what the tool asks for is done or passed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gisapp.app.choosing import chosen
from gisapp.app.events import Event
from gisapp.app.identify import Hit, identify, is_raster
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.outfall_templates import template_values
from gisapp.app.outfall_tools import delete_selected
from gisapp.app.store import Change
from gisapp.app.tools import (
    Choose,
    Effect,
    Effects,
    Identify,
    Key,
    MapState,
    MapTool,
    MeasureValues,
    OpenForm,
    Pointer,
    Preview,
    Say,
    Select,
    StartTrace,
)
from gisapp.app.workspace import Selection, Workspace
from gisapp.model.edit import Edit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.request import Data

TOLERANCE = 6.0  # pixels of a style
NEAR_ENOUGH = 500.0  # 1 to so much; what is still a crowd there is listed


def _closer_to_crowd(camera: Camera, hits: list[Hit]) -> Camera | None:
    """Where a crowd that was clicked falls apart; None where nothing can part it, or it is none."""
    crowd = hits[0].crowd if hits else None
    if crowd is None or camera.scale <= NEAR_ENOUGH:
        return None
    if max(crowd.width, crowd.height) * camera.scale / NEAR_ENOUGH < camera.resolution:
        return None  # they lie at one place
    fitted = Camera.fit(crowd, camera.size, camera.crs, 1.5, camera.pixel_ratio)
    nearest = camera.at_scale(NEAR_ENOUGH).resolution
    resolution = max(min(fitted.resolution, camera.resolution / 2), nearest)
    return replace(camera, center=fitted.center, resolution=resolution)


class ToolDesk:
    """Edits go to the store, selections to the workspace; the rest is told by events.

    Use on the main thread only. `data` gives what is loaded by now.
    """

    def __init__(
        self,
        workspace: Workspace,
        jobs: JobRunner,
        data: Callable[[], Mapping[LayerId, Data]],
        tools: Mapping[str, Callable[[Callable[[], MapState]], MapTool]] | None = None,
    ) -> None:
        self.workspace = workspace
        self.tools = dict(tools or {})
        self.preview_changed: Event[Preview] = Event()
        self.camera_wanted: Event[Camera] = Event()
        self.identified: Event[tuple[Pointer, list[Hit]]] = Event()
        self.form_wanted: Event[OpenForm] = Event()
        self.trace_wanted: Event[StartTrace] = Event()
        self.measure_wanted: Event[MeasureValues] = Event()
        self.said: Event[Say] = Event()
        self.tool_changed: Event[str] = Event()
        self.chosen: Event[Select] = Event()  # by an outline, what of several layers can lie in
        self.jobs, self._data = jobs, data
        self.sieve: Callable[[Layer, Data], Data] | None = None  # what of a layer is looked at
        self._waiting: list[tuple[Edit, list[Effect]]] = []  # until the edit is safe
        self._leave = [
            workspace.store.changed.subscribe(self._committed),
            workspace.store.refused.subscribe(self._refused),
        ]
        self.tool = MapTool(self.look)
        self.preview = Preview()

    def close(self) -> None:
        for leave in self._leave:
            leave()

    def look(self) -> MapState:
        store, active = self.workspace.store, self.workspace.active_layer
        return MapState(
            store.project,
            self._data(),
            self.workspace.selection,
            active.id if active else None,
            store.read_only,
            self.sieve,
            template_values(store.project, self.workspace.template),
        )

    def take(self, name: str) -> None:
        """Take up a tool by its name; the one before is put down."""
        self.carry_out(self.tool.cancel())
        self.tool = self.tools[name](self.look)
        self.tool_changed(name)

    def press(self, pointer: Pointer) -> None:
        self.carry_out(self.tool.press(pointer))

    def move(self, pointer: Pointer) -> None:
        self.carry_out(self.tool.move(pointer))

    def release(self, pointer: Pointer) -> None:
        self.carry_out(self.tool.release(pointer))

    def finish(self) -> None:
        self.carry_out(self.tool.finish())

    def key(self, key: Key) -> None:
        """The tool's key; Delete is understood by all, and takes away what is selected."""
        effects = tuple(self.tool.key(key))
        if key == "delete" and not effects:
            effects = tuple(delete_selected(self.look()))
        self.carry_out(effects)

    def cancel(self) -> None:
        self.carry_out(self.tool.cancel())

    def carry_out(self, effects: Effects) -> None:
        """Do what a tool asks for; what follows an edit waits until it is written."""
        left = list(effects)
        while left:
            effect = left.pop(0)
            if isinstance(effect, Camera):
                self.camera_wanted(effect)
            elif isinstance(effect, Preview):
                self.preview = effect
                self.preview_changed(effect)
            elif isinstance(effect, Select):
                self._select(effect)
            elif isinstance(effect, Choose):
                self._choose(effect)
            elif isinstance(effect, Identify):
                self.identify(effect.pointer)
            elif isinstance(effect, OpenForm):
                self.form_wanted(effect)
            elif isinstance(effect, StartTrace):
                self.trace_wanted(effect)
            elif isinstance(effect, MeasureValues):
                self.measure_wanted(effect)
            elif isinstance(effect, Say):
                self.said(effect)
            else:
                self._waiting.append((effect, left))
                self.workspace.store.apply(effect)
                return

    def identify(
        self,
        pointer: Pointer,
        answer: Callable[[list[Hit]], None] | None = None,
        *,
        purpose: str = "hover",
        grids: bool = True,
    ) -> None:
        """Ask all visible layers, on a worker; without `answer`, `identified` tells.

        A newer question of the same purpose takes the place of the older one.
        """
        state = self.look()
        layers = state.project.layers
        data = {layer.id: found for layer in layers if (found := state.seen_of(layer)) is not None}
        if not grids:
            data = {layer: found for layer, found in data.items() if not is_raster(found)}
        tolerance = TOLERANCE * pointer.camera.pixel_ratio

        def work(progress: Progress) -> list[Hit]:
            return identify(pointer.camera, pointer.pixel, layers, data, tolerance)

        def told(hits: list[Hit]) -> None:
            closer = _closer_to_crowd(pointer.camera, hits)
            if closer is not None:
                self.camera_wanted(closer)
            else:
                self.identified((pointer, hits))

        job = Job(tr("Identify"), work, quiet=True)
        job.done.subscribe(answer or told)
        self.jobs.start(job, instead_of=purpose if answer else "identify")

    def _choose(self, wanted: Choose) -> None:
        """Among very many features, on a worker; a newer choice takes the place of an older."""
        state = self.look()
        data = {layer.id: state.seen_of(layer) for layer in wanted.layers}

        def work(progress: Progress) -> Select:
            nothing = Select(None, frozenset(), wanted.add)
            return chosen(wanted, lambda layer: data[layer.id], progress) or nothing

        def done(found: Select) -> None:
            if found.features or not wanted.add:
                self._select(found)

        job = Job(tr("Selecting"), work)
        job.done.subscribe(done)
        self.jobs.start(job, instead_of="selecting")

    def _select(self, effect: Select) -> None:
        features = effect.features
        now = self.workspace.selection
        if effect.add and now.layer == effect.layer:
            features = now.features ^ features if len(features) == 1 else now.features | features
        layer = effect.layer if features else None
        self.workspace.select(Selection(layer, features))
        if effect.outline is not None:
            self.chosen(effect)

    def _committed(self, change: Change) -> None:
        for number, (edit, later) in enumerate(self._waiting):
            if edit is change.edit:
                del self._waiting[number]
                self.carry_out(later)
                return

    def _refused(self, error: Exception) -> None:
        self._waiting.clear()
