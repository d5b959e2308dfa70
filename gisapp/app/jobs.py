"""Work in the background: start it, watch it, stop it, and hear about it on the main thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from threading import Event as Flag
from time import monotonic
from typing import Any, Generic, TypeVar

from gisapp.app.drawing_threads import DrawingThreads, stand_back
from gisapp.app.events import Event
from gisapp.model.progress import Cancelled, Progress

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]  # run this on the main thread

REPORT_EVERY = 0.05  # seconds; work may report as often as it likes


class JobState(Enum):
    WAITING = auto()
    RUNNING = auto()
    DONE = auto()
    CANCELLED = auto()
    FAILED = auto()


class Job(Generic[T]):
    """One piece of work. Read it on the main thread only."""

    def __init__(self, title: str, work: Callable[[Progress], T], *, quiet: bool = False) -> None:
        """A quiet job (drawing, loading a picture) is not listed among the running ones."""
        self.title = title
        self.quiet = quiet
        self.started_at = monotonic()
        self.state = JobState.WAITING
        self.fraction = 0.0
        self.message = ""
        self.error: Exception | None = None
        self.changed: Event[Job[T]] = Event()
        self.done: Event[T] = Event()
        self._work = work
        self._stop = Flag()

    def cancel(self) -> None:
        self._stop.set()


class JobRunner:
    def __init__(self, deliver: Deliver, threads: int = 4, drawing: int = 2) -> None:
        """`drawing` threads make the pictures of the map, beside those for all other work."""
        self._deliver = self.deliver = deliver
        self.drawing = DrawingThreads(deliver, drawing)
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="gisapp", initializer=stand_back
        )
        self.closing = False  # everything is being stopped, not one job by somebody's wish
        self._named: dict[str, Job[Any]] = {}
        self.unfinished: set[Job[Any]] = set()
        self.failed: Event[Job[Any]] = Event()
        self.succeeded: Event[Job[Any]] = Event()
        self.started: Event[Job[Any]] = Event()

    def start(self, job: Job[T], *, instead_of: str = "") -> Job[T]:
        """Queue the job. With `instead_of`, it replaces the unfinished job of that name."""
        if instead_of:
            if older := self._named.get(instead_of):
                older.cancel()
            self._named[instead_of] = job
        self.unfinished.add(job)
        self.started(job)
        self._pool.submit(self._run, job)
        return job

    def close(self) -> None:
        """Stop everything and wait until it has stopped."""
        self.closing = True
        for job in self.unfinished:
            job.cancel()
        self.drawing.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job[T]) -> None:
        told = 0.0

        def report(fraction: float, message: str = "") -> None:
            nonlocal told
            if job._stop.is_set():
                raise Cancelled
            if (now := monotonic()) - told > REPORT_EVERY:
                told = now
                self._deliver(lambda: self._update(job, JobState.RUNNING, fraction, message))

        try:
            report(0.0)
            result = job._work(_Reporter(report))
            report(1.0)  # a result nobody wants any more is not delivered
        except Cancelled:
            self._deliver(lambda: self._update(job, JobState.CANCELLED))
        except Exception as error:  # noqa: BLE001  (the one place that may catch everything)
            failure = error
            self._deliver(lambda: self._fail(job, failure))
        else:
            self._deliver(lambda: self._finish(job, result))

    def _update(self, job: Job[T], state: JobState, fraction: float = 0.0, text: str = "") -> None:
        job.state, job.fraction, job.message = state, fraction, text
        if state is not JobState.RUNNING:
            self.unfinished.discard(job)
        job.changed(job)

    def _finish(self, job: Job[T], result: T) -> None:
        if job._stop.is_set():  # cancelled while the result was on its way
            self._update(job, JobState.CANCELLED)
            return
        self._update(job, JobState.DONE, 1.0)
        self.succeeded(job)
        job.done(result)

    def tell_failure(self, title: str, error: Exception) -> None:
        """Work that was not a job has failed; it is said as if it were one."""
        job: Job[Any] = Job(title, lambda progress: None, quiet=True)
        self._fail(job, error)

    def _fail(self, job: Job[T], error: Exception) -> None:
        job.error = error
        self._update(job, JobState.FAILED)
        self.failed(job)


class _Reporter:
    def __init__(self, report: Callable[..., None]) -> None:
        self.report = report


class WriterThread:
    """The one thread that writes the project: work in order, answers on the main thread."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gisapp-writer")

    def __call__(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._pool.submit(self._run, work, done, failed)

    def close(self) -> None:
        """Wait until everything that was handed over is written."""
        self._pool.shutdown(wait=True)

    def _run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  (told on the main thread)
            failure = error
            self._deliver(lambda: failed(failure))
        else:
            self._deliver(lambda: done(result))
