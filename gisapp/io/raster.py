"""Reading rasters: a GeoTIFF as a grid of values or as a picture, warped to the map.

Only what the map needs is read, at the overview that suits its scale. Each thread has a file
handle of its own, so a `GridFile` may be used from any thread.
"""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.io.gathered import crs_name, no_crs
from gisapp.io.grid_warp import Piece, Placement, placement
from gisapp.io.latest_results import LatestResults
from gisapp.io.raster_bands import Image, choose_bands, eight_bit, multiply_alpha, unit_of
from gisapp.io.safe_path import existing_file, format_of
from gisapp.model.crs import transform_point
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Progress, Silent
from gisapp.model.text import tr

Values = npt.NDArray[np.float32]

DRIVERS = {"geotiff": "GTiff", "grid": "AAIGrid", "png": "PNG", "jpeg": "JPEG"}
STRIP = 256  # rows read or warped between two looks at whether to stop
KEPT_BYTES = 64 * 1024 * 1024  # of the latest results of one file
MAX_CELLS = 20_000_000_000  # to see all of more takes minutes, unless there are overviews
MAX_BLOCK_BYTES = 512 * 1024 * 1024  # a file whose smallest readable piece is larger is refused
SAMPLE = 1024  # pixels along the longer side that statistics are made from


@dataclass(frozen=True, eq=False)
class RasterStatistics:
    """Of a sample spread over the whole file. `counts` are 256 bins from `low` to `high`."""

    low: float
    high: float
    p2: float
    p98: float
    counts: npt.NDArray[np.int64]


class GridFile:
    """One file on the disk, as `gisapp.render.request.Raster` asks for it.

    values: float32 in `unit`, NaN where there is nothing. Arrays that are handed out may be
    handed out again: do not write into them.
    """

    def __init__(self, path: Path, driver: str, options: Mapping[str, str]) -> None:
        self.path = path
        self._driver = driver
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._handles: list[Any] = []
        self._latest = LatestResults(KEPT_BYTES)
        self._statistics: RasterStatistics | None = None
        with self._failing_well():
            source = self._handle()
            self._check_blocks(source)
            self.crs = options.get("crs") or crs_name(source.crs.to_wkt() if source.crs else "")
            self.size = Size(source.width, source.height)
            self._to_map: Affine = source.transform
            self._bands = choose_bands(source, options.get("band", ""))
            band = self._bands.indexes[0]
            self._scale, self._offset = source.scales[band - 1], source.offsets[band - 1]
            self._nodata = [source.nodatavals[i - 1] for i in self._bands.indexes]
            self._dtype = np.dtype(source.dtypes[band - 1])
            flags = [f.name for f in source.mask_flag_enums[band - 1]]
            self._masked = "all_valid" not in flags and "nodata" not in flags
            self.unit = options.get("unit") or unit_of(source, band)
            self.band_names = tuple(source.descriptions)
        if self._to_map.is_identity or self._to_map.determinant == 0:
            raise ReadError(
                tr("{file} does not say where on the map it lies").format(file=path.name),
                hint=tr("Export it as a GeoTIFF with its position, or add its world file."),
            )
        if not self.crs:
            raise no_crs(path)
        self._to_file = ~self._to_map
        self.smooth = options.get("resampling", "nearest") == "bilinear"

    @property
    def is_picture(self) -> bool:
        """Bands of colour, or one band with a colour table."""
        return self._bands.picture

    @property
    def extent(self) -> Extent:
        width, height = self.size
        corners = [_at(self._to_map, c, r) for c in (0, width) for r in (0, height)]
        x, y = zip(*corners, strict=True)
        return Extent(min(x), min(y), max(x), max(y))

    def values(self, grid: PixelGrid, progress: Progress) -> Values:
        """The band resampled to the picture: height x width, row 0 at the top."""
        key = ("values", grid)
        kept: Values | None = self._latest.get(key)
        if kept is not None:
            return kept
        place = placement(grid, self._to_file, self.crs)
        piece = self._piece(place, progress, self._read_values)
        out = np.full((grid.size.height, grid.size.width), np.nan, np.float32)
        if piece is not None:
            piece.warp(place, out, self.smooth, progress)
        self._latest.put(key, out)
        return out

    def colours(self, grid: PixelGrid, progress: Progress) -> Image:
        """The picture as RGBA, height x width x 4, transparent where there is nothing."""
        key = ("colours", grid)
        kept: Image | None = self._latest.get(key)
        if kept is not None:
            return kept
        place = placement(grid, self._to_file, self.crs)
        piece = self._piece(place, progress, self._read_colours)
        out = np.zeros((grid.size.height, grid.size.width, 4), np.uint8)
        if piece is not None:
            piece.warp(place, out, False, progress)
        self._latest.put(key, out)
        return out

    def value_at(self, point: Point, crs: str) -> float | None:
        """The value of the cell under a place, in `unit`; None outside and on no data."""
        x, y = transform_point(point, crs, self.crs)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        column, row = _at(self._to_file, x, y)
        if not (0 <= column < self.size.width and 0 <= row < self.size.height):
            return None
        value = float(self._read_values((int(column), int(row), 1, 1), 1, Silent())[0, 0])
        return value if math.isfinite(value) else None

    def statistics(self, progress: Progress) -> RasterStatistics | None:
        """Of a sample of at most SAMPLE x SAMPLE cells; None when no cell has a value."""
        if self._statistics is None:
            every = max(1, math.ceil(max(self.size) / SAMPLE))
            sample = self._read_values((0, 0, *self.size), every, progress)
            known = sample[np.isfinite(sample)]
            if not len(known):
                return None
            low, high = float(known.min()), float(known.max())
            top = high if high > low else low + 1.0
            counts, _ = np.histogram(known, 256, (low, top))
            p2, p98 = np.percentile(known, (2, 98))
            self._statistics = RasterStatistics(low, high, float(p2), float(p98), counts)
        return self._statistics

    def close(self) -> None:
        """Let go of the file, so that it can be replaced. Nothing may be reading it any more."""
        with self._lock:
            handles, self._handles = self._handles, []
            self._threads = threading.local()
            self._latest.clear()
        for handle in handles:
            handle.close()

    def _handle(self) -> Any:
        if not hasattr(self._threads, "source"):
            import rasterio

            # Asked about below in words people understand.
            warnings.filterwarnings(
                "ignore", category=rasterio.errors.NotGeoreferencedWarning, append=False
            )
            source = rasterio.open(self.path, driver=DRIVERS[self._driver], sharing=False)
            with self._lock:
                self._handles.append(source)
            self._threads.source = source
        return self._threads.source

    @contextmanager
    def _failing_well(self) -> Iterator[None]:
        from rasterio.errors import RasterioError, RasterioIOError

        try:
            yield
        except (RasterioError, RasterioIOError) as error:
            reason = str(error.__cause__ or error).replace(str(self.path), self.path.name)
            raise ReadError(
                tr("{file} cannot be read: {reason}").format(
                    file=self.path.name, reason=reason.split("\n")[0][:200]
                ),
                hint=tr("It may be damaged or incomplete. Copy or export it again."),
            ) from error

    def _check_blocks(self, source: Any) -> None:
        height, width = source.block_shapes[0]
        if height * width * np.dtype(source.dtypes[0]).itemsize > MAX_BLOCK_BYTES:
            raise ReadError(
                tr("{file} is stored in pieces too large to read").format(file=self.path.name),
                hint=tr("Export it as a tiled or cloud-optimised GeoTIFF."),
            )

    def _piece(self, place: Placement, progress: Progress, read: Any) -> Piece | None:
        """The part of the file the picture needs, read at the scale of the picture."""
        window = place.window
        if window is None:
            return None
        every = max(1, math.floor(place.shrink + 1e-6))
        margin = 2 * every
        left = max(0, math.floor(window[0]) - margin) // every * every
        top = max(0, math.floor(window[1]) - margin) // every * every
        right = min(self.size.width, math.ceil(window[2]) + margin)
        bottom = min(self.size.height, math.ceil(window[3]) + margin)
        if right <= left or bottom <= top:
            return None
        cells = read((left, top, right - left, bottom - top), every, progress)
        return Piece(cells, left, top, every, self.size)

    def _read(self, bands: list[int], window: tuple[int, int, int, int], every: int,
              progress: Progress, *, mask: bool = False) -> Any:  # fmt: skip
        """bands x rows x columns, every so manyth cell; `mask`: 255 where the file has data."""
        from rasterio.windows import Window

        left, top, width, height = window
        columns, rows = max(1, width // every), max(1, height // every)
        if every > 1:  # whole steps only, else the library stretches them
            width, height = min(width, columns * every), min(height, rows * every)
        strips = []
        with self._failing_well():
            source = self._handle()
            if width * height > MAX_CELLS and not source.overviews(bands[0]):
                raise ReadError(
                    tr("{file} has {n} million cells and no overviews").format(
                        file=self.path.name, n=width * height // 10**6
                    ),
                    hint=tr("Export it as a tiled or cloud-optimised GeoTIFF."),
                )
            read = source.read_masks if mask else source.read
            for first in range(0, rows, STRIP):
                progress.report(0.7 * first / rows)
                last = min(first + STRIP, rows)
                tall = min(last * every, height) - first * every
                part = Window(left, top + first * every, width, tall)
                strips.append(
                    read(bands, window=part, out_shape=(len(bands), last - first, columns))
                )
        return strips[0] if len(strips) == 1 else np.concatenate(strips, axis=1)

    def _read_values(
        self, window: tuple[int, int, int, int], every: int, progress: Progress
    ) -> Values:
        band = [self._bands.indexes[0]]
        raw = self._read(band, window, every, progress)[0]
        missing = self._is_nodata(raw, self._nodata[0])
        if self._bands.alpha and not self._bands.picture:
            hidden = self._read([self._bands.alpha], window, every, progress)[0] == 0
            missing = hidden if missing is None else missing | hidden
        elif self._masked:
            missing = self._read(band, window, every, progress, mask=True)[0] == 0
        if (self._scale, self._offset) != (1.0, 0.0):
            raw = raw.astype(np.float64) * self._scale + self._offset
        values = np.asarray(raw.real, np.float32)
        if missing is not None:
            values[missing] = np.nan
        return values

    def _is_nodata(self, raw: npt.NDArray[Any], nodata: float | None) -> Any:
        if nodata is None or nodata != nodata:
            return None
        with np.errstate(over="ignore"):
            same = np.array(nodata).astype(raw.dtype)
        if raw.dtype.kind in "iu" and float(same) != nodata:
            return None  # a value this kind of cell cannot hold
        return raw == same

    def _read_colours(
        self, window: tuple[int, int, int, int], every: int, progress: Progress
    ) -> Image:
        bands = list(self._bands.indexes)
        raw = self._read(bands, window, every, progress)
        if self._bands.palette is not None:
            table = np.zeros((int(np.iinfo(raw.dtype).max) + 1, 4), np.uint8)
            for value, colour in self._bands.palette.items():
                table[value] = colour
            rgba: Image = table[raw[0]]
            shown = rgba[..., 3]
        else:
            rgba = np.empty((*raw.shape[1:], 4), np.uint8)
            rgba[..., :3] = np.moveaxis(self._eight_bit(raw, progress), 0, -1)
            shown = np.full(raw.shape[1:], 255, np.uint8)
        if self._bands.alpha:
            alpha = self._read([self._bands.alpha], window, every, progress)[0]
            shown = alpha if alpha.dtype == np.uint8 else np.where(alpha > 0, 255, 0)
        elif self._masked:
            shown = self._read(bands[:1], window, every, progress, mask=True)[0]
        nothing = [self._is_nodata(r, n) for r, n in zip(raw, self._nodata, strict=True)]
        if all(n is not None for n in nothing):
            shown = np.where(np.logical_and.reduce(nothing), 0, shown)
        rgba[..., 3] = shown
        multiply_alpha(rgba)
        return rgba

    def _eight_bit(self, raw: npt.NDArray[Any], progress: Progress) -> npt.NDArray[Any]:
        """16-bit colour is stretched between what the file really uses."""
        if raw.dtype == np.uint8:
            return raw
        key = ("stretch",)
        limits = self._latest.get(key)
        if limits is None:
            every = max(1, math.ceil(max(self.size) / SAMPLE))
            sample = self._read(list(self._bands.indexes), (0, 0, *self.size), every, progress)
            used = sample[sample > 0]
            limits = np.percentile(used, (0.5, 99.5)) if len(used) else np.array([0.0, 1.0])
            self._latest.put(key, limits)
        return eight_bit(raw, float(limits[0]), float(limits[1]))


def _at(matrix: Affine, x: float, y: float) -> tuple[float, float]:
    return matrix.a * x + matrix.b * y + matrix.c, matrix.d * x + matrix.e * y + matrix.f


def open_raster(
    path: Path | str, band: int | None = None, options: Mapping[str, str] | None = None
) -> GridFile:
    """Open a raster. Options, all text: crs, band, unit, resampling (nearest or bilinear).

    Raises ReadError; without a CRS in the file or the options, MissingCrsError.
    """
    wanted = dict(options or {})
    if band is not None:
        wanted["band"] = str(band)
    file = existing_file(path)
    driver = format_of(file)
    if driver not in DRIVERS:
        raise ReadError(
            tr("{file} is not a GeoTIFF or another raster this program knows").format(
                file=file.name
            ),
            hint=tr("Is the file's ending right, and is the file complete?"),
        )
    return GridFile(file, driver, wanted)


def open_source(path: Path, options: Mapping[str, str], progress: Progress) -> GridFile:
    """As `open_raster`, in the form all readers of layers have."""
    progress.report(0.0)
    return open_raster(path, options=options)
