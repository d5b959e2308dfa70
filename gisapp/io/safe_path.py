"""What may be opened at all: real files of the kinds we know, and nothing that points elsewhere.

GDAL decides by content, so a file called rivers.geojson may hold a description that reaches into
the network. The first bytes are therefore looked at before any library opens a file.
"""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

from gisapp.model.errors import ReadError, WriteError
from gisapp.model.text import tr

PROJECT_TABLE = "gisapp_project"
DATABASES = (".gpkg", ".sqlite", ".db")
MAX_KMZ_BYTES = 200 * 1024 * 1024
MAX_KMZ_RATIO = 200
_HEAD = 4096
_GPKG = (b"GPKG", b"GP10", b"GP11")


def existing_file(path: Path | str) -> Path:
    """The file as an absolute path. Raises ReadError for addresses, folders, missing and empty."""
    text = str(path)
    if text.startswith("/vsi") or "://" in text or text.startswith(("http:", "https:")):
        raise ReadError(
            tr("{path} is not a file on this computer").format(path=text[:80]),
            hint=tr("Copy the file to the disk first and add it from there."),
        )
    found = Path(path).absolute()
    try:
        if found.is_file():
            _refuse_live_project(found)
            if found.stat().st_size == 0:
                raise ReadError(
                    tr("{file} is empty (0 bytes)").format(file=found.name),
                    hint=tr("The copy was probably interrupted. Copy it again."),
                )
            return found
    except OSError as error:
        raise _unreadable(found, error) from error
    raise ReadError(
        tr("{file} is not there").format(file=found.name),
        hint=tr("It was expected in {folder}. Choose where it is now.").format(folder=found.parent),
    )


def first_bytes(path: Path, count: int = _HEAD) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ReadError:
    return ReadError(
        tr("{file} cannot be read: {reason}").format(file=path.name, reason=error.strerror),
        hint=tr("Check that you may read it and that the disk is still connected."),
    )


def format_of(path: Path) -> str:
    """The reader's name by content: geopackage, shapefile, geojson, flatgeobuf, kml, kmz,
    geoparquet, geotiff, grid, png, jpeg, csv; empty when it is none of them."""
    head = first_bytes(path)
    suffix = path.suffix.lower()
    if head.startswith(b"SQLite format 3\0"):
        return "geopackage" if head[68:72] in _GPKG or suffix == ".gpkg" else ""
    if head[:4] == b"\0\0\x27\x0a":
        return "shapefile" if suffix == ".shp" else ""
    if head[:3] == b"fgb":
        return "flatgeobuf"
    if head[:4] == b"PAR1":
        return "geoparquet"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "geotiff"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:4] == b"PK\x03\x04":
        return "kmz" if suffix == ".kmz" else ""
    return _format_of_text(head, suffix)


def _format_of_text(head: bytes, suffix: str) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return "geojson"
    if start.startswith(b"<"):
        return "kml" if b"<kml" in head or suffix == ".kml" else ""
    if start[:5].lower() == b"ncols":
        return "grid"
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if suffix in (".csv", ".tsv", ".txt") and (wide or b"\0" not in head):
        return "csv"
    return ""


def _refuse_live_project(path: Path) -> None:
    """Another library opening the project's own file would break its locks, and on POSIX so would
    reading its first bytes: closing a file lets go of every lock the process has on it.

    It is therefore asked through sqlite3 itself, the library that holds the locks.
    """
    if path.resolve().suffix.lower() not in DATABASES:
        return
    alone = not Path(f"{path}-wal").exists()
    for how in ("mode=ro", "mode=ro&immutable=1"):
        try:
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
            try:
                sql = "SELECT 1 FROM sqlite_master WHERE name = ?"
                found = connection.execute(sql, (PROJECT_TABLE,)).fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            if not alone:
                raise ReadError(
                    tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
                    hint=tr("Close the program that has it open and try again."),
                ) from error
        except sqlite3.DatabaseError:
            return  # no database at all; said later, in the words of its format
        else:
            break
    else:
        return
    if found:
        raise ReadError(
            tr("{file} is a project of this program, not a data file").format(file=path.name),
            hint=tr("Open its folder as a project, or export the layer you need from it."),
        )


def refuse_to_overwrite_project(path: Path) -> None:
    """Raises WriteError when a project or one of its snapshots lies where a file is to go."""
    try:
        if path.exists():
            _refuse_live_project(path)
    except ReadError as error:
        raise WriteError(
            tr("{path} belongs to a project and is not overwritten").format(path=path),
            hint=tr("Choose another name."),
        ) from error
    except OSError:
        return  # said by the writing itself


def kml_bytes(path: Path) -> bytes:
    """The KML in a .kml or .kmz file, checked: no document type, no oversized archive."""
    zipped = first_bytes(path, 4) == b"PK\x03\x04"
    text = _unpacked(path) if zipped else path.read_bytes()
    plain = text.replace(b"\0", b"")  # UTF-16 writes ASCII with zeros between
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ReadError(
            tr("{file} contains a document type declaration and is not opened").format(
                file=path.name
            ),
            hint=tr("KML does not need one; it can be used to read other files. Export it again."),
        )
    return text


def _unpacked(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [i for i in archive.infolist() if i.filename.lower().endswith(".kml")]
            if not names:
                raise ReadError(tr("{file} contains no KML").format(file=path.name))
            entry = next((i for i in names if i.filename.lower() == "doc.kml"), names[0])
            ratio = entry.file_size / max(entry.compress_size, 1)
            if entry.file_size > MAX_KMZ_BYTES or ratio > MAX_KMZ_RATIO:
                raise ReadError(
                    tr("{file} would unpack to {n} MB and is not opened").format(
                        file=path.name, n=entry.file_size // 1024**2
                    ),
                    hint=tr("Unpack it yourself if you trust it, and add the KML."),
                )
            with archive.open(entry) as file:
                return file.read(MAX_KMZ_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise ReadError(
            tr("{file} is damaged: {reason}").format(file=path.name, reason=error),
            hint=tr("Copy it again from where it came."),
        ) from error
