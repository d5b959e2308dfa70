"""Scales of colours that several layers have in common: change one, and all of them follow.

Flights, frames and dates can only be compared by eye when the same colour is the same temperature.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr

SHARED = ("ramp", "low", "high", "inverted", "isotherms")  # of the style


def sharing(layers: Iterable[Layer], layer: Layer) -> tuple[Layer, ...]:
    """The layers that have the scale of this one, itself among them."""
    name = layer.style.scale if isinstance(layer.style, ThermalStyle) else ""
    if not name:
        return (layer,)
    return tuple(
        one for one in layers if isinstance(one.style, ThermalStyle) and one.style.scale == name
    )


def scale_names(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Of the shared scales, in the order of the layers."""
    styles = (layer.style for layer in layers)
    names = [s.scale for s in styles if isinstance(s, ThermalStyle) and s.scale]
    return tuple(dict.fromkeys(names))


def restyled(layers: tuple[Layer, ...], layer: LayerId, **changes: Any) -> tuple[Layer, ...]:
    """The layers with a changed style of one; what belongs to its scale changes for all that
    share it, `correction` for it alone."""
    one = next(la for la in layers if la.id == layer)
    if not isinstance(one.style, ThermalStyle):
        return layers
    common = {name: value for name, value in changes.items() if name in SHARED}
    chosen = {la.id for la in sharing(layers, one)}
    after = []
    for la in layers:
        if la.id == layer:
            la = replace(la, style=replace(one.style, **changes))
        elif la.id in chosen and common:
            la = replace(la, style=replace(la.style, **common))
        after.append(la)
    return tuple(after)


def scale_edit(label: str, project: Project, layer: LayerId, **changes: Any) -> LayersEdit | None:
    """One step for all layers of the scale; None when nothing changes."""
    after = restyled(project.layers, layer, **changes)
    return None if after == project.layers else LayersEdit(label, project.layers, after)


def share_edit(project: Project, layer: LayerId, name: str) -> LayersEdit | None:
    """Let a layer have the scale of that name, as it is; the first one brings its own. An empty
    name: it keeps what it has, for itself."""
    one = project.layer(layer)
    if not isinstance(one.style, ThermalStyle) or one.style.scale == name:
        return None
    changes: dict[str, Any] = {"scale": name}
    model = next(
        (
            la.style
            for la in project.layers
            if isinstance(la.style, ThermalStyle) and la.style.scale == name != ""
        ),
        None,
    )
    if model is not None:
        changes |= {part: getattr(model, part) for part in SHARED}
    style = replace(one.style, **changes)
    after = tuple(replace(la, style=style) if la.id == layer else la for la in project.layers)
    label = tr("Share the scale {name}") if name else tr("A scale of its own")
    return LayersEdit(label.format(name=name), project.layers, after)


def share_all_edit(project: Project, layers: Iterable[LayerId], like: LayerId) -> LayersEdit | None:
    """One scale for several layers, that of `like`; it is named after it if it has no name."""
    model = project.layer(like)
    if not isinstance(model.style, ThermalStyle):
        return None
    name = model.style.scale or _new_name(project, model.name)
    common = {part: getattr(model.style, part) for part in SHARED}
    chosen = {*layers, like}
    after = tuple(
        replace(la, style=replace(la.style, **common, scale=name))
        if la.id in chosen and isinstance(la.style, ThermalStyle)
        else la
        for la in project.layers
    )
    if after == project.layers:
        return None
    return LayersEdit(tr("Share the scale {name}").format(name=name), project.layers, after)


def _new_name(project: Project, wanted: str) -> str:
    taken = set(scale_names(project.layers))
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
