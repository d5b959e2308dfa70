"""What a telephone brings back: a table of points and the photos that its rows name.

QField and Mergin Maps give a folder (or a zip of it) with a GeoPackage, a project file and photos
in DCIM or anywhere; Kobo and ODK give a CSV and a folder of media. A zip is unpacked beside nothing
that exists: names that lead out, links, doubles and bombs are refused before a byte is written.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gisapp.io.map_file import refused
from gisapp.io.photo_files import ENDINGS
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr

TABLES = (".gpkg", ".csv", ".xlsx", ".xls", ".geojson", ".shp", ".kml")  # the first that is there
MEDIA = ("media", "attachments", "dcim", "photos", "images")  # beside a table that is named alone
MOST_FILES, MOST_BYTES, MOST_RATIO, DEEPEST = 100_000, 64 << 30, 200, 12
_CHUNK = 1 << 20


@dataclass(frozen=True)
class SurveyPackage:
    """`table`: the file with the rows. `photos`: by the path below `root` in small letters, with
    `/`. `others`: tables that were not chosen."""

    path: Path
    root: Path
    table: Path
    photos: Mapping[str, Path]
    others: tuple[str, ...] = ()


def is_package(path: Path) -> bool:
    """Whether it is a folder or a zip with anything in it, not one file of points."""
    return path.is_dir() or path.suffix.lower() == ".zip"


@contextmanager
def open_package(
    path: Path, progress: Progress, *, table: str = "", photos: Path | None = None
) -> Iterator[SurveyPackage]:
    """A folder, a zip (unpacked until the block ends), or one file with its media beside it.

    `table` names the file with the rows where there are several; `photos` is where its photos lie,
    when they lie elsewhere. Raises ReadError, WriteError, ParameterError.
    """
    held: list[tempfile.TemporaryDirectory[str]] = []

    def unpacked(file: Path) -> Path:
        if file.is_dir():
            return file
        try:
            place = tempfile.TemporaryDirectory(prefix="gisapp-package-")
        except OSError as error:
            raise refused(Path(tempfile.gettempdir()), error) from error
        held.append(place)
        _unpack(file, Path(place.name), progress)
        return Path(place.name)

    try:
        alone = not is_package(path)
        root = path.parent if alone else unpacked(path)
        chosen = path if alone else None
        others: tuple[str, ...] = ()
        if chosen is None:
            chosen, others = _table(path, root, table)
        found = _photos(root) if not alone else _beside(path)
        if photos is not None:
            elsewhere = unpacked(photos) if is_package(photos) else photos
            found = {**found, **_photos(elsewhere)}
        yield SurveyPackage(path, root, chosen, found, others)
    finally:
        for place in held:
            place.cleanup()


def _table(path: Path, root: Path, named: str) -> tuple[Path, tuple[str, ...]]:
    files = [file for file in _files(root) if file.suffix.lower() in TABLES]
    files = [file for file in files if not _is_media(file.relative_to(root))]
    if named:
        same = [f for f in files if f.name == named or f.relative_to(root).as_posix() == named]
        if not same:
            raise ParameterError(
                tr("{file} has no table {name}").format(file=path.name, name=named),
                hint=tr("It has: {names}").format(names=", ".join(f.name for f in files[:10])),
            )
        files = [*same, *(f for f in files if f not in same)]
    elif files:
        files.sort(key=lambda f: (TABLES.index(f.suffix.lower()), -f.stat().st_size, f.name))
    if not files:
        raise ReadError(
            tr("{file} holds no table or map with points").format(file=path.name),
            hint=tr("A package has a GeoPackage, a CSV or a workbook beside its photos."),
        )
    return files[0], tuple(file.relative_to(root).as_posix() for file in files[1:])


def _beside(table: Path) -> dict[str, Path]:
    """Photos in a folder of media beside one file, such as Kobo and ODK make it."""
    names = {*MEDIA, *(f"{table.stem}{mark}media".lower() for mark in ("-", "_", " "))}
    found: dict[str, Path] = {}
    try:
        folders = [one for one in table.parent.iterdir() if one.is_dir()]
    except OSError:
        return found
    for folder in folders:
        if folder.name.lower() in names:
            for key, file in _photos(folder).items():
                found[f"{folder.name.lower()}/{key}"] = file
    return found


def _photos(root: Path) -> dict[str, Path]:
    return {
        file.relative_to(root).as_posix().lower(): file
        for file in _files(root)
        if file.suffix.lower() in ENDINGS
    }


def _files(root: Path) -> Iterator[Path]:
    """Ordinary files, hidden ones left out (Mergin keeps its own in `.mergin`)."""
    count = 0
    for place, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place) / name
            if name.startswith(".") or name.startswith("._") or file.is_symlink():
                continue
            count += 1
            if count > MOST_FILES:
                raise ReadError(
                    tr("{folder} holds more than {n} files").format(
                        folder=root.name, n=f"{MOST_FILES:,}"
                    ),
                    hint=tr("Choose the folder of the package alone."),
                )
            yield file


def _is_media(inside: Path) -> bool:
    return any(part.lower() in MEDIA for part in inside.parts[:-1])


def _unpack(path: Path, place: Path, progress: Progress) -> None:
    """All or nothing is looked at first; what is larger than it said stops."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            names: set[str] = set()
            for info in infos:
                trap = _trap(info)
                if info.filename.casefold() in names:
                    trap = tr("its name is there twice")
                names.add(info.filename.casefold())
                if trap:
                    raise _unsafe(path, f"{info.filename}: {trap}")
            total = sum(info.file_size for info in infos)
            if len(infos) > MOST_FILES or total > MOST_BYTES:
                raise _unsafe(path, tr("it would unpack to {n} MB").format(n=total >> 20))
            room = shutil.disk_usage(place).free
            if total > room:
                raise _unsafe(path, tr("there is no room to unpack {n} MB").format(n=total >> 20))
            done = 0
            for info in infos:
                progress.report(done / max(total, 1), tr("Unpacking {file}").format(file=path.name))
                _write(archive, info, place.joinpath(*PurePosixPath(info.filename).parts))
                done += info.file_size
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        # NotImplementedError: packed in a way that zipfile does not know
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
            hint=tr("It may be damaged or incomplete. Copy or export it again."),
        ) from error
    except OSError as error:
        raise refused(place, error) from error


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(info.filename)
            file.write(chunk)


def _trap(info: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked; empty: it may be."""
    name = info.orig_filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ":" in name or "\0" in name or ".." in parts or "" in parts:
        return tr("its name leads out of the package")
    if len(parts) > DEEPEST or len(name) > 400:
        return tr("its name is too long or too deep")
    if info.flag_bits & 0x1:
        return tr("it is encrypted")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return tr("it is no ordinary file")
    if info.file_size > max(info.compress_size, 1) * MOST_RATIO and info.file_size > _CHUNK:
        return tr("it would unpack to {n} MB").format(n=info.file_size >> 20)
    return ""


def _unsafe(path: Path, why: str) -> ReadError:
    return ReadError(
        tr("{file} is not unpacked: {why}").format(file=path.name, why=why),
        hint=tr("Unpack it yourself and choose the folder, if you trust where it is from."),
    )
