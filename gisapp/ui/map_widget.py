"""The hands on the map: mouse, wheel, keys and fingers become camera movements and tool events."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from gisapp.app.looking_tools import ZoomBox
from gisapp.app.map_view import MapView
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import Key, MapTool, Modifier, Pointer, Preview
from gisapp.model.features import Shapes
from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera
from gisapp.ui.map_layers import MapLayers
from gisapp.ui.map_motion import TURN_STEP, Throw, wheel_factor, zoomed
from gisapp.ui.map_overlay import BandNumbers
from gisapp.ui.map_turning import Fingers, TurningHand, falls_north
from gisapp.ui.traced_reaches import TracedReaches

KEY_STEP = 0.25  # of the view for an arrow key
ALT_TURNS = ("pan", "identify", "select")  # tools that have no other use for Alt

_CURSORS = {
    "arrow": Qt.CursorShape.ArrowCursor,
    "hand": Qt.CursorShape.OpenHandCursor,
    "cross": Qt.CursorShape.CrossCursor,
    "pointer": Qt.CursorShape.WhatsThisCursor,
}
_MODIFIERS: tuple[tuple[Qt.KeyboardModifier, Modifier], ...] = (
    (Qt.KeyboardModifier.ShiftModifier, "shift"),
    (Qt.KeyboardModifier.ControlModifier, "control"),
    (Qt.KeyboardModifier.AltModifier, "alt"),
)

_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ZOOM_KEYS = {
    Qt.Key.Key_Plus: 2.0,
    Qt.Key.Key_Equal: 2.0,
    Qt.Key.Key_PageUp: 2.0,
    Qt.Key.Key_Minus: 0.5,
    Qt.Key.Key_PageDown: 0.5,
}
_TOOL_KEYS: dict[Qt.Key, Key] = {
    Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Return: "enter",
    Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_Delete: "delete",
}


def types_text(widget: QObject) -> bool:
    """Whether a key pressed in it is a letter of a text."""
    kinds = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)
    return isinstance(widget, kinds)


class MapWidget(MapLayers):
    """Give it the view that makes the pictures and the desk with the tools.

    In any tool: the wheel zooms at the pointer, the middle button or space with the left one
    drags the map, and it glides on when let go of in movement; the right button with Ctrl (or the
    left one with Alt, where the tool has no use for it) turns it; Shift-drag zooms to a box; a
    double click comes closer. Two fingers drag, pinch and turn.
    """

    cursor_moved = Signal(object)  # Point in the map's system; None: the pointer left
    menu_wanted = Signal(object, object)  # Pointer, QPoint on the screen

    def __init__(self, view: MapView, desk: ToolDesk, parent: QWidget | None = None) -> None:
        super().__init__(view, parent)
        self.desk = desk
        self._hand: QPointF | None = None  # last place of a drag that pans
        self._turning: TurningHand | None = None
        self._throw = Throw()
        self._box: MapTool | None = None  # Shift-drag in any tool
        self._space = False
        self._asked_for_space: QWidget | None = None  # what has the keys while we are pointed at
        self._pressed = False
        self._leave += [
            desk.preview_changed.subscribe(self._preview_changed),
            desk.camera_wanted.subscribe(self.show_camera),
            desk.tool_changed.subscribe(lambda name: self._show_cursor()),
        ]
        self._traced = TracedReaches(self, desk.jobs)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._fingers = Fingers(self, lambda: self._camera, self._follow, self._let_go)
        self._show_cursor()

    @property
    def hand_is_busy(self) -> bool:
        return self._hand is not None or self._turning is not None or self._fingers.busy

    def _follow(self, camera: Camera) -> None:
        """What the fingers on the map say, at once."""
        self.motion.stop()
        self._moved(camera)

    def _let_go(self) -> None:
        """The hand has left the map: nearly north up becomes north up."""
        if falls_north(self.goal):
            self.north_up()
        self._rest_timer.start()

    def show_traced(
        self, reaches: Shapes | None, bands: BandNumbers = (), colors: Sequence[str] = ()
    ) -> None:
        """Highlight the reaches of a trace (in the map's system); None takes them away."""
        self._traced.show(reaches, bands, colors)

    def close_map(self) -> None:
        self._traced.close()
        super().close_map()

    def _preview_changed(self, preview: Preview) -> None:
        self.overlay.preview = preview
        self.update()

    def _show_cursor(self) -> None:
        if self._hand is not None or self._turning is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._box is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.setCursor(_CURSORS[self.desk.tool.cursor])

    def pointer_at(self, position: QPointF, event: QMouseEvent | None = None) -> Pointer:
        """A place of the widget (logical pixels) as tools see it."""
        ratio = self._camera.pixel_ratio
        keys = event.modifiers() if event else Qt.KeyboardModifier.NoModifier
        held = frozenset(name for key, name in _MODIFIERS if keys & key)
        return Pointer(Pixel(position.x() * ratio, position.y() * ratio), self._camera, held)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.motion.stop()
        self.hover_note = ""
        button = event.button()
        pointer = self.pointer_at(event.position(), event)
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and self._space
        ):
            self._hand = event.position()
            self._throw.start(event.position())
        elif self._turns(event):
            self._turning = TurningHand(event.position(), self._camera)
        elif button == Qt.MouseButton.LeftButton:
            self._throw.start(event.position())
            if pointer.has("shift") and not self.desk.tool.uses_shift:
                self._box = ZoomBox(self.desk.look)
                self.desk.carry_out(self._box.press(pointer))
            else:
                self._pressed = True
                self.desk.press(pointer)
        elif button == Qt.MouseButton.RightButton:
            if self.desk.tool.draws and self.desk.tool.is_drawing:
                self.desk.finish()
            else:
                self.menu_wanted.emit(pointer, event.globalPosition().toPoint())
        elif button == Qt.MouseButton.BackButton:
            self.go_back()
        elif button == Qt.MouseButton.ForwardButton:
            self.go_forward()
        self._show_cursor()

    def _turns(self, event: QMouseEvent) -> bool:
        keys, button = event.modifiers(), event.button()
        if button == Qt.MouseButton.RightButton:
            drawing = self.desk.tool.draws and self.desk.tool.is_drawing
            return bool(keys & Qt.KeyboardModifier.ControlModifier) and not drawing
        alone = keys == Qt.KeyboardModifier.AltModifier
        return button == Qt.MouseButton.LeftButton and alone and self.desk.tool.name in ALT_TURNS

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._fingers.busy:  # a mouse that Qt makes of the first finger
            return
        if self._turning is not None:
            self._moved(self._turning.move(event.position(), self._camera))
            return
        self._throw.move(event.position())
        if self._hand is not None:
            ratio = self._camera.pixel_ratio
            step = (event.position() - self._hand) * ratio
            self._hand = event.position()
            self._moved(self._camera.panned(step.x(), step.y()))
            return
        pointer = self.pointer_at(event.position(), event)
        if self._box is not None:
            self.desk.carry_out(self._box.move(pointer))
        else:
            self.desk.move(pointer)
        self.cursor_moved.emit(self.pointer_at(event.position()).point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pointer = self.pointer_at(event.position(), event)
        if self._hand is not None:
            self._hand = None
            self._rest_timer.start()
            self._glide()
        elif self._turning is not None:
            self._turning = None
            self._let_go()
        elif self._box is not None:
            box, self._box = self._box, None
            self.desk.carry_out(box.release(pointer))
        elif event.button() == Qt.MouseButton.LeftButton and self._pressed:
            self._pressed = False
            self.desk.release(pointer)
            if self.desk.tool.moves_map:
                self._glide()
        self._show_cursor()

    def _glide(self) -> None:
        speed = self._throw.speed() * self._camera.pixel_ratio
        if not speed.isNull() and not self._fingers.busy:
            self.motion.glide(self._camera, speed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
        elif self.desk.tool.draws:
            self.desk.finish()
        else:
            self.zoom(2.0, self.pointer_at(event.position()).pixel)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel zooms in steps; two fingers on a touchpad drag the map, with Ctrl they zoom."""
        event.accept()
        smooth = event.pixelDelta()
        if event.phase() == Qt.ScrollPhase.NoScrollPhase:
            smooth = QPoint()
        around = self.pointer_at(event.position()).pixel
        if smooth.isNull():
            factor = wheel_factor(event.angleDelta().y(), 0)
            if factor != 1:
                self.move_to(zoomed(self.goal, factor, around))
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._follow(zoomed(self._camera, wheel_factor(0, smooth.y()), around))
        else:
            ratio = self._camera.pixel_ratio
            self._follow(self._camera.panned(smooth.x() * ratio, smooth.y() * ratio))

    def enterEvent(self, event: QEnterEvent) -> None:
        """From now on Space is the hand's, whatever button was pressed last."""
        focused = QApplication.focusWidget()
        if focused is not None and focused is not self and not types_text(focused):
            self._asked_for_space = focused
            focused.installEventFilter(self)
        super().enterEvent(event)

    def _give_space_back(self) -> None:
        if self._asked_for_space is not None and isValid(self._asked_for_space):
            self._asked_for_space.removeEventFilter(self)
        self._asked_for_space = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._asked_for_space and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Space and event.type() == QEvent.Type.KeyPress:
                self.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Space and event.type() == QEvent.Type.KeyRelease:
                self.keyReleaseEvent(event)
                return True
        return False

    def leaveEvent(self, event: QEvent) -> None:
        self._give_space_back()
        self._space = False
        self.hover_note = ""
        self.cursor_moved.emit(None)
        self.update()
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DevicePixelRatioChange:
            self.fit_to_widget()
        elif kind in (QEvent.Type.NativeGesture, QEvent.Type.Gesture) and self._fingers.take(event):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(-1 if key == Qt.Key.Key_Left else 1)
        elif shift and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.turn(-TURN_STEP if key == Qt.Key.Key_Left else TURN_STEP)
        elif key in _ARROWS:
            dx, dy = _ARROWS[key]
            base = self.goal
            width, height = base.size
            self.move_to(base.panned(dx * width * KEY_STEP, dy * height * KEY_STEP))
        elif key in _ZOOM_KEYS:
            self.zoom(_ZOOM_KEYS[key])
        elif key == Qt.Key.Key_Home:
            self.show_all()
        elif key == Qt.Key.Key_Escape:
            self._box = None
            self.desk.cancel()
            self._show_cursor()
        elif key in _TOOL_KEYS:
            self.desk.key(_TOOL_KEYS[key])
        elif key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self._show_cursor()
        else:
            return False
        return True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)
