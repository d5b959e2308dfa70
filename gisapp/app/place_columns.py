"""Places of outfalls as columns of a table: decimal degrees, degrees and minutes, zone metres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gisapp.analysis.measure import plane_of
from gisapp.model.coordinates import format_angle
from gisapp.model.crs import CGCS2000, checked, is_geographic
from gisapp.model.crs import title as crs_title
from gisapp.model.features import FeatureSet
from gisapp.model.survey import standard
from gisapp.model.text import tr

Notation = Literal["decimal", "dms", "metres"]
NOTATIONS: tuple[Notation, ...] = ("decimal", "dms", "metres")
DECIMALS = 6  # of degrees in a table: a tenth of a metre


@dataclass(frozen=True, slots=True)
class Placing:
    """How places are written. An empty `crs`: CGCS2000, in metres the zone the outfalls lie in.

    `public`: rounded so that nobody can walk there.
    """

    notation: Notation = "decimal"
    crs: str = ""
    public: bool = False


@dataclass(frozen=True, eq=False)
class PlaceColumns:
    """Two columns: their headings, whether they are numbers of degrees or metres or text, and
    their values from row `first` to `last`."""

    headings: tuple[str, str]
    note: str
    kind: Literal["degrees", "metres", "text"]
    values: tuple[Callable[[int, int], Sequence[float | str | None]], ...]


def system_of(features: FeatureSet, placing: Placing) -> str:
    """The system places are written in. Raises CrsError for one that is none."""
    if placing.crs:
        return checked(placing.crs)
    if placing.notation != "metres":
        return CGCS2000
    extent = features.shapes_in(CGCS2000).extent
    return plane_of(CGCS2000, extent.center) if extent is not None else "EPSG:4544"


def rounded(coords: npt.NDArray[np.float64], crs: str) -> npt.NDArray[np.float64]:
    """Places of a copy for the public: the nearest of a coarse grid."""
    public = standard("outfall_ledger")["public"]
    if is_geographic(crs):
        return np.round(coords, public["decimals"])
    step = float(public["metres"])
    return np.round(coords / step) * step


def place_columns(
    features: FeatureSet, numbers: npt.NDArray[np.int64], placing: Placing
) -> PlaceColumns:
    """The two columns of the chosen rows; None where there is no place."""
    crs = system_of(features, placing)
    degrees = is_geographic(crs)
    coords = features.shapes_in(crs).coords[numbers]
    if placing.public:
        coords = rounded(coords, crs)
    dms = placing.notation == "dms" and degrees

    def along(axis: int) -> Callable[[int, int], Sequence[float | str | None]]:
        letters = ("EW", "NS")[axis]

        def values(first: int, last: int) -> Sequence[float | str | None]:
            some = coords[first:last, axis]
            if dms:
                decimals = 0 if placing.public else 2
                return [
                    format_angle(value, letters, decimals) if value == value else None
                    for value in some.tolist()
                ]
            exact = np.round(some, DECIMALS if degrees else 3)
            return [value if value == value else None for value in exact.tolist()]

        return values

    if dms:
        headings = (tr("Longitude"), tr("Latitude"))
        note = tr("Degrees, minutes, seconds, {crs}").format(crs=crs_title(crs))
    elif degrees:
        headings = (tr("Longitude (°)"), tr("Latitude (°)"))
        note = tr("Decimal degrees, {crs}").format(crs=crs_title(crs))
        if crs == CGCS2000:
            note = tr("Decimal degrees, CGCS2000 (EPSG:4490)")
    else:
        headings = (tr("X, east (m)"), tr("Y, north (m)"))
        note = tr("Metres, {crs}").format(crs=crs_title(crs))
    if placing.public:
        note = f"{note}. {tr('Rounded for the public')}"
    kind: Literal["degrees", "metres", "text"] = (
        "text" if dms else "degrees" if degrees else "metres"
    )
    return PlaceColumns(headings, note, kind, (along(0), along(1)))
