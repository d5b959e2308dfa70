"""The mosaic of a flight made anew from flight.json: after a frame was moved, with other parameters
of its temperatures, or as it was flown. Blocks that nothing changed in are taken as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from gisapp.analysis.flight_mosaic import Bounds, Grid
from gisapp.app.flight_frames import forget_frames
from gisapp.app.flight_mosaic import (
    Ground,
    MosaicFigures,
    Scene,
    SeenFrame,
    extent_of,
    grid_of,
    make_mosaic,
    mosaic_tags,
)
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_workers import workers
from gisapp.io.flight_mosaic_file import BlockPlace, keep_blocks, mosaic_grid
from gisapp.io.flight_work import finish_work
from gisapp.model.flight import Flight
from gisapp.model.progress import Progress
from gisapp.model.thermal_image import ThermalParameters


def remake_mosaic(
    flight: Flight,
    folder: Path,
    name: str,
    options: FlightOptions,
    progress: Progress,
    *,
    before: tuple[Flight, Path] | None = None,
) -> MosaicFigures:
    """Write `name` into the folder of flight.json from the frames as the flight says they lie.

    `before` is the flight and the mosaic that differ from it in some frames only: where those lay
    and lie blocks are made, all others are copied; not when the footprints outgrow that mosaic.
    Raises WriteError, ReadError when a frame has gone, Cancelled.
    """
    grid, keep = _grid(flight, options), None
    if before is not None:
        old, path = before
        found = mosaic_grid(path)
        own = None if found is None else Grid(*found)
        if own is not None and _holds(own, flight):
            grid, touched = own, touched_by(old, flight)

            def keep(places: Sequence[BlockPlace]) -> None:
                untouched = [place for place in places if not _touches(own, place, touched)]
                keep_blocks(path, untouched)

    scene = _scene(flight, folder, grid)
    first = flight.frames[0]
    facts = {
        "decoder": first.decoder,
        "accuracy_c": first.accuracy_c,
        "parameters": dict(first.parameters or {}),
    }
    tags = mosaic_tags(flight.camera, len(flight.frames), facts, options)
    try:
        with workers("", options.threads) as staff:
            done = make_mosaic(scene, folder, folder / name, options, tags, staff, progress, keep)
    finally:
        forget_frames()
    finish_work(folder)
    return done


def touched_by(before: Flight, after: Flight) -> tuple[Bounds, ...]:
    """Where frames lay and lie that were moved, have another offset or other parameters."""
    old = {frame.file: frame for frame in before.frames}
    new = {frame.file: frame for frame in after.frames}
    found = []
    for file in old.keys() | new.keys():
        one, other = old.get(file), new.get(file)
        if one != other:
            found += [extent_of(np.array(f.corners)) for f in (one, other) if f is not None]
    return tuple(found)


def with_parameters(flight: Flight, parameters: ThermalParameters) -> Flight:
    """All frames decoded alike, with these."""
    said = {name: round(value, 6) for name, value in asdict(parameters).items()}
    frames = tuple(replace(frame, parameters=said) for frame in flight.frames)
    return replace(flight, frames=frames)


def _grid(flight: Flight, options: FlightOptions) -> Grid:
    beside = set((flight.fit or {}).get("not_in_mosaic", ()))
    rings = [np.array(f.corners) for f in flight.frames if f.name not in beside]
    return grid_of(flight.lens, rings, options.cell_m)


def _scene(flight: Flight, folder: Path, grid: Grid) -> Scene:
    beside = set((flight.fit or {}).get("not_in_mosaic", ()))
    seen = tuple(
        SeenFrame(
            str(folder / frame.file),
            frame.pose,
            frame.offset_c,
            extent_of(np.array(frame.corners)),
            ThermalParameters(**frame.parameters) if frame.parameters else None,
        )
        for frame in flight.frames
        if frame.name not in beside
    )
    ground = None
    if flight.elevation:
        track = np.array([(frame.pose.x, frame.pose.y) for frame in flight.frames])
        ground = Ground(folder / flight.elevation, flight.crs, extent_of(track))
    return Scene(flight.crs, flight.lens, grid, seen, ground)


def _holds(grid: Grid, flight: Flight) -> bool:
    corners = np.vstack([frame.corners for frame in flight.frames])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    return bool(
        grid.west <= west
        and north <= grid.north
        and east <= grid.west + grid.columns * grid.cell
        and grid.north - grid.rows * grid.cell <= south
    )


def _touches(grid: Grid, place: BlockPlace, touched: Sequence[Bounds]) -> bool:
    west, north = grid.west + place.column * grid.cell, grid.north - place.row * grid.cell
    east, south = west + place.columns * grid.cell, north - place.rows * grid.cell
    return any(w < east and e > west and s < north and n > south for w, s, e, n in touched)
