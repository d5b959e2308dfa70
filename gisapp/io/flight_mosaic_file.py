"""Blocks of a mosaic as small files, and the cloud-optimised GeoTIFF that they become."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.map_file import refused
from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.model.errors import WriteError
from gisapp.model.progress import Progress
from gisapp.model.text import tr

Celsius = npt.NDArray[np.float32]
_EMPTY = ".empty"
_DEFLATE = {"compress": "DEFLATE", "predictor": 3}
_CACHE_MB = 128


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Where a block lies in the mosaic, in cells, and its file."""

    row: int
    column: int
    rows: int
    columns: int
    path: Path


def write_block(path: Path, values: Celsius) -> None:
    """One block, all of it or nothing; one without a value takes no room. Raises WriteError."""
    import rasterio
    from rasterio.errors import RasterioError

    half = path.with_name(f"{path.stem}.{os.getpid()}.{os.urandom(3).hex()}.part.tif")
    try:
        if not np.isfinite(values).any():
            path.with_suffix(_EMPTY).touch()
            return
        rows, columns = values.shape
        with rasterio.open(
            half,
            "w",
            driver="GTiff",
            height=rows,
            width=columns,
            count=1,
            dtype="float32",
            transform=rasterio.Affine(1, 0, 0, 0, -1, rows),
            zlevel=1,
            **_DEFLATE,
        ) as file:
            file.write(values, 1)
        os.replace(half, path)
    except (OSError, RasterioError) as error:
        raise _refused(path, error) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def is_block_done(path: Path) -> bool:
    return path.exists() or path.with_suffix(_EMPTY).exists()


def read_block(path: Path) -> Celsius | None:
    """None for a block without values."""
    import rasterio

    if not path.exists():
        return None
    with rasterio.open(path) as file:
        values: Celsius = file.read(1)
    return values


def mosaic_grid(path: Path) -> tuple[float, float, float, int, int] | None:
    """West and north edge, metres a cell, columns and rows of a mosaic; None when it is not there
    or was made by something else."""
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path) as file:
            at, tags = file.transform, file.tags()
            if "GISAPP_FRAMES" not in tags or at.b or at.d or abs(at.a + at.e) > 1e-9:
                return None
            return at.c, at.f, at.a, file.width, file.height
    except (OSError, RasterioError):
        return None


def keep_blocks(path: Path, blocks: Sequence[BlockPlace]) -> None:
    """Blocks of a mosaic as they are, as pieces of the next one. Raises WriteError."""
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), rasterio.open(path) as file:
            for block in blocks:
                if not is_block_done(block.path):
                    window = Window(block.column, block.row, block.columns, block.rows)
                    write_block(block.path, file.read(1, window=window))
    except RasterioError as error:
        raise _refused(path, error) from error


@dataclass(frozen=True, slots=True)
class MosaicLook:
    """`precision_c` 0: float32 as computed; else LERC with at most that error, much smaller."""

    crs: str
    west: float
    north: float
    cell: float
    columns: int
    rows: int
    precision_c: float = 0.0


def write_mosaic(
    path: Path,
    work: Path,
    look: MosaicLook,
    blocks: Sequence[BlockPlace],
    tags: Mapping[str, str],
    progress: Progress,
) -> None:
    """A cloud-optimised GeoTIFF of °C, NaN where nothing was seen, with overviews.

    Blocks are read one by one. The file comes to its name when it is whole. Raises WriteError,
    Cancelled between blocks.
    """
    import rasterio
    import rasterio.shutil
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    refuse_to_overwrite_project(path)
    plain, half = work / "plain.tif", path.with_name(f".{path.stem}.{os.getpid()}.part.tif")
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
            with rasterio.open(
                plain,
                "w",
                driver="GTiff",
                width=look.columns,
                height=look.rows,
                count=1,
                dtype="float32",
                nodata=np.nan,
                crs=look.crs,
                transform=rasterio.Affine(look.cell, 0, look.west, 0, -look.cell, look.north),
                tiled=True,
                blockxsize=512,
                blockysize=512,
                bigtiff="IF_SAFER",
                sparse_ok=True,
                zlevel=1,
                **_DEFLATE,
            ) as file:
                file.update_tags(**tags)
                file.units = ("degC",)
                file.descriptions = ("temperature",)
                for done, block in enumerate(blocks):
                    progress.report(0.6 * done / max(len(blocks), 1), tr("Writing the mosaic"))
                    values = read_block(block.path)
                    if values is not None:
                        window = Window(block.column, block.row, block.columns, block.rows)
                        file.write(values, 1, window=window)
            progress.report(0.6, tr("Writing the mosaic"))
            rasterio.shutil.copy(plain, half, driver="COG", **_layout(look))
        os.replace(half, path)
    except (OSError, RasterioError) as error:
        raise _refused(path, error) from error
    finally:
        for left in (plain, half, half.with_name(f"{half.name}.aux.xml")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
    progress.report(1.0)


def _layout(look: MosaicLook) -> dict[str, Any]:
    """Overviews are averages of what is there; NaN spreads into none of them."""
    small: dict[str, Any] = {"compress": "DEFLATE", "predictor": "FLOATING_POINT"}
    if look.precision_c > 0:
        small = {"compress": "LERC_DEFLATE", "max_z_error": look.precision_c}
    return {
        **small,
        "blocksize": 512,
        "overview_resampling": "AVERAGE",
        "bigtiff": "IF_SAFER",
        "num_threads": 2,
    }


def _refused(path: Path, error: Exception) -> WriteError:
    if isinstance(error, OSError) and error.errno is not None:
        return refused(path, error)
    return WriteError(
        tr("{file} could not be written").format(file=path),
        hint=tr("The disk may be full: {reason}").format(reason=error),
    )
