"""From a gesture to the new picture: an edit and a restyled layer, all points in view.

Lines of a real river network too, where the folder ../shared is there.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np

from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.model.edit import LayersEdit, change_feature
from gisapp.model.features import FeatureId, Features, Shapes, point_shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import LineStyle
from gisapp.model.survey import OUTFALL_STYLE, STATES
from gisapp.model.table import FeatureTable
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, paint_picture, warm_up
from gisapp.render.request import RenderRequest
from tests.benchmarks.render.comparison import figure
from tests.benchmarks.render.views import VIEWS
from tests.own import OWN

SIZE = Size(1920, 1080)
CRS = "EPSG:4547"
POINTS = 200_000
FILE = Source("made-up", "")
ICELAND = "data/rivers/iceland/iceland_streams_0p25km2.parquet"

Columns = Mapping[str, Any]


def run(points: int = POINTS, rounds: int = 9) -> Iterator[dict[str, Any]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication([])
    start = perf_counter()
    warm_up()
    yield _figure("warm up/qt", (perf_counter() - start) * 1000)
    start = perf_counter()
    compiled.load()
    yield _figure("warm up/compiled", (perf_counter() - start) * 1000)
    if (iceland := _iceland()) is not None:
        extent = iceland.shapes.extent
        assert extent is not None
        styles = {"": LineStyle(width=1.2), " widths": LineStyle(width=3, width_by="upland_skm")}
        for name, style in styles.items():
            for view, zoom in VIEWS.items():
                took = _drawn(iceland, style, extent, zoom, rounds)
                yield _figure(f"iceland{name}/{view}", took)
    yield from _edits(points, rounds)
    del app


def _figure(case: str, value: float) -> dict[str, Any]:
    return figure(case, value, None, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def _drawn(data: Any, style: Any, extent: Extent, zoom: float, rounds: int) -> float:
    camera = Camera.fit(extent, SIZE, data.crs if hasattr(data, "crs") else CRS)
    camera = camera.zoomed(zoom, Pixel(SIZE.width * 0.45, SIZE.height * 0.5))
    layer = Layer("Layer", FILE, style)
    request = RenderRequest(camera, (layer,), {layer.id: data}, OWN.painters())
    return _median(lambda: paint_picture(request, Silent()), rounds)


def _edits(count: int, rounds: int) -> Iterator[dict[str, Any]]:
    """From the gesture to the new picture, among all points in view; nothing is written."""
    made = _points(count)
    fields = (Field("code_local"), Field("state"), Field("kind"))
    table = FeatureTable.from_arrays(
        "outfalls", CRS, fields, made.ids, made.columns, made.shapes.coords
    )
    layer = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE)
    store = Store(Project("", CRS, (layer,), MappingProxyType({"outfalls": table})))
    posts: SimpleQueue[Callable[[], None]] = SimpleQueue()
    jobs = JobRunner(posts.put)
    camera = Camera.fit(_extent(count), SIZE, CRS)
    view = MapView(store, jobs, OWN.painters(), lambda layer: None, QtPress(), camera)
    ready: list[object] = []
    view.picture_ready.subscribe(ready.append)

    def wait(action: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            ready.clear()
            action()
            while not ready:
                posts.get(timeout=20)()

        return act

    wait(view.refresh)()
    states = iter(list(STATES) * rounds)

    def change() -> None:
        now = store.project.tables["outfalls"]
        fid = FeatureId(str(now.ids[count // 2]))
        store.apply(change_feature("State", now, fid, {"state": next(states).value}))

    change_once = wait(change)
    change_once()  # the first one makes the index of the table
    yield _figure("edit/repaint", _median(change_once, rounds))

    def restyle() -> None:
        before = store.project.layers
        style = replace(OUTFALL_STYLE, size=6 + restyle_count.pop())
        store.apply(LayersEdit("Style", before, (replace(before[0], style=style),)))

    restyle_count = [n * 0.1 for n in range(rounds + 3)]
    yield _figure("style/repaint", _median(wait(restyle), rounds))
    view.close()
    jobs.close()


def _median(action: Callable[[], Any], rounds: int) -> float:
    """Milliseconds, without the first time."""
    action()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        action()
        times.append((perf_counter() - start) * 1000)
    return median(times)


def _points(count: int) -> Features:
    rng = np.random.default_rng(3)
    xy = rng.random((count, 2)) * (100_000, 56_000) + (450_000, 2_500_000)
    states = np.array([category.value for category in STATES], object)
    columns: Columns = {
        "code_local": np.array([f"W-{n}" for n in range(count)], object),
        "state": states[rng.integers(0, len(states), count)],
        "kind": np.array(["suspected", "outfall"], object)[rng.integers(0, 2, count)],
    }
    ids = np.array([f"id{n}" for n in range(count)], object)
    return Features(CRS, tuple(map(Field, columns)), ids, columns, point_shapes(xy))


def _extent(count: int) -> Extent:
    return Extent(450_000, 2_500_000, 550_000, 2_556_000)


def _iceland() -> Features | None:
    import geopandas
    import shapely

    path = Path(__file__).parents[4] / "shared" / ICELAND
    if not path.exists():
        return None
    frame = geopandas.read_parquet(path).to_crs("EPSG:3057")
    _, coords, offsets = shapely.to_ragged_array(frame.geometry.values)
    shapes = Shapes("line", coords[:, :2].copy(), offsets[0], np.arange(len(frame)))
    ids = np.array([str(n) for n in range(len(frame))], object)
    columns: Columns = {"upland_skm": frame["upland_skm"].to_numpy(np.float64)}
    return Features("EPSG:3057", (Field("upland_skm", "real"),), ids, columns, shapes)
