"""The menu of a place on the map: copy its coordinate, ask, add, trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from gisapp.app.identify import hits_in_layer
from gisapp.app.outfall_tools import AddOutfall
from gisapp.app.snapping import SNAP, snap_to_line
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import Pointer, Say, StartTrace
from gisapp.model.coordinates import format_place
from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.text import tr

SPILL_NEAR = 8.0  # pixels of a style


def menu_for(pointer: Pointer, desk: ToolDesk, parent: QWidget) -> QMenu:
    """Made for one place; it deletes itself when closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(name: str, words: str, run: Callable[[], None]) -> None:
        action = menu.addAction(words)
        action.setObjectName(name)
        action.triggered.connect(lambda checked=False: run())

    crs = pointer.camera.crs
    dms = format_place(pointer.point, crs, "dms")
    decimal = format_place(pointer.point, crs, "decimal")
    metres = format_place(pointer.point, crs, "metres")
    for name, text in (("dms", dms), ("decimal", decimal), ("metres", metres)):
        add(f"copy_{name}", tr("Copy {place}").format(place=text), partial(_copy, text))
    menu.addSeparator()
    add("identify", tr("What is here"), lambda: desk.identify(pointer))
    add("add", tr("Add an outfall here"), lambda: _add(pointer, desk))
    add("trace", tr("Trace upstream from here"), lambda: trace_from(pointer, desk))
    add("spill", tr("What a spill here reaches"), lambda: spill_from(pointer, desk))
    add("catchment", tr("Catchment of this place"), lambda: catchment_of(pointer, desk))
    menu.addSeparator()
    closer = pointer.camera.zoomed(2.0, pointer.pixel)
    add("zoom", tr("Zoom in here"), lambda: desk.carry_out((closer,)))
    return menu


def trace_from(pointer: Pointer, desk: ToolDesk) -> None:
    """From the reach nearest to the place, or say that there is none."""
    reach = SNAP * pointer.camera.pixel_ratio
    snap = snap_to_line(desk.look(), pointer.camera, pointer.pixel, reach)
    if snap is not None:
        desk.carry_out((StartTrace(snap.layer.id, snap.feature, at=pointer.point),))
        return
    hint = tr("Click within 15 pixels of a visible river.")
    desk.carry_out((Say(tr("There is no river here to trace from"), hint, "warning"),))


def spill_from(pointer: Pointer, desk: ToolDesk) -> None:
    """From a source, an outfall or a station there, else from the nearest reach."""
    state, tolerance = desk.look(), SPILL_NEAR * pointer.camera.pixel_ratio
    for role in ("sources", "outfalls", "stations"):
        layer = state.project.layer_of_role(role)
        data = state.seen_of(layer) if layer is not None and layer.visible else None
        if layer is None or data is None:
            continue
        hits = hits_in_layer(pointer.camera, pointer.pixel, layer, data, tolerance)
        if hits and hits[0].feature is not None:
            desk.carry_out((StartTrace(layer.id, hits[0].feature, purpose="spill"),))
            return
    snap = snap_to_line(state, pointer.camera, pointer.pixel, SNAP * pointer.camera.pixel_ratio)
    if snap is not None:
        asked = StartTrace(snap.layer.id, snap.feature, at=pointer.point, purpose="spill")
        desk.carry_out((asked,))
        return
    hint = tr("Click within 15 pixels of a visible river.")
    desk.carry_out((Say(tr("There is no river here that a spill could reach"), hint, "warning"),))


def catchment_of(pointer: Pointer, desk: ToolDesk) -> None:
    near = SNAP * pointer.camera.pixel_ratio
    snap = snap_to_line(desk.look(), pointer.camera, pointer.pixel, near)
    river = (LayerId(""), FeatureId("")) if snap is None else (snap.layer.id, snap.feature)
    desk.carry_out((StartTrace(*river, at=pointer.point, purpose="catchment"),))


def _add(pointer: Pointer, desk: ToolDesk) -> None:
    tool = AddOutfall(desk.look)
    desk.carry_out((*tool.press(pointer), *tool.release(pointer)))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
