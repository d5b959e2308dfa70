"""Two dates compared: a layer that is one raster minus another, cell by cell, nothing written.

The cells are those of the first; of the second the cell under the middle of each counts. Where
either has no value, the difference has none. Corrections of both layers are in it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.layer_loading import Reader
from gisapp.app.thermal_layers import CorrectedRaster, correction_of, provenance_of
from gisapp.io import mosaic, raster, thermal_frame
from gisapp.io.file_kinds import MOSAIC
from gisapp.io.raster_statistics import RasterStatistics, statistics_of
from gisapp.model.crs import transform_extent
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.layer import Layer, LayerId, Source, new_layer_id
from gisapp.model.progress import Progress
from gisapp.model.style import Correction, ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_measure import Provenance
from gisapp.render.request import Raster

FORMAT = "difference"
FRAME = "thermal_frame"
FORMATS = (*raster.DRIVERS, MOSAIC, FRAME)  # of the two it can be made of
SAMPLE = 768  # cells along the longer side that statistics are made from
SIDES = ("of", "minus")


class Difference:
    """As gisapp.render.request.Raster asks for it. For any thread."""

    is_picture = False

    def __init__(self, path: Path, one: Raster, other: Raster) -> None:
        """Raises ReadError for rasters that have nothing in common."""
        self.path, self._one, self._other = path, one, other
        self.arrived: list[Callable[[Extent, str], None]] = []
        self.crs = one.crs
        if one.unit != other.unit and one.unit and other.unit:
            raise ReadError(
                tr("One layer is in {one}, the other in {other}").format(
                    one=one.unit, other=other.unit
                ),
                hint=tr("Only layers of the same unit can be compared."),
            )
        unit = one.unit or other.unit
        self.unit = "K" if unit in ("°C", "K", "") else unit
        self.extent = _common(one, other)
        self.size = _cells_in(one, self.extent)
        self._statistics: RasterStatistics | None = None
        for part in (one, other):
            told = getattr(part, "arrived", None)
            if isinstance(told, list):
                told.append(self._tell)

    @property
    def provenance(self) -> Provenance:
        """Of both. The accuracies add up as those of independent errors do."""
        one, other = provenance_of(_bare(self._one)), provenance_of(_bare(self._other))
        known = one.accuracy, other.accuracy
        accuracy = None
        if known[0] is not None and known[1] is not None:
            accuracy = math.hypot(known[0], known[1])
        return Provenance(
            _both(one.file, other.file, always=True),
            _both(one.decoder, other.decoder),
            accuracy,
            _both(one.parameters, other.parameters),
            _both(one.taken, other.taken, always=True),
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        parts = (getattr(part, "warnings", ()) for part in (self._one, self._other))
        return tuple(words for part in parts for words in part)

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]:
        one = self._one.values(grid, progress)
        progress.report(0.5)
        return np.subtract(one, self._other.values(grid, progress), dtype=np.float32)

    def colours(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.uint8]:
        return np.zeros((grid.size.height, grid.size.width, 4), np.uint8)  # it is no picture

    def value_at(self, point: Point, crs: str) -> float | None:
        one = self._one.value_at(point, crs)
        other = None if one is None else self._other.value_at(point, crs)
        return None if one is None or other is None else one - other

    def statistics(self, progress: Progress) -> RasterStatistics | None:
        """Of a sample spread over what both show."""
        if self._statistics is None:
            share = min(1.0, SAMPLE / max(self.size))
            size = Size(*(max(1, round(side * share)) for side in self.size))
            grid = PixelGrid.of(self.extent, size, self.crs)
            self._statistics = statistics_of(self.values(grid, progress))
        return self._statistics

    @property
    def needs_overview(self) -> bool:
        return any(getattr(part, "needs_overview", False) for part in (self._one, self._other))

    def find_overview(self, cache: Path) -> bool:
        found = [part.find_overview(cache) for part in self._parts_with_overviews()]
        return all(found)

    def build_overview(self, cache: Path, progress: Progress) -> None:
        for part in self._parts_with_overviews():
            if not part.find_overview(cache):
                part.build_overview(cache, progress)

    def _parts_with_overviews(self) -> list[Any]:
        return [part for part in (self._one, self._other) if hasattr(part, "build_overview")]

    def close(self) -> None:
        for part in (self._one, self._other):
            close = getattr(part, "close", None)
            if close is not None:
                close()

    def _tell(self, extent: Extent, crs: str) -> None:
        self._statistics = None
        for each in tuple(self.arrived):
            each(extent, crs)


def open_difference(path: Path, options: Mapping[str, str], progress: Progress) -> Difference:
    """Reader of the format `difference`. path: of the first raster. Options: `minus`, the path of
    the second one, absolute or from the folder of the first; `of_format` and `minus_format`;
    `of_gain`, `of_offset`, `minus_gain`, `minus_offset`; and with `of.` or `minus.` before their
    names, the options of the two readers. Raises ReadError."""
    second = options.get("minus", "")
    if not second:
        raise ReadError(
            tr("{file}: the second layer of the difference is not named").format(file=path.name),
            hint=tr("Make the difference of the two layers again."),
        )
    parts: list[Raster] = []
    try:
        for side, file in zip(SIDES, (path, path.parent / second), strict=True):
            own = {k.partition(".")[2]: v for k, v in options.items() if k.startswith(f"{side}.")}
            reader = _reader(options.get(f"{side}_format", "geotiff"))
            opened: Any = reader(file, own, progress)
            if opened.is_picture:
                opened.close()
                raise ReadError(
                    tr("{file} is a picture, not values").format(file=file.name),
                    hint=tr("Only layers of values can be compared."),
                )
            parts.append(_under(opened, side, options))
        return Difference(path, *parts)
    except GisError:
        for part in parts:
            getattr(part, "close", lambda: None)()
        raise


def difference_layer(one: Layer, other: Layer, folder: Path | None, name: str = "") -> Layer:
    """A layer that is `one` minus `other`, both of files. Raises ParameterError."""
    for layer in (one, other):
        if layer.source.format not in FORMATS or not isinstance(layer.style, ThermalStyle):
            raise ParameterError(
                tr("{layer} is no layer of values from a file").format(layer=layer.name),
                hint=tr("Only such layers can be compared."),
            )
    if one.id == other.id:
        raise ParameterError(
            tr("A layer cannot be compared with itself"), hint=tr("Choose another layer.")
        )
    source = _source_of(one, other, folder)
    name = name or tr("{one} − {other}").format(one=one.name, other=other.name)
    return Layer(name, source, ThermalStyle("blue_red", -5.0, 5.0), id=new_layer_id())


def _source_of(one: Layer, other: Layer, folder: Path | None) -> Source:
    base = folder or Path()
    first, second = base / one.source.path, base / other.source.path
    try:
        minus = Path(os.path.relpath(second, first.parent)).as_posix()
    except ValueError:  # on another drive
        minus = str(second)
    options = {"minus": minus}
    for side, layer in zip(SIDES, (one, other), strict=True):
        options[f"{side}_format"], options[f"{side}_layer"] = layer.source.format, str(layer.id)
        options |= {f"{side}.{key}": value for key, value in layer.source.options}
        options |= _correction_options(side, correction_of(layer))
    return Source(FORMAT, one.source.path, tuple(sorted(options.items())))


def followed(layer: Layer, layers: Iterable[Layer], folder: Path | None) -> Layer:
    """A difference as its two layers are now: corrections, and with the project's `folder` also
    their files and where frames lie. As it was when one of them is gone, or it is no difference."""
    parts = made_of(layer)
    if not parts:
        return layer
    known = {one.id: one for one in layers}
    one, other = (known.get(part) for part in parts)
    if one is None or other is None:
        return layer
    source = _source_of(one, other, folder)
    if folder is None:
        same = dict(layer.source.options)["minus"]
        options = tuple(sorted((dict(source.options) | {"minus": same}).items()))
        source = replace(source, path=layer.source.path, options=options)
    return layer if source == layer.source else replace(layer, source=source)


def made_of(layer: Layer) -> tuple[LayerId, ...]:
    """The layers a difference was made of."""
    options = dict(layer.source.options) if layer.source.format == FORMAT else {}
    return tuple(LayerId(options.get(f"{side}_layer", "")) for side in SIDES if options)


def _reader(name: str) -> Reader:
    if name == FRAME:
        return thermal_frame.open_source
    return mosaic.open_source if name == MOSAIC else raster.open_source


def _correction_options(side: str, correction: Correction) -> dict[str, str]:
    found = {}
    if correction.gain != 1.0:
        found[f"{side}_gain"] = repr(correction.gain)
    if correction.offset != 0.0:
        found[f"{side}_offset"] = repr(correction.offset)
    return found


def _under(opened: Any, side: str, options: Mapping[str, str]) -> Any:
    try:
        gain = float(options.get(f"{side}_gain", "1"))
        offset = float(options.get(f"{side}_offset", "0"))
    except ValueError:
        gain, offset = 1.0, 0.0
    if (gain, offset) == (1.0, 0.0) or not (gain > 0 and math.isfinite(offset)):
        return opened
    return CorrectedRaster(opened, Correction(gain, offset))


def _bare(part: Raster) -> Raster:
    return part.raster if isinstance(part, CorrectedRaster) else part


def _common(one: Raster, other: Raster) -> Extent:
    """What both cover, on whole cells of the first where they lie with north up."""
    second = transform_extent(other.extent, other.crs, one.crs)
    first = one.extent
    if not first.intersects(second):
        raise ReadError(
            tr("The two layers have no place in common"),
            hint=tr("Choose two layers of the same stretch of river."),
        )
    left, bottom = max(first.left, second.left), max(first.bottom, second.bottom)
    right, top = min(first.right, second.right), min(first.top, second.top)
    if getattr(one, "size", None) is None:
        return Extent(left, bottom, right, top)
    wide, tall = _cell_of(one)

    def whole(value: float, start: float, step: float, round_: Callable[[float], int]) -> float:
        return start + round_(round((value - start) / step, 6)) * step

    return Extent(
        whole(left, first.left, wide, math.floor),
        first.top - whole(first.top - bottom, 0.0, tall, math.ceil),
        whole(right, first.left, wide, math.ceil),
        first.top - whole(first.top - top, 0.0, tall, math.floor),
    )


def _cells_in(one: Raster, extent: Extent) -> Size:
    if getattr(one, "size", None) is None:
        return Size(1000, 1000)
    wide, tall = _cell_of(one)
    return Size(max(1, round(extent.width / wide)), max(1, round(extent.height / tall)))


def _cell_of(one: Raster) -> tuple[float, float]:
    """Width and height of a cell; of a frame, which lies turned, one of the same area."""
    cell = getattr(one, "cell", None)
    if cell is not None:
        return cell, cell
    size: Any = getattr(one, "size", None)
    return one.extent.width / size[0], one.extent.height / size[1]


def _both(one: str, other: str, *, always: bool = False) -> str:
    if one == other and not always:
        return one
    return f"{one} − {other}" if one or other else ""
