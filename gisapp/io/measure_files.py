"""Measures of temperatures as CSV, GeoJSON and KML, with everything that says where they are from.

The same measures give the same bytes. Places are longitude and latitude (CGCS2000).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gisapp.io.map_file import write_file
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.text import tr
from gisapp.model.thermal_measure import DIGITS, MeasureKind

SUFFIXES = (".csv", ".geojson", ".kml")


@dataclass(frozen=True)
class Written:
    """One measure: its name, its shape and its values by their names, in the order of columns."""

    label: str
    kind: MeasureKind
    places: tuple[Point, ...]
    values: Mapping[str, Any]


def write_measures(path: Path, measures: Sequence[Written], captions: Mapping[str, str]) -> None:
    """captions: words for the columns of a CSV. Raises ParameterError, WriteError; then nothing
    is written."""
    makers = {".csv": _csv, ".geojson": _geojson, ".kml": _kml}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise ParameterError(
            tr("{file}: measures are written as CSV, GeoJSON or KML").format(file=path.name),
            hint=tr("Give a name that ends in .csv, .geojson or .kml."),
        )
    write_file(path, make(measures, captions))


def _csv(measures: Sequence[Written], captions: Mapping[str, str]) -> bytes:
    """With a mark at its beginning, so that Excel reads Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    names = list(measures[0].values) if measures else list(captions)
    writer.writerow([captions.get(name, name) for name in names])
    for measure in measures:
        writer.writerow([_cell(measure.values[name]) for name in names])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is written as text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


def _geojson(measures: Sequence[Written], captions: Mapping[str, str]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": dict(measure.values),
            "geometry": {"type": _TYPES[measure.kind], "coordinates": _coordinates(measure)},
        }
        for measure in measures
    ]
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


_TYPES = {"spot": "Point", "line": "LineString", "box": "Polygon", "area": "Polygon"}


def _coordinates(measure: Written) -> Any:
    places = [[round(x, DIGITS), round(y, DIGITS)] for x, y in measure.places]
    if measure.kind == "spot":
        return places[0]
    return places if measure.kind == "line" else [[*places, places[0]]]


def _kml(measures: Sequence[Written], captions: Mapping[str, str]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
    ]
    for measure in measures:
        lines.append(f"<Placemark><name>{escape(measure.label)}</name><ExtendedData>")
        for name, value in measure.values.items():
            said = "" if value is None else escape(str(value))
            shown = escape(captions.get(name, name))
            lines.append(
                f"<Data name={quoteattr(name)}><displayName>{shown}</displayName>"
                f"<value>{said}</value></Data>"
            )
        lines.append(f"</ExtendedData>{_kml_shape(measure)}</Placemark>")
    lines.append("</Document></kml>\n")
    return "\n".join(lines).encode()


def _kml_shape(measure: Written) -> str:
    places = list(measure.places)
    if measure.kind in ("box", "area"):
        places.append(places[0])
    words = " ".join(f"{x:.{DIGITS}f},{y:.{DIGITS}f}" for x, y in places)
    inner = f"<coordinates>{words}</coordinates>"
    if measure.kind == "spot":
        return f"<Point>{inner}</Point>"
    if measure.kind == "line":
        return f"<LineString>{inner}</LineString>"
    ring = f"<LinearRing>{inner}</LinearRing>"
    return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
