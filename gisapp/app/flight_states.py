"""A flight that people change keeps what it was: each mosaic with the flight that it was made of.

A project's undo brings back a layer, and a layer is the name of a mosaic. So every change of a
flight writes a mosaic of a new name, and a small file beside it says how the frames lay. The latest
mosaics stay on the disk; an older one is made again when somebody goes back to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from threading import Lock

import numpy as np

from gisapp.analysis.flight_coverage import coverage
from gisapp.app.flight import FLIGHT_FILE, LAYERS, MOSAIC
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_remaking import remake_mosaic
from gisapp.io.flight_file import read_flight, write_flight
from gisapp.io.flight_layers import write_flight_layers
from gisapp.io.map_file import refused
from gisapp.model.errors import GisError, ReadError
from gisapp.model.flight import Flight
from gisapp.model.layer import LayerId
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.text import tr

STATES = ".states"
MOSAICS_KEPT = 4  # for going back at once
STATES_KEPT = 60
_writing = Lock()  # a change that is replaced by the next one may still be at its last file


def change(folder: Path, flight: Flight, options: FlightOptions, progress: Progress) -> None:
    """Write a flight with moved frames or other parameters, with its mosaic if it has one.

    Raises ReadError, WriteError, Cancelled.
    """
    with _writing:
        progress.report(0.0)
        now = read_flight(folder / FLIGHT_FILE)
        if now.mosaic and (folder / now.mosaic).exists():
            flight = replace(flight, mosaic=next_name(folder, now.mosaic))
            _remake(folder, now, flight, options, progress)
            keep_state(folder, now)
        write_changed(folder, flight)


def return_to(folder: Path, mosaic: str, options: FlightOptions, progress: Progress) -> bool:
    """The flight as it was when it had this mosaic; whether the mosaic had to be made again.

    Raises ReadError when nothing is known of it any more, WriteError, Cancelled.
    """
    with _writing:
        progress.report(0.0)
        now, missing = read_flight(folder / FLIGHT_FILE), not (folder / mosaic).exists()
        if now.mosaic == mosaic and not missing:
            return False
        try:
            flight = read_flight(_state_file(folder, mosaic))
        except GisError as error:
            raise ReadError(
                tr("How {flight} was then is no longer known").format(flight=folder.name),
                hint=tr("Align and level it again, or redo what was undone."),
            ) from error
        if missing:
            _remake(folder, now, flight, options, progress)
        write_changed(folder, flight)
        return missing


def write_changed(folder: Path, flight: Flight) -> None:
    """Layers, what it was, flight.json last. Nothing can stop it half-way. Raises WriteError."""
    covered = coverage([np.array(frame.corners) for frame in flight.frames])
    keep_state(folder, flight)
    write_flight_layers(folder / LAYERS, flight, covered.covered, covered.gaps)
    write_flight(folder / FLIGHT_FILE, flight)
    forget_old(folder, (flight.mosaic,))


def _remake(
    folder: Path, now: Flight, flight: Flight, options: FlightOptions, progress: Progress
) -> None:
    path = folder / now.mosaic
    before = (now, path) if now.mosaic and path.exists() else None
    part = Part(progress, 0.0, 0.95)
    remake_mosaic(flight, folder, flight.mosaic, options, part, before=before)


def keep_state(folder: Path, flight: Flight) -> None:
    """Raises WriteError."""
    if not flight.mosaic:
        return
    path = _state_file(folder, flight.mosaic)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise refused(path.parent, error) from error
    write_flight(path, flight)
    for old in sorted(path.parent.glob("*.json"), key=_number)[:-STATES_KEPT]:
        with suppress(OSError):
            old.unlink()


def next_name(folder: Path, current: str) -> str:
    """A mosaic is never replaced while a map shows it, and a name never means two of them."""
    stem, kind = MOSAIC.rsplit(".", 1)
    used = [_number(path) for path in (folder / STATES).glob("*.json")]
    used += [_number(Path(name)) for name in (current,) if name]
    used += [_number(path) for path in folder.glob(f"{stem}*.{kind}")]
    number = max(used, default=0) + 1
    return MOSAIC if number == 1 else f"{stem}_{number}.{kind}"


def forget_old(folder: Path, kept: Sequence[str]) -> None:
    """Mosaics before the latest ones; what is still open elsewhere stays for the next time."""
    stem, kind = MOSAIC.rsplit(".", 1)
    there = [path for path in folder.glob(f"{stem}*.{kind}") if _number(path)]
    for path in sorted(there, key=_number)[:-MOSAICS_KEPT]:
        if path.name not in kept:
            with suppress(OSError):
                path.unlink()


def went_back(before: Project, after: Project, flights: str) -> Iterator[tuple[str, str]]:
    """Folder (as layers name it) and mosaic of each flight whose layer shows another mosaic now;
    `flights`: the folder they lie in."""
    paths: dict[LayerId, str] = {layer.id: layer.source.path for layer in before.layers}
    for layer in after.layers:
        path, old = PurePosixPath(layer.source.path), paths.get(layer.id)
        if old is None or old == layer.source.path or path.parent != PurePosixPath(old).parent:
            continue
        if path.parent.parent == PurePosixPath(flights) and _number(Path(path.name)):
            yield str(path.parent), path.name


def _state_file(folder: Path, mosaic: str) -> Path:
    return folder / STATES / f"{Path(mosaic).stem}.json"


def _number(path: Path) -> int:
    """1 for mosaic, 3 for mosaic_3; 0 for what is none, such as the one as flown."""
    stem = MOSAIC.rsplit(".", 1)[0]
    name, _, number = path.stem.partition("_")
    if name != stem or (number and not number.isdigit()):
        return 0
    return int(number or 1)
