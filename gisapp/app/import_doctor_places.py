"""Which columns are the place, and what their numbers mean: degrees, or metres of which zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_layout import known_names, plain
from gisapp.app.import_doctor_values import Values, normal, objects, reals
from gisapp.model.coordinates import parse_angle, parse_place
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import ParameterError
from gisapp.model.progress import Progress

Reals = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
Way = Literal["", "two", "dms", "both", "map"]
_PART = re.compile(
    r"(?i)^(.*?)[\s_\-(（【\[]*(度|分|秒|°|′|″|degrees?|minutes?|seconds?|deg|min|sec|d|m|s)[)）】\]]?$"
)
_ORDER = {"度": 0, "°": 0, "d": 0, "分": 1, "′": 1, "m": 1, "秒": 2, "″": 2, "s": 2}
_ANGLE = (
    r"^(?P<a>[NSEWnsew东西南北]?)[经纬]?度?\s*[:：]?\s*(?P<g>-?)(?P<d>\d{1,3}(?:\.\d+)?)\s*[°度º˚dD\s]\s*"
    r"(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*['′’‘分:\s]\s*)?(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*"
    r"(?:[\"″”“秒]|''|’’|′′)?\s*)?(?P<b>[NSEWnsew]?)$"
)
_TWO = (
    r"^[(（\[]?\s*(?P<x>-?\d+(?:\.\d+)?)\s*[,，;；/\s]\s*(?P<y>-?\d+(?:\.\d+)?)"
    r"(?P<more>(?:\s+-?\d+(?:\.\d+)?){0,2})\s*[)）\]]?$"
)


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """`columns`: x and y; degrees, minutes and seconds of both (six, "" where one is missing); or
    the one with both."""

    way: Way
    columns: tuple[str, ...] = ()


@dataclass(eq=False)
class Numbers:
    """Coordinates as they stand in the file, x east (NaN: none), before what they mean is known."""

    xy: Reals
    unread: Marks
    swapped: Marks  # rows whose letters say that north comes first
    order_known: bool = False
    notes: list[str] = field(default_factory=list)


def place_columns(
    names: Sequence[str], texts: Mapping[str, Values], said: str, has_places: bool
) -> PlaceColumns:
    """By headings, then by numbers. `said`: columns from the recipe, one a line."""
    if said:
        columns = tuple(said.split("\n"))
        ways: dict[int, Way] = {1: "both", 2: "two", 6: "dms"}
        return PlaceColumns(ways.get(len(columns), ""), columns)
    parts = _parts(names, texts)
    if parts:
        return PlaceColumns("dms", parts)
    known = known_names()
    by_axis: dict[str, list[str]] = {}
    for name in names:
        for key in (plain(name), plain(re.split(r"[/:]", name)[-1]), _stem(name)):
            axis = _AXES.get(key) or known.get(key, "")
            if axis.startswith("place."):
                by_axis.setdefault(axis[6:], []).append(name)
                break
    if "longitude" in by_axis and "latitude" in by_axis:
        return PlaceColumns("two", (by_axis["longitude"][0], by_axis["latitude"][0]))
    metres = by_axis.get("east", []) + by_axis.get("north", [])
    if len(metres) >= 2:
        east = by_axis.get("east", metres)[0]
        north = next(n for n in by_axis.get("north", metres) if n != east)
        return PlaceColumns("two", (east, north))
    if "both" in by_axis:
        return PlaceColumns("both", (by_axis["both"][0],))
    if has_places:
        return PlaceColumns("map")
    return _by_numbers(names, texts)


_AXES = {"x": "place.east", "y": "place.north", "x坐标": "place.east", "y坐标": "place.north"}


def _stem(name: str) -> str:
    """Of `_location_longitude` and `geo-lon` the last word."""
    words = [w for w in re.split(r"[\s_\-/:.（(]+", name.strip().lower()) if w]
    return words[-1] if words else ""


def _parts(names: Sequence[str], texts: Mapping[str, Values]) -> tuple[str, ...]:
    known = known_names()
    found: dict[str, dict[int, str]] = {"longitude": {}, "latitude": {}}
    for name in names:
        match = _PART.match(name.strip())
        if match is None:
            continue
        axis = known.get(plain(match[1]), "")[6:]
        part = _ORDER.get(match[2].lower()[:1], -1)
        if axis in found and part >= 0:
            found[axis].setdefault(part, name)
    if all({0, 1} <= parts.keys() for parts in found.values()):
        return tuple(found[axis].get(n, "") for axis in found for n in (0, 1, 2))
    tripled: list[str] = []  # one heading merged over three columns
    for axis in found:
        start = next(
            (n for n, x in enumerate(names) if known.get(plain(x), "") == f"place.{axis}"), -1
        )
        group = list(names[start : start + 3]) if start >= 0 else []
        follow = [g for g in group[1:] if re.fullmatch(r"column_\d+|.*_\d", g)]
        if len(follow) != 2:
            return ()
        minutes = [reals(normal(texts[g][:200])) for g in group[1:]]
        if not all(np.isfinite(m).any() and np.nanmax(m) < 60.001 for m in minutes):
            return ()
        tripled += group
    return tuple(tripled)


def _by_numbers(names: Sequence[str], texts: Mapping[str, Values]) -> PlaceColumns:
    """Two columns that look like a longitude and a latitude in China, beside each other."""
    seen: dict[str, str] = {}
    for name in names:
        values = reals(normal(texts[name][:300]))
        values = values[np.isfinite(values)]
        if len(values) < 3 or (values == np.round(values)).all():
            continue
        if ((values > 73) & (values < 136)).mean() > 0.8:
            seen.setdefault("x", name)
        elif ((values > 3) & (values < 54)).mean() > 0.8:
            seen.setdefault("y", name)
    if len(seen) == 2 and abs(names.index(seen["x"]) - names.index(seen["y"])) == 1:
        return PlaceColumns("two", (seen["x"], seen["y"]))
    return PlaceColumns("")


def numbers_of(place: PlaceColumns, texts: Mapping[str, Values], progress: Progress) -> Numbers:
    """The coordinates of every record."""
    if place.way == "dms":
        return _from_parts([texts[c] if c else None for c in place.columns])
    if place.way == "both":
        return _from_both(texts[place.columns[0]], progress)
    x, bad_x, north_x = _angles(texts[place.columns[0]], progress)
    y, bad_y, _ = _angles(texts[place.columns[1]], progress)
    return Numbers(np.column_stack([x, y]), bad_x | bad_y, north_x)


def _from_parts(texts: list[Values | None]) -> Numbers:
    axes, bad = [], np.zeros(0, np.bool_)
    for degrees, minutes, seconds in (texts[:3], texts[3:]):
        assert degrees is not None
        clean = normal(degrees)
        d = reals(clean)
        m, s = (
            np.nan_to_num(reals(normal(t))) if t is not None else np.zeros(len(d))
            for t in (minutes, seconds)
        )
        wrong = (np.isnan(d) & (objects(clean) != "")) | (m >= 60) | (s > 60) | (m < 0) | (s < 0)
        value = d + np.copysign((m + s / 60) / 60, np.where(d < 0, -1.0, 1.0))
        value[wrong] = np.nan
        axes.append(value)
        bad = wrong if not len(bad) else bad | wrong
    xy = np.column_stack(axes)
    return Numbers(xy, bad, np.zeros(len(xy), np.bool_), True)


def _angles(texts: Values, progress: Progress) -> tuple[Reals, Marks, Marks]:
    """Numbers or angles of a column, which were not understood, which say north or south."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clean = normal(texts)
    out = _plain_numbers(clean)
    there = np.asarray(pc.not_equal(clean, ""))
    north = np.zeros(len(out), np.bool_)
    left = np.flatnonzero(there & np.isnan(out))
    if not len(left):
        return out, np.zeros(len(out), np.bool_), north
    some = clean.take(pa.array(left))
    parts = pc.extract_regex(some, _ANGLE)

    def part(name: str) -> Reals:
        field_ = pc.struct_field(parts, name)
        field_ = pc.if_else(pc.equal(field_, ""), pa.scalar(None, pa.string()), field_)
        return np.asarray(field_.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)

    degrees, minutes, seconds = part("d"), np.nan_to_num(part("m")), np.nan_to_num(part("s"))
    letters = pc.utf8_upper(pc.binary_join_element_wise(
        pc.struct_field(parts, "a"), pc.struct_field(parts, "b"), ""))  # fmt: skip
    letters = objects(pc.fill_null(letters, ""))
    minus = objects(pc.fill_null(pc.struct_field(parts, "g"), "")) == "-"
    value = degrees + (minutes + seconds / 60) / 60
    value[(minutes >= 60) | (seconds > 60)] = np.nan
    value[np.isin(letters, ("S", "W", "南", "西")) | minus] *= -1
    out[left] = value
    north[left] = np.isin(letters, ("N", "S", "北", "南"))
    for n, row in enumerate(np.flatnonzero(there & np.isnan(out)).tolist()):
        if n % 500 == 0:
            progress.report(0.5)
        angle = parse_angle(str(texts[row]))
        if angle is not None:
            out[row], north[row] = angle[0], angle[1] in ("N", "S") and bool(angle[1])
    return out, there & np.isnan(out), north


def _plain_numbers(clean: Any) -> Reals:
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.match_substring_regex(clean, r"^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$")
    numbers = pc.if_else(good, clean, pa.scalar(None, pa.string()))
    numbers = pc.replace_substring_regex(numbers, r"^\+", "").cast(pa.float64())
    return np.array(numbers.to_numpy(zero_copy_only=False), np.float64)


def _from_both(texts: Values, progress: Progress) -> Numbers:
    import pyarrow as pa
    import pyarrow.compute as pc

    clean = normal(texts)
    parts = pc.extract_regex(clean, _TWO)
    x, y = (
        np.array(pc.struct_field(parts, n).cast(pa.float64()).to_numpy(zero_copy_only=False))
        for n in ("x", "y")
    )
    more = objects(pc.fill_null(pc.struct_field(parts, "more"), "")) != ""
    there = np.asarray(pc.not_equal(clean, ""))
    # "latitude longitude altitude accuracy" of field apps; else the larger than 90 is the longitude
    turn = more & (np.abs(x) <= 90)
    turn |= (np.abs(y) > 90) & (np.abs(x) <= 90)
    x[turn], y[turn] = y[turn], x[turn].copy()
    for n, row in enumerate(np.flatnonzero(there & np.isnan(x)).tolist()):
        if n % 500 == 0:
            progress.report(0.5)
        try:
            x[row], y[row] = parse_place(str(texts[row]), CGCS2000)
        except ParameterError:
            continue
    unread = there & (np.isnan(x) | np.isnan(y))
    return Numbers(np.column_stack([x, y]), unread, np.zeros(len(x), np.bool_), True)
