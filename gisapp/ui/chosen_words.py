"""Says in which layer a box or a lasso has chosen, and offers the other layers it touches."""

from __future__ import annotations

from dataclasses import replace

from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import Select
from gisapp.model.layer import Layer
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext

KEY = "chosen"
NAMED = 4  # other layers


def say_chosen(context: WindowContext, desk: ToolDesk, chosen: Select) -> None:
    """The topmost others are a click away; any layer comes first when it is the active one."""
    layers = context.workspace.store.project.layers
    layer = next((one for one in layers if one.id == chosen.layer), None)
    outline = chosen.outline
    if layer is None or outline is None:
        return
    count = len(desk.workspace.selection.features)
    text = tr("{n} chosen in {layer}").format(n=count, layer=layer.name)
    if not chosen.others:
        context.say(Message(text, "info", key=KEY))
        return

    def in_other(other: Layer) -> None:
        desk.carry_out((replace(outline, layers=(other, *_rest(other)), add=False),))

    def _rest(first: Layer) -> tuple[Layer, ...]:
        return tuple(one for one in outline.layers if one.id != first.id)

    named = [
        tr("{layer} ({n})").format(layer=other.name, n=n) for other, n in chosen.others[:NAMED]
    ]
    others = ", ".join(named) + (" …" if len(chosen.others) > NAMED else "")
    hint = tr("Also inside: {layers}. The layer chosen in the list comes first.").format(
        layers=others
    )
    (one, _), *more = chosen.others
    choose = tr("Choose in {layer}")
    context.say(
        Message(
            text,
            "info",
            choose.format(layer=one.name),
            lambda: in_other(one),
            hint,
            KEY,
            choose.format(layer=more[0][0].name) if more else "",
            (lambda: in_other(more[0][0])) if more else None,
        )
    )
