"""Checks of where outfalls lie: without a place, twice, in another county, in a protected zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.analysis.survey_check import Found, Numbers, SurveyToCheck, Words, filled, found
from gisapp.analysis.survey_ground import areas_in, metres_between, on_the_globe
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId, FeatureSet, plain
from gisapp.model.outfall_codes import code_problem
from gisapp.model.outfall_merge import merged
from gisapp.model.outfall_record import add_related, change_related, related
from gisapp.model.project import Project
from gisapp.model.rules import Proposal
from gisapp.model.survey import RECTIFICATION, standard
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of


def places(survey: SurveyToCheck) -> Iterator[Found]:
    """Points without a place, or with one that nobody can have meant."""
    lon, lat = survey.degrees.T
    none = np.isnan(lon) | np.isnan(lat)
    with np.errstate(invalid="ignore"):
        origin = (np.abs(lon) < 0.01) & (np.abs(lat) < 0.01)
        outside = (np.abs(lon) > 180) | (np.abs(lat) > 90)
        # China: east of 73°, west of 136°, between 3° and 54° north
        swapped = (lat > 73) & (lat < 90) & (lon > 3) & (lon < 54)
    at = np.flatnonzero(none | origin | outside | swapped)

    def word(n: int) -> Words:
        row = int(at[n])
        if none[row]:
            message = tr("The outfall has no place")
        elif origin[row]:
            message = tr("The point lies at 0, 0")
        else:
            message = tr("The point lies at {lon:.4f}, {lat:.4f}: swapped axes or a wrong zone")
            message = message.format(lon=float(lon[row]), lat=float(lat[row]))
        return Words(message, "geometry")

    yield found(survey, "place", at, word)


def near(survey: SurveyToCheck) -> Iterator[Found]:
    """Each point with an older one closer than `near_m`: the same outfall twice, perhaps."""
    most = survey.values["near_m"]
    if survey.only is None:
        later, earlier, metres = _near_pairs(survey.degrees, survey.is_outfall, most)
        features, others = survey.ids[later], survey.ids[earlier]
    else:
        features, others, metres = _near_some(survey, most)
    names = _Names(survey)

    def word(n: int) -> Words:
        fid, other = FeatureId(str(features[n])), FeatureId(str(others[n]))
        message = tr("{outfall} lies {metres:.0f} m from {other}. The same outfall?").format(
            outfall=names[fid], metres=float(metres[n]), other=names[other]
        )

        def merge(project: Project) -> Edit | None:
            label = tr("Merge {outfall} into {other}").format(
                outfall=names[fid], other=names[other]
            )
            return merged(label, project, other, fid)

        words = tr("Merge into {other}").format(other=names[other])
        return Words(message, "geometry", Proposal(words, make=merge), (other,))

    kind = found(survey, "near", np.empty(0, np.int64), word).kind
    yield Found(kind, features, word)


def _near_pairs(degrees: Any, wanted: Any, most: float) -> tuple[Numbers, Numbers, Any]:
    """Later and earlier rows of pairs, and their metres. A point is paired with its nearest one,
    points at one place with the first of them: never more pairs than points."""
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(wanted & np.isfinite(degrees).all(axis=1))
    if not len(rows):
        return rows, rows, np.empty(0)
    placed = degrees[rows] + 0.0  # no place is at minus nothing
    as_one = placed[:, 0] + 1j * placed[:, 1]  # sorted as pairs are, in a third of the time
    _, first, of = np.unique(as_one, return_index=True, return_inverse=True)
    places = placed[first]
    again = np.flatnonzero(first[of] != np.arange(len(rows)))
    later, earlier, metres = [rows[again]], [rows[first[of[again]]]], [np.zeros(len(again))]
    if len(places) > 1:
        globe = on_the_globe(places)
        distance, number = cKDTree(globe).query(globe, k=2, distance_upper_bound=most)
        there = np.flatnonzero(np.isfinite(distance[:, 1]))
        one, other = rows[first[there]], rows[first[number[there, 1]]]
        pairs = np.maximum(one, other) * len(degrees) + np.minimum(one, other)
        pairs, chosen = np.unique(pairs, return_index=True)
        later.append(pairs // len(degrees))
        earlier.append(pairs % len(degrees))
        metres.append(distance[there[chosen], 1])
    order = np.argsort(np.concatenate(later), kind="stable")
    return (
        np.concatenate(later)[order],
        np.concatenate(earlier)[order],
        np.concatenate(metres)[order],
    )


def _near_some(survey: SurveyToCheck, most: float) -> tuple[Any, Any, Any]:
    """The nearest other point of each outfall looked at."""
    everywhere = survey.table.shapes_in(CGCS2000).coords
    ids = survey.table.ids
    features, others, metres = [], [], []
    for at, fid in enumerate(survey.only or ()):
        place = survey.degrees[at]
        if not (np.isfinite(place).all() and survey.is_outfall[at]):
            continue
        span = most / 111_000
        wide = span / max(0.01, float(np.cos(np.radians(place[1]))))
        with np.errstate(invalid="ignore"):
            close = np.flatnonzero(
                (np.abs(everywhere[:, 1] - place[1]) <= span)
                & (np.abs(everywhere[:, 0] - place[0]) <= wide)
            )
        close = close[ids[close] != fid]
        if not len(close):
            continue
        away = metres_between(everywhere[close], np.repeat(place[None], len(close), axis=0))
        nearest = int(np.argmin(away))
        if away[nearest] <= most:
            features.append(fid)
            others.append(ids[close[nearest]])
            metres.append(float(away[nearest]))
    return np.array(features, object), np.array(others, object), np.array(metres)


class _Names(Mapping[FeatureId, str]):
    """What people call an outfall: its code, else its name."""

    def __init__(self, survey: SurveyToCheck) -> None:
        self._table = survey.table

    def __getitem__(self, fid: FeatureId) -> str:
        row = self._table.row(fid) or {}
        return str(row.get("code_local") or row.get("name") or fid[:8])

    def __iter__(self) -> Iterator[FeatureId]:
        return iter(self._table.ids.tolist())

    def __len__(self) -> int:
        return len(self._table)


def counties(survey: SurveyToCheck) -> Iterator[Found]:
    """The county that is written and the county in the code, against the one around the point."""
    layer = survey.layers["counties"]
    inside = areas_in(layer, survey.table.crs).holding(survey.placed(survey.table.crs))
    names = _texts(layer, "counties", "name_fields")
    codes = _texts(layer, "counties", "code_fields")
    if names is not None and "county" in survey.names:
        said = survey.column("county")
        due = _at(names, inside)
        wrong = filled(due) & (said != due)
        at = np.flatnonzero(wrong)

        def county(n: int) -> Words:
            row = int(at[n])
            name, written = due[row], plain(said[row])
            message = tr("The point lies in {county}; written is {written}")
            if not written:
                message = tr("The point lies in {county}; no county is written")
            fix = Proposal(
                tr("Write {value}").format(value=name),
                row=FeatureId(str(survey.ids[row])),
                changes={"county": name},
            )
            return Words(message.format(county=name, written=written), "county", fix)

        yield found(survey, "county", at, county)
    scheme = scheme_of(survey.project)
    patterns = {"code_national": scheme.code_national, "code_local": scheme.code_local}
    if codes is not None:
        due_codes = _at(codes, inside)
        problems: list[tuple[int, str, str]] = []
        for name, pattern in patterns.items():
            if not pattern:
                continue
            texts = survey.column(name).tolist()
            for row in np.flatnonzero(survey.filled(name) & filled(due_codes)).tolist():
                text = str(texts[row])
                whole = code_problem(pattern, text)
                problem = "" if whole else code_problem(pattern, text, str(due_codes[row])[:6])
                if problem:
                    problems.append((row, name, problem))
        rows = np.array([row for row, _, _ in problems], np.int64)
        yield found(survey, "code_county", rows, lambda n: Words(problems[n][2], problems[n][1]))


def zones(survey: SurveyToCheck) -> Iterator[Found]:
    """Outfalls inside protected zones of drinking water, unless closing them is on record."""
    layer = survey.layers["zones"]
    data = standard("outfall_rules")["zones"]
    inside = areas_in(layer, survey.table.crs).holding(survey.placed(survey.table.crs))
    measures = survey.related_rows(RECTIFICATION)
    settled = np.zeros(len(survey), bool)
    if len(measures) and "type" in measures.columns:
        closing = measures.columns["type"] == data["remediation"]
        settled[measures.at[closing]] = True
    at = np.flatnonzero((inside >= 0) & survey.is_outfall & ~settled)
    names = _texts(layer, "zones", "name_fields")
    levels = _texts(layer, "zones", "level_fields")

    def word(n: int) -> Words:
        row = int(at[n])
        zone = int(inside[row])
        name = str(names[zone] or "") if names is not None else ""
        level = str(levels[zone] or "") if levels is not None else ""
        message = tr("Inside the drinking-water zone {name} (level {level}): to be closed by law")
        may_stay = level in data["open_levels"]
        if may_stay:
            message = tr("Inside the drinking-water zone {name} (level {level}): may it stay?")
        message = message.format(name=name or "–", level=level or "–")
        outfall = FeatureId(str(survey.ids[row]))
        proposal = None
        if RECTIFICATION in survey.project.tables and not may_stay:

            def close(project: Project) -> Edit | None:
                return _remediation(project, outfall, data["remediation"])

            words = tr("Write “{value}”").format(value=data["remediation"])
            proposal = Proposal(words, make=close)
        return Words(f"{message} · {data['basis']}", "geometry", proposal)

    yield found(survey, "zone", at, word)


def _remediation(project: Project, outfall: FeatureId, kind: str) -> Edit | None:
    label = tr("Rectification: {value}").format(value=kind)
    rows = related(project, RECTIFICATION, outfall)
    if rows:
        return change_related(label, project, RECTIFICATION, rows[0][0], {"type": kind})
    return add_related(label, project, RECTIFICATION, outfall, {"type": kind})[0]


def _texts(layer: FeatureSet, group: str, key: str) -> Any:
    """A column of the layer as text, by the first of its usual names that is there."""
    there = {field.name for field in layer.fields}
    name = next((n for n in standard("outfall_rules")[group][key] if n in there), None)
    if name is None or not len(layer):
        return None
    out = np.empty(len(layer), object)
    out[:] = [None if plain(v) in (None, "") else str(plain(v)) for v in layer.column(name)]
    return out


def _at(texts: npt.NDArray[Any], numbers: Numbers) -> npt.NDArray[Any]:
    """The text of each number; None for -1."""
    found: npt.NDArray[Any] = texts[numbers]
    found[numbers < 0] = None
    return found
