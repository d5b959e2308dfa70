"""Well-known binary, as files hold it, to the flat geometry that is drawn and clicked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.model.features import Shapes
from gisapp.model.geometry import ShapeKind
from gisapp.model.progress import Progress

CHUNK = 10_000  # features decoded in one go
MOST_BYTES = 256 * 1024  # decoded by shapely in one go, which holds the interpreter while it does
POINT_BYTES = 21  # byte order, type, x, y
PLAIN_BYTES = 5  # byte order and type
_ONE = b"\1\0\0\0"
_POINT, _LINE, _AREA = (bytes([1, number, 0, 0, 0]) for number in (1, 2, 3))
# What a geometry of one part begins with, and what stands between that and the number of its
# coordinates (of a point: the coordinates).
_PLAIN: dict[bytes, tuple[ShapeKind, bytes]] = {
    _POINT: ("point", b""),
    _LINE: ("line", b""),
    _AREA: ("area", _ONE),
    b"\1\4\0\0\0": ("point", _ONE + _POINT),
    b"\1\5\0\0\0": ("line", _ONE + _LINE),
    b"\1\6\0\0\0": ("area", _ONE + _AREA + _ONE),
}
_KINDS: dict[int, ShapeKind] = {
    0: "point",
    1: "line",
    2: "line",
    3: "area",
    4: "point",
    5: "line",
    6: "area",
}


@dataclass
class ShapeCollector:
    """Takes geometry batch by batch; the kind most features have is kept.

    `left_out` counts features of the other kinds, `empty` those without any geometry. Both stay
    in the layer as rows without a place.
    """

    empty: int = 0
    _rows: int = 0
    _pieces: dict[ShapeKind, list[tuple[Any, Any, Any]]] = field(default_factory=dict)
    _counts: Counter[ShapeKind] = field(default_factory=Counter)
    _strange: int = 0

    def add(self, wkb: Any, progress: Progress, fraction: float = 0.0) -> None:
        """One pyarrow array of binary values (None: no geometry). Raises shapely's errors."""
        for first in range(0, len(wkb), CHUNK):
            progress.report(fraction)
            part = wkb.slice(first, CHUNK)
            simple = _simple(part)
            if simple is None:
                few = max(1, round(len(part) * MOST_BYTES / max(part.nbytes, MOST_BYTES)))
                for at in range(0, len(part), few):
                    some = part.slice(at, few).to_numpy(zero_copy_only=False)
                    self.add_geometries(shapely.from_wkb(some))
                continue
            kind, coords, lengths = simple
            if kind == "point":
                self._keep_points(coords)
                continue
            self._counts[kind] += len(part)
            self._piece(kind, coords, lengths, np.arange(len(part)) + self._rows)
            self._rows += len(part)

    def add_geometries(self, geometries: npt.NDArray[Any]) -> None:
        """An array of shapely geometries, None for features without any."""
        there = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        self.empty += int(len(there) - there.sum())
        types = shapely.get_type_id(geometries)
        for kind, chosen in _by_kind(types, there):
            numbers = np.flatnonzero(chosen)
            self._counts[kind] += len(numbers)
            coords, lengths, owner = _flat(geometries[numbers], kind)
            self._piece(kind, coords, lengths, numbers[owner] + self._rows)
        self._strange += int((there & ~np.isin(types, list(_KINDS))).sum())
        self._rows += len(geometries)

    def add_points(self, coords: npt.NDArray[np.float64]) -> None:
        """n x 2, NaN where a feature has no place."""
        self._keep_points(np.asarray(coords, np.float64).reshape(-1, 2))

    @property
    def left_out(self) -> int:
        most = self._counts.most_common(1)
        return self._strange + sum(self._counts.values()) - (most[0][1] if most else 0)

    def shapes(self) -> Shapes:
        """All of it; call once at the end."""
        if not self._counts:
            nothing = np.empty(0, np.int64)
            return Shapes("none", np.empty((0, 2)), np.zeros(1, np.int64), nothing)
        kind = self._counts.most_common(1)[0][0]
        pieces = self._pieces[kind]
        coords = np.concatenate([coords for coords, _, _ in pieces])
        lengths = np.concatenate([lengths for _, lengths, _ in pieces])
        owner = np.concatenate([owner for _, _, owner in pieces]).astype(np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        return Shapes(kind, np.ascontiguousarray(coords, np.float64), starts, owner)

    def _keep_points(self, coords: npt.NDArray[np.float64]) -> None:
        there = np.isfinite(coords).all(axis=1)
        numbers = np.flatnonzero(there)
        self.empty += len(coords) - len(numbers)
        if len(numbers):
            self._counts["point"] += len(numbers)
            ones = np.ones(len(numbers), np.int64)
            self._piece("point", coords[numbers], ones, numbers + self._rows)
        self._rows += len(coords)

    def _piece(self, kind: ShapeKind, coords: Any, lengths: Any, owner: Any) -> None:
        self._pieces.setdefault(kind, []).append((coords, lengths, owner))


def _by_kind(
    types: npt.NDArray[Any], there: npt.NDArray[np.bool_]
) -> Iterator[tuple[ShapeKind, npt.NDArray[np.bool_]]]:
    kinds: tuple[ShapeKind, ...] = ("point", "line", "area")
    for kind in kinds:
        chosen = there & np.isin(types, [t for t, k in _KINDS.items() if k == kind])
        if chosen.any():
            yield kind, chosen


def _flat(geometries: npt.NDArray[Any], kind: ShapeKind) -> tuple[Any, Any, Any]:
    """Coordinates, number of coordinates of each part, and whose part it is."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    if kind == "area":
        parts, of_part = shapely.get_rings(parts, return_index=True)
        owner = owner[of_part]
    coords, of_coord = shapely.get_coordinates(parts, return_index=True)
    lengths = np.bincount(of_coord, minlength=len(parts))
    used = lengths > 0
    return coords, lengths[used], owner[used]


def _simple(wkb: Any) -> tuple[ShapeKind, Any, Any] | None:
    """Kind, coordinates and their number for each feature, of an array in which each is one plain
    point, line or ring in little-endian order; None for anything else.

    Most files are like that, and then no geometry objects are needed at all.
    """
    if wkb.null_count or not len(wkb):
        return None
    _, offsets, data = wkb.buffers()
    wide = str(wkb.type).startswith("large")
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)
    ends = ends[wkb.offset : wkb.offset + len(wkb) + 1].astype(np.int64)
    if data is None or (np.diff(ends) < POINT_BYTES).any():
        return None
    raw = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    starts = ends[:-1] - ends[0]
    head = raw[starts[:, None] + np.arange(PLAIN_BYTES)]
    if not (head == head[0]).all():
        return None
    plain = _PLAIN.get(bytes(head[0]))
    if plain is None:
        return None
    kind, inner = plain
    before = PLAIN_BYTES + len(inner) + (0 if kind == "point" else 4)
    sizes = np.diff(ends)
    if (sizes < before).any():
        return None
    between = raw[(starts + PLAIN_BYTES)[:, None] + np.arange(len(inner))]
    if not (between == np.frombuffer(inner, np.uint8)).all():
        return None
    if kind == "point":
        lengths = np.ones(len(starts), np.int64)
    else:
        counts = raw[(starts + before - 4)[:, None] + np.arange(4)]
        lengths = np.ascontiguousarray(counts).view("<u4").ravel().astype(np.int64)
    if not (sizes == before + 16 * lengths).all() or not lengths.all():
        return None
    if (sizes == sizes[0]).all():
        rows = np.ascontiguousarray(raw.reshape(len(sizes), -1)[:, before:])
        return kind, rows.view("<f8").reshape(-1, 2), lengths
    keep = np.ones(len(raw), np.bool_)
    keep[(starts[:, None] + np.arange(before)).ravel()] = False
    return kind, raw[keep].view("<f8").reshape(-1, 2), lengths
