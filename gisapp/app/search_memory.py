"""The texts of all layers, ready to be searched: made on a worker, following the edits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.search import Known, searched_fields
from gisapp.app.search_index import LayerIndex, syllables
from gisapp.app.store import Change
from gisapp.model.edit import Edit, FeatureEdit, Steps, TableEdit
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.render.request import Data

REMADE_AFTER = 500  # features changed since an index was made
LARGE = 1000  # features; of fewer all rows are looked through at once


class SearchMemory:
    """Use it on the main thread; what `known` hands out, on any."""

    def __init__(self, jobs: JobRunner) -> None:
        self._jobs = jobs
        self._made: dict[LayerId, LayerIndex] = {}
        self._changed: dict[LayerId, frozenset[FeatureId]] = {}
        self._under_way: dict[LayerId, set[FeatureId]] = {}  # changed while it is being made

    def follow(self, change: Change) -> None:
        """An edit: what it changed is looked at anew."""
        if change.before.tables is change.after.tables:
            return
        for layer in change.after.layers:
            table = change.after.table_of(layer)
            if table is None or layer.id not in self._made.keys() | self._under_way.keys():
                continue
            fids = _changed_in(change.edit, table.name)
            if fids is None:
                self._made.pop(layer.id, None)
                self._under_way.pop(layer.id, None)
                continue
            self._changed[layer.id] = self._changed.get(layer.id, frozenset()) | fids
            if layer.id in self._under_way:
                self._under_way[layer.id] |= fids

    def known(self, project: Project, data: Mapping[LayerId, Data]) -> dict[LayerId, Known]:
        """Indexes that are right for these data."""
        found = {}
        for layer, source in data.items():
            index = self._made.get(layer)
            if index is None or not is_features(source):
                continue
            changed = self._changed.get(layer, frozenset())
            table = isinstance(source, FeatureTable)
            if index.data is source or (table and len(changed) <= 4 * REMADE_AFTER):
                found[layer] = (index, changed)
        return found

    def prepare(self, data: Mapping[LayerId, Data]) -> None:
        """Make on a worker what is missing or too old."""
        for layer, source in data.items():
            if not is_features(source) or layer in self._under_way or len(source) < LARGE:
                continue
            index = self._made.get(layer)
            same = index is not None and (
                index.data is source or isinstance(source, FeatureTable)
            )  # what was changed in a table is known
            if not same or len(self._changed.get(layer, ())) > REMADE_AFTER:
                self._make(layer, source)

    def _make(self, layer: LayerId, source: FeatureSet) -> None:
        self._under_way[layer] = set()

        def work(progress: Progress) -> LayerIndex:
            syllables()
            return LayerIndex.of(source, searched_fields(source), progress)

        job = Job(tr("Making the search ready"), work, quiet=True)
        job.done.subscribe(partial(self._ready, layer))
        self._jobs.start(job)

    def _ready(self, layer: LayerId, index: LayerIndex) -> None:
        later = self._under_way.pop(layer, None)
        if later is not None:
            self._made[layer] = index
            self._changed[layer] = frozenset(later)


def _changed_in(edit: Edit, table: str) -> frozenset[FeatureId] | None:
    """Features of a table that an edit changes; None: anything may be different."""
    if isinstance(edit, Steps):
        parts = [_changed_in(part, table) for part in edit.parts]
        if None in parts:
            return None
        return frozenset().union(*(part for part in parts if part is not None))
    if isinstance(edit, FeatureEdit):
        return frozenset(edit.after) if edit.table == table else frozenset()
    return None if isinstance(edit, TableEdit) else frozenset()
