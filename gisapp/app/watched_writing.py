"""Writing a large edit as a job: how far it is, and a way to stop it before it is on the disk."""

from __future__ import annotations

from threading import Event as Flag

from gisapp.app.jobs import Job, JobRunner
from gisapp.app.store import Store
from gisapp.model.edit import Edit
from gisapp.model.progress import Cancelled, Progress
from gisapp.model.text import tr

LOOK_EVERY = 0.05  # seconds


class _Watch:
    """Between the writer's thread, which reports to it, and the job, which shows it."""

    def __init__(self) -> None:
        self.fraction, self.message = 0.0, ""
        self.stop, self.over = Flag(), Flag()

    def report(self, fraction: float, message: str = "") -> None:
        if self.stop.is_set():
            raise Cancelled
        self.fraction, self.message = fraction, message


def write_watched(store: Store, jobs: JobRunner, edit: Edit) -> Job[None]:
    """Apply the edit; the job ends when the store has answered. Call it on the main thread.

    Cancelling the job takes back what is written so far, unless it is too late: then the edit
    is there like any other. A program that closes waits until it is written.
    """
    watch = _Watch()

    def work(progress: Progress) -> None:
        while not watch.over.wait(LOOK_EVERY):
            try:
                progress.report(watch.fraction, watch.message)
            except Cancelled:
                if not jobs.closing:
                    watch.stop.set()
                raise

    job: Job[None] = Job(tr("Writing: {what}").format(what=edit.label), work)
    leave = [
        store.changed.subscribe(lambda change: over() if change.edit is edit else None),
        store.refused.subscribe(lambda error: over()),
        store.stopped.subscribe(lambda label: over()),
    ]

    def over() -> None:
        watch.over.set()
        for one in leave:
            one()
        leave.clear()

    store.apply(edit, watch)
    jobs.start(job)
    return job
