"""Mapbox Vector Tiles: geometry and the few values that say what something is.

https://github.com/mapbox/vector-tile-spec (2.1). A small reader of the protocol buffers they are
made of, with limits, because tiles come from strangers. All numbers of a layer's geometry are
unpacked at once, so that other threads are not held up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gisapp.io.pmtiles import unzipped
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

MOST_BYTES = 8 * 1024 * 1024
MOST_LAYERS = 100
MOST_FEATURES = 100_000
MOST_NUMBERS = 1_000_000
MOST_PARTS = 100_000  # of a layer
FURTHEST = 8.0  # tiles from this one; what reaches further is not drawn
TEXT = 200  # letters of a value
VALUES = (
    "name:zh",
    "name_zh",
    "name",
    "name:latin",
    "class",
    "kind",
    "type",
    "admin_level",
    "rank",
)
Kind = Literal["point", "line", "area"]
KINDS: dict[int, Kind] = {1: "point", 2: "line", 3: "area"}
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VectorFeature:
    """`parts`: places, lines or rings, each n x 2, from 0 to 1 over the tile, y downward."""

    kind: Kind
    parts: tuple[npt.NDArray[np.float64], ...]
    values: dict[str, str]


@dataclass(frozen=True, eq=False)
class VectorLayer:
    name: str
    features: tuple[VectorFeature, ...]


def read_vector_tile(body: bytes) -> tuple[VectorLayer, ...]:
    """The layers of a tile, gzipped or not. Raises ReadError."""
    try:
        plain = unzipped(body, MOST_BYTES)
        layers = [value for field, value in _fields(plain) if field == 3]
        if len(layers) > MOST_LAYERS:
            raise ValueError("layers")
        return tuple(_layer(value) for value in layers if isinstance(value, bytes))
    except (ValueError, IndexError, OverflowError) as error:
        raise ReadError(
            tr("A vector tile of the base map is damaged"),
            hint=tr("Is it a file of map tiles, and complete?"),
        ) from error


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: numbers as they are, everything else as bytes."""
    at, end = 0, len(body)
    while at < end:
        tag, at = _number(body, at)
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _number(body, at)
            yield field, value
            continue
        if kind == 2:
            length, at = _number(body, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("wire type")
        if at + length > end:
            raise ValueError("length")
        yield field, body[at : at + length]
        at += length


def _number(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("number")


def _layer(body: bytes) -> VectorLayer:
    name, extent = "", 4096
    keys: list[str] = []
    values: list[str] = []
    found: list[tuple[int, bytes, bytes]] = []
    for field, value in _fields(body):
        if field == 5 and isinstance(value, int):
            extent = value
        elif not isinstance(value, bytes):
            continue
        elif field == 1:
            name = value.decode("utf-8", "replace")[:TEXT]
        elif field == 3:
            keys.append(value.decode("utf-8", "replace")[:TEXT])
        elif field == 4:
            values.append(_value(value))
        elif field == 2:
            found.append(_feature(value))
            if len(found) > MOST_FEATURES:
                raise ValueError("features")
    if not 0 < extent <= 1 << 16:
        raise ValueError("extent")
    numbers = unpacked(b"".join(geometry for _, _, geometry in found))
    counts = [_count(geometry) for _, _, geometry in found]
    wanted = {n: VALUES.index(key) for n, key in enumerate(keys) if key in VALUES}
    features, start, many = [], 0, 0
    for (kind, tags, _), count in zip(found, counts, strict=True):
        piece = numbers[start : start + count]
        start += count
        parts = _parts(piece, kind, extent)
        many += len(parts)
        if many > MOST_PARTS:
            raise ValueError("parts")
        if kind in KINDS and parts:
            said = _said(tags, keys, values, wanted) if wanted else {}
            features.append(VectorFeature(KINDS[kind], parts, said))
    return VectorLayer(name, tuple(features))


def _feature(body: bytes) -> tuple[int, bytes, bytes]:
    """Kind, packed tags and packed geometry."""
    kind, tags, geometry = 0, b"", b""
    for field, value in _fields(body):
        if field == 3 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes):
            tags += value
        elif field == 4 and isinstance(value, bytes):
            geometry += value
    return kind, tags, geometry


def _value(body: bytes) -> str:
    for field, value in _fields(body):
        if field == 1 and isinstance(value, bytes):
            return value.decode("utf-8", "replace")[:TEXT]
        if isinstance(value, int):
            return str((value >> 1) ^ -(value & 1) if field == 6 else value)
    return ""


def _said(
    tags: bytes, keys: list[str], values: list[str], wanted: dict[int, int]
) -> dict[str, str]:
    numbers = unpacked(tags).tolist()
    return {
        keys[key]: values[value]
        for key, value in zip(numbers[::2], numbers[1::2], strict=False)
        if key in wanted and value < len(values)
    }


def _count(packed: bytes) -> int:
    raw = np.frombuffer(packed, np.uint8)
    return int((raw < 128).sum())


def unpacked(packed: bytes) -> Numbers:
    """Numbers of seven bits a byte, all at once. Raises ValueError."""
    raw = np.frombuffer(packed, np.uint8)
    if not len(raw):
        return np.zeros(0, np.int64)
    ends = np.flatnonzero(raw < 128)
    if not len(ends) or ends[-1] != len(raw) - 1 or len(ends) > MOST_NUMBERS:
        raise ValueError("packed")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > 5:
        raise ValueError("number")
    place = np.arange(len(raw)) - np.repeat(starts, lengths)
    parts = (raw & 127).astype(np.int64) << (7 * place)
    return np.asarray(np.add.reduceat(parts, starts), np.int64)


def _parts(numbers: Numbers, kind: int, extent: int) -> tuple[npt.NDArray[np.float64], ...]:
    """Move to (1), line to (2) and close (7), each with a count; steps are zigzag numbers."""
    parts: list[npt.NDArray[np.float64]] = []
    at, end, looked = 0, len(numbers), 0
    place = np.zeros(2, np.int64)
    line: list[Numbers] = []

    def finish(close: bool) -> None:
        if line:
            made = np.concatenate(line).astype(np.float64) / extent
            if close and len(made):
                made = np.concatenate([made, made[:1]])
            parts.append(made)
            line.clear()

    while at < end:
        command, count = int(numbers[at]) & 7, int(numbers[at]) >> 3
        at += 1
        looked += 1
        if looked > MOST_PARTS:
            raise ValueError("commands")
        if command == 7:
            finish(True)
            continue
        if command not in (1, 2) or count < 1 or at + 2 * count > end:
            raise ValueError("command")
        steps = numbers[at : at + 2 * count].reshape(-1, 2)
        steps = (steps >> 1) ^ -(steps & 1)
        places = place + np.cumsum(steps, axis=0)
        place = places[-1]
        at += 2 * count
        if command == 1:
            finish(False)
            if kind == 1:
                parts.append(places.astype(np.float64) / extent)
            else:
                line.append(places[-1:])
        else:
            line.append(places)
    finish(False)
    return tuple(part for part in parts if (np.abs(part) <= FURTHEST).all())
