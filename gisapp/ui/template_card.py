"""The card of templates: one in hand for new outfalls, a new one of a record, rename, delete."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from gisapp.app.outfall_templates import (
    LONGEST,
    OutfallTemplate,
    delete_edit,
    offered_fields,
    rename_edit,
    save_edit,
    templates_of,
)
from gisapp.app.store import Change
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.feature_form import shown_words
from gisapp.ui.named_list import NAMED, NamedList, line_below
from gisapp.ui.record_edits import outfall_title
from gisapp.ui.side_panel import TaskCard


class TemplateCard(TaskCard):
    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Templates of outfalls"), context.theme.tokens, parent)
        self._context = context
        workspace = context.workspace
        self.add(label(tr("New outfalls begin with the template in hand."), "dim", wrap=True))
        self.list = NamedList(tr("Templates"), self._key)
        self.list.setMaximumHeight(150)
        self.list.itemActivated.connect(lambda item: self.take(item.data(NAMED)))
        self.list.renamed.connect(self._renamed)
        self.list.currentItemChanged.connect(lambda now, before: self._show_buttons())
        self.add(self.list)
        t = context.theme.tokens
        self.use = button(tr("Take in hand"), "primary")
        self.rename = self.list.key_button("pencil", tr("Rename"), t, Qt.Key.Key_F2)
        self.delete = self.list.key_button("trash", tr("Delete"), t, Qt.Key.Key_Delete)
        self.use.clicked.connect(lambda: self._key(Qt.Key.Key_Return))
        self.add(line_below(self.use, self.rename, self.delete))
        self._make_new()
        self.body.addStretch(1)
        self.setFocusProxy(self.list)
        self.leave += [
            workspace.store.changed.subscribe(self._project_changed),
            workspace.selection_changed.subscribe(lambda selection: self.show_record()),
        ]
        self.show_all()
        self.show_record()

    def _make_new(self) -> None:
        self.of_record = label("", "group", wrap=True)
        self.add(self.of_record)
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST)
        self.name.setAccessibleName(tr("Name of the template"))
        self.name.setPlaceholderText(tr("Such as: pipe of a village"))
        self.fields = QListWidget()
        self.fields.setFrameShape(QListWidget.Shape.NoFrame)
        self.fields.setAccessibleName(tr("Fields of the template"))
        self.fields.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.save = button(tr("Save as a template"))
        self.name.textChanged.connect(lambda text: self._show_buttons())
        self.name.returnPressed.connect(self.save_template)
        self.save.clicked.connect(self.save_template)
        self.add(self.fields, 2)
        self.add(self.name)
        self.add(self.save)

    # ---- what is shown

    def show_all(self, current: FeatureId | None = None) -> None:
        """None, and what the project has; `current` is chosen."""
        now, in_hand = self.list.currentItem(), self._context.workspace.template
        chosen = current or (now.data(NAMED) if now is not None else in_hand)
        self.list.blockSignals(True)
        self.list.clear()
        self._add_item(None)
        for one in templates_of(self._context.workspace.store.project):
            self._add_item(one)
        for row in range(self.list.count()):
            if self.list.item(row).data(NAMED) == chosen:
                self.list.setCurrentRow(row)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._show_buttons()

    def _add_item(self, one: OutfallTemplate | None) -> None:
        fid, editable = None, False
        words, tip = tr("No template"), ""
        if one is not None:
            fid, editable = one.id, not self._context.read_only
            words, tip = one.name, "\n".join(self._words(one))
        self.list.add(words, fid, tip, editable=editable)
        if fid == self._context.workspace.template:
            item = self.list.item(self.list.count() - 1)
            font = item.font()
            font.setBold(True)
            item.setFont(font)

    def _words(self, one: OutfallTemplate) -> list[str]:
        fields = self._context.workspace.store.project.tables[OUTFALL_TABLE].fields
        return [f"{f.caption}: {shown_words(f, one.values[f.name])}"
                for f in fields if f.name in one.values]  # fmt: skip

    def record(self) -> FeatureId | None:
        """The outfall that is selected."""
        selection = self._context.workspace.selection
        layers = self._context.workspace.store.project.layers
        layer = next((one for one in layers if one.id == selection.layer), None)
        if layer is None or layer.source.path != OUTFALL_TABLE or len(selection.features) != 1:
            return None
        [fid] = selection.features
        return fid

    def show_record(self) -> None:
        """What of the selected record may go into a template, the usual fields ticked."""
        outfall, offered = self.record(), list[tuple[Field, object, bool]]()
        if outfall is not None and not self._context.read_only:
            offered = offered_fields(self._context.workspace.store.project, outfall)
        self.fields.clear()
        for field, value, usual in offered:
            item = QListWidgetItem(f"{field.caption}: {shown_words(field, value)}")
            item.setData(NAMED, field.name)
            item.setToolTip(item.text())
            item.setCheckState(Qt.CheckState.Checked if usual else Qt.CheckState.Unchecked)
            self.fields.addItem(item)
        words = tr("Choose an outfall on the map to make a template of it.")
        if outfall is not None:
            title = outfall_title(self._context, outfall)
            words = tr("Make a template of {outfall}").format(outfall=title)
        self.of_record.setText(words)
        for widget in (self.fields, self.name, self.save):
            widget.setVisible(bool(offered))
        self._show_buttons()

    def _show_buttons(self) -> None:
        item = self.list.currentItem()
        one = item is not None and item.data(NAMED) is not None
        for made in (self.rename, self.delete):
            made.setEnabled(one and not self._context.read_only)
        self.use.setEnabled(item is not None and not self._context.read_only)
        self.save.setEnabled(bool(self.name.text().strip()))

    # ---- what can be done

    def take(self, template: FeatureId | None) -> None:
        """In hand until another is; the card makes room for the map."""
        self._context.workspace.use_template(template)
        found = templates_of(self._context.workspace.store.project)
        name = next((one.name for one in found if one.id == template), "")
        words = tr("New outfalls begin with the template {name}").format(name=name)
        self._context.say(Message(words if name else tr("No template in hand"), key="template"))
        self.closed.emit()

    def save_template(self) -> None:
        """The ticked fields of the selected record under the name."""
        outfall, store = self.record(), self._context.workspace.store
        if outfall is None or self._context.read_only:
            return
        items = [self.fields.item(row) for row in range(self.fields.count())]
        wanted = {i.data(NAMED) for i in items if i.checkState() == Qt.CheckState.Checked}
        try:
            edit, fid = save_edit(store.project, outfall, self.name.text(), wanted)
        except GisError as error:
            self._refused(error)
            return

        def written(change: Change) -> None:
            if change.edit is edit:
                leave()
                self.name.clear()
                self.show_all(fid)
                self.list.setFocus()

        leave = store.changed.subscribe(written)
        self.leave.append(leave)
        store.apply(edit)

    def _refused(self, error: GisError) -> None:
        self._context.say(Message(error.message, "warning", hint=error.hint, key="template"))

    def _renamed(self, template: FeatureId, wanted: str) -> None:
        store = self._context.workspace.store
        try:
            edit = rename_edit(store.project, template, wanted)
        except GisError as error:
            self._refused(error)
            edit = None
        if edit is None:
            self.show_all()
        else:
            store.apply(edit)

    def _key(self, key: Qt.Key) -> bool:
        item = self.list.currentItem()
        if item is None:
            return False
        template, writable = item.data(NAMED), not self._context.read_only
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take(template)
        elif key == Qt.Key.Key_F2 and writable and template is not None:
            self.list.editItem(item)
        elif key == Qt.Key.Key_Delete and writable and template is not None:
            store = self._context.workspace.store
            if self._context.workspace.template == template:
                self._context.workspace.use_template(None)
            edit = delete_edit(store.project, template)
            store.apply(edit)
            self._context.say_done(edit.label, "deleted")
        else:
            return False
        return True

    def _project_changed(self, change: Change) -> None:
        if change.before.tables is not change.after.tables:
            self.show_all()
            if self.record() is None or not self.fields.isVisible():
                self.show_record()
