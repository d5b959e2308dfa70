"""What the user is working with: the store and, beside the document, what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gisapp.app.events import Event
from gisapp.app.store import Store
from gisapp.app.time_range import TimeRange
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer, LayerId


@dataclass(frozen=True, slots=True)
class Selection:
    """Features of one layer; `layer` is None when nothing is selected."""

    layer: LayerId | None = None
    features: frozenset[FeatureId] = frozenset()


class Workspace:
    """Passed to whoever needs it. Selection, active layer, time and the template in hand are not
    part of the document."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self.store = store
        self.folder = folder  # of the project; None for one that is not on the disk
        self.selection_changed: Event[Selection] = Event()
        self.active_layer_changed: Event[LayerId | None] = Event()
        self.time_changed: Event[TimeRange | None] = Event()
        self.template_changed: Event[FeatureId | None] = Event()
        self._selection = Selection()
        self._time: TimeRange | None = None
        self._active: LayerId | None = None
        self._template: FeatureId | None = None

    @property
    def selection(self) -> Selection:
        return self._selection

    def select(self, selection: Selection) -> None:
        if selection != self._selection:
            self._selection = selection
            self.selection_changed(selection)

    @property
    def time(self) -> TimeRange | None:
        """The stretch of time that is looked at; None: all of it."""
        return self._time

    def look_at_time(self, time: TimeRange | None) -> None:
        if time != self._time:
            self._time = time
            self.time_changed(time)

    @property
    def template(self) -> FeatureId | None:
        """The template that new outfalls begin with."""
        return self._template

    def use_template(self, template: FeatureId | None) -> None:
        if template != self._template:
            self._template = template
            self.template_changed(template)

    @property
    def active_layer(self) -> Layer | None:
        """The layer that new points go into and tools look at first."""
        layers = self.store.project.layers
        return next((layer for layer in layers if layer.id == self._active), None)

    def activate(self, layer: LayerId | None) -> None:
        if layer != self._active:
            self._active = layer
            self.active_layer_changed(layer)
