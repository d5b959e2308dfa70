"""Named arrays and a few plain facts in one file that is read where it lies.

Layout: 8 bytes MAGIC; three little-endian uint32: format number, length and CRC-32 of the
header; the header (JSON, UTF-8); then each array at a multiple of 64 bytes. A file is only ever
written whole under a new name and never changed, so that whoever has it open keeps what it read.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from gisapp.io.map_file import refused
from gisapp.model.progress import Progress

MAGIC = b"gisarr\r\n"
FORMAT = 1
ALIGN = 64
PIECE = 4 * 1024 * 1024  # bytes written in one go
LONGEST_HEADER = 64 * 1024 * 1024
_HEAD = struct.Struct("<8sIII")

Arrays = Mapping[str, npt.NDArray[Any]]


class _Map(mmap.mmap):
    """A map of a file that can be watched."""


_in_use: WeakValueDictionary[str, _Map] = WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """Arrays are read-only views of the file; parts of it are read when they are looked at."""

    facts: Mapping[str, Any]
    arrays: Arrays


def write_arrays(path: Path, facts: Mapping[str, Any], arrays: Arrays, progress: Progress) -> None:
    """Write beside, make durable, rename. Raises WriteError with nothing left beside, and what
    `progress` raises when the work is stopped."""
    ready = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    table, end = {}, 0
    for name, array in ready.items():
        start = -(-end // ALIGN) * ALIGN
        table[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": start}
        end = start + array.nbytes
    header = json.dumps({"facts": facts, "arrays": table, "bytes": end}, ensure_ascii=False)
    raw = header.encode()
    beside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(
            prefix=f".{path.stem[:40]}.", suffix=".new", dir=path.parent
        )
        with os.fdopen(handle, "wb") as file:
            file.write(_HEAD.pack(MAGIC, FORMAT, len(raw), zlib.crc32(raw)))
            file.write(raw)
            first = _first_array(len(raw))
            for name, array in ready.items():
                file.write(b"\0" * (first + table[name]["offset"] - file.tell()))  # type: ignore[operator]
                _write_pieces(file, array, first, end, progress)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        with suppress(OSError):
            if beside:
                os.unlink(beside)


def _write_pieces(
    file: Any, array: npt.NDArray[Any], first: int, end: int, progress: Progress
) -> None:
    raw = array.reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
    for at in range(0, len(raw), PIECE):
        progress.report((file.tell() - first) / max(end, 1))
        file.write(raw[at : at + PIECE])


def _first_array(header: int) -> int:
    return -(-(_HEAD.size + header) // ALIGN) * ALIGN


def open_arrays(path: Path) -> ArrayFile | None:
    """The file, or None when it is not there, not whole, or of another format."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return None
            magic, number, length, crc = _HEAD.unpack(head)
            if (magic, number) != (MAGIC, FORMAT) or length > min(size, LONGEST_HEADER):
                return None
            raw = file.read(length)
            if len(raw) < length or zlib.crc32(raw) != crc:
                return None
            header = json.loads(raw)
            first = _first_array(length)
            if header["bytes"] and size != first + header["bytes"]:
                return None
            memory = _Map(file.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = {name: _view(memory, first, entry) for name, entry in header["arrays"].items()}
        found = ArrayFile(header["facts"], arrays)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return None
    except RecursionError:  # braces in braces
        return None
    _in_use[str(path)] = memory
    return found


def _view(memory: mmap.mmap, first: int, entry: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Raises ValueError or TypeError for what lies beyond the file or is not plain numbers."""
    dtype, shape, offset = np.dtype(entry["dtype"]), tuple(entry["shape"]), entry["offset"]
    if dtype.kind not in "biufMm" or not dtype.isnative or offset < 0 or offset % ALIGN:
        raise ValueError(entry)
    if not all(isinstance(side, int) and side >= 0 for side in shape):
        raise ValueError(entry)
    count = math.prod(shape)
    if not count:
        return np.empty(shape, dtype)
    return np.frombuffer(memory, dtype, count, first + offset).reshape(shape)


def is_in_use(path: Path) -> bool:
    """Whether arrays of the file are still looked at by this program."""
    return str(path) in _in_use
