"""The inner loops of drawing, compiled: they let other threads run and need no Qt.

Nothing here is needed to draw; without it pictures are the same and take longer. `load`
takes half a second from the cache, and several seconds where it was never compiled
(`python -m gisapp.warmup` does that once, in a process of its own).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gisapp.render import compiled_detail

PHASES = 4  # places of a symbol inside one pixel, along each axis
Kernel = Callable[..., Any]


class Kernels(NamedTuple):
    stamp: Kernel
    cover: Kernel
    tint: Kernel
    thin: Kernel
    fill: Kernel
    colour: Kernel
    measure: Kernel
    curve: Kernel
    gather: Kernel
    weigh: Kernel
    thin_level: Kernel
    choose: Kernel
    place: Kernel


_loaded: Kernels | None = None


def kernels() -> Kernels | None:
    """The compiled loops, or None before `load`."""
    return _loaded


def load() -> Kernels:
    """Make the compiled loops available. On the main thread: the first import is slow."""
    global _loaded
    if _loaded is None:
        from numba import njit

        picture, many = "uint32[:, ::1]", "float64[:, ::1]"
        whole, box = "int64[::1]", "int64, int64, int64, int64"

        def ready(loop: Kernel, signature: str) -> Kernel:
            made: Kernel = njit(signature, cache=True, nogil=True, error_model="numpy")(loop)
            return made

        _loaded = Kernels(
            ready(_stamp, f"void({picture}, {many}, uint32[:, :, ::1], int64[:, ::1], {box})"),
            ready(_cover, f"void(uint8[:, ::1], {many}, {whole}, float64, {box})"),
            ready(_tint, f"void({picture}, uint8[:, ::1], uint32, {box})"),
            ready(
                _thin,
                f"int64({many}, {whole}, {whole}, float64, float64, float64, float64, float64, "
                f"{many}, {whole})",
            ),
            ready(_fill, f"void({picture}, {many}, {whole}, {whole}, uint32, float64[::1], {box})"),
            ready(_colour, f"void(float32[:, ::1], float32, float32, uint32[::1], {picture})"),
            *_detail_loops(),
        )
    return _loaded


def _detail_loops() -> tuple[Kernel, ...]:
    """In the order of `Kernels`. Arrays that are only read may come from a file (read-only)."""
    from numba import njit, types

    def read(kind: Any, dimensions: int = 1) -> Any:
        return types.Array(kind, dimensions, "C", readonly=True)

    def write(kind: Any, dimensions: int = 1) -> Any:
        return types.Array(kind, dimensions, "C")

    def ready(loop: Kernel, *arguments: Any) -> Kernel:
        made: Kernel = njit(
            arguments,
            cache=True,
            nogil=True,
            error_model="numpy",
        )(loop)
        return made

    real, whole, small, yes = types.float64, types.int64, types.int32, types.boolean
    many, wholes, key = read(real, 2), read(whole), types.uint64
    sizes = (whole, whole)  # first, last
    m = compiled_detail
    return (
        ready(m.measure, many, wholes, wholes, *sizes, write(yes), write(real, 2)),
        ready(m.curve, many, real, real, real, write(key)),
        ready(
            m.gather,
            *(many, wholes, wholes, read(yes), read(small), *sizes),
            *(write(whole), write(real, 2), write(whole)),
        ),
        ready(m.weigh, many, wholes, *sizes, yes, write(types.float32), write(real)),
        ready(
            m.thin_level,
            *(many, wholes, wholes, read(types.float32), read(real), read(key), yes),
            *(real, real, whole, read(real), real, *sizes),
            *(write(whole), write(small), write(whole), write(whole), write(small, 2)),
        ),
        ready(m.choose, many, many, wholes, read(small), real, real, real, real, write(whole)),
        _either(m.place, read, write),
    )


def _either(loop: Kernel, read: Kernel, write: Kernel) -> Kernel:
    """For coordinates as they are, and for those of a level."""
    from numba import njit, types

    real, whole = types.float64, types.int64
    rest = (read(whole), read(whole), read(whole), real, read(real), real)
    out = (write(real, 2), write(whole), write(whole))
    signatures = [(read(kind, 2), *rest, *out) for kind in (real, types.int32)]
    made: Kernel = njit(signatures, cache=True, nogil=True, error_model="numpy")(loop)
    return made


def _stamp(  # type: ignore[no-untyped-def]
    picture, at, stamps, rows, left, top, right, bottom
):
    """Lay one of the stamps (phase x k x k, premultiplied RGBA) around each place.

    k is a multiple of 8: whole rows are blended at once, and that is faster than to skip
    what is transparent.
    """
    k = stamps.shape[1]
    half = k // 2
    mask = np.uint32(0x00FF00FF)
    eight = np.uint32(8)
    flat, inks, wide = picture.reshape(picture.size), stamps.reshape(stamps.size), picture.shape[1]
    for i in range(at.shape[0]):
        x, y = at[i, 0], at[i, 1]
        if not (left - half <= x < right + half and top - half <= y < bottom + half):
            continue
        px, py = math.floor(x), math.floor(y)
        phase = int((y - py) * PHASES) * PHASES + int((x - px) * PHASES)
        x0, y0 = px - half, py - half
        low, high = max(left - x0, 0), min(right - x0, k)
        for row in range(max(rows[phase, 0], top - y0), min(rows[phase, 1], bottom - y0)):
            # unsigned numbers spare the loop the question whether they are negative
            target = np.uint64((y0 + row) * wide + x0 + low)
            source = np.uint64((phase * k + row) * k + low)
            for j in range(np.uint64(max(0, high - low))):
                ink = inks[source + j]
                rest = np.uint32(256) - (ink >> np.uint32(24))
                old = flat[target + j]
                rb = (((old & mask) * rest) >> eight) & mask
                ag = (((old >> eight) & mask) * rest) & ~mask
                flat[target + j] = ink + (rb | ag)


def _cover(coverage, xy, starts, width, left, top, right, bottom):  # type: ignore[no-untyped-def]
    """How much of each pixel (0 to 255) lies under round-ended lines of a width."""
    half = max(width, 1.0) / 2
    strength = 255.0 * min(width, 1.0)
    reach = half + 0.5
    for part in range(starts.shape[0] - 1):
        first, last = starts[part], starts[part + 1]
        if last - first == 1:
            last += 1  # a single place is a dot
        for v in range(first, last - 1):
            x0, y0 = xy[v, 0], xy[v, 1]
            after = min(v + 1, starts[part + 1] - 1)
            x1, y1 = xy[after, 0], xy[after, 1]
            low, high = min(y0, y1) - reach, max(y0, y1) + reach
            west, east = min(x0, x1) - reach, max(x0, x1) + reach
            if not (high > top and low < bottom and east > left and west < right):
                continue
            dx, dy = x1 - x0, y1 - y0
            square = dx * dx + dy * dy
            inverse = 1.0 / square if square > 0 else 0.0
            steep = math.sqrt(square) / abs(dy) * reach if abs(dy) > 1e-9 else 1e30
            for row in range(max(top, int(low)), min(bottom, int(high) + 1)):
                py = row + 0.5
                a, b = west, east
                if steep < 1e29:
                    middle = x0 + (py - y0) / dy * dx
                    a, b = max(a, middle - steep), min(b, middle + steep)
                for column in range(max(left, int(a)), min(right, int(b) + 1)):
                    px = column + 0.5
                    t = ((px - x0) * dx + (py - y0) * dy) * inverse
                    t = min(1.0, max(0.0, t))
                    ex, ey = px - x0 - t * dx, py - y0 - t * dy
                    amount = reach - math.sqrt(ex * ex + ey * ey)
                    if amount > 0:
                        value = np.uint8(min(1.0, amount) * strength)
                        if value > coverage[row, column]:
                            coverage[row, column] = value


def _tint(picture, coverage, ink, left, top, right, bottom):  # type: ignore[no-untyped-def]
    """Lay a colour (premultiplied RGBA) where there is coverage, and clear the coverage."""
    mask = np.uint32(0x00FF00FF)
    eight = np.uint32(8)
    for row in range(top, bottom):
        for column in range(left, right):
            covered = coverage[row, column]
            if covered == 0:
                continue
            coverage[row, column] = 0
            part = np.uint32(covered) + (np.uint32(covered) >> np.uint32(7))
            rb = (((ink & mask) * part) >> eight) & mask
            ag = (((ink >> eight) & mask) * part) & ~mask
            thin = rb | ag
            rest = np.uint32(256) - (thin >> np.uint32(24))
            old = picture[row, column]
            rb = (((old & mask) * rest) >> eight) & mask
            ag = (((old >> eight) & mask) * rest) & ~mask
            picture[row, column] = thin + (rb | ag)


def _thin(  # type: ignore[no-untyped-def]
    coords, starts, parts, left, top, scale, x0, tolerance, out, out_starts
):
    """Map coordinates of some parts as pixels, without vertices closer than the tolerance.

    px = (x - left) * scale + x0, py = (top - y) * scale + x0. Returns how many were written.
    """
    n = 0
    out_starts[0] = 0
    for number in range(parts.shape[0]):
        first, last = starts[parts[number]], starts[parts[number] + 1]
        kept_x, kept_y = 0.0, 0.0
        for v in range(first, last):
            x = (coords[v, 0] - left) * scale + x0
            y = (top - coords[v, 1]) * scale + x0
            if v == first or v == last - 1 or abs(x - kept_x) + abs(y - kept_y) >= tolerance:
                out[n, 0], out[n, 1] = x, y
                kept_x, kept_y = x, y
                n += 1
        out_starts[number + 1] = n
    return n


def _colour(values, low, scale, table, picture):  # type: ignore[no-untyped-def]
    """Values as colours of a table; its last entry is for no data."""
    last = np.float32(table.shape[0] - 2)
    none = table[table.shape[0] - 1]
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            value = values[row, column]
            level = (value - low) * scale + np.float32(0.5)
            level = min(max(level, np.float32(0)), last)
            picture[row, column] = none if value != value else table[np.uint32(level)]


def _fill(  # type: ignore[no-untyped-def]
    picture, xy, starts, firsts, ink, sums, left, top, right, bottom
):
    """Fill areas one after the other, holes by the even-odd rule.

    For each edge, how much of each pixel lies to the right of it is added to `sums` (zero
    before and after); the running sum of a row is then how often a pixel is covered.
    """
    mask = np.uint32(0x00FF00FF)
    eight = np.uint32(8)
    for area in range(firsts.shape[0] - 1):
        begin, end = starts[firsts[area]], starts[firsts[area + 1]]
        if end - begin < 3:
            continue
        west, east, north, south = 1e30, -1e30, 1e30, -1e30
        for v in range(begin, end):
            west, east = min(west, xy[v, 0]), max(east, xy[v, 0])
            north, south = min(north, xy[v, 1]), max(south, xy[v, 1])
        if not (east > left and west < right and south > top and north < bottom):
            continue
        x_from, x_to = int(max(left, west)), int(min(float(right), east + 1.0))
        y_from, y_to = int(max(top, north)), int(min(float(bottom), south + 1.0))
        wide, tall = x_to - x_from, y_to - y_from
        stride = wide + 2
        for ring in range(firsts[area], firsts[area + 1]):
            one, last = starts[ring], starts[ring + 1] - 1
            for v in range(one, last + 1):
                after = v + 1 if v < last else one
                x0, y0 = xy[v, 0] - x_from, xy[v, 1] - y_from
                x1, y1 = xy[after, 0] - x_from, xy[after, 1] - y_from
                sign = 1.0
                if y0 > y1:
                    x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
                if y1 <= 0 or y0 >= tall or y0 == y1:
                    continue
                slope = (x1 - x0) / (y1 - y0)
                for row in range(int(max(y0, 0.0)), min(tall, int(math.ceil(y1)))):  # noqa: RUF046
                    high, low = max(y0, float(row)), min(y1, row + 1.0)
                    share = (low - high) * sign
                    xa, xb = x0 + (high - y0) * slope, x0 + (low - y0) * slope
                    if xa > xb:
                        xa, xb = xb, xa
                    base = row * stride
                    if xb <= 0:
                        sums[base] += share
                        continue
                    if xa >= wide:
                        continue
                    if xa < 0:
                        beyond = share * (-xa / (xb - xa))
                        sums[base] += beyond
                        share -= beyond
                        xa = 0.0
                    if xb > wide:
                        share *= (wide - xa) / (xb - xa)
                        xb = float(wide)
                    first, final = int(xa), int(xb)
                    if first == final or xb - xa < 1e-12:
                        middle = (xa + xb) / 2 - first
                        sums[base + first] += share * (1 - middle)
                        sums[base + first + 1] += share * middle
                        continue
                    per = share / (xb - xa)
                    for column in range(first, final + 1):
                        a, b = max(xa, float(column)), min(xb, column + 1.0)
                        if b > a:
                            middle = (a + b) / 2 - column
                            sums[base + column] += per * (b - a) * (1 - middle)
                            sums[base + column + 1] += per * (b - a) * middle
        for row in range(tall):
            base, covered = row * stride, 0.0
            line = y_from + row
            for column in range(wide):
                covered += sums[base + column]
                sums[base + column] = 0.0
                amount = abs(covered)
                if amount > 1.0:
                    amount = amount % 2.0
                    amount = min(amount, 2.0 - amount)
                if amount < 0.004:
                    continue
                part = np.uint32(amount * 256.0 + 0.5)
                rb = (((ink & mask) * part) >> eight) & mask
                ag = (((ink >> eight) & mask) * part) & ~mask
                colour = rb | ag
                rest = np.uint32(256) - (colour >> np.uint32(24))
                old = picture[line, x_from + column]
                rb = (((old & mask) * rest) >> eight) & mask
                ag = (((old >> eight) & mask) * rest) & ~mask
                picture[line, x_from + column] = colour + (rb | ag)
            sums[base + wide] = 0.0
            sums[base + wide + 1] = 0.0
