"""Heights of the ground below a flight, read once from an elevation model."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gisapp.io.safe_path import existing_file
from gisapp.model.bilinear import bilinear
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

Floats = npt.NDArray[np.float64]
_MOST_CELLS = 25_000_000
_AROUND = 0.5  # of the extent on each side: oblique views look beyond the track


class ElevationModel:
    """Bilinear heights at places of another system; NaN outside and where the model has none."""

    def __init__(
        self, values: npt.NDArray[np.float32], to_cell: Floats, crs: str, own: str
    ) -> None:
        """`to_cell` 2 x 3: (x, y, 1) of the model's system `own` -> column and row."""
        from pyproj import Transformer

        self._values, self._to_cell = values, to_cell
        self._transformer = None
        if crs != own:
            self._transformer = Transformer.from_crs(crs, own, always_xy=True)

    def __call__(self, x: Floats, y: Floats) -> Floats:
        if self._transformer is not None:
            x, y = self._transformer.transform(x, y)
        column, row = (k[0] * np.asarray(x) + k[1] * np.asarray(y) + k[2] for k in self._to_cell)
        return bilinear(self._values, column, row)


@lru_cache(maxsize=2)
def open_heights(path: Path, crs: str, extent: tuple[float, float, float, float]) -> ElevationModel:
    """The part of an elevation model around an extent (west, south, east, north) of a system.

    Raises ReadError when it is no raster, has no reference system, or lies elsewhere.
    """
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.warp import transform_bounds
    from rasterio.windows import Window, from_bounds

    found = existing_file(path)
    west, south, east, north = extent
    side = max(east - west, north - south, 200.0) * _AROUND
    wanted = west - side, south - side, east + side, north + side
    try:
        with rasterio.open(found) as file:
            if file.crs is None:
                raise ReadError(
                    tr("{file} has no coordinate system").format(file=found.name),
                    hint=tr("Save it with its coordinate system, then choose it again."),
                )
            bounds = transform_bounds(crs, file.crs, *wanted)
            whole = Window(0, 0, file.width, file.height)
            part = from_bounds(*bounds, transform=file.transform).round_offsets().round_lengths()
            part = Window(part.col_off - 1, part.row_off - 1, part.width + 3, part.height + 3)
            try:
                part = part.intersection(whole)
            except RasterioError as error:
                raise ReadError(
                    tr("{file} does not lie where the flight was").format(file=found.name),
                    hint=tr("Choose an elevation model of that place, or go on with flat ground."),
                ) from error
            share = max(1.0, float(np.sqrt(part.width * part.height / _MOST_CELLS)))
            shape = max(1, round(part.height / share)), max(1, round(part.width / share))
            values = file.read(1, window=part, out_shape=shape, masked=True, out_dtype="float32")
            cell = rasterio.Affine.scale(shape[1] / part.width, shape[0] / part.height) * (
                ~file.window_transform(part)
            )
            own = file.crs.to_wkt()
    except (OSError, RasterioError) as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=found.name, reason=error),
            hint=tr("Choose a GeoTIFF of heights in metres."),
        ) from error
    to_cell = np.array([[cell.a, cell.b, cell.c], [cell.d, cell.e, cell.f]])
    return ElevationModel(np.ma.filled(values, np.nan), to_cell, crs, own)
