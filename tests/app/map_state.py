"""A made-up survey map that tools look at, without a window."""

from __future__ import annotations

from dataclasses import replace

from gisapp.app.tools import MapState, Pointer
from gisapp.app.workspace import Selection
from gisapp.model.geometry import Pixel, Size
from gisapp.render.camera import Camera
from tests.ui.map_setting import (
    CRS,
    MIDDLE,
    OUTFALLS,
    RIVERS,
    project_with,
    rivers,
    scattered,
    table_of,
)

CAMERA = Camera(MIDDLE, 1.0, Size(400, 300), CRS)


def survey(**changes) -> MapState:
    """One outfall W-0 in the middle; a river 100 m south of it, flowing east."""
    state = MapState(project_with(table_of(scattered(1))), {RIVERS: rivers()})
    return replace(state, **changes)


def locked() -> MapState:
    state = survey()
    layers = tuple(replace(layer, locked=layer.id == OUTFALLS) for layer in state.project.layers)
    return replace(state, project=replace(state.project, layers=layers))


def selected(*features: str) -> MapState:
    return survey(selection=Selection(OUTFALLS, frozenset(features)))


def at(x: float, y: float, *modifiers) -> Pointer:
    return Pointer(Pixel(x, y), CAMERA, frozenset(modifiers))
