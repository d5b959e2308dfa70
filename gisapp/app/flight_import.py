"""A flight in a project: its folder, its layers, and what is done with it there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gisapp.analysis.flight_coverage import Coverage, coverage
from gisapp.analysis.flight_geometry import footprint
from gisapp.app.flight import FLIGHT_FILE, LAYERS, FlightResult, make_flight, place_at_once
from gisapp.app.flight_frames import Seen
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_placing import utm_of
from gisapp.app.flight_remaking import remake_mosaic
from gisapp.app.flight_states import change, forget_old, keep_state, next_name
from gisapp.io.flight_file import read_flight, write_flight
from gisapp.io.flight_layers import write_flight_layers
from gisapp.io.frame_facts import PICTURES, read_frame_facts
from gisapp.io.map_file import refused
from gisapp.model.errors import GisError, ReadError
from gisapp.model.flight import Corner, Flight, FlightFrame, LeftOut
from gisapp.model.layer import Layer
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.model.zones import zone_at

WRITTEN = "written.json"  # the flight as its files say, to compare with
AS_FLOWN = "mosaic_as_flown.tif"
FLIGHTS = "data/flights"  # in the folder of a project
_LOOKED_AT = 12  # files of a folder that tell whether it is a flight


@dataclass(frozen=True)
class OpenFlight:
    """A flight as it is on the disk. `written` is how its files say it was."""

    folder: Path
    flight: Flight
    written: Flight
    covered: Coverage

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def is_aligned(self) -> bool:
        """Aligning was done, whatever came of it."""
        return "yaw_source" in (self.flight.fit or {})

    @property
    def mosaic(self) -> Path | None:
        path = self.folder / self.flight.mosaic
        return path if self.flight.mosaic and path.exists() else None

    @property
    def as_flown(self) -> Path | None:
        path = self.folder / AS_FLOWN
        return path if path.exists() else None

    def path_of(self, frame: FlightFrame) -> Path:
        return self.folder / frame.file


def looks_like_flight(folder: Path) -> bool:
    """Whether a folder holds thermal frames; reads a few files of it."""
    if not folder.is_dir():
        return False
    pictures = _pictures(folder)
    step = max(1, len(pictures) // _LOOKED_AT)
    for path in pictures[::step][: _LOOKED_AT + 1]:
        with suppress(GisError, OSError):
            if read_frame_facts(path).kind == "thermal":
                return True
    return False


def crs_of_flight(folder: Path) -> str:
    """The plane system for a project around a flight: the 3-degree zone of CGCS2000 in China, else
    the UTM zone. Reads its first files. Raises ReadError when none says where it was taken."""
    for path in _pictures(folder):
        with suppress(GisError, OSError):
            place = read_frame_facts(path).position("xmp")
            if place is not None:
                zone = zone_at(place.longitude) if 3 < place.latitude < 54 else None
                return zone.crs if zone is not None else utm_of(place.longitude, place.latitude)
    raise ReadError(
        tr("No picture in {folder} says where it was taken").format(folder=folder.name),
        hint=tr("Give the folder that the camera's files were copied to."),
    )


def import_flight(
    frames: Path,
    project: Path,
    options: FlightOptions,
    progress: Progress,
    seen: Seen | None = None,
) -> OpenFlight:
    """Place the frames of a folder as their files say and write that into the project's folder.

    A folder that was imported before is that flight again, as far as it was taken. Raises
    ReadError, WriteError, ParameterError, Cancelled.
    """
    folder = _home(frames, project)
    known = _known(folder)
    if known is not None:
        return known
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error
    placed = place_at_once(frames, options, Part(progress, 0.0, 0.9), output=folder, seen=seen)
    write_placed(placed)
    progress.report(1.0)
    return open_flight(folder)


def write_placed(placed: FlightResult) -> None:
    """flight.json last: it says that the others are there. Raises WriteError."""
    folder, flight = placed.folder, placed.flight
    write_flight_layers(folder / LAYERS, flight, placed.coverage.covered, placed.coverage.gaps)
    write_flight(folder / WRITTEN, flight)
    write_flight(folder / FLIGHT_FILE, flight)


def open_flight(folder: Path) -> OpenFlight:
    """Raises ReadError."""
    flight = read_flight(folder / FLIGHT_FILE)
    written = read_flight(folder / WRITTEN) if (folder / WRITTEN).exists() else flight
    return OpenFlight(folder, flight, written, coverage(_rings(flight)))


def frames_folder(opened: OpenFlight) -> Path:
    """The folder that all its frames lie in."""
    files = [opened.path_of(f) for f in opened.flight.frames]
    files += [opened.folder / f.file for f in opened.flight.left_out]
    parents = [path.resolve().parent for path in files]
    first, *others = sorted(parents)
    while not all(other.is_relative_to(first) for other in others):
        first = first.parent
    return first


def level_flight(opened: OpenFlight, options: FlightOptions, progress: Progress) -> OpenFlight:
    """Align, even out, make the mosaic, and one of the flight as it was flown, to compare with.

    Goes on where an earlier run was stopped. Raises ReadError, WriteError, Cancelled.
    """
    folder = opened.folder
    done = make_flight(
        frames_folder(opened),
        folder,
        options,
        Part(progress, 0.0, 0.85),
        mosaic_name=next_name(folder, opened.flight.mosaic),
    )
    keep_state(folder, opened.flight)
    keep_state(folder, done.flight)
    flown = _as_flown(opened.written, done.flight)
    if options.mosaic and flown.frames:
        remake_mosaic(flown, folder, AS_FLOWN, options, Part(progress, 0.85, 1.0))
    forget_old(folder, (done.flight.mosaic, opened.flight.mosaic))
    return open_flight(folder)


def change_flight(
    opened: OpenFlight, flight: Flight, options: FlightOptions, progress: Progress
) -> OpenFlight:
    """Write a flight with moved frames or other parameters, and its mosaic where that changes it.

    Raises ReadError, WriteError, Cancelled.
    """
    change(opened.folder, flight, options, progress)
    return open_flight(opened.folder)


def flights_of(layers: Sequence[Layer], project: Path) -> tuple[Path, ...]:
    """The folders of the flights that a project shows, in the order of its layers."""
    found = []
    for layer in layers:
        folder = (project / layer.source.path).parent
        if layer.source.format in ("geopackage", "geotiff") and (folder / FLIGHT_FILE).exists():
            found.append(folder)
    return tuple(dict.fromkeys(found))


def _as_flown(written: Flight, levelled: Flight) -> Flight:
    """Where the files say the frames were, with temperatures as they were decoded."""
    decoded = {frame.file: frame for frame in levelled.frames}
    # How many cells a frame has is known for sure once it was decoded.
    lens = replace(written.lens, columns=levelled.lens.columns, rows=levelled.lens.rows)
    frames = []
    for frame in written.frames:
        if frame.file not in decoded:
            continue
        corners = frame.corners
        if lens != written.lens:
            corners = tuple(map(_corner, footprint(lens, frame.pose)))
        parameters = decoded[frame.file].parameters
        frames.append(replace(frame, parameters=parameters, corners=corners))
    beside = (levelled.fit or {}).get("not_in_mosaic", ())
    fit = {**(written.fit or {}), "not_in_mosaic": beside}
    return replace(written, frames=tuple(frames), lens=lens, fit=fit)


def _corner(place: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Corner:
    return float(place[0]), float(place[1])


def _rings(flight: Flight) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    return [np.array(frame.corners) for frame in flight.frames]


def _home(frames: Path, project: Path) -> Path:
    """Named as the folder of the frames; numbered when another flight has that name."""
    parent, name = project / FLIGHTS, safe_folder_name(frames.resolve().name)
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name} {number}")
        known = _known(folder)
        if known is None or _same(known, frames):
            return folder
        number += 1


def _known(folder: Path) -> OpenFlight | None:
    try:
        return open_flight(folder)
    except GisError:
        return None


def _same(known: OpenFlight, frames: Path) -> bool:
    files: list[FlightFrame | LeftOut] = [*known.flight.frames, *known.flight.left_out]
    inside = frames.resolve()
    return bool(files) and (known.folder / files[0].file).resolve().is_relative_to(inside)


def _pictures(folder: Path) -> list[Path]:
    """In the folder or, where it has none, in those below."""
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)
    return found or sorted(p for p in folder.glob("*/*") if p.suffix.lower() in PICTURES)


def safe_folder_name(name: str) -> str:
    """Without what some system does not allow in a name."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", name).strip(" .") or "flight"
