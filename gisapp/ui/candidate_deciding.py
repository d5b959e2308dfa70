"""Decisions on their way: each waits until the one before is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gisapp.app.candidate_deciding import decide, outfall_name, outfalls_of
from gisapp.app.candidate_table import ACCEPTED, Candidate
from gisapp.app.jobs import Job, JobState
from gisapp.app.project_session import ProjectSession
from gisapp.app.survey_record import now_and_who
from gisapp.io.candidate_files import cutout_path
from gisapp.io.photo_files import Photo
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.progress import Progress
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext


@dataclass(frozen=True, slots=True)
class Asked:
    candidate: Candidate
    decision: str
    outfall: FeatureId | None


class Deciding:
    """On the main thread. `settled` is called when a decision was refused.

    What was asked is done also when the card is closed meanwhile.
    """

    def __init__(self, context: WindowContext, settled: Callable[[], None]) -> None:
        self._context, self._settled = context, settled
        self._queue: deque[Asked] = deque()
        self._now: Asked | None = None
        self._applied = False  # the present one is handed to the store
        self._closed = False
        store = context.workspace.store
        self._leave = [
            store.changed.subscribe(lambda change: self._written()),
            store.refused.subscribe(lambda error: self._refused()),
        ]

    def close(self) -> None:
        self._closed = True
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self._closed and self._now is None and not self._queue:
            for leave in self._leave:
                leave()
            self._leave.clear()

    def asked(self, fid: FeatureId) -> str:
        """The decision on its way for a candidate; empty for none."""
        on_its_way = (self._now, *self._queue)
        return next((a.decision for a in on_its_way if a and a.candidate.fid == fid), "")

    def ask(self, candidate: Candidate, decision: str, outfall: FeatureId | None) -> bool:
        """Whether it is on its way; one that is decided just now is not decided again."""
        if self.asked(candidate.fid):
            return False
        self._queue.append(Asked(candidate, decision, outfall))
        self._go_on()
        return True

    def outfall_name(self, candidate: Candidate) -> str:
        """Of the outfall that a candidate is or became."""
        table = outfalls_of(self._context.workspace.store.project)
        if table is None or candidate.outfall is None or candidate.outfall not in table:
            return ""
        return outfall_name(table, candidate.outfall)

    def _go_on(self) -> None:
        if self._now is not None or not self._queue:
            return
        if self._context.workspace.store.unwritten:
            return  # what is being written decides what comes next; `changed` goes on
        self._now = asked = self._queue.popleft()
        session = self._context.session
        if asked.decision == ACCEPTED and session is not None and self._context.folder is not None:
            self._copy_picture(asked, self._context.folder, session)
        else:
            self._apply(asked, None)

    def _copy_picture(self, asked: Asked, folder: Path, session: ProjectSession) -> None:
        """The cut-out becomes a photo of the project before the outfall names it."""
        one = asked.candidate

        def work(progress: Progress) -> Photo | None:
            path = cutout_path(folder, one.run, one.name)
            return session.file.add_photo(path, OUTFALL_TABLE) if path.is_file() else None

        def ended(job: Job[Photo | None]) -> None:
            if job.state in (JobState.FAILED, JobState.CANCELLED):
                self._end()

        title = tr("Keeping the picture of {candidate}").format(candidate=one.name)
        job = Job(title, work, quiet=True)
        job.done.subscribe(lambda photo: self._apply(asked, photo))
        job.changed.subscribe(ended)
        self._context.jobs.start(job)

    def _apply(self, asked: Asked, photo: Photo | None) -> None:
        store = self._context.workspace.store
        at, who = now_and_who()
        try:
            edit = decide(
                store.project,
                asked.candidate.fid,
                asked.decision,
                who=who,
                at=at,
                photo=photo,
                outfall=asked.outfall,
            )
        except GisError as error:
            self._context.say(Message(error.message, "warning", hint=error.hint, key="candidate"))
            edit = None
        if edit is None:
            self._end()
            return
        self._applied = True
        store.apply(edit)

    def _end(self) -> None:
        """The present one came to nothing; the next."""
        self._now, self._applied = None, False
        if not self._closed:
            self._settled()
        self._go_on()
        self._leave_if_done()

    def _written(self) -> None:
        if self._context.workspace.store.unwritten:
            return
        if self._applied:
            self._now, self._applied = None, False
        self._context.deliver(self._later)  # not while others still hear of this change

    def _later(self) -> None:
        self._go_on()
        self._leave_if_done()

    def _refused(self) -> None:
        self._queue.clear()
        self._end()
