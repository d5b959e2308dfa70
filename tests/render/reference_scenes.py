"""Every style at three scales in two reference systems, as sheets of six small pictures.

`python -m tests.render.reference_scenes` draws the sheets of tests/render/references anew; look at
them before they are committed. All data are made up.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.io.raster import open_raster
from gisapp.model.crs import transform_extent, transform_point
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    PictureStyle,
    PointStyle,
    Style,
    ThermalStyle,
)
from gisapp.model.survey import OUTFALL_STYLE
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import RenderRequest
from tests.own import OWN
from tests.render import scenes

FOLDER = Path(__file__).with_name("references")
SIZE = Size(128, 96)
SYSTEMS = (scenes.CRS, "EPSG:3857")
ZOOMS = (1.0, 4.0, 16.0)

LEVELS = (Category("1", "1", "1", "#d64545aa"), Category("2", "2", "2", "#3b82c4aa"))
SHAPES = (("suspected", "triangle"), ("outfall", "diamond"))

# name: style, data, and the place (metres from the south-west corner) that is looked at closely
Scene = tuple[Style, Any, tuple[float, float]]


def all_scenes(folder: Path) -> dict[str, Scene]:
    """`folder`: where the rasters are written."""
    points, lines, areas = scenes.outfalls(40), scenes.rivers(6), scenes.zones()
    x, y = (points.shapes.coords[0] - scenes.ORIGIN).tolist()
    bend = tuple((lines.shapes.coords[20] - scenes.ORIGIN).tolist())
    return {
        "points": (OUTFALL_STYLE, points, (x, y)),
        "points-shapes": (PointStyle(shape_by="kind", shapes=SHAPES, size=15), points, (x, y)),
        "points-inside": (
            PointStyle("#f59e0b", 20, "square", inside="target"),
            scenes.stations(),
            (520, 470),
        ),
        "points-clusters": (PointStyle(size=14, cluster=True), points, (x, y)),
        "lines": (LineStyle(), lines, bend),
        "lines-widths": (LineStyle("#2596d1", 9, "flow"), lines, bend),
        "lines-dashes": (LineStyle("#803080", 2.4, dash=(8, 4)), lines, bend),
        "areas": (AreaStyle(width=2), areas, (390, 500)),
        "areas-categories": (AreaStyle(by="level", categories=LEVELS), areas, (520, 500)),
        "thermal": (ThermalStyle(), open_raster(_values(folder)), (500, 880)),
        "picture": (PictureStyle(), open_raster(_colours(folder)), (500, 500)),
    }


def sheet(name: str, scene: Scene) -> np.ndarray:
    """Rows: reference systems; columns: scales. RGBA over white."""
    style, data, (east, north) = scene
    place = Point(*np.add(scenes.ORIGIN, (east, north)).tolist())
    rows = []
    for crs in SYSTEMS:
        whole = Camera.fit(transform_extent(scenes.EXTENT, scenes.CRS, crs), SIZE, crs)
        close = transform_point(place, scenes.CRS, crs)
        row = []
        for zoom in ZOOMS:
            camera = whole.zoomed(zoom, whole.to_screen(close)) if zoom > 1 else whole
            layer = Layer(name, scenes.FILE, style)
            request = RenderRequest(camera, (layer,), {layer.id: data}, OWN.painters())
            row.append(_on_white(request))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def _on_white(request: RenderRequest) -> np.ndarray:
    image = QtPress().picture(SIZE, lambda canvas: request.paint_layers(canvas, Silent()))
    alpha = image[:, :, 3:].astype(int)
    out = np.full_like(image, 255)
    out[:, :, :3] = image[:, :, :3] + (255 - alpha)
    return out


def _values(folder: Path) -> Path:
    columns, rows = np.meshgrid(np.arange(100), np.arange(100))
    cells = (8 + 0.14 * columns + 3 * np.sin(rows / 9)).astype(np.float32)
    cells[:10] = -9999  # nothing is known of the north
    return _written(folder / "values.tif", cells[None], nodata=-9999)


def _colours(folder: Path) -> Path:
    columns, rows = np.meshgrid(np.arange(100), np.arange(100))
    checks = (columns // 5 + rows // 5) % 2 * 90
    bands = np.stack([columns * 2, rows * 2, checks]).astype(np.uint8)
    return _written(folder / "colours.tif", bands, photometric="RGB")


def _written(path: Path, bands: np.ndarray, **more: Any) -> Path:
    import rasterio
    from rasterio.transform import from_origin

    count, height, width = bands.shape
    corner = from_origin(scenes.ORIGIN[0], scenes.ORIGIN[1] + 1000, 1000 / width, 1000 / height)
    form = {"driver": "GTiff", "crs": scenes.CRS, "transform": corner, "dtype": bands.dtype.name}
    with rasterio.open(path, "w", count=count, height=height, width=width, **form, **more) as out:
        out.write(bands)
    return path


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QImage

    from gisapp.render import compiled
    from gisapp.render.qt_canvas import warm_up

    app = QGuiApplication(sys.argv[:1])
    warm_up()
    compiled.load()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, scene in all_scenes(Path(scratch)).items():
            image = np.ascontiguousarray(sheet(name, scene))
            height, width = image.shape[:2]
            made = QImage(image.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
            made.convertToFormat(QImage.Format.Format_RGB888).save(str(FOLDER / f"{name}.png"))
    del app


if __name__ == "__main__":
    main()
