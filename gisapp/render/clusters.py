"""One symbol with a number where points lie on each other.

The map is cut into square cells of one size on the screen, fixed to its coordinates: the same
scale gives the same clusters wherever the view or a tile of it begins. In a cell where symbols
overlap all of them become a cluster; it lies within its cell, so that clusters never overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Extent, Pixel
from gisapp.model.style import PointStyle
from gisapp.model.text import language
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.columns import Numbers, codes
from gisapp.render.label_features import detail_of
from gisapp.render.parts import in_view

CELL = 52.0  # px of the style, the side of a cell
SMALLEST, LARGEST = 21.0, 46.0  # px, across a cluster
MANY = 8  # more points than this in one cell are always a cluster
FINE = 1 << 20  # parts of a cell in which the middle of a cluster is reckoned
RING = 0.17  # width of the ring of colours, for a cluster of size 1
PAPER, INK = "#ffffffee", "#1b2733"
STEPS = 40  # corners of a circle


@dataclass(frozen=True, eq=False)
class Clusters:
    """Of the points in and near a view: those that stand alone, and the clusters.

    Rows are numbers of features, places map coordinates. `members` holds the rows of all
    clusters one behind the other, those of cluster c from `starts[c]` to `starts[c + 1]`;
    `shares[c]` how many of them have each category, and in the last column none.
    """

    rows: Numbers
    at: Coordinates
    members: Numbers
    starts: Numbers
    centers: Coordinates
    sizes: npt.NDArray[np.float64]  # px of the style, across
    shares: Numbers

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def counts(self) -> Numbers:
        return np.diff(self.starts)

    def rows_of(self, cluster: int) -> Numbers:
        return np.sort(self.members[self.starts[cluster] : self.starts[cluster + 1]])


def clusters_in(data: Any, style: PointStyle, camera: Camera) -> Clusters:
    """All clusters that touch the view, whole, and the single points in their cells."""
    cell = CELL * camera.pixel_ratio * camera.resolution
    room = style.size * camera.pixel_ratio * camera.resolution  # a symbol reaches out of its cell
    rows, at = _points(data, camera, cell, room)
    corner, spot = _corners(at, cell)
    order = np.argsort(spot)
    rows, at, corner, spot = rows[order], at[order], corner[order], spot[order]
    firsts = np.flatnonzero(np.diff(spot, prepend=spot[:1] - 1))
    counts = np.diff(np.append(firsts, len(spot)))
    number = np.repeat(np.arange(len(firsts)), counts)
    crowded = counts > MANY
    crowded[number[_touching(at, number, counts, style.size / CELL * cell)]] = True
    inside = crowded[number]
    counts = counts[crowded]
    members = rows[inside]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    sizes = np.minimum(LARGEST, SMALLEST - 1.7 + 5.6 * np.log10(np.maximum(counts, 2)))
    centers = np.empty((len(counts), 2))
    if len(counts):  # whole numbers: the sum does not depend on the order of the points
        fine = np.round((at[inside] / cell - corner[inside]) * FINE).astype(np.int64)
        middle = np.add.reduceat(fine, starts[:-1], axis=0) / counts[:, None] / FINE
        reach = (sizes / 2 / CELL)[:, None]
        centers = (corner[inside][starts[:-1]] + np.clip(middle, reach, 1 - reach)) * cell
    columns = len(style.categories) + 1
    state = codes(data, style.by, [c.value for c in style.categories], members)
    state = np.where(state < 0, columns - 1, state)
    owner = np.repeat(np.arange(len(counts)), counts)
    shares = np.bincount(owner * columns + state, minlength=len(counts) * columns)
    shares = shares.reshape(-1, columns).astype(np.int64)
    rows, at = rows[~inside], at[~inside]
    order = np.argsort(rows, kind="stable")
    return Clusters(rows[order], at[order], members, starts, centers, sizes, shares)


def _points(data: Any, camera: Camera, cell: float, room: float) -> tuple[Numbers, Coordinates]:
    """Every point of the cells that touch the view grown by some room (map units)."""
    view = camera.extent.grown(room)
    low = np.floor(np.array(view[:2]) / cell) * cell
    high = np.ceil(np.array(view[2:]) / cell) * cell
    whole = Extent(*low.tolist(), *high.tolist())
    detail = detail_of(data, camera.crs)
    if detail is None:
        shapes = data.shapes_in(camera.crs)
        parts = in_view(shapes, camera, 2 * cell / camera.resolution)
        rows, at = shapes.owner[parts], shapes.coords[parts]
    else:
        places, beside = detail.places_in(whole), detail.beside_in(whole)
        rows = detail.arrays["order"][places].astype(np.int64)
        at = detail.arrays["boxes"][places, :2]
        rows, at = rows[rows >= 0], at[rows >= 0]
        if len(beside):
            numbers = np.searchsorted(detail.arrays["beside"], beside)
            rows = np.concatenate([rows, beside])
            at = np.concatenate([at, detail.arrays["beside_boxes"][numbers, :2]])
    inside = ((at >= low) & (at < high)).all(axis=1)
    return rows[inside], np.ascontiguousarray(at[inside])


def _corners(at: Coordinates, side: float) -> tuple[Coordinates, Numbers]:
    """The lower left corner of the cell in which each place lies, in cells, and its number."""
    corner = np.floor(at / side)
    columns, lines = corner.astype(np.int64).T
    return corner, (columns << 32) ^ (lines & 0xFFFFFFFF)


def _touching(at: Coordinates, number: Numbers, counts: Numbers, size: float) -> Numbers:
    """Places (grouped by cell) on whose symbols another of the same cell lies, where a cell has
    few; each pair is looked at."""
    few = np.flatnonzero(counts[number] <= MANY)
    at, cells = at[few], number[few]
    found = [np.empty(0, np.int64)]
    for ahead in range(1, MANY):
        near = np.hypot(*(at[ahead:] - at[:-ahead]).T) < size
        found.append(few[:-ahead][near & (cells[ahead:] == cells[:-ahead])])
    return np.concatenate(found)


def draw_clusters(clusters: Clusters, style: PointStyle, camera: Camera, canvas: Canvas) -> None:
    """A disc with the number, around it a ring in the shares of the categories."""
    ratio = camera.pixel_ratio
    at = camera.to_pixels(clusters.centers)
    colors = [*(category.color for category in style.categories), style.color]
    sizes = clusters.sizes * ratio
    canvas.areas(
        [[_sector(place, size, 0, 1)] for place, size in zip(at, sizes, strict=True)],
        PAPER,
        "",
        0,
    )
    ends = np.cumsum(clusters.shares, axis=1) / clusters.shares.sum(axis=1, keepdims=True)
    begins = np.hstack([np.zeros((len(ends), 1)), ends[:, :-1]])
    for column in range(len(colors) - 1, -1, -1):
        some = np.flatnonzero(clusters.shares[:, column])
        arcs = [[_arc(at[c], sizes[c], begins[c, column], ends[c, column])] for c in some.tolist()]
        if arcs:
            canvas.areas(arcs, colors[column], "", 0)
    for place, size, count in zip(
        at.tolist(), sizes.tolist(), clusters.counts.tolist(), strict=True
    ):
        text = shown(count)
        letters = min(11.0 * ratio, size * 0.36)
        width, _ = canvas.words_size(text, letters, bold=True)
        letters *= min(1.0, size * (1 - 2 * RING) * 0.92 / max(width, 1))
        canvas.words(Pixel(*place), text, INK, letters, align="center", bold=True)


def _sector(center: Coordinates, size: float, begin: float, end: float) -> Coordinates:
    turn = (np.linspace(begin, end, max(3, int(STEPS * (end - begin)) + 2)) - 0.25) * 2 * np.pi
    circle: Coordinates = np.column_stack([np.cos(turn), np.sin(turn)]) * (size / 2) + center
    return circle


def _arc(center: Coordinates, size: float, begin: float, end: float) -> Coordinates:
    """A piece of the ring, clockwise from the top; shares from 0 to 1."""
    outer = _sector(center, size, begin, end)
    inner = _sector(center, size * (1 - 2 * RING), begin, end)
    return np.vstack([outer, inner[::-1], outer[:1]])


def shown(count: int) -> str:
    """The number, short where it is long."""
    if count < 10_000:
        return str(count)
    step, word = (10_000, "万") if language() == "zh_CN" else (1000, "k")
    number = count / step
    digits = 1 if log10(number) < 1 else 0
    if word == "k" and number >= 999.5:
        return f"{count / 1e6:.1f}M"
    return f"{number:.{digits}f}{word}"


def cluster_at(
    data: Any, style: PointStyle, camera: Camera, pixel: Pixel
) -> tuple[Numbers, Extent] | None:
    """The features of the cluster at a pixel and where they are (map units); None: no cluster."""
    reach = round(CELL * camera.pixel_ratio)
    part = camera.part(round(pixel.x) - reach, round(pixel.y) - reach, 2 * reach, 2 * reach)
    clusters = clusters_in(data, style, part)
    at = camera.to_pixels(clusters.centers)
    away = np.hypot(*(at - pixel).T)
    hit = np.flatnonzero(away <= clusters.sizes / 2 * camera.pixel_ratio)
    if not len(hit):
        return None
    rows = clusters.rows_of(int(hit[0]))
    shapes = data.shapes_in(camera.crs)
    parts = np.flatnonzero(np.isin(shapes.owner, rows))
    low, high = shapes.coords[parts].min(axis=0), shapes.coords[parts].max(axis=0)
    return rows, Extent(*low.tolist(), *high.tolist())
