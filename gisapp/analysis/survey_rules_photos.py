"""Checks of photos: there, taken near the outfall, taken when somebody was there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from gisapp.analysis.survey_check import Found, SurveyToCheck, Words, filled, found, numeric
from gisapp.analysis.survey_ground import metres_between
from gisapp.model.edit import Edit, FeatureEdit, Steps
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import change_related
from gisapp.model.project import Project
from gisapp.model.rules import Proposal
from gisapp.model.survey import MONITORING, OUTFALL_ID, OUTFALL_TABLE, PHOTOS, VISITS
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of


def photos(survey: SurveyToCheck) -> Iterator[Found]:
    if "photos" not in survey.names and PHOTOS not in survey.project.tables:
        return
    kept = survey.related_rows(PHOTOS)
    yield _missing(survey, kept)
    if len(kept):
        yield _far(survey, kept)
        yield _other_time(survey, kept)


def _missing(survey: SurveyToCheck, kept: Any) -> Found:
    """Seen by somebody and no photo; where the state itself asks for photos, that is said there."""
    asked = {
        state.id
        for state in scheme_of(survey.project).states
        if any(need.field == "photos" or need.table == PHOTOS for need in state.needs)
    }
    seen = survey.in_states(
        lambda s: "check" in s.done and s.outfall == "yes" and s.id not in asked
    )
    listed = (v not in (None, "", "[]") for v in survey.column("photos").tolist())
    has = np.fromiter(listed, bool, len(survey))
    has[kept.at] = True
    at = np.flatnonzero(seen & ~has)
    return found(survey, "photo_missing", at, lambda n: Words(tr("No photo shows it"), "photos"))


def _far(survey: SurveyToCheck, kept: Any) -> Found:
    """By the position in the photo, or the place of its row."""
    spot = np.column_stack((numeric(kept.columns["lon"]), numeric(kept.columns["lat"])))
    if kept.degrees is not None:
        spot = np.where(np.isfinite(spot), spot, kept.degrees)
    there = np.isfinite(spot).all(axis=1) & np.isfinite(survey.degrees[kept.at]).all(axis=1)
    metres = np.zeros(len(kept))
    metres[there] = metres_between(spot[there], survey.degrees[kept.at[there]])
    rows = np.flatnonzero(metres > survey.values["photo_m"])

    def word(n: int) -> Words:
        row = int(rows[n])
        message = tr("{photo} was taken {metres:,.0f} m away").format(
            photo=_name(kept, row), metres=float(metres[row])
        )
        return Words(message, "photos", _take_off(kept, row))

    return found(survey, "photo_far", kept.at[rows], word)


def _other_time(survey: SurveyToCheck, kept: Any) -> Found:
    """Days from the nearest visit or test; where nobody wrote a day, nothing is compared."""
    days = _days(kept.columns["taken_at"])
    owners, when = [], []
    for table, name in ((VISITS, "visited_at"), (MONITORING, "monitored_at")):
        work = survey.related_rows(table)
        if len(work) and name in work.columns:
            owners.append(work.at)
            when.append(_days(work.columns[name]))
    owner = np.concatenate(owners) if owners else np.empty(0, np.int64)
    day = np.concatenate(when) if when else np.empty(0)
    known = np.isfinite(day)
    order = np.lexsort((day[known], owner[known]))
    # One rising line of numbers: a block of days for each outfall
    span = 4_000_000.0
    keys = owner[known][order] * span + day[known][order]
    own = kept.at * span + days
    after = np.searchsorted(keys, own)
    off = np.full(len(kept), np.inf)
    for side in (after - 1, after):
        ok = (side >= 0) & (side < len(keys)) & np.isfinite(days)
        apart = np.abs(keys[side[ok]] - own[ok])
        off[ok] = np.minimum(off[ok], apart)
    rows = np.flatnonzero((off > survey.values["photo_days"]) & (off < span / 2))

    def word(n: int) -> Words:
        row = int(rows[n])
        message = tr("{photo} was taken {days:,.0f} days from the nearest visit or test").format(
            photo=_name(kept, row), days=float(off[row])
        )
        return Words(message, "photos", _take_off(kept, row))

    return found(survey, "photo_time", kept.at[rows], word)


def _days(values: Any) -> Any:
    """Days of ISO texts; NaN where there is none."""
    out = np.full(len(values), np.nan)
    for n in np.flatnonzero(filled(values)).tolist():
        try:
            out[n] = date.fromisoformat(str(values[n])[:10].replace(":", "-")).toordinal()
        except ValueError:
            continue
    return out


def _name(kept: Any, row: int) -> str:
    columns = kept.columns
    return str(columns["original_name"][row] or columns["file"][row] or kept.ids[row])


def _take_off(kept: Any, row: int) -> Proposal:
    """The photo no longer belongs to the outfall; the file stays in the project."""
    photo, file = kept.ids[row], str(kept.columns["file"][row] or "")

    def edit(project: Project) -> Edit | None:
        label = tr("Take a photo off an outfall")
        whole = project.tables[PHOTOS].row(photo)
        if whole is None or not whole.get(OUTFALL_ID):
            return None
        outfall = FeatureId(str(whole[OUTFALL_ID]))
        first = change_related(label, project, PHOTOS, photo, {OUTFALL_ID: None})
        listed = (project.tables[OUTFALL_TABLE].row(outfall) or {}).get("photos")
        names = json.loads(listed) if isinstance(listed, str) and listed.startswith("[") else []
        if file not in names or first is None:
            return first
        left = json.dumps([name for name in names if name != file], ensure_ascii=False)
        before, after = {outfall: {"photos": listed}}, {outfall: {"photos": left}}
        return Steps(label, (first, FeatureEdit(label, OUTFALL_TABLE, before, after)))

    return Proposal(tr("Take the photo off"), make=edit)
