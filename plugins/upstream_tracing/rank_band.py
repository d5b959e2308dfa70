"""Which part of the river several stations leave possible: above the dirty, not above the clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gisapp.api import ParameterError, tr

from .network import Ints
from .placing import Place
from .points import Placed
from .rivers import Rivers
from .ways import distances_on, way_from


@dataclass(frozen=True, slots=True)
class Seen:
    """Where else the pulse was measured; hours from the event."""

    station: str
    place: Place
    at_h: float


def sightings(
    text: str, net: Rivers, stations: tuple[Placed, ...], event: datetime | None
) -> tuple[Seen, ...]:
    """ "ST11@2025-03-20T12:00, …". Raises ParameterError for what it cannot read."""
    found = []
    for part in _names(text):
        name, mark, when = (t.strip() for t in part.partition("@"))
        try:
            at = datetime.fromisoformat(when).replace(tzinfo=None) if mark else None
        except ValueError:
            at = None
        if at is None:
            raise ParameterError(
                tr("{part} is not a station and a time").format(part=part),
                hint=tr("Write station@time, such as ST11@2025-03-20T12:00, with commas between."),
            )
        if event is None:
            raise ParameterError(
                tr("Other measurements have a time, the event has none"),
                hint=tr("Give the time of the event, like 2025-03-20T04:00."),
            )
        place = _station(stations, name)
        found.append(Seen(name, place, (at - event).total_seconds() / 3600))
    return tuple(found)


def possible_reaches(
    net: Rivers, stations: tuple[Placed, ...], start: Place, clean: str, dirty: str
) -> Ints:
    """Reaches (indices) above the start and above every dirty station that lies above it, and
    not above a clean one. A reach with a station on it stays: the
    other part of it is possible. Raises ParameterError for a station that is not there.
    """
    above = way_from(net.network, start, "UT")
    band = above.reaches
    for name in _names(dirty):
        place = _station(stations, name)
        if np.isfinite(distances_on(above, net.network, [place])[0]):
            band = band[np.isin(band, way_from(net.network, place, "UT").reaches)]
    for name in _names(clean):
        place = _station(stations, name)
        if np.isfinite(distances_on(above, net.network, [place])[0]):
            cleared = way_from(net.network, place, "UT").reaches
            band = band[~np.isin(band, cleared) | (band == place.reach)]
    return band


def behind(net: Rivers, place: Place, places: Sequence[Place | None]) -> list[bool]:
    """Of each place, whether it lies above the station at `place`."""
    far = distances_on(way_from(net.network, place, "UT"), net.network, list(places))
    return [bool(one) for one in np.isfinite(far)]


def likely_places(
    net: Rivers,
    stations: tuple[Placed, ...],
    start: Place,
    clean: str,
    dirty: str,
    places: Sequence[Place | None],
) -> list[bool]:
    """Of each place, whether the stations leave it possible, to the metre."""
    above = way_from(net.network, start, "UT")
    likely = [True] * len(places)
    for names, wanted in ((_names(dirty), True), (_names(clean), False)):
        for name in names:
            place = _station(stations, name)
            if not np.isfinite(distances_on(above, net.network, [place])[0]):
                continue  # it does not lie between anything and the start
            inside = behind(net, place, places)
            likely = [was and there == wanted for was, there in zip(likely, inside, strict=True)]
    return likely


def _names(text: str) -> list[str]:
    return [name for name in (t.strip() for t in text.replace("，", ",").split(",")) if name]


def _station(stations: tuple[Placed, ...], name: str) -> Place:
    known = [p for p in stations if name.casefold() in (p.id.casefold(), p.title.casefold())]
    if not known or known[0].place is None:
        raise ParameterError(
            tr("There is no station {name} on the rivers").format(name=name),
            hint=tr("Give ids of stations that were clean or exceeded, with commas between."),
        )
    return known[0].place
