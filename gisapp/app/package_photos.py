"""Photos that the rows of a package name, brought in with the rows as one step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import numpy as np

from gisapp.app.import_doctor import Understanding
from gisapp.app.import_doctor_edit import import_edit
from gisapp.app.photo_deciding import PhotoDecision, decide_edit
from gisapp.app.photo_import import (
    PhotoRegister,
    PhotoVerdict,
    added_edits,
    import_photos,
)
from gisapp.io.photo_files import ENDINGS
from gisapp.io.survey_package import SurveyPackage
from gisapp.model.edit import Edit, FeatureEdit, Steps
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, Row
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, PHOTOS, new_feature_id
from gisapp.model.text import tr

_BETWEEN = re.compile(r"[;,|\n\t]+")
_QUOTES = "[]\"' "


@dataclass(frozen=True)
class NamedPhotos:
    """`found`: records and the files they name, each pair once; `lost`: records and names without
    a file; `columns`: where they are named; `unnamed`: files that no row names."""

    found: tuple[tuple[int, Path], ...]
    lost: tuple[tuple[int, str], ...]
    columns: tuple[str, ...]
    unnamed: tuple[Path, ...]


@dataclass(frozen=True)
class PackageImport:
    """`edit` is one step; None: nothing is new."""

    edit: Edit | None
    verdicts: tuple[PhotoVerdict, ...]


def named_photos(found: Understanding, package: SurveyPackage) -> NamedPhotos:
    """Which files of the package the rows name. Counted by record of the sheet.

    A name is a path below the package, or below the folder of the table, or the name alone; of
    several files of that name the one whose folder the row names too (Kobo), else none.
    """
    by_name: dict[str, list[str]] = {}
    for key in package.photos:
        by_name.setdefault(PurePosixPath(key).name, []).append(key)
    below = ""
    if package.table.is_relative_to(package.root):
        below = package.table.parent.relative_to(package.root).as_posix().lower().strip(".")
    pairs: dict[tuple[int, Path], None] = {}
    lost: dict[tuple[int, str], None] = {}
    columns: dict[str, None] = {}
    for name, texts in found.texts.items():
        for record, text in enumerate(texts.tolist()):
            for said in photo_names(text):
                columns[name] = None
                key = _key(said, below, package.photos, by_name, found, record)
                if key:
                    pairs[record, package.photos[key]] = None
                else:
                    lost[record, said] = None
    named = {path for _, path in pairs}
    unnamed = tuple(path for path in package.photos.values() if path not in named)
    return NamedPhotos(tuple(pairs), tuple(lost), tuple(columns), unnamed)


def photo_names(text: object) -> list[str]:
    """The names of photos in a cell: one, or several between ; , | or lines. Addresses are none."""
    words = str(text or "")
    if "." not in words or "://" in words:
        return []
    parts = (part.strip(_QUOTES) for part in _BETWEEN.split(words))
    return [part for part in parts if PurePosixPath(part.lower()).suffix in ENDINGS]


def _key(
    said: str,
    below: str,
    photos: Mapping[str, Path],
    by_name: Mapping[str, Sequence[str]],
    found: Understanding,
    record: int,
) -> str:
    plain = said.replace("\\", "/").lower()
    for text in dict.fromkeys((plain, unquote(plain))):
        path = text.removeprefix("./").lstrip("/")
        for key in (path, f"{below}/{path}".lstrip("/")):
            if key in photos:
                return key
        same = by_name.get(PurePosixPath(path).name, ())
        if len(same) == 1:
            return same[0]
        if same:
            words = {str(texts[record]).strip().lower().removeprefix("uuid:")
                     for texts in found.texts.values() if texts[record]}  # fmt: skip
            of_row = [key for key in same if words & set(PurePosixPath(key).parts[:-1])]
            if len(of_row) == 1:
                return of_row[0]
    return ""


def package_edit(
    register: PhotoRegister,
    project: Project,
    found: Understanding,
    package: SurveyPackage,
    progress: Progress,
) -> PackageImport:
    """Copies the photos, and gives one step with the rows, the photos and whose they are.

    A photo that is there already is not copied again and is linked where it was not. One bad file
    never stops the rows. Raises ParameterError when neither a row nor a photo is new; Cancelled.
    """
    named = named_photos(found, package)
    rows = import_edit(project, found, Part(progress, 0.0, 0.3)) if found.can_import else None
    if rows is None and not named.found:
        raise ParameterError(
            tr("There is nothing to import: no record is new or changed"),
            hint=tr("Look at the problems; records may have been left out by an answer."),
        )
    after = project if rows is None else rows.apply(project)
    outfalls = outfalls_of_records(found, rows)
    sources = list(dict.fromkeys(path for _, path in named.found))
    made = import_photos(
        register, after, package.root, sources, Part(progress, 0.3, 0.9)
    )  # fmt: skip
    hashes = {p: v.sha256 for p, v in zip(sources, made.verdicts, strict=True) if v.sha256}
    wanted = [
        (outfalls[record], hashes[path])
        for record, path in named.found
        if path in hashes and record in outfalls
    ]
    verdicts = (*made.verdicts, *_lost(found, named))
    label = rows.label if rows is not None else tr("Photos of {file}").format(
        file=found.read.facts.name)  # fmt: skip
    parts = list(rows.parts) if rows is not None else []
    parts += _linked(label, after, made.rows, wanted)
    if not parts:
        return PackageImport(None, verdicts)
    return PackageImport(Steps(label, tuple(parts)), verdicts)


def outfalls_of_records(found: Understanding, rows: Steps | None) -> dict[int, FeatureId]:
    """The outfall of each record that is used: that it matches, or that the step adds."""
    used = np.flatnonzero(~found.skip)
    known = found.matches.fids
    whose = {int(n): FeatureId(str(known[n])) for n in used if known[n] != ""}
    new = [int(n) for n in used if known[n] == ""]
    for part in rows.parts if rows is not None else ():
        if isinstance(part, FeatureEdit) and part.table == OUTFALL_TABLE and new:
            added = [fid for fid in part.after if part.before.get(fid) is None]
            if len(added) == len(new):
                return whose | dict(zip(new, added, strict=True))
    return whose


def _linked(
    label: str,
    project: Project,
    new: Mapping[FeatureId, Row],
    wanted: Sequence[tuple[FeatureId, str]],
) -> list[Edit]:
    """Rows of photos, each given to its outfall; one that several rows name has a row for each."""
    table = project.tables.get(PHOTOS)
    rows = dict(new)
    free: dict[str, FeatureId] = {str(row["sha256"]): fid for fid, row in new.items()}
    known = {str(row["sha256"]): row for row in new.values()}
    decisions: dict[FeatureId, PhotoDecision] = {}
    reason = tr("named in its row")
    for outfall, digest in dict.fromkeys(wanted):
        there = table.matching("sha256", digest) if table is not None else []
        kept = {FeatureId(str(fid)): (table.row(fid) or {}) for fid in there} if table else {}
        if any(row.get(OUTFALL_ID) == outfall for row in kept.values()):
            continue
        open_ones = [f for f, row in kept.items() if not row.get(OUTFALL_ID) and f not in decisions]
        photo = free.pop(digest, None) or next(iter(open_ones), None)
        if photo is None:  # it shows another outfall too
            like = known.get(digest) or next(iter(kept.values()), None)
            if like is None:
                continue
            photo = new_feature_id()
            rows[photo] = {**like, OUTFALL_ID: None, "accepted": None}
        decisions[photo] = PhotoDecision(outfall, 1.0, reason)
    parts: list[Edit] = []
    if rows:
        added = Steps(label, added_edits(label, project, rows))
        parts += added.parts
        project = added.apply(project)
    decided = decide_edit(label, project, decisions)
    return [*parts, decided] if decided is not None else parts


def _lost(found: Understanding, named: NamedPhotos) -> list[PhotoVerdict]:
    numbers = found.row_numbers
    words = tr("named in row {row}, and not in the package")
    return [
        PhotoVerdict(name, "lost", (words.format(row=int(numbers[record])),))
        for record, name in named.lost
    ]
