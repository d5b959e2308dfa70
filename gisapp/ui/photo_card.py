"""The card in which photos are brought in, and given to the outfalls they show, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from gisapp.app.jobs import Job
from gisapp.app.photo_deciding import (
    PhotoDecision,
    PhotoProposal,
    ProposedOutfall,
    decide_edit,
    proposals,
    sure_decisions,
)
from gisapp.app.photo_import import PhotoVerdict
from gisapp.app.store import Change
from gisapp.io.photos import read_photo
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.photo_picture import PhotoPicture, upright
from gisapp.ui.photo_view import PhotoView, photo_facts
from gisapp.ui.record_edits import outfall_title
from gisapp.ui.side_panel import TaskCard

LEAST = 0.6  # score from which all sure ones are accepted together
EDGE = 500  # pixels of the picture in the card
PLAIN = Qt.KeyboardModifier.NoModifier


class PhotoCard(TaskCard):
    """J next, K back, A accept, 1 to 9 another outfall, N none of them, Space larger. An outfall
    that is clicked on the map can be chosen as well."""

    wide = True
    folder_wanted = Signal()
    relink_wanted = Signal()
    shown = Signal(object)  # PhotoProposal or None

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Photos"), context.theme.tokens, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._context = context
        self.open: list[PhotoProposal] = []  # nobody has decided on them yet
        self.number = 0
        self.pointed: FeatureId | None = None  # an outfall that was clicked on the map
        self._build()
        self.leave.append(context.workspace.store.changed.subscribe(self._changed))
        self.leave.append(lambda: self.shown.emit(None))
        self.look()

    def _build(self) -> None:
        bring = QHBoxLayout()
        self.bring = button(tr("Import a folder of photos"), "primary")
        self.relink = button(tr("Find missing photos"), "link")
        self.bring.clicked.connect(self.folder_wanted)
        self.relink.clicked.connect(self.relink_wanted)
        bring.addWidget(self.bring)
        bring.addWidget(self.relink)
        bring.addStretch(1)
        self.add_layout(bring)
        self.findings = QListWidget()
        self.findings.setAccessibleName(tr("What was found in the files"))
        self.findings.setMaximumHeight(110)
        self.findings.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.findings.setWordWrap(True)
        self.findings.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.findings.hide()
        self.add(self.findings)
        self.progress = label("", "group", wrap=True)
        self.add(self.progress)
        self.all_button = button("", "link")
        self.all_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.all_button.clicked.connect(lambda checked=False: self.accept_sure())
        together = QHBoxLayout()
        together.addWidget(self.all_button)
        together.addStretch(1)
        self.add_layout(together)
        self.picture = PhotoPicture()
        self.add(self.picture, 1)
        self.facts = label("", "dim", wrap=True)
        self.add(self.facts)
        self.outfalls = QListWidget()
        self.outfalls.setAccessibleName(tr("Outfalls it may show"))
        self.outfalls.setFixedHeight(104)
        self.outfalls.setWordWrap(True)
        self.outfalls.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys are the card's
        self.outfalls.itemDoubleClicked.connect(lambda item: self.accept())
        self.add(self.outfalls)
        row = QHBoxLayout()
        self.accept_button = button(tr("Accept") + "  A", "primary")
        self.none_button = button(tr("None of them") + "  N")
        self.later_button = button(tr("Later") + "  J")
        for made, run in (
            (self.accept_button, self.accept),
            (self.none_button, self.refuse),
            (self.later_button, lambda: self.step(1)),
        ):
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda checked=False, run=run: run())
            row.addWidget(made)
        row.addStretch(1)
        self.add_layout(row)

    def add_layout(self, row: QHBoxLayout) -> None:
        holder = QWidget()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        holder.setLayout(row)
        self.add(holder)

    # ---- what is shown

    def look(self) -> None:
        """Work out anew what is open, in the background."""
        project = self._context.workspace.store.project

        def work(progress: Progress) -> list[PhotoProposal]:
            return proposals(project)

        job = Job(tr("Matching photos"), work, quiet=True)
        job.done.subscribe(self._found)
        self._context.jobs.start(job, instead_of="photo proposals")

    def show_verdicts(self, verdicts: Sequence[PhotoVerdict], words: dict[str, str]) -> None:
        """What was odd in the files that were imported last."""
        self.findings.clear()
        for verdict in verdicts:
            if verdict.findings or verdict.status in ("refused", "failed"):
                said = "; ".join((words[verdict.status], *verdict.findings))
                self.findings.addItem(f"{verdict.file}  ·  {said}")
        self.findings.setVisible(self.findings.count() > 0)

    def _changed(self, change: Change) -> None:
        if change.before.tables is not change.after.tables:
            self.look()

    def _found(self, found: list[PhotoProposal]) -> None:
        if not isValid(self):  # closed meanwhile
            return
        now = self.current()
        self.open = found
        ids = [proposal.photo for proposal in found]
        if now is not None and now.photo in ids:
            self.number = ids.index(now.photo)
        self._show()

    def current(self) -> PhotoProposal | None:
        """The photo that is looked at."""
        return self.open[self.number] if 0 <= self.number < len(self.open) else None

    def choices(self) -> list[ProposedOutfall]:
        """Outfalls to choose from: that clicked on the map, then those proposed."""
        now = self.current()
        found = list(now.outfalls) if now is not None else []
        if self.pointed is not None:
            own = next((one for one in found if one.outfall == self.pointed), None)
            chosen = own or ProposedOutfall(self.pointed, 0.0, tr("chosen on the map"), 0.0)
            found = [chosen, *(one for one in found if one.outfall != self.pointed)]
        return found

    def _show(self) -> None:
        self.number = max(0, min(self.number, len(self.open) - 1))
        now = self.current()
        sure = len(sure_decisions(self.open, LEAST))
        words = tr("Photo {n} of {total} without an outfall, {sure} clear")
        self.progress.setText(
            words.format(n=self.number + 1, total=len(self.open), sure=sure)
            if now is not None
            else tr("Every photo has its outfall, or there are none yet.")
        )
        self.facts.setText(" · ".join(photo_facts(now.row)) if now is not None else "")
        self.all_button.setText(tr("Accept the {n} clear ones").format(n=sure))
        writable = not self._context.read_only
        self.bring.setEnabled(writable)
        self.all_button.setVisible(sure > 0 and writable)
        for widget in (self.accept_button, self.none_button, self.later_button, self.outfalls):
            widget.setVisible(now is not None and writable)
        self._list_outfalls()
        self._load(now)
        self.shown.emit(now)

    def _list_outfalls(self) -> None:
        self.outfalls.clear()
        for number, one in enumerate(self.choices(), 1):
            title = outfall_title(self._context, one.outfall)
            score = f"{one.score:.0%}  " if one.score else ""
            item = QListWidgetItem(f"{number}  {score}{title}  ·  {one.reason}")
            item.setToolTip(item.text())
            self.outfalls.addItem(item)
        self.outfalls.setCurrentRow(0)
        self.accept_button.setEnabled(self.outfalls.count() > 0)
        if not self.outfalls.count():
            self.outfalls.addItem(tr("No outfall near it. Click one on the map."))

    def _load(self, now: PhotoProposal | None) -> None:
        folder = self._context.folder
        if now is None or folder is None:
            self.picture.show_image(QImage())
            return
        file = str(now.row.get("file") or "")

        def work(progress: Progress) -> QImage:
            try:
                return upright(read_photo(folder, file), EDGE)
            except ReadError:
                return QImage()

        def loaded(image: QImage) -> None:
            shown = self.current() if isValid(self) else None  # else the card was closed
            if shown is not None and shown.row.get("file") == file:
                self.picture.show_image(image)

        job = Job(tr("Loading photos"), work, quiet=True)
        job.done.subscribe(loaded)
        self._context.jobs.start(job, instead_of="photo of the card")

    # ---- what one can do

    def step(self, by: int) -> None:
        self.pointed = None
        if self.open:
            self.number = (self.number + by) % len(self.open)
        self._show()

    def accept(self) -> None:
        """The chosen outfall, in one step with its list of photos."""
        now, row = self.current(), self.outfalls.currentRow()
        found = self.choices()
        if now is not None and 0 <= row < len(found):
            one = found[row]
            self._decide(now, PhotoDecision(one.outfall, one.score or None, one.reason))

    def refuse(self) -> None:
        """It shows none of them, and is not asked for again."""
        now = self.current()
        if now is not None:
            self._decide(now, PhotoDecision(None))

    def accept_sure(self) -> None:
        """All that match well and clearly, in one step."""
        decisions = sure_decisions(self.open, LEAST)
        label = tr("Photos of outfalls: {n}").format(n=len(decisions))
        self._apply(label, decisions)

    def _decide(self, now: PhotoProposal, decision: PhotoDecision) -> None:
        if decision.outfall is None:
            words = tr("{photo} shows no outfall")
        else:
            words = tr("{photo} shows {outfall}")
        title = outfall_title(self._context, decision.outfall) if decision.outfall else ""
        name = now.row.get("original_name") or ""
        if self._apply(words.format(photo=name, outfall=title), {now.photo: decision}):
            self.pointed = None
            self.open = [one for one in self.open if one.photo != now.photo]
            self._show()

    def _apply(self, words: str, decisions: dict[FeatureId, PhotoDecision]) -> bool:
        store = self._context.workspace.store
        if self._context.read_only:
            return False
        edit = decide_edit(words, store.project, decisions)
        if edit is None:
            return False
        store.apply(edit)
        self._context.say_done(words, "photos")
        return True

    def enlarge(self) -> None:
        now = self.current()
        if now is not None:
            names = [str(one.row.get("file") or "") for one in self.open]
            PhotoView(self._context, names, self.number, self.window()).show()

    # ---- keys and clicks that are the card's while it is open

    def takes(self, layer: LayerId | None, features: frozenset[FeatureId]) -> bool:
        layers = self._context.workspace.store.project.layers
        found = next((one for one in layers if one.id == layer), None)
        if found is None or found.source.path != OUTFALL_TABLE or len(features) != 1:
            return False
        if self.current() is None:
            return False
        self.pointed = next(iter(features))
        self._list_outfalls()
        return True

    def takes_key(self, event: QKeyEvent) -> bool:
        return event.modifiers() == PLAIN and self._run_of(event) is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run = self._run_of(event) if event.modifiers() == PLAIN else None
        if run is None:
            super().keyPressEvent(event)
        else:
            run()

    def _run_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        key = event.key()
        number = key - Qt.Key.Key_1
        if 0 <= number < 9 and self.current() is not None:
            return lambda: self._choose(number)
        runs: dict[int, Callable[[], None]] = {
            Qt.Key.Key_A: self.accept,
            Qt.Key.Key_N: self.refuse,
            Qt.Key.Key_J: lambda: self.step(1),
            Qt.Key.Key_K: lambda: self.step(-1),
            Qt.Key.Key_Space: self.enlarge,
        }
        return runs.get(key)

    def _choose(self, number: int) -> None:
        if number < len(self.choices()):
            self.outfalls.setCurrentRow(number)
