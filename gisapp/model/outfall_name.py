"""A name for an outfall, as names in real ledgers are made.

Pattern: admin chain + place + (bearing and distance, or a number) + class, such as
七河里东北340米其它排口. A proposal on a button; nobody has to take it.
"""

from __future__ import annotations

from collections.abc import Collection
from math import atan2, degrees, hypot

from gisapp.model.features import Row
from gisapp.model.survey import UNKNOWN_CLASS

CHAIN = ("province", "city", "county", "township", "village")
BEARINGS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
SUSPECTED = "疑似排口"
PLAIN = "排口"


def bearing_word(east_m: float, north_m: float) -> str:
    """The direction of an offset as one of eight words; empty for none."""
    if east_m == 0 and north_m == 0:
        return ""
    return BEARINGS[round(degrees(atan2(east_m, north_m)) / 45) % 8]


def rounded_metres(metres: float) -> int:
    """A distance as people would say it: whole metres, then tens, then hundreds."""
    step = 1 if metres < 10 else 10 if metres < 1000 else 100
    return round(metres / step) * step


def suggest_name(
    row: Row,
    *,
    place: str = "",
    offset_m: tuple[float, float] | None = None,
    taken: Collection[str] = (),
) -> str:
    """A name from what is known of an outfall.

    `place` (else the row's landmark) is what it is measured from, `offset_m` east and north of
    it in metres. Of names that are `taken` the next number is used. Empty when nothing is known.
    """
    chain = ""
    for name in CHAIN:
        part = str(row.get(name) or "").strip()
        if part and part not in chain:  # a municipality is province and city at once
            chain += part
    place = (place or str(row.get("landmark") or "")).strip()
    place = place.removeprefix(chain) if chain else place
    if not chain and not place:
        chain = str(row.get("river") or "").strip()
    if not chain and not place:
        return ""
    where = ""
    metres = hypot(*offset_m) if offset_m else 0.0
    if offset_m is not None and rounded_metres(metres) > 0:
        where = f"{bearing_word(*offset_m)}{rounded_metres(metres)}米"
    category = str(row.get("category") or "")
    ending = SUSPECTED if row.get("kind") == "suspected" else category
    if not ending or ending == UNKNOWN_CLASS:
        ending = PLAIN
    name = f"{chain}{place}{where}{ending}"
    if name not in taken:
        return name
    return next(
        made
        for number in range(2, len(taken) + 3)
        if (made := f"{chain}{place}{where}{number}#{ending}") not in taken
    )
