"""How the data of one layer is read, in a worker: prepared before, or from its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from gisapp.app.layer_detail import fingerprint_of, is_worth_preparing, prepare_soon
from gisapp.io.layer_store import Fingerprint
from gisapp.io.layer_store_folder import LayerStore
from gisapp.model.errors import GisError, ReadError
from gisapp.model.features import Features
from gisapp.model.layer import Source
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.render.request import Data

Reader = Callable[[Path, Mapping[str, str], Progress], Data]


class LoadState(Enum):
    LOADING = auto()
    READY = auto()
    FAILED = auto()
    MISSING = auto()  # the file is not there; the user may show where it is now


@dataclass(frozen=True, eq=False)
class Outcome:
    state: LoadState
    data: Data | None = None
    error: GisError | None = None
    made_of: Fingerprint | None = None  # the source as it was before it was read
    is_kept: bool = False  # read from the file of what was prepared


@dataclass(frozen=True, eq=False)
class Asked:
    """known: what was read before and only needs another system. bring_in: makes the compiled
    loops available if that takes a moment only; asked for before a layer is shown that is drawn
    much more slowly without them."""

    path: Path
    source: Source
    reader: Reader | None
    known: Data | None
    crs: str
    store: LayerStore | None
    bring_in: Callable[[], object]


class Showing(Part):
    """The progress of reading, which also takes what was read so far (see `gathered.SoFar`)."""

    def __init__(self, whole: Progress, crs: str, so_far: list[Features]) -> None:
        super().__init__(whole, 0.0, 0.8)
        self._crs, self._so_far = crs, so_far

    def show(self, features: Features) -> None:
        """In the map's system, as painters will ask for it. Raises GisError where it cannot be."""
        features.shapes_in(self._crs)
        self._so_far.append(features)


def load(asked: Asked, progress: Progress, so_far: list[Features]) -> Outcome:
    """Read, and compute the shapes in the map's system. `so_far` is given parts of a large source
    while it is read."""
    made_of = fingerprint_of(asked.path, asked.source, asked.crs)
    try:
        if asked.store is not None and made_of is not None:
            prepared = asked.store.ready(made_of)
            if prepared is not None:
                asked.bring_in()
                return Outcome(LoadState.READY, prepared, None, made_of, is_kept=True)
        data = asked.known
        if data is None:
            data = _read(asked, Showing(progress, asked.crs, so_far))
        if isinstance(data, Features):
            progress.report(0.8)
            shapes = data.shapes_in(asked.crs)
            shapes.extent  # noqa: B018  (computed once, here)
            if shapes.kind in ("line", "area"):
                shapes.boxes  # noqa: B018
            if is_worth_preparing(data):
                asked.bring_in()
            prepare_soon(data, asked.crs, Part(progress, 0.8, 1.0))
        else:
            asked.bring_in()
    except GisError as error:
        missing = asked.known is None and not asked.path.exists()
        return Outcome(LoadState.MISSING if missing else LoadState.FAILED, None, error)
    return Outcome(LoadState.READY, data, None, made_of)


def _read(asked: Asked, progress: Progress) -> Data:
    if asked.reader is None:
        raise ReadError(
            tr("No reader for {format}").format(format=asked.source.format),
            hint=tr("A plugin that reads it is missing or switched off."),
        )
    return asked.reader(asked.path, dict(asked.source.options), progress)
