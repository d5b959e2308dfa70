"""Large layers are made ready for drawing and finding, and kept in files for the next time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.app.system_memory import give_idle_memory_back
from gisapp.io import vector
from gisapp.io.layer_store import Fingerprint
from gisapp.io.layer_store_folder import LayerStore, fingerprint
from gisapp.model.errors import GisError
from gisapp.model.features import Features
from gisapp.model.layer import Source
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.render.compiled import kernels
from gisapp.render.detail_building import build_detail

MANY_FEATURES, MANY_VERTICES = 5_000, 50_000  # of a layer worth preparing
SOON = 3_000_000  # vertices prepared before the layer is shown at all: about a second


@dataclass(frozen=True, eq=False)
class Prepared:
    """A layer with its detail, from its file or (`note` says why) in memory only."""

    features: Features
    note: str = ""


def is_worth_preparing(features: Features) -> bool:
    return len(features) >= MANY_FEATURES or len(features.shapes.coords) >= MANY_VERTICES


def fingerprint_of(path: Path, source: Source, crs: str) -> Fingerprint | None:
    """Of files read by gisapp itself; of a plugin's reader nobody knows whether it changed."""
    if source.format not in vector.FORMATS:
        return None
    return fingerprint(path, source.path, source.format, dict(source.options), crs)


def prepare(
    features: Features,
    crs: str,
    made_of: Fingerprint | None,
    now: Fingerprint | None,
    store: LayerStore | None,
    progress: Progress,
) -> Prepared:
    """In a worker: build the detail (unless it has one) and write all of the layer to its file.

    What was shown with a detail already stays the layer it is, so that nothing is drawn again, but
    lies in its file from now on; else the answer is the layer as its file has it. made_of: the
    source when it was read; `now`, what it is now: of a file that changed meanwhile nothing is
    kept. The compiled loops must be loaded.
    """
    known = features.detail_in(crs)
    detail = known or build_detail(features.shapes_in(crs), crs, Part(progress, 0.0, 0.7))
    note = ""
    if store is not None and made_of is not None and made_of == now:
        try:
            store.write(made_of, features, crs, detail, Part(progress, 0.7, 1.0))
            kept = store.ready(made_of)
            if kept is not None:
                if known is not None:
                    features.lie_elsewhere(kept)
                give_idle_memory_back()
                return Prepared(kept if known is None else features)
        except GisError as error:
            note = tr("It is prepared anew at each start: {reason}").format(
                reason=f"{error.message}. {error.hint}"
            )
    if known is None:
        features.keep_detail(detail)
    return Prepared(features, note)


def prepare_soon(features: Features, crs: str, progress: Progress) -> None:
    """In the worker that read the layer: what takes a moment only is done before it is shown."""
    if kernels() is None or features.detail_in(crs) is not None:
        return
    if is_worth_preparing(features) and len(features.shapes.coords) <= SOON:
        features.keep_detail(build_detail(features.shapes_in(crs), crs, progress))


class TableDetails:
    """Survey tables are prepared in memory. Use it on the main thread."""

    def __init__(self, jobs: JobRunner) -> None:
        self._jobs = jobs
        self._busy: set[str] = set()  # names of tables being prepared

    def follow(self, project: Project) -> None:
        """Prepare what is large and not prepared; call it when tables or system changed, and
        when the compiled loops have come."""
        if kernels() is None:
            return
        for name, table in project.tables.items():
            if name in self._busy or table.has_detail(project.crs) or len(table) < MANY_FEATURES:
                continue
            self._prepare(name, table, project.crs)

    def _prepare(self, name: str, table: FeatureTable, crs: str) -> None:
        def work(progress: Progress) -> None:
            table.keep_detail(build_detail(table.shared_shapes(crs), crs, progress))

        def watched(job: Job[None]) -> None:
            if job.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED):
                self._busy.discard(name)

        job = Job(tr("Preparing {name}").format(name=name), work, quiet=True)
        self._busy.add(name)
        job.changed.subscribe(watched)
        self._jobs.start(job)
