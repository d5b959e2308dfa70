"""From a changed style to the finished picture, through the store, the squares and the painter."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine

from gisapp.app.colour_scales import scale_edit, share_all_edit
from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.app.thermal_measures import correct_edit
from gisapp.io.raster import open_raster
from gisapp.model.edit import Edit
from gisapp.model.geometry import Extent, Size
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import Correction, Isotherm, ThermalStyle
from gisapp.render import compiled
from gisapp.render.camera import Camera
from tests.own import OWN

UTM = "EPSG:32649"
CELL, BLOCK = 0.15, 512
VIEW = Size(1440, 900)
LAYER, OTHER = LayerId("mosaic"), LayerId("other")


def figures(folder: Path, side: int, rounds: int) -> Iterable[dict[str, Any]]:
    """One figure for each change and view: the middle one of all rounds, in ms."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from gisapp.render.qt_canvas import QtPress, warm_up

    application = QGuiApplication.instance() or QGuiApplication([])
    warm_up()
    compiled.load()
    path = _mosaic(folder, side)
    raster = open_raster(path)
    extent = raster.extent
    near = Extent(*extent.center, *extent.center).grown(CELL * VIEW.width / 2)
    for words, seen in (("all of it", extent), ("cell by cell", near)):
        desk = _Desk(raster, Camera.fit(seen, VIEW, UTM, 1.0), QtPress())
        first = desk.until_complete()
        for case, change in _changes().items():
            took = [desk.timed(change(desk, number)) for number in range(rounds)]
            middle = statistics.median(took)
            yield {
                "bench": "thermal",
                "case": f"{case}, {side} x {side}, {words}",
                "value": round(1000 * middle, 1),
                "unit": "ms",
                "peer": "first picture, read from the file",
                "peer_value": round(1000 * first, 1),
                "ratio": round(middle / first, 4),
            }
        desk.close()
    raster.close()
    del application


class _Desk:
    """A map of two layers of one mosaic, without a window; what workers tell waits in a list."""

    def __init__(self, raster: Any, camera: Camera, press: Any) -> None:
        self._posts: list[Callable[[], None]] = []
        self._jobs = JobRunner(self._posts.append, threads=2)
        style = ThermalStyle("inferno", 10.0, 26.0)
        layer = Layer("Mosaic", Source("geotiff", "mosaic.tif"), style, role="thermal", id=LAYER)
        other = replace(layer, name="Other", id=OTHER, visible=False)
        self.store = Store(Project("Made up", UTM, (layer, other)))
        painters = OWN.painters()
        self.view = MapView(self.store, self._jobs, painters, lambda la: raster, press, camera)

    def timed(self, edit: Edit | None) -> float:
        assert edit is not None, "nothing would change"
        start = time.perf_counter()
        self.store.apply(edit)
        return self.until_complete(start)

    def until_complete(self, start: float | None = None) -> float:
        begun = time.perf_counter() if start is None else start
        if start is None:
            self.view.refresh()
        while not self.view.complete or self._posts:
            while self._posts:
                self._posts.pop(0)()
            time.sleep(0.0002)
        return time.perf_counter() - begun

    def close(self) -> None:
        self.view.close()
        self._jobs.close()


def _changes() -> Mapping[str, Callable[[_Desk, int], Edit | None]]:
    def palette(desk: _Desk, number: int) -> Edit | None:
        name = ("iron", "cividis")[number % 2]
        return scale_edit("palette", desk.store.project, LAYER, ramp=name)

    def limits(desk: _Desk, number: int) -> Edit | None:
        return scale_edit("limits", desk.store.project, LAYER, low=8.0 + number % 5 / 10)

    def isotherms(desk: _Desk, number: int) -> Edit | None:
        bands = (Isotherm(20.0 + number % 5 / 10, None, "#00d084"), Isotherm(None, 12.0, "#4ea1ff"))
        return scale_edit("isotherms", desk.store.project, LAYER, isotherms=bands)

    def correction(desk: _Desk, number: int) -> Edit | None:
        return correct_edit(desk.store.project, LAYER, Correction(1.02, 0.1 + number % 5 / 10))

    def shared(desk: _Desk, number: int) -> Edit | None:
        if not desk.store.project.layer(LAYER).style.scale:  # type: ignore[attr-defined]
            edit = share_all_edit(desk.store.project, [OTHER], LAYER)
            assert edit is not None
            desk.timed(edit)
        return scale_edit("limits", desk.store.project, OTHER, high=24.0 + number % 5 / 10)

    return {
        "palette": palette,
        "limits": limits,
        "isotherms": isotherms,
        "correction": correction,
        "limits of a shared scale": shared,
    }


def _mosaic(folder: Path, side: int) -> Path:
    """Made-up temperatures in hundredths of a degree, a COG with overviews."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    path = folder / f"thermal_{side}.tif"
    if path.exists():
        return path
    noise = np.random.default_rng(5).normal(0, 0.4, (BLOCK, BLOCK))
    across = np.arange(BLOCK)
    how: dict[str, Any] = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": UTM}
    how |= {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "compress": "zstd"}
    how |= {"zstd_level": 1, "predictor": 3, "num_threads": 2, "nodata": float("nan")}
    place = Affine(CELL, 0, 500_000, 0, -CELL, 2_560_000)
    beside = path.with_suffix(".part.tif")
    with rasterio.open(beside, "w", width=side, height=side, transform=place, **how) as out:
        for top in range(0, side, BLOCK):
            for left in range(0, side, BLOCK):
                wave = np.sin((left + across) / 900)[None] + np.cos((top + across) / 700)[:, None]
                tall, wide = min(BLOCK, side - top), min(BLOCK, side - left)
                values = np.round(18 + 3 * wave + noise, 2)[:tall, :wide].astype(np.float32)
                out.write(values, 1, window=Window(left, top, wide, tall))
        out.units = ("degC",)
    settings = rasterio.Env(COMPRESS_OVERVIEW="ZSTD", GDAL_NUM_THREADS="2")
    with settings, rasterio.open(beside, "r+") as out:
        out.build_overviews([2, 4, 8, 16, 32], Resampling.average)
    beside.replace(path)
    return path
