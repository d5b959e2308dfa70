"""Run with the Python of QGIS: one order a line (JSON) comes in, one answer a line goes out.

{"do": "open", "layers": [["points", "…fgb"]], "stops": [[5.0, "#000004"], …]}
{"do": "draw", "extent": [left, bottom, right, top], "job": "parallel"}
                                                       -> {"ms": 12.3, "cpu": 20.1}
{"do": "save", "file": "…png"}
{"do": "memory"}                                       -> {"mb": 310}
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from runpy import run_path
from time import perf_counter, process_time
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMapRendererParallelJob,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsProject,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRectangle,
    QgsRendererCategory,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage

views = SimpleNamespace(**run_path(str(Path(__file__).with_name("views.py"))))
JOBS = {"sequential": QgsMapRendererSequentialJob, "parallel": QgsMapRendererParallelJob}
OUTLINE = 0.13  # of a point's size, as gisapp.render.symbols


class Peer:
    def __init__(self) -> None:
        self.app = QgsApplication([], False)
        self.app.initQgis()
        self.layers: list = []
        self.picture = QImage()

    def open(self, layers: list, stops: list) -> dict:
        QgsProject.instance().removeAllMapLayers()
        self.layers = [_layer(name, path, stops) for name, path in layers]
        QgsProject.instance().addMapLayers(self.layers, False)
        return {}

    def draw(self, extent: list, job: str) -> dict:
        for layer in self.layers:
            if layer.name() == "points":  # its rims belong to the scale
                layer.setRenderer(_points(views.point_rims(layer.featureCount(), extent)))
        settings = QgsMapSettings()
        settings.setLayers(self.layers[::-1])  # QGIS counts from the top
        settings.setDestinationCrs(QgsCoordinateReferenceSystem(views.CRS))
        settings.setOutputSize(QSize(views.WIDTH, views.HEIGHT))
        settings.setOutputDpi(96)
        settings.setExtent(QgsRectangle(*extent))
        settings.setFlag(QgsMapSettings.Antialiasing, True)
        settings.setFlag(QgsMapSettings.UseRenderingOptimization, True)
        start, used = perf_counter(), process_time()
        made = JOBS[job](settings)
        made.start()
        made.waitForFinished()
        self.picture = made.renderedImage()
        return {
            "ms": (perf_counter() - start) * 1000,
            "cpu": (process_time() - used) * 1000,
        }

    def save(self, file: str) -> dict:
        assert self.picture.save(file)
        return {}

    def memory(self) -> dict:
        text = Path("/proc/self/status").read_text("utf-8")
        return {"mb": int(text.split("VmHWM:")[1].split()[0]) // 1024}


def _layer(name: str, path: str, stops: list) -> object:
    if name in ("thermal", "picture", "tiles"):
        layer = QgsRasterLayer(path, name, "gdal")
        assert layer.isValid(), path
        if name == "thermal":
            ramp = QgsColorRampShader(views.LOW, views.HIGH)
            ramp.setColorRampType(QgsColorRampShader.Interpolated)
            items = [QgsColorRampShader.ColorRampItem(at, QColor(c)) for at, c in stops]
            ramp.setColorRampItemList(items)
            shader = QgsRasterShader()
            shader.setRasterShaderFunction(ramp)
            painter = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
            painter.setClassificationMin(views.LOW)
            painter.setClassificationMax(views.HIGH)
            layer.setRenderer(painter)
        return layer
    layer = QgsVectorLayer(path, name, "ogr")
    assert layer.isValid(), path
    if name != "points":  # they get theirs for each view
        layer.setRenderer(_renderer(name))
    return layer


def _points(rims: tuple) -> QgsCategorizedSymbolRenderer:
    symbols = [
        QgsMarkerSymbol.createSimple(
            {
                "name": "circle",
                "color": color,
                "outline_color": rim,
                "outline_width": str(views.POINT_SIZE * OUTLINE),
                "outline_width_unit": "Pixel",
                "size": str(views.POINT_SIZE),
                "size_unit": "Pixel",
            }
        )
        for color, rim in zip(views.POINT_COLOURS, rims, strict=True)
    ]
    return _categorised("kind", list(enumerate(symbols)))


def _renderer(name: str) -> object:
    if name == "areas":
        symbols = [
            QgsFillSymbol.createSimple(
                {
                    "color": color,
                    "outline_color": views.AREA_OUTLINE,
                    "outline_width": "1",
                    "outline_width_unit": "Pixel",
                }
            )
            for color in views.AREA_COLOURS
        ]
        return _categorised("kind", list(enumerate(symbols)))
    if name == "widths":
        return _categorised("strahler", [(n, _line(views.width_of(n))) for n in range(1, 7)])
    return QgsSingleSymbolRenderer(_line(views.LINE_WIDTH))


def _line(width: float) -> QgsLineSymbol:
    look = {"line_color": views.LINE_COLOUR, "line_width": str(width), "line_width_unit": "Pixel"}
    return QgsLineSymbol.createSimple(look)


def _categorised(field: str, symbols: list) -> QgsCategorizedSymbolRenderer:
    categories = [QgsRendererCategory(value, symbol, str(value)) for value, symbol in symbols]
    return QgsCategorizedSymbolRenderer(field, categories)


def main() -> None:
    peer = Peer()
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(peer, order.pop("do"))(**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    sys.stdout.flush()
    os._exit(0)  # QGIS takes long to end, and may fall over while it does


main()
