"""Is this layer shifted? Its places against places that are known, in numbers."""

from __future__ import annotations

import numpy as np
import shapely

from gisapp.model.crs import Coordinates, transform
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.progress import Progress
from gisapp.model.shifted import ShiftFinding, Verdict, find_shift, verdict_of, ways_back
from gisapp.model.text import tr

WGS84 = "EPSG:4326"
SAMPLE = 2000  # places of the layer that are looked at
MOST_PARTS = 200_000  # lines of the other layer
NEAR = 0.05  # degrees around the layer in which the other one is looked at


def compare_places(shown: Coordinates, known: Coordinates, crs: str) -> ShiftFinding:
    """Pairs of places, n x 2 each in `crs`: where the layer shows something, and where it is."""
    return find_shift(transform(shown, crs, WGS84), transform(known, crs, WGS84))


def compare_layers(layer: FeatureSet, known: FeatureSet, progress: Progress) -> ShiftFinding:
    """How near the layer comes to another one whose places are right (rivers, stations), for each
    explanation. Raises ParameterError when the two do not meet."""
    progress.report(0.0)
    places = _sample(layer.shapes_in(WGS84))
    if not len(places):
        raise ParameterError(tr("The layer has no places"), hint=tr("Choose another layer."))
    middle = places.mean(axis=0)
    scale = np.array([111_320.0 * np.cos(np.radians(middle[1])), 110_950.0])
    box = (*(places.min(axis=0) - NEAR), *(places.max(axis=0) + NEAR))
    there = _geometries(known.shapes_in(WGS84), box, scale)
    if not len(there):
        raise ParameterError(
            tr("The two layers do not meet"),
            hint=tr("Choose a layer that lies in the same place."),
        )
    tree = shapely.STRtree(there)
    left: list[tuple[Verdict, float]] = []
    back = ways_back(places)
    for done, (name, found) in enumerate(back.items()):
        progress.report((done + 1) / (len(back) + 1))
        points = shapely.points(found * scale)
        nearest = tree.nearest(points)
        left.append((name, float(np.median(shapely.distance(points, there[nearest])))))
    verdict = verdict_of(tuple(left))
    moved = np.median((places - back["none" if verdict == "unknown" else verdict]) * scale, axis=0)
    return ShiftFinding(float(moved[0]), float(moved[1]), tuple(left), verdict, len(places))


def _sample(shapes: Shapes) -> Coordinates:
    known = shapes.coords[np.isfinite(shapes.coords).all(axis=1)]
    return known[:: max(1, len(known) // SAMPLE)]


def _geometries(shapes: Shapes, box: tuple[float, ...], scale: Coordinates) -> Coordinates:
    """Points or lines near a box, in metres around it."""
    if shapes.kind == "point":
        coords = shapes.coords[np.isfinite(shapes.coords).all(axis=1)]
        inside = (coords >= box[:2]).all(axis=1) & (coords <= box[2:]).all(axis=1)
        return np.asarray(shapely.points(coords[inside] * scale))
    counts = np.diff(shapes.starts)
    owner = np.repeat(np.arange(len(counts)), counts)
    boxes = shapes.boxes
    near = (boxes[:, 0] <= box[2]) & (boxes[:, 2] >= box[0])
    near &= (boxes[:, 1] <= box[3]) & (boxes[:, 3] >= box[1]) & (counts > 1)
    chosen = np.flatnonzero(near)[:MOST_PARTS]
    keep = np.isin(owner, chosen) & np.isfinite(shapes.coords).all(axis=1)
    number = np.searchsorted(chosen, owner[keep])
    enough = np.bincount(number, minlength=len(chosen)) > 1
    keep_two = enough[number]
    renumbered = np.cumsum(enough)[number[keep_two]] - 1
    return np.asarray(
        shapely.linestrings(shapes.coords[keep][keep_two] * scale, indices=renumbered)
    )


def verdict_words(found: ShiftFinding) -> str:
    """One sentence with the numbers."""
    east, north = abs(found.east), abs(found.north)
    where = tr("{east} m {east_word}, {north} m {north_word}").format(
        east=f"{east:.0f}",
        east_word=tr("east") if found.east >= 0 else tr("west"),
        north=f"{north:.0f}",
        north_word=tr("north") if found.north >= 0 else tr("south"),
    )
    words: dict[Verdict, str] = {
        "none": tr("The layer is in place ({left} m are left over)."),
        "gcj02": tr("The layer is in GCJ-02: it lies {where} of where it belongs."),
        "bd09": tr("The layer is in BD-09: it lies {where} of where it belongs."),
        "gcj02_back": tr("GCJ-02 was taken off the layer though it was not in it: {where}."),
        "unknown": tr("No known shift explains it: the best leaves {left} m over."),
    }
    best = min(value for _, value in found.left)
    return words[found.verdict].format(where=where, left=f"{best:.1f}")


def numbers_words(found: ShiftFinding) -> str:
    """What each explanation leaves over."""
    names: dict[Verdict, str] = {
        "none": tr("not shifted"),
        "gcj02": "GCJ-02",
        "bd09": "BD-09",
        "gcj02_back": tr("GCJ-02 taken off twice"),
    }
    parts = [f"{names[name]}: {value:.1f} m" for name, value in found.left]
    return tr("Left over (median of {n} places):").format(n=found.pairs) + "\n" + "\n".join(parts)
