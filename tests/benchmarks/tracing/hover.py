"""A pointer over very many rivers, in the real window; and one repair among them.

`python -m tests.benchmarks.tracing.hover COUNT` measures both in this process and prints one JSON
object a line. The rivers are made by chance: places of reaches follow what flows into what. Of
three views: the picture of their reaches, and moves of the pointer onto a reach, from the event in
the window to the highlighted way painted. Wants a display (offscreen is enough).
"""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app import compiled_loops
from gisapp.app.plugins import find_plugins, make_importable
from gisapp.io.plugin_folders import plugin_folders
from gisapp.model.features import Features, Shapes
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.project import Project
from gisapp.render import compiled_reaches
from gisapp.render.camera import Camera
from tests.benchmarks.tracing.alone import memory_mb
from tests.samples import ROOT

CRS = "EPSG:4547"
REACH_M = 900.0
MOVES = 150
VIEWS = {"whole": 1.0, "1/8": 0.125, "1/64": 1 / 64}


def hover_figures(count: int) -> Iterator[dict[str, Any]]:
    """In a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.tracing.hover", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def made_rivers(count: int) -> Any:
    """The network and its lines (three places each) by chance; basins lie side by side."""
    bench = importlib.import_module("tests.benchmarks.tracing")
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    parts = {
        name: importlib.import_module(f"gisapp_plugins.upstream_tracing.{name}")
        for name in ("network", "placing", "rivers", "columns", "at_hand", "renumbering")
    }
    ids, following, length = bench.made_network(count)
    network = parts["network"].build_network(ids, following, length)
    chance = np.random.default_rng(2)
    down, order = network.down, network.order
    roots = down < 0
    turn = chance.uniform(0, 2 * np.pi, int(roots.sum()))
    towards = np.repeat(turn, network.size[roots]) + chance.normal(0, 1.1, count)
    step = REACH_M * np.column_stack([np.cos(towards), np.sin(towards)])
    wide = REACH_M * np.sqrt(count)
    step[roots] += chance.uniform(0, wide, (int(roots.sum()), 2))
    upper = np.column_stack([parts["network"].path_sums(down, step[:, axis]) for axis in (0, 1)])
    lower = np.where(roots[:, None], upper - 10.0, upper[np.maximum(down, 0)])
    middle = (upper + lower) / 2 + chance.normal(0, REACH_M / 8, (count, 2))
    coords = np.empty((count, 3, 2))
    coords[order, 0], coords[order, 1], coords[order, 2] = upper, middle, lower
    shapes = Shapes("line", coords.reshape(-1, 2), 3 * np.arange(count + 1), np.arange(count))
    features = Features(CRS, (), np.broadcast_to(np.array("1", object), count), {}, shapes)
    below = np.where(network.position >= 0, down[network.position], -1)
    into = np.where(below >= 0, order[below], -1)
    lines = parts["placing"].RiverLines(
        shapes.coords, shapes.starts, shapes.owner, False, 1.0, network.length_m, into
    )
    net = parts["rivers"].Rivers(features, parts["columns"].RiverColumns(), network, lines, False)
    return parts, net


def repair_figures(parts: Any, net: Any, count: int) -> Iterator[dict[str, Any]]:
    """One reach of the largest basin is cut off, only what is touched numbered anew."""
    network, module = net.network, parts["renumbering"]
    basins = module.Basins(network, None)
    _ = basins.starts, basins.weight
    largest = int(np.argmax(network.size))
    cut = int(network.order[largest + int(network.size[largest]) // 3])
    times = []
    for _round in range(3):
        start = perf_counter()
        touched = basins.closed([cut])
        rows = basins.reaches(touched)
        local = np.full(count, -1)
        local[rows] = np.arange(len(rows))
        down = net.lines.down[rows].copy()
        down[local[cut]] = -1
        into = np.where(down >= 0, local[down] + 1, 0)
        numbers = np.arange(1, len(rows) + 1)
        part = parts["network"].build_network(numbers, into, network.length_m[rows])
        change = module.Change(basins.starts[touched], rows, part, None, count)
        made = module.renumbered(basins, change, None)
        times.append(perf_counter() - start)
    assert len(made) == count
    start = perf_counter()
    following = np.where(net.lines.down >= 0, net.lines.down + 1, 0)
    following[cut] = 0
    again = parts["network"].build_network(np.arange(1, count + 1), following, network.length_m)
    whole = perf_counter() - start
    same = all(np.array_equal(getattr(made, n), getattr(again, n)) for n in ("order", "size"))
    yield {
        "bench": "tracing", "case": f"repair/one basin of {len(rows)} in {count} reaches",
        "value": _short(1000 * min(times)), "unit": "ms", "peer": "all built again",
        "peer_value": _short(1000 * whole), "ratio": _short(whole / min(times)), "same": same,
    }  # fmt: skip


def main(count: int) -> Iterator[dict[str, Any]]:
    if not compiled_loops.bring_in():
        compiled_reaches.load()
    parts, net = made_rivers(count)
    yield from repair_figures(parts, net, count)
    gc.collect()
    before = memory_mb()
    start = perf_counter()
    hand = parts["at_hand"].RiversAtHand(net, CRS, net.features.shapes)
    _ = hand.smallest_first, hand.drained, hand.flows, hand.shapes.boxes
    cells = importlib.import_module("gisapp.ui.traced_cells")
    lines = cells.LinesAtHand.of(hand.shapes, hand.position_of, hand.smallest_first)
    yield _row(f"hover/rivers at hand ({count} reaches)", perf_counter() - start, "s",
               memory_mb() - before)  # fmt: skip
    yield from _in_the_window(hand, lines, count)


def _in_the_window(hand: Any, lines: Any, count: int) -> Iterator[dict[str, Any]]:
    window_setting = importlib.import_module("tests.ui.window_setting")
    main_window = importlib.import_module("gisapp.ui.main_window")
    application = QApplication.instance() or QApplication([])
    with TemporaryDirectory() as folder, window_setting.window_context(Project("", CRS)) as context:
        context.plugins = find_plugins()
        context.toolbox = context.plugins.toolbox()
        window = main_window.MainWindow(context, window_setting.fresh_state(Path(folder)))
        window.resize(1440, 900)
        window.show()
        QTest.qWaitForWindowExposed(window)
        live = window.commands.tracing_hand.live
        area = window.page.map_area
        area.desk.take("trace")
        live.hand, live._lines = hand, lines
        extent, largest = hand.shapes.extent, int(np.argmax(hand.net.network.size))
        x, y = hand.shapes.coords[3 * int(hand.net.network.order[largest])]
        for title, share in VIEWS.items():
            wide, high = extent.width * share / 2, extent.height * share / 2
            view = Extent(x - wide, y - high, x + wide, y + high) if share < 1 else extent
            yield from _view(application, live, area.map, view, (title, count))
        window.close()
        application.processEvents()


def _view(
    application: Any, live: Any, map_: Any, extent: Extent, named: tuple[str, int]
) -> Iterator[dict[str, Any]]:
    title, count = named
    size = Size(map_.width(), map_.height())
    live.cells = None
    start = perf_counter()
    map_.show_camera(Camera.fit(extent, size, CRS))
    live._look()
    while live.cells is None or live.cells.camera != _wanted(map_):
        application.processEvents()
    yield _row(f"hover/{title}: picture of a new view ({count} reaches)",
               perf_counter() - start, "s", memory_mb("VmHWM"))  # fmt: skip
    chance = np.random.default_rng(4)
    rows, columns = np.nonzero(live.cells.cells >= 0)
    inside = (rows > 90) & (rows < len(live.cells.cells) - 90) & (columns > 90)
    inside &= columns < live.cells.cells.shape[1] - 90
    rows, columns = rows[inside], columns[inside]
    times, own = [], []
    for _move in range(MOVES):
        n = int(chance.integers(len(rows)))
        there = live.cells.camera.to_map(Pixel(int(columns[n]) + 0.5, int(rows[n]) + 0.5))
        on = map_.camera.to_screen(there)
        at = QPoint(int(on.x), int(on.y))
        shown = live._shown
        begin, busy = perf_counter(), process_time()
        QTest.mouseMove(map_, at)
        while live._wanted is not None and live._shown != live._wanted:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        application.processEvents()  # the paint that was asked for
        if live._shown is not None and live._shown != shown:
            times.append(1000 * (perf_counter() - begin))
            own.append(1000 * (process_time() - busy))
    for what, value in (("median", 50), ("95 %", 95), ("longest", 100)):
        yield _row(f"hover/{title}: a move to its way painted, {what} of {len(times)}",
                   float(np.percentile(times, value)), "ms", memory_mb())  # fmt: skip
    yield _row(f"hover/{title}: processor time of a move, 95 %",
               float(np.percentile(own, 95)), "ms", memory_mb())  # fmt: skip


def _wanted(map_: Any) -> Any:
    cells = importlib.import_module("gisapp.ui.traced_cells")
    return cells.drawing_camera(map_.goal)


def _row(case: str, value: float, unit: str, memory: float) -> dict[str, Any]:
    row = {"bench": "tracing", "case": case, "value": _short(value), "unit": unit}
    return {**row, "memory_mb": round(memory, 1)}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


if __name__ == "__main__":
    for figure in main(int(sys.argv[1])):
        print(json.dumps(figure), flush=True)
