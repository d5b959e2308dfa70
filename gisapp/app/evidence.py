"""What belongs to an outfall, put together as evidence: record, photos, and how it came to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gisapp import __version__
from gisapp.app.evidence_page import evidence_page
from gisapp.app.evidence_paper import EvidencePaper
from gisapp.app.photo_deciding import photo_list
from gisapp.io.evidence_history import Key, features_ever, histories
from gisapp.io.evidence_pack import (
    EvidenceMember,
    WrittenEvidence,
    set_aside,
    to_json_bytes,
    write_pack,
)
from gisapp.io.map_file import write_file
from gisapp.io.photo_files import photo_path
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_log import FeatureChange
from gisapp.io.project_migration import FORMAT as PROJECT_FORMAT
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, Row, plain
from gisapp.model.geometry import Point
from gisapp.model.outfall_record import DATES, related
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, PHOTOS, standard
from gisapp.model.table import GEOMETRY
from gisapp.model.text import language, tr
from gisapp.render.canvas import Draw

Original = tuple[str, str, Path]  # name in the pack, SHA-256, where it lies
STANDARDS = ("outfall_fields", "outfall_classes", "outfall_workflow")


def outfall_named(project: Project, wanted: str) -> FeatureId:
    """The outfall with this id, code or name. Raises ParameterError when it is none or several."""
    table = project.tables.get(OUTFALL_TABLE)
    if table is None:
        raise ParameterError(tr("There is no layer of outfalls in this project"))
    if wanted in table:
        return FeatureId(wanted)
    names = {field.name for field in table.fields}
    for name in ("code_local", "code_national", "name"):
        found = table.matching(name, wanted) if name in names else []
        if len(found) == 1:
            return FeatureId(str(next(iter(found))))
        if len(found) > 1:
            raise ParameterError(
                tr("{n} outfalls are called {name}").format(n=len(found), name=wanted),
                hint=tr("Give the id, which the ledger and the record show."),
            )
    raise ParameterError(
        tr("There is no outfall {name}").format(name=wanted),
        hint=tr("Give its id, its code or its name as in the ledger."),
    )


def write_evidence(
    file: ProjectFile,
    project: Project,
    outfalls: Sequence[FeatureId],
    path: Path,
    progress: Progress,
    paper: EvidencePaper | None = None,
) -> WrittenEvidence:
    """One pack for these outfalls; on any thread. The same project gives the same bytes.

    With `paper` each outfall's folder also has its file as PDF. Raises ReadError when a photo is
    missing or changed, WriteError, Cancelled.
    """
    if not outfalls:
        raise ParameterError(tr("There is no outfall to write evidence of"))
    members: list[EvidenceMember] = []
    names: list[dict[str, str]] = []
    share = 0.3 if paper is None else 0.7
    with set_aside() as aside:
        for folder, record, photos, history in _records(
            file, project, outfalls, Part(progress, 0.0, share)
        ):
            members += _members(project, folder, record, photos, history)
            names.append({"id": record["id"], "title": record["title"], "folder": folder})
            if paper is not None:
                content = paper.printed(paper.pages(record, history, Silent()), Silent())
                members.append(EvidenceMember(f"{folder}/record.pdf", aside(content)))
        newest = file.entries(newest=1)
        about = {
            "gisapp": __version__,
            "project": project.title,
            "project_format": PROJECT_FORMAT,
            "crs": project.crs,
            "language": language(),
            "last_change": {"number": newest[-1].number, "at": newest[-1].at} if newest else None,
            "standards": {name: _version(name) for name in STANDARDS},
            "outfalls": names,
        }
        return write_pack(path, about, members, Part(progress, share, 1.0))


def write_evidence_pdf(
    file: ProjectFile,
    project: Project,
    outfalls: Sequence[FeatureId],
    path: Path,
    progress: Progress,
    paper: EvidencePaper,
) -> int:
    """The files of these outfalls as one PDF, page behind page; the number of pages.

    On any thread; the same project gives the same bytes. Raises WriteError, Cancelled; then nothing
    is written.
    """
    if not outfalls:
        raise ParameterError(tr("There is no outfall to write evidence of"))
    draws: list[Draw] = []
    for _, record, _, history in _records(file, project, outfalls, Part(progress, 0.0, 0.2)):
        draws += paper.pages(record, history, Silent())
    progress.report(0.2, tr("Drawing the pages"))
    write_file(path, paper.printed(draws, Part(progress, 0.2, 0.95)))
    return len(draws)


def _records(
    file: ProjectFile, project: Project, outfalls: Sequence[FeatureId], progress: Progress
) -> Iterator[tuple[str, dict[str, Any], list[Original], list[dict[str, Any]]]]:
    """Of each outfall its folder in a pack, its record, its photos and its history."""
    owned = _owned(file, project, set(outfalls))
    wanted = {key for keys in owned.values() for key in keys}
    changes = histories(file.folder, wanted)
    register = {entry[1]: entry[2] for entry in file.registered_photos()}
    taken: set[str] = set()
    for number, outfall in enumerate(sorted(set(outfalls))):
        progress.report(number / len(outfalls), tr("Putting the record together"))
        row = project.tables[OUTFALL_TABLE].row(outfall) or {}
        title = str(row.get("code_local") or row.get("name") or outfall)
        record, photos = _record(file.folder, project, outfall, title, register)
        yield safe_member(title, taken), record, photos, list(_history(owned[outfall], changes))


def safe_member(name: str, taken: set[str], longest: int = 60) -> str:
    """A name that every system can hold and that is not taken yet; it is noted as taken."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 5:
        stem, ending = name, ""
    stem = re.sub(r"[^\w-]+", "_", stem)[:longest].strip("_.") or "outfall"
    ending = "." + re.sub(r"\W", "", ending) if ending else ""
    number, made = 1, stem + ending
    while made.casefold() in taken:
        number += 1
        made = f"{stem}_{number}{ending}"
    taken.add(made.casefold())
    return made


def _members(
    project: Project,
    folder: str,
    record: dict[str, Any],
    photos: Sequence[Original],
    history: Sequence[Mapping[str, Any]],
) -> Iterator[EvidenceMember]:
    for photo, (name, digest, path) in zip(record["photos"], photos, strict=True):
        photo["member"] = f"photos/{name}"
        yield EvidenceMember(f"{folder}/photos/{name}", path, digest)
    yield EvidenceMember(f"{folder}/record.json", to_json_bytes(record))
    yield EvidenceMember(f"{folder}/history.json", to_json_bytes(history))
    yield EvidenceMember(f"{folder}/record.html", evidence_page(project, record, history).encode())


def _record(
    place: Path, project: Project, outfall: FeatureId, title: str, register: Mapping[str, str]
) -> tuple[dict[str, Any], list[Original]]:
    table = project.tables[OUTFALL_TABLE]
    row = table.row(outfall) or {}
    rows = {
        name: [{"id": fid, **plain_row(one)} for fid, one in related(project, name, outfall)]
        for name in DATES
        if name in project.tables
    }
    named = {one["file"]: one for one in rows.pop(PHOTOS, []) if one.get("file")}
    entries: list[dict[str, Any]] = list(named.values())
    for one in photo_list(row.get("photos")):
        if one not in named:  # listed before photos had a table of their own
            entries.append(
                {"file": one, "sha256": one.partition(".")[0], "original_name": register.get(one)}
            )
    entries.sort(key=lambda e: [str(e.get(n) or "") for n in ("taken_at", "original_name", "file")])
    photos, taken = [], set[str]()
    for number, entry in enumerate(entries, 1):
        name = f"{number:03d}-{entry.get('original_name') or entry['file']}"
        path = photo_path(place, str(entry["file"]))
        photos.append((safe_member(name, taken), str(entry["sha256"]), path))
    record = {
        "id": outfall,
        "title": title,
        "table_crs": table.crs,
        "place": _place(row, table.crs),
        "outfall": plain_row(row),
        "related": rows,
        "photos": entries,
    }
    return record, photos


def _owned(file: ProjectFile, project: Project, outfalls: set[FeatureId]) -> dict[str, list[Key]]:
    """For each outfall its own row and all that ever belonged to it: a deletion is history too."""
    owned: dict[str, list[Key]] = {outfall: [(OUTFALL_TABLE, outfall)] for outfall in outfalls}
    tables = [name for name in DATES if name in project.tables]
    for outfall in outfalls:
        for name in tables:
            owned[outfall] += [(name, fid) for fid, _ in related(project, name, outfall)]
    gone = {
        key for key in features_ever(file.folder, tables) if key[1] not in project.tables[key[0]]
    }
    for key, changes in sorted(histories(file.folder, gone).items()):
        rows = [row for change in changes for row in (change.before, change.after) if row]
        for owner in {str(row[OUTFALL_ID]) for row in rows if row.get(OUTFALL_ID)}:
            if owner in owned:
                owned[owner].append(key)
    return owned


def _history(
    keys: Sequence[Key], changes: Mapping[Key, Sequence[FeatureChange]]
) -> Iterator[dict[str, Any]]:
    """Every change of an outfall and of the rows that belong to it, in the order of the log."""
    found = [(change.number, *key, change) for key in keys for change in changes[key]]
    for number, table, fid, change in sorted(found, key=lambda entry: entry[:3]):
        yield {
            "number": number,
            "at": change.at,
            "who": change.who,
            "kind": change.kind,
            "label": change.label,
            "table": table,
            "id": fid,
            "before": None if change.before is None else plain_row(change.before),
            "after": None if change.after is None else plain_row(change.after),
        }


def plain_row(row: Row) -> dict[str, Any]:
    """What JSON can say of a row; its place as WKT."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == GEOMETRY:
            found["geometry"] = None if value is None else value.wkt
        else:
            made = plain(value) if not isinstance(value, list | tuple) else list(value)
            found[name] = made if isinstance(made, str | int | float | list | None) else str(made)
    return found


def _place(row: Mapping[str, Any], crs: str) -> dict[str, Any] | None:
    geometry = row.get(GEOMETRY)
    if geometry is None:
        return None
    place = transform_point(Point(geometry.x, geometry.y), crs, CGCS2000)
    return {"lon": round(place.x, 8), "lat": round(place.y, 8), "crs": CGCS2000}


def _version(name: str) -> str:
    about = standard(name).get("standard", standard(name))
    return str(about.get("version", ""))
