"""What a window can do with the evidence of outfalls: packs to hand over, pages to print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gisapp.app.actions import Action
from gisapp.app.evidence import write_evidence, write_evidence_pdf
from gisapp.app.evidence_paper import EvidencePaper, printed_project
from gisapp.app.jobs import Job
from gisapp.app.project_session import ProjectSession
from gisapp.io.evidence_pack import WrittenEvidence
from gisapp.io.evidence_proof import prove_pack
from gisapp.model.features import FeatureId
from gisapp.model.progress import Part, Progress
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.output_panel import safe_name
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.record_edits import outfall_title


class EvidenceCommands:
    def __init__(self, context: WindowContext, page: ProjectPage) -> None:
        self._context, self._page = context, page

    def chosen_outfalls(self) -> list[FeatureId]:
        """Outfalls that are selected."""
        project, selection = (
            self._context.workspace.store.project,
            self._context.workspace.selection,
        )
        layer = next((one for one in project.layers if one.id == selection.layer), None)
        if layer is None or layer.source.path != OUTFALL_TABLE or self._context.session is None:
            return []
        return sorted(selection.features)

    def _ask(self, kind: str, write: Callable[[Path, Sequence[FeatureId]], None]) -> None:
        """Where to write what of the chosen outfalls; `kind`: how the proposed name ends."""
        outfalls = self.chosen_outfalls()
        if not outfalls:
            return
        title = outfall_title(self._context, outfalls[0]) if len(outfalls) == 1 else ""
        name = safe_name(title or self._context.workspace.store.project.title)
        file = (self._context.folder or Path.home()).parent / f"{name} {kind}"
        choose_new_file(self._page, file, lambda path: write(path, outfalls))

    def choose_evidence(self) -> None:
        self._ask(tr("evidence") + ".zip", self.write_evidence)

    def write_evidence(self, path: Path, outfalls: Sequence[FeatureId]) -> None:
        """In the background; proved before it is said to be written."""
        session = self._context.session
        if session is None:
            return
        project, paper = self._context.workspace.store.project, self._paper(session)

        def work(progress: Progress) -> tuple[WrittenEvidence, bool]:
            part = Part(progress, 0.0, 0.8)
            written = write_evidence(session.file, project, outfalls, path, part, paper)
            return written, prove_pack(path, written.seal, Part(progress, 0.8, 1.0)).ok

        def done(answer: tuple[WrittenEvidence, bool]) -> None:
            written, proved = answer
            if not proved:
                words = tr("{file} was written and cannot be proved").format(file=path.name)
                hint = tr("Write it to another disk.")
                self._context.say(Message(words, "error", hint=hint, key="evidence"))
                return
            words = tr("Evidence written and proved: {file}, {n} members")
            seal = tr("SHA-256 of the manifest, for the paper that is signed: {seal}")
            self._context.say(
                Message(
                    words.format(file=path.name, n=written.members),
                    "ok",
                    hint=seal.format(seal=written.seal),
                    key="evidence",
                )
            )

        job = Job(tr("Writing the evidence"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def choose_pages(self) -> None:
        self._ask(tr("file") + ".pdf", self.write_pages)

    def write_pages(self, path: Path, outfalls: Sequence[FeatureId]) -> None:
        """The file of each outfall as pages of one PDF, in the background."""
        session = self._context.session
        if session is None:
            return
        project, paper = self._context.workspace.store.project, self._paper(session)

        def work(progress: Progress) -> int:
            return write_evidence_pdf(session.file, project, outfalls, path, progress, paper)

        def done(count: int) -> None:
            words = tr("{file} is written: {n} pages").format(file=path.name, n=count)
            self._context.say_done(words, "evidence")

        job = Job(tr("Drawing the pages"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _paper(self, session: ProjectSession) -> EvidencePaper:
        """Pages show the layers that the map has loaded."""
        plugins = self._context.plugins
        return EvidencePaper(
            printed_project(self._context.workspace.store.project),
            session.folder,
            self._page.map_area.data(),
            plugins.painters() if plugins is not None else {},
            QtPress(),
        )


def evidence_actions(commands: EvidenceCommands) -> Iterator[Action]:
    yield Action(
        "photos.evidence",
        tr("Write an evidence pack"),
        "survey",
        commands.choose_evidence,
        ("Ctrl+Shift+E",),
        enabled=lambda: bool(commands.chosen_outfalls()),
        icon="export",
        group="photos",
    )
    yield Action(
        "photos.pages",
        tr("File of the outfall as PDF"),
        "survey",
        commands.choose_pages,
        enabled=lambda: bool(commands.chosen_outfalls()),
        icon="export",
        group="photos",
    )
