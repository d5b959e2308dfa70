"""Places as people write them: degrees, minutes and seconds, decimal degrees, zone metres."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal

from gisapp.model.crs import CGCS2000, is_geographic, transform_point
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.text import tr
from gisapp.model.zones import METRES_PER_ZONE, zone_at, zone_of_crs, zone_of_easting

Notation = Literal["dms", "decimal", "metres"]

_SIGNS = {
    "°": "º˚度",
    "'": "分′’‘´",
    '"': "秒″”“",
    "-": "−–",
    ",": "、；;，",
    ":": "：=",
    " ": "（）()\t\n\r",
}
_PLAIN = str.maketrans({sign: plain for plain, signs in _SIGNS.items() for sign in signs})
_WORDS = (
    ("东经", "E"), ("西经", "W"), ("北纬", "N"), ("南纬", "S"),
    ("longitude", "E"), ("latitude", "N"), ("经度", "E"), ("纬度", "N"),
    ("lng", "E"), ("lon", "E"), ("lat", "N"),
)  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_ANGLE = re.compile(
    rf"""(?P<before>[NSEW])?\s*:?\s*(?P<sign>[-+])?\s*
    (?P<degrees>{_NUMBER})
    (?:\s*°\s*(?:(?P<minutes>{_NUMBER})\s*'(?!')\s*(?:(?P<seconds>{_NUMBER})\s*(?:"|''))?)?)?
    (?(before)|(?:\s*(?P<after>[NSEW])(?![A-Z])(?!\s*:))?)""",
    re.VERBOSE,
)
_SPACED = re.compile(rf"(\d{{1,3}})\s+(\d{{1,2}})\s+({_NUMBER})\s*(?=[NSEW])")


def parse_angle(text: str) -> tuple[float, str] | None:
    """Decimal degrees and the letter N, S, E or W (empty: none given); None if it is no angle.

    Understands 113°21′08.4″E, 113度21分8.4秒, 东经113.35, -3.5, full-width digits. South and
    west come out negative.
    """
    found = _angles(_plain(text))
    return found[0] if found is not None and len(found) == 1 else None


def parse_place(text: str, crs: str) -> Point:
    """The place a pasted text means, in `crs`.

    Degrees may come in both orders; without letters the larger than 90 is the longitude, else
    longitude comes first. Degrees are taken as CGCS2000 (WGS 84 is the same to decimetres).
    Metres are taken in `crs`, or in the zone whose number stands in front of the easting.
    Raises ParameterError.
    """
    found = _angles(_plain(text))
    if found is None or len(found) != 2:
        raise _not_understood(text)
    (first, letter), (second, other) = found
    if max(abs(first), abs(second)) > 180:
        return _metres(text, first, second, letter or other, crs)
    eastward = "EW"
    if letter or other:
        first_is_east = letter in eastward if letter else other not in eastward
        if letter and other and (letter in eastward) == (other in eastward):
            raise _not_understood(text)
    else:
        first_is_east = abs(second) <= 90
    longitude, latitude = (first, second) if first_is_east else (second, first)
    if abs(latitude) > 90:
        raise _not_understood(text)
    return _placed(Point(longitude, latitude), CGCS2000, crs, text)


def format_place(point: Point, crs: str, notation: Notation = "dms") -> str:
    """A place of `crs` in words; longitude or easting first.

    metres: in `crs` itself when it is in metres, else in the CGCS2000 3-degree zone there.
    """
    if notation == "metres":
        return _in_metres(point, crs)
    degrees = transform_point(point, crs, CGCS2000)
    if not all(map(math.isfinite, degrees)):
        return "–"
    if notation == "decimal":
        return f"{degrees.x:.6f}°, {degrees.y:.6f}°"
    return f"{format_angle(degrees.x, 'EW')} {format_angle(degrees.y, 'NS')}"


def format_angle(degrees: float, letters: str, decimals: int = 1) -> str:
    """`113°21′08.4″E`; letters: for positive and for negative angles."""
    scale = 10**decimals
    units = round(abs(degrees) * 3600 * scale)  # whole units of the last digit: 60 never shows
    seconds, whole = units % (60 * scale), units // (60 * scale)
    letter = letters[1] if degrees < 0 and units else letters[0]
    width = 3 + decimals if decimals else 2
    return f"{whole // 60}°{whole % 60:02d}′{seconds / scale:0{width}.{decimals}f}″{letter}"


def _in_metres(point: Point, crs: str) -> str:
    if not is_geographic(crs):
        return f"{point.x:.2f}, {point.y:.2f}"
    zone = zone_at(point.x)
    if zone is None:
        return format_place(point, crs, "decimal")
    x, y = transform_point(point, crs, zone.crs)
    return f"{x:.2f}, {y:.2f} ({zone.central_meridian}°E)"


def _metres(text: str, first: float, second: float, letter: str, crs: str) -> Point:
    """Easting and northing. On Chinese sheets X is the northing and comes first."""
    zone = zone_of_easting(first) or zone_of_easting(second)
    if zone is not None:
        swapped = zone_of_easting(first) is None
    elif letter:
        swapped = letter in "NS"
    else:  # in China an easting has six digits and a northing seven
        swapped = first >= METRES_PER_ZONE > second >= 100_000
    easting, northing = (second, first) if swapped else (first, second)
    if zone is not None:
        return _placed(Point(easting, northing), zone.crs, crs, text)
    if is_geographic(crs):
        raise ParameterError(
            tr("{text}: metres without a zone").format(text=text.strip()[:60]),
            hint=tr("Write the zone's number in front of the easting, such as 38 for 114°E."),
        )
    of_map = zone_of_crs(crs)
    if of_map is not None and of_map.numbered:
        easting += of_map.number * METRES_PER_ZONE
    return Point(easting, northing)


def _placed(point: Point, source: str, crs: str, text: str) -> Point:
    place = transform_point(point, source, crs)
    if not all(map(math.isfinite, place)):
        raise ParameterError(
            tr("{text} is outside of what the map can show").format(text=text.strip()[:60])
        )
    return place


def _plain(text: str) -> str:
    """Half-width, upper case, one sign for each meaning."""
    for word, letter in _WORDS:
        text = re.sub(word, letter, text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)
    text = re.sub(r"\b[XY]\s*:", " ", text.upper())  # which is which, their size tells
    return _SPACED.sub(r"""\1°\2'\3" """, text).strip()


def _angles(text: str) -> list[tuple[float, str]] | None:
    """All angles or numbers in the text; None when there is anything else in it."""
    found, at = [], 0
    text = text.strip(" ,")
    while at < len(text):
        match = _ANGLE.match(text, at)
        if match is None or match.end() == at:
            return None
        angle = _angle(match)
        if angle is None:
            return None
        found.append(angle)
        rest = text[match.end() :]
        gap = len(rest) - len(rest.lstrip(" ,/"))
        if rest and not gap and not (match["after"] or rest[0] in "NSEW"):
            return None
        at = match.end() + gap
    return found


def _angle(match: re.Match[str]) -> tuple[float, str] | None:
    letter = match["before"] or match["after"] or ""
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    if minutes >= 60 or seconds > 60:
        return None
    value = float(match["degrees"]) + minutes / 60 + seconds / 3600
    negative = (match["sign"] == "-") != (letter in ("S", "W"))
    return (-value if negative else value), letter


def _not_understood(text: str) -> ParameterError:
    return ParameterError(
        tr("{text} is not a place").format(text=text.strip()[:60] or "…"),
        hint=tr("Write 113°21′08.4″E 23°06′41.2″N, 113.3523 23.1114, or easting and northing."),
    )
