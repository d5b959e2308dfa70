"""The line below the panels: where the pointer is, the scale, the system, work, what is saved."""

from __future__ import annotations

from time import monotonic
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QSizePolicy, QWidget

from gisapp.app.jobs import Job, JobState
from gisapp.app.store import Change
from gisapp.model.coordinates import Notation, format_place, parse_place
from gisapp.model.crs import title as crs_title
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.card import button, icon_button, label, restyle
from gisapp.ui.context import Pointed, WindowContext

FORMS: tuple[Notation, ...] = ("dms", "decimal", "metres")
TIME_LEFT_AFTER = 5.0  # seconds: earlier guesses are wrong


class PlaceEdit(QLineEdit):
    """Shown only while somebody types; `left` when the focus goes or Esc is pressed."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class StatusBar(QWidget):
    went_to = Signal(object)  # Point in the map's system
    scale_wanted = Signal(float)
    crs_wanted = Signal()
    form_changed = Signal(str)
    jobs_wanted = Signal()

    def __init__(
        self, context: WindowContext, form: Notation, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._form: Notation = form
        self._place: Point | None = None
        self._inside = False  # whether the pointer is on the map
        self._camera: Camera | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(4)

        self.place = button("", "status", tr("Coordinates"))
        self.place.clicked.connect(self.next_form)
        self.edit = PlaceEdit()
        self.edit.setProperty("kind", "status")
        self.edit.setAccessibleName(tr("Go to coordinates"))
        self.edit.setPlaceholderText(tr("Go to: paste or type coordinates"))
        self.edit.setMinimumWidth(240)
        self.edit.returnPressed.connect(self._go)
        self.edit.left.connect(self._leave_edit)
        self.edit.hide()
        self.go_button = icon_button("pencil", tr("Go to coordinates"), context.theme.tokens)
        self.go_button.setFixedSize(22, 22)
        self.go_button.clicked.connect(self.type_place)
        self.scale = QLineEdit()
        self.scale.setProperty("kind", "status")
        self.scale.setAccessibleName(tr("Scale"))
        self.scale.setToolTip(tr("Scale: type 1:5000 or 5000"))
        self.scale.setFixedWidth(96)
        self.scale.returnPressed.connect(self._scale_typed)
        self.crs = button("", "status", tr("Coordinate reference system"))
        self.crs.setToolTip(tr("Choose the coordinate reference system of the map"))
        self.crs.clicked.connect(self.crs_wanted)
        self.value = label("", "dim")
        self.job = JobLine(context)
        self.light = label("", "light")
        self.light.setFixedSize(8, 8)
        self.saved = label("", "ok")
        for part in (self.place, self.edit, self.go_button, self.scale, self.crs, self.value):
            row.addWidget(part)
        self.place.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        row.addStretch(1)
        row.addWidget(self.job)
        row.addStretch(1)
        row.addWidget(self.light)
        row.addSpacing(2)
        row.addWidget(self.saved)

        store = context.workspace.store
        self._leave = [
            context.pointed.subscribe(self._pointed),
            store.changed.subscribe(self._committed),
            store.refused.subscribe(lambda error: self.show_saved()),
        ]
        self._saved_at = ""
        self.show_crs()
        self.show_saved()
        self._show_place()

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()
        self.job.close_subscriptions()

    # ---- where

    def next_form(self) -> None:
        """Degrees with minutes and seconds, decimal degrees, metres of the zone, and again."""
        self._form = FORMS[(FORMS.index(self._form) + 1) % len(FORMS)]
        self.form_changed.emit(self._form)
        self._show_place()

    def type_place(self) -> None:
        self.edit.setText("" if self._place is None else self.place.text())
        self.place.hide()
        self.go_button.hide()
        self.edit.show()
        self.edit.selectAll()
        self.edit.setFocus()

    def _pointed(self, pointed: Pointed | None) -> None:
        self._inside = pointed is not None
        if pointed is None:
            self.value.setText("")
            self._place = self._camera.center if self._camera else None
        else:
            self._place = pointed.place
            if pointed.value is not None:
                here, unit = tr("{value} {unit} here"), pointed.unit
                if pointed.accuracy is not None:
                    unit += f" ± {pointed.accuracy:.2g}"
                self.value.setText(here.format(value=f"{pointed.value:.1f}", unit=unit))
                said = tr("Decoder: {name}").format(name=pointed.decoder)
                self.value.setToolTip(said if pointed.decoder else "")
        self._show_place()

    def show_camera(self, camera: Camera) -> None:
        self._camera = camera
        if not (self.scale.hasFocus() and self.scale.isModified()):
            self.scale.setText(f"1:{_rounded(camera.scale):,}")
        if not self._inside:  # without a pointer, the middle of the map
            self._place = camera.center
            self._show_place()

    def _show_place(self) -> None:
        if self._place is None:
            self.place.setText("–")
            return
        crs = self._context.workspace.store.project.crs
        self.place.setText(format_place(self._place, crs, self._form))
        self.place.setToolTip(
            tr("{form}. Click for the next form.").format(form=form_title(self._form))
        )
        # the words keep their place while the pointer moves
        self.place.setMinimumWidth(max(self.place.minimumWidth(), self.place.sizeHint().width()))

    def _go(self) -> None:
        crs = self._context.workspace.store.project.crs
        try:
            place = parse_place(self.edit.text(), crs)
        except ParameterError as error:
            restyle(self.edit, "state", "wrong")
            self.edit.setToolTip(f"{error.message}\n{error.hint}")
            return
        self._leave_edit()
        self.went_to.emit(place)

    def _leave_edit(self) -> None:
        restyle(self.edit, "state", "")
        self.edit.clearFocus()  # else the scale would get it
        self.edit.hide()
        self.place.show()
        self.go_button.show()

    def _scale_typed(self) -> None:
        text = self.scale.text().replace(",", "").replace(" ", "").replace("：", ":")
        number = text.partition(":")[2] if ":" in text else text
        try:
            scale = float(number)
        except ValueError:
            scale = 0.0
        if 1 <= scale <= 1e9:
            restyle(self.scale, "state", "")
            self.scale.clearFocus()
            self.scale_wanted.emit(scale)
        else:
            restyle(self.scale, "state", "wrong")

    def show_crs(self) -> None:
        crs = self._context.workspace.store.project.crs
        self.crs.setText(crs_title(crs))

    # ---- saved

    def _committed(self, change: Change) -> None:
        self._saved_at = change.committed.at
        if change.before.crs != change.after.crs:
            self.show_crs()
            self._place = None
        self.show_saved()

    def show_saved(self) -> None:
        store = self._context.workspace.store
        if store.read_only:
            kind, text = "warn", tr("read-only")
        elif store.unwritten:
            kind, text = "dim", tr("writing…")
        elif self._saved_at:
            kind, text = "ok", tr("every edit saved · {time}").format(time=self._saved_at[11:19])
        else:
            kind, text = "ok", tr("every edit saved")
        restyle(self.saved, "kind", kind)
        restyle(self.light, "state", kind)
        self.saved.setText(text)


class JobLine(QWidget):
    """The work under way: how far, how long still, and how to stop it."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._jobs: list[Job[Any]] = []
        self.words = QLabel()
        self.words.setProperty("kind", "dim")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName(tr("Progress"))
        self.stop = icon_button("close", tr("Cancel"), context.theme.tokens)
        self.stop.setFixedSize(22, 22)
        self.stop.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.words, self.bar, self.stop):
            row.addWidget(part)
        self._later = QTimer(self, singleShot=True, interval=200)  # short work is not announced
        self._later.timeout.connect(self.show_jobs)
        self._leave = [context.jobs.started.subscribe(self.watch)]
        self.hide()

    def close_subscriptions(self) -> None:
        self._later.stop()
        for leave in self._leave:
            leave()

    def watch(self, job: Job[Any]) -> None:
        if job.quiet:
            return
        self._jobs.append(job)
        self._leave.append(job.changed.subscribe(self._changed))
        self._later.start()

    def cancel(self) -> None:
        if self._jobs:
            self._jobs[0].cancel()
            self.words.setText(tr("{job}: stopping").format(job=self._jobs[0].title))

    def _changed(self, job: Job[Any]) -> None:
        if job.state not in (JobState.WAITING, JobState.RUNNING):
            self._jobs = [one for one in self._jobs if one is not job]
        if not self._later.isActive():
            self.show_jobs()

    def show_jobs(self) -> None:
        self.setVisible(bool(self._jobs))
        if not self._jobs:
            return
        job = self._jobs[0]
        text = job_text(job.title, job.fraction, monotonic() - job.started_at)
        if len(self._jobs) > 1:
            text += " · " + tr("{n} more").format(n=len(self._jobs) - 1)
        self.words.setText(text)
        self.words.setToolTip(job.message)
        self.bar.setUpdatesEnabled(False)  # it would paint all that waits to be painted, at once
        self.bar.setValue(round(job.fraction * 1000))
        self.bar.setUpdatesEnabled(True)


def form_title(form: Notation) -> str:
    return {
        "dms": tr("Degrees, minutes, seconds"),
        "decimal": tr("Decimal degrees, longitude and latitude"),
        "metres": tr("Metres, east and north"),
    }[form]


def job_text(title: str, fraction: float, elapsed: float) -> str:
    """`Normalising flight 3: 62 %, 40 s left`; the time only once a guess means something."""
    if fraction <= 0:
        return title
    if elapsed < TIME_LEFT_AFTER or fraction >= 1:
        return tr("{job}: {percent} %").format(job=title, percent=round(fraction * 100))
    left = elapsed * (1 - fraction) / fraction
    time = (
        tr("{n} s").format(n=max(1, round(left)))
        if left < 90
        else tr("{n} min").format(n=round(left / 60))
    )
    return tr("{job}: {percent} %, {time} left").format(
        job=title, percent=round(fraction * 100), time=time
    )


def _rounded(scale: float) -> int:
    """Three figures are enough for a scale."""
    if scale < 1000:
        return round(scale)
    step = int(10 ** (len(str(int(scale))) - 3))
    return round(scale / step) * step
