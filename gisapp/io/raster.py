"""Reading rasters: a GeoTIFF as a grid of values or as a picture, warped to the map.

Only what the map needs is read, at the overview that suits its scale. Each thread has a file
handle of its own, so a `GridFile` may be used from any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy.typing as npt
from affine import Affine

from gisapp.io.gathered import no_crs
from gisapp.io.grid_warp import Placement, even_shrink, placement
from gisapp.io.latest_results import LatestResults
from gisapp.io.overview_levels import Kind, Preview, nothing
from gisapp.io.overviews import (
    DamagedOverviewError,
    Overview,
    build_overview,
    open_overview,
    overview_folder,
)
from gisapp.io.raster_bands import Image
from gisapp.io.raster_blocks import Window
from gisapp.io.raster_cells import FileCells, Values
from gisapp.io.raster_damage import stamp_of
from gisapp.io.raster_handles import Handles
from gisapp.io.raster_levels import Level, level_for, part_for
from gisapp.io.raster_opening import Opened
from gisapp.io.raster_recipe import recipe_of
from gisapp.io.raster_seen import Straight, seen_cells
from gisapp.io.raster_statistics import RasterStatistics, statistics_of
from gisapp.io.raster_vrt import checked_mosaic, is_mosaic
from gisapp.io.raster_warp import RESAMPLINGS, Piece, Resampling
from gisapp.io.safe_path import existing_file, format_of
from gisapp.model.crs import transform_point
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point
from gisapp.model.progress import Progress, Silent
from gisapp.model.seen_cells import SeenCells
from gisapp.model.text import tr
from gisapp.model.thermal_units import chosen_words

DRIVERS = {"geotiff": "GTiff", "grid": "AAIGrid", "png": "PNG", "jpeg": "JPEG", "vrt": "VRT"}
KEPT_BYTES = 16 * 1024 * 1024  # of the latest results of one file
MANY = 8_000_000  # cells: a file of more wants overviews
COARSE = 4096  # cells along the longer side of a level that is quickly read as a whole
AFFORDABLE = 16_000_000  # cells read for one picture while an overview is being made


class GridFile:
    """One file on the disk, as `gisapp.render.request.Raster` asks for it.

    values: float32 in `unit`, NaN where there is nothing. Arrays that are handed out may be
    handed out again: do not write into them. `arrived`: called from any thread with the extent
    (in `crs`) where there is more to be seen than before, while an overview is being made.
    """

    def __init__(
        self,
        opened: Opened,
        options: Mapping[str, str],
        handles: Handles | None = None,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self.path = opened.path
        self.arrived: list[Callable[[Extent, str], None]] = []
        self._handles = handles or Handles()
        self._latest = LatestResults(kept_bytes)
        self._statistics: RasterStatistics | None = None
        self._overview: Overview | None = None
        self._preview: Preview | None = None
        self._words = f"band {options.get('band', '')}" + chosen_words(options)
        self.cells = FileCells(opened, options, self._handles)
        self.size = self.cells.size
        self.unit, self.band_names = self.cells.unit, self.cells.names
        self.crs = options.get("crs") or self.cells.crs
        self._to_map: Affine = self.cells.to_map
        known = all(map(math.isfinite, self._to_map)) and self._to_map.determinant != 0
        if self._to_map.is_identity or not known:
            raise ReadError(
                tr("{file} does not say where on the map it lies").format(file=self.path.name),
                hint=tr("Export it as a GeoTIFF with its position, or add its world file."),
            )
        if not self.crs:
            raise no_crs(self.path)
        self._to_file = ~self._to_map
        how = options.get("resampling", "nearest")
        self.resampling: Resampling = how if how in RESAMPLINGS else "nearest"

    @property
    def is_picture(self) -> bool:
        """Bands of colour, or one band with a colour table."""
        return self.cells.bands.picture

    @property
    def _kind(self) -> Kind:
        """What an overview holds."""
        return "colours" if self.is_picture else "values"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is missing of the file, as far as it is known."""
        return (self.cells.damage,) if self.cells.damage else ()

    @property
    def extent(self) -> Extent:
        return self._on_map(0, 0, self.size.width, self.size.height)

    def values(self, grid: PixelGrid, progress: Progress) -> Values:
        """The band resampled to the picture: height x width, row 0 at the top."""
        found: Values = self._picture("values", grid, progress)
        return found

    def colours(self, grid: PixelGrid, progress: Progress) -> Image:
        """The picture as RGBA, height x width x 4, transparent where there is nothing."""
        found: Image = self._picture("colours", grid, progress)
        return found

    def seen(self, kind: Kind, grid: PixelGrid, progress: Progress) -> tuple[SeenCells, ...] | None:
        """The cells that a picture shows, of its values or of its colours, where they lie in
        memory; None: this picture needs more, ask for `values` or `colours`."""
        if self._preview is not None or grid.crs != self.crs:
            return None
        if self.resampling != "nearest" and not self.cells.classes:
            return None
        places = Straight.of(grid, self._to_file)
        if places is None:
            return None
        level, every = level_for(even_shrink(grid, self._to_file), self._levels(kind))
        try:
            return None if every > 1 else seen_cells(places, level, self.size, progress)
        except DamagedOverviewError:
            self._overview = None  # made again when the layer is loaded again
            return None

    def value_at(self, point: Point, crs: str) -> float | None:
        """The value of the cell under a place, in `unit`; None outside and on no data."""
        x, y = transform_point(point, crs, self.crs)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        column, row = _at(self._to_file, x, y)
        if not (0 <= column < self.size.width and 0 <= row < self.size.height):
            return None
        value = float(self.cells.values(0, (int(column), int(row), 1, 1), 1, Silent())[0, 0])
        return value if math.isfinite(value) else None

    def statistics(self, progress: Progress) -> RasterStatistics | None:
        """Of a sample spread over the file; None when no cell has a value."""
        if self._statistics is None:
            self._statistics = statistics_of(self.sample(progress))
        return self._statistics

    def sample(self, progress: Progress) -> npt.NDArray[Any]:
        """Some of the values, spread over the file; NaN where there is nothing."""
        found: npt.NDArray[Any] = self.cells.sample(None, progress)
        return found

    @property
    def needs_overview(self) -> bool:
        """Whether to see all of it takes long, because neither it nor the cache has overviews."""
        width, height = self.size
        coarsest = max(self.size) / max(self.cells.factors)
        return width * height > MANY and coarsest > COARSE and self._overview is None

    def find_overview(self, cache: Path) -> bool:
        """Use the overview made before; whether all is well (else `build_overview` helps)."""
        if self.needs_overview:
            self._overview = open_overview(self._folder(cache), self._handles)
        return not self.needs_overview

    def build_overview(self, cache: Path, progress: Progress) -> None:
        """Make an overview in the cache folder, in a worker; the map fills while it is made.

        Raises WriteError, ReadError and Cancelled; then nothing is left in the cache.
        """
        if self.find_overview(cache):
            return
        folder, recipe = self._folder(cache), recipe_of(self.cells)
        preview = self._preview = Preview(recipe)
        told = 0

        def shown(first: int, last: int) -> None:
            nonlocal told
            if last - told >= preview.size.height / 24 or last == preview.size.height:
                self._tell(0, told * preview.factor, self.size.width, last * preview.factor)
                told = last

        try:
            build_overview(folder, recipe, progress, preview, shown)
            self._overview = open_overview(folder, self._handles)
        finally:
            self._preview = None
            self._latest.clear()
        self._tell(0, 0, self.size.width, self.size.height)

    def close(self) -> None:
        """Let go of the file, so that it can be replaced. Nothing may be reading it any more."""
        self.cells.close()
        if self._overview is not None:
            self._overview.close()
            self._overview = None  # of what the file was
        self._latest.clear()

    def _picture(self, kind: Kind, grid: PixelGrid, progress: Progress) -> Any:
        key = (kind, grid)
        kept = self._latest.get(key)
        if kept is not None:
            return kept
        shape = (grid.size.height, grid.size.width)
        out = nothing(kind, shape)
        place = placement(grid, self._to_file, self.crs, self.extent)
        preview = self._preview
        piece = self._piece(place, kind, progress)
        if piece is not None:
            how = "nearest" if self.cells.classes else self.resampling
            piece.warp(place, out, how, progress)
        if preview is None and self._preview is None:
            self._latest.put(key, out)
        return out

    def _levels(self, kind: Kind) -> list[Level]:
        own, levels = self.cells, []
        for number in range(len(own.factors)):
            size = own.level_size(number)
            scale = (self.size.width / size.width, self.size.height / size.height)
            blocks = partial(self.cells.shown_blocks, kind, number)
            levels.append(Level(size, scale, self._reader(kind, number), blocks))
        overview = self._overview
        if overview is not None and kind == self._kind:
            levels += overview.levels
        return levels

    def _reader(self, kind: Kind, number: int) -> Callable[[Window, int, Progress], Any]:
        def read(window: Window, every: int, progress: Progress) -> Any:
            return self.cells.shown(kind, number, window, every, progress)

        return read

    def _piece(self, place: Placement, kind: Kind, progress: Progress) -> Piece | None:
        """The part of the file the picture needs, read at the scale of the picture."""
        part, preview = part_for(place, self._levels(kind)), self._preview
        if part is None:
            return None
        if (
            preview is not None
            and part.level.scale == (1, 1)
            and self.cells.cost(part.window, part.every) > AFFORDABLE
            and kind == self._kind
        ):
            return preview.piece(self.size)
        try:
            return part.piece(self.size, progress)
        except DamagedOverviewError:
            self._overview = None  # made again when the layer is loaded again
            return self._piece(place, kind, progress)

    def _folder(self, cache: Path) -> Path:
        stamp = self.cells.stamp or stamp_of(self.cells.opened.files)
        return overview_folder(cache, stamp, self._words)

    def _on_map(self, left: float, top: float, right: float, bottom: float) -> Extent:
        corners = [_at(self._to_map, c, r) for c in (left, right) for r in (top, bottom)]
        x, y = zip(*corners, strict=True)
        return Extent(min(x), min(y), max(x), max(y))

    def _tell(self, left: float, top: float, right: float, bottom: float) -> None:
        self._latest.clear()
        for each in tuple(self.arrived):
            each(self._on_map(left, top, right, bottom), self.crs)


def _at(matrix: Affine, x: float, y: float) -> tuple[float, float]:
    return matrix.a * x + matrix.b * y + matrix.c, matrix.d * x + matrix.e * y + matrix.f


def open_raster(
    path: Path | str,
    band: int | None = None,
    options: Mapping[str, str] | None = None,
    handles: Handles | None = None,
    kept_bytes: int = KEPT_BYTES,
) -> GridFile:
    """Open a raster. Options, all text: crs, band, unit, resampling (nearest, bilinear, cubic).

    Raises ReadError; without a CRS in the file or the options, MissingCrsError.
    """
    wanted = dict(options or {})
    if band is not None:
        wanted["band"] = str(band)
    file = existing_file(path)
    if is_mosaic(file):
        opened = checked_mosaic(file)
    else:
        driver = format_of(file)
        if driver not in DRIVERS:
            raise ReadError(
                tr("{file} is not a GeoTIFF or another raster this program knows").format(
                    file=file.name
                ),
                hint=tr("Is the file's ending right, and is the file complete?"),
            )
        opened = Opened(file, str(file), DRIVERS[driver], (file,))
    return GridFile(opened, wanted, handles, kept_bytes)


def open_source(path: Path, options: Mapping[str, str], progress: Progress) -> GridFile:
    """As `open_raster`, in the form all readers of layers have."""
    progress.report(0.0)
    return open_raster(path, options=options)
