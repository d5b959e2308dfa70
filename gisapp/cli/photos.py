"""gisapp photos."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.photo_deciding import (
    PhotoProposal,
    decide_edit,
    proposals,
    sure_decisions,
)
from gisapp.app.photo_import import (
    PhotoImport,
    PhotoVerdict,
    import_edit,
    import_photos,
    status_words,
)
from gisapp.app.photo_links import bring_back_photos
from gisapp.app.project_session import ProjectSession
from gisapp.cli.projects import perform, project_to_change
from gisapp.io.photo_batch import pictures_in
from gisapp.io.photo_track import read_track
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.progress import Silent
from gisapp.model.text import N_, tr


def _arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, metavar=tr("FOLDER"), help=tr("folder with the photos, or one photo"))
    add("--project", type=Path, required=True, help=tr("project folder"))
    add("--track", type=Path, help=tr("GPS track (GPX) of the walk, for photos without a place"))
    add("--clock", type=float, metavar=tr("HOURS"),
        help=tr("how far the camera's clock is ahead of UTC; else as this computer's"))  # fmt: skip
    add("--accept", type=float, metavar=tr("SCORE"),
        help=tr("accept the outfall of photos that match at least so well, 0 to 1"))  # fmt: skip
    add("--relink", action="store_true",
        help=tr("only bring back photos missing in the project, known by their bytes"))  # fmt: skip


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if arguments.accept is not None and not 0 <= arguments.accept <= 1:
        raise ParameterError(
            tr("{value} is not between 0 and 1").format(value=arguments.accept),
            hint=tr("0.6 is usual; 1 accepts nothing that is not exact."),
        )
    sources, others = pictures_in(arguments.folder)
    track = None
    if arguments.track is not None:
        track = read_track(arguments.track, arguments.clock)
    with project_to_change(arguments.project, desk) as session:
        if arguments.relink:
            return _relink(session, sources)
        project = session.store.project
        made = import_photos(session.file, project, arguments.folder, sources, Silent(), track)
        edit = import_edit(project, made)
        if edit is not None:
            perform(session, edit)
        found = proposals(session.store.project, list(made.rows))
        accepted: set[FeatureId] = set()
        if arguments.accept is not None:
            decisions = sure_decisions(found, arguments.accept)
            label = tr("Photos of outfalls: {n}").format(n=len(decisions))
            decided = decide_edit(label, session.store.project, decisions)
            if decided is not None:
                perform(session, decided)
                accepted = set(decisions)
    return _answer(arguments, made, found, accepted, others)


def _answer(
    arguments: argparse.Namespace,
    made: PhotoImport,
    found: Sequence[PhotoProposal],
    accepted: set[FeatureId],
    others: int,
) -> Answer:
    of_photo = {proposal.photo: proposal for proposal in found}
    counts = made.counts()
    data = {
        "project": arguments.project,
        "folder": arguments.folder,
        "counts": counts,
        "other_files": others,
        "matched": sum(bool(proposal.outfalls) for proposal in found),
        "sure": sum(proposal.sure for proposal in found),
        "accepted": len(accepted),
        "photos": [_entry(verdict, of_photo, accepted) for verdict in made.verdicts],
    }
    wrong = counts["refused"] + counts["failed"]
    return Answer(data, _lines(made, data), USER_CAN_FIX if wrong else DONE)


def _entry(
    verdict: PhotoVerdict, found: Mapping[FeatureId, PhotoProposal], accepted: set[FeatureId]
) -> dict[str, Any]:
    proposal = found.get(verdict.photo) if verdict.photo is not None else None
    outfalls = proposal.outfalls if proposal is not None else ()
    return {
        "file": verdict.file,
        "status": verdict.status,
        "findings": verdict.findings,
        "id": verdict.photo,
        "sha256": verdict.sha256,
        "bytes": verdict.bytes,
        "taken_at": verdict.taken_at,
        "lon": verdict.lon,
        "lat": verdict.lat,
        "heading": verdict.heading,
        "outfalls": [
            {"id": one.outfall, "score": round(one.score, 3), "reason": one.reason}
            for one in outfalls
        ],
        "accepted": verdict.photo in accepted,
    }


def _lines(made: PhotoImport, data: Mapping[str, Any]) -> Iterator[str]:
    words = status_words()
    for verdict in made.verdicts:
        if verdict.findings or verdict.status in ("refused", "failed"):
            yield f"{verdict.file}\t{words[verdict.status]}\t{'; '.join(verdict.findings)}"
    counts = made.counts()
    yield ", ".join(f"{words[name]}: {n}" for name, n in counts.items() if n) or tr("No photos")
    text = tr("{matched} photos have an outfall near them, {sure} clearly one, {accepted} accepted")
    yield text.format(**{name: data[name] for name in ("matched", "sure", "accepted")})


def _relink(session: ProjectSession, sources: Sequence[Path]) -> Answer:
    found = bring_back_photos(session.file, sources, Silent())
    data = {
        "found": [{"file": link.file, "source": link.source} for link in found.found],
        "missing": [{"file": link.file, "name": link.name} for link in found.missing],
    }
    lines = [f"{link.file}\t{link.source}" for link in found.found]
    lines += [tr("{name} ({file}) is missing").format(name=link.name, file=link.file)
              for link in found.missing]  # fmt: skip
    text = tr("{n} photos were found again, {missing} are still missing")
    lines.append(text.format(n=len(found.found), missing=len(found.missing)))
    return Answer(data, lines, USER_CAN_FIX if found.missing else DONE)


PHOTOS = Command(
    "photos",
    N_("Import photos and match them to outfalls"),
    _arguments,
    _run,
    N_("Photos are copied into the project as they are, once each, under the hash of their bytes."
       " A bad file never stops the others; doing it again does the rest."),
)  # fmt: skip
