"""The data behind the layers: loaded in the background, kept while a layer uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gisapp.app.events import Event
from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.app.layer_detail import (
    Prepared,
    TableDetails,
    fingerprint_of,
    is_worth_preparing,
    prepare,
)
from gisapp.app.layer_loading import Asked, LoadState, Outcome, Reader, load
from gisapp.app.layer_overviews import LayerOverviews
from gisapp.io import file_kinds
from gisapp.io.layer_store import Fingerprint
from gisapp.io.layer_store_folder import LayerStore, places
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import GisError, ReadError
from gisapp.model.features import Features
from gisapp.model.geometry import Extent
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.render.compiled import kernels
from gisapp.render.request import Data

__all__ = ["LayerData", "LoadState", "Reader", "find_reader"]

LARGE = 20 * 1024 * 1024  # bytes; reading more is shown among the running jobs


@dataclass(eq=False)
class _Entry:
    state: LoadState = LoadState.LOADING
    data: Data | None = None
    error: GisError | None = None
    crs: str = ""  # the map's, for which the shapes are ready
    job: Job[Outcome] | None = None
    made_of: Fingerprint | None = None  # the file when it was read
    is_kept: bool = False  # all of it is in its file
    note: str = ""  # what went wrong while it was prepared
    as_it_is: bool = False  # preparing it was stopped or failed: not tried again
    preparing: Job[Prepared] | None = None
    leave: Callable[[], None] | None = None  # hear no more of what a raster has to tell
    stop_overview: Callable[[], None] | None = None


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
        store: LayerStore | None = None,
    ) -> None:
        """`folder` is the project's, also for what is prepared unless a `store` is given."""
        self.changed: Event[LayerId] = Event()  # data or state of the layer is another now
        # More of a layer is there (extent and system), such as tiles from the network.
        self.arrived: Event[tuple[LayerId, Extent, str]] = Event()
        if store is None and folder is not None:
            store = LayerStore(places(folder))
        self.bring_in: Callable[[], object] = lambda: None  # see `layer_loading.Asked`
        self._store = store
        self._tables = TableDetails(jobs)
        self._overviews = LayerOverviews(jobs, folder)
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
        """What the reader noticed in the file, and whether it could be prepared."""
        entry = self._entries.get(layer.source, _Entry())
        found: tuple[str, ...] = getattr(entry.data, "warnings", ())
        return (*found, entry.note) if entry.note else found

    def keep(self, layers: Iterable[Layer], crs: str) -> None:
        """Forget what no layer uses any more; `crs` is the map's."""
        self._crs = crs
        self._layers = {layer.id: layer.source for layer in layers}
        used = set(self._layers.values())
        for source in [s for s in self._entries if s not in used]:
            _stop(self._entries.pop(source))

    def reload(self, layer: Layer) -> None:
        """Read the file again, for example after it was changed or has come back."""
        entry = self._entries.pop(layer.source, None)
        if entry is not None:
            _stop(entry)
        self.get(layer)

    def look_again(self) -> None:
        """Files that were changed by another program are read anew; what they held is shown
        until then."""
        kept = [(s, e, e.made_of) for s, e in self._entries.items() if e.made_of and not e.job]
        crs = self._crs

        def work(progress: Progress) -> list[Source]:
            now = [(s, fingerprint_of(self.path_of(s), s, crs), before) for s, _, before in kept]
            return [source for source, found, before in now if found and found != before]

        def done(changed: list[Source]) -> None:
            for source, entry, _ in kept:
                if source in changed and self._entries.get(source) is entry and not entry.job:
                    _stop(entry)
                    entry.as_it_is = False
                    self._load(source, entry, self._name(source), anew=True)

        if kept:
            job = Job(tr("Looking at files"), work, quiet=True)
            job.done.subscribe(done)
            self._jobs.start(job, instead_of="looking at files")

    def loops_ready(self) -> None:
        """The compiled loops have come: large layers that are shown are prepared with them."""
        self._prepare_next()

    def follow_tables(self, project: Project) -> None:
        """Survey tables that are large are prepared too; call it when the project changed and
        when the loops have come."""
        self._tables.follow(project)

    def path_of(self, source: Source) -> Path:
        """Where the file is: as written, or inside the project's folder."""
        path = Path(source.path)
        return path if path.is_absolute() or self._folder is None else self._folder / path

    def _load(self, source: Source, entry: _Entry, name: str, *, anew: bool = False) -> None:
        path, crs, reader = self.path_of(source), self._crs, self._readers.get(source.format)
        known, bring_in = None if anew else entry.data, self.bring_in
        so_far: list[Features] = []  # the newest last; filled by the worker

        def work(progress: Progress) -> Outcome:
            asked = Asked(path, source, reader, known, crs, self._store, bring_in)
            outcome = load(asked, progress, so_far)
            self._overviews.find(outcome.data)
            return outcome

        job = Job(
            tr("Loading {name}").format(name=name),
            work,
            quiet=known is not None or not self._is_large(source, path),
        )
        entry.job = job
        if entry.preparing is not None:
            entry.preparing.cancel()
            entry.preparing = None

        def done(outcome: Outcome) -> None:
            entry.job = None
            entry.state, entry.data, entry.error = outcome.state, outcome.data, outcome.error
            entry.crs, entry.made_of, entry.note = crs, outcome.made_of, ""
            entry.as_it_is, entry.is_kept = False, outcome.is_kept
            if entry.leave is None and outcome.data is not None:
                entry.leave = self._listen(source, entry, outcome.data)
                entry.stop_overview = self._overviews.follow(outcome.data, name)
            self._tell(source, entry)
            self._prepare_next()

        def watched(job: Job[Outcome]) -> None:
            if job.state is JobState.RUNNING and so_far and not anew:
                entry.data, entry.crs = so_far[-1], crs
                so_far.clear()
                self._tell(source, entry)
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

    def _prepare_next(self) -> None:
        """One layer after the other: building takes memory, and drawing goes first."""
        if kernels() is None or any(e.preparing for e in self._entries.values()):
            return
        for source, entry in self._entries.items():
            data = entry.data
            if entry.state is not LoadState.READY or entry.job is not None or entry.as_it_is:
                continue
            if isinstance(data, Features) and self._is_to_do(entry, data):
                self._prepare(source, entry, data)
                return

    def _is_to_do(self, entry: _Entry, data: Features) -> bool:
        if not is_worth_preparing(data):
            return False
        kept = entry.is_kept or entry.made_of is None or self._store is None
        return not kept or data.detail_in(entry.crs) is None

    def _prepare(self, source: Source, entry: _Entry, data: Features) -> None:
        crs, made_of, path = entry.crs, entry.made_of, self.path_of(source)

        def work(progress: Progress) -> Prepared:
            now = fingerprint_of(path, source, crs)
            return prepare(data, crs, made_of, now, self._store, progress)

        job = Job(tr("Preparing {name}").format(name=self._name(source)), work)
        entry.preparing = job

        def watched(job: Job[Prepared]) -> None:
            ended = job.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
            if not ended or entry.preparing is not job:
                return
            entry.preparing = None
            entry.as_it_is = job.state is not JobState.DONE
            if entry.as_it_is:
                self._prepare_next()

        def done(made: Prepared) -> None:
            if entry.data is data and entry.crs == crs:
                entry.data, entry.note, entry.is_kept = made.features, made.note, True
                if made.note or made.features is not data:
                    self._tell(source, entry)
            self._prepare_next()

        job.changed.subscribe(watched)
        job.done.subscribe(done)
        self._jobs.start(job)

    def _listen(self, source: Source, entry: _Entry, data: Data) -> Callable[[], None] | None:
        """Hear when more of a raster is there: it tells on any thread, we tell on ours."""
        told = getattr(data, "arrived", None)
        if not isinstance(told, list):
            return None

        def arrived(extent: Extent, crs: str) -> None:
            self._jobs.deliver(lambda: self._tell_arrived(source, entry, extent, crs))

        told.append(arrived)
        return lambda: told.remove(arrived)

    def _tell_arrived(self, source: Source, entry: _Entry, extent: Extent, crs: str) -> None:
        if self._entries.get(source) is entry:
            for layer in self._layers_of(source):
                self.arrived((layer, extent, crs))

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
        for layer in self._layers_of(source):
            self.changed(layer)

    def _layers_of(self, source: Source) -> list[LayerId]:
        return [layer for layer, its_source in self._layers.items() if its_source == source]

    def _name(self, source: Source) -> str:
        return Path(source.path).name


def _stop(entry: _Entry) -> None:
    for job in (entry.job, entry.preparing):
        if job is not None:
            job.cancel()
    if entry.leave is not None:
        entry.leave()
        entry.leave = None
    if entry.stop_overview is not None:
        entry.stop_overview()
        entry.stop_overview = None


def find_reader(path: Path | str) -> str:
    """The name of the reader for a file. Raises ReadError when there is none."""
    found = file_kinds.sniff(path)
    if not found:
        raise ReadError(tr("{file} holds no layers").format(file=Path(path).name))
    return found[0].source.format
