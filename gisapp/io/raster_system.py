"""The reference system of a raster file by name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from gisapp.io.gathered import crs_name

SURE = 100  # percent


def system_of(source: Any) -> str:
    """As `crs_name` of its WKT: `EPSG:4547` where it is known by number, else WKT; empty for none.

    The library that has the file open knows most systems itself: pyproj, whose answer is the same
    then, takes a tenth of a second to be there.
    """
    if not source.crs:
        return ""
    wkt = source.crs.to_wkt()
    code = None
    with suppress(ValueError):  # what it cannot make sense of
        code = source.crs.to_epsg(confidence_threshold=SURE)
    if code is not None and wkt.endswith(f'AUTHORITY["EPSG","{code}"]]'):
        return f"EPSG:{code}"
    return crs_name(wkt)
