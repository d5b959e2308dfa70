"""All frames that saw one place: temperatures there, and thermal and visible side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QTreeWidget, QTreeWidgetItem, QWidget

from gisapp.app.flight_import import OpenFlight
from gisapp.app.flight_layers import mosaic_layer
from gisapp.app.flight_pictures import thermal_view, visible_view
from gisapp.app.flight_points import Sighting, frames_at
from gisapp.app.jobs import Job
from gisapp.model.flight import FlightFrame
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import off_nadir_note
from gisapp.render.canvas import Image
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.flight_desk import FlightDesk
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.theme import Tokens

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SHOWN = 256  # pixels across a visible picture; more is not seen in the card


def image_of(pixels: Image) -> QImage:
    """RGBA with the colour multiplied by alpha, copied. On any thread."""
    made = np.ascontiguousarray(pixels)
    height, width = made.shape[:2]
    kind = QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(made.data, width, height, 4 * width, kind).copy()


def part_of_jpeg(jpeg: bytes, part: tuple[float, float, float, float] | None) -> QImage:
    """A part of a JPEG (all of it without one), made small while it is decoded. On any thread."""
    data = QByteArray(jpeg)
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"jpg"))
    reader.setAutoTransform(False)  # places are counted in the file's pixels
    if part is not None:
        reader.setClipRect(QRectF(*part).toRect())
        wide, high = part[2], part[3]
    else:
        wide, high = reader.size().width(), reader.size().height()
    scale = min(1.0, 2 * _SHOWN / max(wide, high, 1))
    made = reader.read()
    if made.isNull():
        return made
    size = QSize(max(1, round(wide * scale)), max(1, round(high * scale)))
    return made.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


@dataclass(frozen=True)
class Half:
    """One of two pictures; `at` as shares of it."""

    image: QImage
    words: str
    at: tuple[float, float] | None = None


class PairView(QWidget):
    """Thermal at the left, visible at the right, the place marked in both."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self.halves: tuple[Half, Half] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(182)
        self.setAccessibleName(tr("Thermal and visible picture of the place"))

    def show_pair(self, pair: tuple[Half, Half] | None) -> None:
        self.halves = pair
        if pair is not None:
            self.setAccessibleDescription(" · ".join(half.words for half in pair))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = (self.width() - 6) // 2
        for number in (0, 1):
            box = QRect(number * (wide + 6), 0, wide, self.height() - 22)
            half = self.halves[number] if self.halves is not None else None
            painter.fillRect(box, QColor(self._tokens.canvas))
            if half is not None:
                self._paint_half(painter, box, half)
        painter.end()

    def _paint_half(self, painter: QPainter, box: QRect, half: Half) -> None:
        if not half.image.isNull():
            keep = Qt.AspectRatioMode.KeepAspectRatio
            size = half.image.size().scaled(box.size(), keep)
            place = QRect(box.topLeft(), size)
            place.moveCenter(box.center())
            painter.drawImage(place, half.image)
            if half.at is not None:
                x = place.left() + half.at[0] * place.width()
                y = place.top() + half.at[1] * place.height()
                for color, width in (("#d9000000", 3.0), ("#ffffff", 1.4)):
                    painter.setPen(QPen(QColor(color), width))
                    painter.drawEllipse(QPointF(x, y), 7.0, 7.0)
        painter.setPen(QColor(self._tokens.dim))
        font = painter.font()
        font.setPixelSize(12)
        painter.setFont(font)
        under = QRect(box.left(), box.bottom() + 3, box.width(), 18)
        elide = Qt.TextElideMode.ElideRight
        words = painter.fontMetrics().elidedText(half.words, elide, under.width())
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class SightingsCard(TaskCard):
    """The frame that sees the place best comes first."""

    frame_wanted = Signal(int)  # show it as a layer
    flight_wanted = Signal()
    wide = True

    def __init__(
        self, context: WindowContext, desk: FlightDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("All frames of a place"), context.theme.tokens, parent)
        self._context, self._desk = context, desk
        self._asked: object = None
        self.sightings: tuple[Sighting, ...] = ()
        self._opened: OpenFlight | None = None
        self._column = self.scrolled()
        self.state = label(tr("Click a place on the map."), "dim", wrap=True)
        self.pair = PairView(context.theme.tokens)
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName(tr("Frames of the place"))
        self.list.setHeaderLabels([tr("Frame"), tr("Levelled"), tr("As decoded"), tr("Off centre")])
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            self.list.headerItem().setTextAlignment(column, _RIGHT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setMinimumHeight(220)
        self.list.currentItemChanged.connect(lambda now, before: self._chosen())
        self.list.itemActivated.connect(lambda item, column: self._show_frame())
        self.note = label("", "warn", wrap=True)
        self.show_button = button(tr("Show this frame on the map"))
        self.show_button.clicked.connect(self._show_frame)
        self.back = button(tr("Back to the flight"), "link")
        self.back.clicked.connect(self.flight_wanted)
        left = Qt.AlignmentFlag.AlignLeft
        for part in (self.state, self.pair, self.note, self.list):
            self._column.addWidget(part)
        for one in (self.show_button, self.back):
            self._column.addWidget(one, 0, left)
        self._column.addStretch(1)
        self.leave += [lambda: desk.overlay.mark(None), self._forget]
        self._show_rows()

    def _forget(self) -> None:
        self._asked = None
        self._desk.overlay.cross = None
        self._desk.overlay.update()

    def ask(self, x: float, y: float) -> None:
        """All frames of (x, y) in the flight's system, on a worker."""
        opened = self._desk.opened
        if opened is None:
            return
        asked = self._asked = object()
        self.state.setText(tr("Reading temperatures"))

        def work(progress: Progress) -> tuple[Sighting, ...]:
            return frames_at(opened.flight, opened.folder, x, y)

        def done(found: tuple[Sighting, ...]) -> None:
            if self._asked is asked:
                self._opened, self.sightings = opened, found
                self._show_rows()

        job = Job(tr("All frames of a place"), work)
        self.leave.append(job.done.subscribe(done))
        self._context.jobs.start(job, instead_of="sightings")

    def _show_rows(self) -> None:
        self.list.clear()
        for one in self.sightings:
            item = QTreeWidgetItem(
                [
                    one.file.stem,
                    _celsius(one.celsius),
                    _celsius(one.raw_c),
                    f"{one.off_centre:.0%}",
                ]
            )
            for column in (1, 2, 3):
                item.setTextAlignment(column, _RIGHT)
            moment = one.taken_at.replace("T", " ")
            item.setToolTip(0, f"{one.file.name}\n{moment}\n{one.problem}".strip())
            self.list.addTopLevelItem(item)
        for part in (self.pair, self.list, self.show_button):
            part.setVisible(bool(self.sightings))
        self.note.hide()
        values = [one.celsius for one in self.sightings if one.celsius is not None]
        raw = [one.raw_c for one in self.sightings if one.raw_c is not None]
        if values:
            words = tr("{n} frames: {low:.2f} to {high:.2f} °C, as decoded {a:.2f} to {b:.2f} °C")
            self.state.setText(
                words.format(
                    n=len(self.sightings), low=min(values), high=max(values), a=min(raw), b=max(raw)
                )
            )
            first = self.list.topLevelItem(0)
            assert first is not None
            self.list.setCurrentItem(first)
        elif self._opened is not None:
            self.state.setText(tr("No frame of this flight shows this place."))

    def _frame(self) -> tuple[int, FlightFrame, Sighting] | None:
        row = self.list.indexOfTopLevelItem(self.list.currentItem()) if self.sightings else -1
        if row < 0 or self._opened is None:
            return None
        sighting = self.sightings[row]
        for number, frame in enumerate(self._opened.flight.frames):
            if self._opened.path_of(frame) == sighting.file:
                return number, frame, sighting
        return None

    def _chosen(self) -> None:
        found, opened = self._frame(), self._opened
        if found is None or opened is None:
            return
        number, frame, sighting = found
        self._desk.overlay.mark(number)
        warning = off_nadir_note(sighting.off_nadir)
        self.note.setText(warning)
        self.note.setVisible(bool(warning))
        self.show_button.setEnabled(frame.affine is not None and not self._context.read_only)
        project = self._context.workspace.store.project
        layer = mosaic_layer(project, opened, self._desk.folder)
        style = layer.style if layer is not None else ThermalStyle()
        assert isinstance(style, ThermalStyle)
        celsius = _celsius(sighting.celsius)

        def work(progress: Progress) -> tuple[Half, Half]:
            return _pair(opened, frame, sighting, style, celsius)

        def done(pair: tuple[Half, Half]) -> None:
            now = self._frame()
            if now is not None and now[2] is sighting:
                self.pair.show_pair(pair)

        job = Job(tr("Pictures of {file}").format(file=frame.name), work, quiet=True)
        self.leave.append(job.done.subscribe(done))
        self._context.jobs.start(job, instead_of="sighting pictures")

    def _show_frame(self) -> None:
        found = self._frame()
        if found is not None:
            self.frame_wanted.emit(found[0])


def _pair(
    opened: OpenFlight, frame: FlightFrame, sighting: Sighting, style: ThermalStyle, celsius: str
) -> tuple[Half, Half]:
    """On a worker."""
    if sighting.problem:
        thermal = Half(QImage(), sighting.problem)
    else:
        seen = thermal_view(frame, sighting, style)
        rows, columns = seen.colours.shape[:2]
        at = (seen.at[0] / columns, seen.at[1] / rows)
        thermal = Half(image_of(seen.colours), tr("Thermal · {value}").format(value=celsius), at)
    view = visible_view(opened.flight, frame, sighting)
    if view is None:
        return thermal, Half(QImage(), tr("No visible picture of this shot"))
    if not view.jpeg:
        return thermal, Half(QImage(), view.problem)
    image, place = part_of_jpeg(view.jpeg, view.part), None
    if view.part is not None and view.at is not None:
        place = (view.at[0] / view.part[2], view.at[1] / view.part[3])
    words = tr("Visible · {file}").format(file=sighting.visible.name if sighting.visible else "")
    if image.isNull():
        words = tr("The visible picture is damaged")
    return thermal, Half(image, view.problem or words, place)


def _celsius(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} °C"
