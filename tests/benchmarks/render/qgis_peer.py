"""Run with the Python of QGIS: draws the layers it is told and says how long each view took."""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter


def main(asked: dict) -> dict[str, float]:
    from qgis.core import (
        QgsApplication,
        QgsMapRendererSequentialJob,
        QgsMapSettings,
        QgsRectangle,
        QgsVectorLayer,
    )
    from qgis.PyQt.QtCore import QSize

    app = QgsApplication([], False)
    app.initQgis()
    took = {}
    for name, path, extent, _width in asked["layers"]:
        layer = QgsVectorLayer(path, name, "ogr")
        assert layer.isValid(), path
        settings = QgsMapSettings()
        settings.setLayers([layer])
        settings.setOutputSize(QSize(*asked["size"]))
        settings.setDestinationCrs(layer.crs())
        left, bottom, right, top = extent
        for view, zoom in asked["views"].items():
            x, y = (left + right) / 2, (bottom + top) / 2
            wide, tall = (right - left) / zoom / 2, (top - bottom) / zoom / 2
            settings.setExtent(QgsRectangle(x - wide, y - tall, x + wide, y + tall))
            times = []
            for _ in range(3):
                start = perf_counter()
                job = QgsMapRendererSequentialJob(settings)
                job.start()
                job.waitForFinished()
                times.append((perf_counter() - start) * 1000)
            took[f"{name}/{view}"] = median(times)
    return took


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
