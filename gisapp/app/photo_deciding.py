"""Photos and the outfalls they show: what is proposed, and what a person decided, as one step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from gisapp.analysis.photo_matching import CameraView, PhotoMatch, is_sure, match_photos
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import Edit, FeatureEdit, Steps
from gisapp.model.features import FeatureId, Row
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, PHOTOS, VISITS
from gisapp.model.text import tr

REASON = "match_reason"


@dataclass(frozen=True, slots=True)
class ProposedOutfall:
    """An outfall a photo may show, with its score and why, in words."""

    outfall: FeatureId
    score: float
    reason: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class PhotoProposal:
    """A photo nobody has decided on yet. `sure`: the first is good and clearly the best."""

    photo: FeatureId
    row: Row
    outfalls: tuple[ProposedOutfall, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class PhotoDecision:
    """The outfall a photo shows; None: none of them."""

    outfall: FeatureId | None
    score: float | None = None
    reason: str = ""


def open_photos(project: Project) -> list[FeatureId]:
    """Photos that belong to no outfall and were not put aside, in the order of their times."""
    table = project.tables.get(PHOTOS)
    if table is None:
        return []
    columns = [table.column(n).tolist() for n in (OUTFALL_ID, "accepted", "taken_at", "file")]
    found = [
        (str(taken or ""), str(file or ""), FeatureId(str(fid)))
        for fid, owner, accepted, taken, file in zip(table.ids.tolist(), *columns, strict=True)
        if not owner and (accepted is None or accepted != accepted)
    ]
    return [fid for _, _, fid in sorted(found)]


def proposals(project: Project, photos: Iterable[FeatureId] | None = None) -> list[PhotoProposal]:
    """What is proposed for each open photo, or for those given; on any thread."""
    table, outfalls = project.tables.get(PHOTOS), project.tables.get(OUTFALL_TABLE)
    if table is None:
        return []
    wanted = list(open_photos(project) if photos is None else photos)
    rows = [dict(table.row(fid) or {}) for fid in wanted]
    if outfalls is None or not len(outfalls):
        found: list[tuple[PhotoMatch, ...]] = [() for _ in rows]
        ids: list[Any] = []
    else:
        places = np.asarray(outfalls.shapes_in(CGCS2000).coords, np.float64)
        ids = outfalls.ids.tolist()
        places = np.where(np.isfinite(places), places, 1e9)
        found = match_photos([view_of(row) for row in rows], places, _visits(project, ids))
    return [
        PhotoProposal(
            fid,
            row,
            tuple(
                ProposedOutfall(FeatureId(str(ids[m.number])), m.score, reason(m), m.distance_m)
                for m in matches
            ),
            is_sure(matches),
        )
        for fid, row, matches in zip(wanted, rows, found, strict=True)
    ]


def view_of(row: Mapping[str, Any]) -> CameraView | None:
    """How a photo's row says it was taken; None without a place."""
    lon, lat = row.get("lon"), row.get("lat")
    if lon is None or lat is None:
        return None
    return CameraView(
        lon,
        lat,
        row.get("heading"),
        row.get("pitch"),
        row.get("height_m"),
        _moment(row, "taken_at"),
    )


def reason(match: PhotoMatch) -> str:
    """The shares of a score, as a person reads them."""
    words = [tr("{n} m away").format(n=round(match.distance_m))]
    if match.off_deg is not None:
        words.append(tr("{n}° beside the middle").format(n=round(match.off_deg)))
    if match.hours is not None:
        words.append(
            tr("{n} min from a visit").format(n=round(match.hours * 60))
            if match.hours <= 24
            else tr("{n} days from a visit").format(n=round(match.hours / 24))
        )
    return ", ".join(words)


def sure_decisions(found: Iterable[PhotoProposal], least: float) -> dict[FeatureId, PhotoDecision]:
    """For photos whose best outfall scores at least this and is clearly the best."""
    decisions = {}
    for proposal in found:
        if proposal.sure and proposal.outfalls[0].score >= least:
            best = proposal.outfalls[0]
            decisions[proposal.photo] = PhotoDecision(best.outfall, best.score, best.reason)
    return decisions


def decide_edit(
    label: str, project: Project, decisions: Mapping[FeatureId, PhotoDecision]
) -> Edit | None:
    """Rows of photos and the lists of their outfalls, in one step. None: nothing changes."""
    table, outfalls = project.tables.get(PHOTOS), project.tables.get(OUTFALL_TABLE)
    if table is None:
        return None
    before: dict[FeatureId, Row] = {}
    after: dict[FeatureId, Row] = {}
    lists: dict[FeatureId, list[str]] = {}

    def listed(outfall: FeatureId) -> list[str]:
        if outfall not in lists:
            row = (outfalls.row(outfall) if outfalls is not None else None) or {}
            lists[outfall] = list(photo_list(row.get("photos")))
        return lists[outfall]

    for fid, decision in decisions.items():
        row = table.row(fid)
        if row is None or (
            decision.outfall is not None and (outfalls is None or decision.outfall not in outfalls)
        ):
            continue
        new = {
            OUTFALL_ID: decision.outfall,
            "accepted": decision.outfall is not None,
            "match_score": None if decision.score is None else round(decision.score, 3),
            REASON: decision.reason or None,
        }
        changed = {name: value for name, value in new.items() if row.get(name) != value}
        file, owner = str(row.get("file") or ""), row.get(OUTFALL_ID)
        if owner and owner != decision.outfall and file in listed(owner):
            listed(owner).remove(file)
        if decision.outfall is not None and file and file not in listed(decision.outfall):
            listed(decision.outfall).append(file)
        if changed:
            before[fid] = {name: row.get(name) for name in changed}
            after[fid] = changed
    parts: list[Edit] = [FeatureEdit(label, PHOTOS, before, after)] if after else []
    olds: dict[FeatureId, Row] = {}
    news: dict[FeatureId, Row] = {}
    for outfall, files in lists.items():
        row = (outfalls.row(outfall) if outfalls is not None else None) or {}
        kept = row.get("photos")
        named = files if isinstance(kept, list) else json.dumps(files)
        if "photos" in row and photo_list(kept) != files:
            olds[outfall], news[outfall] = {"photos": kept}, {"photos": named}
    if news:
        parts.append(FeatureEdit(label, OUTFALL_TABLE, olds, news))
    return Steps(label, tuple(parts)) if parts else None


def photo_list(value: Any) -> list[str]:
    """The names in an outfall's field of photos: a list or its JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value] if value else []
    return [str(name) for name in value] if isinstance(value, list | tuple) else []


def _visits(project: Project, ids: list[Any]) -> list[list[datetime]]:
    found: dict[str, list[datetime]] = {}
    visits = project.tables.get(VISITS)
    if visits is not None and len(visits):
        owners, times = visits.column(OUTFALL_ID).tolist(), visits.column("visited_at").tolist()
        for owner, at in zip(owners, times, strict=True):
            moment = _moment({"at": at}, "at")
            if moment is not None:
                found.setdefault(str(owner), []).append(moment)
    return [found.get(str(fid), []) for fid in ids]


def _moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """As the clocks on the spot showed it."""
    try:
        return datetime.fromisoformat(str(row.get(name) or "")).replace(tzinfo=None)
    except ValueError:
        return None
