"""Where a trace starts, from what a person says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gisapp.api import ParameterError, Point, is_geographic, tr, transform_point

from .placing import Place
from .points import Placed
from .rivers import Rivers

LONGITUDE_LATITUDE = "EPSG:4490"
FAR = 10_000.0  # metres; from here on a distance is said in kilometres
NEAR = 20_000.0  # metres, of a place whose numbers were exchanged
ONE = {"station": "stations", "outfall": "outfalls", "source": "sources"}


def find_start(
    text: str,
    rivers: Rivers,
    placed: Mapping[str, Sequence[Placed]],
    measure_m: float,
    within_m: float,
) -> tuple[Place, str]:
    """The place and its title.

    `text` is the id of a reach, the id or name of a station (else of an outfall or a pollution
    source), or `x,y`. To say which, write
    `reach:7`, `station:S05`, `outfall:…`, `source:…`; with `#` instead of `:` the layer's own
    number of the feature.
    """
    text = text.strip()
    kind, mark, rest = _split(text)
    found: list[tuple[Place, str]] = []
    if kind in ("", "reach"):
        found += _reaches(rest, mark, rivers, measure_m)
    for role in [ONE[kind]] if kind in ONE else ["stations"] if not kind else []:
        found += _points(rest, mark, placed.get(role, ()))
    for role in ("outfalls", "sources") if not found and not kind else ():
        found += _points(rest, mark, placed.get(role, ()))
    if not found and not kind and (point := _coordinates(text)):
        return _nearest(point, rivers, within_m)
    if not found:
        raise ParameterError(
            tr("There is no start {start}").format(start=text or tr("(empty)")),
            hint=tr(
                "Give the id of a reach, the id or name of a station, or x,y. "
                "reach:7 and station:S05 say which is meant."
            ),
        )
    if len(found) > 1:
        titles = ", ".join(title for _, title in found[:5])
        raise ParameterError(
            tr("{start} may mean: {titles}").format(start=text, titles=titles),
            hint=tr("Write reach:{start} or station:{start}.").format(start=rest),
        )
    return found[0]


def barriers_at(
    text: str,
    rivers: Rivers,
    placed: Mapping[str, Sequence[Placed]],
    within_m: float,
    direction: str,
) -> list[Place]:
    """Places that stop a trace, parted by semicolons; a reach alone is stopped at its near end."""
    found = []
    for one in text.replace("；", ";").split(";"):
        if not one.strip():
            continue
        place, _ = find_start(one, rivers, placed, 0.0, within_m)
        kind, mark, rest = _split(one.strip())
        whole = kind in ("", "reach") and rest in (rivers.positions if mark == "#" else rivers.keys)
        if whole and direction in ("DM", "DD"):
            place = replace(place, measure_m=float(rivers.network.length_m[place.reach]))
        found.append(place)
    return found


def _split(text: str) -> tuple[str, str, str]:
    for mark in ":#":
        kind, found, rest = text.partition(mark)
        if found and kind in ("reach", *ONE):
            return kind, mark, rest.strip()
    return "", ":", text


def _reaches(text: str, mark: str, rivers: Rivers, measure_m: float) -> list[tuple[Place, str]]:
    reach = (rivers.positions if mark == "#" else rivers.keys).get(text)
    if reach is None:
        return []
    key, name = rivers.key(reach), rivers.name(reach)
    if rivers.network.position[reach] < 0:
        raise ParameterError(
            tr("Reach {id} is there twice and this one was left out").format(id=key)
        )
    reach, measure_m = rivers.on_piece(reach, measure_m)
    length = float(rivers.network.length_m[reach])
    if measure_m > length + 1:
        raise ParameterError(
            tr("Reach {id} is {length} m long, {measure} m is beyond its upper end").format(
                id=key, length=f"{length:.0f}", measure=f"{measure_m:g}"
            )
        )
    title = tr("reach {id} {name}").format(id=key, name=name).strip()
    return [(Place(reach, min(measure_m, length), 0.0), title)]


def _points(text: str, mark: str, placed: Sequence[Placed]) -> list[tuple[Place, str]]:
    wanted = text.casefold()
    hits = [
        p
        for p in placed
        if (p.feature == text if mark == "#" else wanted in (p.id.casefold(), p.title.casefold()))
    ]
    for p in hits:
        if p.place is None:
            raise ParameterError(
                tr("{title} is on no river: {why}").format(title=p.title or p.id, why=p.reason),
                hint=tr("Correct its coordinates, or start from a reach."),
            )
    return [(p.place, f"{p.id} {p.title}".strip()) for p in hits if p.place is not None]


def _coordinates(text: str) -> Point | None:
    try:
        x, y = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        return None
    return Point(x, y)


def _nearest(point: Point, rivers: Rivers, within_m: float) -> tuple[Place, str]:
    """The nearest reach; small numbers are longitude and latitude."""
    crs = rivers.features.crs
    at = point
    if not is_geographic(crs) and abs(point.x) <= 180 and abs(point.y) <= 90:
        at = transform_point(point, LONGITUDE_LATITUDE, crs)
    xy = np.array([at], np.float64)
    [places] = rivers.lines.place(xy, within_m)
    title = f"{point.x:.10g}, {point.y:.10g}"
    if not places:
        far = rivers.lines.nearest_m(xy[0])
        raise ParameterError(
            tr("{place} is {m} m from the nearest reach").format(place=title, m=f"{far:.0f}")
            if far < FAR
            else tr("{place} is {km} km from the nearest reach").format(
                place=title, km=f"{far / 1000:,.0f}"
            ),
            hint=_exchanged(point, rivers, far)
            or tr("x is east or longitude, y north or latitude."),
        )
    return places[0], title


def _exchanged(point: Point, rivers: Rivers, far: float) -> str:
    """What to say where the numbers would lie near a river the other way round; else nothing."""
    crs, other = rivers.features.crs, Point(point.y, point.x)
    if abs(other.x) <= 180 and abs(other.y) <= 90 and not is_geographic(crs):
        at = transform_point(other, LONGITUDE_LATITUDE, crs)
    else:
        at = other
    if not (np.isfinite(at).all() and rivers.lines.nearest_m(np.array(at)) < min(NEAR, far / 10)):
        return ""
    return tr(
        "The other way round, {x}, {y}, it lies near a river: were the numbers exchanged?"
    ).format(x=f"{other.x:.10g}", y=f"{other.y:.10g}")
