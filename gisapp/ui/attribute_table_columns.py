"""Columns of an attribute table: hidden, frozen, moved and coloured, kept with the layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.table_look import ColorRule, TableLook
from gisapp.model.text import tr
from gisapp.ui.attribute_table_view import AttributeView
from gisapp.ui.context import WindowContext


class TableColumns:
    """The look of the table that is open. Related tables keep theirs while the window is open."""

    def __init__(self, context: WindowContext, view: AttributeView) -> None:
        self._context, self._view = context, view
        self.layer: LayerId | None = None
        self.related = ""  # the table's name, when it is not the layer's own
        self.changed: Callable[[], None] = lambda: None
        self._others: dict[str, TableLook] = {}
        view.order_changed.connect(lambda names: self.use(replace(self.look, order=names)))

    @property
    def _shown_layer(self) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == self.layer), None)

    @property
    def look(self) -> TableLook:
        layer = self._shown_layer
        key = self._key()
        if key in self._others or layer is None:
            return self._others.get(key, TableLook())
        return TableLook() if self.related else layer.table

    def _key(self) -> str:
        return self.related or str(self.layer)

    def use(self, look: TableLook) -> None:
        """From now on; with the layer it is an edit like any other."""
        layer, store = self._shown_layer, self._context.workspace.store
        if look == self.look:
            return
        if self.related or layer is None or store.read_only:
            self._others[self._key()] = look
        else:
            layers = store.project.layers
            after = tuple(replace(x, table=look) if x is layer else x for x in layers)
            words = tr("Columns of {layer}").format(layer=layer.name)
            store.apply(LayersEdit(words, layers, after))
        self.changed()

    def hide(self, name: str, hidden: bool = True) -> None:
        others = tuple(one for one in self.look.hidden if one != name)
        shown = len(self._view.visible_columns())
        if not hidden or shown > 1:  # one column stays
            self.use(replace(self.look, hidden=(*others, name) if hidden else others))

    def add_rule(self, rule: ColorRule) -> None:
        rules = tuple(
            one
            for one in self.look.rules
            if (one.field, one.sign, one.value) != (rule.field, rule.sign, rule.value)
        )
        self.use(replace(self.look, rules=(rule, *rules)))

    def clear_rules(self, name: str) -> None:
        rules = tuple(one for one in self.look.rules if one.field != name)
        self.use(replace(self.look, rules=rules))

    def has_rules(self, name: str) -> bool:
        return any(one.field == name for one in self.look.rules)

    def freeze_to(self, column: int) -> None:
        """The visible columns up to this one stay while the others are scrolled."""
        self.use(replace(self.look, frozen=self._view.visible_columns().index(column) + 1))

    def menu(self, column: int, at: QPoint, filter_it: Callable[[int], None]) -> None:
        """Of a column's head."""
        field = self._view.table().fields[column]
        menu = QMenu(self._view)
        menu.addAction(tr("Filter and sort"), lambda: filter_it(column))
        menu.addSeparator()
        menu.addAction(tr("Hide column"), lambda: self.hide(field.name))
        menu.addAction(tr("Freeze up to here"), lambda: self.freeze_to(column))
        unfreeze = menu.addAction(tr("Freeze no column"))
        unfreeze.triggered.connect(lambda: self.use(replace(self.look, frozen=0)))
        unfreeze.setEnabled(self.look.frozen > 0)
        self.list_columns(menu.addMenu(tr("Columns")))
        menu.popup(at)

    def list_columns(self, menu: QMenu) -> None:
        """All columns to tick."""
        look, fields = self.look, self._view.table().fields
        menu.addAction(tr("Show all columns"), lambda: self.use(replace(self.look, hidden=())))
        filled = menu.addAction(tr("Columns in their own order"))
        filled.triggered.connect(lambda: self.use(replace(self.look, order=())))
        menu.addSeparator()
        captions = {field.name: field.caption for field in fields}
        for name in look.ordered(tuple(captions)):
            entry = menu.addAction(captions[name])
            entry.setCheckable(True)
            entry.setChecked(name not in look.hidden)
            entry.toggled.connect(lambda on, name=name: self.hide(name, not on))
