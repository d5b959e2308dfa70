"""A candidate as it is written and shown, and the words of its reason codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from gisapp.api import Features, Field, point_shapes, tr

from .detection import Spot
from .plume import Plume

VERSION = "1.1.0"  # of the search: results of another are not taken over


@dataclass(frozen=True, eq=False)
class Candidate:
    """x, y: the source, in the system of the result. Contrast negative where it is cooler."""

    id: str
    kind: str  # warm, cold
    status: str  # candidate, rejected
    x: float
    y: float
    delta_t_c: float
    area_m2: float
    sigma_m2c: float
    z: float
    length_m: float
    bearing: float
    bank: str
    towards: str
    reasons: tuple[str, ...]
    mosaic: str
    frames: int  # that saw it; 0 in a mosaic
    cutout: str
    parameters: str  # JSON
    outline: Any = field(repr=False)
    profile: tuple[tuple[float, float], ...] = field(repr=False, default=())

    def row(self) -> dict[str, Any]:
        """For JSON."""
        found = {k: v for k, v in _plain(self).items() if k not in ("outline", "parameters")}
        return {**found, "outline": shapely.to_wkt(self.outline, rounding_precision=3)}


def _plain(candidate: Candidate) -> dict[str, Any]:
    names = Candidate.__dataclass_fields__
    values = {name: getattr(candidate, name) for name in names}
    return {
        k: round(v, 4) if isinstance(v, float) else list(v) if isinstance(v, tuple) else v
        for k, v in values.items()
    }


def candidate_from(row: dict[str, Any], parameters: str) -> Candidate:
    """As `Candidate.row` wrote it."""
    return Candidate(
        **{
            **row,
            "parameters": parameters,
            "reasons": tuple(row["reasons"]),
            "profile": tuple((float(a), float(b)) for a, b in row["profile"]),
            "outline": shapely.from_wkt(row["outline"]),
        }
    )


def candidate_of(
    number: int, spot: Spot, plume: Plume, stem: str, mosaic: str, parameters: str
) -> Candidate:
    name = f"{stem}-{number:03d}"
    return Candidate(
        id=name,
        kind="warm" if spot.sign > 0 else "cold",
        status="rejected" if spot.evidence.reasons else "candidate",
        x=plume.x,
        y=plume.y,
        delta_t_c=spot.contrast_c,
        area_m2=plume.area_m2,
        sigma_m2c=plume.sigma_m2c,
        z=spot.evidence.z,
        length_m=plume.length_m,
        bearing=plume.bearing,
        bank=plume.bank,
        towards=plume.towards,
        reasons=spot.evidence.reasons,
        mosaic=mosaic,
        frames=0,
        cutout=f"cutouts/{name}.png",
        parameters=parameters,
        outline=plume.outline,
        profile=plume.profile,
    )


def reason_titles() -> dict[str, str]:
    """The words of each reason code."""
    return {
        "hard_edge": tr("hard edged: boat, rock or debris?"),
        "small": tr("too small: rock or debris?"),
        "thin": tr("too thin: an edge, not a plume?"),
        "flat": tr("no peak: shadow or a step between frames?"),
        "shadow": tr("long cool band with an even edge: shadow of the bank?"),
        "step": tr("ends abruptly: a step between frames?"),
        "bank_line": tr("only beside the bank line: is the line off?"),
        "one_frame": tr("seen in one frame only, though others looked there"),
        "few_frames": tr("seen in few of the frames that looked there"),
        "unconfirmed": tr("only one frame saw this place"),
    }


TEXTS = ("id", "kind", "status", "bank", "towards", "mosaic", "cutout", "parameters")
NUMBERS = (("delta_t_c", "°C"), ("area_m2", "m²"), ("sigma_m2c", "m²·°C"), ("z", ""),
           ("length_m", "m"), ("bearing", "°"))  # fmt: skip


def fields() -> tuple[Field, ...]:
    return (
        *(Field(name) for name in TEXTS[:3]),
        *(Field(name, "real", unit=unit) for name, unit in NUMBERS),
        *(Field(name) for name in ("bank", "towards", "reasons", "mosaic")),
        Field("frames", "integer"),
        *(Field(name) for name in ("cutout", "parameters")),
    )


def columns_of(found: Sequence[Candidate]) -> dict[str, Any]:
    """One array a field, in the order of `fields`."""
    out: dict[str, Any] = {}
    for one in fields():
        values = [getattr(c, one.name) for c in found]
        if one.kind == "real":
            out[one.name] = np.array([round(float(v), 4) for v in values], np.float64)
        elif one.kind == "integer":
            out[one.name] = np.array(values, np.int64)
        else:
            texts = [",".join(v) if isinstance(v, tuple) else str(v) for v in values]
            out[one.name] = np.array(texts, object)
    return out


def features_of_candidates(found: Sequence[Candidate], crs: str) -> Features:
    """The sources as points; bearings from the grid's north."""
    places = np.array([(c.x, c.y) for c in found], np.float64).reshape(-1, 2)
    ids = np.array([c.id for c in found], object)
    return Features(crs, fields(), ids, columns_of(found), point_shapes(places))


def distance(one: Candidate, other: Candidate) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)
