"""Reading points from CSV and other delimited text.

The columns with the place are recognised by their names (longitude, 经度, easting, ...) unless the
options x and y, or xy, name them. Values may be decimal or degrees, minutes and seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.io.csv_table import MISSING, TextTable, read_table, typed
from gisapp.io.gathered import Gathered
from gisapp.io.shapes import ShapeCollector
from gisapp.model.coordinates import parse_angle, parse_place
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.progress import Progress, track
from gisapp.model.text import tr

Reals = npt.NDArray[np.float64]

_LONGITUDE = ("longitude", "lon", "lng", "long", "经度", "东经")
_LATITUDE = ("latitude", "lat", "纬度", "北纬")
_EAST = ("x", "easting", "east", "xcoord", "pointx", "横坐标", "东坐标", "x坐标", "coordx")
_NORTH = ("y", "northing", "north", "ycoord", "pointy", "纵坐标", "北坐标", "y坐标", "coordy")
_BOTH = ("坐标", "经纬度", "coordinates", "latlon", "lonlat", "位置坐标")
_WKT = ("wkt", "geometry", "geom")
_PARTS = (("度", "分", "秒"), ("deg", "min", "sec"), ("d", "m", "s"))


def columns_of_place(names: Sequence[str]) -> tuple[str, ...] | None:
    """Names of the columns with x and y, or with both, or with WKT; None when there are none."""
    for east, north in ((_LONGITUDE, _LATITUDE), (_EAST, _NORTH)):
        x, y = _best(names, east), _best(names, north)
        if x and y and x != y:
            return x, y
    for single in (_BOTH, _WKT):
        found = next((n for n in names if _plain(n) in single), None)
        if found:
            return (found,)
    return None


def gather(path: Path, options: Mapping[str, str], progress: Progress) -> Gathered:
    table = read_table(
        path,
        lambda row: columns_of_place(row) is not None,
        options.get("encoding", ""),
        options.get("delimiter", ""),
    )
    progress.report(0.4)
    place = _chosen(path, table, options)
    collector, degrees, unread = ShapeCollector(), False, np.empty(0, np.int64)
    if len(place) == 1 and _plain(place[0]) in _WKT:
        _add_wkt(path, table, place[0], collector)
    else:
        xy, unread = _points(table, place, progress)
        degrees = _are_degrees(place, xy)
        collector.add_points(xy)
    fields, columns = [], {}
    for name in track(table.names, len(table.names), progress):
        field, values = typed(name, table.columns[name], table.comma)
        fields.append(field)
        columns[name] = values
    warnings = list(table.warnings)
    if len(unread):
        lines = table.lines()
        named = ", ".join(str(lines[n]) for n in unread[:5])
        warnings.append(
            tr("Lines with coordinates that cannot be read: {lines}").format(
                lines=named + ("…" if len(unread) > 5 else "")
            )
        )
    crs = ""
    if degrees:
        crs = CGCS2000
        if not options.get("crs"):
            warnings.append(tr("Longitude and latitude are taken as CGCS2000 (EPSG:4490)"))
    ids = np.arange(1, len(table) + 1).astype(str).astype(object)
    return Gathered(path, crs, tuple(fields), ids, columns, collector, tuple(warnings))


def _chosen(path: Path, table: TextTable, options: Mapping[str, str]) -> tuple[str, ...]:
    if options.get("xy"):
        place: tuple[str, ...] | None = (options["xy"],)
    elif options.get("x") and options.get("y"):
        place = (options["x"], options["y"])
    else:
        place = columns_of_place(table.names)
    names = ", ".join(table.names)[:200]
    if place is None:
        raise ReadError(
            tr("{file}: no columns with coordinates were recognised").format(file=path.name),
            hint=tr("Name them longitude and latitude (经度, 纬度) or choose from: {names}").format(
                names=names
            ),
        )
    for name in place:
        if name not in table.columns:
            raise ReadError(
                tr("{file} has no column {name}").format(file=path.name, name=name),
                hint=tr("It has: {names}").format(names=names),
            )
    return place


def _points(
    table: TextTable, place: tuple[str, ...], progress: Progress
) -> tuple[Reals, npt.NDArray[np.int64]]:
    """Coordinates (NaN: none) and the numbers of rows whose text is there but not understood."""
    if len(place) == 1:
        texts = table.texts(place[0])
        xy = np.array([_pair(text) for text in track(texts, len(texts), progress)], np.float64)
        xy = xy.reshape(-1, 2)
    else:
        xy = np.column_stack([_numbers(table, name, progress) for name in place])
    lost = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    written = [table.texts(name)[lost] for name in place]
    there = [any(text.strip() not in MISSING for text in row) for row in zip(*written, strict=True)]
    return xy, lost[np.array(there, np.bool_)]


def _numbers(table: TextTable, name: str, progress: Progress) -> Reals:
    texts = table.texts(name)
    parts = _dms_columns(table.names, name)
    if parts:
        degrees, minutes, seconds = (_reals(table.columns[p], table.comma) for p in parts)
        rest = (np.nan_to_num(minutes) + np.nan_to_num(seconds) / 60) / 60
        return np.asarray(degrees + np.copysign(rest, degrees))
    try:
        return np.array(["nan" if t.strip() in MISSING else t for t in texts]).astype(np.float64)
    except ValueError:
        out = np.full(len(texts), np.nan)
        for row, text in enumerate(track(texts, len(texts), progress)):
            angle = parse_angle(text.replace(",", ".") if table.comma else text)
            if angle is not None:
                out[row] = angle[0]
        return out


def _reals(texts: Any, comma: bool) -> Reals:
    values = typed("", texts, comma)[1]
    if values.dtype == object:
        values = [v if isinstance(v, int) else np.nan for v in values]
    return np.array(values, np.float64)


def _dms_columns(names: Sequence[str], degrees: str) -> tuple[str, str, str] | None:
    """Degrees, minutes and seconds in columns of their own, such as 经度_度, 经度_分, 经度_秒."""
    for d, m, s in _PARTS:
        stem = degrees.removesuffix(d)
        if stem and stem != degrees and stem + m in names and stem + s in names:
            return degrees, stem + m, stem + s
    return None


def _pair(text: str) -> tuple[float, float]:
    try:
        return parse_place(text, CGCS2000)
    except ParameterError:
        return (np.nan, np.nan)


def _add_wkt(path: Path, table: TextTable, name: str, collector: ShapeCollector) -> None:
    try:
        texts = [text.strip() or None for text in table.texts(name)]
        collector.add_geometries(shapely.from_wkt(np.array(texts, object)))
    except shapely.errors.GEOSException as error:
        raise ReadError(
            tr("{file}, column {name}: {reason}").format(file=path.name, name=name, reason=error)
        ) from error


def _are_degrees(place: tuple[str, ...], xy: Reals) -> bool:
    """By name and by size; numbers that fit degrees under other names stay undecided."""
    known = xy[np.isfinite(xy).all(axis=1)]
    fits = bool((np.abs(known) <= 180).all())
    named = len(place) == 1 or _best(place[:1], _LONGITUDE) is not None
    return fits and named


def _best(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The column of one of the names: exactly, then with something behind, then with Chinese."""
    for name in names:
        if _plain(name) in wanted:
            return name
    for name in names:
        words = re.split(r"[^a-z一-鿿]+", name.strip().lower())
        if words[0] in wanted and len(wanted[0]) > 1:
            return name
    chinese = [w for w in wanted if not w.isascii()]
    return next((n for n in names if any(w in n for w in chinese)), None)


def _plain(name: str) -> str:
    """Lower case, without what stands in brackets, spaces and underscores."""
    name = re.sub(r"[(（\[].*?[)）\]]", "", name.lower())
    return re.sub(r"[\s_\-.:：°*]+", "", name)
