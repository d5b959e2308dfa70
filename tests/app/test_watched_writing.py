"""A large edit is written as a job that can be stopped; nothing of it is left then."""

from __future__ import annotations

import threading
from typing import Any

from gisapp.app.jobs import JobRunner, JobState, WriterThread
from gisapp.app.store import NoJournal, Store
from gisapp.app.watched_writing import write_watched
from gisapp.model.edit import Committed
from gisapp.model.progress import Cancelled
from gisapp.model.project import Project
from tests.app.test_store import flow, flow_of


class Gate(NoJournal):
    """A disk that waits in the middle of a transaction, and reports once more after that."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on, self.taken_back = threading.Event(), threading.Event()

    def commit(self, kind: Any, edit: Any, of: int | None, progress: Any = None) -> Committed:
        if progress is not None:
            progress.report(0.5, "half")
            try:
                while not self.go_on.wait(0.01):
                    progress.report(0.5, "half")
            except Cancelled:
                self.taken_back.set()
                raise
        return super().commit(kind, edit, of)


def settled(mailbox: Any, job: Any, store: Store) -> bool:
    mailbox.drain()
    return job.state not in (JobState.WAITING, JobState.RUNNING) and not store.unwritten


def test_the_job_shows_how_far_it_is_and_stops_the_writing(
    project: Project, mailbox: Any, jobs: JobRunner, qtbot: Any
) -> None:
    disk, writer = Gate(), WriterThread(mailbox)
    store = Store(project, disk, write=writer)
    job = write_watched(store, jobs, flow(9.5, "import"))
    qtbot.waitUntil(lambda: (mailbox.drain(), job.message == "half")[1])
    assert job.fraction == 0.5
    job.cancel()
    qtbot.waitUntil(lambda: settled(mailbox, job, store))
    assert disk.taken_back.is_set()
    assert (job.state, flow_of(store), store.undo_label) == (JobState.CANCELLED, 1.5, None)
    disk.go_on.set()
    again = write_watched(store, jobs, flow(9.5, "import"))
    qtbot.waitUntil(lambda: settled(mailbox, again, store))
    assert (again.state, flow_of(store)) == (JobState.DONE, 9.5)
    writer.close()


def test_a_program_that_closes_writes_to_the_end(
    project: Project, mailbox: Any, qtbot: Any
) -> None:
    disk, writer, jobs = Gate(), WriterThread(mailbox), JobRunner(mailbox, threads=1)
    store = Store(project, disk, write=writer)
    job = write_watched(store, jobs, flow(9.5, "import"))
    qtbot.waitUntil(lambda: (mailbox.drain(), job.message == "half")[1])
    jobs.close()
    disk.go_on.set()
    writer.close()
    mailbox.drain()
    assert not disk.taken_back.is_set()
    assert (job.state, flow_of(store)) == (JobState.CANCELLED, 9.5)
