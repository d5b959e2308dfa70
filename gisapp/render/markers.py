"""Markers by name: the drawings of gisapp/markers and those a project brings along.

A marker is SVG text with a square view box. `currentColor` in it is the colour of the style;
white (`#ffffff`) in one of our own drawings becomes dark where the colour of the style is light.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from gisapp.model.text import tr
from gisapp.render.colours import lightness, rgba

DARK = "#1b2733"

_brought: dict[str, str] = {}


@cache
def own_markers() -> tuple[str, ...]:
    """Names of the drawings that come with the program, in the order of `marker_titles`."""
    return tuple(marker_titles())


def marker_titles() -> dict[str, str]:
    """What each of our own markers stands for, in words."""
    return {
        "outfall": tr("Outfall"),
        "intake": tr("Drinking-water intake"),
        "sampling": tr("Sampling point"),
        "camera": tr("Camera"),
        "plant": tr("Treatment plant"),
        "pump": tr("Pumping station"),
        "sluice": tr("Sluice"),
        "weir": tr("Weir"),
        "bridge": tr("Bridge"),
        "factory": tr("Factory"),
        "farm": tr("Farm"),
        "village": tr("Village"),
    }


def bring_marker(name: str, text: str) -> None:
    """From now on a style may use this drawing. `text` was made safe by gisapp.io."""
    _brought[name] = text


def drawing(name: str, fill: str) -> str | None:
    """The SVG text of a marker in a colour; None when there is no such marker."""
    red, green, blue, _ = rgba(fill)
    color = f"#{red:02x}{green:02x}{blue:02x}"
    text = _brought.get(name)
    if text is None:
        text = _own(name)
        if text is None:
            return None
        if lightness(color) > 0.62:
            text = text.replace("#ffffff", DARK)
    return text.replace("currentColor", color)


@cache
def _own(name: str) -> str | None:
    if name not in own_markers():
        return None
    return files("gisapp").joinpath("markers", f"{name}.svg").read_text("utf-8")
