"""The data that is drawn, all made up: written once into a folder and used again.

100 km x 100 km in EPSG:4547. A: points with one of six kinds; B: reaches of ten vertices with a
Strahler order; C: areas of some sixty vertices, one of twenty with a hole; D: a field of
temperatures, float32; E: a picture; T: tiles of a picture. `python -m
tests.benchmarks.render.data_sets FOLDER [quick|usual|large]` writes what is not there yet.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.render.views import CRS, EAST, NORTH, SIDE

Floats = npt.NDArray[np.float64]
Grid = npt.NDArray[np.float32]
Octave = tuple[int, float]  # cells along a side, amplitude

CORNER = np.array([EAST, NORTH])
ROWS = 512  # of a raster made at once
NODATA = -9999.0
TILE = 256  # pixels of a side of T's tiles
ZOOMS = range(6, 14)


@dataclass(frozen=True)
class Amount:
    """How much of everything."""

    points: int
    reaches: int
    areas: int
    pixels: int  # along a side of D and E


AMOUNTS = {
    "quick": Amount(100_000, 50_000, 5_000, 4_000),
    "usual": Amount(1_000_000, 500_000, 50_000, 20_000),
    "large": Amount(10_000_000, 5_000_000, 50_000, 20_000),
}


def make(folder: Path, size: str, wanted: str = "ABCDET") -> dict[str, Path]:
    """File of each data set, written if it is not there."""
    amount = AMOUNTS[size]
    named: dict[str, tuple[str, Callable[[Path], None]]] = {
        "A": (f"points_{amount.points}.fgb", lambda to: _points(to, amount.points)),
        "B": (f"reaches_{amount.reaches}.fgb", lambda to: _reaches(to, amount.reaches)),
        "C": (f"areas_{amount.areas}.fgb", lambda to: _areas(to, amount.areas)),
        "D": (f"thermal_{amount.pixels}.tif", lambda to: _thermal(to, amount.pixels)),
        "E": (f"picture_{amount.pixels}.tif", lambda to: _picture(to, amount.pixels)),
        "T": ("tiles.mbtiles", _tiles),
    }
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for key in wanted:
        name, write = named[key]
        file = folder / name
        if not file.exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            part = folder / f"part-{os.getpid()}-{name}"
            try:
                write(part)
                part.replace(file)
            finally:
                for left in folder.glob(f"part-{os.getpid()}-*"):
                    left.unlink()
        found[key] = file
    return found


def _points(to: Path, count: int) -> None:
    """Half of them in clusters, as things that people build are."""
    rng = np.random.default_rng(1)
    towns = rng.random((400, 2)) * SIDE
    spread = rng.gamma(2.0, 400, 400)
    near = rng.integers(0, 400, count // 2)
    clustered = towns[near] + rng.normal(size=(len(near), 2)) * spread[near][:, None]
    places = np.concatenate([clustered, rng.random((count - len(near), 2)) * SIDE])
    places = np.clip(places, 0, SIDE)[rng.permutation(count)]
    kind = (places // 12_500).astype(np.int32).sum(axis=1) + rng.integers(0, 3, count)
    columns = {"id": np.arange(count, dtype=np.int32), "kind": (kind % 6).astype(np.int32)}

    import shapely

    _write(to, "Point", shapely.points(places + CORNER), columns)


def _reaches(to: Path, count: int) -> None:
    """Rivers of fifty reaches that wander down a field of directions, some 28 m a step."""
    rng = np.random.default_rng(2)
    chain = 50
    sizes = rng.integers(6, 15, (count // chain, chain))  # vertices of each reach
    steps = sizes.sum(axis=1) - chain
    phase = rng.random(3) * 2 * np.pi
    way = np.empty((int(steps.max()) + 1, len(sizes), 2))
    way[0] = rng.random((len(sizes), 2)) * SIDE
    for step in range(len(way) - 1):
        x, y = way[step].T
        angle = 2 * np.sin(x / 9000 + phase[0]) + 2 * np.cos(y / 7000 + phase[1])
        angle += 0.8 * np.sin(x / 900 + y / 1100 + phase[2]) + rng.normal(0, 0.5, len(x))
        length = 28 * np.exp(rng.normal(0, 0.3, len(x)))
        way[step + 1, :, 0] = np.clip(x + length * np.cos(angle), 0, SIDE)
        way[step + 1, :, 1] = np.clip(y + length * np.sin(angle), 0, SIDE)
    way += CORNER
    ends = np.cumsum(sizes - 1, axis=1)
    flat, starts = sizes.ravel(), np.zeros(count + 1, np.int64)
    np.cumsum(flat, out=starts[1:])
    first = np.column_stack([np.zeros(len(sizes), np.int64), ends[:, :-1]]).ravel()
    inside = np.arange(starts[-1]) - np.repeat(starts[:-1], flat)  # number inside its reach
    river = np.repeat(np.repeat(np.arange(len(sizes)), chain), flat)
    coords = way[np.repeat(first, flat) + inside, river]
    del way, inside, river
    order = rng.integers(1, 7, count).astype(np.int32)

    import shapely

    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, coords, (starts,))
    _write(to, "LineString", lines, {"id": np.arange(count, dtype=np.int32), "strahler": order})


def _areas(to: Path, count: int) -> None:
    """Uneven rounds on a grid that is a little out of place."""
    import shapely

    rng = np.random.default_rng(3)
    across = int(np.ceil(np.sqrt(count)))
    cell = SIDE / across
    number = np.arange(count)
    middle = (np.column_stack([number % across, number // across]) + 0.5) * cell
    middle += rng.normal(0, cell * 0.08, (count, 2)) + CORNER
    sizes = rng.integers(40, 81, count)
    shapes = []
    for i in number:
        turn = np.linspace(0, 2 * np.pi, sizes[i], endpoint=False)
        far = 1 + 0.12 * np.sin(3 * turn + rng.random() * 6)
        far += 0.07 * np.sin(7 * turn + rng.random() * 6) + rng.normal(0, 0.015, len(turn))
        ring = np.column_stack([np.cos(turn), np.sin(turn)])
        holes = [ring[::-3] * cell * 0.15 + middle[i]] if i % 20 == 0 else None
        shapes.append(shapely.Polygon(ring * (far * cell * 0.47)[:, None] + middle[i], holes))
    kind = rng.integers(0, 12, count).astype(np.int32)
    columns = {"id": number.astype(np.int32), "kind": kind}
    _write(to, "Polygon", np.array(shapes), columns)


def _write(to: Path, kind: str, shapes: Any, columns: dict[str, Any]) -> None:
    import pyogrio
    import shapely

    pyogrio.raw.write(
        to,
        geometry=shapely.to_wkb(shapes),
        field_data=list(columns.values()),
        fields=list(columns),
        geometry_type=kind,
        crs=CRS,
        driver="FlatGeobuf",
        layer_options={"SPATIAL_INDEX": "YES"},
    )


class Hills:
    """Sums of smooth noise: the same value at a place for each size and each piece."""

    def __init__(self, seed: int, octaves: list[Octave]) -> None:
        rng = np.random.default_rng(seed)
        self._octaves = [
            (rng.normal(0, 1, (n + 2, n + 2)).astype(np.float32), n, np.float32(high))
            for n, high in octaves
        ]

    def at(self, across: Floats, down: Floats) -> Grid:
        """Rows x columns for places between 0 and 1."""
        out = np.zeros((len(down), len(across)), np.float32)
        for knots, n, high in self._octaves:
            column, right = _between(across * n)
            row, lower = _between(down * n)
            some = knots[row.min() : row.max() + 2]
            row = row - row.min()
            flat = some[:, column] * (1 - right) + some[:, column + 1] * right
            upper = flat[row] * (high * (1 - lower))[:, None]
            upper += flat[row + 1] * (high * lower)[:, None]
            out += upper
        return out


def _between(at: Floats) -> tuple[npt.NDArray[np.int64], Grid]:
    whole = np.floor(at).astype(np.int64)
    part = at - whole
    return whole, (part * part * (3 - 2 * part)).astype(np.float32)


def _thermal(to: Path, size: int) -> None:
    hills = Hills(11, [(6, 4), (25, 2), (120, 1), (700, 0.5), (4000, 0.25)])
    rng = np.random.default_rng(12)
    across = (np.arange(size) + 0.5) / size

    def pieces() -> Iterator[Grid]:
        for first in range(0, size, ROWS):
            down = across[first : first + ROWS]
            values = 15 + hills.at(across, down)
            values += rng.normal(0, 0.08, values.shape).astype(np.float32)
            values = np.round(values * 64) / 64
            values[((down - 0.5) ** 2)[:, None] + (across - 0.5) ** 2 > 0.47] = NODATA
            yield values.astype(np.float32)[None]

    more = {"dtype": "float32", "count": 1, "nodata": NODATA}
    cog = {"compress": "ZSTD", "predictor": "YES", "level": 3}
    _raster(to, size, pieces(), {**more, "compress": "zstd", "predictor": 3}, cog)


PICTURE = [(9, 20.0), (60, 15.0), (400, 12.0), (5000, 8.0)]


def _picture(to: Path, size: int) -> None:
    hills = [Hills(seed, PICTURE) for seed in (21, 22, 23)]
    across = (np.arange(size) + 0.5) / size

    def pieces() -> Iterator[npt.NDArray[np.uint8]]:
        for first in range(0, size, ROWS):
            yield _colours(hills, across, across[first : first + ROWS])

    more = {"dtype": "uint8", "count": 3, "compress": "jpeg", "photometric": "YCBCR"}
    more |= {"interleave": "pixel", "jpeg_quality": 90}
    _raster(to, size, pieces(), more, {"compress": "JPEG", "quality": 85})


def _colours(hills: list[Hills], across: Floats, down: Floats) -> npt.NDArray[np.uint8]:
    ground, green, blue = (hill.at(across, down) for hill in hills)
    bands = [ground + 0.3 * green + 110, ground + 0.3 * blue + 120, ground * 0.7 + 90]
    return np.clip(np.stack(bands), 0, 255).astype(np.uint8)


def _raster(
    to: Path, size: int, pieces: Iterator[Any], profile: dict[str, Any], cog: dict[str, Any]
) -> None:
    """A COG with overviews, by way of a file of tiles."""
    import rasterio
    import rasterio.shutil
    from rasterio.transform import from_origin

    rough = to.with_name(f"part-{os.getpid()}-rough.tif")
    place = from_origin(EAST, NORTH + SIDE, SIDE / size, SIDE / size)
    tiled = {"tiled": True, "blockxsize": 512, "blockysize": 512, "BIGTIFF": "YES"}
    with rasterio.open(
        rough,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        crs=CRS,
        transform=place,
        **tiled,
        **profile,
    ) as file:
        for number, piece in enumerate(pieces):
            first = number * ROWS
            file.write(piece, window=((first, first + piece.shape[1]), (0, size)))
    rasterio.shutil.copy(
        rough, to, driver="COG", blocksize=512, overview_resampling="AVERAGE", **cog
    )
    rough.unlink()


def _tiles(to: Path) -> None:
    """JPEG tiles in Web Mercator over the same ground, as MBTiles 1.3 counts them (from below)."""
    import rasterio
    from pyproj import Transformer

    hills = [Hills(seed, PICTURE) for seed in (21, 22, 23)]
    turn = Transformer.from_crs(CRS, "EPSG:3857", always_xy=True)
    left, bottom, right, top = turn.transform_bounds(EAST, NORTH, EAST + SIDE, NORTH + SIDE)
    half = 20037508.342789244
    with sqlite3.connect(to) as file:
        file.execute("create table metadata (name text, value text)")
        file.execute(
            "create table tiles (zoom_level integer, tile_column integer, tile_row integer, "
            "tile_data blob)"
        )
        file.execute("create unique index t on tiles (zoom_level, tile_column, tile_row)")
        turn = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
        bounds = ",".join(f"{v:.6f}" for v in turn.transform_bounds(left, bottom, right, top))
        facts = {"name": "Made-up picture", "format": "jpg", "type": "baselayer"}
        facts |= {"minzoom": str(ZOOMS[0]), "maxzoom": str(ZOOMS[-1]), "bounds": bounds}
        file.executemany("insert into metadata values (?, ?)", facts.items())
        for zoom in ZOOMS:
            wide = 2 * half / 2**zoom
            columns = range(int((left + half) // wide), int((right + half) // wide) + 1)
            rows = range(int((bottom + half) // wide), int((top + half) // wide) + 1)
            pixel = (np.arange(TILE) + 0.5) / TILE
            for column in columns:
                x = (-half + (column + pixel) * wide - left) / (right - left)
                for row in rows:
                    y = (top + half - (row + 1 - pixel) * wide) / (top - bottom)
                    colours = _colours(hills, np.clip(x, 0, 1), np.clip(y, 0, 1))
                    with rasterio.MemoryFile() as memory:
                        with memory.open(
                            driver="JPEG", width=TILE, height=TILE, count=3, dtype="uint8"
                        ) as tile:
                            tile.write(colours)
                        data = memory.read()
                    file.execute("insert into tiles values (?, ?, ?, ?)", (zoom, column, row, data))
    file.close()


def default_folder() -> Path:
    """Where what can be made again is kept."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(given) if given else Path.home() / ".cache"
    return folder / "gisapp" / "benchmarks"


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        make(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "usual", *sys.argv[3:4])
