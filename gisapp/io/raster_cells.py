"""Cells of a raster file as they are meant: values in their unit, or colours ready to be shown.

Windows are read at one of the levels of the file (itself, or its own overviews). No data, masks,
transparency, scale and offset, colour tables and 16-bit colours are dealt with here.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.io.raster_bands import Image, choose_bands, eight_bit, multiply_alpha, unit_of
from gisapp.io.raster_blocks import BLOCKS, Block, Blocks, Window, joined
from gisapp.io.raster_damage import Stamp, is_cut_off, stamp_of, still_the_same
from gisapp.io.raster_handles import Handles
from gisapp.io.raster_kernels import loops
from gisapp.io.raster_opening import LevelFacts, Opened
from gisapp.io.raster_system import system_of
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Size
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.model.thermal_units import chosen_nodata, chosen_unit

Values = npt.NDArray[np.float32]

STRIP = 256  # rows read between two looks at whether to stop
MAX_CELLS = 20_000_000_000  # to see all of more takes minutes, unless there are overviews
MAX_BLOCK_BYTES = 512 * 1024 * 1024  # a file whose smallest readable piece is larger is refused
SAMPLE = 1024  # cells along the longer side that statistics are made from
SMALLEST = 64  # cells; what cannot be read is narrowed down to squares of this size


class FileCells:
    """One file on the disk. For any thread. `level`: 0 is the file, 1 its first overview."""

    def __init__(self, opened: Opened, options: Mapping[str, str], handles: Handles) -> None:
        self.opened = opened
        self.name = opened.path.name
        self._handles = handles
        self._owner = object()  # not this: nothing a thread holds may hold its files open
        weakref.finalize(self, BLOCKS.forget, self._owner)
        self._blocks: dict[tuple[str, int], Blocks] = {}
        self._facts: dict[int, LevelFacts] = {}
        self._looking = Lock()
        self.damage = ""  # what cannot be read of it, in words
        self._limits: tuple[float, float] | None = None
        self.stamp: Stamp | None = None
        with self._failing_well():
            self.stamp = stamp_of(opened.files)
            source = self._source(0, placed=True)
            self._check_blocks(source)
            self.size, self.block = self._facts[0] = LevelFacts.of(source)
            self.crs = system_of(source)
            self.to_map: Affine = source.transform
            self.bands = choose_bands(source, options.get("band", ""))
            band = self.bands.indexes[0]
            self._scale, self._offset = source.scales[band - 1], source.offsets[band - 1]
            self.is_scaled = (self._scale, self._offset) != (1.0, 0.0)
            if (meant := chosen_unit(options)) is not None:
                self._scale, self._offset = meant.after(self._scale, self._offset)
            declared = [source.nodatavals[i - 1] for i in self.bands.indexes]
            self._nodata = [chosen_nodata(options, number) for number in declared]
            self._dtype = np.dtype(source.dtypes[band - 1])
            flags = [f.name for f in source.mask_flag_enums[band - 1]]
            self._masked = "all_valid" not in flags and "nodata" not in flags
            self.unit: str = "°C" if meant else options.get("unit") or unit_of(source, band)
            self.names: tuple[str, ...] = tuple(source.descriptions)
            self.factors = (1, *source.overviews(band))
            kind = {k.lower(): v.lower() for k, v in source.tags(band).items()}.get("layer_type")
            self.classes = self.bands.palette is not None or kind == "thematic"
            self.is_cut_off = opened.driver == "GTiff" and is_cut_off(source, opened.path)
        if self.is_cut_off:
            self.damage = tr("{file} is incomplete: a part of it is missing and stays empty")
            self.damage = self.damage.format(file=self.name)

    def close(self) -> None:
        """Let go of the file. Nobody may be reading it; it is looked at anew when it is read."""
        self._handles.close(self._owner)
        BLOCKS.forget(self._owner)
        self.stamp = None

    def level_size(self, level: int) -> Size:
        return self._level_facts(level).size

    def _level_facts(self, level: int) -> LevelFacts:
        """Looked at by one thread for all of them."""
        with self._looking, self._failing_well():
            if level not in self._facts:
                self._facts[level] = LevelFacts.of(self._source(level))
            return self._facts[level]

    def cost(self, window: Window, every: int) -> int:
        """Cells that must be decoded to read every so manyth cell of the file itself."""
        _, _, width, height = window
        rows, columns = self.block
        if every > rows:
            height = math.ceil(height / every) * rows
        if every > columns:
            width = math.ceil(width / every) * columns
        return max(width, min(columns, self.size.width)) * max(height, min(rows, self.size.height))

    def values(self, level: int, window: Window, every: int, progress: Progress) -> Values:
        """rows x columns in `unit`, NaN where there is nothing; every so manyth cell."""
        cells, missing = self._values(level, window, every, progress)
        self._tell(missing)
        return cells

    def colours(self, level: int, window: Window, every: int, progress: Progress) -> Image:
        """rows x columns x RGBA, colours multiplied by alpha."""
        cells, missing = self._colours(level, window, every, progress)
        self._tell(missing)
        return cells

    def shown(
        self, kind: str, level: int, window: Window, every: int, progress: Progress
    ) -> npt.NDArray[Any]:
        """As `values` or `colours`, from blocks that are kept. Do not write into it."""
        found = None if every > 1 else self.shown_blocks(kind, level, window, progress)
        if found is None:
            ask = self.colours if kind == "colours" else self.values
            return ask(level, window, every, progress)
        return joined(window, found)

    def shown_blocks(
        self, kind: str, level: int, window: Window, progress: Progress
    ) -> list[Block] | None:
        """The blocks a window lies in; None: it is better read as it is."""
        blocks = self._blocks.get((kind, level))
        if blocks is None:
            blocks = Blocks((self._owner, kind, level), *self._level_facts(level))
            self._blocks[kind, level] = blocks
        if not blocks.suit(window):
            return None
        still_the_same(self.opened.files, self.stamp)
        ask: Callable[..., Any] = self._colours if kind == "colours" else self._values
        lost: list[bool] = []  # of blocks that could not be read well: all of it

        def read(window: Window, progress: Progress) -> tuple[npt.NDArray[Any], bool]:
            cells, missing = ask(level, window, 1, progress)
            if missing is not None:
                lost.append(bool(missing.all()))
            return cells, missing is None

        found = blocks.parts(window, read, progress)
        if lost:
            self._tell_damage(len(lost) == blocks.count(window) and all(lost))
        return found

    def _values(
        self, level: int, window: Window, every: int, progress: Progress
    ) -> tuple[Values, npt.NDArray[np.bool_] | None]:
        band = [self.bands.indexes[0]]
        cells, missing = self._read(level, band, window, every, progress)
        raw = cells[0]
        hidden = self._is_nodata(raw, self._nodata[0])
        if self.bands.alpha and not self.bands.picture:
            alpha = self._read(level, [self.bands.alpha], window, every, progress)[0][0] == 0
            hidden = alpha if hidden is None else hidden | alpha
        elif self._masked:
            hidden = self._read(level, band, window, every, progress, mask=True)[0][0] == 0
        if (self._scale, self._offset) != (1.0, 0.0):
            raw = raw.astype(np.float64) * self._scale + self._offset
        values = np.asarray(raw.real, np.float32)
        for nothing in (hidden, missing):
            if nothing is not None:
                values[nothing] = np.nan
        return values, missing

    def _colours(
        self, level: int, window: Window, every: int, progress: Progress
    ) -> tuple[Image, npt.NDArray[np.bool_] | None]:
        bands = list(self.bands.indexes)
        raw, missing = self._read(level, bands, window, every, progress)
        if (ready := loops()) is not None and missing is None and self._is_plain(raw):
            plain = np.empty((*raw.shape[1:], 4), np.uint8)
            ready.packed(np.ascontiguousarray(raw), plain.view(np.uint32)[..., 0])
            return plain, missing
        if self.bands.palette is not None:
            table = np.zeros((int(np.iinfo(raw.dtype).max) + 1, 4), np.uint8)
            for value, colour in self.bands.palette.items():
                table[value] = colour
            rgba: Image = table[raw[0]]
            shown = rgba[..., 3]
        else:
            rgba = np.empty((*raw.shape[1:], 4), np.uint8)
            for k, band in enumerate(self._eight_bit(raw, progress)):
                rgba[..., k] = band
            shown = np.full(raw.shape[1:], 255, np.uint8)
        if self.bands.alpha:
            alpha = self._read(level, [self.bands.alpha], window, every, progress)[0][0]
            shown = alpha if alpha.dtype == np.uint8 else np.where(alpha > 0, 255, 0)
        elif self._masked:
            shown = self._read(level, bands[:1], window, every, progress, mask=True)[0][0]
        nothing = [self._is_nodata(r, n) for r, n in zip(raw, self._nodata, strict=True)]
        if all(n is not None for n in nothing):
            shown = np.where(np.logical_and.reduce(nothing), 0, shown)
        if missing is not None:
            shown = np.where(missing, 0, shown)
        rgba[..., 3] = shown
        multiply_alpha(rgba)
        return rgba, missing

    def _is_plain(self, raw: npt.NDArray[Any]) -> bool:
        """Three bands of bytes, and nothing that could be seen through."""
        three = len(raw) == 3 and raw.dtype == np.uint8 and self.bands.palette is None
        clear = self.bands.alpha or self._masked or all(n is not None for n in self._nodata)
        return three and not clear

    def sample(self, bands: list[int] | None, progress: Progress) -> Any:
        """Cells spread over the whole file: values, or the raw cells of some bands.

        From the overview that suits; without one from many small windows, so that it is quick.
        """
        longest = max(self.size)
        level = max((k for k, f in enumerate(self.factors) if longest / f >= SAMPLE), default=0)
        width, height = size = self.level_size(level)
        every = max(1, math.ceil(max(size) / SAMPLE))

        def read(level: int, window: Window, every: int) -> Any:
            if bands is None:
                return self.values(level, window, every, progress)
            raw, missing = self._read(level, bands, window, every, progress)
            self._tell(missing)
            return raw

        if level or self.cost((0, 0, width, height), every) <= 64 * SAMPLE * SAMPLE:
            return read(level, (0, 0, width, height), every)
        found = []
        tall, wide = min(self.block[0], SMALLEST), min(self.block[1], SMALLEST)
        down = np.linspace(0, height - tall, 16).astype(int)
        across = np.linspace(0, width - wide, max(1, 16 * SMALLEST // wide)).astype(int)
        for n, top in enumerate(down // self.block[0] * self.block[0]):
            progress.report(n / len(down))
            for left in np.unique(across // self.block[1] * self.block[1]):
                some = read(0, (int(left), int(top), wide, tall), 1)
                found.append(some.reshape(*some.shape[:-2], -1))
        return np.concatenate(found, axis=-1)

    def _source(self, level: int, *, placed: bool = False) -> Any:
        if self.stamp is None:
            self.stamp = stamp_of(self.opened.files)
        return self._handles.get(
            self._owner, level, lambda: self.opened.source(level, placed=placed)
        )

    @contextmanager
    def _failing_well(self) -> Iterator[None]:
        from rasterio.errors import RasterioError, RasterioIOError

        try:
            yield
        except (RasterioError, RasterioIOError) as error:
            reason = str(error.__cause__ or error).replace(str(self.opened.path), self.name)
            raise ReadError(
                tr("{file} cannot be read: {reason}").format(
                    file=self.name, reason=reason.split("\n")[0][:200]
                ),
                hint=tr("It may be damaged or incomplete. Copy or export it again."),
            ) from error

    def _check_blocks(self, source: Any) -> None:
        height, width = source.block_shapes[0]
        if height * width * np.dtype(source.dtypes[0]).itemsize > MAX_BLOCK_BYTES:
            raise ReadError(
                tr("{file} is stored in pieces too large to read").format(file=self.name),
                hint=tr("Export it as a tiled or cloud-optimised GeoTIFF."),
            )

    def _read(self, level: int, bands: list[int], window: Window, every: int,
              progress: Progress, *, mask: bool = False) -> tuple[Any, Any]:  # fmt: skip
        """bands x rows x columns, every so manyth cell, and where none could be read (or None).

        `mask`: 255 where the file has data.
        """
        left, top, width, height = window
        columns, rows = max(1, width // every), max(1, height // every)
        if every > 1:  # whole steps only, else the library stretches them
            width, height = min(width, columns * every), min(height, rows * every)
        if level == 0 and len(self.factors) == 1 and self.cost(window, every) > MAX_CELLS:
            raise ReadError(
                tr("{file} has {n} million cells and no overviews").format(
                    file=self.name, n=width * height // 10**6
                ),
                hint=tr("Export it as a tiled or cloud-optimised GeoTIFF."),
            )
        still_the_same(self.opened.files, self.stamp)
        parts: list[Any] = []
        missing: npt.NDArray[np.bool_] | None = None
        with self._failing_well():
            source = self._source(level)
            read = source.read_masks if mask else source.read
            for first in range(0, rows, STRIP):
                progress.report(0.7 * first / rows)
                last = min(first + STRIP, rows)
                tall = min(last * every, height) - first * every
                part = (left, top + first * every, width, tall)
                cells, gone = self._rest_of(read, bands, part, (last - first, columns))
                parts.append(cells)
                if gone is not None:
                    if missing is None:
                        missing = np.zeros((rows, columns), bool)
                    missing[first:last] = gone
        return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)), missing

    def _rest_of(
        self, read: Callable[..., Any], bands: list[int], window: Window, shape: tuple[int, int]
    ) -> tuple[Any, npt.NDArray[np.bool_] | None]:
        """What can be read of a window; halved where that fails, down to small squares."""
        from rasterio.errors import RasterioIOError
        from rasterio.windows import Window as Part

        left, top, width, height = window
        rows, columns = shape
        try:
            return read(bands, window=Part(*window), out_shape=(len(bands), rows, columns)), None
        except RasterioIOError:
            if max(shape) <= SMALLEST:
                kind = np.uint8 if read.__name__ == "read_masks" else self._dtype
                return np.zeros((len(bands), rows, columns), kind), np.ones(shape, bool)
        found = []
        if columns >= rows:
            half, at = columns // 2, columns // 2 * width // columns
            found.append(self._rest_of(read, bands, (left, top, at, height), (rows, half)))
            rest = (left + at, top, width - at, height)
            found.append(self._rest_of(read, bands, rest, (rows, columns - half)))
        else:
            half, at = rows // 2, rows // 2 * height // rows
            found.append(self._rest_of(read, bands, (left, top, width, at), (half, columns)))
            rest = (left, top + at, width, height - at)
            found.append(self._rest_of(read, bands, rest, (rows - half, columns)))
        gone = [np.zeros(c.shape[1:], bool) if g is None else g for c, g in found]
        axis = 1 if columns >= rows else 0
        return (
            np.concatenate([c for c, _ in found], axis=axis + 1),
            np.concatenate(gone, axis=axis),
        )

    def _tell(self, missing: npt.NDArray[np.bool_] | None) -> None:
        if missing is not None:
            self._tell_damage(bool(missing.all()))

    def _tell_damage(self, all_of_it: bool) -> None:
        still_the_same(self.opened.files, self.stamp)
        if all_of_it and not self.damage:
            raise ReadError(
                tr("{file} cannot be read: {reason}").format(
                    file=self.name, reason=tr("its cells are damaged")
                ),
                hint=tr("It may be damaged or incomplete. Copy or export it again."),
            )
        if not self.damage:
            self.damage = tr("{file} is damaged: a part of it cannot be read and stays empty")
            self.damage = self.damage.format(file=self.name)

    def _is_nodata(self, raw: npt.NDArray[Any], nodata: float | None) -> Any:
        if nodata is None or nodata != nodata:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            same = np.array(nodata).astype(raw.dtype)
        if raw.dtype.kind in "iu" and float(same) != nodata:
            return None  # a value this kind of cell cannot hold
        return raw == same

    def _eight_bit(self, raw: npt.NDArray[Any], progress: Progress) -> npt.NDArray[Any]:
        """16-bit colour is stretched between what the file really uses."""
        if raw.dtype == np.uint8:
            return raw
        if self._limits is None:
            sample = self.sample(list(self.bands.indexes), progress)
            used = sample[sample > 0]
            low, high = np.percentile(used, (0.5, 99.5)) if len(used) else (0.0, 1.0)
            self._limits = float(low), float(high)
        return eight_bit(raw, *self._limits)
