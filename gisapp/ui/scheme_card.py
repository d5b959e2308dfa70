"""A card that edits how a survey works: a draft that becomes one step when it is applied.

What is wrong is said while one types; whom a change concerns is worked out in the background and
named before anything is applied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.rules import ROLES, ground_layers
from gisapp.app.scheme_effects import SchemeEffects, change_scheme, effects_of, imported
from gisapp.app.store import Change
from gisapp.app.survey_record import now_and_who
from gisapp.io.scheme_file import read_scheme, write_scheme
from gisapp.model.edit import Steps
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.progress import Progress
from gisapp.model.rules import rule_kinds
from gisapp.model.scheme_problems import SchemeProblem, scheme_problems
from gisapp.model.survey import standard
from gisapp.model.survey_scheme import SurveyScheme, usual_scheme
from gisapp.model.text import language, tr
from gisapp.model.workflow import scheme_of
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.form import QuietCombo
from gisapp.ui.scheme_fields import origin_words
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.written_file import write_in_background

WAIT_MS = 300  # after a key, before it is worked out whom the draft concerns
TOLD = 3  # problems below the form
NAMES = 5  # of records in a line; the tooltip has more
Reopen = Callable[[SurveyScheme], None]


@dataclass(frozen=True, eq=False)
class Judged:
    """A draft and what it would do."""

    draft: SurveyScheme
    effects: SchemeEffects


class SchemeCard(TaskCard):
    """`draft` is what the fields show; `base` the project's own when it was last looked at."""

    wide = True
    shown = Signal()  # the draft was judged

    def __init__(
        self,
        title: str,
        step: str,
        data_file: str,
        context: WindowContext,
        draft: SurveyScheme | None,
        reopen: Reopen | None,
        parent: QWidget | None = None,
    ) -> None:
        """`step` is the label of an edit; `data_file` of the standards holds the usual values.
        `draft`: gone on with; `reopen` is offered when the card is left before it is applied."""
        super().__init__(title, context.theme.tokens, parent)
        self.label_words = step
        self._context, self._reopen = context, reopen
        self.base = scheme_of(context.workspace.store.project)
        self.draft = draft or self.base
        self.judged: Judged | None = None
        self.moves: dict[str, QuietCombo] = {}
        self._applying: SurveyScheme | None = None
        self.content = self.scrolled()
        words = origin_words(standard(data_file)["standard"], language() == "zh_CN")
        self.content.addWidget(label(words, "dim", wrap=True))
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self.judge)
        self._build_foot()
        self.leave += [
            context.workspace.store.changed.subscribe(self._project_changed),
            context.workspace.store.refused.subscribe(lambda error: self._refused()),
            self._left,
        ]

    def _build_foot(self) -> None:
        self.said = QVBoxLayout()
        self.said.setSpacing(2)
        self.add(self.said)
        self.use = button(tr("Apply"), "primary")
        self.drop = button(tr("Discard"))
        self.back = button(tr("All as the standard"))
        self.read = button(tr("Import…"), "link")
        self.write = button(tr("Export…"), "link")
        self.use.clicked.connect(self.apply)
        self.drop.clicked.connect(lambda: self.edit(self.base, anew=True))
        self.back.clicked.connect(lambda: self.edit(self.usual(), anew=True))
        self.read.clicked.connect(self.ask_import)
        self.write.clicked.connect(self.ask_export)
        for made in ((self.use, self.drop), (self.back, self.read, self.write)):
            line = QHBoxLayout()
            line.setSpacing(6)
            for one in made:
                line.addWidget(one, 0 if one in (self.read, self.write) else 1)
            self.add(line)

    # ---- for those who fill it

    def begin(self, first: QWidget, *parts: QWidget) -> None:
        """All is made: `first` takes the focus; `parts` are still where nothing may be changed."""
        self.content.addStretch(1)
        for part in parts:
            part.setEnabled(not self._context.read_only)
        self.setFocusProxy(first)
        self.show_draft()
        self.judge_soon()

    def usual(self) -> SurveyScheme:
        """The draft with what this card shows as the program has it."""
        raise NotImplementedError

    def show_draft(self) -> None:
        """Fill the fields with the draft."""
        raise NotImplementedError

    def show_problems(self, problems: list[SchemeProblem]) -> None:
        """Say what is wrong at its field."""
        raise NotImplementedError

    # ---- the draft

    @property
    def dirty(self) -> bool:
        return self.draft != self.base

    def edit(self, draft: SurveyScheme, *, anew: bool = False) -> None:
        """Another draft. `anew`: the fields do not show it yet."""
        self.draft = draft
        if anew:
            self.show_draft()
        self.judge_soon()

    def judge_soon(self) -> None:
        """Problems are said at once, effects a little later."""
        self.judged = None
        self.draft = _settled(self.draft, self.base)
        problems = self.problems()
        self.show_problems(problems)
        self._dress()
        wrong = [one.words for one in problems if not one.advice]
        if self.dirty and not wrong:
            self._timer.start()
            return
        self._timer.stop()
        lines = [("bad", words, "") for words in wrong[:TOLD]]
        if len(wrong) > TOLD:
            lines.append(("bad", tr("and {n} more").format(n=len(wrong) - TOLD), ""))
        self._say(tuple(lines))

    def problems(self) -> list[SchemeProblem]:
        return scheme_problems(self.draft, self._context.workspace.store.project)

    def judge(self) -> None:
        """Whom the draft concerns, in the background."""
        project, draft = self._context.workspace.store.project, self.draft
        layers, today = self._around(), date.today().isoformat()

        def work(progress: Progress) -> Judged:
            return Judged(draft, effects_of(project, draft, layers, today, progress))

        job = Job(tr("What a change would do"), work, quiet=True)
        job.done.subscribe(self._judged)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="judge a scheme")

    def _around(self) -> dict[str, FeatureSet]:
        data, project = self._context.layer_data, self._context.workspace.store.project
        if data is None:
            return {}
        loaded = {one.id: data.get(one) for one in project.layers if one.role in ROLES}
        return ground_layers(project, {k: d for k, d in loaded.items() if d is not None})

    def _judged(self, found: Judged) -> None:
        if found.draft is not self.draft:
            return  # another key was pressed meanwhile
        self.judged = found
        self._say(self._lines(found.effects))
        self._dress()
        self.shown.emit()

    def _lines(self, effects: SchemeEffects) -> tuple[tuple[str, str, str], ...]:
        """Kind, words and tip of each line."""
        lines = []
        for one in effects.affected:
            more = f" … +{one.count - NAMES:,}" if one.count > NAMES else ""
            words = f"{one.words}: {', '.join(one.names[:NAMES])}{more}"
            lines.append(("warn", words, ", ".join(one.names)))
        kinds = rule_kinds()
        for kind, before, after in effects.findings:
            words = tr("{kind}: {before} findings, then {after}")
            told = words.format(kind=kinds[kind].caption, before=f"{before:,}", after=f"{after:,}")
            lines.append(("dim", told, ""))
        if not lines:
            lines.append(("ok", tr("No record is concerned"), ""))
        return tuple(lines)

    def _say(self, lines: tuple[tuple[str, str, str], ...]) -> None:
        while (item := self.said.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for kind, words, tip in lines:
            made = label(words, kind, wrap=True)
            made.setToolTip(tip)
            self.said.addWidget(made)
        kept = {state: box.currentData() for state, box in self.moves.items()}
        self.moves = {}
        homeless = self.judged.effects.homeless if self.judged is not None and lines else ()
        if homeless:
            self.said.addWidget(self._moving(tuple(one.state for one in homeless), kept))

    def _moving(self, states: tuple[str, ...], kept: dict[str, str]) -> QWidget:
        """For each state that is no more: what its outfalls become."""
        holder = QWidget()
        holder.setProperty("kind", "plain")
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setColumnStretch(1, 1)
        for row, state in enumerate(states):
            old = self.base.state(state)
            words = tr("{state} becomes").format(state=old.caption if old else state)
            choices = [("", tr("choose…")), *((s.id, s.caption) for s in self.draft.states)]
            box = QuietCombo(choices)
            box.setAccessibleName(words)
            box.setCurrentIndex(max(0, box.findData(kept.get(state, ""))))
            box.currentIndexChanged.connect(lambda index: self._dress())
            grid.addWidget(label(words, "dim"), row, 0)
            grid.addWidget(box, row, 1)
            self.moves[state] = box
        return holder

    def _dress(self) -> None:
        editable = not self._context.read_only
        moved = all(box.currentData() for box in self.moves.values())
        self.use.setEnabled(self.dirty and self.judged is not None and moved and editable)
        self.drop.setEnabled(self.dirty)
        self.back.setEnabled(editable and self.draft != self.usual())
        self.read.setEnabled(editable)
        self.note.setText(tr("not applied") if self.dirty else "")

    # ---- applying

    def apply(self) -> None:
        """The draft, as one step."""
        if not self.use.isEnabled():
            return
        project, draft = self._context.workspace.store.project, self.draft
        moves = {state: box.currentData() for state, box in self.moves.items()}
        label_words, (at, who) = self.label_words, now_and_who()

        def work(progress: Progress) -> Steps | GisError:
            try:
                return change_scheme(label_words, project, draft, moves, who=who, at=at)
            except GisError as error:
                return error

        self._applying = draft
        self.use.setEnabled(False)
        job = Job(label_words, work, quiet=True)
        job.done.subscribe(self._write)
        self._context.jobs.start(job, instead_of="apply a scheme")

    def _write(self, edit: Steps | GisError) -> None:
        try:
            if isinstance(edit, GisError):
                raise edit
            self._context.workspace.store.apply(edit)
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint, key="scheme"))
            self._refused()

    def _refused(self) -> None:
        self._applying = None
        self._dress()

    def _project_changed(self, change: Change) -> None:
        if change.before.scheme is change.after.scheme:
            if change.before.tables is not change.after.tables and self.dirty:
                self.judge_soon()
            return
        clean = not self.dirty or self._applying is not None
        applied, self._applying = self._applying is not None, None
        self.base = scheme_of(change.after)
        if clean:
            self.draft = self.base
            self.show_draft()
        self.judge_soon()
        if applied:
            self._context.say_done(self.label_words, "scheme")

    def _left(self) -> None:
        if self.dirty and self._reopen is not None and not self._context.read_only:
            draft, reopen = self.draft, self._reopen
            words = tr("What was changed in “{card}” is not applied").format(card=self.title.text())
            message = Message(words, "warning", tr("Go on"), lambda: reopen(draft), key="scheme")
            self._context.say(message)

    # ---- files

    def ask_import(self) -> None:
        dialog = QFileDialog(self, tr("Import…"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("JSON (*.json)")
        dialog.fileSelected.connect(lambda found: self.import_from(Path(found)))
        dialog.open()

    def import_from(self, path: Path) -> None:
        """The whole of a file becomes the draft; nothing is applied yet."""
        project = self._context.workspace.store.project

        def work(progress: Progress) -> SurveyScheme | GisError:
            try:
                return imported(read_scheme(path), project)
            except GisError as error:
                return error

        job = Job(tr("Reading {file}").format(file=path.name), work, quiet=True)
        job.done.subscribe(lambda found: self._imported(path, found))
        self.leave.append(job.cancel)
        self._context.jobs.start(job)

    def _imported(self, path: Path, found: SurveyScheme | GisError) -> None:
        if isinstance(found, GisError):
            self._context.say(Message(found.message, "error", hint=found.hint, key="scheme"))
            return
        self.edit(found, anew=True)

    def ask_export(self) -> None:
        folder = self._context.folder or Path.home()
        choose_new_file(self, folder / f"{tr('workflow')}.json", self.export_to)

    def export_to(self, path: Path) -> None:
        """What the fields show, as the file `gisapp states --read` takes."""
        draft = self.draft
        write_in_background(self._context, path, lambda progress: write_scheme(path, draft))


def _settled(draft: SurveyScheme, base: SurveyScheme) -> SurveyScheme:
    """The same ways in the order they had: another order is no change."""
    for known in (usual_scheme(), base):
        same = sorted(draft.transitions, key=repr) == sorted(known.transitions, key=repr)
        if same and draft.transitions != known.transitions:
            return replace(draft, transitions=known.transitions)
    return draft
