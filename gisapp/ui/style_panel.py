"""How one layer looks: a form made from its style. The map follows the hand; once it lets go,
the change is one step to undo."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from gisapp.app.colour_scales import restyled
from gisapp.app.identify import is_features
from gisapp.app.jobs import Job
from gisapp.app.project_markers import add_marker
from gisapp.app.store import Change
from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.parameters import Limits, Parameter, parameters_of
from gisapp.model.style import AreaStyle, Category, LineStyle, PointStyle, Style, ThermalStyle
from gisapp.model.text import language, tr
from gisapp.render.thermal_colours import PALETTES, palette_title
from gisapp.ui.captions import caption
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_drawing
from gisapp.ui.form import Choices, ColorButton, Form, Reading
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.style_fields import MARKER_SIZE, DashPicker, SizeField, SymbolPicker

_FIELD_NAMES = ("label", "by", "inside", "shape_by", "width_by")
_UNDER_THE_HAND = ("size", "width")
_ELSEWHERE = ("marker", "scale", "correction")  # asked beside the symbols, or on another card


class StylePanel(TaskCard):
    def __init__(
        self, context: WindowContext, layer: LayerId, parent: QWidget | None = None
    ) -> None:
        super().__init__("", context.theme.tokens, parent)
        self._context, self._id = context, layer
        self._column = self.scrolled()
        self._parts: list[QWidget] = []
        self.form: Form | None = None
        self.symbols: SymbolPicker | None = None
        self.dashes: DashPicker | None = None
        self._built_for: tuple[object, ...] = ()
        self._build()
        store = context.workspace.store
        self.leave.append(store.changed.subscribe(self._project_changed))
        self.leave.append(lambda: self._try_out(None))
        self.leave.append(context.theme.changed.subscribe(lambda tokens: self._show_color()))

    def _layer(self) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == self._id), None)

    def _build(self) -> None:
        layer = self._layer()
        assert layer is not None
        for part in self._parts:
            part.hide()
            self._column.removeWidget(part)
            part.deleteLater()
        self._parts.clear()
        self.set_title(tr("Style of {layer}").format(layer=layer.name))
        style = layer.style
        self._built_for = _structure(style)
        self.symbols = self.dashes = None
        asked = [p for p in parameters_of(type(style)) if p.name not in _ELSEWHERE]
        self.form = Form(
            [p for p in asked if p.name == "dash" or not isinstance(p.default, tuple)],
            values=_values(style),
            choices=self._choices(layer),
            own=self._own(asked, style),
        )
        self.form.setEnabled(not self._context.read_only)
        self.form.edited.connect(self._edited)
        for name in ("color", "fill", "outline"):
            if hasattr(style, name):
                made = self.form.field(name)
                assert isinstance(made, ColorButton)
                made.tried.connect(partial(self._tried, name))
        self._add(self.form)
        if isinstance(style, PointStyle | AreaStyle) and style.categories and style.by:
            self._add(label(tr("Colours of the values"), "group"))
            for number, category in enumerate(style.categories):
                self._add(self._category(number, category))
        if self._column.itemAt(self._column.count() - 1).spacerItem() is None:
            self._column.addStretch(1)

    def _add(self, part: QWidget) -> None:
        self._column.insertWidget(len(self._parts), part)
        self._parts.append(part)

    def _own(self, asked: list[Parameter], style: Style) -> dict[str, Reading]:
        """Fields that show what they choose."""
        given: dict[str, Reading] = {}
        for p in asked:
            limits = next((hint for hint in p.hints if isinstance(hint, Limits)), None)
            if p.name in _UNDER_THE_HAND and limits is not None:
                size = SizeField(limits)
                size.set_value(getattr(style, p.name))
                size.tried.connect(partial(self._tried, p.name))
                size.chosen.connect(partial(self._tell, p.name))
                given[p.name] = size, size.value, size.set_value
        if isinstance(style, PointStyle):
            symbols = self.symbols = SymbolPicker(style.color)
            symbols.set_value((style.shape, style.marker))
            symbols.chosen.connect(partial(self._tell, "shape"))
            symbols.own_button.setVisible(self._context.folder is not None)
            symbols.own_button.clicked.connect(lambda: choose_drawing(self, self.add_drawing))
            given["shape"] = symbols, symbols.value, symbols.set_value
        if isinstance(style, LineStyle):
            dashes = self.dashes = DashPicker(style.color)
            dashes.set_value(style.dash)
            dashes.activated.connect(lambda: self._tell("dash"))
            given["dash"] = dashes, dashes.value, dashes.set_value
        return given

    def add_drawing(self, file: Path) -> None:
        """Copy an SVG file into the project and use it as the marker of the layer."""
        folder = self._context.folder
        if folder is None:
            return
        job = Job(tr("Adding a drawing"), lambda progress: add_marker(file, folder))
        job.done.subscribe(self._use_marker)
        self._context.jobs.start(job)

    def _use_marker(self, name: str) -> None:
        layer = self._layer()
        if layer is not None and isinstance(layer.style, PointStyle):
            size = max(layer.style.size, MARKER_SIZE)
            self._apply(replace(layer.style, shape="circle", marker=name, size=size))

    def _tell(self, name: str) -> None:
        if self.form is not None:
            self.form.edited.emit(name)

    def _choices(self, layer: Layer) -> dict[str, Choices]:
        data = data_of(self._context, layer)
        given: dict[str, Choices] = {"ramp": [(name, palette_title(name)) for name in PALETTES]}
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

        def with_color(color: str) -> Style | None:
            layer = self._layer()
            if layer is None or not isinstance(layer.style, PointStyle | AreaStyle):
                return None
            now = layer.style.categories
            new = (*now[:number], replace(now[number], color=color), *now[number + 1 :])
            return replace(layer.style, categories=new)

        def changed() -> None:
            style = with_color(made.value())
            if style is not None:
                self._apply(style)

        made.changed.connect(changed)
        made.tried.connect(lambda color: self._try_out(with_color(color)))
        return made

    def _tried(self, name: str, value: Any) -> None:
        """A hand is still on it: the map shows it, the project does not know yet."""
        layer = self._layer()
        if layer is not None:
            self._try_out(replace(layer.style, **{name: value}))

    def _try_out(self, style: Style | None) -> None:
        view, layer = self._context.map_view, self._layer()
        if view is not None:
            if style is None or layer is None or style == layer.style:
                view.try_out(None)
            else:
                view.try_out(replace(layer, style=style))

    def _edited(self, name: str) -> None:
        layer = self._layer()
        if layer is None or self.form is None:
            return
        value, style = self.form.values()[name], layer.style
        changes: dict[str, Any] = {name: value}
        if name == "shape" and isinstance(style, PointStyle):
            shape, marker = value
            changes = {"shape": shape, "marker": marker}
            if marker and not style.marker and style.size < MARKER_SIZE:
                changes["size"] = MARKER_SIZE  # smaller ones cannot be told from each other
        if name == "by" and isinstance(style, PointStyle | AreaStyle) and value != style.by:
            changes["categories"] = ()  # colours of another field mean nothing
        self._apply(replace(style, **changes))

    def _apply(self, style: Style) -> None:
        store, layer = self._context.workspace.store, self._layer()
        if layer is not None and style != layer.style:
            before = store.project.layers
            after = tuple(replace(la, style=style) if la.id == self._id else la for la in before)
            if isinstance(style, ThermalStyle):  # others may have its scale too
                after = restyled(before, layer.id, **_values(style))
            store.apply(LayersEdit(tr("Style of {layer}").format(layer=layer.name), before, after))
        self._try_out(None)

    def _project_changed(self, change: Change) -> None:
        layer = self._layer()
        if layer is None:
            self.closed.emit()
        elif _structure(layer.style) != self._built_for:
            self._build()
        elif self.form is not None:
            self.form.show_values(_values(layer.style))
            self._show_color()

    def _show_color(self) -> None:
        layer = self._layer()
        color = getattr(layer.style, "color", None) if layer is not None else None
        for part in (self.symbols, self.dashes):
            if part is not None and color is not None:
                part.show_color(color)


def _values(style: Style) -> dict[str, Any]:
    values = {f.name: getattr(style, f.name) for f in fields(style)}
    if isinstance(style, PointStyle):
        values["shape"] = style.shape, style.marker
    return values


def _structure(style: Style) -> tuple[object, ...]:
    """Other fields are asked when this differs."""
    categories = getattr(style, "categories", ())
    return type(style), getattr(style, "by", ""), tuple(c.value for c in categories)
