"""Labels beside points."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.clusters import clusters_in
from gisapp.render.columns import Numbers, codes, texts
from gisapp.render.label_features import MOST, points_in
from gisapp.render.label_words import (
    IMPORTANT,
    SELECTED,
    SIZE,
    USUAL,
    Ask,
    Candidate,
    Far,
    Key,
    Label,
    Place,
    Try,
)

GAP = 3.0  # px from a symbol to its name: no cell of the room holds a part of both
FEW = 60  # labels of a layer, such as stations, that are worth hiding other symbols
CROWD = 5000  # more symbols than this are no obstacle to labels: there would be none left
EDGE = 80.0  # px of the style beyond the view where a point may have a label that is in view
ROOMY = 300  # with fewer candidates than this none is left out beforehand


def label_points(layer: Layer, data: Any, ask: Ask) -> Iterable[Candidate]:
    """A label beside each place where there is room: right, left, above or below it.

    Where there are more than could ever be written, one of each neighbourhood is tried: what
    is selected or was written before, then by the order of the categories.
    """
    style, camera = layer.style, ask.camera
    assert isinstance(style, PointStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return []
    edge = EDGE * camera.pixel_ratio if ask.kept else 0.0
    rows, at, count = points_in(data, camera, edge)
    if style.cluster and count <= MOST:
        rows, at = _alone(data, style, camera)
    elif style.cluster:
        return []
    if not len(rows):
        return []
    ids = [str(fid) for fid in data.ids[rows].tolist()]
    words = texts(data, style.label, rows)
    group = _groups(ids, words, ask, _usual(layer, count))
    if edge:  # a point beyond the edge keeps its label, and gets no new one
        pixels = camera.to_pixels(at)
        beyond = ((pixels < 0) | (pixels > np.array(camera.size))).any(axis=1)
        group[beyond & np.array([name not in ask.kept for name in ids], bool)] = LAST
    state = codes(data, style.by, [c.value for c in style.categories], rows)
    state = np.where(state < 0, len(style.categories), state)
    ranks = np.column_stack([group, state, _mixed(rows)])
    some = np.flatnonzero(group < LAST)
    if len(some) > ROOMY:
        some = some[_one_each(ranks[some], at[some], camera, _cell(words, some, ask))]
    gap = style.size * 0.6 + GAP
    found = []
    for number, rank, place, pixel in zip(
        some.tolist(),
        ranks[some].tolist(),
        at[some].tolist(),
        camera.to_pixels(at[some]).tolist(),
        strict=True,
    ):
        key, text = (layer.id, ids[number]), words[number]
        tries = partial(_tries, key, text, place, pixel, gap, ask)
        keeps = partial(_keeps, text, place)
        # A name may hide the symbol of another layer, but no outfall behind that of another one.
        insists = (count <= FEW and layer.role != "outfalls") or rank[0] <= SELECTED
        found.append(Candidate(key, (rank[0], ask.level, *rank[1:]), tries, keeps, insists))
    return found


def _usual(layer: Layer, count: int) -> float:
    """Stations and other layers with few points come first."""
    if count <= FEW or layer.role == "stations":
        return IMPORTANT
    return USUAL - 0.3 if layer.role else USUAL


LAST, WRITTEN = 9.0, -0.5  # a group that is never tried; one that is looked at before others


def _groups(ids: list[str], words: list[str], ask: Ask, usual: float) -> npt.NDArray[np.float64]:
    group = np.full(len(ids), usual)
    if ask.kept:
        group[[name in ask.kept for name in ids]] = usual + WRITTEN
    if ask.selected:
        group[[name in ask.selected for name in ids]] = SELECTED
    group[[not text for text in words]] = LAST
    return group


def _mixed(rows: Numbers) -> Numbers:
    """An order of features that has nothing to do with where they are, always the same."""
    mixed: Numbers = (rows * 2654435761) % (1 << 32)
    return mixed


def _cell(words: list[str], some: Numbers, ask: Ask) -> tuple[float, float]:
    """A neighbourhood in pixels: about the size of a label."""
    size = SIZE * ask.camera.pixel_ratio
    sizes = [ask.measure(words[number], size, False) for number in some[:: len(some) // 16]]
    return float(np.median([width for width, _ in sizes])) * 0.7 + size, sizes[0][1]


def _one_each(
    ranks: npt.NDArray[np.float64], at: Coordinates, camera: Camera, cell: tuple[float, float]
) -> Numbers:
    """The best of each neighbourhood; these do not move with the view."""
    columns, lines = np.floor(at / np.multiply(cell, camera.resolution)).astype(np.int64).T
    spot = columns * 1_000_003 + lines
    order = np.lexsort([*ranks.T[::-1], spot])
    firsts = np.flatnonzero(np.diff(spot[order], prepend=spot[order[0]] - 1))
    return np.sort(order[firsts])


def _tries(
    key: Key, text: str, at: list[float], pixel: list[float], gap: float, ask: Ask, far: Far
) -> Iterable[Try]:
    ratio = ask.camera.pixel_ratio
    width, height = ask.measure(text, SIZE * ratio, False)
    x, y = pixel
    half = height / ratio / 2
    for align, right, down, back in (
        ("left", gap, 0.0, 0.0),
        ("left", gap * 0.7, -gap - half * 0.4, 0.0),
        ("right", -gap, 0.0, width),
        ("center", 0.0, -gap - half, width / 2),
        ("center", 0.0, gap + half, width / 2),
    ):
        left, middle = x + right * ratio - back, y + down * ratio
        place = (left - ratio, middle - height / 2, left + width + ratio, middle + height / 2)
        made = partial(ask.label, key, text, Point(*at), offset=(right, down), align=align)
        yield (place,), made


def _keeps(text: str, at: list[float], label: Label) -> bool:
    return label.text == text and label.anchor == tuple(at)


def symbol_places(layer: Layer, data: Any, camera: Camera) -> list[Place]:
    """What the symbols of a point layer cover; nothing for other layers and for a crowd."""
    style = layer.style
    if not isinstance(style, PointStyle) or not hasattr(data, "shapes_in"):
        return []
    half = style.size * 0.6 * camera.pixel_ratio
    _, at, count = points_in(data, camera, half)
    around = np.full((len(at), 1), half)
    if style.cluster and count <= MOST:
        clusters = clusters_in(data, style, camera)
        at = np.vstack([clusters.at, clusters.centers])
        reach = clusters.sizes / 2 * camera.pixel_ratio
        around = np.concatenate([np.full(len(clusters.at), half), reach])[:, None]
    elif count > CROWD:
        return []
    pixels = camera.to_pixels(at)
    places: list[Place] = np.hstack([pixels - around, pixels + around]).tolist()
    return places


def _alone(data: Any, style: PointStyle, camera: Camera) -> tuple[Numbers, Coordinates]:
    """The points in view that are in no cluster."""
    clusters = clusters_in(data, style, camera)
    pixels = camera.to_pixels(clusters.at)
    seen = ((pixels >= 0) & (pixels <= np.array(camera.size))).all(axis=1)
    return clusters.rows[seen], clusters.at[seen]
