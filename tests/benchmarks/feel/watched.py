"""The window on a project with all the data, played on; one line of JSON for each session."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any

from PySide6.QtCore import QEventLoop, QSettings, Qt, QTimer

from gisapp.app.layer_data import LoadState
from gisapp.app.settings import Settings
from gisapp.io.project_file import ProjectFile
from gisapp.model.edit import LayersEdit
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.ui.map_widget import MapWidget
from gisapp.ui.program import Program
from gisapp.ui.start import application, warm_up
from tests.benchmarks.render import views
from tests.benchmarks.render.our_side import STYLES, _source, load_loops
from tests.ui.gestures import Replay, session

LOOK = 0.25  # seconds between two looks at the memory
REST = 0.7  # seconds without a paint: all is there
PATIENCE = 300.0
SESSIONS = (("survey", 1.0), ("survey", 8.0), ("survey", 64.0))


class Watch:
    """Counts turns of the event loop and paint events while it runs."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.paints: list[float] = []
        self.complete = 0
        self._last = 0.0
        self.private, self._looked = 0.0, 0.0
        self._stolen = (0.0, 0.0)
        self._timer = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        self.gaps, self.paints, self.complete = [], [], 0
        self._last = perf_counter()
        self._stolen = stolen()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        now = perf_counter()
        self.gaps.append((now - self._last) * 1000)
        if now - self._looked > LOOK:
            self.private, self._looked = max(self.private, kept_alone()), now
        self._last = perf_counter()

    def look_at(self, kind: type[MapWidget]) -> None:
        paint = kind.paintEvent

        def timed(screen: MapWidget, event: Any) -> None:
            start = perf_counter()
            paint(screen, event)
            self.paints.append((perf_counter() - start) * 1000)
            self.complete += is_complete(screen)

        kind.paintEvent = timed  # type: ignore[method-assign]

    @property
    def stolen(self) -> float:
        """Per cent of the processors' time since the start that the host of a virtual machine gave
        to others: what is measured meanwhile is not the program's."""
        (taken, whole), (before, begin) = stolen(), self._stolen
        return 100 * (taken - before) / max(whole - begin, 1.0)


def stolen() -> tuple[float, float]:
    """Ticks taken by the host, and all; Linux tells it."""
    if sys.platform != "linux":
        return 0.0, 0.0
    ticks = [
        float(word) for word in Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:]
    ]
    return ticks[7], sum(ticks[:8])


def kept_alone() -> float:
    """MB of memory that this process alone has: without files that lie mapped in memory, which the
    system takes back when it needs room."""
    if sys.platform != "linux":
        return 0.0
    text = Path("/proc/self/status").read_text("utf-8")
    return sum(int(text.split(f"{name}:")[1].split()[0]) for name in ("RssAnon", "RssShmem")) / 1024


def is_complete(screen: MapWidget) -> bool:
    """Whether what was just painted is all there is to see, sharp."""
    return screen.view.complete and screen.view.camera == screen.camera


def main() -> None:
    size, told = sys.argv[1], json.loads(sys.argv[2])
    folder = Path(told["folder"])
    watch = Watch()
    watch.look_at(MapWidget)
    gc.disable()  # as gisapp.main does; it is enabled when the page is there
    app = application()
    warm_up()
    load_loops()
    make_project(folder / "project", told["files"])
    state = QSettings(str(folder / "state.ini"), QSettings.Format.IniFormat)
    program = Program(Settings(language="en"), lambda settings: None, state)
    failed: list[Any] = []
    program.jobs.failed.subscribe(failed.append)
    program.window.resize(*map(int, size.split("x")))
    program.window.show()
    program.open(folder / "project")
    until(lambda: program.session is not None)
    until(lambda: loaded(program) and not program.jobs.unfinished)  # and prepared
    screen = program.window.map_area.map
    for name, zoom in SESSIONS:
        screen.show_extent(Extent(*views.extent(zoom)))
        at_rest(watch)
        replay = Replay(screen, session(name))
        loop = QEventLoop()
        replay.finished.connect(loop.quit)
        watch.start()
        start = perf_counter()
        replay.start()
        loop.exec()
        took = perf_counter() - start
        watch.stop()
        print(json.dumps(figures(watch, f"{name} {zoom:g}x", took)), flush=True)
        at_rest(watch)
    if failed:
        print(f"a job failed: {failed[0].title}: {failed[0].error}", file=sys.stderr)
    program.window.close()
    program.close()
    app.processEvents()
    sys.exit(1 if failed else 0)


def make_project(folder: Path, files: dict[str, str]) -> None:
    names = [name for name in views.TOGETHER if views.LAYERS[name] in files]
    layers = tuple(Layer(n, _source(files[views.LAYERS[n]]), STYLES[n]) for n in names)
    content = (LayersEdit("Layers", (), layers),)
    ProjectFile.create(folder, "Made-up data", views.CRS, content).close()


def loaded(program: Program) -> bool:
    data, session = program._context.layer_data, program.session
    assert data is not None
    assert session is not None
    states = [data.state(layer) for layer in session.store.project.layers]
    return all(state is not LoadState.LOADING for state in states)


def until(done: Callable[[], bool]) -> None:
    loop, give_up = QEventLoop(), monotonic() + PATIENCE
    timer = QTimer(interval=20)
    timer.timeout.connect(lambda: loop.quit() if done() or monotonic() > give_up else None)
    timer.start()
    loop.exec()
    if not done():
        raise TimeoutError("the window waits for something that does not come")


def at_rest(watch: Watch) -> None:
    """Nothing was painted for a while."""
    seen, since = -1, monotonic()

    def still() -> bool:
        nonlocal seen, since
        if len(watch.paints) != seen:
            seen, since = len(watch.paints), monotonic()
        return monotonic() - since > REST

    until(still)


def figures(watch: Watch, name: str, took: float) -> dict[str, Any]:
    gaps, paints = sorted(watch.gaps), sorted(watch.paints)
    text = Path("/proc/self/status").read_text("utf-8") if sys.platform == "linux" else ""
    memory = int(text.split("VmHWM:")[1].split()[0]) / 1024 if text else 0.0
    return {
        "session": name,
        "memory_mb": memory,
        "memory private": (watch.private, "MB"),
        "pause p99": (gaps[int(len(gaps) * 0.99)], "ms"),
        "pause longest": (gaps[-1], "ms"),
        "paint median": (median(paints), "ms"),
        "paint longest": (paints[-1], "ms"),
        "paints": (len(paints) / took, "a second"),
        "stolen by the host": (watch.stolen, "% of time"),
        "complete": (100 * watch.complete / len(paints), "% of paints"),
    }


main()
