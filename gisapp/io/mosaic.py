"""A folder of rasters as one layer: mixed systems and cell sizes, one over the other.

Files that come later by name lie on top, or with the option order=newest, files that were changed
later. Only the files in view are opened. Where many are seen at once, an overview of the whole
mosaic is shown, which is made once and kept in a cache folder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.io.grid_warp import STEP, placement
from gisapp.io.latest_results import LatestResults
from gisapp.io.mosaic_members import Member, Members, files_of, members_of
from gisapp.io.overview_levels import Kind, Preview, Recipe, nothing
from gisapp.io.overviews import (
    DamagedOverviewError,
    Overview,
    build_overview,
    open_overview,
    overview_folder,
)
from gisapp.io.raster import KEPT_BYTES
from gisapp.io.raster_bands import Image
from gisapp.io.raster_cells import Values
from gisapp.io.raster_damage import stamp_of
from gisapp.io.raster_handles import Handles
from gisapp.io.raster_levels import part_for
from gisapp.io.raster_statistics import RasterStatistics, statistics_of
from gisapp.io.raster_warp import RESAMPLINGS, Resampling
from gisapp.model.crs import transform, transform_extent
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.text import tr
from gisapp.model.thermal_units import chosen_words

OVERVIEW = 8192  # cells along the longer side of the finest level of the mosaic's overview
FEW = 8  # files: so many are shown without an overview of the mosaic
SAMPLED = 16  # files that statistics are made from
LATTICE = STEP  # pixels: parts of a picture begin where its exact positions are computed
ROWS = 64  # of the overview made at a time


class MosaicFile:
    """A mosaic, as `gisapp.render.request.Raster` asks for it. For any thread."""

    def __init__(self, folder: Path, members: Members, options: Mapping[str, str]) -> None:
        self.path = folder
        self.arrived: list[Callable[[Extent, str], None]] = []
        self.members = members.listed
        self.crs = members.crs
        self._said = members.warnings
        self._lost: dict[str, str] = {}  # files that could not be read later on
        how = options.get("resampling", "nearest")
        self.resampling: Resampling = how if how in RESAMPLINGS else "nearest"
        self._boxes = np.array([member.extent for member in members.listed])
        left, bottom = self._boxes[:, :2].min(axis=0)
        right, top = self._boxes[:, 2:].max(axis=0)
        self.extent = Extent(float(left), float(bottom), float(right), float(top))
        self._cell = float(np.median([_cell(member) for member in members.listed]))
        self.size = Size(
            max(1, math.ceil(self.extent.width / self._cell - 1e-6)),
            max(1, math.ceil(self.extent.height / self._cell - 1e-6)),
        )
        self._to_map = Affine(self._cell, 0, self.extent.left, 0, -self._cell, self.extent.top)
        self._words = f"mosaic {options.get('order', '')} {options.get('band', '')} {self.crs}"
        self._words += chosen_words(options)
        self._handles = Handles()
        self._latest = LatestResults(KEPT_BYTES)
        self._overview: Overview | None = None
        self._preview: Preview | None = None

    @property
    def unit(self) -> str:
        return self.members[0].grid.unit

    @property
    def is_picture(self) -> bool:
        return self.members[0].grid.is_picture

    @property
    def warnings(self) -> tuple[str, ...]:
        """Files that are left out, and why."""
        return (*self._said, *self._lost.values())

    def values(self, grid: PixelGrid, progress: Progress) -> Values:
        """As `GridFile.values`: the topmost value of each pixel."""
        found: Values = self._picture("values", grid, progress)
        return found

    def colours(self, grid: PixelGrid, progress: Progress) -> Image:
        """As `GridFile.colours`."""
        found: Image = self._picture("colours", grid, progress)
        return found

    def value_at(self, point: Point, crs: str) -> float | None:
        """The topmost value under a place, in `unit`; None outside and on no data."""
        x, y = transform(np.array([point], np.float64), crs, self.crs)[0]
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        for member in reversed(self._seen_in(Extent(x, y, x, y))):
            value = self._asked(member, "value_at", Point(x, y), self.crs)
            if value is not None:
                return float(value)
        return None

    def statistics(self, progress: Progress) -> RasterStatistics | None:
        """Of samples of some files spread over the list; None when no cell has a value."""
        chosen = np.unique(np.linspace(0, len(self.members) - 1, SAMPLED).astype(int))
        samples: list[npt.NDArray[Any]] = []
        for n, number in enumerate(chosen):
            part = Part(progress, n / len(chosen), (n + 1) / len(chosen))
            found = self._asked(self.members[number], "sample", part)
            if found is not None:
                samples.append(found.ravel()[:: max(1, found.size // 100_000)])
        return statistics_of(np.concatenate(samples)) if samples else None

    @property
    def needs_overview(self) -> bool:
        """Whether to see all of it takes long, because the cache has no overview of it."""
        own = len(self.members) > FEW and self._overview is None
        return own or any(member.grid.needs_overview for member in self.members)

    def find_overview(self, cache: Path) -> bool:
        """Use the overviews made before; whether all are there (else `build_overview` helps)."""
        found = [member.grid.find_overview(cache) for member in self.members]
        if len(self.members) > FEW and self._overview is None:
            self._overview = open_overview(self._folder(cache), self._handles)
        return all(found) and not self.needs_overview

    def build_overview(self, cache: Path, progress: Progress) -> None:
        """Make the overviews that are missing, of large files and of the whole, in a worker.

        Raises WriteError, ReadError and Cancelled; what was finished by then is kept.
        """
        wanting = [m for m in self.members if not m.grid.find_overview(cache)]
        own = len(self.members) > FEW
        count = len(wanting) + own
        for done, member in enumerate(wanting):
            part = Part(progress, done / count, (done + 1) / count)
            self._asked(member, "build_overview", cache, part)
        if own and not self.find_overview(cache):
            self._build_own(cache, Part(progress, len(wanting) / count, 1.0))
        self._tell(self.extent)

    def close(self) -> None:
        """Let go of all files. Nothing may be reading them any more."""
        for member in self.members:
            member.grid.close()
        if self._overview is not None:
            self._overview.close()
            self._overview = None
        self._latest.clear()

    def _picture(self, kind: Kind, grid: PixelGrid, progress: Progress) -> Any:
        key = (kind, grid)
        kept = self._latest.get(key)
        if kept is not None:
            return kept
        preview = self._preview
        out = self._coarse(kind, grid, progress)
        if out is None:
            out = self._composed(kind, grid, progress)
        if preview is None and self._preview is None:
            self._latest.put(key, out)
        return out

    def _coarse(self, kind: Kind, grid: PixelGrid, progress: Progress) -> Any:
        """From the overview of the mosaic; None where pixels are finer than its cells."""
        overview, preview = self._overview, self._preview
        if kind != self._kind or (overview is None and preview is None):
            return None
        place = placement(grid, ~self._to_map, self.crs, self.extent)
        out = nothing(kind, (grid.size.height, grid.size.width))
        if overview is not None:
            if place.shrink < overview.levels[0].scale[0]:
                return None
            part = part_for(place, overview.levels)
            try:
                piece = None if part is None else part.piece(self.size, progress)
            except DamagedOverviewError:
                self._overview = None  # made again when the layer is loaded again
                return None
        elif preview is not None and place.shrink >= self._first:
            piece = preview.piece(self.size)
        else:
            return None
        if piece is not None:
            piece.warp(place, out, self.resampling, progress)
        return out

    def _composed(self, kind: Kind, grid: PixelGrid, progress: Progress) -> Any:
        """From the files in view, the topmost first, until every pixel is covered."""
        out = nothing(kind, (grid.size.height, grid.size.width))
        try:
            seen = self._seen_in(transform_extent(grid.extent, grid.crs, self.crs))
        except ParameterError:  # a view of more than the system can show
            seen = list(self.members)
        for done, member in enumerate(reversed(seen)):
            progress.report(done / len(seen))
            cut = _cut(grid, member)
            if cut is None:
                continue
            rows, columns, part = cut
            under = out[rows, columns]
            if kind == "values":
                free = np.isnan(under)
                if not free.any():
                    continue
                above = self._asked(member, "values", part, Silent())
                if above is not None:
                    np.copyto(under, above, where=free)
            else:
                if (under[..., 3] == 255).all():
                    continue
                above = self._asked(member, "colours", part, Silent())
                if above is not None:
                    rest = 255 - under[..., 3:].astype(np.uint16)
                    under += ((above * rest + 127) // 255).astype(np.uint8)
        return out

    @property
    def _kind(self) -> Kind:
        return "colours" if self.is_picture else "values"

    @property
    def _first(self) -> int:
        """The factor of the finest level of the overview."""
        return int(2 ** max(1, math.ceil(math.log2(max(max(self.size) / OVERVIEW, 1)))))

    def _build_own(self, cache: Path, progress: Progress) -> None:
        first, kind = self._first, self._kind
        cell = self._cell * first
        width = -(-self.size.width // first)

        def rows(begin: int, count: int, progress: Progress) -> Any:
            origin = Point(self.extent.left, self.extent.top - begin * cell)
            grid = PixelGrid(origin, (cell, 0.0), (0.0, -cell), Size(width, count), self.crs)
            return self._composed(kind, grid, progress)

        average = not any(member.grid.cells.classes for member in self.members)
        recipe = Recipe(self.size, first, kind == "colours", average, rows, ROWS)
        preview = self._preview = Preview(recipe)
        told = 0

        def shown(begin: int, end: int) -> None:
            nonlocal told
            if end - told >= preview.size.height / 24 or end == preview.size.height:
                step = preview.factor * self._cell
                top, bottom = (self.extent.top - row * step for row in (told, end))
                self._tell(self.extent._replace(top=top, bottom=bottom))
                told = end

        try:
            build_overview(self._folder(cache), recipe, progress, preview, shown)
            self._overview = open_overview(self._folder(cache), self._handles)
        finally:
            self._preview = None
            self._latest.clear()

    def _folder(self, cache: Path) -> Path:
        stamps = stamp_of(tuple(member.grid.path for member in self.members))
        return overview_folder(cache, stamps, f"{self.path} {self._words}")

    def _seen_in(self, extent: Extent) -> list[Member]:
        box = self._boxes
        inside = (box[:, 0] <= extent.right) & (box[:, 2] >= extent.left)
        inside &= (box[:, 1] <= extent.top) & (box[:, 3] >= extent.bottom)
        return [self.members[n] for n in np.flatnonzero(inside)]

    def _asked(self, member: Member, method: str, *given: Any) -> Any:
        """What a file answers; None, and a warning from now on, when it cannot be read."""
        name = member.grid.path.name
        if name in self._lost:
            return None
        try:
            return getattr(member.grid, method)(*given)
        except ReadError as error:
            self._lost[name] = tr("Left out of the mosaic: {reason}").format(reason=error.message)
            return None

    def _tell(self, extent: Extent) -> None:
        self._latest.clear()
        for each in tuple(self.arrived):
            each(extent, self.crs)


def _cell(member: Member) -> float:
    """The size of a cell in the system of the mosaic."""
    size, extent = member.grid.size, member.extent
    return math.sqrt(extent.width * extent.height / (size.width * size.height))


def _cut(grid: PixelGrid, member: Member) -> tuple[slice, slice, PixelGrid] | None:
    """The part of a picture a file can be seen in; None for nothing."""
    try:
        left, bottom, right, top = transform_extent(member.grid.extent, member.grid.crs, grid.crs)
    except GisError:
        return slice(None), slice(None), grid
    (a, b), (c, d) = grid.across, grid.down
    turn = a * d - b * c
    x = np.array([left, right, right, left]) - grid.origin.x
    y = np.array([bottom, bottom, top, top]) - grid.origin.y
    with np.errstate(over="ignore", invalid="ignore"):
        columns, rows = (x * d - y * c) / turn, (y * a - x * b) / turn
    if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
        return None  # a view beyond all numbers
    begin_x, end_x = _steps(columns, grid.size.width)
    begin_y, end_y = _steps(rows, grid.size.height)
    if end_x <= begin_x or end_y <= begin_y:
        return None
    origin = Point(
        grid.origin.x + begin_x * a + begin_y * c, grid.origin.y + begin_x * b + begin_y * d
    )
    size = Size(end_x - begin_x, end_y - begin_y)
    part = PixelGrid(origin, grid.across, grid.down, size, grid.crs)
    return slice(begin_y, end_y), slice(begin_x, end_x), part


def _steps(positions: Any, count: int) -> tuple[int, int]:
    begin = max(0, (math.floor(positions.min()) - 2) // LATTICE * LATTICE)
    return begin, min(count, math.ceil(positions.max()) + 2)


def open_source(path: Path, options: Mapping[str, str], progress: Progress) -> MosaicFile:
    """A folder of GeoTIFFs as one raster. Options, all text: files, order (name or newest), crs
    (of files without one), band, unit, resampling.

    Raises ReadError when it is no folder, or nothing in it can be shown.
    """
    handles = Handles()
    members = members_of(files_of(path, options), options, handles, progress)
    return MosaicFile(Path(path).absolute(), members, options)
