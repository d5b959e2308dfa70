"""Checks of outfalls against the water: at their reach, on the bank they name, not in the river."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from gisapp.analysis.survey_check import Found, SurveyToCheck, Words, found
from gisapp.analysis.survey_ground import Reaches, areas_in, plane_for, reaches_in
from gisapp.model.crs import transform
from gisapp.model.features import FeatureId, plain
from gisapp.model.rules import Proposal
from gisapp.model.table import GEOMETRY
from gisapp.model.text import tr

LEFT, RIGHT = "左岸", "右岸"


def reaches(survey: SurveyToCheck) -> Iterator[Found]:
    """Points too far from their reach, and banks on the other side of it."""
    layer = survey.layers["rivers"]
    if layer.shapes_in(layer.crs).kind != "line" or not len(layer):
        return
    ground = reaches_in(layer, plane_for(layer, survey.project.crs))
    places = survey.placed(ground.crs)
    most = survey.values["reach_m"]
    own = ground.number_of(survey.column("receiving_reach").tolist())
    there = np.isfinite(places).all(axis=1) & survey.is_outfall
    known = (own >= 0) & ~shapely.is_missing(ground.whole[own])
    at_own = np.zeros(len(survey), bool)
    at = np.flatnonzero(there & known)
    at_own[at] = shapely.dwithin(ground.whole[own[at]], shapely.points(places[at]), most)
    line = ground.nearest(np.where((there & ~at_own)[:, None], places, np.nan), most)[0]
    yield _not_at_reach(survey, ground, places, there, known, at_own, own, line)
    yield from _banks(survey, ground, places, there, at_own, own, line)


def _not_at_reach(
    survey: SurveyToCheck, ground: Reaches, places: Any, there: Any, known: Any, at_own: Any,
    own: Any, line: Any,
) -> Found:  # fmt: skip
    """`line`: the nearest within `reach_m` of each place, -1 for none."""
    most = survey.values["reach_m"]
    said = survey.filled("receiving_reach")
    wrong = np.where(said, ~known | ~at_own, line < 0)
    at = np.flatnonzero(there & wrong)

    def word(n: int) -> Words:
        row = int(at[n])
        place = places[row : row + 1]
        [[found_line], [metres]] = ground.nearest(place, max(most * 10, 2000.0))
        nearest = int(ground.owner[found_line]) if found_line >= 0 else -1
        reach = plain(ground.ids[nearest]) if nearest >= 0 else None
        if said[row] and not known[row]:
            message = tr("There is no reach {reach}").format(
                reach=survey.column("receiving_reach")[row]
            )
        elif said[row]:
            away = shapely.distance(shapely.Point(*place[0]), ground.whole[own[row]])
            message = tr("{metres:,.0f} m from its reach {reach}").format(
                metres=float(away), reach=survey.column("receiving_reach")[row]
            )
        elif np.isfinite(metres):
            message = tr("{metres:,.0f} m from the nearest river").format(metres=float(metres))
        else:
            message = tr("No river near the point")
        if nearest < 0 or metres > most or "receiving_reach" not in survey.names:
            return Words(message, "receiving_reach")
        changes: dict[str, Any] = {"receiving_reach": _whole(reach)}
        name = plain(ground.names[nearest]) if ground.names is not None else None
        if name and "river" in survey.names:
            changes["river"] = str(name)
        words = tr("Assign reach {reach}").format(reach=_whole(reach))
        fix = Proposal(words, row=FeatureId(str(survey.ids[row])), changes=changes)
        return Words(message, "receiving_reach", fix)

    return found(survey, "reach", at, word)


def _banks(
    survey: SurveyToCheck, ground: Reaches, places: Any, there: Any, at_own: Any, own: Any,
    line: Any,
) -> Iterator[Found]:  # fmt: skip
    if "bank" not in survey.names:
        return
    # The bank is that of its own reach where the point lies at it, else of the nearest
    parts_of_own = np.searchsorted(ground.owner, np.maximum(own, 0))
    single = np.zeros(len(survey), bool)
    single[at_own] = shapely.get_num_geometries(ground.whole[own[at_own]]) == 1
    several = at_own & ~single
    nearest = ground.nearest(np.where(several[:, None], places, np.nan), survey.values["reach_m"])
    chosen = np.where(several, nearest[0], np.where(at_own, parts_of_own, line))
    judged = there & (chosen >= 0)
    rows = np.flatnonzero(judged)
    beside = np.full(len(survey), np.nan)
    if len(rows):
        beside[rows] = ground.left_of(places[rows], chosen[rows])
    said = survey.column("bank")
    with np.errstate(invalid="ignore"):
        side = np.where(beside > 0, LEFT, RIGHT)
        sure = np.abs(beside) > survey.values["bank_m"]
    known = (said == LEFT) | (said == RIGHT)
    at = np.flatnonzero(judged & sure & known & (said != side))

    def word(n: int) -> Words:
        row = int(at[n])
        bank = str(side[row])
        words = {LEFT: tr("left"), RIGHT: tr("right")}
        message = tr("Written is the {written} bank, the point lies {metres:.0f} m to the {side}")
        message = message.format(
            written=words[str(said[row])], metres=abs(float(beside[row])), side=words[bank]
        )
        label = tr("Write {value}").format(value=survey.table.field("bank").shown(bank))
        fix = Proposal(label, row=FeatureId(str(survey.ids[row])), changes={"bank": bank})
        return Words(message, "bank", fix)

    yield found(survey, "bank", at, word)


def in_water(survey: SurveyToCheck) -> Iterator[Found]:
    """Points that lie farther than `in_water_m` from the bank, in the water."""
    layer = survey.layers["water"]
    if layer.shapes_in(layer.crs).kind != "area" or not len(layer):
        return
    water = areas_in(layer, plane_for(layer, survey.project.crs))
    places = survey.placed(water.crs)
    inside = water.holding(places)
    rows = np.flatnonzero((inside >= 0) & survey.is_outfall)
    shores = shapely.boundary(water.areas)
    shapely.prepare(shores)
    points = shapely.points(places[rows])
    at = rows[~shapely.dwithin(shores[inside[rows]], points, survey.values["in_water_m"])]

    def word(n: int) -> Words:
        row = int(at[n])
        foot = shapely.shortest_line(shapely.Point(*places[row]), shores[inside[row]])
        metres = shapely.length(foot)
        message = tr("{metres:.0f} m from the bank, in the water").format(metres=float(metres))
        bank = shapely.get_coordinates(foot)[-1:]
        place = transform(bank, water.crs, survey.table.crs)[0]
        fix = Proposal(
            tr("Move it to the bank"),
            row=FeatureId(str(survey.ids[row])),
            changes={GEOMETRY: shapely.Point(*place)},
        )
        return Words(message, "geometry", fix)

    yield found(survey, "in_water", at, word)


def _whole(reach: Any) -> Any:
    return int(reach) if isinstance(reach, float) and reach.is_integer() else reach
