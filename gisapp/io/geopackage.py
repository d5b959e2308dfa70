"""The GeoPackage side of the project file: its required tables, its points, its types."""

from __future__ import annotations

import re
import sqlite3
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.model import crs as crs_names
from gisapp.model.errors import WriteError
from gisapp.model.features import plain
from gisapp.model.field import Field, FieldKind
from gisapp.model.text import tr

APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300  # GeoPackage 1.3
OWN_SRS_FROM = 100_000  # srs_id of systems without an EPSG code

SQL_TYPES: dict[FieldKind, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "choice": "TEXT",
    "list": "TEXT",
}
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}.*)?)?")

# Required tables as the GeoPackage standard 1.3 (OGC 12-128r17) defines them, annex C
REQUIRED_TABLES = {
    "gpkg_spatial_ref_sys": """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
        organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
        definition TEXT NOT NULL, description TEXT)""",
    "gpkg_contents": """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    "gpkg_geometry_columns": """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
}
UNDEFINED_SYSTEMS = (
    ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", None),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None),
)


def quoted(name: str) -> str:
    """An identifier for SQL. The only way names of tables and fields get into a statement."""
    if not name or "\0" in name:
        raise WriteError(tr("{name} cannot be a name in a project").format(name=repr(name)))
    return '"' + name.replace('"', '""') + '"'


def create_required(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {USER_VERSION}")
    for sql in REQUIRED_TABLES.values():
        db.execute(sql)
    db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", UNDEFINED_SYSTEMS)
    srs_id(db, "EPSG:4326")  # required by the standard


def srs_id(db: sqlite3.Connection, crs: str) -> int:
    """The number of a system in this file; its row is written when it is new."""
    system = crs_names.parsed(crs)
    authority = system.to_authority()
    wkt = str(system.to_wkt("WKT1_GDAL"))
    if authority is not None and authority[0] == "EPSG":
        organization, code = "EPSG", int(authority[1])
        number = code
    else:
        organization = "NONE"
        row = db.execute(
            "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE definition = ?", (wkt,)
        ).fetchone()
        if row is not None:
            return int(row[0])
        top = db.execute("SELECT max(srs_id) FROM gpkg_spatial_ref_sys").fetchone()[0]
        number = code = max(OWN_SRS_FROM, top + 1)
    db.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        (system.name, number, organization, code, wkt, None),
    )
    return number


def register_functions(db: sqlite3.Connection) -> None:
    """What the triggers of a spatial index made by GDAL or QGIS call."""
    for name, value in (
        ("ST_IsEmpty", lambda blob: None if blob is None else int(point_xy(blob) is None)),
        ("ST_MinX", lambda blob: _coordinate(blob, 0)),
        ("ST_MaxX", lambda blob: _coordinate(blob, 0)),
        ("ST_MinY", lambda blob: _coordinate(blob, 1)),
        ("ST_MaxY", lambda blob: _coordinate(blob, 1)),
    ):
        db.create_function(name, 1, value, deterministic=True)


def _coordinate(blob: bytes | None, axis: int) -> float | None:
    xy = None if blob is None else point_xy(blob)
    return None if xy is None else xy[axis]


# Points: "GP", version 0, flags (little endian, no envelope), srs, then WKB of a point

_POINT = struct.Struct("<2sBBiBIdd")
_PACKED = np.dtype(
    {
        "names": ["magic", "version", "flags", "srs", "order", "type", "x", "y"],
        "formats": ["S2", "u1", "u1", "<i4", "u1", "<u4", "<f8", "<f8"],
    }
)
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def point_blob(place: Any, srs: int) -> bytes | None:
    """A shapely Point as a GeoPackage geometry; None for no place."""
    if place is None or place.is_empty:
        return None
    return _POINT.pack(b"GP", 0, 1, srs, 1, 1, place.x, place.y)


def point_blobs(places: list[Any], srs: int) -> list[bytes | None]:
    """Many at once."""
    if len(places) < 50 or any(place is None or place.is_empty for place in places):
        return [point_blob(place, srs) for place in places]
    return place_blobs(shapely.get_coordinates(places), srs)


def place_blobs(xy: npt.NDArray[np.float64], srs: int) -> list[bytes | None]:
    """The same of coordinates, n x 2; None where one is not a number."""
    packed = np.zeros(len(xy), _PACKED)
    for name, value in (("magic", b"GP"), ("flags", 1), ("srs", srs), ("order", 1), ("type", 1)):
        packed[name] = value
    packed["x"], packed["y"] = xy.T
    raw, size = packed.tobytes(), _PACKED.itemsize
    blobs: list[bytes | None] = [raw[at : at + size] for at in range(0, len(raw), size)]
    for number in np.flatnonzero(~np.isfinite(xy).all(axis=1)).tolist():
        blobs[number] = None
    return blobs


def point_xy(blob: bytes) -> tuple[float, float] | None:
    """East and north of a GeoPackage point, whoever wrote it; None when it is empty or no point."""
    if len(blob) == _POINT.size and blob[:2] == b"GP" and blob[3] == 1 and blob[8] == 1:
        x, y = struct.unpack_from("<dd", blob, 13)
        return None if x != x else (x, y)
    if blob[:2] != b"GP" or len(blob) < 13 or blob[3] >> 1 & 7 > 4:
        return None
    try:
        shape = shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :])
    except shapely.errors.GEOSException:
        return None
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    return None if shape.is_empty or shape.geom_type != "Point" else (shape.x, shape.y)


def points_xy(blobs: list[bytes | None]) -> npt.NDArray[np.float64]:
    """n x 2, NaN where there is no place."""
    if blobs and all(blob is not None and len(blob) == _POINT.size for blob in blobs):
        packed = np.frombuffer(b"".join(blobs), _PACKED)  # type: ignore[arg-type]
        if (packed["flags"] == 1).all() and (packed["order"] == 1).all():
            return np.column_stack([packed["x"], packed["y"]])
    out = np.full((len(blobs), 2), np.nan)
    for number, blob in enumerate(blobs):
        xy = None if blob is None else point_xy(blob)
        if xy is not None:
            out[number] = xy
    return out


_READY: dict[FieldKind, set[type[Any]]] = {
    "text": {str, type(None)},
    "choice": {str, type(None)},
    "list": {str, type(None)},
    "integer": {int, type(None)},
    "real": {float, type(None)},
    "boolean": {bool, type(None)},
}


def stored_column(field: Field, values: list[Any]) -> list[Any]:
    """Many values of one field at once; SQLite takes most as they are (and NaN as nothing)."""
    if set(map(type, values)) <= _READY.get(field.kind, set()):
        return values
    if field.kind == "date" and set(map(type, values)) <= {str, type(None)}:
        known = {value: stored(field, value) for value in set(values)}
        return [known[value] for value in values]
    return [stored(field, value) for value in values]


def stored(field: Field, value: Any) -> Any:
    """The value as SQLite holds it. Raises WriteError when the field cannot hold it."""
    value = plain(value)
    if value is None:
        return None
    kind = field.kind
    if kind in ("text", "choice") and isinstance(value, str):
        return value
    if kind == "real" and isinstance(value, int | float):
        return float(value)
    if kind == "integer" and (isinstance(value, int) or getattr(value, "is_integer", bool)()):
        if -(2**63) <= value < 2**63:
            return int(value)
    elif kind == "boolean" and value in (0, 1):
        return int(value)
    elif kind == "date" and DATE.fullmatch(text := getattr(value, "isoformat", value.__str__)()):
        return text
    elif kind == "list" and isinstance(value, str):
        return value
    raise WriteError(
        tr("{field} cannot hold {value}").format(field=field.caption, value=repr(value)[:60]),
        hint=tr("Give a value of the kind {kind}.").format(kind=field.kind),
    )
