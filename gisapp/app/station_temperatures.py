"""What monitoring stations say of the water at the moment a thermal layer was taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.flight import FLIGHT_FILE
from gisapp.app.flight_pictures import nearest_frame
from gisapp.app.identify import is_features
from gisapp.app.station_chart import Station, is_station_layer, station_of
from gisapp.app.thermal_readings import Reading, value_around
from gisapp.app.tools import MapState
from gisapp.io.decoding_tags import read_decoding
from gisapp.io.flight_file import read_flight
from gisapp.io.frame_facts import read_frame_facts
from gisapp.io.station_records import list_parameters, read_series
from gisapp.model.crs import transform_point
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.flight import Flight
from gisapp.model.geometry import Point
from gisapp.model.progress import Progress, track
from gisapp.model.project import Project
from gisapp.model.text import tr

WATER = "water_temp_c"  # the quantity of records
WINDOWS = (15, 30, 60, 180)  # minutes a record may be away from the flight
USUAL = 60


@dataclass(frozen=True, slots=True)
class WaterRecord:
    """`minutes`: how far the nearest record is, negative before the moment. Between two records
    the value is worked out; else it is that of the nearest."""

    celsius: float
    minutes: float
    between: bool


@dataclass(frozen=True)
class Taken:
    """When a layer was taken: of a flight each place at its own moment."""

    moment: datetime | None = None  # the middle
    flight: Flight | None = None

    def at(self, place: Point, crs: str) -> datetime | None:
        if self.flight is not None:
            x, y = transform_point(place, crs, self.flight.crs)
            number = nearest_frame(self.flight, x, y)
            if number is not None and (found := _moment(self.flight.frames[number].taken_at)):
                return found
        return self.moment


@dataclass(frozen=True)
class StationReadings:
    """`silent`: stations on the layer without a record in time, with the reason each."""

    readings: tuple[Reading, ...]
    silent: tuple[tuple[str, str], ...]
    stations: int  # on the layer or beside it


def taken(path: Path) -> Taken:
    """When the file of a layer was taken, from the flight beside it or from the frame itself; reads
    files. Nothing known: a `Taken` without a moment."""
    home = path.parent / FLIGHT_FILE
    try:
        if path.suffix.lower() in (".tif", ".tiff") and home.exists():
            flight = read_flight(home)
            moments = sorted(filter(None, (_moment(f.taken_at) for f in flight.frames)))
            return Taken(moments[len(moments) // 2] if moments else None, flight)
        if path.suffix.lower() in (".tif", ".tiff"):
            return Taken(_moment(read_decoding(path).taken))
        if path.suffix.lower() in (".jpg", ".jpeg"):
            found = read_frame_facts(path).taken_at
            return Taken(None if found is None else found.replace(tzinfo=None))
    except GisError:
        pass
    return Taken()


def water_at(
    times: npt.NDArray[np.datetime64],
    values: npt.NDArray[np.float64],
    moment: datetime,
    minutes: float,
) -> WaterRecord | None:
    """The temperature at a moment from records in the order of time; None when none lies within the
    minutes. With one on each side, both within, linear in time between them. NaN is no record."""
    known = np.isfinite(values)
    off = (times[known] - np.datetime64(moment, "s")).astype("timedelta64[s]").astype(float) / 60
    kept = np.abs(off) <= minutes
    off, near = off[kept], values[known][kept]
    if not len(off):
        return None
    closest = int(np.argmin(np.abs(off)))
    after = int(np.searchsorted(off, 0.0))
    if 0 < after < len(off) and off[after] > 0:
        share = -off[after - 1] / (off[after] - off[after - 1])
        value = near[after - 1] + share * (near[after] - near[after - 1])
        return WaterRecord(float(value), float(off[closest]), True)
    return WaterRecord(float(near[closest]), float(off[closest]), False)


def station_readings(
    project: Project,
    loaded: Mapping[Any, Any],
    path_of: Callable[[str], Path],
    data: Any,
    when: Taken,
    minutes: float,
    progress: Progress,
) -> StationReadings:
    """A reading for each station of the project that lies on a layer of temperatures and has a
    record of the water within the minutes. `loaded`: data of layers by their id, `data`: the
    layer's own. Times of records and of the camera are compared as they are written, so both must
    be in the same zone. Reads files: on a worker. Raises ParameterError when there is no time.
    """
    if when.moment is None and when.flight is None:
        raise ParameterError(
            tr("It is not known when the layer was taken"),
            hint=tr("Type the day and the time of the flight."),
        )
    stations = list(_stations(project, loaded, path_of))
    readings, silent = [], []
    for station, place in track(stations, len(stations), progress, tr("Reading the records")):
        if not _is_within(data, place, project.crs):
            continue
        measured = value_around(data, place, project.crs, progress)
        moment = when.at(place, project.crs)
        if not math.isfinite(measured) or moment is None:
            silent.append((station.title, tr("the layer has no value there")))
            continue
        try:
            record = _record(station, moment, minutes)
        except GisError as error:
            silent.append((station.title, error.message))
            continue
        if record is None:
            words = tr("no record within {n:g} min of {moment}")
            text = words.format(n=minutes, moment=f"{moment:%Y-%m-%d %H:%M}")
            silent.append((station.title, text))
            continue
        readings.append(
            Reading(station.title, place, measured, record.celsius, _words(record, moment))
        )
    return StationReadings(tuple(readings), tuple(silent), len(stations))


def _stations(
    project: Project, loaded: Mapping[Any, Any], path_of: Callable[[str], Path]
) -> Iterator[tuple[Station, Point]]:
    state = MapState(project, dict(loaded))
    for layer in project.layers:
        features = state.data_of(layer)
        if not is_station_layer(layer) or not is_features(features):
            continue
        shapes = features.shapes_in(project.crs)
        if shapes.kind != "point":
            continue
        for owner, (x, y) in zip(shapes.owner.tolist(), shapes.coords.tolist(), strict=True):
            station = station_of(state, layer.id, features.ids[owner], path_of)
            if station is not None and math.isfinite(x) and math.isfinite(y):
                yield station, Point(x, y)


def _record(station: Station, moment: datetime, minutes: float) -> WaterRecord | None:
    file = next((path for path in station.records if path.is_file()), None)
    if file is None or WATER not in {quantity.name for quantity in list_parameters(file)}:
        return None
    room = timedelta(minutes=minutes, seconds=1)
    series = read_series(file, station.id, WATER, moment - room, moment + room)
    return water_at(series.times, series.values, moment, minutes)


def _words(record: WaterRecord, moment: datetime) -> str:
    at = f"{moment:%H:%M}"
    if record.between:
        return tr("between two records, at {at}").format(at=at)
    if not round(record.minutes):
        return tr("recorded at {at}").format(at=at)
    words = tr("{n:.0f} min before {at}") if record.minutes < 0 else tr("{n:.0f} min after {at}")
    return words.format(n=abs(record.minutes), at=at)


def _is_within(data: Any, place: Point, crs: str) -> bool:
    x, y = transform_point(place, crs, data.crs)
    extent = data.extent
    return bool(extent.left <= x <= extent.right and extent.bottom <= y <= extent.top)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
