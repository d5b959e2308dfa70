"""Drawing at 1920 x 1080: very many points, lines and areas, a raster, and an edit repainted.

The peer is QGIS, if `qgis` can be imported by /usr/bin/python3 (an own process). Rows that need
real data are left out where the folder ../shared is not there.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np

from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.model.edit import change_feature
from gisapp.model.features import FeatureId, Features, Shapes, point_shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle
from gisapp.model.survey import OUTFALL_STYLE, STATES
from gisapp.model.table import FeatureTable
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, paint_picture, warm_up
from gisapp.render.request import RenderRequest
from tests.own import OWN

SIZE = Size(1920, 1080)
CRS = "EPSG:4547"
POINTS = 200_000
VIEWS = {"full": 1.0, "w8": 8.0, "w64": 64.0}
FILE = Source("made-up", "")
PEER = Path(__file__).with_name("qgis_peer.py")
ICELAND = "data/rivers/iceland/iceland_streams_0p25km2.parquet"
EXTENT = Extent(450_000, 2_500_000, 550_000, 2_600_000)

Columns = Mapping[str, Any]


def run(points: int = POINTS, rounds: int = 9) -> Iterator[dict[str, Any]]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication([])
    start = perf_counter()
    warm_up()
    yield _figure("warm_up/qt", (perf_counter() - start) * 1000)
    start = perf_counter()
    compiled.load()
    yield _figure("warm_up/compiled", (perf_counter() - start) * 1000)
    scenes = {
        "points": (_points(points), PointStyle(size=6), _extent(points)),
        "points/states": (_points(points), OUTFALL_STYLE, _extent(points)),
        "areas": (_areas(20_000), AreaStyle(), EXTENT),
    }
    if (iceland := _iceland()) is not None:
        scenes["iceland"] = (iceland, LineStyle(width=1.2), _lines_extent(iceland))
        style = LineStyle(width=3, width_by="upland_skm")
        scenes["iceland/widths"] = (iceland, style, _lines_extent(iceland))
    peer = _peer(scenes)
    for name, (data, style, extent) in scenes.items():
        for view, zoom in VIEWS.items():
            took = _drawn(data, style, extent, zoom, rounds)
            yield _figure(f"{name}/{view}", took, peer.get(f"{name}/{view}"))
    yield _figure("raster/full", _raster(rounds))
    yield from _edits(points, rounds)
    del app


def _drawn(data: Any, style: Any, extent: Extent, zoom: float, rounds: int) -> float:
    camera = Camera.fit(extent, SIZE, data.crs if hasattr(data, "crs") else CRS)
    camera = camera.zoomed(zoom, Pixel(SIZE.width * 0.45, SIZE.height * 0.5))
    layer = Layer("Layer", FILE, style)
    request = RenderRequest(camera, (layer,), {layer.id: data}, OWN.painters())
    return _median(lambda: paint_picture(request, Silent()), rounds)


def _raster(rounds: int) -> float:
    """Colours for values that are there; reading them is another matter."""
    values = np.random.default_rng(0).normal(17, 5, (SIZE.height, SIZE.width)).astype(np.float32)

    class Known:
        unit, crs, extent, is_picture = "°C", CRS, EXTENT, False

        def values(self, *_: Any) -> Any:
            return values

        def value_at(self, *_: Any) -> None:
            return None

    return _drawn(Known(), ThermalStyle(), EXTENT, 1.0, rounds)


def _edits(count: int, rounds: int) -> Iterator[dict[str, Any]]:
    """From the gesture to the new picture, among all points in view; nothing is written."""
    made = _points(count)
    fields = (Field("code_local"), Field("state"), Field("kind"))
    table = FeatureTable.from_arrays(
        "outfalls", CRS, fields, made.ids, made.columns, made.shapes.coords
    )
    layer = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE)
    store = Store(Project("", CRS, (layer,), MappingProxyType({"outfalls": table})))
    jobs = JobRunner(lambda action: action(), threads=1)
    camera = Camera.fit(_extent(count), SIZE, CRS)
    view = MapView(store, jobs, OWN.painters(), lambda layer: None, QtPress(), camera)
    from threading import Event

    ready = Event()
    view.picture_ready.subscribe(lambda _: ready.set())

    def wait(action: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            ready.clear()
            action()
            ready.wait(20)

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
        from gisapp.model.edit import LayersEdit

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


def _figure(case: str, value: float, peer: float | None = None) -> dict[str, Any]:
    figure: dict[str, Any] = {
        "bench": "render",
        "case": case,
        "value": round(value, 2),
        "unit": "ms",
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if peer:
        figure |= {"peer": "qgis", "peer_value": round(peer, 1), "ratio": round(peer / value, 1)}
    return figure


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


def _areas(count: int) -> Features:
    rng = np.random.default_rng(4)
    turn = np.linspace(0, 2 * np.pi, 41)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    size = rng.random((count, 1, 1)) * 700 + 50
    middle = rng.random((count, 1, 2)) * 100_000 + (450_000, 2_500_000)
    coords = (ring * size + middle).reshape(-1, 2)
    shapes = Shapes("area", coords, np.arange(count + 1) * 41, np.arange(count))
    ids = np.array([str(n) for n in range(count)], object)
    return Features(CRS, (), ids, {}, shapes)


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


def _lines_extent(data: Features) -> Extent:
    extent = data.shapes.extent
    assert extent is not None
    return extent


def _peer(scenes: Mapping[str, Any]) -> dict[str, float]:
    """What QGIS takes for the same views; nothing where it is not installed."""
    python = "/usr/bin/python3"
    found = subprocess.run(
        [python, "-c", "import qgis.core"], check=False, capture_output=True
    ).returncode
    if found:
        return {}
    import geopandas
    import shapely

    with tempfile.TemporaryDirectory() as folder:
        asked = []
        for name, (data, style, extent) in scenes.items():
            if "/" in name:
                continue
            shapes = data.shapes
            if shapes.kind == "point":
                geometry = shapely.points(shapes.coords)
            else:
                lines = shapely.linestrings(
                    shapes.coords, indices=np.repeat(shapes.owner, np.diff(shapes.starts))
                )
                geometry = shapely.polygons(lines) if shapes.kind == "area" else lines
            file = Path(folder) / f"{name}.fgb"
            geopandas.GeoDataFrame(geometry=geometry, crs=data.crs).to_file(file)
            width = getattr(style, "width", 0)
            asked.append([name, str(file), [*extent], width])
        done = subprocess.run(
            [python, str(PEER), json.dumps({"views": VIEWS, "size": [*SIZE], "layers": asked})],
            check=True,
            capture_output=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
    return {name: float(took) for name, took in json.loads(done.stdout.splitlines()[-1]).items()}
