"""The zones of the Chinese national grid (CGCS2000, Gauss-Kruger) and their EPSG numbers.

A place has an easting of six digits (500 km added) or of eight, the zone's number in front. Zone
numbers 13 to 23 are 6 degrees wide, 25 to 45 are 3 degrees wide, so the number tells the width.
"""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.model.crs import title
from gisapp.model.text import tr

METRES_PER_ZONE = 1_000_000.0  # what one zone number is worth in an easting
FALSE_EASTING = 500_000.0
_SYSTEMS = (  # width in degrees, with number, first EPSG, first zone, last zone
    (3, True, 4513, 25, 45),
    (3, False, 4534, 25, 45),
    (6, True, 4491, 13, 23),
    (6, False, 4502, 13, 23),
)


@dataclass(frozen=True, slots=True)
class Zone:
    """`numbered`: eastings carry the zone's number in front."""

    number: int
    numbered: bool = False

    def __post_init__(self) -> None:
        if not (13 <= self.number <= 23 or 25 <= self.number <= 45):
            raise ValueError(f"there is no zone {self.number} in CGCS2000")

    @property
    def width(self) -> int:
        """Degrees."""
        return 6 if self.number <= 23 else 3

    @property
    def central_meridian(self) -> int:
        """Degrees east."""
        return self.number * 6 - 3 if self.width == 6 else self.number * 3

    @property
    def crs(self) -> str:
        for width, numbered, first, low, _ in _SYSTEMS:
            if (width, numbered) == (self.width, self.numbered):
                return f"EPSG:{first + self.number - low}"
        raise AssertionError

    @property
    def false_easting(self) -> float:
        return FALSE_EASTING + (self.number * METRES_PER_ZONE if self.numbered else 0.0)

    @property
    def west(self) -> float:
        """Degrees east, where the zone begins."""
        return self.central_meridian - self.width / 2

    @property
    def east(self) -> float:
        return self.central_meridian + self.width / 2

    @property
    def lesson(self) -> str:
        """For people: where the zone is, how its number is found, how to read an easting of it."""
        rule = (
            tr("zone number × 3 = central meridian")
            if self.width == 3
            else tr("zone number × 6 − 3 = central meridian")
        )
        where = tr(
            "Zone {number} of the {width}° zones, {west}°E to {east}°E; {rule} {meridian}°E."
        )
        if self.numbered:
            digits = tr(
                "Eastings have 8 digits: the zone number {number}, then 6 digits of metres. On the "
                "central meridian it is {easting} m; {other} is the same grid without the number."
            )
        else:
            digits = tr(
                "Eastings have 6 digits, without the zone number. On the central meridian it is "
                "{easting} m; {other} is the same grid with {number} in front."
            )
        words = {
            "number": self.number,
            "width": self.width,
            "west": f"{self.west:g}",
            "east": f"{self.east:g}",
            "meridian": self.central_meridian,
            "rule": rule,
            "easting": f"{self.false_easting:,.0f}".replace(",", " "),
            "other": self.with_number(not self.numbered).crs,
        }
        return where.format(**words) + " " + digits.format(**words)

    @property
    def explanation(self) -> str:
        """For people: what this system is and how its numbers look."""
        if self.numbered:
            text = tr(
                "{title}: zone {number}, {width} degrees wide around {meridian}°E; eastings have "
                "8 digits and begin with {number}"
            )
        else:
            text = tr(
                "{title}: {width} degrees wide around {meridian}°E; eastings have 6 digits, "
                "without the zone's number"
            )
        return text.format(
            title=title(self.crs),
            number=self.number,
            width=self.width,
            meridian=self.central_meridian,
        )

    def with_number(self, numbered: bool) -> Zone:
        return Zone(self.number, numbered)


def zone_of_crs(crs: str) -> Zone | None:
    """The zone an EPSG name stands for; None for any other system."""
    code = crs.removeprefix("EPSG:")
    if not code.isdecimal():
        return None
    for _, numbered, first, low, high in _SYSTEMS:
        number = int(code) - first + low
        if low <= number <= high:
            return Zone(number, numbered)
    return None


def zone_at(longitude: float, width: int = 3, numbered: bool = False) -> Zone | None:
    """The zone a longitude (degrees east) lies in; None outside of China's zones."""
    number = round(longitude / 3) if width == 3 else int(longitude // 6) + 1
    low, high = (25, 45) if width == 3 else (13, 23)
    return Zone(number, numbered) if low <= number <= high else None


def zone_of_easting(easting: float) -> Zone | None:
    """The zone whose number stands in front of an easting of eight digits; else None."""
    number = int(easting // METRES_PER_ZONE)
    if 13 <= number <= 23 or 25 <= number <= 45:
        return Zone(number, numbered=True)
    return None


def zone_for(west: float, east: float) -> tuple[Zone | None, str]:
    """The zone for places between two longitudes (degrees east), and why it; None outside of China.

    3 degrees while the places reach no more than half a degree beyond such a zone, else 6.
    """
    middle = (west + east) / 2
    here = tr("{west}°E to {east}°E").format(west=f"{west:.2f}", east=f"{east:.2f}")
    if east - west < 0.05:
        here = f"{middle:.2f}°E"
    zone = zone_at(middle)
    if zone is not None and west >= zone.west - 0.5 and east <= zone.east + 0.5:
        words = tr("The places lie at {here}, in zone {number} around {meridian}°E.")
        return zone, words.format(here=here, number=zone.number, meridian=zone.central_meridian)
    wide = zone_at(middle, 6)
    if wide is None:
        return zone, tr("The places lie at {here}, outside of China's zones.").format(here=here)
    if west >= wide.west - 1 and east <= wide.east + 1:
        words = tr(
            "The places lie at {here}, more than a 3° zone; the 6° zone {number} around "
            "{meridian}°E holds them."
        )
    else:
        words = tr(
            "The places lie at {here}, more than one zone holds; the 6° zone {number} around "
            "{meridian}°E is in the middle."
        )
    return wide, words.format(here=here, number=wide.number, meridian=wide.central_meridian)


def all_zones(width: int, numbered: bool) -> tuple[Zone, ...]:
    low, high = (25, 45) if width == 3 else (13, 23)
    return tuple(Zone(number, numbered) for number in range(low, high + 1))
