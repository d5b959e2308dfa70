"""The map laid together by the graphics card, where there is a real one: wished for, never needed.

What is painted is the same: squares from the workers, and what lies over them. A driver is asked in
a process of its own first, and what it answered counts from the next start, because a window that
is on the screen would flicker. When a picture fails, is wrong or is slower than without, the map
goes on without the card, and that driver is not tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from statistics import median
from time import perf_counter
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSettings, Qt, QTimer, qVersion
from PySide6.QtGui import QGuiApplication, QHideEvent, QImage, QPainter, QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget

from gisapp import __version__
from gisapp.app.jobs import Job, JobRunner
from gisapp.io.gpu_probing import probe_gpu
from gisapp.model.text import tr
from gisapp.ui.map_screen import MapScreen

Wish = Literal["auto", "off", "on"]

# Drawing in software that speaks OpenGL: slower than our own.
SOFTWARE = (
    "llvmpipe",
    "softpipe",
    "swrast",
    "lavapipe",
    "swiftshader",
    "software",
    "gdi generic",
    "basic render",
    "svga3d",
)
SCREENS = ("xcb", "wayland", "windows", "cocoa")  # platforms of Qt that have a screen
ASK_AFTER = 8000  # ms after the project is there
GL_RENDERER = 0x1F01
WATCHED = 30  # first pictures that are timed to their end
SLOWER, SLACK = 1.5, 2.0  # times, and ms, that the card may take more
STRONG, SHARE = 48, 0.01  # of 255; part of the pixels that may differ so much


def is_real(renderer: str) -> bool:
    """Whether the name is one of a graphics card."""
    name = renderer.lower()
    return bool(name) and not any(word in name for word in SOFTWARE)


class GpuMemory:
    """What is known of the drivers of this machine, kept over starts."""

    def __init__(self, state: QSettings) -> None:
        self._state = state
        if left := self._text("gpu/trying"):  # the program ended while it drew
            self.refuse(left)
            self.trying("")

    @property
    def driver(self) -> str | None:
        """What the last probe found; empty: nothing that draws. None: not asked yet."""
        if self._text("gpu/asked") != f"{__version__} {qVersion()}":
            return None
        return self._text("gpu/driver")

    @driver.setter
    def driver(self, name: str) -> None:
        self._state.setValue("gpu/driver", name)
        self._state.setValue("gpu/asked", f"{__version__} {qVersion()}")

    def refuse(self, driver: str) -> None:
        self._state.setValue(_key(driver), "refused")

    def refuses(self, driver: str) -> bool:
        return self._text(_key(driver)) == "refused"

    def trying(self, driver: str) -> None:
        """On the disk before anything is drawn."""
        self._state.setValue("gpu/trying", driver)
        self._state.sync()

    def _text(self, key: str) -> str:
        return str(self._state.value(key, "") or "")


def _key(driver: str) -> str:
    return "gpu/drivers/" + sha256(driver.encode()).hexdigest()[:16]


def compose_with_gpu(
    screen: MapScreen,
    wish: Wish,
    state: QSettings,
    jobs: JobRunner,
    given_up: Callable[[str], None] = lambda reason: None,
) -> GpuSheet | None:
    """Let the card paint the screen if it is wished for and known to be good; call it before the
    window is shown. `given_up` is told, once, why the map goes on without it."""
    if wish == "off":
        return None
    memory = GpuMemory(state)
    driver = memory.driver
    if driver is None:
        if QGuiApplication.platformName() in SCREENS:
            QTimer.singleShot(ASK_AFTER, screen, lambda: _ask(memory, jobs))
        return None
    if not driver or memory.refuses(driver) or (wish == "auto" and not is_real(driver)):
        return None
    return GpuSheet(screen, driver, memory, given_up, insist=wish == "on")


def _ask(memory: GpuMemory, jobs: JobRunner) -> None:
    def done(driver: str) -> None:
        memory.driver = driver

    job = Job(tr("Looking for a graphics card"), probe_gpu, quiet=True)
    job.done.subscribe(done)
    jobs.start(job, instead_of="gpu")


class GpuSheet(QOpenGLWidget):
    """Lies on a map screen, below its cards, and paints all that the screen would paint."""

    def __init__(
        self,
        screen: MapScreen,
        driver: str,
        memory: GpuMemory,
        given_up: Callable[[str], None],
        *,
        insist: bool,
    ) -> None:
        """With `insist` it may be slow."""
        super().__init__(screen)
        self._screen, self._driver, self._memory = screen, driver, memory
        self._given_up, self._insist = given_up, insist
        self._times: list[float] = []
        self._ended = False
        wanted = QSurfaceFormat.defaultFormat()
        wanted.setDepthBufferSize(24)
        wanted.setStencilBufferSize(8)
        wanted.setSamples(4)
        self.setFormat(wanted)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        memory.trying(driver)
        screen.painted_by = self
        self.resize(screen.size())
        self.lower()
        self.show()
        QTimer.singleShot(5000, self, self._has_come)

    def give_up(self, reason: str) -> None:
        """The screen paints itself again, at once; this driver is not tried any more."""
        if self._ended:
            return
        self._ended = True
        self._screen.painted_by = None
        self._memory.refuse(self._driver)
        self._memory.trying("")
        self.hide()
        self.deleteLater()
        self._screen.update()
        self._given_up(reason)

    def _has_come(self) -> None:
        if not self._ended and self.isVisible() and not self.isValid():
            self.give_up("no context")

    def hideEvent(self, event: QHideEvent) -> None:
        """The window goes, and nothing went wrong so far."""
        self._memory.trying("")
        super().hideEvent(event)

    def initializeGL(self) -> None:
        name = str(self.context().functions().glGetString(GL_RENDERER))
        if name != self._driver:
            self._later(f"another driver: {name}")

    def paintGL(self) -> None:
        if self._ended:
            return
        start = perf_counter()
        painter = QPainter()
        try:
            if not painter.begin(self):
                raise RuntimeError("nothing to paint on")
            self._screen.paint_on(painter, self.rect())
        except Exception as error:  # noqa: BLE001  (whatever it is, the map goes on without)
            self._later(str(error))
            return
        finally:
            painter.end()
        gl = self.context().functions()
        if (error_code := gl.glGetError()) != 0:
            self._later(f"OpenGL error {error_code:#x}")
            return
        if len(self._times) < WATCHED:
            gl.glFinish()
            self._times.append((perf_counter() - start) * 1000)
            if len(self._times) == WATCHED:
                self._memory.trying("")  # it has proved itself
                QTimer.singleShot(0, self, self._check)

    def _later(self, reason: str) -> None:
        """Not while it is being painted."""
        QTimer.singleShot(0, self, lambda: self.give_up(reason))

    def _check(self) -> None:
        """Once: the same picture without the card, and what it takes."""
        if self._ended:
            return
        mine = self.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB32)
        plain = QImage(mine.size(), QImage.Format.Format_RGB32)
        plain.setDevicePixelRatio(self.devicePixelRatioF())
        start = perf_counter()
        painter = QPainter(plain)
        self._screen.paint_on(painter, self.rect())
        painter.end()
        without = (perf_counter() - start) * 1000
        if _differ(mine, plain) > SHARE:
            self.give_up("wrong picture")
        elif not self._insist and median(self._times) > max(without * SLOWER, without + SLACK):
            self.give_up("slower than without")


def _differ(one: QImage, other: QImage) -> float:
    """Part of the pixels that differ strongly."""
    first, second = _pixels(one), _pixels(other)
    return float((np.abs(first - second).max(axis=2) > STRONG).mean())


def _pixels(image: QImage) -> npt.NDArray[np.int16]:
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return flat[:, : image.width(), :3].astype(np.int16)
