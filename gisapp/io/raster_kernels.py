"""The inner loops of warping rasters, compiled: they let other threads run.

Nothing here is needed; without it `gisapp.io.raster_warp` does the same with arrays, more slowly.
What was compiled before is taken by `use`; `load` compiles it here.

The loops that warp take the nodes of a grid: columns and rows of the piece (its first cell reaches
from 0 to 1) under the middle of every `step`th pixel, and go through the pixels from row `first`
to `last`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Kernel = Callable[..., Any]


class WarpLoops(NamedTuple):
    nearest_values: Kernel
    nearest_colours: Kernel
    smooth_values: Kernel
    smooth_colours: Kernel
    halve_values: Kernel
    halve_colours: Kernel
    straight_values: Kernel
    straight_colours: Kernel
    packed: Kernel


_loaded: WarpLoops | None = None


def loops() -> WarpLoops | None:
    """The compiled loops, or None before `load`."""
    return _loaded


def load() -> WarpLoops:
    """Make the compiled loops available, from the compiler's cache if it has them."""
    global _loaded
    if _loaded is None:
        _loaded = make(_ready)
    return _loaded


def use(loops: Mapping[str, Kernel]) -> None:
    """Take loops that were compiled before, by their names."""
    global _loaded
    _loaded = WarpLoops(*(loops[name] for name in WarpLoops._fields))


def make(ready: Callable[..., Kernel]) -> WarpLoops:
    """Compile them; `ready` gets a loop and its signature."""
    nodes = "float64[:, ::1], float64[:, ::1], int64, float64, float64"
    values, pixels, picture = "float32[:, ::1]", "uint32[:, ::1]", "uint8[:, :, ::1]"
    return WarpLoops(
        ready(_nearest, f"void({values}, {nodes}, {values}, int64, int64)"),
        ready(_nearest, f"void({pixels}, {nodes}, {pixels}, int64, int64)"),
        ready(_smooth_values, f"void({values}, {nodes}, boolean, {values}, int64, int64)"),
        ready(_smooth_colours, f"void({picture}, {nodes}, boolean, {picture}, int64, int64)"),
        ready(_halve_values, f"void({values}, {values})"),
        ready(_halve_colours, f"void({picture}, {picture})"),
        ready(_straight, f"void({values}, int64[::1], int64[::1], {values}, int64, int64)"),
        ready(_straight, f"void({pixels}, int64[::1], int64[::1], {pixels}, int64, int64)"),
        ready(_packed, f"void(uint8[:, :, ::1], {pixels})"),
    )


def _ready(loop: Kernel, signature: str) -> Kernel:
    from numba import njit

    made: Kernel = njit(signature, cache=True, nogil=True, error_model="numpy")(loop)
    return made


def _packed(bands, out):  # type: ignore[no-untyped-def]
    """Three bands as opaque pixels: red in the lowest byte, alpha in the highest."""
    eight, sixteen = np.uint32(8), np.uint32(16)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            red, green, blue = bands[0, i, j], bands[1, i, j], bands[2, i, j]
            colour = np.uint32(red) | np.uint32(green) << eight | np.uint32(blue) << sixteen
            out[i, j] = colour | np.uint32(0xFF000000)


def _straight(cells, columns, rows, out, first, last):  # type: ignore[no-untyped-def]
    """For each column and each row of the picture its cell; -1: beside, there it stays."""
    begin, end = 0, columns.shape[0]
    while begin < end and columns[begin] < 0:
        begin += 1
    while end > begin and columns[end - 1] < 0:
        end -= 1
    for i in range(first, last):
        row = rows[i]
        if row < 0:
            continue
        for j in range(begin, end):
            out[i, j] = cells[row, columns[j]]


def _nearest(cells, columns, rows, step, end_x, end_y, out, first, last):  # type: ignore[no-untyped-def]
    """The cell each pixel's middle lies in; what lies beside stays as it is. Pixels of four bytes
    are moved as one number."""
    tall, wide = cells.shape[0] - 1, cells.shape[1] - 1
    most_x, most_y = min(end_x, cells.shape[1]), min(end_y, cells.shape[0])
    flat, stride = cells.reshape(cells.size), np.uint64(cells.shape[1])
    for i in range(first, last):
        node = i // step
        share = (i - node * step) / step
        for n in range(columns.shape[1] - 1):
            x = columns[node, n] + (columns[node + 1, n] - columns[node, n]) * share
            y = rows[node, n] + (rows[node + 1, n] - rows[node, n]) * share
            to_x = columns[node, n + 1] + (columns[node + 1, n + 1] - columns[node, n + 1]) * share
            to_y = rows[node, n + 1] + (rows[node + 1, n + 1] - rows[node, n + 1]) * share
            dx, dy = (to_x - x) / step, (to_y - y) / step
            start = n * step
            count = min(step, out.shape[1] - start)
            far_x, far_y = x + dx * (count - 1), y + dy * (count - 1)
            if (  # each compared by itself: NaN is outside
                (x >= 0.0 and far_x >= 0.0 and x < most_x and far_x < most_x)
                and (y >= 0.0 and far_y >= 0.0 and y < most_y and far_y < most_y)
            ):  # and so is all between them
                for k in range(count):
                    row, column = np.int32(y + dy * k), np.int32(x + dx * k)
                    out[i, start + k] = flat[np.uint64(row) * stride + np.uint64(column)]
                continue
            for k in range(count):
                px, py = x + dx * k, y + dy * k
                if px >= 0.0 and px < end_x and py >= 0.0 and py < end_y:
                    out[i, start + k] = cells[min(int(py), tall), min(int(px), wide)]


def _smooth_values(  # type: ignore[no-untyped-def]
    cells, columns, rows, step, end_x, end_y, cubic, out, first, last
):
    """Bilinear, or cubic (Keys 1981, a = -0.5) where all sixteen cells have a value.

    Missing cells have no weight, and a pixel in the middle of one stays missing: edges of the
    data stay where they are.
    """
    tall, wide = cells.shape[0] - 1, cells.shape[1] - 1
    across, along = np.empty(4, np.float64), np.empty(4, np.float64)
    flat, stride = cells.reshape(cells.size), cells.shape[1]
    for i in range(first, last):
        node = i // step
        share = (i - node * step) / step
        for n in range(columns.shape[1] - 1):
            x = columns[node, n] + (columns[node + 1, n] - columns[node, n]) * share
            y = rows[node, n] + (rows[node + 1, n] - rows[node, n]) * share
            to_x = columns[node, n + 1] + (columns[node + 1, n + 1] - columns[node, n + 1]) * share
            to_y = rows[node, n + 1] + (rows[node + 1, n + 1] - rows[node, n + 1]) * share
            dx, dy = (to_x - x) / step, (to_y - y) / step
            start = n * step
            for j in range(start, min(start + step, out.shape[1])):
                px, py = x + dx * (j - start), y + dy * (j - start)
                if not (px >= 0.0 and px < end_x and py >= 0.0 and py < end_y):
                    continue
                left, top = int(px + 0.5) - 1, int(py + 0.5) - 1  # rounded down
                s, t = px - 0.5 - left, py - 0.5 - top
                inner = left >= 1 and top >= 1 and left < wide - 1 and top < tall - 1
                if cubic and inner:
                    a0, a3 = ((-0.5 * s + 1.0) * s - 0.5) * s, (0.5 * s - 0.5) * s * s
                    a1 = (1.5 * s - 2.5) * s * s + 1.0
                    a2 = 1.0 - a0 - a1 - a3
                    b0, b3 = ((-0.5 * t + 1.0) * t - 0.5) * t, (0.5 * t - 0.5) * t * t
                    b1 = (1.5 * t - 2.5) * t * t + 1.0
                    b2 = 1.0 - b0 - b1 - b3
                    at = (top - 1) * stride + left - 1
                    total = b0 * (
                        a0 * flat[at] + a1 * flat[at + 1] + a2 * flat[at + 2] + a3 * flat[at + 3]
                    )
                    at += stride
                    total += b1 * (
                        a0 * flat[at] + a1 * flat[at + 1] + a2 * flat[at + 2] + a3 * flat[at + 3]
                    )
                    at += stride
                    total += b2 * (
                        a0 * flat[at] + a1 * flat[at + 1] + a2 * flat[at + 2] + a3 * flat[at + 3]
                    )
                    at += stride
                    total += b3 * (
                        a0 * flat[at] + a1 * flat[at + 1] + a2 * flat[at + 2] + a3 * flat[at + 3]
                    )
                    if total == total:
                        out[i, j] = total
                        continue
                elif inner:
                    at = top * stride + left
                    upper = flat[at] + (flat[at + 1] - flat[at]) * s
                    at += stride
                    lower = flat[at] + (flat[at + 1] - flat[at]) * s
                    total = upper + (lower - upper) * t
                    if total == total:
                        out[i, j] = total
                        continue
                centre = cells[min(int(py), tall), min(int(px), wide)]
                if centre != centre:
                    continue
                if cubic and not inner:
                    across[0] = ((-0.5 * s + 1.0) * s - 0.5) * s
                    across[1] = (1.5 * s - 2.5) * s * s + 1.0
                    across[2] = ((-1.5 * s + 2.0) * s + 0.5) * s
                    across[3] = (0.5 * s - 0.5) * s * s
                    along[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
                    along[1] = (1.5 * t - 2.5) * t * t + 1.0
                    along[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
                    along[3] = (0.5 * t - 0.5) * t * t
                    total = 0.0
                    for a in range(4):
                        r = min(max(top - 1 + a, 0), tall)
                        line = 0.0
                        for b in range(4):
                            line += across[b] * cells[r, min(max(left - 1 + b, 0), wide)]
                        total += along[a] * line
                    if total == total:
                        out[i, j] = total
                        continue
                total, weight = 0.0, 0.0
                for a in range(2):
                    r = min(max(top + a, 0), tall)
                    down = t if a == 1 else 1.0 - t
                    for b in range(2):
                        value = cells[r, min(max(left + b, 0), wide)]
                        if value == value:
                            w = down * (s if b == 1 else 1.0 - s)
                            total += w * value
                            weight += w
                out[i, j] = total / weight if weight > 0.0 else centre


def _smooth_colours(  # type: ignore[no-untyped-def]
    cells, columns, rows, step, end_x, end_y, cubic, out, first, last
):
    """Bilinear or cubic, of colours that are multiplied by their alpha already."""
    tall, wide = cells.shape[0] - 1, cells.shape[1] - 1
    across, along = np.zeros(4, np.float64), np.zeros(4, np.float64)
    for i in range(first, last):
        node = i // step
        share = (i - node * step) / step
        for n in range(columns.shape[1] - 1):
            x = columns[node, n] + (columns[node + 1, n] - columns[node, n]) * share
            y = rows[node, n] + (rows[node + 1, n] - rows[node, n]) * share
            to_x = columns[node, n + 1] + (columns[node + 1, n + 1] - columns[node, n + 1]) * share
            to_y = rows[node, n + 1] + (rows[node + 1, n + 1] - rows[node, n + 1]) * share
            dx, dy = (to_x - x) / step, (to_y - y) / step
            start = n * step
            for j in range(start, min(start + step, out.shape[1])):
                px, py = x + dx * (j - start), y + dy * (j - start)
                if not (px >= 0.0 and px < end_x and py >= 0.0 and py < end_y):
                    continue
                left, top = int(px + 0.5) - 1, int(py + 0.5) - 1
                s, t = px - 0.5 - left, py - 0.5 - top
                if cubic:
                    across[0] = ((-0.5 * s + 1.0) * s - 0.5) * s
                    across[1] = (1.5 * s - 2.5) * s * s + 1.0
                    across[2] = ((-1.5 * s + 2.0) * s + 0.5) * s
                    across[3] = (0.5 * s - 0.5) * s * s
                    along[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
                    along[1] = (1.5 * t - 2.5) * t * t + 1.0
                    along[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
                    along[3] = (0.5 * t - 0.5) * t * t
                else:
                    across[1], across[2] = 1.0 - s, s
                    along[1], along[2] = 1.0 - t, t
                red, green, blue, alpha = 0.0, 0.0, 0.0, 0.0
                for a in range(0 if cubic else 1, 4 if cubic else 3):
                    r = min(max(top - 1 + a, 0), tall)
                    for b in range(0 if cubic else 1, 4 if cubic else 3):
                        c = min(max(left - 1 + b, 0), wide)
                        w = along[a] * across[b]
                        red += w * cells[r, c, 0]
                        green += w * cells[r, c, 1]
                        blue += w * cells[r, c, 2]
                        alpha += w * cells[r, c, 3]
                alpha = min(max(alpha, 0.0), 255.0)
                out[i, j, 0] = np.uint8(min(max(red, 0.0), alpha) + 0.5)
                out[i, j, 1] = np.uint8(min(max(green, 0.0), alpha) + 0.5)
                out[i, j, 2] = np.uint8(min(max(blue, 0.0), alpha) + 0.5)
                out[i, j, 3] = np.uint8(alpha + 0.5)


def _halve_values(cells, out):  # type: ignore[no-untyped-def]
    """The average of two by two cells without those that are missing."""
    height, width = cells.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = 0.0, 0
            for r in range(2 * i, min(2 * i + 2, height)):
                for c in range(2 * j, min(2 * j + 2, width)):
                    value = cells[r, c]
                    if value == value:
                        total += value
                        count += 1
            out[i, j] = total / count if count > 0 else np.nan


def _halve_colours(cells, out):  # type: ignore[no-untyped-def]
    """The average of two by two colours, which are multiplied by their alpha already."""
    height, width = cells.shape[0] - 1, cells.shape[1] - 1
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            r, c = min(2 * i + 1, height), min(2 * j + 1, width)
            for k in range(4):
                total = np.uint32(cells[2 * i, 2 * j, k]) + np.uint32(cells[r, 2 * j, k])
                total += np.uint32(cells[2 * i, c, k]) + np.uint32(cells[r, c, k])
                out[i, j, k] = np.uint8((total + np.uint32(2)) // np.uint32(4))
