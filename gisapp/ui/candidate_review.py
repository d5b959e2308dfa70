"""The card in which candidates are decided one by one, with the evidence for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from gisapp.app.candidate_queue import CandidateQueue
from gisapp.app.candidate_table import (
    ACCEPTED,
    DOUBTFUL,
    MERGED,
    REJECTED,
    ROLE,
    Candidate,
    candidates_table,
)
from gisapp.app.store import Change
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.ui.candidate_deciding import Deciding
from gisapp.ui.candidate_parts import Buttons, Filters
from gisapp.ui.candidate_pictures import ContrastPlot, CutOut
from gisapp.ui.candidate_showing import Showing, Shown
from gisapp.ui.candidate_words import (
    because,
    decision_color,
    fact_rows,
    may_be_merged,
    precision_words,
    progress_words,
    run_words,
    state_words,
)
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.side_panel import TaskCard

KEYS = {
    Qt.Key.Key_A: ACCEPTED,
    Qt.Key.Key_R: REJECTED,
    Qt.Key.Key_D: DOUBTFUL,
    Qt.Key.Key_M: MERGED,
}
PLAIN = Qt.KeyboardModifier.NoModifier


class CandidateReview(TaskCard):
    """J next, K back, A accept, R reject, D doubtful, M the known outfall near it."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        fly: Callable[[Candidate], None],
        reason_words: dict[str, str],
        run: str = "",
        at: FeatureId | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`fly` brings the map to a candidate; `reason_words` by the codes of the search. `at`: the
        candidate to begin with, which was chosen on the map: the map stays where it is."""
        super().__init__(tr("Candidates"), context.theme.tokens, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._context, self._fly, self._words = context, fly, reason_words
        self.queue = CandidateQueue(context.workspace.store.project, run)
        self.deciding = Deciding(context, self.show_all)
        self.showing = Showing(context, self._loaded)
        self._flown = at if at is not None and self.queue.go_to(at) else None
        self._open = True
        self.leave.append(self._left)
        self.closed.connect(self._hand_over)
        self._build()
        store = context.workspace.store
        self.leave += [
            store.changed.subscribe(self._changed),
            context.theme.changed.subscribe(self._dress),
            self.showing.close,
            self.deciding.close,
        ]
        if context.layer_data is not None:
            self.leave.append(context.layer_data.changed.subscribe(self.showing.layer_arrived))
        self._fill_runs()
        self.show_all()

    # ---- the parts

    def _build(self) -> None:
        tokens = self._context.theme.tokens
        self.progress, self.right = label("", "dim"), label("", "dim")
        self.right.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.right.setToolTip(
            tr(
                "Accepted and known ones of all that were accepted, known or rejected; "
                "doubtful ones do not count. Kept with the run."
            )
        )
        told = QHBoxLayout()
        told.addWidget(self.progress)
        told.addWidget(self.right, 1)
        self.add(told)
        column = self.scrolled()
        column.setSpacing(6)
        self.filters = Filters()
        self.filters.changed.connect(self._filter)
        column.addWidget(self.filters)
        self.thermal = CutOut(tokens, tr("Thermal cut-out"))
        self.visible = CutOut(tokens, tr("Visible cut-out"))
        pictures = QHBoxLayout()
        pictures.setSpacing(6)
        pictures.addWidget(self.thermal, 1)
        pictures.addWidget(self.visible, 1)
        column.addLayout(pictures)
        self.state = label("", "", wrap=True)
        column.addWidget(self.state)
        self.record = button(tr("Open the record"), "link")
        self.record.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.record.clicked.connect(self.open_record)
        column.addWidget(self.record, 0, Qt.AlignmentFlag.AlignLeft)
        self.facts = QFormLayout()
        self.facts.setContentsMargins(0, 0, 0, 0)
        self.facts.setHorizontalSpacing(12)
        self.facts.setVerticalSpacing(3)
        self.facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.facts.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column.addLayout(self.facts)
        self.chart = ContrastPlot(tokens)
        column.addWidget(self.chart)
        column.addStretch(1)
        self.buttons = Buttons()
        self.buttons.decided.connect(self.decide)
        self.buttons.stepped.connect(self.step)
        self.add(self.buttons)
        self.foot = label(
            tr("A candidate, not a verdict: it is decided by looking, and on the spot."), "dim"
        )
        self.foot.setWordWrap(True)
        self.add(self.foot)

    # ---- what a person does

    def takes_key(self, event: QKeyEvent) -> bool:
        known = (*KEYS, Qt.Key.Key_J, Qt.Key.Key_K)
        return event.modifiers() == PLAIN and event.key() in known

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() != PLAIN:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_J, Qt.Key.Key_K):
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
        elif (decision := KEYS.get(Qt.Key(event.key()))) is not None:
            if not event.isAutoRepeat():
                self.decide(decision)
        else:
            super().keyPressEvent(event)

    def step(self, by: int) -> None:
        if self.queue.step(by):
            self.show_all()

    def decide(self, decision: str) -> None:
        """Of the candidate shown; the next one is shown at once."""
        candidate = self.queue.current
        if candidate is None or self._context.read_only:
            return
        outfall = None
        if decision == MERGED:
            evidence = self.showing.evidence_of(candidate.fid)
            if evidence is None or evidence.nearest is None or not may_be_merged(evidence):
                return
            outfall = evidence.nearest[0]
        if candidate.decision != decision and self.deciding.ask(candidate, decision, outfall):
            self.queue.go_on()
        elif candidate.decision == decision:
            self.queue.step(1)
        self.show_all()

    def open_record(self) -> None:
        """Of the outfall that the candidate became, or was known as; this card closes then."""
        candidate = self.queue.current
        selected = self._selected_outfall(candidate) if candidate is not None else None
        if selected is not None:
            self._context.workspace.select(selected)

    def _selected_outfall(self, candidate: Candidate) -> Selection | None:
        project = self._context.workspace.store.project
        layer = project.layer_of_role("outfalls")
        table = project.table_of(layer) if layer is not None else None
        outfall = candidate.outfall
        if layer is None or table is None or outfall is None or outfall not in table:
            return None
        return Selection(layer.id, frozenset([outfall]))

    def _hand_over(self) -> None:
        """The record is what comes after the last decision, not the raw row of the candidate."""
        candidate, selection = self.queue.current, self._context.workspace.selection
        if candidate is not None and selection.features == {candidate.fid}:
            outfall = self._selected_outfall(candidate)
            self._context.workspace.select(outfall or Selection())

    def takes(self, layer: LayerId | None, features: frozenset[FeatureId]) -> bool:
        """A candidate that was clicked on the map is shown; the map stays where it is."""
        project = self._context.workspace.store.project
        own = project.layer_of_role(ROLE)
        if own is None or layer != own.id or len(features) != 1:
            return False
        (fid,) = features
        current = self.queue.current
        if current is not None and current.fid == fid:
            return True
        table = candidates_table(project)
        run = str(((table.row(fid) if table is not None else None) or {}).get("run") or "")
        if run and self.queue.use(run=run):
            self.queue.reload(project)
            self._fill_runs()
        if not self.queue.go_to(fid):
            return False
        self._flown = fid
        self.show_all()
        return True

    def _filter(self, what: str, value: str) -> None:
        if self.queue.use(**{what: value}):
            self.queue.reload(self._context.workspace.store.project)
            self.queue.go_to_open()
        self.show_all()
        self.setFocus()

    # ---- what is shown

    def say_reasons(self, words: dict[str, str]) -> None:
        """By the codes of the search, in the language of the window."""
        self._words = words
        if self._open:
            self.show_all()

    def _changed(self, change: Change) -> None:
        if candidates_table(change.after) is None:
            self.closed.emit()  # the search that made them was undone
        elif self.queue.follow(change):
            self._fill_runs()
            self.show_all()

    def _left(self) -> None:
        self._open = False

    def _fill_runs(self) -> None:
        self.filters.show_runs([(run.id, run_words(run)) for run in self.queue.runs])

    def show_all(self) -> None:
        queue, candidate = self.queue, self.queue.current
        chosen = {"status": queue.status, "kind": queue.kind, "order": queue.order}
        self.filters.show_chosen({**chosen, "run": queue.run})
        self.progress.setText(progress_words(queue.tally))
        self.right.setText(precision_words(queue.tally))
        at = queue.position
        self.note.setText(
            tr("{n} of {total}").format(n=at + 1, total=len(queue.shown)) if at >= 0 else ""
        )
        self.buttons.back.setEnabled(at > 0)
        self.buttons.on.setEnabled(0 <= at < len(queue.shown) - 1)
        if candidate is None or (at < 0 and not queue.shown):
            self._show_nothing()
            return
        self.set_title(candidate.name)
        self.chart.show_profile(candidate.profile)
        self._look_at(candidate)
        run = next((one for one in queue.runs if one.id == queue.run), None)
        self.showing.show(candidate, queue.next, run.flight if run is not None else "")
        self._show_facts(candidate)

    def _show_nothing(self) -> None:
        self.set_title(tr("Candidates"))
        words = tr("No candidates here. Choose others above, or search again.")
        self.state.setText(words)
        self.state.setStyleSheet("")
        self._clear_facts()
        self.chart.show_profile(())
        for picture in (self.thermal, self.visible):
            picture.show_words("")
        self.record.hide()
        self.buttons.show_decision("", None, may=False)

    def _look_at(self, candidate: Candidate) -> None:
        layer = self._context.workspace.store.project.layer_of_role(ROLE)
        if self._flown == candidate.fid:
            return
        self._flown = candidate.fid
        self._fly(candidate)
        if layer is not None:
            self._context.workspace.select(Selection(layer.id, frozenset([candidate.fid])))

    def _loaded(self, fid: FeatureId) -> None:
        candidate = self.queue.current
        if candidate is not None and candidate.fid == fid:
            self._show_facts(candidate)

    def _show_facts(self, candidate: Candidate) -> None:
        shown = self.showing.of(candidate.fid)
        evidence = shown.evidence if shown is not None else None
        self._show_pictures(shown)
        asked = self.deciding.asked(candidate.fid)
        decision = asked or candidate.decision
        outfall = self.deciding.outfall_name(candidate)
        self.state.setText(state_words(candidate, outfall) if not asked else tr("Being written…"))
        self.state.setStyleSheet(
            f"border-left: 4px solid {decision_color(decision)}; padding-left: 8px;"
            "font-weight: 600;"
        )
        self.record.setVisible(not asked and self._selected_outfall(candidate) is not None)
        self._clear_facts()
        for caption, value in fact_rows(candidate, evidence):
            self._add_fact(caption, value)
        run = next((one for one in self.queue.runs if one.id == self.queue.run), None)
        words = {**(run.reason_words if run is not None else {}), **self._words}
        self._add_fact(
            tr("Because"),
            "\n".join(because(candidate, words)),
            "warn" if candidate.reasons else "",
        )
        near = evidence.nearest if evidence is not None and may_be_merged(evidence) else None
        may = not self._context.read_only and not asked
        self.buttons.show_decision(candidate.decision, near[1] if near else None, may=may)

    def _show_pictures(self, shown: Shown | None) -> None:
        if shown is None:
            self.thermal.show_words("…")
            self.visible.show_words("…")
            return
        e = shown.evidence
        marks: dict[str, Any] = {"rings": e.rings, "source": e.source}
        if not shown.thermal.isNull() and e.thermal is not None:
            words = f"{e.low:.1f} – {e.high:.1f} °C · {e.thermal_name}"
            self.thermal.show_picture(shown.thermal, words, e.extent.width, **marks)
        elif not shown.thermal.isNull():
            self.thermal.show_picture(shown.thermal, tr("cut-out of the search, not to scale"))
        else:
            self.thermal.show_words(tr("The thermal layer is not in the project any more."))
        if not shown.visible.isNull() and e.visible is not None:
            words = " · ".join(part for part in (e.visible_name, e.visible_source) if part)
            self.visible.show_picture(shown.visible, words, e.extent.width, **marks)
        elif not shown.visible.isNull():
            self.visible.show_picture(
                shown.visible, tr("the frame's visible picture, not to scale")
            )
        else:
            words = tr(
                "No visible image of this place. Add an orthophoto or a base map to see it here."
            )
            self.visible.show_words(words)

    def _clear_facts(self) -> None:
        while self.facts.rowCount():
            self.facts.removeRow(0)

    def _add_fact(self, caption: str, value: str, kind: str = "") -> None:
        field = label(value, kind, wrap=True)
        field.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        field.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        field.setAccessibleName(f"{caption}: {value}")
        self.facts.addRow(label(caption, "dim"), field)

    def _dress(self, tokens: Any) -> None:
        for part in (self.thermal, self.visible, self.chart):
            part.dress(tokens)
        restyle(self.state, "kind", self.state.property("kind") or "")
