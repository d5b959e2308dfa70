"""What a flight has seen, and what it missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gisapp.analysis.flight_geometry import Floats

_SHARE = 0.25  # of the footprints' reach: holes and gaps wider than this are worth a flight


@dataclass(frozen=True)
class Coverage:
    """Areas in the plane system of the flight. `gaps` lie between what was covered."""

    covered: shapely.Geometry
    gaps: tuple[shapely.Geometry, ...]
    covered_m2: float
    gap_m2: float


def coverage(footprints: Sequence[Floats], *, closing_m: float | None = None) -> Coverage:
    """Union of the footprints (k x 2 rings), and the gaps between them.

    A gap is what is surrounded by footprints or lies in a strip between them narrower than
    `closing_m` (by default the mean width of a footprint): the union is grown and shrunk by half of
    that, and what this adds beyond slivers is a gap. Flying again over the gaps closes them.
    """
    rings = [shapely.Polygon(ring) for ring in footprints if len(ring) >= 3]
    areas = [ring if ring.is_valid else shapely.convex_hull(ring) for ring in rings]
    if not areas:
        return Coverage(shapely.Polygon(), (), 0.0, 0.0)
    covered = shapely.union_all(areas)
    width = float(np.median([np.sqrt(area.area) for area in areas]))
    reach = (width if closing_m is None else closing_m) / 2
    closed = covered.buffer(reach, join_style="mitre", mitre_limit=2).buffer(
        -reach, join_style="mitre", mitre_limit=2
    )
    missing = closed.difference(covered)
    # What is left after shrinking is wider than a sliver along two edges that nearly touch.
    slim = width * _SHARE / 10
    gaps = tuple(
        part
        for part in shapely.get_parts(missing)
        if part.geom_type == "Polygon" and not part.buffer(-slim).is_empty
    )
    return Coverage(covered, gaps, float(covered.area), float(sum(gap.area for gap in gaps)))
