"""Writing the files, always the same way: fixed dates, fixed order, fixed creation options."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from affine import Affine
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster

CRS = "EPSG:4547"
FILE_DATE = "2025-12-31T00:00:00.000Z"


def write_layer(path: Path, layer: str, columns: dict[str, object], geometry: list) -> None:
    """One GeoPackage with one layer; dates in the file do not depend on the clock."""
    frame = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=geometry, crs=CRS)
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FILE_DATE})
    try:
        frame.to_file(
            path,
            layer=layer,
            driver="GPKG",
            engine="pyogrio",
            layer_options={"GEOMETRY_NAME": "geom", "FID": "fid"},
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_cog(
    path: Path,
    values: np.ndarray,
    west: float,
    north: float,
    cell: float,
    tags: dict[str, str],
    nodata: float,
) -> None:
    """Cloud-optimised GeoTIFF, float32, deflate with the floating-point predictor."""
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "crs": CRS,
        "nodata": nodata,
        "height": values.shape[0],
        "width": values.shape[1],
        "transform": Affine(cell, 0.0, west, 0.0, -cell, north),
    }
    path.unlink(missing_ok=True)
    with MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(np.where(np.isnan(values), nodata, values).astype(np.float32), 1)
            raster.update_tags(**tags)
            raster.set_band_description(1, tags.get("QUANTITY", "value"))
        with memory.open() as raster, rasterio.Env():
            copy_raster(
                raster,
                path,
                driver="COG",
                compress="DEFLATE",
                level="9",
                predictor="3",
                blocksize="512",
                overview_resampling="AVERAGE",
                num_threads="1",
            )
