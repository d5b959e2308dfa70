"""The menu of a place on the map: copy its coordinate, ask, add, trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from gisapp.app.outfall_tools import AddOutfall
from gisapp.app.snapping import SNAP, snap_to_line
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import Pointer, Say, StartTrace
from gisapp.model.coordinates import format_place
from gisapp.model.text import tr


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


def _add(pointer: Pointer, desk: ToolDesk) -> None:
    tool = AddOutfall(desk.look)
    desk.carry_out((*tool.press(pointer), *tool.release(pointer)))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
