"""Rasters that take long to be seen as a whole get an overview in the cache, in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeGuard

from gisapp.app.jobs import Job, JobRunner, JobState
from gisapp.io.layer_store_folder import places
from gisapp.model.errors import WriteError
from gisapp.model.progress import Progress
from gisapp.model.text import tr


class WithOverviews(Protocol):
    """A raster as gisapp.io.raster and gisapp.io.mosaic make them."""

    @property
    def needs_overview(self) -> bool: ...
    def find_overview(self, cache: Path) -> bool: ...
    def build_overview(self, cache: Path, progress: Progress) -> None: ...


class LayerOverviews:
    """One is made after the other: it takes all of a disk. Use it on the main thread, except
    `find`."""

    def __init__(self, jobs: JobRunner, folder: Path | None) -> None:
        """`folder` is the project's; without one, or when it cannot be written, overviews are
        kept in the user's cache."""
        self._jobs = jobs
        self._caches = tuple(place.folder.parent for place in places(folder))
        self._waiting: list[Job[None]] = []
        self._running: Job[None] | None = None

    def find(self, data: object) -> None:
        """In a worker, before the first picture: use the overview made before."""
        if _has_overviews(data) and data.needs_overview:
            any(data.find_overview(cache) for cache in self._caches)

    def follow(self, data: object, name: str) -> Callable[[], None] | None:
        """Have an overview made if one is needed; gives what stops it."""
        if not _has_overviews(data) or not data.needs_overview:
            return None

        def work(progress: Progress) -> None:
            for cache in self._caches:
                try:
                    data.build_overview(cache, progress)
                except WriteError:
                    if cache == self._caches[-1]:
                        raise
                else:
                    return

        def watched(job: Job[None]) -> None:
            if job.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED):
                self._running = None
                self._next()

        def stop() -> None:
            job.cancel()
            if job in self._waiting:
                self._waiting.remove(job)

        job = Job(tr("Preparing an overview of {name}").format(name=name), work)
        job.changed.subscribe(watched)
        self._waiting.append(job)
        self._next()
        return stop

    def _next(self) -> None:
        if self._running is None and self._waiting:
            self._running = self._waiting.pop(0)
            self._jobs.start(self._running)


def _has_overviews(data: Any) -> TypeGuard[WithOverviews]:
    return hasattr(data, "build_overview")
