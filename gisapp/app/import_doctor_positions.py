"""From coordinates as they stand in a file to longitude and latitude, with what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_places import Marks, Numbers, Reals
from gisapp.app.import_doctor_problems import Answers, Fix, Problem, rows_of, whole_file
from gisapp.io.recipe import Recipe
from gisapp.model.crs import CGCS2000, is_geographic, title, transform
from gisapp.model.shifted import unshifted
from gisapp.model.survey import standard
from gisapp.model.text import tr
from gisapp.model.zones import Zone, zone_at, zone_of_crs

FAR_KM = 100.0  # from the known area: another zone is looked for
BOX = 1.5  # degrees around the known area that still belong to it


@dataclass(eq=False)
class Positions:
    """`degrees`: longitude and latitude (CGCS2000) of every record, NaN where there is none."""

    degrees: Reals
    crs: str  # how the numbers were read
    words: str
    problems: list[Problem]
    at_zero: Marks


def understand_positions(
    numbers: Numbers,
    crs: str,
    recipe: Recipe,
    near: Reals | None,
    provinces: npt.NDArray[Any] | None,
) -> Positions:
    """`crs`: what the file says (empty: nothing); `near`: places nearby (n x 2 degrees) whose
    coordinates are right; `provinces`: of each record, as text."""
    xy, problems = numbers.xy.copy(), list[Problem]()
    finite: Marks = np.asarray(np.isfinite(xy).all(axis=1), np.bool_)
    xy[~finite] = np.nan
    at_zero: Marks = finite & (np.abs(xy) < 1e-6).all(axis=1)
    use = finite & ~at_zero
    said = recipe.get("place.crs") or crs
    known = xy[use]
    in_degrees = (np.abs(known) <= 180).all(axis=1) if len(known) else np.zeros(0, np.bool_)
    share = float(in_degrees.mean()) if len(known) else 1.0
    if said and not is_geographic(said) and zone_of_crs(said) is None:  # a system of its own kind
        degrees = np.full(xy.shape, np.nan)
        degrees[use] = transform(xy[use], said, CGCS2000)
        return Positions(degrees, said, title(said), problems, at_zero)
    degrees = np.full(xy.shape, np.nan)
    metre_rows = np.zeros(len(xy), np.bool_)
    metre_rows[np.flatnonzero(use)[~in_degrees]] = True
    degree_rows = use & ~metre_rows
    words, used = tr("longitude and latitude in degrees"), CGCS2000
    if degree_rows.any():
        degrees[degree_rows] = xy[degree_rows]
        problems += _turned(degrees, degree_rows, numbers, recipe, near)
        if said and is_geographic(said) and said != CGCS2000:
            degrees[degree_rows] = transform(degrees[degree_rows], said, CGCS2000)
            used = said
    if metre_rows.any():
        metres, used, words = _metres(xy, metre_rows, said, recipe, near, provinces, problems)
        degrees[metre_rows] = metres
        if share > 0:
            words = tr("degrees, rows in metres as {crs}").format(crs=words)
            problems.append(Problem(
                "mixed_units", "warning",
                tr("Some coordinates are degrees, the others metres; each is read as what it is."),
                rows_of(degree_rows if share < 0.5 else metre_rows)))  # fmt: skip
    shift = recipe.get("place.shift")
    if shift in ("gcj02", "bd09"):
        there = np.isfinite(degrees).all(axis=1)
        degrees[there] = unshifted(degrees[there], shift)  # type: ignore[arg-type]
        words += ", " + tr("moved back from {shift}").format(shift=_shift_name(shift))
    return Positions(degrees, used, words, problems, at_zero)


def _shift_name(shift: str) -> str:
    return {"gcj02": "GCJ-02", "bd09": "BD-09"}[shift]


def _turned(
    degrees: Reals, rows: Marks, numbers: Numbers, recipe: Recipe, near: Reals | None
) -> list[Problem]:
    """Axes that are swapped, in all rows or in some; turns them in `degrees`."""
    lon, lat = degrees.T
    answer = recipe.get("place.swap")
    if answer in ("yes", "no"):
        if answer == "yes":
            degrees[rows] = degrees[rows][:, ::-1]
        return []
    certain = rows & (np.abs(lat) > 90) & (np.abs(lon) <= 90)
    certain |= rows & numbers.swapped
    box = _box(near) if near is not None and len(near) else None
    if box is None:
        good = rows & ~certain
        box = _robust_box(degrees[good]) if good.sum() >= 5 else None
    maybe = certain
    if box is not None:
        maybe = certain | (rows & ~_inside(degrees, box) & _inside(degrees[:, ::-1], box))
    if not maybe.any():
        return []
    keep = recipe.get("if.swapped_rows") == "keep"
    if not keep:
        degrees[maybe] = degrees[maybe][:, ::-1]
    if maybe.sum() * 2 > rows.sum() and not keep:
        return [
            Problem(
                "axes_swapped",
                "note",
                tr(
                    "Latitude is written where longitude should be; it is read the right way round."
                ),
                whole_file(),
                fixes=(Fix(tr("Take them as written"), (("place.swap", "no"),)),),
            )
        ]
    chosen = rows_of(maybe)
    values = [f"{a:.6g}, {b:.6g}" for a, b in numbers.xy[chosen].tolist()]
    message = tr("Longitude and latitude are swapped in these rows.")
    other: Answers = (("if.swapped_rows", "swap" if keep else "keep"),)
    words = tr("Turn them round") if keep else tr("Take them as written")
    tell = tr("{value}: swapped")
    return [Problem("swapped_rows", "warning", message, chosen,
                    hint=tr("They are read the other way round, as all the others."),
                    fixes=(Fix(words, other),),
                    tell=lambda n: tell.format(value=values[n]))]  # fmt: skip


def _metres(
    xy: Reals,
    rows: Marks,
    said: str,
    recipe: Recipe,
    near: Reals | None,
    provinces: npt.NDArray[Any] | None,
    problems: list[Problem],
) -> tuple[Reals, str, str]:
    """Longitude and latitude of rows in metres, the system, and it in words."""
    east, north = xy[rows].T
    turned = _is_northing(east) & _is_easting(north)
    if turned.mean() > 0.5:
        problems.append(
            Problem(
                "axes_swapped",
                "note",
                tr("X is the northing here, as on Chinese sheets; it is read so."),
                whole_file(),
            )
        )
    east, north = np.where(turned, north, east), np.where(turned, east, north)
    number = (east // 1_000_000).astype(np.int64)
    numbered = ((number >= 13) & (number <= 23)) | ((number >= 25) & (number <= 45))
    zone = zone_of_crs(said) if said else None
    found = np.full((len(east), 2), np.nan)
    for one in np.unique(number[numbered]).tolist():
        some = numbered & (number == one)
        both = np.column_stack([east[some], north[some]])
        found[some] = transform(both, Zone(int(one), True).crs, CGCS2000)
    own, counts = np.unique(number[numbered], return_counts=True)
    most = Zone(int(own[counts.argmax()]), True) if len(own) else None
    fits = (east > 0) & (east < 1_000_000) & (north > 0) & (north < 10_000_000)
    plain_rows = ~numbered & fits
    if most is not None and said and zone is not None and zone.number != most.number:
        problems.append(Problem(
            "zone_prefix", "warning",
            tr("Eastings begin with zone number {number}, but {crs} was said; the number is "
               "believed.")
            .format(number=most.number, crs=title(said)), whole_file()))  # fmt: skip
    if len(own) > 1:
        chosen = rows_of(rows)[numbered & (number != most.number)] if most else whole_file()
        values = number[numbered & (number != most.number)] if most else number
        tell = tr("zone number {value}, unlike most")
        problems.append(Problem(
            "zone_prefix", "warning", tr("Eastings begin with different zone numbers."),
            chosen, tell=lambda n: tell.format(value=values[n])))  # fmt: skip
    if plain_rows.any():
        if most is not None:
            zone, why = most, ""
            problems.append(Problem(
                "zone_prefix_missing", "warning",
                tr("Eastings without the zone number {number} that the others have; it is put in "
                   "front.").format(number=most.number), rows_of(rows)[plain_rows]))  # fmt: skip
        elif zone is not None:
            why = ""
        else:
            zone, why = _guessed_zone(east[plain_rows], north[plain_rows], near, provinces)
        if zone is None:
            problems.append(_which_zone(near))
        else:
            zone = zone.with_number(False)
            both = np.column_stack([east[plain_rows], north[plain_rows]])
            found[plain_rows] = transform(both, zone.crs, CGCS2000)
            if why:
                others = tuple(_zone_fix(z) for z in (zone.number - 1, zone.number + 1))
                problems.append(Problem("zone_guessed", "note", why, whole_file(), fixes=others))
            problems += _wrong_zone(both, zone, found[plain_rows], near)
    read_as = most or zone
    used = read_as.crs if read_as is not None else ""
    return found, used, title(used) if used else tr("metres of an unknown zone")


def _guessed_zone(
    east: Reals, north: Reals, near: Reals | None, provinces: npt.NDArray[Any] | None
) -> tuple[Zone | None, str]:
    """By what is known nearby, else by the province in the file."""
    if near is not None and len(near):
        middle = np.median(near, axis=0)
        zone = zone_at(float(middle[0]))
        if zone is not None:
            both = np.column_stack([east, north])
            best, least = zone, np.inf
            for number in (zone.number - 1, zone.number, zone.number + 1):
                if not 25 <= number <= 45:
                    continue
                placed = transform(both, Zone(number).crs, CGCS2000)
                far = _far(np.nanmedian(placed, axis=0), middle)
                if far < least:
                    best, least = Zone(number), far
            words = tr("Metres without a zone: taken as {crs}, which lies {km} km from what the "
                       "project shows.")  # fmt: skip
            return best, words.format(crs=title(best.crs), km=f"{least:.0f}")
    if provinces is not None:
        named, counts = np.unique(provinces.astype(str), return_counts=True)
        for name in named[np.argsort(-counts)].tolist():
            for province, meridians in standard("import_names")["zones"].items():
                if province in name:
                    # nearer to the middle of its zone than to the edge: the easting is near 500 km
                    offset = float(np.median(east)) - 500_000
                    at = meridians[0] if offset > 0 or len(meridians) == 1 else meridians[-1]
                    zone = Zone(at // 3)
                    words = tr("Metres without a zone: taken as {crs}, one of the zones of "
                               "{province}. Check it on the map.")  # fmt: skip
                    return zone, words.format(crs=title(zone.crs), province=name)
    return None, ""


def _which_zone(near: Reals | None) -> Problem:
    middle = float(np.median(near[:, 0])) if near is not None and len(near) else 108.0
    zone = zone_at(middle) or Zone(36)
    numbers = [n for n in range(zone.number - 2, zone.number + 3) if 25 <= n <= 45]
    return Problem(
        "crs_missing", "error",
        tr("Coordinates are metres, and nothing says of which zone."), whole_file(),
        hint=tr("Choose the zone of the county; its middle meridian is the zone number × 3."),
        fixes=tuple(_zone_fix(n) for n in numbers))  # fmt: skip


def _zone_fix(number: int) -> Fix:
    zone = Zone(min(max(number, 25), 45))
    return Fix(title(zone.crs), (("place.crs", zone.crs),))


def _wrong_zone(both: Reals, zone: Zone, placed: Reals, near: Reals | None) -> list[Problem]:
    if near is None or not len(near) or zone.width == 6:
        return []
    middle = np.median(near, axis=0)
    here = _far(np.nanmedian(placed, axis=0), middle)
    if here < FAR_KM:
        return []
    least, best = here, zone
    for number in range(25, 46):
        moved = transform(np.nanmedian(both, axis=0)[None], Zone(number).crs, CGCS2000)[0]
        far = _far(moved, middle)
        if far < least:
            least, best = far, Zone(number)
    if best is zone or least * 2 > here:
        return []
    return [Problem(
        "wrong_zone", "error",
        tr("In {crs} the points lie {km} km from what the project shows; in {other} {near} km.")
        .format(crs=title(zone.crs), km=f"{here:.0f}", other=title(best.crs), near=f"{least:.0f}"),
        whole_file(), fixes=(_zone_fix(best.number),))]  # fmt: skip


def _far(one: Reals, other: Reals) -> float:
    """Kilometres between two places, well enough to tell zones apart."""
    if not np.isfinite(one).all():
        return float("inf")
    east = (one[0] - other[0]) * np.cos(np.radians((one[1] + other[1]) / 2))
    return float(np.hypot(east, one[1] - other[1]) * 111.2)


def _box(places: Reals) -> tuple[float, ...]:
    low, high = np.nanpercentile(places, [1, 99], axis=0)
    return (*(low - BOX), *(high + BOX))


def _robust_box(places: Reals) -> tuple[float, ...]:
    low, high = np.nanpercentile(places, [10, 90], axis=0)
    wide = high - low + 0.5
    return (*(low - wide), *(high + wide))


def _inside(places: Reals, box: tuple[float, ...]) -> Marks:
    with np.errstate(invalid="ignore"):
        x, y = places.T
        return np.asarray((x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3]))


def _is_northing(values: Reals) -> Marks:
    return np.asarray((values >= 1_000_000) & (values <= 6_200_000))


def _is_easting(values: Reals) -> Marks:
    plain = (values >= 100_000) & (values < 1_000_000)
    return np.asarray(plain | ((values >= 13_000_000) & (values < 46_000_000)))
