"""One feature: its photos, its fields, its history; or what a click found, to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gisapp.app.feature_words import feature_title
from gisapp.app.identify import Hit, is_features
from gisapp.app.store import Change
from gisapp.app.tools import Pointer
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import Layer
from gisapp.model.survey import layer_title
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.ui.card import Card, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.feature_edits import add_photos, change, delete
from gisapp.ui.feature_form import FeatureForm
from gisapp.ui.feature_history import FeatureHistory
from gisapp.ui.hit_list import HitList
from gisapp.ui.layer_facts import data_of
from gisapp.ui.photo_strip import PhotoStrip, photo_names
from gisapp.ui.photo_view import PhotoView
from gisapp.ui.record_edits import change_field
from gisapp.ui.record_view import RecordView

EMPTY, HITS, FEATURE = range(3)


class FeaturePanel(Card):
    photo_wanted = Signal()  # choose pictures to add to the feature

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Feature"), parent=parent)
        self._context = context
        tokens = context.theme.tokens
        self.layer: Layer | None = None
        self.feature: FeatureId | None = None
        self._form: FeatureForm | None = None
        self._number = self._count = 0  # which of how many is shown
        self.pages = QStackedWidget()
        self.add(self.pages, 1)

        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setContentsMargins(0, 0, 0, 0)
        words = tr("Click something on the map to see it here, or search for it with Ctrl+K.")
        column.addWidget(label(words, "dim", wrap=True))
        column.addStretch(1)
        self.pages.addWidget(empty)
        self.hits = HitList(context)
        self.hits.chosen.connect(self._hit_chosen)
        self.pages.addWidget(self.hits)
        self.pages.addWidget(self._feature_page())

        self.back = icon_button("list", tr("All that was found here"), tokens)
        self.previous = icon_button("chevron_left", tr("Previous feature") + "  K", tokens)
        self.next = icon_button("chevron_right", tr("Next feature") + "  J", tokens)
        self.back.clicked.connect(self.show_found)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next.clicked.connect(lambda: self.step(1))
        self.head.insertWidget(0, self.back)
        for made in (self.previous, self.next):
            made.setIconSize(QSize(14, 14))
            made.setFixedSize(24, 24)
            self.head.addWidget(made)
        self.back.setFixedSize(24, 24)
        self._found: Sequence[Hit] = ()
        workspace = context.workspace
        self._leave = [
            workspace.selection_changed.subscribe(lambda selection: self.show_selection()),
            workspace.store.changed.subscribe(self._project_changed),
        ]
        if context.tool_desk is not None:
            self._leave.append(context.tool_desk.identified.subscribe(self._identified))
            self._leave.append(
                context.tool_desk.form_wanted.subscribe(lambda wanted: self.start_typing())
            )
        self.show_selection()

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    # ---- what is shown

    def show_selection(self) -> None:
        selection = self._context.workspace.selection
        layer = self._layer(selection)
        if layer is None or not selection.features:
            self._show_nothing()
        elif len(selection.features) == 1:
            self._show_feature(layer, next(iter(selection.features)))
        else:
            hits = [Hit(layer.id, fid, 0.0) for fid in sorted(selection.features)[:500]]
            self._show_hits(hits, tr("{n} selected").format(n=len(selection.features)))

    def _layer(self, selection: Selection) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == selection.layer), None)

    def _identified(self, answer: tuple[Pointer, list[Hit]]) -> None:
        self._found = answer[1]
        features = [hit for hit in self._found if hit.feature is not None]
        if not self._found:
            self._context.workspace.select(Selection())
            self._show_nothing()
        elif features and (len(self._found) == 1 or on_a_point(self._found[0])):
            self._hit_chosen(features[0])
        else:
            if self._context.workspace.selection.features:
                self._context.workspace.select(Selection())
            self.show_found()

    def show_found(self) -> None:
        self._show_hits(self._found, tr("Found here"))

    def _show_hits(self, hits: Sequence[Hit], title: str) -> None:
        self.layer = self.feature = None
        self.hits.show_hits(hits)
        self.set_title(title)
        self._dress(HITS, str(len(hits)))

    def _hit_chosen(self, hit: Hit) -> None:
        assert hit.feature is not None
        self._context.workspace.select(Selection(hit.layer, frozenset([hit.feature])))
        self.show_selection()

    def _show_nothing(self) -> None:
        self.layer = self.feature = None
        self.set_title(tr("Feature"))
        self._dress(EMPTY, "")

    def _dress(self, page: int, note: str) -> None:
        self.pages.setCurrentIndex(page)
        self.note.setText(note)
        one = page == FEATURE
        several = one and len(self._found) > 1
        self.back.setVisible(several and any(h.feature == self.feature for h in self._found))
        for made in (self.previous, self.next):
            made.setVisible(one)

    def _show_feature(self, layer: Layer, fid: FeatureId) -> None:
        data = data_of(self._context, layer)
        row = data.row(fid) if is_features(data) else None
        if row is None or not is_features(data):
            self._show_nothing()
            return
        same = self.layer is not None and (self.layer.id, self.feature) == (layer.id, fid)
        self.layer, self.feature = layer, fid
        editable = self._editable(layer)
        record = self.record.is_record(layer)
        self._use_form(data.fields, editable, record)
        assert self._form is not None
        if not same:
            self._form.forget()
            self.scroller.verticalScrollBar().setValue(0)
        self._form.show_row(row)
        self.record.show_outfall(fid if record else None, self._form, editable)
        self.set_title(feature_title(layer, data, fid))
        self.layer_words.setText(layer_title(layer))
        self.photos.show_photos(_photos(data.fields, row))
        self.add_photo.setVisible(editable and any(f.name == "photos" for f in data.fields))
        self.delete.setVisible(editable)
        self.history_button.setVisible(isinstance(data, FeatureTable))
        if self.history_button.isChecked():
            self._show_history()
        if not same or self._count != len(data):  # looking it up costs with many features
            self._count = len(data)
            self._number = int(data.numbers_of([fid])[0]) + 1
        words = tr("{n} of {total}")
        self._dress(FEATURE, words.format(n=f"{self._number:,}", total=f"{self._count:,}"))

    def _editable(self, layer: Layer) -> bool:
        project = self._context.workspace.store.project
        return (
            project.table_of(layer) is not None and not layer.locked and not self._context.read_only
        )

    def _use_form(self, fields: tuple[Field, ...], editable: bool, record: bool) -> None:
        form = self._form
        if record:
            fields = self.record.form_fields(fields)
        if form is not None and (form.fields, form.editable) == (fields, editable):
            return
        if form is not None:
            form.deleteLater()
        made = self.record.made_form if record else FeatureForm
        self._form = made(fields, editable)
        self._form.edited.connect(self._edited)
        self._form.edited_together.connect(self._edited_together)
        self._below.insertWidget(1, self._form)

    def _feature_page(self) -> QWidget:
        tokens = self._context.theme.tokens
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.photos = PhotoStrip(self._context)
        self.photos.wanted.connect(self._enlarge)
        column.addWidget(self.photos)
        bar = QHBoxLayout()
        bar.setSpacing(2)
        self.layer_words = label("", "dim")
        bar.addWidget(self.layer_words, 1)
        self.zoom = icon_button("target", tr("Zoom to feature"), tokens)
        self.add_photo = icon_button("photo", tr("Add photos"), tokens)
        self.history_button = icon_button("clock", tr("History"), tokens)
        self.delete = icon_button("trash", tr("Delete feature"), tokens)
        self.history_button.setCheckable(True)
        self.zoom.clicked.connect(self.zoom_to)
        self.add_photo.clicked.connect(self.photo_wanted)
        self.history_button.toggled.connect(self._history_toggled)
        self.delete.clicked.connect(self.delete_feature)
        for made in (self.zoom, self.add_photo, self.history_button, self.delete):
            made.setIconSize(QSize(16, 16))
            made.setFixedSize(28, 26)
            bar.addWidget(made)
        column.addLayout(bar)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        self._below = QVBoxLayout(holder)
        self._below.setContentsMargins(0, 0, 0, 0)
        self.record = RecordView(self._context)
        self.record.photo_wanted = self.photo_wanted.emit
        self._below.addWidget(self.record.state)
        self._below.addWidget(self.record)
        self.history = FeatureHistory(self._context)
        self.history.hide()
        self._below.addWidget(self.history)
        self.scroller.setWidget(holder)
        column.addWidget(self.scroller, 1)
        return page

    # ---- what one can do

    def _edited(self, field: Field, value: Any) -> None:
        if self.layer is None or self.feature is None:
            return
        if self.record.outfall == self.feature:
            change_field(self._context, self.feature, field, value)
        else:
            change(self._context, self.layer, self.feature, field, value)

    def _edited_together(self, field: Field, value: Any, others: dict[str, Any]) -> None:
        if self.feature is not None and self.record.outfall == self.feature:
            change_field(self._context, self.feature, field, value, others)

    def delete_feature(self) -> None:
        """At once, with a way back. Nothing is chosen then, and the map stays where it is."""
        layer, fid = self.layer, self.feature
        if layer is not None and fid is not None and self._editable(layer):
            self._context.workspace.select(Selection())
            delete(self._context, layer, (fid,))

    def delete_selected(self) -> None:
        """All that is selected, in one step."""
        selection = self._context.workspace.selection
        layer = self._layer(selection)
        if layer is None or not self._editable(layer):
            return
        if len(selection.features) == 1:
            self.delete_feature()
        else:
            self._context.workspace.select(Selection())
            delete(self._context, layer, tuple(sorted(selection.features)))

    def add_photos(self, paths: Sequence[Path]) -> None:
        """Copy pictures into the project and list them here."""
        if self.layer is not None and self.feature is not None:
            add_photos(self._context, self.layer, self.feature, paths)

    def has_one(self) -> bool:
        """Whether one feature is shown."""
        return self.feature is not None

    def can_delete(self) -> bool:
        layer = self._layer(self._context.workspace.selection)
        return layer is not None and self._editable(layer)

    def show_place(self) -> None:
        """Bring the feature into view."""
        layer = self.layer
        data = data_of(self._context, layer) if layer else None
        if is_features(data):
            number = self._number_in(data)
            place = self._place(data, number) if number >= 0 else None
            if place is not None:
                self._context.bring_into_view(place)

    def step(self, by: int) -> None:
        """To the next or the previous feature of the layer."""
        layer = self.layer
        data = data_of(self._context, layer) if layer else None
        if layer is None or not is_features(data) or not len(data):
            return
        number = self._number_in(data)
        number = (number + by) % len(data) if number >= 0 else 0
        fid = FeatureId(str(data.ids_at(np.array([number]))[0]))
        self._context.workspace.select(Selection(layer.id, frozenset([fid])))
        place = self._place(data, number)
        if place is not None:
            self._context.bring_into_view(place)

    def _number_in(self, data: FeatureSet) -> int:
        """The place of the feature in its layer; -1 if it is not there."""
        return -1 if self.feature is None else int(data.numbers_of([self.feature])[0])

    def _place(self, data: FeatureSet, number: int) -> Point | None:
        box = self._box(data, number)
        return None if box is None else box.center

    def _box(self, data: FeatureSet, number: int) -> Extent | None:
        shapes = data.shapes_in(self._context.workspace.store.project.crs)
        parts = shapes.parts_of(np.array([number]))
        coords = np.concatenate(
            [shapes.coords[shapes.starts[p] : shapes.starts[p + 1]] for p in parts]
            or [np.empty((0, 2))]
        )
        if not len(coords) or np.isnan(coords).any():
            return None
        low, high = coords.min(axis=0), coords.max(axis=0)
        return Extent(float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def zoom_to(self) -> None:
        layer = self.layer
        data = data_of(self._context, layer) if layer else None
        if is_features(data):
            number = self._number_in(data)
            box = self._box(data, number) if number >= 0 else None
            if box is not None:
                self._context.look_at(box)

    def start_typing(self) -> None:
        """A new feature: the field that matters next waits for its value, else the first."""
        self.show_selection()
        if self._form is None or self.pages.currentIndex() != FEATURE or self.record.go_on():
            return
        for name in self._form.widgets:
            if self._form.focus_on(name):
                return

    def _history_toggled(self, on: bool) -> None:
        self.history.setVisible(on)
        record = self.record.outfall is not None and not on
        for part in (self.record.state, self.record):
            part.setVisible(record)
        if self._form is not None:
            self._form.setVisible(not on)
        if on:
            self._show_history()

    def _show_history(self) -> None:
        project = self._context.workspace.store.project
        table = project.table_of(self.layer) if self.layer else None
        if table is not None and self.feature is not None:
            self.history.show_feature(table.name, self.feature)
        for part in (self._form, self.record, self.record.state):
            if part is not None:
                part.hide()

    def _enlarge(self, number: int) -> None:
        PhotoView(self._context, list(self.photos.names), number, self.window()).show()

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        touched = before.tables is not after.tables or before.layers is not after.layers
        if touched and self.pages.currentIndex() == FEATURE:
            self.show_selection()


def _photos(fields: tuple[Field, ...], row: Any) -> list[str]:
    found = next((f.name for f in fields if f.kind == "list" or f.name == "photos"), None)
    return photo_names(row.get(found)) if found else []


def on_a_point(hit: Hit) -> bool:
    """The click was on a symbol: that one is meant, whatever lies below it."""
    return hit.feature is not None and hit.rank == 0 and hit.distance == 0
