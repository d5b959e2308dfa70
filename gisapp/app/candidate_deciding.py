"""A reviewer's decision on a candidate: one step in every table it touches."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.candidate_table import (
    ACCEPTED,
    BY_RULE,
    MERGED,
    OPEN,
    RUNS_NAME,
    Candidate,
    candidate_of,
    candidates_table,
    tally,
    tally_values,
)
from gisapp.io.photo_files import Photo
from gisapp.model.crs import CGCS2000, geod, transform_point
from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureId, Row
from gisapp.model.geometry import Point
from gisapp.model.outfall_record import delete_outfalls, full_row, related_counts
from gisapp.model.project import Project
from gisapp.model.survey import HISTORY, OUTFALL_ID, OUTFALL_TABLE, PHOTOS, new_feature_id
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr

FAR_M = 5000.0  # known outfalls farther away are not looked for
_SPAN = 0.06  # degrees that are looked through for them
MERGE_M = 300.0  # a candidate farther from an outfall is not the same


class DecisionRefused(GisError):  # noqa: N818  (it is what happened, not a fault)
    """A decision that would take away what others have worked on."""


def outfalls_of(project: Project) -> FeatureTable | None:
    """The survey's table of outfalls; None where it is a file, or there is none."""
    layer = project.layer_of_role("outfalls")
    table = project.table_of(layer) if layer is not None else project.tables.get(OUTFALL_TABLE)
    return table if table is not None and table.name == OUTFALL_TABLE else None


def nearest_outfall(
    project: Project, candidate: Candidate, within_m: float = FAR_M
) -> tuple[FeatureId, str, float] | None:
    """Id, name and distance in metres of the known outfall nearest to a candidate, measured on the
    ellipsoid. Points that candidates became do not count. None: none within reach."""
    table = outfalls_of(project)
    if table is None or not len(table):
        return None
    shapes = table.shapes_in(CGCS2000)
    xy: npt.NDArray[Any] = np.asarray(shapes.coords)
    here = np.array([candidate.lon, candidate.lat])
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero((np.abs(xy - here) <= _SPAN).all(axis=1))
    if not len(near):
        return None
    count = len(near)
    far = geod(CGCS2000).inv(
        np.full(count, here[0]), np.full(count, here[1]), xy[near, 0], xy[near, 1]
    )[2]
    ids = table.ids_at(np.asarray(shapes.owner)[near])
    own = _made_of_candidates(project)
    for at in np.argsort(far):
        metres, fid = float(far[at]), FeatureId(str(ids[at]))
        if metres > within_m:
            return None
        if fid not in own:
            return fid, outfall_name(table, fid), metres
    return None


def outfall_name(table: FeatureTable, fid: FeatureId) -> str:
    row = table.row(fid) or {}
    return str(row.get("code_local") or row.get("name") or fid[:8])


def _made_of_candidates(project: Project) -> set[FeatureId]:
    """Outfalls that are accepted candidates."""
    table = candidates_table(project)
    if table is None:
        return set()
    rows = (table.row(fid) or {} for fid in table.matching("decision", ACCEPTED))
    return {FeatureId(str(row["outfall_id"])) for row in rows if row.get("outfall_id")}


def decide(
    project: Project,
    fid: FeatureId,
    decision: str,
    *,
    who: str,
    at: str,
    photo: Photo | None = None,
    outfall: FeatureId | None = None,
) -> Steps | None:
    """The step that decides a candidate; None when it is decided so already.

    Accepting adds a suspected outfall with the evidence (`photo` lies in the project by now);
    another decision on an accepted one takes that outfall away, unless the survey has worked on it
    (DecisionRefused). Merging names the `outfall` it is. Raises ParameterError where the project
    has no table of outfalls to accept into, or the candidate is gone.
    """
    table = candidates_table(project)
    candidate = candidate_of(table, fid) if table is not None else None
    if table is None or candidate is None:
        raise ParameterError(tr("The candidate is not in the project any more"))
    if decision == OPEN and candidate.from_rule:
        decision = BY_RULE
    if candidate.decision == decision and (decision != MERGED or candidate.outfall == outfall):
        return None
    label = _label(candidate, decision)
    parts: list[Edit] = []
    if candidate.decision == ACCEPTED and candidate.outfall is not None:
        parts += _taken_back(label, project, candidate)
    made: FeatureId | None = None
    if decision == ACCEPTED:
        added, made = _accepted(label, project, candidate, who, at, photo)
        parts += added
    elif decision == MERGED:
        made = outfall
    undecided = decision in (OPEN, BY_RULE)
    after: dict[str, Any] = {
        "decision": decision,
        "outfall_id": made,
        "decided_at": None if undecided else at,
        "decided_by": None if undecided else who,
    }
    before = table.row(fid) or {}
    known = {name: before.get(name) for name in after if name in before}
    change = FeatureEdit(label, table.name, {fid: known}, {fid: {n: after[n] for n in known}})
    parts.append(change)
    parts += _counted(label, project, change, candidate.run)
    return Steps(label, tuple(parts))


def _label(candidate: Candidate, decision: str) -> str:
    return {
        "accepted": tr("Accept {candidate}"),
        "rejected": tr("Reject {candidate}"),
        "doubtful": tr("{candidate} is doubtful"),
        "merged": tr("{candidate} is a known outfall"),
    }.get(decision, tr("Decide {candidate} again")).format(candidate=candidate.name)


def _counted(label: str, project: Project, change: FeatureEdit, run: str) -> tuple[Edit, ...]:
    """What the row of the run has to say then."""
    runs = project.tables.get(RUNS_NAME)
    rows = runs.matching("run", run) if runs is not None else ()
    if runs is None or not rows:
        return ()
    fid = rows[0]
    now = runs.row(fid) or {}
    new = tally_values(tally(change.apply(project), run))
    old = {name: now.get(name) for name in new}
    return () if old == new else (FeatureEdit(label, runs.name, {fid: old}, {fid: new}),)


def _taken_back(label: str, project: Project, candidate: Candidate) -> tuple[Edit, ...]:
    outfall = candidate.outfall
    table = outfalls_of(project)
    row = table.row(outfall) if table is not None and outfall is not None else None
    if row is None or outfall is None:
        return ()
    counts = related_counts(project, outfall)
    worked = sum(n for name, n in counts.items() if name not in (PHOTOS, HISTORY))
    if row.get("state") != "suspected" or worked:
        raise DecisionRefused(
            tr("{candidate} is in the survey and was worked on").format(candidate=candidate.name),
            hint=tr("Open the outfall and change its state there."),
        )
    return (delete_outfalls(label, project, (outfall,)),)


def _accepted(
    label: str, project: Project, candidate: Candidate, who: str, at: str, photo: Photo | None
) -> tuple[list[Edit], FeatureId]:
    table = outfalls_of(project)
    if table is None:
        raise ParameterError(
            tr("The project has no table of outfalls to accept candidates into"),
            hint=tr("Make a survey project, or import the outfalls into this one."),
        )
    place = transform_point(Point(candidate.lon, candidate.lat), CGCS2000, table.crs)
    row: dict[str, Any] = {
        "code_local": _free_code(table, candidate.name),
        "name": tr("Suspected outfall {candidate}").format(candidate=candidate.name),
        "kind": "suspected",
        "state": "suspected",
        "found_by": "thermal",
        "remark": "; ".join(remark_words(candidate)),
        "photos": json.dumps([photo.file] if photo is not None else []),
        GEOMETRY: shapely.Point(*place),
    }
    fid = new_feature_id()
    parts: list[Edit] = [add_features(label, table, {fid: full_row(table, row)})]
    register = project.tables.get(PHOTOS)
    if register is not None and photo is not None:
        listed: Row = {
            OUTFALL_ID: fid,
            "sha256": photo.sha256,
            "file": photo.file,
            "original_name": photo.name,
            "bytes": photo.bytes,
            "kind": "thermal",
            "accepted": True,
        }
        parts.append(add_features(label, register, {new_feature_id(): full_row(register, listed)}))
    history = project.tables.get(HISTORY)
    if history is not None:
        entry: Row = {
            OUTFALL_ID: fid,
            "to_state": "suspected",
            "at": at,
            "who": who,
            "reason": tr("Accepted from the thermal search {run}").format(run=candidate.run),
        }
        parts.append(add_features(label, history, {new_feature_id(): full_row(history, entry)}))
    return parts, fid


def _free_code(table: FeatureTable, name: str) -> str:
    code, number = name, 1
    while table.matching("code_local", code):
        number += 1
        code = f"{name}-{number}"
    return code


def remark_words(candidate: Candidate) -> list[str]:
    """What the outfall says of where it comes from."""
    c = candidate
    found = [
        tr("Thermal candidate {candidate}, not verified").format(candidate=c.name),
        f"ΔT {c.delta_t_c:+.2f} °C",
        f"{c.area_m2:.0f} m²",
        f"Σ {c.sigma_m2c:.0f} m²·°C",
        tr("{z:.1f} × local noise").format(z=c.z),
    ]
    if c.mosaic:
        found.append(c.mosaic)
    decoder, accuracy = c.provenance.get("decoder"), c.provenance.get("accuracy_c")
    if decoder:
        found.append(f"{decoder} ±{accuracy} °C" if accuracy else str(decoder))
    return found
