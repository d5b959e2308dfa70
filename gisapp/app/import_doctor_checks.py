"""Checks of where points lie and of their codes, each a problem by row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.import_doctor_problems import CHOICES, Fix, Problem, Rows, rows_of, whole_file
from gisapp.app.import_doctor_values import is_nothing
from gisapp.app.shift_test import compare_layers, verdict_words
from gisapp.io.recipe import Recipe
from gisapp.model.errors import GisError
from gisapp.model.features import Features, FeatureSet, point_shapes
from gisapp.model.progress import Progress
from gisapp.model.text import tr

Reals = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
EARTH = 6_371_008.8  # metres
FAR_KM = 50.0  # never far away below this
FENCE = 3.0  # of Tukey's outer fence: quartile distances beyond the third quartile
RIVER_M = 2000.0
SAME_M = 10.0
NEAR_MAX = 500_000  # parts of the rivers looked at
WGS84 = "EPSG:4326"


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What the project knows about where it is: rivers and areas with names, all right in place."""

    rivers: FeatureSet | None = None
    areas: tuple[tuple[str, Any], ...] = ()  # name, polygon in degrees
    near: Reals | None = None  # places in degrees that are right


def choices(kind: str, recipe: Recipe, only: Sequence[str] = ()) -> tuple[Fix, ...]:
    """What else can be done with the rows of a problem than what is done now."""
    words = {
        "no_place": tr("Import them without a place"),
        "skip": tr("Leave these rows out"),
        "keep": tr("Import them as they are"),
        "pad": tr("Put the zeros back"),
        "empty": tr("Leave the value empty"),
        "update": tr("Change what is there"),
        "add": tr("Add them once more"),
        "swap": tr("Turn them round"),
    }
    now = recipe.get(f"if.{kind}", CHOICES[kind][0])
    return tuple(
        Fix(words[way], ((f"if.{kind}", way),))
        for way in CHOICES[kind]
        if way != now and (not only or way in only)
    )


def metres_between(one: Reals, other: Reals) -> Reals:
    """On the sphere, between longitudes and latitudes (n x 2, or one place)."""
    a, b = np.radians(one), np.radians(other)
    half = np.sin((b - a) / 2) ** 2
    with np.errstate(invalid="ignore"):
        chord = half[..., 1] + np.cos(a[..., 1]) * np.cos(b[..., 1]) * half[..., 0]
        return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


def far_away(degrees: Reals, recipe: Recipe, names: npt.NDArray[Any]) -> list[Problem]:
    """Points far from the rest: beyond the outer fence of the distances to their middle."""
    there = np.flatnonzero(np.isfinite(degrees).all(axis=1))
    if len(there) < 5:
        return []
    middle = np.median(degrees[there], axis=0)
    km = metres_between(degrees[there], middle) / 1000
    low, high = np.percentile(km, [25, 75])
    fence = max(high + FENCE * (high - low), FAR_KM)
    far = km > fence
    if not far.any():
        return []
    rows, values = there[far], km[far]
    where = [f"{names[r]}" if names[r] else "" for r in rows]
    tell = tr("{km} km from the middle of the others; {quarters} % of them lie within {within} km")

    def words(n: int) -> str:
        said = tell.format(km=f"{values[n]:,.0f}", quarters=75, within=_rounded_up(high))
        return f"{said} ({where[n]})" if where[n] else said

    return [Problem(
        "far_away", "warning", tr("Points lie far from all others."), rows.astype(np.int64),
        hint=tr("Another province, or a digit that is wrong? Compare with the address."),
        fixes=choices("far_away", recipe), tell=words)]  # fmt: skip


def _rounded_up(km: float) -> str:
    """A distance that most points keep: never 0, never less than it is."""
    return f"{math.ceil(km):,}" if km >= 10 else f"{max(math.ceil(km * 10), 1) / 10:g}"


def other_area(
    degrees: Reals, around: Surroundings, said: npt.NDArray[Any] | None, recipe: Recipe
) -> list[Problem]:
    """Points in another area (county, province) than their record says, or than all others."""
    there = np.flatnonzero(np.isfinite(degrees).all(axis=1))
    if not around.areas or not len(there):
        return []
    tree = shapely.STRtree([shape for _, shape in around.areas])
    points, hits = tree.query(shapely.points(degrees[there]), predicate="within")
    inside = np.full(len(there), -1)
    inside[points] = hits
    labels = [name for name, _ in around.areas]
    found: list[int] = []
    told: list[str] = []
    most = np.bincount(inside[inside >= 0], minlength=len(labels))
    usual = int(most.argmax()) if most.any() and most.max() * 2 > len(there) else -1
    outside_all = (inside < 0).mean() > 0.5  # the areas are not where the survey is
    for n, at in enumerate(inside.tolist()):
        row = int(there[n])
        own = str(said[row] or "") if said is not None else ""
        name = labels[at] if at >= 0 else ""
        if own and name and (own in name or name in own):
            if not outside_all:
                continue
            words = tr("lies in {area}, most others do not").format(area=name)
        elif own and name:
            words = tr("the record says {said}, the point lies in {area}").format(
                said=own, area=name
            )
        elif name and (outside_all or (usual >= 0 and at != usual)):
            words = tr("lies in {area}, most others do not").format(area=name)
        else:
            continue
        found.append(row)
        told.append(words)
    if not found:
        return []
    return [Problem(
        "other_area", "warning", tr("Points lie in another area than their record says or than "
        "the others do."), np.array(found, np.int64), fixes=choices("other_area", recipe),
        tell=lambda n: told[n])]  # fmt: skip


def far_from_rivers(
    degrees: Reals, around: Surroundings, recipe: Recipe, progress: Progress
) -> list[Problem]:
    """Points farther from every river of the project than `limit.river_m` (2,000 m)."""
    if around.rivers is None:
        return []
    limit = float(recipe.get("limit.river_m") or RIVER_M)
    there = np.flatnonzero(np.isfinite(degrees).all(axis=1))
    if not len(there):
        return []
    shapes = around.rivers.shapes_in(WGS84)
    counts = np.diff(shapes.starts)
    good = counts > 1
    if not good.any():
        return []
    middle = np.nanmedian(degrees[there], axis=0)
    scale = np.array([111_320.0 * np.cos(np.radians(middle[1])), 110_950.0])
    owner = np.repeat(np.arange(len(counts)), counts)
    keep = good[owner] & np.isfinite(shapes.coords).all(axis=1)
    enough = np.bincount(owner[keep], minlength=len(counts)) > 1
    keep &= enough[owner]
    renumbered = (np.cumsum(enough) - 1)[owner[keep]]
    lines = shapely.linestrings(shapes.coords[keep] * scale, indices=renumbered)
    tree = shapely.STRtree(lines)
    metres = np.empty(len(there))
    for at in range(0, len(there), 5000):
        progress.report(0.8)
        points = shapely.points(degrees[there[at : at + 5000]] * scale)
        metres[at : at + 5000] = shapely.distance(points, lines[tree.nearest(points)])
    far = metres > limit
    if not far.any():
        return []
    if far.mean() > 0.5:
        return [Problem(
            "rivers_elsewhere", "note", tr("Most points lie far from the rivers of the project; "
            "distances to them are not checked."), whole_file())]  # fmt: skip
    values = metres[far] / 1000
    tell = tr("{km} km from the nearest river of the project")
    return [Problem(
        "far_from_rivers", "warning",
        tr("Points lie more than {m} m from every river.").format(m=f"{limit:,.0f}"),
        there[far].astype(np.int64), fixes=choices("far_from_rivers", recipe),
        tell=lambda n: tell.format(km=f"{values[n]:,.1f}"))]  # fmt: skip


def shifted(
    degrees: Reals, around: Surroundings, recipe: Recipe, progress: Progress
) -> list[Problem]:
    """GCJ-02 or BD-09, compared with rivers whose places are right."""
    there = degrees[np.isfinite(degrees).all(axis=1)]
    if around.rivers is None or len(there) < 5 or recipe.get("place.shift"):
        return []
    ids = np.arange(len(there)).astype(str).astype(object)
    points = Features(WGS84, (), ids, {}, point_shapes(there))
    try:
        found = compare_layers(points, around.rivers, progress)
    except GisError:
        return []
    if found.verdict not in ("gcj02", "bd09"):
        return []
    name = {"gcj02": "GCJ-02", "bd09": "BD-09"}[found.verdict]
    fix = Fix(tr("Move them back from {shift}").format(shift=name),
              (("place.shift", found.verdict),))  # fmt: skip
    return [Problem("shifted", "warning", verdict_words(found), whole_file(), fixes=(fix,))]


def same_places(
    degrees: Reals, codes: npt.NDArray[Any], names: npt.NDArray[Any], recipe: Recipe,
    row_numbers: Rows,
) -> list[Problem]:  # fmt: skip
    """Codes that are there twice; points at one place, or of one name within some metres."""
    limit = float(recipe.get("limit.same_m") or SAME_M)
    problems = []
    twice, first = _again(codes, ~is_nothing(codes))
    if len(twice):
        earlier, values = row_numbers[first], codes[twice]
        tell = tr("{code} is in row {row} already")
        problems.append(Problem(
            "same_code", "warning", tr("Codes that are there more than once."), twice,
            fixes=choices("same_code", recipe),
            tell=lambda n: tell.format(code=values[n], row=earlier[n])))  # fmt: skip
    there: Marks = np.asarray(np.isfinite(degrees).all(axis=1), np.bool_)
    cells = np.round(np.where(there[:, None], degrees, 0) * 1e5).astype(np.int64)  # 1 m
    keys = cells[:, 0] * 100_000_000 + cells[:, 1]
    known = set(twice.tolist())
    again, first = _again(keys, there)
    pairs = dict(zip(again.tolist(), first.tolist(), strict=True))
    again, first = _again(names, there & (~is_nothing(names)))
    near = metres_between(degrees[again], degrees[first]) <= limit if len(again) else again
    for row, other, close in zip(again.tolist(), first.tolist(), near, strict=True):
        if close:
            pairs.setdefault(row, other)
    rows = np.array(sorted(row for row in pairs if row not in known), np.int64)
    if len(rows):
        others = np.array([pairs[row] for row in rows.tolist()], np.int64)
        metres, earlier_rows = metres_between(degrees[rows], degrees[others]), row_numbers[others]
        said = tr("{m} m from row {row}. The same outfall?")
        problems.append(Problem(
            "same_place", "warning", tr("Points at one place, or of one name close together."),
            rows, fixes=choices("same_place", recipe),
            tell=lambda n: said.format(m=f"{metres[n]:.0f}", row=earlier_rows[n])))  # fmt: skip
    return problems


def _again(values: npt.NDArray[Any], use: Marks) -> tuple[Rows, Rows]:
    """Rows whose value was in an earlier row, and the first such row."""
    rows = np.flatnonzero(use)
    if not len(rows):
        return rows, rows
    some = values[rows]
    if some.dtype == object:
        some = some.astype(str)
    _, first, which = np.unique(some, return_index=True, return_inverse=True)
    again = rows[first[which]] != rows
    return rows[again].astype(np.int64), rows[first[which]][again].astype(np.int64)


def damaged_codes(
    values: npt.NDArray[Any], numeric: Marks | None, column: str, recipe: Recipe
) -> tuple[list[Problem], npt.NDArray[Any]]:
    """Lost zeros, 1E+12, digits after the fifteenth; and the codes, with zeros if asked for."""
    texts = np.where(is_nothing(values), "", values).astype(str)
    problems = []
    powers = np.char.find(np.char.upper(texts), "E+") > 0
    for n in np.flatnonzero(powers).tolist():
        powers[n] = texts[n][:1].isdigit() and texts[n][-1:].isdigit()
    if powers.any():
        rows = rows_of(powers)
        bad = texts[rows]
        tell = tr("{value}: digits are lost")
        problems.append(Problem(
            "power_code", "error",
            tr("Codes were turned into powers of ten; their digits are lost."),
            rows, column, hint=tr("Export the column as text from where it came."),
            tell=lambda n: tell.format(value=bad[n])))  # fmt: skip
    digits = np.char.isdigit(texts)
    lengths = np.char.str_len(texts)
    if numeric is not None and (cut := numeric & digits & (lengths > 15)).any():
        rows = rows_of(cut)
        bad_cells = texts[rows]
        tell_cut = tr("{value}: a number cell keeps 15 digits")
        problems.append(Problem(
            "cut_code", "error",
            tr("Codes were kept as numbers; digits after the fifteenth are lost."),
            rows, column, hint=tr("Export the column as text from where it came."),
            tell=lambda n: tell_cut.format(value=bad_cells[n])))  # fmt: skip
    out = values
    counted = np.bincount(lengths[digits]) if digits.any() else np.zeros(1, np.int64)
    usual = int(counted.argmax())
    zero_first = digits & (np.char.startswith(texts, "0"))
    if numeric is not None and usual and not zero_first.any() and not (digits & ~numeric).any():
        usual = 0  # all are numbers: nothing says that zeros were there
    short = digits & (lengths < usual) & (lengths >= usual - 3)
    if usual >= 4 and short.any() and counted[usual] * 2 > digits.sum():
        rows = rows_of(short)
        bad_short = texts[rows]
        pad = recipe.get("if.lost_zeros") == "pad"
        if pad:
            out = values.copy()
            out[rows] = [text.zfill(usual) for text in bad_short.tolist()]
        tell_short = tr("{value} has {n} digits, the others {usual}")
        problems.append(
            Problem(
                "lost_zeros",
                "note" if pad else "warning",
                tr("Codes seem to have lost zeros in front."),
                rows,
                column,
                fixes=choices("lost_zeros", recipe),
                tell=lambda n: tell_short.format(
                    value=bad_short[n], n=len(bad_short[n]), usual=usual
                ),
            )
        )
    return problems, out
