"""One thing measured in a process of its own: `measured WHAT FILE SIZE` prints JSON.

Pixels by the time of the processor, all threads together: other work on the machine counts less.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time
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
    with rasterio.open(
        file.with_suffix(".mask.tif"), "w", driver="GTiff", width=size, height=size, count=1,
        dtype="uint8", compress="deflate",
    ) as out:  # fmt: skip
        out.write(scene.water, 1)
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
    with rasterio.open(file) as one, rasterio.open(file.with_suffix(".mask.tif")) as other:
        PEERS[name](one.read(1), other.read(1), 0.15)


def peak_mb() -> float:
    """The most memory this process had; of what started it, nothing."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def warm_up() -> None:
    """Imports and compiled loops are not measured."""
    from tests.benchmarks.detector.ours import finds, searched

    scene = make_scene(400, SEED)
    finds(searched(scene))
    for search in PEERS.values():
        search(scene.celsius, scene.water, 0.15)


def main(what: str, file: Path, size: int) -> None:
    if what == "write":
        write(file, size)
        print("{}")
        return
    work = {"read": read, "ours": ours}.get(what, lambda path: peer(what, path))
    warm_up()
    before = process_time()
    work(file)
    seconds = process_time() - before
    print(json.dumps({"mpix_s": size * size / 1e6 / seconds, "memory_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
