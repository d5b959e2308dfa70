"""How one layer looks: a form made from its style, each change one step to undo."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtWidgets import QWidget

from gisapp.app.identify import is_features
from gisapp.app.store import Change
from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.parameters import parameters_of
from gisapp.model.style import AreaStyle, Category, PointStyle, Style
from gisapp.model.text import language, tr
from gisapp.render.ramps import RAMPS
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.form import Choices, ColorButton, Form, caption
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard

_FIELD_NAMES = ("label", "by", "inside", "shape_by", "width_by")


class StylePanel(TaskCard):
    def __init__(
        self, context: WindowContext, layer: LayerId, parent: QWidget | None = None
    ) -> None:
        super().__init__("", context.theme.tokens, parent)
        self._context, self._id = context, layer
        self._column = self.scrolled()
        self._parts: list[QWidget] = []
        self.form: Form | None = None
        self._build()
        store = context.workspace.store
        self.leave.append(store.changed.subscribe(self._project_changed))

    def _layer(self) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == self._id), None)

    def _build(self) -> None:
        layer = self._layer()
        assert layer is not None
        self.set_title(tr("Style of {layer}").format(layer=layer.name))
        style = layer.style
        asked = [p for p in parameters_of(type(style)) if not isinstance(p.default, tuple)]
        values = {f.name: getattr(style, f.name) for f in fields(style)}
        self.form = Form(asked, values=values, choices=self._choices(layer))
        self.form.setEnabled(not self._context.read_only)
        self.form.edited.connect(self._edited)
        self._add(self.form)
        categories = style.categories if isinstance(style, PointStyle | AreaStyle) else ()
        if categories and values["by"]:
            self._add(label(tr("Colours of the values"), "group"))
            for number, category in enumerate(categories):
                self._add(self._category(number, category))
        self._column.addStretch(1)

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._column.addWidget(part)

    def _choices(self, layer: Layer) -> dict[str, Choices]:
        data = data_of(self._context, layer)
        given: dict[str, Choices] = {"ramp": [(name, name) for name in RAMPS]}
        if is_features(data):
            names = [(f.name, f.caption) for f in data.fields if f.kind != "list"]
            for name in _FIELD_NAMES:
                given[name] = [("", tr("(none)")), *names]
        return given

    def _category(self, number: int, category: Category) -> QWidget:
        words = category.title_zh_CN if language() == "zh_CN" else category.title
        made = ColorButton(category.color)
        made.code.setAccessibleName(
            tr("{caption} of {value}").format(caption=caption("color"), value=words)
        )
        made.add_words(words)
        made.setEnabled(not self._context.read_only)

        def changed() -> None:
            layer = self._layer()
            if layer is None:
                return
            now: tuple[Category, ...] = layer.style.categories  # type: ignore[attr-defined]
            new = (*now[:number], replace(now[number], color=made.value()), *now[number + 1 :])
            self._apply(replace(layer.style, categories=new))  # type: ignore[call-arg]

        made.changed.connect(changed)
        return made

    def _edited(self, name: str) -> None:
        layer = self._layer()
        if layer is None or self.form is None:
            return
        changes: dict[str, Any] = {name: self.form.values()[name]}
        style = layer.style
        if name == "by" and isinstance(style, PointStyle) and changes[name] != style.by:
            changes["categories"] = ()  # colours of another field mean nothing
        self._apply(replace(style, **changes))

    def _apply(self, style: Style) -> None:
        store, layer = self._context.workspace.store, self._layer()
        if layer is None or style == layer.style:
            return
        before = store.project.layers
        after = tuple(replace(one, style=style) if one.id == self._id else one for one in before)
        store.apply(LayersEdit(tr("Style of {layer}").format(layer=layer.name), before, after))

    def _project_changed(self, change: Change) -> None:
        layer = self._layer()
        if layer is None:
            self.closed.emit()
        elif self.form is not None:
            style = layer.style
            self.form.show_values({f.name: getattr(style, f.name) for f in fields(style)})
