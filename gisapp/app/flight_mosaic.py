"""The mosaic of a flight in °C, block by block, as many frames as there may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisapp.analysis.flight_geometry import Floats, footprint
from gisapp.analysis.flight_loops import load
from gisapp.analysis.flight_mosaic import Bounds, Grid, blend_block
from gisapp.app.flight_frames import Celsius, celsius_of
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_placing import Placed
from gisapp.app.flight_workers import Workers
from gisapp.io.flight_heights import open_heights
from gisapp.io.flight_mosaic_file import (
    BlockPlace,
    MosaicLook,
    is_block_done,
    write_block,
    write_mosaic,
)
from gisapp.io.flight_work import stamp_of, work_folder
from gisapp.model.errors import ParameterError
from gisapp.model.frame import Lens, Pose
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalParameters

BLOCK = 1024  # cells
KeptBlocks = Callable[[Sequence[BlockPlace]], None]  # writes those that stay as they are
_MANY = 40  # frames; for fewer the compiled loop takes longer to come than it saves
STEEP = 50.0  # degrees off straight down
_MOST_CELLS = 8_000_000_000


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame as it is laid into a mosaic; `parameters` None: those of its file."""

    path: str
    pose: Pose
    offset: float
    extent: Bounds
    parameters: ThermalParameters | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """An elevation model to be opened by whoever works on a block."""

    path: Path
    crs: str
    extent: Bounds


@dataclass(frozen=True, slots=True)
class BlockTask:
    piece: str
    grid: Grid
    lens: Lens
    frames: tuple[SeenFrame, ...]
    feather: float
    ground: Ground | None
    compiled: bool


@dataclass(frozen=True)
class Scene:
    """Everything a mosaic is made of; `ground` None: flat."""

    crs: str
    lens: Lens
    grid: Grid
    frames: tuple[SeenFrame, ...]
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class MosaicFigures:
    columns: int
    rows: int
    cell_m: float
    blocks: int
    blocks_kept: int  # from an earlier run


def footprints(placed: Placed) -> list[Floats]:
    """Corners of each frame on the ground, k x 2."""
    return [
        footprint(placed.lens, placed.poses.pose(n), placed.heights)
        for n in range(len(placed.poses))
    ]


def scene_of(
    placed: Placed, offsets: Floats, rings: Sequence[Floats], options: FlightOptions
) -> Scene:
    """The frames that show ground, without those that look too flat. Raises ParameterError."""
    beside = set(too_flat(placed))
    seen = tuple(
        SeenFrame(
            frame.path,
            placed.poses.pose(n),
            float(offsets[n]),
            extent_of(rings[n]),
            options.parameters,
        )
        for n, frame in enumerate(placed.frames)
        if len(rings[n]) and n not in beside
    )
    laid = [ring for n, ring in enumerate(rings) if n not in beside]
    grid = grid_of(placed.lens, laid, options.cell_m)
    ground = None
    if options.elevation is not None:
        ground = Ground(options.elevation, placed.crs, placed.extent)
    return Scene(placed.crs, placed.lens, grid, seen, ground)


def too_flat(placed: Placed) -> list[int]:
    """Frames of a flight that look to the side while others look down. They lie on the map and are
    asked about a place, but the mosaic is made of the others: at more than 50° water mirrors the
    sky, and one pixel spans metres. A flight of nothing else keeps them all."""
    off = 90.0 + placed.poses.angles[:, 1]
    flat = np.flatnonzero(off > STEEP)
    return flat.tolist() if len(flat) < len(off) else []


def grid_of(lens: Lens, rings: Sequence[Floats], cell: float = 0.0) -> Grid:
    """A grid over all footprints; with `cell` 0 as fine as the frames, rounded to two digits.

    Its corner is a whole number of cells, so mosaics of two nights lie cell on cell. Raises
    ParameterError when it would be too large to be meant.
    """
    if cell <= 0:
        pixels = lens.columns * lens.rows
        areas = [shapely.area(shapely.polygons(ring)) for ring in rings if len(ring)]
        fine = float(np.sqrt(np.median(areas) / pixels))
        digits = 1 - floor(log10(max(fine, 1e-6)))
        cell = round(fine, digits)
    corners = np.vstack([ring for ring in rings if len(ring)])
    west, south = np.floor(corners.min(axis=0) / cell) * cell
    east, north = np.ceil(corners.max(axis=0) / cell) * cell
    columns, rows = ceil((east - west) / cell - 1e-6), ceil((north - south) / cell - 1e-6)
    if columns * rows > _MOST_CELLS:
        raise ParameterError(
            tr("The mosaic would have {columns} × {rows} cells").format(columns=columns, rows=rows),
            hint=tr("Choose a larger cell, or look for frames that lie far from the others."),
        )
    return Grid(float(west), float(north), float(cell), max(columns, 1), max(rows, 1))


def make_mosaic(
    scene: Scene,
    output: Path,
    path: Path,
    options: FlightOptions,
    tags: Mapping[str, str],
    workers: Workers,
    progress: Progress,
    kept: KeptBlocks | None = None,
) -> MosaicFigures:
    """Write the mosaic. What was done before the run was stopped is not done again, nor are blocks
    that `kept` has.

    Memory holds a few blocks and the latest frames, however long the flight is. Raises WriteError,
    ReadError when a frame has gone, ParameterError, Cancelled.
    """
    grid, seen = scene.grid, scene.frames
    work = work_folder(
        output,
        "blocks",
        asdict(grid),
        asdict(scene.lens),
        [_stamp(one) for one in seen],
        options.feather,
        "" if scene.ground is None else str(scene.ground.path),
        BLOCK,
    )
    places = list(_places(grid, work))
    if kept is not None:
        kept(places)
    many = len(seen) >= _MANY
    tasks = [
        BlockTask(str(place.path), part, scene.lens, who, options.feather, scene.ground, many)
        for place in places
        if not is_block_done(place.path)
        and (who := _seeing(part := grid.block(place.row, place.column, BLOCK), seen))
    ]
    wanted = sum(
        bool(_seeing(grid.block(place.row, place.column, BLOCK), seen)) for place in places
    )
    done = wanted - len(tasks)
    drawing = Part(progress, 0.0, 0.8)
    for count, _ in enumerate(workers.each(block_one, tasks)):
        drawing.report((done + count) / max(wanted, 1), tr("Making the mosaic"))
    look = MosaicLook(
        scene.crs,
        grid.west,
        grid.north,
        grid.cell,
        grid.columns,
        grid.rows,
        options.precision_c,
    )
    write_mosaic(path, work, look, places, tags, Part(progress, 0.8, 1.0))
    return MosaicFigures(grid.columns, grid.rows, grid.cell, wanted, done)


def block_one(task: BlockTask) -> None:
    """Runs on a worker: one block from the frames that see it, written as a piece."""
    lay = load() if task.compiled else None
    heights = None
    if task.ground is not None:
        heights = open_heights(task.ground.path, task.ground.crs, task.ground.extent)

    def frames() -> Iterator[tuple[Celsius, Pose, float, Bounds]]:
        for frame in task.frames:
            celsius = celsius_of(frame.path, frame.parameters)
            yield celsius, frame.pose, frame.offset, frame.extent

    values = blend_block(task.grid, task.lens, frames(), heights, feather=task.feather, lay=lay)
    write_block(Path(task.piece), values)


def _places(grid: Grid, work: Path) -> Iterator[BlockPlace]:
    """Row by row, every second row backwards: neighbours share frames that are in memory."""
    for band, row in enumerate(range(0, grid.rows, BLOCK)):
        columns = list(range(0, grid.columns, BLOCK))
        for column in columns if band % 2 == 0 else columns[::-1]:
            part = grid.block(row, column, BLOCK)
            path = work / f"block_{row // BLOCK:05d}_{column // BLOCK:05d}.tif"
            yield BlockPlace(row, column, part.rows, part.columns, path)


def _seeing(part: Grid, seen: Sequence[SeenFrame]) -> tuple[SeenFrame, ...]:
    east, south = part.west + part.columns * part.cell, part.north - part.rows * part.cell
    return tuple(
        one
        for one in seen
        if one.extent[0] < east
        and one.extent[2] > part.west
        and one.extent[1] < part.north
        and one.extent[3] > south
    )


def _stamp(one: SeenFrame) -> tuple[object, ...]:
    own = None if one.parameters is None else asdict(one.parameters)
    return asdict(one.pose), one.offset, stamp_of(Path(one.path)), own


def extent_of(ring: Floats) -> Bounds:
    """West, south, east and north of a footprint."""
    west, south = ring.min(axis=0)
    east, north = ring.max(axis=0)
    return float(west), float(south), float(east), float(north)


def mosaic_tags(
    camera: str, frames: int, frame_facts: Mapping[str, Any], options: FlightOptions
) -> dict[str, str]:
    """What the file says of itself; `frame_facts` are those of the first frame."""
    return {
        "GISAPP_UNIT": "degC",
        "GISAPP_DECODER": str(frame_facts.get("decoder", "")),
        "GISAPP_ACCURACY_C": str(frame_facts.get("accuracy_c") or "relative"),
        "GISAPP_PARAMETERS": json.dumps(frame_facts.get("parameters", {}), sort_keys=True),
        "GISAPP_CAMERA": camera,
        "GISAPP_FRAMES": str(frames),
        "GISAPP_NORMALISED": "yes" if options.normalise else "no",
        "GISAPP_PRECISION_C": f"{options.precision_c:g}",
    }
