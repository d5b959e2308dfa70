"""Our side of the comparison: files, readers, store of layers, map view and two workers.

The same orders as qgis_peer.py. There is no window; the picture is finished when all of the view
is laid on one sheet of its size, as the widget would show it. The sheet is the same each time, as
a window keeps the memory that it is shown from.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter, process_time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import tests.benchmarks.render.quick_start  # noqa: F401  (before all others)

# isort: split
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from gisapp.app.compiled_loops import bring_in, compile_here
from gisapp.app.jobs import Job, JobRunner
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.app.map_view import MapView
from gisapp.app.plugins import find_plugins
from gisapp.app.store import Store
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.project import Project
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    PictureStyle,
    PointStyle,
    Style,
    ThermalStyle,
)
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.ui.map_picture import ViewPicture
from tests.benchmarks.render import views

gc.freeze()  # as the program does when its modules are there
gc.enable()
THREADS = 2
PATIENCE = 600.0  # seconds
GROUND = 0xFFFFFFFF  # white


def load_loops() -> None:
    """What the window brings in soon after its start."""
    if not bring_in():
        compile_here()


class OurSide:
    def __init__(self) -> None:
        self.app = QGuiApplication.instance() or QGuiApplication([])
        warm_up()
        if not os.environ.get("GISAPP_PLAIN"):
            load_loops()
        self.posts: SimpleQueue[Any] = SimpleQueue()
        self.jobs = JobRunner(self.posts.put, threads=THREADS, drawing=THREADS)
        self.plugins = find_plugins([])
        self.failed: list[Job[Any]] = []
        self.jobs.failed.subscribe(self.failed.append)
        self.image = QImage(views.WIDTH, views.HEIGHT, QImage.Format.Format_RGB32)

    def open(self, layers: list[tuple[str, str]], stops: Any, folder: str) -> dict[str, Any]:
        """Ready when all data is there; `folder` is where the store of layers may keep things."""
        listed = tuple(Layer(name, _source(path), STYLES[name]) for name, path in layers)
        project = Project("Made-up data", views.CRS, listed)
        self.data = LayerData(self.jobs, Path(folder), self.plugins.readers(), views.CRS)
        store = Store(project)
        start = perf_counter()
        self.data.data_of(project)
        self.until(lambda: all(self.data.state(x) is not LoadState.LOADING for x in listed))
        self.until(lambda: not any(e.job or e.preparing for e in self.data._entries.values()))
        for layer in listed:
            if error := self.data.error(layer):
                raise error
        self.store = store
        return {"ms": (perf_counter() - start) * 1000}

    def draw(self, extent: list[float], job: str = "") -> dict[str, Any]:
        """From nothing but the data, until all of it lies on one picture."""
        camera = _camera(tuple(extent))
        ready = []
        for layer in self.store.project.layers:
            latest = getattr(self.data.get(layer), "_latest", None)
            if latest is not None:
                latest.clear()
        view = MapView(
            self.store,
            self.jobs,
            self.plugins.painters(),
            self.data.get,
            QtPress(),
            camera,
            ground=GROUND,
        )
        picture = ViewPicture(view)
        picture.background = QColor(GROUND)  # as the widget has it
        self.until(lambda: not self.jobs.drawing._running)  # of the picture before
        view.picture_ready.subscribe(ready.append)
        start, used = perf_counter(), process_time()
        view.refresh()
        self.until(lambda: bool(ready))
        painter = QPainter(self.image)
        picture.paint(painter, camera)
        painter.end()
        took, used = perf_counter() - start, process_time() - used
        picture.close()
        view.close()
        return {"ms": took * 1000, "cpu": used * 1000}

    def save(self, file: str) -> dict[str, Any]:
        assert self.image.save(file)
        return {}

    def memory(self) -> dict[str, Any]:
        text = Path("/proc/self/status").read_text("utf-8")
        words = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if "kB" in line}
        return {"mb": int(words["VmHWM"]) // 1024, "own_mb": int(words["RssAnon"]) // 1024}

    def until(self, done: Any) -> None:
        """Do what the workers deliver, as a window's loop would."""
        give_up = monotonic() + PATIENCE
        while not done():
            if self.failed:
                raise self.failed[0].error or RuntimeError(self.failed[0].title)
            try:
                self.posts.get(timeout=0.2)()
            except Empty:
                if monotonic() > give_up:
                    raise TimeoutError("no picture came") from None


def _camera(extent: tuple[float, ...]) -> Camera:
    left, bottom, right, top = extent
    middle = Point((left + right) / 2, (bottom + top) / 2)
    size = Size(views.WIDTH, views.HEIGHT)
    return Camera(middle, (top - bottom) / views.HEIGHT, size, views.CRS)


def _source(path: str) -> Source:
    formats = {".fgb": "flatgeobuf", ".tif": "geotiff", ".mbtiles": "mbtiles"}
    return Source(formats[Path(path).suffix], path)


def _categories(colours: tuple[str, ...]) -> tuple[Category, ...]:
    return tuple(Category(str(n), str(n), str(n), color) for n, color in enumerate(colours))


STYLES: dict[str, Style] = {
    "points": PointStyle(
        size=views.POINT_SIZE, by="kind", categories=_categories(views.POINT_COLOURS)
    ),
    "lines": LineStyle(views.LINE_COLOUR, views.LINE_WIDTH),
    "widths": LineStyle(views.LINE_COLOUR, views.WIDE, "strahler"),
    "areas": AreaStyle(
        views.AREA_COLOURS[0],
        views.AREA_OUTLINE,
        1.0,
        by="kind",
        categories=_categories(views.AREA_COLOURS),
    ),
    "thermal": ThermalStyle(views.RAMP, views.LOW, views.HIGH),
    "picture": PictureStyle(),
    "tiles": PictureStyle(),
}


def main() -> None:
    side = OurSide()
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(side, order.pop("do"))(**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    side.jobs.close()


if __name__ == "__main__":
    main()
