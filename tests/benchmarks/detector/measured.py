"""One thing measured in a process of its own: `measured WHAT FILE SIZE` prints JSON.

Pixels by the time of the processor, all threads together: other work on the machine counts less.
Everyone starts with the file and areas of water and ends with the outline of every find. Memory is
that of the whole process; before: what imports and a first small scene have taken of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import rasterio
import shapely

from gisapp.api import Silent, open_raster
from tests.benchmarks.detector.ours import place
from tests.benchmarks.detector.peers import PEERS
from tests.benchmarks.detector.scene import make_scene
from tests.benchmarks.detector.scoring import polygons_of

SEED = 11


def write(file: Path, size: int) -> None:
    scene = make_scene(size, SEED)
    to_map = place(scene)
    with rasterio.open(
        file, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", tiled=True,
        blockxsize=512, blockysize=512, compress="deflate", predictor=3, zlevel=1,
        crs="EPSG:4547", transform=to_map, nodata=float("nan"),
    ) as out:  # fmt: skip
        out.write(scene.celsius, 1)
        out.update_tags(GISAPP_UNIT="degC")
    file.with_suffix(".wkb").write_bytes(shapely.to_wkb(polygons_of(scene.water, to_map)))


def read(file: Path) -> None:
    """All of it, in windows, as the search reads."""
    raster: Any = open_raster(file)
    for row in range(0, raster.size.height, 1024):
        for column in range(0, raster.size.width, 1024):
            window = (column, row, min(1024, raster.size.width - column),
                      min(1024, raster.size.height - row))  # fmt: skip
            raster.cells.values(0, window, 1, Silent())
    raster.close()


def ours(file: Path) -> None:
    from gisapp_plugins.outfall_candidates.field_settings import FieldSettings
    from gisapp_plugins.outfall_candidates.finding import find_in_mosaic
    from gisapp_plugins.outfall_candidates.mosaic import mosaic_of
    from gisapp_plugins.outfall_candidates.water_source import WaterSource

    raster = open_raster(file)
    area = shapely.from_wkb(file.with_suffix(".wkb").read_bytes())
    mosaic = mosaic_of(raster)
    source = WaterSource(area, mosaic.crs, "polygons")
    find_in_mosaic(mosaic, source, FieldSettings(), lambda part: None, at_once=2)
    raster.close()


def peer(name: str, file: Path) -> None:
    from rasterio.features import rasterize

    area = shapely.from_wkb(file.with_suffix(".wkb").read_bytes())
    with rasterio.open(file) as one:
        water = rasterize([(area, 1)], one.shape, transform=one.transform, dtype="uint8")
        found = PEERS[name](one.read(1), water, 0.15)
    if not all(find.outline is not None for find in found):
        raise RuntimeError("a find without an outline")


def peak_mb() -> float:
    """The most memory this process had; of what started it, nothing."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def warm_up(what: str) -> None:
    """Imports and compiled loops are not measured."""
    scene = make_scene(400, SEED)
    if what == "ours":
        from tests.benchmarks.detector.ours import finds, searched

        finds(searched(scene))
    elif what in PEERS:
        PEERS[what](scene.celsius, scene.water, 0.15)


def main(what: str, file: Path, size: int) -> None:
    if what == "write":
        write(file, size)
        print("{}")
        return
    work = {"read": read, "ours": ours}.get(what, lambda path: peer(what, path))
    warm_up(what)
    held, before, start = peak_mb(), process_time(), perf_counter()
    work(file)
    seconds, wall = process_time() - before, perf_counter() - start
    pixels = size * size / 1e6
    print(json.dumps({
        "mpix_s": pixels / seconds, "wall_mpix_s": pixels / wall, "memory_mb": peak_mb(),
        "before_mb": held,
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
