"""The names of systems in the user's language: EPSG writes them in English only."""

from __future__ import annotations

import re

from gisapp.model.text import language, tr

_GAUSS_KRUGER = re.compile(
    r"(?P<datum>CGCS2000|Xian 1980|Beijing 1954|New Beijing) / (?P<narrow>3-degree )?"
    r"Gauss-Kruger (?:CM (?P<meridian>\d+)E|zone (?P<zone>\d+))"
)


def spoken_name(name: str) -> str:
    """`CGCS2000 / 3-degree Gauss-Kruger CM 114E` as surveyors of the language say it.

    English, and systems known under their English name only, stay as they are.
    """
    if language() == "en":
        return name
    if name == "China Geodetic Coordinate System 2000":
        return tr("CGCS2000, longitude and latitude")
    if name == "WGS 84 / Pseudo-Mercator":
        return tr("WGS 84, web map")
    if name == "WGS 84":
        return tr("WGS 84, longitude and latitude")
    found = _GAUSS_KRUGER.fullmatch(name)
    if found is None:
        return name
    datums = {
        "CGCS2000": "CGCS2000",
        "Xian 1980": tr("Xian 1980"),
        "Beijing 1954": tr("Beijing 1954"),
        "New Beijing": tr("New Beijing"),
    }
    datum, width = datums[found["datum"]], 3 if found["narrow"] else 6
    if found["zone"]:
        number = int(found["zone"])
        meridian = number * 3 if width == 3 else number * 6 - 3
        words = tr("{datum} {width}°, {meridian}°E, with zone number {number}")
        return words.format(datum=datum, width=width, meridian=meridian, number=number)
    words = tr("{datum} {width}°, {meridian}°E")
    return words.format(datum=datum, width=width, meridian=found["meridian"])
