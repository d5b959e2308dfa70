"""What may be wrong with the coordinates of a file, and what can be done about it in the project.

A notice changes nothing. Its proposals are options of the layer's `Source`, chosen by the user:
the file on the disk stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from gisapp.io import raster, vector
from gisapp.io.file_kinds import MOSAIC, open_values
from gisapp.io.gathered import YES, MissingCrsError, corrected
from gisapp.model.crs import CGCS2000, is_geographic, title
from gisapp.model.layer import TABLE, Source
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.model.zones import FALSE_EASTING, Zone, all_zones, zone_of_crs, zone_of_easting

NoticeKind = Literal[
    "crs_missing",
    "not_degrees",
    "not_metres",
    "axes_swapped",
    "zone_prefix",
    "zone_prefix_missing",
    "outside_zone",
    "at_zero",
]
Coordinates = npt.NDArray[np.float64]
Options = tuple[tuple[str, str], ...]

SAMPLE = 20_000  # points looked at, spread over the file
HALF_ZONE = 180_000.0  # metres; 1.5 degrees are 157 km at 20°N, with room for an overlap


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing the user may choose; `options` are laid over those of the source."""

    title: str
    options: Options

    def applied(self, source: Source) -> Source:
        return replace(
            source, options=tuple({**dict(source.options), **dict(self.options)}.items())
        )


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """`proposals`: the most likely first; none when there is nothing to choose."""

    kind: NoticeKind
    message: str
    proposals: tuple[Proposal, ...] = ()


def check_source(
    source: Source, path: Path, progress: Progress, near: str = ""
) -> tuple[ImportNotice, ...]:
    """Look at the coordinates of a file as the source's options make them.

    `near` is the CRS of the map: its zone is offered first. Raises ReadError.
    """
    options = dict(source.options)
    if source.format == TABLE:
        return ()
    if source.format in raster.DRIVERS or source.format == MOSAIC:
        try:
            grid = open_values(source, path, options)
        except MissingCrsError:
            grid = open_values(source, path, {**options, "crs": CGCS2000})
            grid_crs = ""
        else:
            grid_crs = grid.crs
        left, bottom, right, top = grid.extent
        grid.close()
        corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top)])
        return check_coordinates(corners, grid_crs, near, movable=False)
    gathered = vector.gather(path, options, progress)
    coords = corrected(gathered.collector.shapes(), options).coords
    return check_coordinates(coords, options.get("crs") or gathered.crs, near)


def check_coordinates(
    coords: Coordinates, crs: str, near: str = "", *, movable: bool = True
) -> tuple[ImportNotice, ...]:
    """Notices about n x 2 coordinates said to be in `crs` (empty: not known).

    `movable`: axes can be swapped and zone numbers taken off (not in a raster).
    """
    sample = coords[:: max(1, len(coords) // SAMPLE)]
    sample = sample[np.isfinite(sample).all(axis=1)]
    at_zero = (sample == 0).all(axis=1)
    found = []
    if at_zero.any() and movable:
        found.append(_zero(int((coords == 0).all(axis=1).sum())))
    sample = sample[~at_zero]
    if not len(sample):
        return tuple(found) if crs else (*found, _missing(()))
    look = _Look(sample, near, movable)
    if not crs:
        found.append(_missing(look.systems()))
    elif is_geographic(crs):
        found += look.as_degrees()
    else:
        found += look.as_metres(crs)
    return tuple(found)


class _Look:
    """What the numbers look like, whatever system they are said to be in."""

    def __init__(self, sample: Coordinates, near: str, movable: bool) -> None:
        x, y = sample.T
        self._near, self._movable = near, movable
        self.degrees = _most((np.abs(x) <= 180) & (np.abs(y) <= 180))
        swapped_degrees = (np.abs(y) > 90) | _in_china(y, x)
        self.swapped = self.degrees and _most(swapped_degrees & ~_in_china(x, y))
        self.swapped = self.swapped or (_most(_northing(x) & _easting(y)) and not self.degrees)
        self.easting = y if self.swapped else x
        self.northing = x if self.swapped else y
        self.zone = _zone_of(self.easting) if _most(_northing(self.northing)) else None

    def systems(self) -> tuple[Proposal, ...]:
        """All systems the numbers could be in, the likely ones first."""
        if self.degrees:
            names = [CGCS2000, "EPSG:4326"]
        elif self.zone is not None:
            names = [self.zone.crs]
        else:
            names = [zone.crs for zone in _by_nearness(self._near)]
            if self._near and not is_geographic(self._near):
                names.insert(0, self._near)
        swap: Options = (("swap_axes", YES),) if self.swapped and self._movable else ()
        return tuple(
            Proposal(_says(name, bool(swap)), (("crs", name), *swap))
            for name in dict.fromkeys(names)
        )

    def as_degrees(self) -> list[ImportNotice]:
        if not self.degrees:
            message = tr("The file says degrees, but the numbers are too large for degrees.")
            return [ImportNotice("not_degrees", message, self.systems())]
        return [self._swap()] if self.swapped else []

    def as_metres(self, crs: str) -> list[ImportNotice]:
        if self.degrees:
            message = tr("The file says {crs}, but the numbers look like degrees.").format(
                crs=title(crs)
            )
            return [ImportNotice("not_metres", message, self.systems())]
        said = zone_of_crs(crs)
        found = [self._swap()] if self.swapped and said is not None else []
        if said is None:
            return found
        if self.zone is not None:
            return [*found, *self._numbered(self.zone, said, crs)]
        if said.numbered and _most((self.easting > 0) & (self.easting < 1_000_000)):
            bare = said.with_number(False)
            message = tr(
                "The file says {crs}, whose eastings begin with {number}; here they do not."
            ).format(crs=title(crs), number=said.number)
            choice = Proposal(_says(bare.crs), (("crs", bare.crs),))
            return [*found, ImportNotice("zone_prefix_missing", message, (choice,))]
        distance = np.abs(self.easting - said.false_easting)
        if said.width == 3 and _most(distance > HALF_ZONE):
            message = tr(
                "Most places are more than 1.5° away from {meridian}°E, the middle of the zone. "
                "Another zone, or a zone of 6°?"
            ).format(meridian=said.central_meridian)
            return [*found, ImportNotice("outside_zone", message, self.systems())]
        return found

    def _numbered(self, zone: Zone, said: Zone, crs: str) -> list[ImportNotice]:
        """Eastings of eight digits in a system that is said to be `said`."""
        if zone == said:
            return []
        choices = [Proposal(_says(zone.crs), (("crs", zone.crs),))]
        if zone.number == said.number and self._movable:
            words = tr("Take the number {number} off and keep {crs}")
            words = words.format(number=zone.number, crs=title(crs))
            choices.append(Proposal(words, (("strip_zone", YES),)))
        message = tr(
            "Eastings begin with zone number {number} ({width}° zones), but the file says {crs}."
        ).format(number=zone.number, width=zone.width, crs=title(crs))
        return [ImportNotice("zone_prefix", message, tuple(choices))]

    def _swap(self) -> ImportNotice:
        message = tr("The axes seem to be swapped: north is written first.")
        choice = Proposal(tr("Swap the axes"), (("swap_axes", YES),))
        return ImportNotice("axes_swapped", message, (choice,) if self._movable else ())


def _missing(proposals: Iterable[Proposal]) -> ImportNotice:
    message = tr("The file does not say which coordinate reference system it is in.")
    return ImportNotice("crs_missing", message, tuple(proposals))


def _zero(count: int) -> ImportNotice:
    message = tr("{n} places are at 0, 0: their coordinates are probably missing.")
    return ImportNotice("at_zero", message.format(n=count))


def _says(crs: str, swap: bool = False) -> str:
    zone = zone_of_crs(crs)
    words = zone.explanation if zone is not None else title(crs)
    return tr("{crs}, axes swapped").format(crs=words) if swap else words


def _by_nearness(near: str) -> list[Zone]:
    """Zones without number, those beside the map's zone first; 6-degree zones last."""
    zone = zone_of_crs(near) if near else None
    middle = zone.central_meridian if zone else 105
    three = sorted(all_zones(3, False), key=lambda z: abs(z.central_meridian - middle))
    return [*three, *sorted(all_zones(6, False), key=lambda z: abs(z.central_meridian - middle))]


def _zone_of(easting: Coordinates) -> Zone | None:
    """The zone whose number most eastings begin with."""
    numbers, counts = np.unique(easting // 1_000_000, return_counts=True)
    if counts.max() * 2 < len(easting):
        return None
    return zone_of_easting(float(numbers[counts.argmax()]) * 1_000_000 + FALSE_EASTING)


def _most(found: npt.NDArray[np.bool_]) -> bool:
    return bool(found.mean() > 0.5)


def _in_china(longitude: Coordinates, latitude: Coordinates) -> npt.NDArray[np.bool_]:
    return (longitude >= 73) & (longitude <= 136) & (latitude >= 3) & (latitude <= 54)


def _northing(values: Coordinates) -> npt.NDArray[np.bool_]:
    """As northings in China are: seven digits."""
    return (values >= 1_000_000) & (values <= 6_200_000)


def _easting(values: Coordinates) -> npt.NDArray[np.bool_]:
    """Six digits, or eight with the zone's number."""
    plain = (values >= 100_000) & (values < 1_000_000)
    return plain | ((values >= 13_000_000) & (values < 46_000_000))
