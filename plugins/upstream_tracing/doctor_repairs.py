"""What a person decided about a river layer: a list of repairs, kept as rows of points.

The file of the rivers is never changed. A repair names features by the layer's own number; the
list is a layer like any other (in a project an editable table, so that a repair is undone, listed
in the history and drawn as any row), and is applied when the network is prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gisapp.api import Features, FeatureSet, Field, ParameterError, Shapes, is_geographic, tr

from .columns import RiverColumns
from .network import Floats, Ints, key_of

FLIP, BRIDGE, SPLIT, CUT, DROP = KINDS = ("flip", "bridge", "split", "cut", "drop")
PART = "/"  # between a reach's number and that of a part split off

FIELDS = (
    Field("kind", "choice", "Repair", "修复", choices=KINDS, choice_titles=(
        (FLIP, "turn the line", "反转线方向"),
        (BRIDGE, "join to another reach", "连接到另一河段"),
        (SPLIT, "split where another ends", "在汇入处打断"),
        (CUT, "flows no farther", "切断下游"),
        (DROP, "leave out", "不参与河网"),
    )),
    Field("reach", title="Feature", title_zh_CN="要素"),
    Field("other", title="Other feature", title_zh_CN="另一要素"),
    Field("id", title="Id of the reach", title_zh_CN="河段编码"),
    Field("why", title="Why", title_zh_CN="原因"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repair:
    """One decision. reach, other: the layer's numbers of features; at: in the layer's system.

    flip: the line of `reach` is turned, and runs as it is drawn then. bridge: the end of `reach`
    nearest to `at` is led to the nearest end of `other` (by columns: `reach` flows into it).
    split: `other` is split at the place nearest to `at`, and the end of `reach`, if one is named,
    is led there. cut: `reach` flows no farther. drop: `reach` is left out.
    """

    kind: str
    reach: str
    other: str = ""
    at: tuple[float, float] | None = None
    id: str = ""
    why: str = ""


@dataclass(frozen=True, eq=False)
class Repaired:
    """The layer after the repairs.

    given: reaches that run as they are drawn because somebody said so. cut: that flow no farther.
    origin: the number of each reach in the layer. whole: of parts split off, the feature they are
    of. not_applied: repairs of what is not there, or cannot be done to such a network.
    touched: numbers in the given layer of all that a repair names. kept: reaches of the given layer
    that are left; what was split off comes after them.
    """

    features: FeatureSet
    given: np.ndarray[Any, np.dtype[np.bool_]]
    cut: np.ndarray[Any, np.dtype[np.bool_]]
    origin: Ints
    whole: dict[str, str] = field(default_factory=dict)
    not_applied: tuple[Repair, ...] = ()
    touched: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    kept: int = 0


def repairs_from(rows: FeatureSet | None, crs: str) -> tuple[Repair, ...]:
    """The repairs in a layer of points, places in `crs`. Raises ParameterError for another layer.

    Rows without a kind (taken back in the table) are left out.
    """
    if rows is None or not len(rows):
        return ()
    names = [f.name for f in rows.fields]
    if "kind" not in names or "reach" not in names:
        raise ParameterError(
            tr("The layer of repairs has no columns kind and reach"),
            hint=tr("They have: {names}").format(names=", ".join(names)),
        )

    def texts(name: str) -> list[str]:
        return [key_of(v) for v in rows.column(name).tolist()] if name in names else [""] * n

    n, shapes = len(rows), rows.shapes_in(crs)
    places: list[tuple[float, float] | None] = [None] * n
    for part, row in enumerate(shapes.owner.tolist()):
        x, y = shapes.coords[shapes.starts[part]].tolist()
        places[row] = (x, y) if x == x and y == y else None
    kinds, columns = texts("kind"), [texts(name) for name in ("reach", "other", "id", "why")]
    if unknown := sorted(set(kinds) - {*KINDS, ""}):
        raise ParameterError(
            tr("There is no repair {kind}").format(kind=unknown[0]),
            hint=tr("It may say: {names}").format(names=", ".join(KINDS)),
        )
    return tuple(
        Repair(kind, reach, other, at, key, why)
        for kind, at, reach, other, key, why in zip(kinds, places, *columns, strict=True)
        if kind
    )


def repairs_as_points(repairs: Sequence[Repair], crs: str) -> Features:
    """The list as a layer of points, to be written into a file."""
    named = np.array([[r.kind, r.reach, r.other, r.id, r.why] for r in repairs], object)
    named = named.reshape(-1, len(FIELDS))
    places = np.array([r.at or (np.nan, np.nan) for r in repairs], float).reshape(-1, 2)
    n = len(repairs)
    shapes = Shapes("point", places, np.arange(n + 1), np.arange(n))
    ids = np.array([str(i + 1) for i in range(n)], object)
    columns = {f.name: named[:, i] for i, f in enumerate(FIELDS)}
    return Features(crs, FIELDS, ids, columns, shapes)


def apply_repairs(
    features: FeatureSet, columns: RiverColumns, repairs: Iterable[Repair]
) -> Repaired:
    """The layer as it is after the repairs; a new one, the given one stays as it is.

    Turned lines first, then splits, then bridges, then what is left out, whatever their order.
    """
    work = _Work(features, columns)
    for kind in (FLIP, SPLIT, BRIDGE, CUT, DROP):
        for repair in repairs:
            if repair.kind == kind and not work.apply(repair):
                work.not_applied.append(repair)
    return work.result()


@dataclass
class _Piece:
    """A line that is worked on: parts in drawing order, and the feature it is (part) of."""

    feature: int
    lines: list[Floats]


class _Work:
    def __init__(self, features: FeatureSet, columns: RiverColumns) -> None:
        self.features, self.columns = features, columns
        self.shapes = features.shapes_in(features.crs)
        self.degrees = is_geographic(features.crs)
        n = len(features)
        self.given, self.cut, self.kept = np.zeros(n, bool), np.zeros(n, bool), np.ones(n, bool)
        self.pieces: dict[int, list[_Piece]] = {}  # of features that were touched
        self.changed: dict[str, Any] = {}  # columns
        self.not_applied: list[Repair] = []
        self.touched: set[int] = set()

    def apply(self, repair: Repair) -> bool:
        """Whether it could be done."""
        named = [repair.reach, repair.other]
        reach, other = self.features.numbers_of(named).tolist()  # type: ignore[arg-type]
        connected = self.columns.connected
        self.touched.update(number for number in (reach, other) if number >= 0)
        match repair.kind:
            case "flip" if reach >= 0:
                self._flip(reach)
            case "bridge" if reach >= 0 and other >= 0:
                if connected:
                    return self._lead(reach, other)
                return self._join(reach, self._end_of(other, self._loose(reach, repair.at)))
            case "split" if other >= 0 and repair.at is not None and not connected:
                place = self._split(other, np.array(repair.at))
                return place is not None and (reach < 0 or self._join(reach, place))
            case "cut" if reach >= 0:
                self.cut[reach] = True
                return not connected or self._lead(reach, None)
            case "drop" if reach >= 0:
                self.kept[reach] = False
            case _:
                return False
        return True

    def _of(self, feature: int) -> list[_Piece]:
        if feature not in self.pieces:
            first, last = np.searchsorted(self.shapes.owner, (feature, feature + 1))
            starts, coords = self.shapes.starts, self.shapes.coords
            lines = [np.array(coords[starts[p] : starts[p + 1]]) for p in range(first, last)]
            self.pieces[feature] = [_Piece(feature, lines)]
        return self.pieces[feature]

    def _flip(self, feature: int) -> None:
        pieces = self._of(feature)
        for piece in pieces:
            piece.lines = [line[::-1] for line in piece.lines[::-1]]
        if not self.columns.connected:
            self.given[feature] = True

    def _ends(self, feature: int) -> list[tuple[_Piece, bool, Floats]]:
        """Both ends of every piece: whether it is the last one, and where."""
        found = []
        for piece in self._of(feature):
            if piece.lines:
                found.append((piece, False, piece.lines[0][0]))
                found.append((piece, True, piece.lines[-1][-1]))
        return found

    def _loose(self, feature: int, at: tuple[float, float] | None) -> Floats | None:
        """The end that a repair means: the nearest to its place, else the last one."""
        ends = self._ends(feature)
        if not ends:
            return None
        if at is None:
            return ends[-1][2]
        return min((end for _, _, end in ends), key=lambda end: self._far(end, np.array(at)))

    def _end_of(self, feature: int, near: Floats | None) -> Floats | None:
        ends = self._ends(feature)
        if near is None or not ends:
            return None
        return min((end for _, _, end in ends), key=lambda end: self._far(end, near))

    def _join(self, feature: int, place: Floats | None) -> bool:
        """Lead the end that is nearest to a place there."""
        ends = self._ends(feature)
        if place is None or not ends:
            return False
        piece, is_last, end = min(ends, key=lambda found: self._far(found[2], place))
        if np.array_equal(end, place):
            return True
        if is_last:
            piece.lines[-1] = np.vstack([piece.lines[-1], place])
        else:
            piece.lines[0] = np.vstack([place, piece.lines[0]])
        return True

    def _split(self, feature: int, at: Floats) -> Floats | None:
        """Split at the nearest place; where that is, None where there is nothing to split."""
        best: tuple[float, _Piece, int, int, Floats] | None = None
        for piece in self._of(feature):
            for number, line in enumerate(piece.lines):
                if len(line) < 2:
                    continue
                step, place = self._nearest(line, at)
                far = self._far(place, at)
                if best is None or far < best[0]:
                    best = far, piece, number, step, place
        if best is None:
            return None
        _, piece, number, step, place = best
        line = piece.lines[number]
        upper = np.vstack([line[: step + 1], place])
        lower = np.vstack([place, line[step + 1 :]])
        if np.array_equal(place, line[step]):
            upper = line[: step + 1]
        if np.array_equal(place, line[step + 1]):
            lower = line[step + 1 :]
        if len(upper) < 2 or len(lower) < 2:
            return place if len(piece.lines) == 1 else None  # it ends there already
        rest = piece.lines[number + 1 :]
        piece.lines = [*piece.lines[:number], upper]
        self.pieces[feature].append(_Piece(feature, [lower, *rest]))
        return place

    def _nearest(self, line: Floats, at: Floats) -> tuple[int, Floats]:
        scale = self._scale(at)
        flat = (line - at) * scale
        step = np.diff(flat, axis=0)
        square = (step**2).sum(axis=1)
        share = -(flat[:-1] * step).sum(axis=1) / np.where(square > 0, square, 1)
        share = np.clip(share, 0, 1)
        far = np.hypot(*(flat[:-1] + share[:, None] * step).T)
        best = int(far.argmin())
        if share[best] >= 1:
            return best, line[best + 1]
        return best, line[best] + share[best] * (line[best + 1] - line[best])

    def _scale(self, at: Floats) -> Floats:
        return np.array([np.cos(np.radians(at[1])), 1.0]) if self.degrees else np.ones(2)

    def _far(self, one: Floats, other: Floats) -> float:
        return float(np.hypot(*((one - other) * self._scale(other))))

    def _column(self, name: str) -> Any:
        if name not in self.changed:
            self.changed[name] = np.array(self.features.column(name))
        return self.changed[name]

    def _lead(self, reach: int, other: int | None) -> bool:
        """By columns: the reach flows into another or, cut, into none."""
        said = self.columns
        pairs = [(said.next_down, said.id)] if said.id and said.next_down else []
        pairs += [(said.to_node, said.from_node)] if said.from_node and said.to_node else []
        for into, of in pairs:
            column = self._column(into)
            if other is not None:
                column[reach] = self.features.column(of)[other]
            else:
                column[reach] = {"i": -1, "u": 0, "f": np.nan}.get(column.dtype.kind, "")
        return bool(pairs)

    def result(self) -> Repaired:
        features, n = self.features, len(self.features)
        extra = [piece for some in self.pieces.values() for piece in some[1:]]
        extra = [piece for piece in extra if self.kept[piece.feature]]
        kept = np.flatnonzero(self.kept)
        origin = np.concatenate([kept, np.array([p.feature for p in extra], np.int64)])
        shapes = self._shapes(kept, extra)
        ids, whole = features.ids, {}
        added = []
        times: dict[int, int] = {}
        for piece in extra:
            times[piece.feature] = number = times.get(piece.feature, 1) + 1
            added.append(f"{ids[piece.feature]}{PART}{number}")
            whole[added[-1]] = str(ids[piece.feature])
        columns: Any = {f.name: features.column(f.name) for f in features.fields} | self.changed
        if len(origin) != n or extra:
            columns = {name: values[origin] for name, values in columns.items()}
            ids = np.append(ids[kept], np.array(added, object))
        for name in (self.columns.length_m, self.columns.length_km):
            if name and extra:  # said of the whole line: its pieces are measured
                columns[name] = _shares(columns[name], origin, shapes)
        if self.columns.id and added:
            keys = np.array([key_of(v) for v in columns[self.columns.id].tolist()], object)
            for at, name in enumerate(added, len(kept)):
                keys[at] += PART + name.rpartition(PART)[2]
            columns[self.columns.id] = keys
        made = Features(features.crs, features.fields, ids, columns, shapes)
        given, cut = self.given[origin], self.cut[origin]
        touched = np.array(sorted(self.touched), np.int64)
        lost = tuple(self.not_applied)
        return Repaired(made, given, cut, origin, whole, lost, touched, len(kept))

    def _shapes(self, kept: Ints, extra: list[_Piece]) -> Shapes:
        """The lines of the features that are kept, and the pieces split off after them."""
        old = self.shapes
        if not self.pieces and len(kept) == len(self.features):
            return old
        touched = sorted({*self.pieces, *np.flatnonzero(~self.kept).tolist()})
        coords: list[Floats] = []
        counts: list[Ints] = []
        owner: list[Ints] = []
        at = gone = 0  # parts looked at, features left out
        for feature in [*touched, len(self.features)]:
            first, last = np.searchsorted(old.owner, (feature, feature + 1)).tolist()
            begin, end = int(old.starts[at]), int(old.starts[first])
            coords.append(old.coords[begin:end])
            counts.append(np.diff(old.starts[at : first + 1]))
            owner.append(old.owner[at:first] - gone)
            at = last
            if feature == len(self.features):
                break
            if not self.kept[feature]:
                gone += 1
                continue
            for line in self.pieces[feature][0].lines:
                coords.append(line)
                counts.append(np.array([len(line)]))
                owner.append(np.array([feature - gone]))
        for number, piece in enumerate(extra, len(kept)):
            for line in piece.lines:
                coords.append(line)
                counts.append(np.array([len(line)]))
                owner.append(np.array([number]))
        starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
        return Shapes(old.kind, np.vstack(coords), starts, np.concatenate(owner).astype(np.int64))


def _shares(lengths: Any, origin: Ints, shapes: Shapes) -> Any:
    """Lengths of whole lines given to their pieces by how long these are drawn."""
    step = np.hypot(*np.diff(shapes.coords, axis=0, append=shapes.coords[-1:]).T)
    step[shapes.starts[1:] - 1] = 0.0
    per_part = np.add.reduceat(step, shapes.starts[:-1])
    drawn = np.bincount(shapes.owner, per_part, len(origin))
    whole = np.bincount(origin, drawn)[origin]
    values = np.array([np.nan if v is None else float(v) for v in lengths.tolist()])
    parted = (whole > 0) & (np.bincount(origin)[origin] > 1)
    return np.where(parted, values * drawn / np.where(parted, whole, 1), values)


def taken_back(repairs: Sequence[Repair], repair: Repair) -> tuple[Repair, ...]:
    """The list without one repair."""
    return tuple(r for r in repairs if replace(r, why="") != replace(repair, why=""))
