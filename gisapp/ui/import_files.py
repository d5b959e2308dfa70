"""Files beside the import of survey points: recipes, and photos that its rows name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from gisapp.app.jobs import Job
from gisapp.app.package_photos import NamedPhotos
from gisapp.app.photo_import import PhotoVerdict, counted, status_words
from gisapp.io.recipe import Recipe, read_recipe, write_recipe
from gisapp.model.errors import GisError
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import Level, Message, WindowContext


def read_in_background(context: WindowContext, path: Path, use: Callable[[Recipe], None]) -> None:
    """Answers of an earlier import, or the message that says why not."""

    def work(progress: Progress) -> Recipe | GisError:
        try:
            return read_recipe(path)
        except GisError as error:
            return error

    def done(found: Recipe | GisError) -> None:
        if isinstance(found, GisError):
            context.say(Message(found.message, "error", hint=found.hint))
        else:
            use(found)

    job = Job(tr("Reading the recipe"), work, quiet=True)
    job.done.subscribe(done)
    context.jobs.start(job)


def save_in_background(context: WindowContext, path: Path, recipe: Recipe) -> None:
    """Answers for the next file of this shape."""

    def work(progress: Progress) -> GisError | None:
        try:
            write_recipe(path, recipe)
        except GisError as error:
            return error
        return None

    def done(error: GisError | None) -> None:
        if error is not None:
            context.say(Message(error.message, "error", hint=error.hint))
            return
        words = tr("The answers are in {file}. Use it for the next file of this shape.")
        context.say(Message(words.format(file=path.name), "ok"))

    job = Job(tr("Saving the answers"), work, quiet=True)
    job.done.subscribe(done)
    context.jobs.start(job)


def close_in_background(context: WindowContext, opened: ExitStack) -> None:
    """What a package was unpacked to goes away; thousands of files take a while."""
    left = opened.pop_all()
    job = Job(tr("Tidying up"), lambda progress: left.close(), quiet=True)
    context.jobs.start(job)


def photo_words(named: NamedPhotos) -> list[str]:
    """How many photos the rows name; nothing where there are none."""
    if not named.columns and not named.unnamed:
        return []
    lost = len(named.lost)
    words = tr("Photos: {n} named by rows, {lost} of them not found; {unnamed} that no row names.")
    return [words.format(n=len(named.found) + lost, lost=lost, unnamed=len(named.unnamed))]


def say_photos(context: WindowContext, verdicts: Sequence[PhotoVerdict]) -> None:
    """What became of each photo: how many, and the first that did not come in."""
    if not verdicts:
        return
    words, counts = status_words(), counted(verdicts)
    wrong = [v for v in verdicts if v.status in ("refused", "failed", "lost")]
    said = ", ".join(f"{words[name]}: {n}" for name, n in counts.items() if n)
    named = (f"{v.file}: {'; '.join(v.findings)}" for v in wrong[:5])
    level: Level = "warning" if wrong else "ok"
    text = tr("Photos: {counts}").format(counts=said)
    context.say(Message(text, level, hint="\n".join(named), key="photos"))
