"""The data behind the layers: loaded in the background, kept while a layer uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from gisapp.app.events import Event
from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.io import file_kinds
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import GisError, ReadError
from gisapp.model.features import Features
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.render.request import Data

Reader = Callable[[Path, Mapping[str, str], Progress], Data]

LARGE = 20 * 1024 * 1024  # bytes; reading more is shown among the running jobs


class LoadState(Enum):
    LOADING = auto()
    READY = auto()
    FAILED = auto()
    MISSING = auto()  # the file is not there; the user may show where it is now


@dataclass(eq=False)
class _Entry:
    state: LoadState = LoadState.LOADING
    data: Data | None = None
    error: GisError | None = None
    crs: str = ""  # the map's, for which the shapes are ready
    job: Job[_Outcome] | None = None


@dataclass(frozen=True, eq=False)
class _Outcome:
    state: LoadState
    data: Data | None = None
    error: GisError | None = None


class LayerData:
    """Of every layer that is not a table. Use it on the main thread only.

    Kept by source, not by layer: two layers of one file load once, and a layer whose source is
    changed (another place, another CRS) loads anew. Tables are in the project.
    """

    def __init__(
        self,
        jobs: JobRunner,
        folder: Path | None,
        readers: Mapping[str, Reader],
        crs: str = CGCS2000,
    ) -> None:
        self.changed: Event[LayerId] = Event()  # data or state of the layer is another now
        self._jobs = jobs
        self._folder = folder
        self._readers = readers
        self._crs = crs
        self._entries: dict[Source, _Entry] = {}
        self._layers: dict[LayerId, Source] = {}

    def get(self, layer: Layer) -> Data | None:
        """The data, ready for the map's CRS; None while it loads or when it cannot be read."""
        if layer.source.format == TABLE:
            return None
        self._layers[layer.id] = layer.source
        entry = self._entries.get(layer.source)
        if entry is None:
            entry = self._entries[layer.source] = _Entry()
            self._load(layer.source, entry, layer.name)
        elif entry.state is LoadState.READY and entry.crs != self._crs and entry.job is None:
            self._load(layer.source, entry, layer.name)
        return entry.data if entry.crs == self._crs else None

    def data_of(self, project: Project) -> Mapping[LayerId, Data]:
        """What can be drawn now: tables of the project and layers that are loaded."""
        self.keep(project.layers, project.crs)
        found: dict[LayerId, Data] = {}
        for layer in project.layers:
            table = project.table_of(layer)
            data = table if table is not None else self.get(layer)
            if data is not None:
                found[layer.id] = data
        return found

    def state(self, layer: Layer) -> LoadState:
        if layer.source.format == TABLE:
            return LoadState.READY
        entry = self._entries.get(layer.source)
        if entry is None or (entry.state is LoadState.READY and entry.crs != self._crs):
            return LoadState.LOADING
        return entry.state

    def error(self, layer: Layer) -> GisError | None:
        """Why it is failed or missing, and what to do."""
        entry = self._entries.get(layer.source)
        return entry.error if entry else None

    def warnings(self, layer: Layer) -> tuple[str, ...]:
        """What the reader noticed in the file."""
        data = self._entries.get(layer.source, _Entry()).data
        return data.warnings if isinstance(data, Features) else ()

    def keep(self, layers: Iterable[Layer], crs: str) -> None:
        """Forget what no layer uses any more; `crs` is the map's."""
        self._crs = crs
        self._layers = {layer.id: layer.source for layer in layers}
        used = set(self._layers.values())
        for source in [s for s in self._entries if s not in used]:
            entry = self._entries.pop(source)
            if entry.job is not None:
                entry.job.cancel()

    def reload(self, layer: Layer) -> None:
        """Read the file again, for example after it was changed or has come back."""
        entry = self._entries.pop(layer.source, None)
        if entry is not None and entry.job is not None:
            entry.job.cancel()
        self.get(layer)

    def path_of(self, source: Source) -> Path:
        """Where the file is: as written, or inside the project's folder."""
        path = Path(source.path)
        return path if path.is_absolute() or self._folder is None else self._folder / path

    def _load(self, source: Source, entry: _Entry, name: str) -> None:
        path, crs, reader = self.path_of(source), self._crs, self._readers.get(source.format)
        known = entry.data
        job = Job(
            tr("Loading {name}").format(name=name),
            lambda progress: _load(path, source, reader, known, crs, progress),
            quiet=known is not None or not self._is_large(source, path),
        )
        entry.job = job

        def done(outcome: _Outcome) -> None:
            entry.job = None
            entry.state, entry.data, entry.error = outcome.state, outcome.data, outcome.error
            entry.crs = crs
            self._tell(source, entry)

        def watched(job: Job[_Outcome]) -> None:
            if job.state not in (JobState.CANCELLED, JobState.FAILED):
                return
            entry.job = None
            entry.state, entry.data = LoadState.FAILED, None
            stopped = job.state is JobState.CANCELLED
            entry.error = ReadError(
                tr("Loading {name} was stopped").format(name=name)
                if stopped
                else tr("{name} could not be loaded").format(name=name),
                hint=tr("Load it again.") if stopped else str(job.error),
            )
            self._tell(source, entry)

        job.done.subscribe(done)
        job.changed.subscribe(watched)
        self._jobs.start(job)

    def _is_large(self, source: Source, path: Path) -> bool:
        """Files elsewhere may be on a slow disk: those are not even asked for their size here."""
        if source.format == "geotiff":
            return False
        if Path(source.path).is_absolute():
            return True
        try:
            return path.stat().st_size > LARGE
        except OSError:
            return False

    def _tell(self, source: Source, entry: _Entry) -> None:
        if self._entries.get(source) is not entry:
            return  # dropped or read again in the meantime
        for layer, its_source in tuple(self._layers.items()):
            if its_source == source:
                self.changed(layer)


def find_reader(path: Path | str) -> str:
    """The name of the reader for a file. Raises ReadError when there is none."""
    found = file_kinds.sniff(path)
    if not found:
        raise ReadError(tr("{file} holds no layers").format(file=Path(path).name))
    return found[0].source.format


def _load(
    path: Path,
    source: Source,
    reader: Reader | None,
    known: Data | None,
    crs: str,
    progress: Progress,
) -> _Outcome:
    """In a worker: read, and compute the shapes in the map's system."""
    try:
        data = known if known is not None else _read(path, source, reader, progress)
        if isinstance(data, Features):
            progress.report(0.8)
            shapes = data.shapes_in(crs)
            if shapes.kind != "none":
                shapes.boxes  # noqa: B018  (computed once, here)
                shapes.extent  # noqa: B018
    except GisError as error:
        missing = known is None and not path.exists()
        return _Outcome(LoadState.MISSING if missing else LoadState.FAILED, None, error)
    return _Outcome(LoadState.READY, data)


def _read(path: Path, source: Source, reader: Reader | None, progress: Progress) -> Data:
    if reader is None:
        raise ReadError(
            tr("No reader for {format}").format(format=source.format),
            hint=tr("A plugin that reads it is missing or switched off."),
        )
    return reader(path, dict(source.options), Part(progress, 0.0, 0.8))
