"""Loops for a pointer over very many lines: which line each pixel shows, and some of them lit up.

Nothing here is needed: without it gisapp.ui.traced_cells does the same with arrays, more slowly.
What was compiled before is taken by `use`; `load` compiles it here. Pixels of `cells` hold the
number of a line or -1; pixels of a picture are four bytes in one number, alpha in the highest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Kernel = Callable[..., Any]


class ReachLoops(NamedTuple):
    straight_reaches: Kernel
    whole_reaches: Kernel
    lit_reaches: Kernel


_loaded: ReachLoops | None = None


def loops() -> ReachLoops | None:
    """The compiled loops, or None before `load`."""
    return _loaded


def load() -> ReachLoops:
    """Make the compiled loops available, from the compiler's cache if it has them."""
    global _loaded
    if _loaded is None:
        _loaded = make(_ready)
    return _loaded


def use(loops: Mapping[str, Kernel]) -> None:
    """Take loops that were compiled before, by their names."""
    global _loaded
    _loaded = ReachLoops(*(loops[name] for name in ReachLoops._fields))


def line(cells, x0, y0, x1, y1, number) -> None:  # type: ignore[no-untyped-def]
    """A straight line a pixel wide, clipped to the picture (Liang and Barsky)."""
    height, width = cells.shape
    first, last = 0.0, 1.0
    for axis in range(2):
        start, step, most = (
            (x0, x1 - x0, float(width)) if axis == 0 else (y0, y1 - y0, float(height))
        )
        if step == 0.0:
            if not (start >= 0.0 and start < most):
                return
            continue
        low, high = -start / step, (most - start) / step
        if low > high:
            low, high = high, low
        first, last = max(first, low), min(last, high)
    if not first <= last:
        return
    dx, dy = (x1 - x0) * (last - first), (y1 - y0) * (last - first)
    x, y = x0 + (x1 - x0) * first, y0 + (y1 - y0) * first
    steps = int(max(abs(dx), abs(dy))) + 1
    dx, dy = dx / steps, dy / steps
    for _ in range(steps):
        cells[min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)] = number
        x += dx
        y += dy


def straight_reaches(  # type: ignore[no-untyped-def]
    cells, ends, numbers, a, b, c, d, e, f
) -> None:
    """Each line from end to end (x, y, x, y); later ones over earlier ones.

    a to f: from their system to pixels: x' = a x + b y + c, y' = d x + e y + f.
    """
    height, width = cells.shape
    for n in range(ends.shape[0]):
        x0, y0 = a * ends[n, 0] + b * ends[n, 1] + c, d * ends[n, 0] + e * ends[n, 1] + f
        x1, y1 = a * ends[n, 2] + b * ends[n, 3] + c, d * ends[n, 2] + e * ends[n, 3] + f
        if not (max(x0, x1) >= 0.0 and min(x0, x1) < width):
            continue
        if not (max(y0, y1) >= 0.0 and min(y0, y1) < height):
            continue
        if abs(x1 - x0) < 1.0 and abs(y1 - y0) < 1.0:
            if x0 >= 0.0 and x0 < width and y0 >= 0.0 and y0 < height:
                cells[int(y0), int(x0)] = numbers[n]
        else:
            line(cells, x0, y0, x1, y1, numbers[n])


def whole_reaches(  # type: ignore[no-untyped-def]
    cells, coords, starts, parts, numbers, a, b, c, d, e, f
) -> None:
    """Parts with all their places, in the order they are given; numbers: of every part."""
    for n in range(parts.shape[0]):
        part = parts[n]
        first, after = starts[part], starts[part + 1]
        x0 = y0 = 0.0
        for at in range(first, after):
            x, y = coords[at, 0], coords[at, 1]
            x1, y1 = a * x + b * y + c, d * x + e * y + f
            if at > first:
                line(cells, x0, y0, x1, y1, numbers[part])
            x0, y0 = x1, y1


def lit_reaches(pixels, lows, highs, picture, ink) -> int:  # type: ignore[no-untyped-def]
    """Paint runs of `pixels` (numbers of pixels, none in the last row or column), two wide.

    Answers the first painted row and the one after the last in one number (upper and lower half).
    """
    height, width = picture.shape
    flat = picture.reshape(-1)
    least, most = height * width, -1
    for run in range(lows.shape[0]):
        for at in range(lows[run], highs[run]):
            pixel = pixels[at]
            least, most = min(least, pixel), max(most, pixel)
            flat[pixel] = ink
            flat[pixel + 1] = ink
            flat[pixel + width] = ink
            flat[pixel + width + 1] = ink
    if most < 0:
        return 0
    return int((least // width) * 65536 + most // width + 2)


def _ready(loop: Kernel, *signatures: tuple[Any, ...], **options: Any) -> Kernel:
    from numba import njit

    options = {"cache": True, "nogil": True, "error_model": "numpy", **options}
    made: Kernel = njit(list(signatures), **options)(loop)
    return made


def make(ready: Callable[..., Kernel]) -> ReachLoops:
    """Compile them; `ready` gets a loop and its signatures."""
    from numba import njit, types

    global line

    line = njit(nogil=True, error_model="numpy")(getattr(line, "py_func", line))

    def read(kind: Any, dimensions: int = 1) -> Any:
        return types.Array(kind, dimensions, "C", readonly=True)

    def written(kind: Any) -> Any:
        return types.Array(kind, 2, "C")

    real, small, whole = types.float64, read(types.int32), read(types.int64)
    cells = written(types.int32)
    return ReachLoops(
        ready(straight_reaches, (cells, read(types.float32, 2), small, *(real,) * 6)),
        ready(whole_reaches, (cells, read(real, 2), whole, whole, small, *(real,) * 6)),
        ready(
            lit_reaches,
            (small, whole, whole, written(types.uint32), types.uint32),
        ),
    )
