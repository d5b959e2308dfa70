"""A small map of everything with the present view drawn in it, to look around by dragging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gisapp.app.jobs import Job, JobRunner
from gisapp.app.map_view import MapView
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Image
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.card import icon_button
from gisapp.ui.map_cards import MapCard
from gisapp.ui.map_picture import LastPicture
from gisapp.ui.theme import RADIUS, Tokens

SIZE = QSize(196, 146)
SMALL_SIDE = 32  # of the card while it is folded
EDGE = 6  # pixels between the card's edge and its map
LEAST = 9.0  # pixels of a view so small that it could not be seen
LATER = 500  # ms of quiet before it is painted anew
SYMBOLS = 0.4  # of their size on the map
KEY = 0.25  # of the view for an arrow key


class OverviewMap(MapCard):
    """Painted on a worker, after the map; the view in it is moved with the mouse or the arrows."""

    moved = Signal(object)  # Camera: look from there at once
    folded_changed = Signal(bool)

    def __init__(
        self,
        view: MapView,
        jobs: JobRunner,
        full_extent: Callable[[], Extent | None],
        tokens: Tokens,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._jobs, self._full_extent = view, jobs, full_extent
        self.dress(tokens)
        self.camera: Camera | None = None  # of the small picture; None: nothing to show
        self._of: Camera = view.camera  # what the large map shows
        self._picture = LastPicture()
        self.folded = False
        self._grip: QPointF | None = None  # from the pointer to the middle of the view
        self._later = QTimer(self, singleShot=True, interval=LATER)
        self._later.timeout.connect(self.paint_anew)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setAccessibleName(tr("Overview map"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tr("Drag the frame to move the map"))
        self.fold_button = icon_button("chevron_right", tr("Fold the overview map"), tokens, "box")
        self.fold_button.setParent(self)
        self.fold_button.setFixedSize(22, 22)
        self.fold_button.setIconSize(QSize(14, 14))
        self.fold_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fold_button.clicked.connect(lambda: self.fold(not self.folded))
        self._tokens = tokens
        self.fold_button.show()
        self.fold_now()

    def close(self) -> bool:
        self._later.stop()
        return super().close()

    def fold(self, folded: bool) -> None:
        """Only a corner of the card stays."""
        if folded != self.folded:
            self.folded = folded
            self.fold_now()
            self.folded_changed.emit(folded)
            if not folded:
                self.paint_anew()

    def fold_now(self) -> None:
        """Be as large as `folded` says."""
        self.setFixedSize(QSize(SMALL_SIDE, SMALL_SIDE) if self.folded else SIZE)
        words = tr("Unfold the overview map") if self.folded else tr("Fold the overview map")
        made = icon_button("overview" if self.folded else "chevron_right", words, self._tokens)
        self.fold_button.setIcon(made.icon())
        self.fold_button.setToolTip(words)
        self.fold_button.setAccessibleName(words)
        made.deleteLater()
        corner = 5 if self.folded else 10
        self.fold_button.move(self.width() - self.fold_button.width() - corner, corner)
        self.update()

    def show_camera(self, camera: Camera) -> None:
        """The large map looks from there."""
        if camera.crs != self._of.crs:
            self.repaint_later()
        self._of = camera
        self.update()

    def repaint_later(self) -> None:
        """The project or its data is another now."""
        if not self.isHidden() and not self.folded:
            self._later.start()

    def paint_anew(self) -> None:
        if self.isHidden() or self.folded:
            return
        extent, ratio = self._full_extent(), self.devicePixelRatioF()
        if extent is None:
            self.camera = None
            self._picture.clear()
            self.update()
            return
        inside = self._inside()
        size = Size(round(inside.width() * ratio), round(inside.height() * ratio))
        camera = Camera.fit(extent, size, self._view.camera.crs, pixel_ratio=ratio)
        small = replace(camera, pixel_ratio=ratio * SYMBOLS)
        request = replace(self._view.request(), camera=small)

        def work(progress: Progress) -> Image:
            def draw(canvas: Canvas) -> None:
                request.paint_layers(canvas, progress)

            return QtPress().picture(size, draw)

        def done(pixels: Image) -> None:
            self.camera = camera
            self._picture.show(camera, pixels)
            self.update()

        job = Job(tr("Overview map"), work, quiet=True)
        job.done.subscribe(done)
        self._jobs.start(job, instead_of="overview map")

    def _inside(self) -> QRectF:
        return QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)

    def frame(self) -> QPolygonF:
        """The present view on the card, in logical pixels; empty when it cannot be shown."""
        small = self.camera
        if small is None or small.crs != self._of.crs:
            return QPolygonF()
        width, height = self._of.size
        corners = [(0, 0), (width, 0), (width, height), (0, height)]
        places = np.array([self._of.to_map(Pixel(*corner)) for corner in corners])
        pixels = small.to_pixels(places) / small.pixel_ratio + EDGE
        middle = pixels.mean(axis=0)
        reach = max(float(np.ptp(pixels[:, 0])), float(np.ptp(pixels[:, 1])), 1e-9)
        if reach < LEAST:
            pixels = middle + (pixels - middle) * (LEAST / reach)
        return QPolygonF([QPointF(*map(float, pixel)) for pixel in pixels.clip(-9999, 9999)])

    def _place(self, at: QPointF) -> Point:
        assert self.camera is not None
        ratio = self.camera.pixel_ratio
        return self.camera.to_map(Pixel((at.x() - EDGE) * ratio, (at.y() - EDGE) * ratio))

    def _look_at(self, at: QPointF) -> None:
        self.moved.emit(replace(self._of, center=self._place(at)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self.frame()
        if self.folded:
            self.fold(False)
        elif event.button() == Qt.MouseButton.LeftButton and not frame.isEmpty():
            middle = frame.boundingRect().center()
            on_frame = frame.containsPoint(event.position(), Qt.FillRule.OddEvenFill)
            self._grip = middle - event.position() if on_frame else QPointF()
            if not on_frame:
                self._look_at(event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._look_at(event.position() + self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        width, height = self._of.size
        self.moved.emit(self._of.panned(step[0] * width * KEY, step[1] * height * KEY))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_card(painter)
        if self.folded:
            painter.end()
            return
        inside, t = self._inside(), self.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.canvas))
        painter.drawRoundedRect(inside, RADIUS - 4, RADIUS - 4)
        if self.camera is None:
            painter.setPen(QColor(t.dim))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, tr("Nothing to show yet"))
        else:
            painter.save()
            painter.setClipRect(inside)
            painter.translate(EDGE, EDGE)
            self._picture.paint(painter, self.camera)
            painter.restore()
            painter.setClipRect(inside)
            for color, width in ((t.panel, 4.0), (t.accent, 2.0)):
                painter.setPen(QPen(QColor(color), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(self.frame())
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(QColor(t.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS
            )
        painter.end()
