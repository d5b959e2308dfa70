"""Reading station records: a table with one row a station and time, one column a quantity.

Parquet is queried where it lies, so that a click on one station of thousands reads only its rows.
CSV is read once and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.io.csv_table import text_of
from gisapp.io.safe_path import existing_file, format_of
from gisapp.model.errors import ReadError
from gisapp.model.station import VALID, Quantity, Series, quantity_of
from gisapp.model.text import tr

STATION_NAMES = ("station_id", "station", "mn", "站点编码", "断面编码", "站点名称", "断面名称")
TIME_NAMES = ("time", "datetime", "timestamp", "datatime", "监测时间", "时间", "采样时间")
FLAG_NAMES = ("flag", "标志", "数据标识")

_threads = threading.local()
_lock = threading.Lock()
_kept: dict[tuple[str, int, int], Any] = {}  # the latest CSV file, as an Arrow table


@dataclass(frozen=True, slots=True)
class _Columns:
    station: str
    time: str
    flag: str  # empty: none
    quantities: tuple[tuple[str, Quantity], ...]
    flags: tuple[tuple[str, str], ...]  # quantity and its own column of flags


def read_series(
    path: Path | str,
    station_id: str,
    parameter: str,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Series:
    """Records of one quantity (a name of `list_parameters`) from `start` up to, without, `end`.

    A station without records gives an empty series. Raises ReadError.
    """
    file = existing_file(path)
    with _relation(file) as (connection, relation):
        columns = _columns(file, connection, relation)
        known = {quantity.name: name for name, quantity in columns.quantities}
        if parameter not in known:
            raise ReadError(
                tr("{file} has no column {name}").format(file=file.name, name=parameter),
                hint=tr("It has: {names}").format(names=", ".join(known)),
            )
        flag = dict(columns.flags).get(parameter) or columns.flag
        shown = _quoted(flag) if flag else "''"
        time = f"CAST({_quoted(columns.time)} AS TIMESTAMP)"
        sql = (
            f"SELECT {time} AS t, TRY_CAST({_quoted(known[parameter])} AS DOUBLE), "
            f"CAST({shown} AS VARCHAR) FROM {relation} "
            f"WHERE CAST({_quoted(columns.station)} AS VARCHAR) = ?"
        )
        bound: list[Any] = [station_id]
        for sign, moment in ((">=", start), ("<", end)):
            if moment is not None:
                sql += f" AND {time} {sign} ?"
                bound.append(moment)
        found = connection.execute(sql + " ORDER BY t", bound).fetchnumpy()
    times, recorded, flags = (np.ma.getdata(column) for column in found.values())
    missing = [np.ma.getmaskarray(column) for column in found.values()]
    recorded = np.where(missing[1], np.nan, recorded.astype(np.float64))
    flags = np.where(missing[2], "", flags.astype(object))
    valid = flags == VALID if flag else np.ones(len(times), np.bool_)
    quantity = next(q for _, q in columns.quantities if q.name == parameter)
    values = np.where(valid, recorded, np.nan)
    moments = times.astype("datetime64[s]")
    return Series(station_id, quantity, moments, values, recorded, flags)


def list_parameters(path: Path | str) -> tuple[Quantity, ...]:
    """The quantities the file has columns for, in its order."""
    file = existing_file(path)
    with _relation(file) as (connection, relation):
        return tuple(q for _, q in _columns(file, connection, relation).quantities)


def list_stations(path: Path | str) -> tuple[str, ...]:
    """Ids of all stations with records, sorted."""
    file = existing_file(path)
    with _relation(file) as (connection, relation):
        name = _quoted(_columns(file, connection, relation).station)
        sql = f"SELECT DISTINCT CAST({name} AS VARCHAR) AS s FROM {relation} ORDER BY s"
        return tuple(row[0] for row in connection.execute(sql).fetchall() if row[0] is not None)


def time_range(path: Path | str) -> tuple[datetime, datetime] | None:
    """First and last time in the file; None when it has no rows."""
    file = existing_file(path)
    with _relation(file) as (connection, relation):
        time = f"CAST({_quoted(_columns(file, connection, relation).time)} AS TIMESTAMP)"
        first, last = connection.execute(
            f"SELECT min({time}), max({time}) FROM {relation}"
        ).fetchone()
    return None if first is None else (first, last)


@contextmanager
def _relation(file: Path) -> Iterator[tuple[Any, str]]:
    """A connection of this thread and what to select from."""
    import duckdb

    kind = format_of(file)
    if kind not in ("geoparquet", "csv"):
        raise ReadError(
            tr("{file} is not a file of station records").format(file=file.name),
            hint=tr("Give a Parquet or CSV file with the columns station_id and time."),
        )
    connection = _database().cursor()  # its results end with it, whatever was fetched of them
    try:
        if kind == "geoparquet":
            yield connection, f"read_parquet({_literal(_no_pattern(str(file)))})"
        else:
            connection.register("records", _csv(file))
            yield connection, "records"
    except duckdb.Error as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(
                file=file.name, reason=str(error).replace(str(file), file.name).split("\n")[0][:200]
            ),
            hint=tr("Are the times written as 2025-01-31 08:00, and is the file complete?"),
        ) from error
    finally:
        connection.close()


def _database() -> Any:
    """In memory, one for each thread; nothing is fetched from anywhere."""
    if not hasattr(_threads, "database"):
        import duckdb

        _threads.database = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "threads": 2,
            },
        )
    return _threads.database


def _csv(file: Path) -> Any:
    """The file as an Arrow table; the latest one is kept until it changes on the disk."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    state = file.stat()
    key = (str(file), state.st_mtime_ns, state.st_size)
    with _lock:
        if key in _kept:
            return _kept[key]
    first = text_of(file).encode()
    convert = arrow_csv.ConvertOptions(null_values=["", "-", "--", "NA", "null"])
    try:
        names = first.split(b"\n", 1)[0].decode().strip().split(",")
        texts = {n: pa.string() for n in names if n.lower() in STATION_NAMES}
        convert.column_types = texts  # ids keep their leading zeros
        table = arrow_csv.read_csv(pa.BufferReader(first), convert_options=convert)
    except pa.ArrowException as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=file.name, reason=error)
        ) from error
    with _lock:
        _kept.clear()
        _kept[key] = table
    return table


def _columns(file: Path, connection: Any, relation: str) -> _Columns:
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    names = [str(row[0]) for row in described]
    lower = {name.strip().lower(): name for name in names}
    station = next((lower[n] for n in STATION_NAMES if n in lower), None)
    time = next((lower[n] for n in TIME_NAMES if n in lower), None)
    if station is None or time is None:
        raise ReadError(
            tr("{file} is not a table of station records").format(file=file.name),
            hint=tr("It needs a column station_id and a column time; it has: {names}").format(
                names=", ".join(names)[:200]
            ),
        )
    flag = next((lower[n] for n in FLAG_NAMES if n in lower), "")
    quantities = [(name, quantity_of(name)) for name in names]
    known = tuple((name, q) for name, q in quantities if q is not None)
    flags = tuple((q.name, f"{n}_flag") for n, q in known if f"{n}_flag" in names)
    return _Columns(station, time, flag, known, flags)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _no_pattern(path: str) -> str:
    """Signs that would make the name a pattern for several files, taken literally."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
