"""Two pictures of one place with a line between them that the hand moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from gisapp.app.map_view import MapView
from gisapp.model.layer import Layer, LayerId
from gisapp.model.project import Project
from gisapp.model.style import PictureStyle, ThermalStyle
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.card import icon_button
from gisapp.ui.map_layers import MapLayers
from gisapp.ui.map_picture import Marks, ViewPicture
from gisapp.ui.theme import Tokens

WIDE = 27  # logical pixels of the handle that the hand can take
KNOB = 26
EDGE = 24  # nearest the line comes to the edges of the map
STEP, FAR_STEP = 0.02, 0.1  # of the width for an arrow key, with Shift
FROM_TOP = 12


def sides(project: Project, swiped: Iterable[LayerId]) -> tuple[str, str]:
    """What is left and right of the line: the layer, and the picture below it or its absence."""
    chosen = set(swiped)
    layers = [layer for layer in project.layers if layer.visible]
    names = [layer.name for layer in layers if layer.id in chosen]
    left = ", ".join(names)
    lowest = next((n for n, layer in enumerate(layers) if layer.id in chosen), 0)
    below = [layer for layer in layers[:lowest] if _is_picture(layer)]
    return left, below[-1].name if below else tr("Without {layer}").format(layer=left)


def _is_picture(layer: Layer) -> bool:
    return isinstance(layer.style, ThermalStyle | PictureStyle)


class Swipe(QObject):
    """Left of the line the map as it is, right of it the map without the layers chosen.

    Not part of the project. `close` leaves the map as it was.
    """

    closed = Signal()

    def __init__(
        self, screen: MapLayers, view: MapView, layers: frozenset[LayerId], tokens: Tokens
    ) -> None:
        super().__init__(screen)
        self.layers = layers
        self._screen, self._view = screen, view
        self.other = view.another(lambda layer: layer.id not in layers)
        self.picture = ViewPicture(self.other)
        self.share = 0.5  # of the width, where the line is
        self.handle = SwipeHandle(self._drag, self.close, tokens, screen)
        self.names = (Chip(tokens, screen), Chip(tokens, screen))
        self._leave: list[Callable[[], None]] = [
            view.camera_changed.subscribe(self._follow),
            self.picture.changed.subscribe(lambda nothing: screen.update()),
            self.picture.close,
            self.other.close,
        ]
        screen.rested.connect(self._settle)
        screen.installEventFilter(self)
        screen.beside = self
        self.other.refresh()
        self._lay_out()
        for part in (*self.names, self.handle):
            part.show()
            part.raise_()
        screen.update()

    @property
    def x(self) -> int:
        """Of the line, in logical pixels of the map."""
        return round(self.share * self._screen.width())

    def paint(
        self, painter: QPainter, camera: Camera, clip: QRect, marks: Marks | None = None
    ) -> None:
        self.picture.background = self._screen.background
        self.picture.paint(painter, camera, clip, marks)

    def name_sides(self, left: str, right: str) -> None:
        for chip, words in zip(self.names, (left, right), strict=True):
            chip.setText(words)
        self.handle.setAccessibleDescription(f"{left} | {right}")
        self._lay_out()

    def close(self) -> None:
        """The map is one again."""
        if not self._leave:
            return
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._screen.removeEventFilter(self)
        self._screen.beside = None
        for part in (self.handle, *self.names):
            part.hide()
            part.deleteLater()
        self._screen.update()
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._lay_out()
        return False

    def _follow(self, camera: Camera) -> None:
        self.other.camera = camera

    def _settle(self, camera: Camera) -> None:
        if self._leave:
            self.other.covered = self._view.covered
            self.other.settle()

    def _drag(self, x: float) -> None:
        """The line to there (logical pixels of the map)."""
        width = max(self._screen.width(), 2 * EDGE + 1)
        self.share = min(max(x, EDGE), width - EDGE) / width
        self._lay_out()
        self._screen.update()

    def _lay_out(self) -> None:
        height = self._screen.height()
        self.handle.setGeometry(self.x - WIDE // 2, 0, WIDE, height)
        room = (self.x - WIDE, self._screen.width() - self.x - WIDE)
        for chip, width in zip(self.names, room, strict=True):
            chip.setMaximumWidth(max(20, width - 8))
            chip.adjustSize()
        left, right = self.names
        left.move(self.x - WIDE // 2 - left.width() - 2, FROM_TOP)
        right.move(self.x + WIDE // 2 + 2, FROM_TOP)


class Chip(QLabel):
    """The name of one side."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet(
            f"background: {tokens.panel}; color: {tokens.text}; border: 1px solid {tokens.line};"
            "border-radius: 6px; padding: 3px 9px; font-size: 12px;"
        )


class SwipeHandle(QWidget):
    """Dragged, or moved with the arrows; Esc or its cross ends the comparison."""

    def __init__(
        self,
        drag: Callable[[float], None],
        close: Callable[[], None],
        tokens: Tokens,
        screen: QWidget,
    ) -> None:
        super().__init__(screen)
        self._drag, self._close, self._tokens, self._screen = drag, close, tokens, screen
        self._grip: float | None = None  # of the pointer beside the line
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Line between the two pictures"))
        self.setToolTip(tr("Drag, or use the arrow keys; Esc ends the comparison"))
        self.close_button = icon_button("close", tr("End the comparison"), tokens, "box")
        self.close_button.setParent(self)
        self.close_button.setFixedSize(24, 24)
        self.close_button.setIconSize(QSize(13, 13))
        self.close_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.close_button.clicked.connect(lambda: close())
        self.close_button.move((WIDE - 24) // 2, FROM_TOP)

    @property
    def line(self) -> float:
        """Where the line is, in logical pixels of the map."""
        return self.x() + WIDE / 2

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position().x() - WIDE / 2

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            at = self.mapTo(self._screen, event.position())
            self._drag(at.x() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = self._screen.width() * (FAR_STEP if shift else STEP)
        ways = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}
        key = Qt.Key(event.key())
        if key in ways:
            self._drag(self.line + ways[key])
        elif key == Qt.Key.Key_Home:
            self._drag(0)
        elif key == Qt.Key.Key_End:
            self._drag(self._screen.width())
        elif key == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, height = WIDE / 2, self.height()
        for color, width in ((QColor(0, 0, 0, 90), 4.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(middle, 0), QPointF(middle, height))
        at = QRectF(middle - KNOB / 2, height / 2 - KNOB / 2, KNOB, KNOB).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(QColor(t.accent if self.hasFocus() else t.line), 1.5))
        painter.setBrush(QColor(t.panel))
        painter.drawEllipse(at)
        pen = QPen(QColor(t.text), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for side in (-1, 1):
            tip = QPointF(middle + side * 8, height / 2)
            painter.drawPolyline(
                [tip + QPointF(-side * 3.5, -3.5), tip, tip + QPointF(-side * 3.5, 3.5)]
            )
        painter.end()
