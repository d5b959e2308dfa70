"""What a GeoTIFF says of where its temperatures come from: decoder, parameters, accuracy, time.

Tags: GISAPP_DECODER, GISAPP_PARAMETERS (JSON), GISAPP_ACCURACY_C, GISAPP_TAKEN (ISO 8601); without
the last one the time of TIFF itself.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

from gisapp.io.safe_path import existing_file, format_of
from gisapp.model.errors import GisError
from gisapp.model.thermal_measure import NOTHING_KNOWN, Provenance

LONGEST = 4000  # characters of a text in a tag


def read_decoding(path: Path) -> Provenance:
    """Of a file; of a folder of files, of the first one by name. What cannot be read says
    nothing: the values themselves have readers that complain."""
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in (".tif", ".tiff"))
        found = read_decoding(files[0]) if files else NOTHING_KNOWN
        return Provenance(path.name, found.decoder, found.accuracy, found.parameters, found.taken)
    tags = _tags(path)
    taken = tags.get("GISAPP_TAKEN", "") or _iso(tags.get("TIFFTAG_DATETIME", ""))
    parameters = tags.get("GISAPP_PARAMETERS", "")[:LONGEST]
    return Provenance(
        path.name,
        tags.get("GISAPP_DECODER", "")[:LONGEST],
        _accuracy(tags, parameters),
        parameters,
        taken[:40],
    )


def _tags(path: Path) -> dict[str, str]:
    import rasterio

    try:
        file = existing_file(path)
        if format_of(file) != "geotiff":
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file without a place
            with rasterio.open(file, driver="GTiff") as source:
                return {str(key): str(value) for key, value in source.tags().items()}
    except (GisError, OSError, rasterio.errors.RasterioError):
        return {}


def _accuracy(tags: dict[str, str], parameters: str) -> float | None:
    """In °C; what is no number is as good as nothing."""
    said: object = tags.get("GISAPP_ACCURACY_C")
    if said is None:
        try:
            known = json.loads(parameters)
        except ValueError:
            return None
        said = known.get("accuracy_c") if isinstance(known, dict) else None
    try:
        value = float(str(said))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _iso(text: str) -> str:
    """`2025:01:17 20:41:07`, as TIFF writes it."""
    day, _, time = text.strip().partition(" ")
    parts = day.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return ""
    return "-".join(parts) + (f"T{time}" if time else "")
