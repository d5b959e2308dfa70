"""A made-up thermal mosaic of a river: everything in it is synthetic, and where is known.

A meandering river between warm land and a cool strip of trees, seen by a camera whose frames
differ by an offset that was not taken out, with a bank line digitised by hand. In it lie plumes
(the truth) and what is mistaken for them: boats, rocks at the bank, shadows, glint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Grid = npt.NDArray[np.float32]
PER = 8000 * 0.15  # metres of river for the numbers below
PLUMES, BOATS, ROCKS, SHADOWS, GLINTS = 40, 25, 60, 20, 10


@dataclass(frozen=True, slots=True)
class TruePlume:
    """x, y: column and row of its outlet."""

    x: float
    y: float
    contrast_c: float  # at the outlet, negative: cooler
    length_m: float  # in which the contrast falls to 1/e
    width_m: float


@dataclass(frozen=True, eq=False)
class Scene:
    """celsius: rows x columns, NaN: nothing seen; water: as digitised, 1 inside."""

    celsius: Grid
    water: npt.NDArray[np.uint8]
    plumes: tuple[TruePlume, ...]
    others: tuple[tuple[str, float, float], ...]  # kind, column, row
    gsd_m: float


def _wavy(chance: np.random.Generator, shape: tuple[int, int], cell: float, amplitude: float
          ) -> Grid:  # fmt: skip
    """Smooth noise whose knots are `cell` pixels apart."""
    if cell < 25:
        noise = ndimage.gaussian_filter(
            chance.standard_normal(shape, dtype=np.float32), 0.45 * cell, mode="wrap"
        )
        return np.asarray(noise * np.float32(amplitude * 0.8 / noise.std()), np.float32)
    weights = [_cubic(n, cell) for n in shape]
    knots = chance.standard_normal((weights[0].shape[1], weights[1].shape[1]), dtype=np.float32)
    return np.asarray(amplitude * (weights[0] @ knots @ weights[1].T), np.float32)


def _cubic(n: int, cell: float) -> Grid:
    at = np.arange(n) / cell
    knots = np.arange(int(n / cell) + 4)
    d = np.abs(at[:, None] + 1 - knots[None, :])
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d < 1, near, np.where(d < 2, far, 0.0)).astype(np.float32)


class _River:
    """The channel: centre and half width for each row, in pixels."""

    def __init__(self, chance: np.random.Generator, size: int, gsd: float) -> None:
        y = np.arange(size)
        metres = y * gsd
        swing = min(0.22 * size, 260 / gsd)
        self.centre = (
            size * 0.5
            + swing * np.sin(2 * np.pi * metres / 936 + chance.uniform(0, 6))
            + 0.27 * swing * np.sin(2 * np.pi * metres / 276 + chance.uniform(0, 6))
        )
        half = 45 + 15 * np.sin(2 * np.pi * metres / 492 + 1.0) + 8 * np.sin(
            2 * np.pi * metres / 132
        )  # fmt: skip
        if half.max() > 0.36 * size * gsd:
            half *= 0.36 * size * gsd / half.max()
        self.half_row = half / gsd
        self.slope = np.gradient(self.centre)
        self.cosine = 1 / np.sqrt(1 + self.slope**2)
        columns = np.arange(size, dtype=np.float32)[None, :]
        self.across = (columns - self.centre[:, None].astype(np.float32)) * self.cosine[
            :, None
        ].astype(np.float32)
        self.half = self.half_row[:, None].astype(np.float32) + _wavy(
            chance, (size, size), 9 / gsd, 0.9 / gsd
        )
        self.size, self.gsd = size, gsd

    def bank(self, row: int, side: int, inset: float) -> float:
        """Column of the waterline on a side (-1, 1), `inset` pixels into the water."""
        column = self.centre[row] + side * (self.half_row[row] - inset) / self.cosine[row]
        for _ in range(3):
            at = int(min(max(column, 0), self.size - 1))
            column = self.centre[row] + side * (self.half[row, at] - inset) / self.cosine[row]
        return float(column)


def make_scene(
    size: int,
    seed: int,
    *,
    gsd_m: float = 0.15,
    noise_c: float = 0.06,
    drift_c: float = 1.2,
    frame_c: float = 0.25,
    bank_error_m: float = 0.7,
    contrasts: tuple[float, float] = (0.5, 5.0),
    view: int = 0,
) -> Scene:
    """A square of `size` pixels. The same seed gives the same river, plumes, rocks and shadows;
    another `view` other boats, glint, frame offsets and noise, as on a second pass.

    frame_c: standard deviation of what is left of the frames' offsets; bank_error_m: of the
    digitised bank.
    """
    still = np.random.default_rng([seed, 0])
    moving = np.random.default_rng([seed, 1 + view])
    shape = (size, size)
    river = _River(still, size, gsd_m)
    water = np.abs(river.across) < river.half
    celsius = np.full(shape, 27.0, np.float32)
    for cell_m, amplitude in ((60, 2.0), (6, 1.5), (1.05, 0.8)):
        celsius += _wavy(still, shape, cell_m / gsd_m, amplitude)
    beyond = np.abs(river.across) - river.half
    celsius[(beyond > 0) & (beyond < 30 / gsd_m)] -= 3.0
    rows = np.arange(size)[:, None]
    warm = 21.5 + drift_c * np.sin(2 * np.pi * rows * gsd_m / 1080).astype(np.float32)
    warm = warm + _wavy(still, shape, 135 / gsd_m, 0.35)
    warm += 0.15 * (np.abs(river.across) / np.maximum(river.half, 1)) ** 4
    warm += _wavy(moving, shape, 9 / gsd_m, 0.04)
    celsius[water] = warm[water]
    del warm, beyond
    share = size * gsd_m / PER
    others = _still_things(still, river, celsius, water, share)
    others += _moving_things(moving, river, celsius, water, share)
    plumes = _plumes(still, river, celsius, water, share, contrasts)
    celsius += _frames(moving, size, gsd_m, frame_c)
    celsius += _wavy(moving, shape, 3, noise_c * 0.5)
    celsius += moving.standard_normal(shape, dtype=np.float32) * np.float32(noise_c)
    celsius[: size // 200] = np.nan
    celsius[:, : size // 250] = np.nan
    error = _wavy(still, shape, 37.5 / gsd_m, bank_error_m / gsd_m)
    digitised = (np.abs(river.across) < river.half + error).astype(np.uint8)
    return Scene(celsius, digitised, tuple(plumes), tuple(others), gsd_m)


def _frames(chance: np.random.Generator, size: int, gsd: float, deviation: float) -> Grid:
    """Offsets of 75 x 60 m frames in strips, turned by a chance angle."""
    angle = chance.uniform(0, np.pi)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) * np.float32(gsd)
    u = x * math.cos(angle) + y * math.sin(angle)
    v = -x * math.sin(angle) + y * math.cos(angle)
    strip = np.floor(u / 75).astype(np.int32)
    strip -= strip.min()
    lag = chance.uniform(0, 60, int(strip.max()) + 1).astype(np.float32)
    number = np.floor((v + lag[strip]) / 60).astype(np.int32)
    number -= number.min()
    offsets = chance.normal(0, deviation, (int(strip.max()) + 1, int(number.max()) + 1))
    return np.asarray(offsets.astype(np.float32)[strip, number])


def _blob(celsius: Grid, water: Any, x: float, y: float, a: float, b: float, angle: float,
          contrast: float, *, hard: bool) -> None:  # fmt: skip
    reach = int(max(a, b) * (1.2 if hard else 3.2)) + 2
    size = len(celsius)
    rows = slice(max(0, int(y) - reach), min(size, int(y) + reach))
    columns = slice(max(0, int(x) - reach), min(size, int(x) + reach))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    yy, xx = np.mgrid[rows, columns]
    u = (xx - x) * math.cos(angle) + (yy - y) * math.sin(angle)
    v = -(xx - x) * math.sin(angle) + (yy - y) * math.cos(angle)
    q = (u / a) ** 2 + (v / b) ** 2
    added = (q < 1) * contrast if hard else contrast * np.exp(-q)
    celsius[rows, columns] += np.where(water[rows, columns], added, 0).astype(np.float32)


def _still_things(chance: Any, river: _River, celsius: Grid, water: Any, share: float) -> list[Any]:
    size, gsd, out = river.size, river.gsd, []
    for _ in range(round(ROCKS * share)):
        y, side = int(chance.uniform(0.03, 0.97) * size), int(chance.choice([-1, 1]))
        x = river.bank(y, side, chance.uniform(0, 6) / gsd)
        a, b = chance.uniform(0.4, 1.2, 2) / gsd
        _blob(celsius, water, x, y, a, b, 0.0, chance.uniform(1.5, 8), hard=True)
        out.append(("rock", x, float(y)))
    for _ in range(round(SHADOWS * share)):
        y, side = int(chance.uniform(0.03, 0.97) * size), int(chance.choice([-1, 1]))
        length, wide = chance.uniform(15, 60) / gsd, chance.uniform(2, 6) / gsd
        cooler = -chance.uniform(0.2, 0.7)
        for row in range(max(0, int(y - length / 2)), min(size, int(y + length / 2))):
            edge = river.bank(row, side, 0)
            low, high = (edge - wide, edge + 20) if side > 0 else (edge - 20, edge + wide)
            some = slice(int(max(0, low)), int(max(0, min(size, high))))
            celsius[row, some][water[row, some]] += cooler
        out.append(("shadow", river.bank(y, side, 0), float(y)))
    return out


def _moving_things(chance: Any, river: _River, celsius: Grid, water: Any, share: float
                   ) -> list[Any]:  # fmt: skip
    size, gsd, out = river.size, river.gsd, []
    flow = np.arctan2(1.0, river.slope)
    for _ in range(round(BOATS * share)):
        y = int(chance.uniform(0.03, 0.97) * size)
        x = river.centre[y] + chance.uniform(-0.85, 0.85) * river.half_row[y]
        _blob(celsius, water, x, y, chance.uniform(3, 8) / gsd, chance.uniform(1, 2.2) / gsd,
              flow[y] + chance.normal(0, 0.3), chance.uniform(2, 12), hard=True)  # fmt: skip
        out.append(("boat", x, float(y)))
    for _ in range(round(GLINTS * share)):
        y = int(chance.uniform(0.05, 0.95) * size)
        x = river.centre[y] + chance.uniform(-0.6, 0.6) * river.half_row[y]
        _blob(celsius, water, x, y, chance.uniform(10, 30) / gsd, chance.uniform(4, 10) / gsd,
              chance.uniform(0, 3.1), chance.choice([-1, 1]) * chance.uniform(0.2, 0.6),
              hard=False)  # fmt: skip
        out.append(("glint", x, float(y)))
    return out


def _plumes(chance: Any, river: _River, celsius: Grid, water: Any, share: float,
            contrasts: tuple[float, float]) -> list[TruePlume]:  # fmt: skip
    """Jets that bend downstream along their bank, widen and fade; turbulent."""
    size, gsd, made = river.size, river.gsd, list[TruePlume]()
    for _ in range(5000):
        if len(made) >= round(PLUMES * share):
            break
        y, side = int(chance.uniform(0.03, 0.95) * size), int(chance.choice([-1, 1]))
        x = river.bank(y, side, 0)
        if not 60 < x < size - 60:
            continue
        if any(math.hypot(p.x - x, p.y - y) < 45 / gsd for p in made):
            continue
        contrast = math.exp(chance.uniform(*np.log(contrasts))) * (
            1 if chance.random() < 0.75 else -1
        )
        length, wide = chance.uniform(4, 22) / gsd, chance.uniform(0.8, 2.5) / gsd
        widening, jet = chance.uniform(0.08, 0.22), chance.uniform(0.3, 1.0)
        reach = int(min(3.2 * length + 60, 110 / gsd))
        rows = slice(max(0, y - 40), min(size, y + reach))
        columns = slice(max(0, int(x) - reach), min(size, int(x) + reach))
        yy, xx = np.mgrid[rows, columns].astype(np.float32)
        along = ((xx - x) * river.slope[y] + (yy - y)) * river.cosine[y]
        down = np.maximum(along, 0)
        inset = river.half[rows, columns] - side * river.across[rows, columns]
        middle = jet * 3.0 / gsd * (1 - np.exp(-down / (4 / gsd)))
        spread = wide + widening * down
        core = np.exp(-0.5 * ((inset - middle) / spread) ** 2 - down / length)
        core *= np.exp(-0.5 * (np.minimum(along, 0) / wide) ** 2) * np.sqrt(wide / spread)
        swirl = _wavy(chance, (yy.shape[0], yy.shape[1]), 12 if gsd == 0.15 else 1.8 / gsd, 0.25)
        added = contrast * core * (1 + swirl)
        inside = water[rows, columns]
        area = float(((np.abs(added) > 0.4 * abs(contrast)) & inside).sum()) * gsd * gsd
        if area < 4.0:
            continue  # swallowed by the bank
        celsius[rows, columns][inside] += added[inside].astype(np.float32)
        made.append(TruePlume(x, float(y), contrast, length * gsd, wide * gsd))
    return made
