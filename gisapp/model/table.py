"""Features of one editable layer, as an immutable snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.model.column_rows import GEOMETRY as GEOMETRY
from gisapp.model.detail import Detail
from gisapp.model.features import (
    Column,
    FeatureId,
    Row,
    Rows,
    Shapes,
    plain,
    point_shapes,
)
from gisapp.model.field import Field
from gisapp.model.table_block import Block, array_of, texts, xy_of
from gisapp.model.table_detail import followed, places_by_row
from gisapp.model.table_many import nothing, rows_of, with_many

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

COMPACT_AFTER = 4096  # changed rows kept beside the arrays before they are laid in


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Points with fields; with an empty `crs`, rows without a place (visits, sources, tasks).

    Arrays shared by all snapshots, and beside them the rows changed since.

    An edit costs what it changes, not what the table holds: `with_rows` copies only the
    rows beside the arrays. Order: as in the arrays, then added rows as they came.
    """

    name: str  # of the table in the project file
    crs: str  # empty: no row has a place
    fields: tuple[Field, ...]
    _block: Block
    _beside: Mapping[FeatureId, Row | None] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls, name: str, crs: str, fields: tuple[Field, ...], rows: Mapping[FeatureId, Row]
    ) -> FeatureTable:
        """A table of complete or partial rows; missing values are None."""
        values = list(rows.values())
        columns = {
            f.name: array_of(f, (row.get(f.name) for row in values), len(values)) for f in fields
        }
        xy = np.array([xy_of(row.get(GEOMETRY)) for row in values], np.float64).reshape(-1, 2)
        return cls(name, crs, fields, Block(texts(rows), columns, xy))

    @classmethod
    def from_arrays(
        cls,
        name: str,
        crs: str,
        fields: tuple[Field, ...],
        ids: npt.NDArray[Any],
        columns: Mapping[str, Column],
        xy: npt.NDArray[np.float64],
    ) -> FeatureTable:
        """For readers: arrays in row order, real columns float64 (NaN: nothing), others object."""
        return cls(name, crs, fields, Block(ids, columns, xy))

    def __len__(self) -> int:
        """Counted without laying the changed rows into the arrays."""
        block = self._block
        gone = sum(row is None for row in self._beside.values())
        new = sum(
            row is not None and fid not in block.positions for fid, row in self._beside.items()
        )
        return len(block.ids) - gone + new

    def __contains__(self, fid: object) -> bool:
        if fid in self._beside:
            return self._beside[fid] is not None  # type: ignore[index]
        return fid in self._block.positions

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def is_full(self, more: int) -> bool:
        """Whether so many changed rows more would be laid into large arrays."""
        return len(self._beside) + more > COMPACT_AFTER < len(self._block.ids)

    def row(self, fid: FeatureId) -> Row | None:
        """All fields and the place of one feature, or None."""
        if fid in self._beside:
            return self._beside[fid]
        number = self._block.positions.get(fid)
        if number is None:
            return None
        row: dict[str, Any] = {n: plain(v[number]) for n, v in self._block.columns.items()}
        x, y = self._block.xy[number]
        row[GEOMETRY] = None if x != x else shapely.Point(x, y)
        return row

    def rows(self, fids: Sequence[FeatureId]) -> Rows:
        """Whole rows of features that are there; very many are kept column by column."""
        numbers = self.numbers_of(fids) if len(fids) > COMPACT_AFTER else np.array([-1])
        if (numbers < 0).any():
            return {fid: self.row(fid) for fid in fids}
        columns = {f.name: self.column(f.name)[numbers] for f in self.fields}
        return rows_of(list(fids), columns, self.shapes_in(self.crs).coords[numbers])

    def matching(self, name: str, value: Any) -> tuple[FeatureId, ...]:
        """Ids of the rows whose field holds the value; rows changed lately come last.

        Only the first question about a field costs what the table holds.
        """
        ids, beside = self._block.ids, self._beside
        there = (ids[number] for number in self._block.numbers_by(name).of(value))
        later = (f for f, row in beside.items() if row is not None and row.get(name) == value)
        return (*(fid for fid in there if fid not in beside), *later)

    def with_rows(self, rows: Rows) -> FeatureTable:
        """A new snapshot in which the given rows are as given; partial rows keep the rest."""
        if len(rows) > COMPACT_AFTER:
            block = (self._compacted() if self._beside else self)._block
            made = with_many(block, self.fields, rows)
            return FeatureTable(self.name, self.crs, self.fields, made)
        beside = dict(self._beside)
        for fid, row in rows.items():
            if row is None:
                if fid in self._block.positions:
                    beside[fid] = None
                else:
                    beside.pop(fid, None)
                continue
            old = self.row(fid)
            if old is None:
                old = {f.name: None for f in self.fields} | {GEOMETRY: None}
                beside.pop(fid, None)  # a feature that comes back comes last
            beside[fid] = {**old, **row}
        table = FeatureTable(self.name, self.crs, self.fields, self._block, beside)
        return table._compacted() if len(beside) > COMPACT_AFTER else table

    def with_fields(self, fields: tuple[Field, ...]) -> FeatureTable:
        """Other columns; new ones are empty."""
        table = self._compacted()
        block = table._block
        columns = {
            f.name: block.columns[f.name] if f.name in block.columns else nothing(f, len(block.ids))
            for f in fields
        }
        return FeatureTable(self.name, self.crs, fields, Block(block.ids, columns, block.xy))

    def prepare(self, crs: str) -> None:
        """Compute, while nobody waits, what finding and drawing need first in the map's system."""
        self._block.positions  # noqa: B018  (computed once, here)
        shapes = self.shapes_in(crs)
        shapes.boxes  # noqa: B018
        shapes.extent  # noqa: B018

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        return self._laid(self._block.ids, lambda fid, row: fid)

    def ids_at(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = self.ids[numbers]
        return found

    def numbers_of(self, fids: Iterable[FeatureId]) -> npt.NDArray[np.int64]:
        """Places in this snapshot's rows; -1 for an id that is not there."""
        beside, positions = self._beside, self._block.positions
        if not beside:
            return np.fromiter(map(positions.get, fids, repeat(-1)), np.int64)
        keep, _ = self._kept
        renumbered = None if keep is None else np.cumsum(keep) - 1
        found = []
        for fid in fids:
            number = positions.get(fid, -1)
            if fid in beside and beside[fid] is None:
                number = -1
            elif number < 0:
                number = self._added.get(fid, -1)
            elif renumbered is not None:
                number = int(renumbered[number])
            found.append(number)
        return np.array(found, np.int64)

    def values_at(self, name: str, numbers: npt.NDArray[np.int64]) -> Column:
        values: Column = self.column(name)[numbers]
        return values

    def column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = self._laid(
                self._block.columns[name],
                lambda fid, row: (
                    np.nan
                    if row[name] is None and self._block.columns[name].dtype == np.float64
                    else row[name]
                ),
            )
        return self._columns[name]

    def detail_in(self, crs: str) -> Detail | None:
        """The rows made ready for drawing and finding; None while nobody has made it.

        It is made once of the arrays all snapshots share (`shared_shapes`, `keep_detail`) and
        follows the edits: a row that is gone or elsewhere has the number -1 in `order`, and
        rows that were moved or added are listed in `beside` with their boxes (see `Detail`).
        Draw what is on the curve, leave out -1, and draw `beside_in(extent)` from `shapes_in`,
        which stays complete. Numbers are those of this snapshot's rows; a row whose fields
        alone were changed stays on the curve.
        """
        if crs not in self._details:
            known = self._block.details.get(crs)
            if known is None:
                return None
            detail, places = known
            if self._beside:
                keep, _ = self._kept
                coords = self.shapes_in(crs).coords
                detail = followed(detail, places, self._elsewhere, keep, coords)
            self._details[crs] = detail
        return self._details[crs]

    def has_detail(self, crs: str) -> bool:
        """Whether there is one, without making it follow the edits."""
        return crs in self._block.details

    def shared_shapes(self, crs: str) -> Shapes:
        """The points of the shared arrays, without the rows changed since: of what a detail is
        made."""
        if crs not in self._block.moved:
            self._block.moved[crs] = self._placed(self._block.xy, crs)
        return point_shapes(self._block.moved[crs])

    def keep_detail(self, detail: Detail) -> None:
        """It was made of `shared_shapes(detail.crs)`; all snapshots of these arrays use it."""
        self._block.details[detail.crs] = (detail, places_by_row(detail))

    def shapes_in(self, crs: str) -> Shapes:
        """One point a row, in row order. Only what changed is transformed anew."""
        if crs not in self._shapes:
            self.shared_shapes(crs)
            added = np.array(
                [xy_of(row[GEOMETRY]) for row in self._beside.values() if row is not None],
                np.float64,
            ).reshape(-1, 2)
            moved = iter(self._placed(added, crs))
            xy = self._laid(self._block.moved[crs], lambda fid, row: next(moved))
            self._shapes[crs] = point_shapes(xy)
        return self._shapes[crs]

    def _placed(self, xy: npt.NDArray[np.float64], crs: str) -> npt.NDArray[np.float64]:
        return point_shapes(xy).transformed(self.crs, crs).coords if self.crs else xy

    @cached_property
    def frame(self) -> GeoDataFrame:
        """The same as a GeoDataFrame indexed by feature id, for analysis and export."""
        import geopandas as gpd

        xy = self.shapes_in(self.crs).coords
        points = gpd.GeoSeries(shapely.points(xy), index=self.ids, crs=self.crs or None)
        points[np.isnan(xy).any(axis=1)] = None
        data = {f.name: self.column(f.name) for f in self.fields}
        return gpd.GeoDataFrame(data, index=self.ids, geometry=points)

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    @cached_property
    def _shapes(self) -> dict[str, Shapes]:
        return {}

    @cached_property
    def _details(self) -> dict[str, Detail]:
        return {}

    @cached_property
    def _elsewhere(self) -> npt.NDArray[np.int64]:
        """Rows of the shared arrays that are still there but at another place."""
        positions, xy = self._block.positions, self._block.xy
        found = []
        for fid, row in self._beside.items():
            number = positions.get(fid)
            if row is not None and number is not None:
                x, y = xy_of(row[GEOMETRY])
                if not (x == xy[number, 0] and y == xy[number, 1]):
                    found.append(number)
        return np.array(sorted(found), np.int64)

    @cached_property
    def _added(self) -> dict[FeatureId, int]:
        """Numbers of the rows behind those of the shared arrays."""
        positions = self._block.positions
        keep, _ = self._kept
        first = len(positions) if keep is None else int(keep.sum())
        new = (f for f, row in self._beside.items() if row is not None and f not in positions)
        return {fid: first + place for place, fid in enumerate(new)}

    @cached_property
    def _kept(self) -> tuple[npt.NDArray[np.bool_] | None, bool]:
        """Which block rows are still there (None: all), and whether rows were added."""
        positions = self._block.positions
        gone = [positions[f] for f, row in self._beside.items() if row is None]
        keep = None
        if gone:
            keep = np.ones(len(self._block.ids), bool)
            keep[gone] = False
        return keep, any(f not in positions for f, row in self._beside.items() if row is not None)

    def _laid(self, base: npt.NDArray[Any], value: Any) -> npt.NDArray[Any]:
        """The block's array with the rows beside it laid in."""
        if not self._beside:
            return base
        out, added = base.copy(), []
        positions = self._block.positions
        for fid, row in self._beside.items():
            if row is None:
                continue
            laid = value(fid, row)
            if fid in positions:
                out[positions[fid]] = laid
            else:
                added.append(laid)
        keep, _ = self._kept
        if keep is not None:
            out = out[keep]
        if added:
            tail = np.empty((len(added), *base.shape[1:]), base.dtype)
            for number, laid in enumerate(added):
                tail[number] = laid
            out = np.concatenate([out, tail])
        return out

    def _compacted(self) -> FeatureTable:
        columns = {f.name: self.column(f.name) for f in self.fields}
        block = Block(self.ids, columns, self.shapes_in(self.crs).coords)
        block.looked_up_like(self._block)
        return FeatureTable(self.name, self.crs, self.fields, block)
