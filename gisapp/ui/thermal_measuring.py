"""Measures of temperatures from the hand to the project: drawn, read on a worker, kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gisapp.app.events import Event
from gisapp.app.identify import is_raster
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.app.thermal_measures import keep_edit, measure_on, measured_again_edit, measures_of
from gisapp.app.thermal_tools import TOOLS
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import MeasureValues
from gisapp.model.crs import transform
from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_measure import CRS, Measure
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_facts import data_of


class ThermalMeasuring:
    """One for a window: it brings the tools, and answers what they ask for."""

    def __init__(self, context: WindowContext, desk: ToolDesk) -> None:
        self._context, self.desk = context, desk
        self.kept: Event[FeatureId] = Event()  # a new measure is safe
        desk.tools.update(TOOLS)
        self._waiting: list[Measure] = []
        self._keeping: tuple[Edit, FeatureId] | None = None  # handed over and not yet safe
        self._told: Callable[[], None] = lambda: None
        leaves = [
            desk.measure_wanted.subscribe(self._wanted),
            context.workspace.store.refused.subscribe(self._refused),
        ]

        def leave() -> None:
            for one in (*leaves, self._told):
                one()

        self.leave: Callable[[], None] = leave

    def take(self, tool: str) -> None:
        """A tool by its name; measuring needs something to measure."""
        if not self.layers():
            self._say_no_layer()
            return
        self.desk.take(tool)

    def layers(self) -> Sequence[Layer]:
        """Visible layers of values, the active one first, then from the top."""
        project, active = self._context.workspace.store.project, self._context.workspace
        chosen = active.active_layer
        shown = [
            layer
            for layer in reversed(project.layers)
            if layer.visible and isinstance(layer.style, ThermalStyle)
        ]
        return sorted(shown, key=lambda layer: chosen is None or layer.id != chosen.id)

    def _wanted(self, wanted: MeasureValues) -> None:
        store, context = self._context.workspace.store, self._context
        if self.desk.tool.name not in TOOLS:
            return  # somebody else's question
        if store.read_only:
            words = tr("The project is open for reading only")
            hint = tr("Open it for editing to change features.")
            context.say(Message(words, "warning", hint=hint, key="measure"))
            return
        pairs = [(layer, data_of(context, layer)) for layer in self.layers()]
        loaded = [(layer, data) for layer, data in pairs if is_raster(data)]
        if not loaded:
            self._say_no_layer()
            return

        def work(progress: Progress) -> Measure | None:
            """Of the first layer that has a value there."""
            for layer, data in loaded:
                if not _touches(data, wanted):
                    continue
                made = measure_on(layer, data, wanted.kind, wanted.places, wanted.crs, progress)
                if made.values.cells:
                    return made
            return None

        def done(made: Measure | None) -> None:
            if made is None:
                words = tr("No layer has a value there")
                context.say(Message(words, "warning", key="measure"))
                return
            self._waiting.append(made)
            self._keep_next()

        job = Job(tr("Measure temperatures"), work)
        job.done.subscribe(done)
        context.jobs.start(job)

    def _keep_next(self) -> None:
        """One after the other: the first makes the table, and the next is named after it."""
        if self._keeping is None and self._waiting:
            store = self._context.workspace.store
            self._keeping = keep_edit(store.project, self._waiting.pop(0))
            self._told()
            self._told = store.changed.subscribe(self._written)  # after the lists: they show it
            store.apply(self._keeping[0])

    def _written(self, change: Change) -> None:
        if self._keeping is not None and change.edit is self._keeping[0]:
            fid, self._keeping = self._keeping[1], None
            self._told()
            self.kept(fid)
            self._context.deliver(self._keep_next)

    def _refused(self, error: Exception) -> None:
        self._keeping = None
        self._context.deliver(self._keep_next)

    def measure_again(self, measure: FeatureId) -> None:
        """After the file has changed."""
        context, store = self._context, self._context.workspace.store
        one = measures_of(store.project).get(measure)
        layer = next((la for la in store.project.layers if one and la.id == one.layer), None)
        data = None if layer is None else data_of(context, layer)
        if one is None or layer is None or not is_raster(data):
            words = tr("The layer it was measured on is not there")
            context.say(Message(words, "warning", key="measure"))
            return

        def work(progress: Progress) -> Measure:
            return measure_on(layer, data, one.kind, one.places, CRS, progress)

        def done(made: Measure) -> None:
            edit = measured_again_edit(store.project, measure, made)
            if edit is not None:
                store.apply(edit)

        job = Job(tr("Measure temperatures"), work)
        job.done.subscribe(done)
        context.jobs.start(job)

    def _say_no_layer(self) -> None:
        words = tr("There is no layer of temperatures to measure")
        hint = tr("Show a layer of temperatures first.")
        self._context.say(Message(words, "warning", hint=hint, key="measure"))


def _touches(data: object, wanted: MeasureValues) -> bool:
    """Whether anything of it lies on the raster; what cannot be said is tried."""
    extent, crs = getattr(data, "extent", None), getattr(data, "crs", "")
    if extent is None or not crs:
        return True
    there = transform(np.array(wanted.places, np.float64).reshape(-1, 2), wanted.crs, crs)
    if not np.isfinite(there).all():
        return False
    covered = Extent(*there.min(axis=0).tolist(), *there.max(axis=0).tolist())
    return bool(covered.intersects(extent))
