"""The map in the middle of the window, with the tools, scale bar and colour bar lying on it."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QEvent,
    QIODevice,
    QObject,
    QPoint,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageWriter,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.app.base_maps import is_base_map
from gisapp.app.identify import Hit
from gisapp.app.store import Change
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.toolbox import ToolBox
from gisapp.app.tools import Pointer
from gisapp.app.workspace import Selection
from gisapp.model.crs import transform_point
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import LayerId
from gisapp.model.style import ThermalStyle
from gisapp.render.camera import Camera
from gisapp.render.request import Data
from gisapp.render.thermal_colours import stops_of
from gisapp.ui.attribution import AttributionLabel
from gisapp.ui.context import Pointed, WindowContext
from gisapp.ui.layer_facts import data_of, extent_of
from gisapp.ui.map_cards import ColourBar, ScaleBar
from gisapp.ui.map_marks import MapMarks
from gisapp.ui.map_menu import menu_for
from gisapp.ui.map_widget import MapWidget
from gisapp.ui.theme import RADIUS, Tokens
from gisapp.ui.tool_strip import ToolStrip

MOST_PREFERRED = 1000  # selected features whose names are asked for first
SIDE = 2 * RADIUS  # of a picture of a corner
STILL = 60  # ms the pointer rests before the raster under it is asked


class MapArea(QWidget):
    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        workspace = context.workspace
        self.toolbox: ToolBox = context.toolbox or ToolBox()
        self.desk = ToolDesk(workspace, context.jobs, self.data, self.toolbox.makers)
        context.tool_desk = self.desk
        assert context.map_view is not None
        self.map = MapWidget(context.map_view, self.desk)
        self.map.full_extent = self.full_extent
        self.map.is_empty = self.is_empty
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.map)
        tokens = context.theme.tokens
        self.strip = ToolStrip(self.toolbox, self.desk, tokens)
        self.scale_bar, self.colour_bar = ScaleBar(), ColourBar()
        for card in (self.scale_bar, self.colour_bar):
            card.dress(tokens)
        self.map.place_card(self.strip, "top left")
        self.map.place_card(self.scale_bar, "bottom right")
        self.map.place_card(self.colour_bar, "bottom left")
        self.attribution = AttributionLabel(context, self.map)
        self.attribution.dress(tokens)
        self._corners = RoundCorners(self.map, tokens)
        self.map.set_background(tokens.canvas)
        self.marks = MapMarks(self.map, self.desk)
        self.map.menu_wanted.connect(self._show_menu)
        self._still = QTimer(self, singleShot=True, interval=STILL)
        self._still.timeout.connect(self._ask_value)
        self._place: Point | None = None
        self.map.cursor_moved.connect(self._pointer_moved)
        self.map.camera_told.connect(self.scale_bar.show_camera)
        self._leave = [
            workspace.store.changed.subscribe(self._project_changed),
            context.look_at.subscribe(self.map.show_extent),
            context.bring_into_view.subscribe(self.bring_into_view),
            self.strip.leave,
        ]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda x: self._show_colours()))
            view = context.map_view
            arrived = context.layer_data.arrived.subscribe(lambda what: view.repaint(*what))
            self._leave.append(arrived)
            context.layer_data.follow_tables(workspace.store.project)
        self._leave.append(workspace.selection_changed.subscribe(self._prefer))
        self.scale_bar.show_camera(self.map.camera)
        self._show_colours()
        if "identify" in self.toolbox.makers:
            self.desk.take("identify")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.colour_bar.fit(self.width())

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()
        self._still.stop()
        self.attribution.close_subscriptions()
        self.marks.close()
        self.map.close_map()
        self.desk.close()

    @property
    def camera(self) -> Camera:
        return self.map.goal

    def picture(self, size: QSize) -> QImage:
        """A small picture of the map, without the cards that lie on it."""
        image = QImage(self.map.size(), QImage.Format.Format_RGB32)
        self.map.render(image, renderFlags=QWidget.RenderFlag.DrawWindowBackground)
        grow = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        return image.scaled(size, grow, Qt.TransformationMode.SmoothTransformation)

    def showEvent(self, event: QShowEvent) -> None:
        """The keys of the map work before the first click."""
        super().showEvent(event)
        if not event.spontaneous() and self.window().focusWidget() is None:
            self.map.setFocus()

    def full_extent(self) -> Extent | None:
        """Of the visible layers whose data is there; of all when none is visible.

        Base maps reach around the earth: they count only where there is nothing else.
        """
        layers = self._context.workspace.store.project.layers
        own = [layer for layer in layers if not is_base_map(layer)] or list(layers)
        chosen = [layer for layer in own if layer.visible] or own
        found: Extent | None = None
        for layer in chosen:
            extent = extent_of(self._context, layer)
            if extent is not None:
                found = extent if found is None else found.union(extent)
        return found

    def is_empty(self) -> bool:
        """Nothing to see can come: no file, and tables without a row."""
        project = self._context.workspace.store.project
        tables = [project.table_of(layer) for layer in project.layers]
        return not any(table is None or len(table) for table in tables)

    def bring_into_view(self, place: Point) -> None:
        """Move the map as far as needed to see the place well."""
        camera = self.map.goal
        width, height = camera.size
        margin, pixel = 0.1 * min(width, height), camera.to_screen(place)
        seen = margin <= pixel.x <= width - margin and margin <= pixel.y <= height - margin
        if not seen:
            self.map.move_to(replace(camera, center=place))

    def data(self) -> dict[LayerId, Data]:
        layers = self._context.workspace.store.project.layers
        found = {layer.id: data_of(self._context, layer) for layer in layers if layer.visible}
        return {layer: data for layer, data in found.items() if data is not None}

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.crs != after.crs:
            self.map.show_camera(camera_in(self.map.goal, after.crs))
        data = self._context.layer_data
        if data is not None and before.tables is not after.tables:
            data.follow_tables(after)
        if data is not None and (before.layers is not after.layers or before.crs != after.crs):
            data.keep(after.layers, after.crs)
        self._show_colours()

    def _prefer(self, selection: Selection) -> None:
        """Names of what is selected come before all others."""
        view = self._context.map_view
        if view is not None and len(selection.features) <= MOST_PREFERRED:
            chosen = {} if selection.layer is None else {selection.layer: selection.features}
            view.prefer(chosen)

    def changeEvent(self, event: QEvent) -> None:
        """Back at the window: files may have been changed by other programs meanwhile."""
        super().changeEvent(event)
        data = self._context.layer_data
        back = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow()
        if back and data is not None:
            data.look_again()

    def _show_menu(self, pointer: Pointer, at: QPoint) -> None:
        menu_for(pointer, self.desk, self.map).popup(at)

    def _show_colours(self) -> None:
        """The topmost visible layer of values is explained."""
        for layer in reversed(self._context.workspace.store.project.layers):
            style = layer.style
            if layer.visible and isinstance(style, ThermalStyle):
                data = data_of(self._context, layer)
                unit = getattr(data, "unit", "") or "°C"
                colors = stops_of(style, 65, isotherms=True)
                self.colour_bar.show_scale(layer.name, colors, style.low, style.high, unit)
                return
        self.colour_bar.hide()

    def _pointer_moved(self, place: Point | None) -> None:
        self._place = place
        self.marks.pointer_moved(
            None if place is None else Pointer(self.map.camera.to_screen(place), self.map.camera)
        )
        if place is None:
            self._still.stop()
            self._context.pointed(None)
            return
        self._context.pointed(Pointed(place))
        self._still.start()

    def _ask_value(self) -> None:
        place = self._place
        if place is None:
            return
        pixel = self.map.camera.to_screen(place)
        pointer = Pointer(pixel, self.map.camera)

        def answer(hits: list[Hit]) -> None:
            hit = next((hit for hit in hits if hit.value is not None), None)
            if self._place == place and hit is not None:
                told = Pointed(place, hit.value, hit.unit, hit.accuracy, hit.decoder)
                self._context.pointed(told)

        self.desk.identify(pointer, answer)


def camera_in(camera: Camera, crs: str) -> Camera:
    """The same place and scale in another system."""
    center = transform_point(camera.center, camera.crs, crs)
    if not all(map(math.isfinite, center)):
        return camera
    moved = replace(camera, center=center, crs=crs)
    return moved.at_scale(camera.scale)


class RoundCorners(QWidget):
    """Lies over a widget and lets the window show at its corners, with a fine line around.

    It is painted whenever the map moves below it: the corners are kept as pictures, because Qt
    draws smooth ones on threads that then wait for a core.
    """

    def __init__(self, over: QWidget, tokens: Tokens) -> None:
        super().__init__(over)
        self._tokens = tokens
        self._corners: list[QPixmap] = []
        self._corners_of = 0.0  # pixel ratio
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        self.resize(over.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
            self.raise_()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._corners_of != ratio:
            self._corners, self._corners_of = self._made_corners(ratio), ratio
        right, bottom = self.width() - SIDE, self.height() - SIDE
        line = QColor(self._tokens.line)
        painter = QPainter(self)
        for picture, (x, y) in zip(
            self._corners, ((0, 0), (right, 0), (0, bottom), (right, bottom)), strict=True
        ):
            painter.drawPixmap(x, y, picture)
        for y in (0, self.height() - 1):
            painter.fillRect(SIDE, y, right - SIDE, 1, line)
        for x in (0, self.width() - 1):
            painter.fillRect(x, SIDE, 1, bottom - SIDE, line)
        painter.end()

    def _made_corners(self, ratio: float) -> list[QPixmap]:
        """Left and right, above and below."""
        whole = QRectF(0, 0, 2 * SIDE, 2 * SIDE)
        ring, card = QPainterPath(), QPainterPath()
        ring.addRect(whole)
        card.addRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        made = QPixmap((whole.size() * ratio).toSize())
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(ring.subtracted(card), QColor(self._tokens.bg))
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.drawPath(card)
        painter.end()
        side = round(SIDE * ratio)
        return [made.copy(x, y, side, side) for y in (0, side) for x in (0, side)]


def png_of(image: QImage) -> bytes:
    """As a PNG file. On any thread; it takes too long for that of the window."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())
