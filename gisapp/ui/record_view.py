"""The record of an outfall around its form: its state above, its related rows below."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.rules import ROLES, RuleAnswer, check_survey, ground_layers
from gisapp.app.survey_record import proposed_name
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import Layer
from gisapp.model.outfall_record import summarised
from gisapp.model.progress import Progress
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS, RELATED_LISTS, VISITS
from gisapp.model.survey_scheme import Need
from gisapp.model.survey_upgrade import is_outfall_table
from gisapp.model.text import tr
from gisapp.model.workflow import next_needs, scheme_of
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.feature_form import FeatureForm
from gisapp.ui.record_edits import change_field
from gisapp.ui.record_lists import RelatedList
from gisapp.ui.record_state import StateBar


class RecordView(QWidget):
    """The related rows; `state` is the bar that belongs above the form."""

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.outfall: FeatureId | None = None
        self.state = StateBar(context)
        self.state.need_wanted.connect(self.go_to)
        self.state.hide()
        self.lists = {table: RelatedList(context, table) for table in RELATED_LISTS}
        self.form: FeatureForm | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.findings = label("", "warn", wrap=True)  # of no single field
        self.findings.hide()
        column.addWidget(self.findings)
        for shown in self.lists.values():
            column.addWidget(shown)
        column.addStretch(1)
        self.photo_wanted: Any = None  # called where photos are what is missing

    def is_record(self, layer: Layer) -> bool:
        """Whether a layer is the outfalls of a survey with related tables."""
        project = self._context.workspace.store.project
        table = project.table_of(layer)
        if table is None or table.name != OUTFALL_TABLE:
            return False
        return VISITS in project.tables and is_outfall_table(table.fields)

    def form_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Those that are not said elsewhere: by the bar of the state or by related rows."""
        elsewhere = {"state", *summarised(self._context.workspace.store.project)}
        return tuple(f for f in fields if f.name not in elsewhere)

    def made_form(self, fields: tuple[Field, ...], editable: bool) -> FeatureForm:
        """The form of an outfall, as the survey of this project asks for it."""
        scheme = scheme_of(self._context.workspace.store.project)

        def asked(name: str, row: Mapping[str, Any]) -> bool:
            return scheme.is_asked(OUTFALL_TABLE, name, row)

        units = scheme.unit_fields
        form = FeatureForm(fields, editable, asked=asked, first=scheme.shown, units=units)
        if editable and any(f.name == "name" for f in fields):
            suggest = button(tr("Suggest a name"), "link")
            suggest.clicked.connect(self.suggest_name)
            form.add_below("name", suggest)
        return form

    def show_outfall(
        self, outfall: FeatureId | None, form: FeatureForm | None, editable: bool
    ) -> None:
        """The record of one outfall; None for any other feature."""
        self.outfall, self.form = outfall, form
        self.setVisible(outfall is not None)
        self.state.show_outfall(outfall, editable=editable)
        if outfall is None or form is None:
            return
        project = self._context.workspace.store.project
        for table, shown in self.lists.items():
            shown.setVisible(table in project.tables)
            if table in project.tables:
                shown.show_outfall(outfall, editable=editable)
        needs = next_needs(project, outfall) if editable else ()
        form.want([need.field for need in needs if not need.table])
        if editable:
            self._check(outfall)

    def _check(self, outfall: FeatureId) -> None:
        """What the rules say of this record, in the background; told below its fields."""
        project, data = self._context.workspace.store.project, self._context.layer_data
        loaded = {}
        if data is not None:
            for layer in project.layers:
                found = data.get(layer) if layer.role in ROLES else None
                if found is not None:
                    loaded[layer.id] = found
        around, today = ground_layers(project, loaded), date.today().isoformat()

        def work(progress: Progress) -> RuleAnswer:
            return check_survey(project, around, today, progress, only=(outfall,))

        def tell(answer: RuleAnswer) -> None:
            if self.outfall != outfall or self.form is None:
                return
            messages: dict[str, str] = {}
            for some in answer.found:
                for one in some:
                    if some.kind.id not in ("required", "evidence"):  # the bar of the state says it
                        messages.setdefault(one.field, one.message)
            left = self.form.tell(messages)
            self.findings.setText("\n".join(left))
            self.findings.setVisible(bool(left))

        job = Job(tr("Checking the record"), work, quiet=True)
        job.done.subscribe(tell)
        self._context.jobs.start(job, instead_of="check the record")

    def go_on(self) -> bool:
        """Put the hand where the record matters next; False when it does not say where."""
        if self.outfall is None:
            return False
        needs = next_needs(self._context.workspace.store.project, self.outfall)
        own = [need for need in needs if not need.table and need.field != "photos"]
        for need in (*own, *(n for n in needs if n.table)):
            if self.go_to(need, adding=False):
                return True
        return False

    def go_to(self, need: Need, *, adding: bool = True) -> bool:
        """To where something missing is filled in: a field, a related row, the photos."""
        if need.table:
            return self._go_to_row(need, adding)
        tables = summarised(self._context.workspace.store.project)
        if need.field in tables:
            return self._go_to_row(Need("rectification", need.field), adding)
        if need.field == "photos" or need.field == PHOTOS:
            if adding and self.photo_wanted is not None:
                self.photo_wanted()
            return adding
        return self.form is not None and self.form.focus_on(need.field)

    def _go_to_row(self, need: Need, adding: bool) -> bool:
        shown = self.lists.get(need.table)
        if shown is None or shown.isHidden():
            return False
        if shown.buttons:
            first = next(iter(shown.buttons))
            if shown.open != first:
                shown.open_entry(first)
            shown.focus_entry(need.field)
        elif adding:
            shown.add_entry()
        else:
            shown.add.setFocus()
        return True

    def suggest_name(self) -> None:
        """Propose a name of what is known; taken back like any edit."""
        if self.outfall is None:
            return
        project = self._context.workspace.store.project
        name = proposed_name(project, self.outfall)
        if not name:
            words = tr("Nothing is known yet to make a name of")
            hint = tr("Fill in the village, a landmark or the river.")
            self._context.say(Message(words, hint=hint, key="name"))
            return
        field = project.tables[OUTFALL_TABLE].field("name")
        change_field(self._context, self.outfall, field, name)
