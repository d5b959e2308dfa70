"""Photos of a walk or a flight become rows of the survey: one verdict a file, one step a batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import shapely

from gisapp.io.photo_batch import PhotoBatch, TakenPhoto
from gisapp.io.photo_files import Photo
from gisapp.io.photo_track import PhotoTrack
from gisapp.model.edit import Edit, LayersEdit, Steps, TableEdit, add_features
from gisapp.model.errors import ReadError, WriteError
from gisapp.model.features import FeatureId, Row
from gisapp.model.frame import FrameFacts, focal_of
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.outfall_record import full_row
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.survey import PHOTOS, new_feature_id, survey_schemas
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.table_schema import TableSchema
from gisapp.model.text import tr

Status = Literal["new", "there", "twice", "refused", "failed", "lost"]
STATUSES: tuple[Status, ...] = ("new", "there", "twice", "refused", "failed")  # of files
SETTLE = 100  # photos between two moments at which the disk and the register have all of them
ADDED = frozenset({"roll", "focal_px"})  # fields that older projects lack
READERS = 4  # threads: what costs is waiting for the disk
STYLE = PointStyle(color="#2563eb", size=13, marker="camera", cluster=True)


class PhotoRegister(Protocol):
    """Where photos are noted: the project's file."""

    folder: Path

    def register_photos(self, photos: Sequence[Photo]) -> None: ...


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """What became of one file. `findings`: what is missing or odd, in words for people."""

    file: str  # below the folder that was imported
    status: Status
    findings: tuple[str, ...] = ()
    photo: FeatureId | None = None  # its row, for what is new
    sha256: str = ""
    bytes: int = 0
    taken_at: str = ""
    lon: float | None = None
    lat: float | None = None
    heading: float | None = None


@dataclass(frozen=True, eq=False)
class PhotoImport:
    """Rows ready to be added, and a verdict for each file in the order of their names."""

    rows: Mapping[FeatureId, Row]
    verdicts: tuple[PhotoVerdict, ...]

    def counts(self) -> dict[str, int]:
        """How many files of each status."""
        return counted(self.verdicts)


def counted(verdicts: Sequence[PhotoVerdict]) -> dict[str, int]:
    """How many of each status."""
    found: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for verdict in verdicts:
        found[verdict.status] = found.get(verdict.status, 0) + 1
    return found


def status_words() -> dict[str, str]:
    """What became of a file, for people."""
    return {
        "new": tr("imported"),
        "there": tr("already there"),
        "twice": tr("the same photo twice"),
        "refused": tr("not a photo"),
        "failed": tr("not written"),
        "lost": tr("no such file"),
    }


def import_photos(
    register: PhotoRegister,
    project: Project,
    folder: Path,
    sources: Sequence[Path],
    progress: Progress,
    track: PhotoTrack | None = None,
) -> PhotoImport:
    """Copy the photos into the project and make their rows; on any thread.

    One bad file never stops the others. When the disk is full the rest is not tried, and what came
    in stays in. Stopped or killed at any moment, doing it again does the rest. `track` gives
    places to photos that have none. Raises Cancelled.
    """
    known = set() if PHOTOS not in project.tables else _hashes(project.tables[PHOTOS])
    batch = PhotoBatch(register.folder)
    rows: dict[FeatureId, Row] = {}
    verdicts: list[PhotoVerdict] = []
    waiting: list[Photo] = []
    seen: set[str] = set()

    def settle() -> None:
        batch.settle()
        register.register_photos(waiting)
        waiting.clear()

    for number, (source, taken) in enumerate(_taken(batch, sources)):
        progress.report(number / max(len(sources), 1), tr("Copying photos"))
        name = _inside(source, folder)
        if isinstance(taken, ReadError):
            words = " · ".join(part for part in (taken.message, taken.hint) if part)
            verdicts.append(PhotoVerdict(name, "refused", (words,)))
            continue
        if isinstance(taken, WriteError):
            verdicts.append(PhotoVerdict(name, "failed", (taken.message,)))
            continue
        digest = taken.photo.sha256
        waiting.append(taken.photo)
        row, findings = photo_row(taken, track)
        status: Status = "twice" if digest in seen else "there" if digest in known else "new"
        seen.add(digest)
        fid = None
        if status == "new":
            fid = new_feature_id()
            rows[fid] = row
        verdicts.append(_verdict(name, status, findings, fid, row))
        if len(waiting) >= SETTLE:
            settle()
    settle()
    progress.report(1.0)
    return PhotoImport(rows, tuple(verdicts))


def import_edit(project: Project, made: PhotoImport) -> Edit | None:
    """One step that adds the rows, and the first time the layer that shows them; None: nothing
    is new."""
    if not made.rows:
        return None
    label = tr("Import {n} photos").format(n=len(made.rows))
    return Steps(label, added_edits(label, project, made.rows))


def added_edits(label: str, project: Project, rows: Mapping[FeatureId, Row]) -> tuple[Edit, ...]:
    """What adds rows of photos: the table and the layer where there are none yet, the rows."""
    return (*_places(label, project), *_added(label, project, rows))


def _schema(project: Project) -> TableSchema:
    """The table of photos with the fields that an older version did not have."""
    ours, table = survey_schemas()[PHOTOS], project.tables.get(PHOTOS)
    if table is None:
        return ours
    names = {field.name for field in table.fields}
    new = (f for f in ours.fields if f.name in ADDED and f.name not in names)
    return TableSchema(table.name, table.crs, (*table.fields, *new))


def _places(label: str, project: Project) -> Iterator[Edit]:
    schema, table = _schema(project), project.tables.get(PHOTOS)
    if table is None:
        yield TableEdit(label, None, schema)
    elif schema.fields != table.fields:
        yield TableEdit(label, replace(schema, fields=table.fields), schema)
    source = Source(TABLE, PHOTOS)
    if all(layer.source != source for layer in project.layers):
        # locked: its points are where the camera was, which nobody moves by hand
        layer = Layer(tr("Photos"), source, STYLE, locked=True)
        yield LayersEdit(label, project.layers, (*project.layers, layer))


def _added(label: str, project: Project, rows: Mapping[FeatureId, Row]) -> Iterator[Edit]:
    schema = _schema(project)
    table = FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})
    yield add_features(label, table, {fid: full_row(table, row) for fid, row in rows.items()})


def photo_row(taken: TakenPhoto, track: PhotoTrack | None = None) -> tuple[Row, tuple[str, ...]]:
    """The row of a photo in `outfall_photos`, and what is missing or odd about it.

    Position: the maker's XMP, else EXIF, else the track at its time. Time: EXIF, else the name.
    Heading: gimbal, else compass, else aircraft.
    """
    facts, photo = taken.facts, taken.photo
    findings = []
    if taken.cut:
        findings.append(tr("the file ends too early"))
    if facts is None:
        findings.append(tr("place and time of this kind of file are not read"))
    place = facts.position() if facts is not None else None
    lon, lat = (place.longitude, place.latitude) if place is not None else (None, None)
    taken_at = facts.taken_at if facts is not None else None
    if place is None and track is not None and taken_at is not None:
        at = track.place_at(taken_at)
        if at is not None:
            lon, lat = at
            findings.append(tr("place from the track"))
    if facts is not None and lon is None:
        findings.append(tr("no place"))
    if facts is not None and taken_at is None:
        findings.append(tr("no time"))
    row = {
        "sha256": photo.sha256,
        "file": photo.file,
        "original_name": photo.name,
        "bytes": photo.bytes,
        "kind": facts.kind if facts is not None else "photo",
        "taken_at": taken_at.isoformat(timespec="seconds") if taken_at is not None else None,
        "lon": lon,
        "lat": lat,
        **_camera(facts),
        "verdict": "; ".join(findings) or None,
        GEOMETRY: shapely.Point(lon, lat) if lon is not None and lat is not None else None,
    }
    return row, tuple(findings)


def _camera(facts: FrameFacts | None) -> Row:
    if facts is None:
        return {}
    columns, rows = facts.size if facts.orientation < 5 else facts.size[::-1]
    return {
        "heading": round(facts.heading, 2) if facts.heading is not None else None,
        "pitch": facts.gimbal_pitch,
        "roll": facts.gimbal_roll,
        "focal_px": _focal_px(facts),
        "height_m": facts.relative_height_m,
        "width_px": columns,
        "height_px": rows,
        "camera": facts.camera or None,
    }


def _focal_px(facts: FrameFacts) -> float | None:
    """In pixels of the picture as it is, whatever raster the camera's table counts in."""
    focal = focal_of(facts)
    if focal is None or not min(facts.size):
        return None
    return round(focal.pixels * facts.size[0] / focal.columns, 1)


def _taken(
    batch: PhotoBatch, sources: Sequence[Path]
) -> Iterator[tuple[Path, TakenPhoto | ReadError | WriteError]]:
    """In their order, some ahead on threads; after a failed write nothing more is tried."""
    full: list[WriteError] = []

    def take(source: Path) -> TakenPhoto | ReadError | WriteError:
        if full:
            return full[0]
        try:
            return batch.take(source)
        except ReadError as error:
            return error
        except WriteError as error:
            full.append(error)
            return error

    ahead: deque[tuple[Path, Future[TakenPhoto | ReadError | WriteError]]] = deque()
    with ThreadPoolExecutor(READERS, thread_name_prefix="photos") as pool:
        try:
            for source in sources:
                ahead.append((source, pool.submit(take, source)))
                if len(ahead) >= 2 * READERS:
                    path, future = ahead.popleft()
                    yield path, future.result()
            while ahead:
                path, future = ahead.popleft()
                yield path, future.result()
        finally:
            for _, future in ahead:
                future.cancel()


def _hashes(table: FeatureTable) -> set[str]:
    return {str(value) for value in table.column("sha256").tolist()}


def _inside(source: Path, folder: Path) -> str:
    return source.relative_to(folder).as_posix() if source.is_relative_to(folder) else source.name


def _verdict(
    name: str, status: Status, findings: tuple[str, ...], fid: FeatureId | None, row: Row
) -> PhotoVerdict:
    return PhotoVerdict(
        name,
        status,
        findings,
        fid,
        row["sha256"],
        row["bytes"],
        row["taken_at"] or "",
        row["lon"],
        row["lat"],
        row.get("heading"),
    )
