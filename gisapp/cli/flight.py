"""gisapp flight."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.flight import FlightResult, make_flight
from gisapp.app.flight_options import FlightOptions
from gisapp.model.errors import ParameterError
from gisapp.model.text import N_, tr
from gisapp.model.thermal_image import ThermalParameters

_EVERY = 0.05  # of the whole work between two lines


def _pair(text: str) -> tuple[float, float]:
    try:
        east, north = map(float, text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            tr("{text} is not EAST,NORTH in metres").format(text=text)
        ) from error
    return east, north


def _arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, help=tr("the frames of one flight, as the camera wrote them"))
    add("--output", type=Path, required=True, help=tr("folder to write into"))
    add("--no-align", action="store_true", help=tr("leave frames where their files say"))
    add("--no-refine", action="store_true", help=tr("align the flight, not each frame"))
    add("--no-normalise", action="store_true", help=tr("leave the drift of temperatures"))
    add("--no-mosaic", action="store_true", help=tr("only place the frames"))
    add("--cell", type=float, default=0.0, help=tr("metres a cell of the mosaic; 0: as the frames"))
    add("--precision", type=float, default=0.0, help=tr("store °C to this (LERC); 0: as computed"))
    add("--seams", type=float, default=0.04, help=tr("width of seams, share of half a diagonal"))
    add("--position", choices=("xmp", "exif"), default="xmp", help=tr("which position is right"))
    add("--shift", type=_pair, default=(0.0, 0.0), help=tr("metres east,north for all frames"))
    add("--yaw", type=float, help=tr("degrees to add to the yaw of all frames"))
    add("--height", type=float, help=tr("metres above ground, where files do not say it"))
    add("--elevation", type=Path, help=tr("elevation model (GeoTIFF); else the ground is flat"))
    add("--takeoff", type=float, help=tr("height of the take-off in the elevation model"))
    add("--camera", default="", help=tr("the camera to use when there are several"))
    add("--crs", default="", help=tr("plane system, such as EPSG:4547; else the UTM zone"))
    add("--emissivity", type=float, help=tr("emissivity, 0 to 1"))
    add("--reflected", type=float, help=tr("reflected temperature in °C"))
    add("--air", type=float, help=tr("temperature of the air in °C"))
    add("--humidity", type=float, help=tr("humidity, 0 to 1"))
    add("--distance", type=float, help=tr("distance in metres, as the camera means it"))
    add("--scheduler", default="", help=tr("address of a Dask cluster, such as tcp://host:8786"))
    add("--threads", type=int, default=2, help=tr("threads on this computer"))


def _parameters(arguments: argparse.Namespace) -> ThermalParameters | None:
    """All five or none: frames of one flight must be decoded alike."""
    given = {
        "emissivity": arguments.emissivity,
        "reflected_c": arguments.reflected,
        "air_c": arguments.air,
        "humidity": arguments.humidity,
        "distance_m": arguments.distance,
    }
    if all(value is None for value in given.values()):
        return None
    if any(value is None for value in given.values()):
        raise ParameterError(
            tr("Parameters of the temperatures are given in part"),
            hint=tr("Give emissivity, reflected, air, humidity and distance, or none of them."),
        )
    return ThermalParameters(**given)


class _Lines:
    """Progress as a line now and then."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._said, self._words = desk, -1.0, ""

    def report(self, fraction: float, message: str = "") -> None:
        if message and (message != self._words or fraction - self._said >= _EVERY):
            self._said, self._words = fraction, message
            self._desk.say(f"{fraction:4.0%}  {message}")


def _flight(arguments: argparse.Namespace, desk: Desk) -> Answer:
    options = FlightOptions(
        align=not arguments.no_align,
        refine=not arguments.no_refine,
        normalise=not arguments.no_normalise,
        mosaic=not arguments.no_mosaic,
        position=arguments.position,
        crs=arguments.crs,
        cell_m=arguments.cell,
        precision_c=arguments.precision,
        feather=arguments.seams,
        height_m=arguments.height,
        yaw_offset=arguments.yaw,
        shift_m=arguments.shift,
        elevation=arguments.elevation,
        takeoff_m=arguments.takeoff,
        parameters=_parameters(arguments),
        camera=arguments.camera,
        scheduler=arguments.scheduler,
        threads=arguments.threads,
    )
    done = make_flight(arguments.folder, arguments.output, options, _Lines(desk))
    return Answer(_data(done), list(_lines(done)))


def _data(done: FlightResult) -> dict[str, Any]:
    flight, mosaic = done.flight, done.mosaic
    return {
        "folder": done.folder,
        "crs": flight.crs,
        "camera": flight.camera,
        "frames": len(flight.frames),
        "left_out": [
            {"file": o.file, "verdict": o.verdict, "message": o.message} for o in flight.left_out
        ],
        "covered_m2": done.coverage.covered_m2,
        "gaps": len(done.coverage.gaps),
        "gaps_m2": done.coverage.gap_m2,
        "frames_kept": done.frames_kept,
        "fit": flight.fit,
        "mosaic": None
        if mosaic is None
        else {
            "file": done.folder / flight.mosaic,
            "columns": mosaic.columns,
            "rows": mosaic.rows,
            "cell_m": mosaic.cell_m,
            "blocks": mosaic.blocks,
            "blocks_kept": mosaic.blocks_kept,
        },
    }


def _lines(done: FlightResult) -> Iterator[str]:
    flight, fit = done.flight, done.flight.fit or {}
    words = tr("{n} frames placed, {out} files left out, {area:.1f} ha seen, {gaps} gaps")
    yield words.format(
        n=len(flight.frames),
        out=len(flight.left_out),
        area=done.coverage.covered_m2 / 10_000,
        gaps=len(done.coverage.gaps),
    )
    for key, title in (
        ("as_written", tr("as written")),
        ("legs", tr("with the yaw of straight legs")),
        ("flight", tr("after the fit of the flight")),
        ("frames", tr("after the refinement of frames")),
    ):
        found = fit.get(key, {})
        if found.get("median_m") is not None:
            yield tr(
                "Frames disagree by {median:.2f} m (median), {p90:.2f} m (90 %) {when}"
            ).format(median=found["median_m"], p90=found["p90_m"], when=title)
    drift = fit.get("drift", {})
    if drift.get("after_rms_c") is not None:
        yield tr(
            "Temperatures of overlaps differ by {before:.2f} °C before and {after:.2f} °C after "
            "normalising; offsets from {low:+.2f} to {high:+.2f} °C"
        ).format(
            before=drift["before_rms_c"],
            after=drift["after_rms_c"],
            low=drift["lowest_c"],
            high=drift["highest_c"],
        )
    for name in drift.get("without_overlap", ()):
        yield tr("{file} overlaps no other frame: its temperatures are as decoded").format(
            file=name
        )
    if beside := fit.get("not_in_mosaic"):
        yield tr(
            "{n} frames look to the side (more than 50° from straight down) and are not in the "
            "mosaic, such as {file}"
        ).format(n=len(beside), file=beside[0])
    if len(flight.frames) == 1:
        yield tr("One frame only: there is nothing to align or to normalise it with")
    yield tr("Written: {folder}").format(folder=done.folder)


FLIGHT = (
    Command(
        "flight",
        N_("Make an aligned mosaic in °C of a thermal flight"),
        _arguments,
        _flight,
        details=N_(
            "Writes flight.json, footprints.gpkg, offsets.csv and mosaic.tif. A run that was "
            "stopped goes on where it was."
        ),
    ),
)
