"""The map on the screen: shows squares made elsewhere, and moves at once when the camera does.

Layers are never drawn here. Until the squares of a view are there the last picture is shown moved
and scaled, and what the tools want to show lies over it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gisapp.app.map_view import MapView
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.label_words import Place
from gisapp.render.tiles import Scale
from gisapp.ui.map_motion import Motion, Views, limited, zoomed
from gisapp.ui.map_overlay import Overlay, paint_marks, paint_note, paint_preview
from gisapp.ui.map_picture import Marks, ViewPicture
from gisapp.ui.theme import LIGHT, RADIUS

ASK_EVERY = 0.12  # seconds between pictures of another scale asked for while the hand moves
CORNER = 3  # pixels from both sides of a card, where its round corner hides what is below
SEEN_FOR = 0.25  # seconds until it is looked again where cards lie
HINT_SIDES = 90  # logical pixels that words on an empty map keep from its sides
PAN_EVERY = 0.03  # seconds, at the same scale: only what comes into view is drawn
TELL_EVERY = 60  # ms between two of what the map says about its place while it moves
REST = 350  # ms without movement until a view is one to come back to

Corner = Literal["top left", "top right", "bottom left", "bottom right", "top", "bottom"]
_PLACES = {
    "top left": (0, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop),
    "top": (0, 1, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop),
    "top right": (0, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop),
    "bottom left": (1, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom),
    "bottom": (1, 1, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom),
    "bottom right": (1, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom),
}


MapPictures = MapView


class MapScreen(QWidget):
    """The camera of the view is the camera of this widget: set either, the other follows."""

    camera_changed = Signal(object)  # Camera, also on the way of a movement
    camera_told = Signal(object)  # the same for words about it, no more often than one can read
    rested = Signal(object)  # Camera, when the map has come to rest

    def __init__(self, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.painted_by: QWidget | None = None  # see gisapp.ui.gpu_compositor
        self.view = view
        self.overlay = Overlay()
        self.hover_note = ""
        self.empty_hint = tr(
            "Drop a ledger, a folder of thermal frames or map files here, or add a layer"
        )
        self.full_extent: Callable[[], Extent | None] = lambda: None
        self.is_empty: Callable[[], bool] = lambda: False
        self.views = Views()
        self.motion = Motion(self._moved, self)
        self._background = QColor(LIGHT.canvas)
        self._camera = view.camera
        self._picture = ViewPicture(view)
        self._picture.background = self._background
        self._asked: Camera | None = None
        self._asked_at = 0.0
        self._pointer = QPointF()
        self._ask_timer = self._timer(self._ask)
        self._rest_timer = self._timer(self._rest, REST)
        self._tell_timer = self._timer(self._tell, TELL_EVERY)
        self._told: Camera | None = None
        self._seen, self._seen_until = QRegion(), 0.0
        self._leave = [
            self._picture.changed.subscribe(lambda nothing: self.update()),
            self._picture.close,
            view.camera_changed.subscribe(self._view_moved),
        ]
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Map"))
        self.setMinimumSize(160, 120)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(13, 13, 13, 13)
        for column in (0, 2):
            self._grid.setColumnStretch(column, 1)
        self._grid.setRowStretch(0, 1)

    @property
    def camera(self) -> Camera:
        """What is on the screen now."""
        return self._camera

    @property
    def goal(self) -> Camera:
        """Where the map will be when the movement under way has ended."""
        return self.motion.goal or self._camera

    def show_camera(self, camera: Camera) -> None:
        """Look from there at once."""
        self.motion.stop()
        self._moved(limited(self._fitted(camera)))

    def move_to(self, camera: Camera) -> None:
        """Look from there, getting there in a short movement."""
        goal = limited(self._fitted(camera))
        if self.motion.wanted:
            self._ask_for(goal)  # so that the picture is ready when the movement ends
        self.motion.go(self._camera, goal)

    def show_extent(self, extent: Extent) -> None:
        """See the whole extent (map units of the map's system)."""
        ratio = self.devicePixelRatioF()
        self.move_to(Camera.fit(extent, self._size(), self._camera.crs, pixel_ratio=ratio))

    def show_all(self) -> None:
        extent = self.full_extent()
        if extent is not None:
            self.show_extent(extent)

    def zoom(self, factor: float, around: Pixel | None = None) -> None:
        """Closer (factor > 1) or farther, around a device pixel or the middle."""
        base = self.goal
        middle = Pixel(base.size.width / 2, base.size.height / 2)
        self.move_to(zoomed(base, factor, around or middle))

    def go_back(self) -> None:
        """To the view before."""
        self._step(-1)

    def go_forward(self) -> None:
        self._step(1)

    def place_card(self, card: QWidget, corner: Corner) -> None:
        """Lay a widget on the map."""
        row, column, side = _PLACES[corner]
        self._grid.addWidget(card, row, column, side)

    @property
    def background(self) -> QColor:
        """Seen where no layer is."""
        return self._background

    def set_background(self, color: str) -> None:
        """#RRGGBB where no layer is. It does not follow the theme: a map looks the same in both."""
        self._background = self._picture.background = QColor(color)
        self.view.lie_on(self._background.rgba())
        self.update()

    def close_map(self) -> None:
        """Stop listening, before the widget goes."""
        self.motion.stop()
        self._ask_timer.stop()
        self._rest_timer.stop()
        self._tell_timer.stop()
        for leave in self._leave:
            leave()
        self._leave.clear()

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.painted_by is not None:
            self.painted_by.resize(self.size())
        self.hover_note = ""  # what it names lies elsewhere now
        self.fit_to_widget()

    def fit_to_widget(self) -> None:
        """The size or the pixel ratio is another: the same centre and scale on the ground."""
        self.show_camera(self.goal)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.painted_by is None:
            painter = QPainter(self)
            self.paint_on(painter, event.rect())
            painter.end()

    def paint_on(self, painter: QPainter, part: QRect) -> None:
        """All that the screen shows, without its cards, in logical pixels."""
        self.paint_layers(painter, self._paint_marks)
        if self.is_empty():
            painter.setPen(QColor(LIGHT.dim))
            inside = self.rect().adjusted(HINT_SIDES, 0, -HINT_SIDES, 0)
            flags = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
            painter.drawText(inside, flags, self.empty_hint)
        paint_preview(painter, self._camera, self.overlay.preview)
        if self.hover_note:
            dark = self._background.lightness() < 128
            at = self._pointer + QPointF(16, 18)
            paint_note(painter, at, self.hover_note, self._camera, dark=dark)

    def update(self, *part: Any) -> None:
        """Paint it again, or the part that is given; not what opaque cards hide, so that they need
        not be painted again whenever the map moves."""
        if self.painted_by is not None:
            self.painted_by.update(*part)
        elif part:
            super().update(*part)
        else:
            super().update(self._seen_part())

    def _seen_part(self) -> QRegion:
        """Kept for a moment: it is asked for with every step of a hand, and takes longer than that.
        What a card uncovers when it goes or moves Qt paints in any case."""
        now = monotonic()
        if now < self._seen_until and self._seen.boundingRect() == self.rect():
            return self._seen
        seen = QRegion(self.rect())
        for card in self.children():
            if isinstance(card, QWidget) and card.property("kind") == "card" and card.isVisible():
                for across, down in ((0, RADIUS), (RADIUS, 0), (CORNER, CORNER)):
                    seen -= QRegion(card.geometry().adjusted(across, down, -across, -down))
        self._seen, self._seen_until = seen, now + SEEN_FOR
        return seen

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._seen_until = 0.0
        return super().event(event)

    def paint_layers(self, painter: QPainter, marks: Marks | None = None) -> None:
        """The map itself with its background, below everything else; `marks` go under its names.
        `painter` in logical pixels."""
        self._picture.paint(painter, self._camera, marks=marks)

    def _paint_marks(self, painter: QPainter, camera: Camera) -> None:
        paint_marks(painter, camera, self.overlay)

    def covered(self) -> tuple[Place, ...]:
        """Device pixels that cards hide."""
        return ()

    @property
    def hand_is_busy(self) -> bool:
        """The map is being dragged: this is no place to come back to."""
        return False

    def _size(self) -> Size:
        ratio = self.devicePixelRatioF()
        return Size(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _fitted(self, camera: Camera) -> Camera:
        return camera.resized(self._size(), self.devicePixelRatioF())

    def _moved(self, camera: Camera) -> None:
        """The one place where the camera on the screen changes."""
        if not camera.is_sound:
            return
        self._camera = camera
        pans = self._asked is not None and Scale.of(self._asked) == Scale.of(self.goal)
        wait = (PAN_EVERY if pans else ASK_EVERY) - (monotonic() - self._asked_at)
        if wait <= 0:
            self._ask()
        elif not self._ask_timer.isActive():
            self._ask_timer.start(int(wait * 1000) + 1)
        self._rest_timer.start()
        self.camera_changed.emit(camera)
        if not self._tell_timer.isActive():
            self._tell()
        self.update()

    def _tell(self) -> None:
        if self._told != self._camera:
            self._told = self._camera
            self._tell_timer.start()
            self.camera_told.emit(self._camera)

    def _ask(self) -> None:
        self._ask_for(self.goal)

    def _ask_for(self, camera: Camera) -> None:
        if camera != self._asked:
            self._asked, self._asked_at = camera, monotonic()
            self.view.covered = self.covered()
            if camera == self.view.camera:  # the view has it, but may not have drawn it
                self.view.refresh()
            self.view.camera = camera

    def _view_moved(self, camera: Camera) -> None:
        """Someone else moved the view, for example to a feature of the table."""
        if camera == self._asked:
            return
        self._asked, self._asked_at = camera, monotonic()
        self.motion.stop()
        self._moved(limited(self._fitted(camera)))

    @property
    def at_rest(self) -> bool:
        """Nothing moves the map, and `rested` has said so."""
        return not self._rest_timer.isActive() and self.motion.goal is None

    def _rest(self) -> None:
        if self.motion.goal is None and not self.hand_is_busy:
            self.views.rest(self._camera)
            self.view.covered = self.covered()
            self.view.settle()
            self.rested.emit(self._camera)

    def _step(self, by: int) -> None:
        self.views.rest(self.goal)
        camera = self.views.step(by)
        if camera is not None:
            self.move_to(camera)

    def _timer(self, action: Callable[[], None], interval: int = 0) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval)
        timer.timeout.connect(action)
        return timer
