"""A night-time thermal mosaic of one reach: plumes at outfalls, and things that only look so.

The scene is written in stream coordinates: `s` metres along the middle line, `n` metres across it
(positive to the left of the flow), `bank` metres from the nearer bank into the water.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from making.rivers import Network
from making.terrain import fractal_noise

PIXEL_M = 0.5
LENGTH_M = 2480.0
CORRIDOR_M = 80.0
QUANTUM = 1.0 / 128.0  # degC; a power of two leaves the low bits of a float32 zero
NODATA = -9999.0
WATER_C = 17.1
NOISE_C = 0.05
ACQUIRED = "2025-11-16T04:30:00+08:00"
FRAME_M = (96.0, 78.0)  # along and across the flight line


@dataclass(frozen=True)
class Plume:
    """A discharge seen by the camera. `x`, `y`: where the water enters at the bank."""

    x: float
    y: float
    s: float
    bank: str
    sign: int
    delta_t_c: float
    length_m: float


@dataclass(frozen=True)
class Scene:
    """Celsius raster (NaN outside the flight), its west and north edge, and what is in it."""

    celsius: np.ndarray
    west: float
    north: float
    water: np.ndarray
    reach: int
    plumes: list[Plume]
    targets: list[dict[str, object]]
    drift: list[dict[str, float]]


class Stream:
    """Stream coordinates of part of one reach."""

    def __init__(self, network: Network, reach: int, start: float) -> None:
        line = network.reaches[reach].line[:, :2]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        spline = CubicSpline(along, line)
        at = np.arange(start, start + LENGTH_M + 1e-9, 1.0)
        self.line = np.round(spline(at), 3)
        step = np.gradient(self.line, axis=0)
        self.flow = step / np.hypot(step[:, 0], step[:, 1])[:, None]
        s = np.arange(len(self.line), dtype=float)
        half = network.reaches[reach].width / 2.0
        self.left = half * (1.0 + 0.10 * np.sin(s / 171.0) + 0.05 * np.sin(s / 47.0 + 1.0))
        self.right = half * (1.0 + 0.11 * np.sin(s / 203.0 + 2.0) + 0.05 * np.sin(s / 39.0))

    def at(self, s: float, n: float) -> tuple[float, float]:
        """Map position of a point in stream coordinates."""
        i = int(np.clip(round(s), 0, len(self.line) - 1))
        x = self.line[i] + np.array([-self.flow[i, 1], self.flow[i, 0]]) * n
        return round(float(x[0]), 2), round(float(x[1]), 2)

    def outline(self) -> np.ndarray:
        """The water's edge as a closed ring of x, y."""
        across = np.column_stack([-self.flow[:, 1], self.flow[:, 0]])
        left = self.line + across * self.left[:, None]
        right = self.line - across * self.right[:, None]
        return np.round(np.vstack([left[::5], right[::-5], left[:1]]), 2)


def _plumes(rng: np.random.Generator, stream: Stream) -> list[Plume]:
    warm = [1.2, 1.6, 2.1, 2.6, 3.2, 3.9, 4.6, 1.4, 5.4, 2.3, 1.8]
    cold = [-1.3, -1.7, -2.2, -2.8, -1.5]
    size = {round(v, 1): 26.0 + 16.0 * abs(v) for v in warm + cold}
    order = [0, 11, 3, 5, 12, 8, 1, 6, 13, 2, 9, 14, 4, 10, 7, 15]
    strengths = [(warm + cold)[i] for i in order]
    plumes = []
    for number, strength in enumerate(strengths):
        left = number % 2 == 0
        s = round(70.0 + 293.0 * (number // 2) + (150.0 if left else 0.0) + rng.uniform(-30, 30))
        i = int(s)
        n = stream.left[i] if left else -stream.right[i]
        x, y = stream.at(s, float(n))
        length = round(size[round(strength, 1)] * rng.uniform(0.8, 1.25), 1)
        bank = "左岸" if left else "右岸"
        plumes.append(Plume(x, y, float(s), bank, int(np.sign(strength)), strength, length))
    return plumes


def _plume_field(
    plume: Plume, s: np.ndarray, bank: np.ndarray, left_side: np.ndarray, wobble: np.ndarray
) -> np.ndarray:
    """Temperature excess of one plume: a jet into the river that the flow bends and dilutes."""
    down = s - plume.s
    mouth = 1.6 + 0.5 * abs(plume.delta_t_c)
    run = np.clip(down, 0.0, None)
    reach_out = (3.0 + 2.6 * abs(plume.delta_t_c)) * (1.0 - np.exp(-run / (0.25 * plume.length_m)))
    middle = reach_out + wobble * np.sqrt(run) * 0.35
    sigma = mouth + 0.10 * run**0.85
    decay = np.exp(-run / (0.62 * plume.length_m)) * (mouth / sigma) ** 0.35
    upstream = np.where(down < 0.0, np.exp(-((down / (0.8 * mouth)) ** 2)), 1.0)
    shape = np.exp(-0.5 * ((bank - middle) / sigma) ** 2) * decay * upstream
    same = left_side == (plume.bank == "左岸")
    return np.where(same & (bank > -0.3), plume.delta_t_c * shape, 0.0)


def make_scene(rng: np.random.Generator, network: Network, reach: int, start: float) -> Scene:
    """Raster of the flown part of `reach`, from `start` metres below its upper end."""
    stream = Stream(network, reach, start)
    margin = CORRIDOR_M + float(max(stream.left.max(), stream.right.max())) + 4.0
    west, south = np.floor(stream.line.min(axis=0) - margin)
    east, north = np.ceil(stream.line.max(axis=0) + margin)
    shape = (int((north - south) / PIXEL_M), int((east - west) / PIXEL_M))
    y = north - (np.arange(shape[0]) + 0.5) * PIXEL_M
    x = west + (np.arange(shape[1]) + 0.5) * PIXEL_M
    grid_x, grid_y = np.meshgrid(x, y)
    step = int(32 / PIXEL_M)
    tree = cKDTree(stream.line)
    coarse = np.column_stack([grid_x[::step, ::step].ravel(), grid_y[::step, ::step].ravel()])
    close = tree.query(coarse)[0] < margin + 46.0
    coarse_mask = close.reshape(grid_x[::step, ::step].shape)
    near = np.kron(coarse_mask, np.ones((step, step), dtype=bool))[: shape[0], : shape[1]]
    points = np.column_stack([grid_x[near], grid_y[near]])
    index = tree.query(points)[1]
    offset = points - stream.line[index]
    flow = stream.flow[index]
    s = index + (offset * flow).sum(axis=1)
    n = flow[:, 0] * offset[:, 1] - flow[:, 1] * offset[:, 0]
    at = np.arange(len(stream.line), dtype=float)
    half = np.where(n > 0, np.interp(s, at, stream.left), np.interp(s, at, stream.right))
    bank = half - np.abs(n)
    flown = (bank > -CORRIDOR_M) & (s >= 0.0) & (s <= LENGTH_M)

    row, column = cells = np.nonzero(near)
    grain = ((120.0, 0.5), (40.0, 0.5), (14.0, 0.45), (5.0, 0.3))
    texture = fractal_noise(rng, shape, grain, cells)
    slow = fractal_noise(rng, shape, ((420.0, 0.10), (150.0, 0.05)), cells)
    wobble = fractal_noise(rng, shape, ((60.0, 0.8), (18.0, 0.5)), cells)
    water = WATER_C + 0.16 * s / LENGTH_M + slow + 0.015 * wobble
    land = 12.9 + 1.15 * texture - 0.5 * np.tanh(np.clip(-bank, 0.0, None) / 30.0)
    trees = texture > 0.35
    land += np.where(trees, 1.5 + 0.25 * np.sin(wobble * 5.0), 0.0)
    path = np.abs(bank + 31.0 + 4.0 * np.sin(s / 130.0)) < 1.6  # a paved dyke road keeps its warmth
    land = np.where(path, 15.2 + 0.1 * texture, land)
    mud = np.clip((bank + 4.0 + 1.5 * wobble) / 4.0, 0.0, 1.0)
    land = land * (1.0 - mud) + (water - 0.9) * mud
    share = np.clip((bank + 0.6) / 1.2, 0.0, 1.0)
    celsius = land * (1.0 - share) + water * share

    plumes = _plumes(rng, stream)
    left_side = n > 0
    for plume in plumes:
        part = np.flatnonzero((s > plume.s - 20.0) & (s < plume.s + 6.0 * plume.length_m))
        excess = _plume_field(plume, s[part], bank[part], left_side[part], wobble[part])
        celsius[part] += excess * np.clip(share[part], 0.35, 1.0)
    targets = _targets(rng, stream, plumes)
    for target in targets:
        _place_target(celsius, target, points, stream)

    frame_along = np.floor(s / FRAME_M[0]).astype(int)
    strip = np.floor((n + 130.0) / FRAME_M[1]).astype(int)
    celsius += _drift(frame_along, strip)
    celsius += rng.normal(0.0, NOISE_C, celsius.size)
    celsius = np.round(celsius / QUANTUM) * QUANTUM

    out = np.full(shape, np.nan, dtype=np.float32)
    out[row[flown], column[flown]] = celsius[flown].astype(np.float32)
    frames = sorted(set(zip(strip[flown].tolist(), frame_along[flown].tolist(), strict=True)))
    drift = [
        {
            "strip": a,
            "frame": b,
            "offset_c": round(float(_drift(np.array([b]), np.array([a]))[0]), 3),
        }
        for a, b in frames
    ]
    outline = stream.outline()
    return Scene(out, float(west), float(north), outline, reach, plumes, targets, drift)


def _drift(frame: np.ndarray, strip: np.ndarray) -> np.ndarray:
    """Offset of a frame: a sawtooth over the shutter's period, another in each flight strip."""
    place = np.where(strip % 2 == 0, frame, 40 - frame) + 3 * strip
    saw = (place % 7) / 6.0 * 0.55 - 0.28
    jitter = ((frame * 7919 + strip * 104729) % 97) / 96.0 * 0.24 - 0.12
    return saw + jitter


def _targets(
    rng: np.random.Generator, stream: Stream, plumes: list[Plume]
) -> list[dict[str, object]]:
    """Warm rocks at the bank and boats in the river, none of them near a plume's mouth."""
    targets: list[dict[str, object]] = []
    while len(targets) < 18:
        rock = len(targets) < 12
        s = float(rng.uniform(20.0, LENGTH_M - 20.0))
        left = bool(rng.integers(2))
        half = float((stream.left if left else stream.right)[int(s)])
        inward = float(rng.uniform(-1.5, 2.5)) if rock else float(rng.uniform(0.45, 0.8)) * half
        bank = "左岸" if left else "右岸"
        if any(p.bank == bank and -25.0 < s - p.s < p.length_m + 25.0 for p in plumes):
            continue
        x, y = stream.at(s, (half - inward) * (1.0 if left else -1.0))
        size = float(rng.uniform(0.9, 2.2) if rock else rng.uniform(6.0, 14.0))
        targets.append(
            {
                "kind": "rock" if rock else "boat",
                "x": x,
                "y": y,
                "delta_t_c": round(float(rng.uniform(1.5, 4.0) if rock else rng.uniform(3, 9)), 2),
                "size_m": round(size, 2),
            }
        )
    return targets


def _place_target(
    celsius: np.ndarray, target: dict[str, object], points: np.ndarray, stream: Stream
) -> None:
    x, y = float(str(target["x"])), float(str(target["y"]))
    size, delta = float(str(target["size_m"])), float(str(target["delta_t_c"]))
    close = np.flatnonzero((np.abs(points[:, 0] - x) < 30) & (np.abs(points[:, 1] - y) < 30))
    dx, dy = points[close, 0] - x, points[close, 1] - y
    if target["kind"] == "rock":
        share = np.exp(-((np.hypot(dx, dy) / size) ** 4))
        celsius[close] += share * (WATER_C + delta - celsius[close])
        return
    flow = stream.flow[int(np.argmin(np.hypot(*(stream.line - (x, y)).T)))]
    along, across = dx * flow[0] + dy * flow[1], -dx * flow[1] + dy * flow[0]
    hull = (np.abs(along) < size / 2) & (np.abs(across) < size / 7 * (1.2 - np.abs(along) / size))
    engine = np.exp(-(((along + 0.3 * size) / 1.2) ** 2) - (across / 1.0) ** 2)
    celsius[close] += np.where(hull, 0.35 * delta + delta * 0.65 * engine, 0.0)
