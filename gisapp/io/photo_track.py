"""GPS tracks as receivers and telephones write them (GPX 1.0, 1.1): marks and walks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

from gisapp.io.safe_path import existing_file
from gisapp.model.crs import geod
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

MOST_BYTES = 200 << 20
LONGEST_GAP_S = 180.0  # between two fixes; farther apart nobody knows where the walker was
LONGEST_STEP_M = 2000.0  # between two fixes: a jump of the receiver, or a ride between two walks


class Waypoint(NamedTuple):
    """A mark: name and remark as written, longitude and latitude, the moment in UTC."""

    name: str
    remark: str
    lon: float
    lat: float
    at: datetime | None


@dataclass(frozen=True, eq=False)
class PhotoTrack:
    """`fixes` n x 3: longitude, latitude, seconds of UTC since 1970 (NaN: not written); `legs`:
    where each stretch begins, with n at the end. `clock`: how far the camera's clock was ahead of
    UTC."""

    waypoints: tuple[Waypoint, ...]
    fixes: npt.NDArray[np.float64]
    legs: tuple[int, ...]
    clock: timedelta

    def place_at(self, taken_at: datetime) -> tuple[float, float] | None:
        """Longitude and latitude at a moment of the camera's clock; None where it is not known."""
        fixes = self.fixes[np.isfinite(self.fixes[:, 2])]
        if not len(fixes):
            return None
        fixes = fixes[np.argsort(fixes[:, 2], kind="stable")]
        moment = taken_at if taken_at.tzinfo else (taken_at - self.clock).replace(tzinfo=UTC)
        at = moment.timestamp()
        after = int(np.searchsorted(fixes[:, 2], at))
        if after == 0 or after == len(fixes):
            edge = fixes[min(after, len(fixes) - 1)]
            return (float(edge[0]), float(edge[1])) if abs(edge[2] - at) <= 5 else None
        one, two = fixes[after - 1], fixes[after]
        gap = two[2] - one[2]
        if gap > LONGEST_GAP_S:
            return None
        share = (at - one[2]) / gap if gap > 0 else 0.0
        lon, lat = one[:2] + share * (two[:2] - one[:2])
        return float(lon), float(lat)

    @property
    def length_m(self) -> float:
        """What was walked, on the WGS 84 ellipsoid, without jumps."""
        total = 0.0
        for start, stop in zip(self.legs[:-1], self.legs[1:], strict=True):
            part = self.fixes[start:stop]
            if len(part) > 1:
                lon, lat = part[:, 0], part[:, 1]
                _, _, steps = geod("EPSG:4326").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
                total += float(np.sum(steps[steps <= LONGEST_STEP_M]))
        return total


def read_track(path: Path, clock_hours: float | None = None) -> PhotoTrack:
    """`clock_hours`: what the camera's clock is ahead of UTC; None: as this computer's.

    Raises ReadError when it is no GPX or damaged; fixes without a place are left out.
    """
    found = existing_file(path)
    try:
        if found.stat().st_size > MOST_BYTES:
            words = tr("{file} is larger than {limit} MB")
            raise ReadError(words.format(file=found.name, limit=MOST_BYTES >> 20))
        root = fromstring(found.read_bytes(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, OSError) as error:
        raise ReadError(
            tr("{file} is damaged: {reason}").format(file=found.name, reason=error),
            hint=tr("Export the track again as GPX."),
        ) from error
    if _name(root) != "gpx":
        raise ReadError(
            tr("{file} is not a GPS track").format(file=found.name),
            hint=tr("Export the track again as GPX."),
        )
    rows: list[tuple[float, float, float]] = []
    legs = [0]
    for part in root.iter():
        if _name(part) in ("trkseg", "rte"):
            rows += [row for row in map(_fix, part) if row is not None]
            legs.append(len(rows))
    return PhotoTrack(
        tuple(_waypoints(root)),
        np.array(rows, np.float64).reshape(-1, 3),
        tuple(legs),
        _clock(clock_hours),
    )


def _clock(hours: float | None) -> timedelta:
    if hours is not None:
        return timedelta(hours=hours)
    return datetime.now().astimezone().utcoffset() or timedelta()


def _waypoints(root: Any) -> Iterator[Waypoint]:
    for part in root.iter():
        fix = _fix(part) if _name(part) == "wpt" else None
        if fix is not None:
            said = {_name(child): (child.text or "").strip() for child in part}
            at = datetime.fromtimestamp(fix[2], UTC) if isfinite(fix[2]) else None
            remark = said.get("cmt") or said.get("desc") or ""
            yield Waypoint(said.get("name", ""), remark, fix[0], fix[1], at)


def _fix(part: Any) -> tuple[float, float, float] | None:
    try:
        lon, lat = float(part.get("lon")), float(part.get("lat"))
    except (TypeError, ValueError):
        return None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon == 0 and lat == 0):
        return None
    said = next((child.text for child in part if _name(child) == "time"), None)
    try:
        moment = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return lon, lat, float("nan")
    return lon, lat, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _name(part: Any) -> str:
    return str(part.tag).rpartition("}")[2]
