"""Made-up layers in metres of EPSG:4547, about a square kilometre at (500000, 2560000)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE, STATES
from gisapp.render.camera import Camera
from gisapp.render.request import RenderRequest
from tests.own import OWN

CRS = "EPSG:4547"
ORIGIN = np.array([500_000.0, 2_560_000.0])
EXTENT = Extent(500_000, 2_560_000, 501_000, 2_561_000)
FILE = Source("made-up", "nowhere")


def features(shapes: Shapes, columns: dict[str, Any], fields: tuple[Field, ...] = ()) -> Features:
    count = int(shapes.owner[-1]) + 1 if len(shapes.owner) else 0
    known = {field.name: field for field in fields}
    listed = tuple(known.get(name, Field(name)) for name in columns)
    ids = np.array([f"id{number}" for number in range(count)], object)
    return Features(CRS, listed, ids, {n: _column(v) for n, v in columns.items()}, shapes)


def _column(values: Any) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    out = np.empty(len(values), object)
    out[:] = values
    return out


def outfalls(count: int, seed: int = 1) -> Features:
    rng = np.random.default_rng(seed)
    xy = rng.random((count, 2)) * 1000 + ORIGIN
    states = [STATES[n].value for n in rng.integers(0, 14, count)]
    kinds = [("suspected", "outfall")[n] for n in rng.integers(0, 2, count)]
    codes = [f"W-{n:03d}" for n in range(count)]
    columns = {"state": states, "kind": kinds, "code_local": codes}
    return features(point_shapes(xy), columns, OUTFALL_FIELDS)


def rivers(count: int, vertices: int = 40, seed: int = 2) -> Features:
    rng = np.random.default_rng(seed)
    turn = np.cumsum(rng.normal(0, 0.25, (count, vertices)), axis=1)
    turn += rng.random((count, 1)) * 6
    steps = np.stack([np.cos(turn), np.sin(turn)], axis=2) * (600 / vertices)
    steps[:, 0] = rng.random((count, 2)) * 1000
    xy = np.cumsum(steps, axis=1).reshape(-1, 2) + ORIGIN
    names = [f"清溪河{n}" for n in range(count)]
    starts = np.arange(count + 1) * vertices
    flow = np.linspace(0.5, 50, count)
    shapes = Shapes("line", xy, starts, np.arange(count))
    return features(shapes, {"name": names, "flow": flow})


def ring(x: float, y: float, radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 33)
    return np.column_stack([np.cos(turn), np.sin(turn)]) * radius + (x, y) + ORIGIN


def zones() -> Features:
    """Two areas, the first with a hole."""
    rings = [ring(300, 500, 220), ring(300, 500, 90), ring(760, 620, 150)]
    starts = np.cumsum([0, *map(len, rings)])
    shapes = Shapes("area", np.concatenate(rings), starts, np.array([0, 0, 1]))
    return features(shapes, {"name": ["一级保护区", "二级保护区"], "level": ["1", "2"]})


def stations() -> Features:
    xy = np.array([[120.0, 180], [520, 470], [880, 800]]) + ORIGIN
    return features(point_shapes(xy), {"target": [2, 3, 4], "name": ["上游", "中游", "下游"]})


@dataclass
class Warm:
    """8 to 26 °C from west to east; nothing is known of the northern tenth."""

    crs: str = CRS
    extent: Extent = EXTENT
    unit: str = "°C"
    is_picture: bool = False

    def values(self, grid: PixelGrid, progress: Progress) -> np.ndarray:
        columns, rows = np.arange(grid.size.width) + 0.5, np.arange(grid.size.height) + 0.5
        x = grid.origin.x + columns * grid.across[0] + rows[:, None] * grid.down[0]
        y = grid.origin.y + columns * grid.across[1] + rows[:, None] * grid.down[1]
        warm: np.ndarray = (8 + 18 * (x - 500_000) / 1000).astype(np.float32)
        warm[y > 2_560_900] = np.nan
        return warm

    def colours(self, grid: PixelGrid, progress: Progress) -> np.ndarray:
        return np.full((grid.size.height, grid.size.width, 4), (90, 120, 60, 255), np.uint8)

    def value_at(self, point: Point, crs: str) -> float | None:
        return 8 + 18 * (point.x - 500_000) / 1000


SCREEN = Size(600, 450)


def scene(size: Size = SCREEN, *, ratio: float = 1.0, warm: bool = True) -> RenderRequest:
    """One layer of each kind."""
    pairs: list[tuple[Layer, Any]] = [
        (Layer("保护区", FILE, AreaStyle(label="name"), opacity=0.7), zones()),
        (Layer("河流", FILE, LineStyle(width=4, width_by="flow", label="name")), rivers(6)),
        (Layer("排污口", FILE, OUTFALL_STYLE, role="outfalls"), outfalls(40)),
        (
            Layer("断面", FILE, PointStyle("#f59e0b", 20, "square", label="name", inside="target")),
            stations(),
        ),
    ]
    if warm:
        pairs.insert(0, (Layer("热红外", FILE, ThermalStyle()), Warm()))
    camera = Camera.fit(EXTENT, size, CRS, pixel_ratio=ratio)
    layers = tuple(layer for layer, _ in pairs)
    data = {layer.id: data for layer, data in pairs}
    return RenderRequest(camera, layers, data, OWN.painters())
