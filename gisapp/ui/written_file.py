"""A file written in the background, and what is said of it then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gisapp.app.jobs import Job
from gisapp.model.errors import GisError
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.output_panel import say_saved


def write_in_background(
    context: WindowContext, path: Path, write: Callable[[Progress], object]
) -> None:
    """`write` on a worker; then that it is saved, or why not."""

    def work(progress: Progress) -> GisError | None:
        try:
            write(progress)
        except GisError as error:
            return error
        return None

    def done(error: GisError | None) -> None:
        if error is None:
            say_saved(context, path)
        else:
            context.say(Message(error.message, "error", hint=error.hint, key="saved"))

    job = Job(tr("Saving {file}").format(file=path.name), work)
    job.done.subscribe(done)
    context.jobs.start(job)
