"""A folder of frames becomes a flight on the map: placed, aligned, evened out, one mosaic."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.analysis.flight_coverage import Coverage, coverage
from gisapp.analysis.flight_drift import Drift
from gisapp.analysis.flight_geometry import Floats, frame_affine
from gisapp.app.flight_alignment import align, drift_figures, normalise
from gisapp.app.flight_frames import (
    OpenedFrame,
    Seen,
    Survey,
    forget_frames,
    open_frames,
    opened,
    piece_of,
    survey_folder,
)
from gisapp.app.flight_mosaic import (
    MosaicFigures,
    footprints,
    make_mosaic,
    mosaic_tags,
    scene_of,
    too_flat,
)
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_placing import Placed, place_frames
from gisapp.app.flight_workers import workers
from gisapp.io.flight_file import write_flight, write_offsets
from gisapp.io.flight_layers import write_flight_layers
from gisapp.io.flight_work import finish_work, stamp_of, work_folder
from gisapp.io.map_file import refused
from gisapp.model.flight import Flight, FlightFrame, LeftOut
from gisapp.model.progress import Part, Progress

_AFFINE_PIXELS = 1.0  # a view whose affine is off by more has none
FLIGHT_FILE, LAYERS, MOSAIC, OFFSETS = "flight.json", "footprints.gpkg", "mosaic.tif", "offsets.csv"


@dataclass(frozen=True)
class FlightResult:
    """What was made. `frames_kept` and `mosaic.blocks_kept` were done by an earlier run."""

    flight: Flight
    folder: Path
    coverage: Coverage
    frames_kept: int = 0
    mosaic: MosaicFigures | None = None


def place_at_once(
    folder: Path,
    options: FlightOptions,
    progress: Progress,
    *,
    output: Path | None = None,
    seen: Seen | None = None,
) -> FlightResult:
    """Track, footprints, coverage and gaps from what the files say, without decoding one: about a
    millisecond a frame. Paths in the result are relative to `output`, else to the folder of the
    frames. `seen` is told of each thermal frame as it is found.

    Raises ReadError, ParameterError, Cancelled.
    """
    survey = survey_folder(folder, progress, seen)
    placed = place_frames(survey.frames, [None] * len(survey.frames), options)
    rings = footprints(placed)
    home = output or folder
    flight = _flight(placed, survey, rings, {}, None, [None] * len(placed.frames), home, options)
    return FlightResult(flight, home, coverage(rings))


def make_flight(
    folder: Path,
    output: Path,
    options: FlightOptions,
    progress: Progress,
    *,
    mosaic_name: str = MOSAIC,
) -> FlightResult:
    """Write flight.json, footprints.gpkg, offsets.csv and mosaic.tif into `output`.

    A run that was stopped or killed goes on where it was when it is started again with the same
    frames and options. Files come to their names when they are whole, flight.json last. Raises
    ReadError, WriteError, ParameterError, Cancelled.
    """
    survey = survey_folder(folder, Part(progress, 0.0, 0.05))
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(output, error) from error
    # Wrong words are said before hours of work, not after.
    place_frames(survey.frames, [None] * len(survey.frames), options)
    work = work_folder(
        output,
        "frames",
        [stamp_of(Path(frame.path)) for frame in survey.frames],
        None if options.parameters is None else asdict(options.parameters),
        options.align,
    )
    try:
        with workers(options.scheduler, options.threads) as staff:
            kept = open_frames(
                survey.frames,
                work,
                options.parameters,
                options.align,
                staff,
                Part(progress, 0.05, 0.4),
            )
            contents = [opened(piece_of(work, n)) for n in range(len(survey.frames))]
            placed = place_frames(survey.frames, contents, options)
            used = [contents[number] for number in placed.numbers]
            placed, figures = align(placed, work, output, options, staff, Part(progress, 0.4, 0.6))
            drift: Drift | None = None
            if options.normalise:
                drift, overlaps = normalise(placed, work, Part(progress, 0.6, 0.65))
                figures["drift"] = drift_figures(drift, overlaps, placed)
            beside = [placed.frames[n].facts.name for n in too_flat(placed)]
            if beside:
                figures["not_in_mosaic"] = beside
            rings = footprints(placed)
            covered = coverage([ring for ring in rings if len(ring)])
            flight = _flight(
                placed, survey, rings, figures, drift, used, output, options, mosaic_name
            )
            made: MosaicFigures | None = None
            if options.mosaic:
                shifts = drift.offset if drift is not None else np.zeros(len(placed.frames))
                made = make_mosaic(
                    scene_of(placed, shifts, rings, options),
                    output,
                    output / mosaic_name,
                    options,
                    mosaic_tags(placed.camera, len(placed.frames), _said(used[0]), options),
                    staff,
                    Part(progress, 0.65, 1.0),
                )
    finally:
        forget_frames()
    write_flight_layers(output / LAYERS, flight, covered.covered, covered.gaps)
    write_offsets(output / OFFSETS, flight)
    write_flight(output / FLIGHT_FILE, flight)
    finish_work(output)
    progress.report(1.0)
    return FlightResult(flight, output, covered, kept, made)


def _flight(
    placed: Placed,
    survey: Survey,
    rings: Sequence[Floats],
    figures: Mapping[str, Any],
    drift: Drift | None,
    contents: Sequence[OpenedFrame | None],
    home: Path,
    options: FlightOptions,
    mosaic_name: str = MOSAIC,
) -> Flight:
    frames = []
    for n, frame in enumerate(placed.frames):
        if not len(rings[n]):
            continue
        pose, content = placed.poses.pose(n), contents[n]
        above = placed.heights_above_ground[n]
        affine, error = frame_affine(placed.lens, _over_ground(placed, n, float(above)))
        facts = frame.facts
        frames.append(
            FlightFrame(
                file=relative_path(Path(frame.path), home),
                taken_at=facts.taken_at.isoformat() if facts.taken_at else "",
                pose=pose,
                corners=tuple((float(x), float(y)) for x, y in rings[n]),
                affine=tuple(map(float, affine)) if error <= _AFFINE_PIXELS else None,
                offset_c=float(drift.offset[n]) if drift is not None else 0.0,
                part=int(drift.part[n]) if drift is not None else 0,
                decoder=content.decoder if content else "",
                accuracy_c=content.accuracy_c if content else None,
                parameters=content.parameters if content else None,
                twin=relative_path(Path(frame.twin), home) if frame.twin else "",
            )
        )
    left_out = [
        LeftOut(relative_path(Path(one.file), home), one.verdict, one.message)
        for one in placed.left_out
    ] + [
        LeftOut(relative_path(survey.folder / one.file, home), one.verdict, one.message)
        for one in survey.left_out
    ]
    return Flight(
        crs=placed.crs,
        camera=placed.camera,
        lens=placed.lens,
        frames=tuple(frames),
        left_out=tuple(left_out),
        fit={"focal_source": placed.focal_source, **figures},
        elevation=relative_path(options.elevation, home) if options.elevation else "",
        mosaic=mosaic_name if options.mosaic and contents and contents[0] else "",
    )


def _over_ground(placed: Placed, number: int, above: float) -> Any:
    """The pose above the level of the ground below it: the affine is that of this plane."""
    pose = placed.poses.pose(number)
    return type(pose)(pose.x, pose.y, above, pose.yaw, pose.pitch, pose.roll)


def relative_path(path: Path, home: Path) -> str:
    """How to get to a file from a folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(path.absolute(), home.absolute())).as_posix()
    except ValueError:  # another drive
        return path.absolute().as_posix()


def _said(content: OpenedFrame) -> Mapping[str, Any]:
    return {
        "decoder": content.decoder,
        "accuracy_c": content.accuracy_c,
        "parameters": content.parameters,
    }
