"""The inner loops of drawing, compiled: they let other threads run and need no Qt.

Nothing here is needed to draw; without it pictures are the same and take longer. `load`
takes half a second from the cache, and many seconds where it was never compiled
(`python -m gisapp.warmup` does that once, in a process of its own). What the loops do stands in
compiled_points, compiled_lines, compiled_areas and compiled_detail. All of them are compiled for
the arrays they get, also for such that come from a file and are read-only; none keeps anything
between two calls, so that any number of threads may use them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from gisapp.render import (
    compiled_areas,
    compiled_detail,
    compiled_lines,
    compiled_points,
    compiled_tiles,
)
from gisapp.render.compiled_points import PHASES

__all__ = ["PHASES", "Kernels", "kernels", "load"]

Kernel = Callable[..., Any]
QUICK = {"nnan", "nsz", "contract"}  # liberties of the compiler where all numbers are finite


class Kernels(NamedTuple):
    spread: Kernel
    stamp: Kernel
    lines: Kernel
    areas: Kernel
    colour: Kernel
    choose: Kernel
    place: Kernel
    measure: Kernel
    curve: Kernel
    gather: Kernel
    weigh: Kernel
    thin_level: Kernel


_loaded: Kernels | None = None


def kernels() -> Kernels | None:
    """The compiled loops, or None before `load`."""
    return _loaded


def load() -> Kernels:
    """Make the compiled loops available. On the main thread: the first import is slow."""
    global _loaded
    if _loaded is None:
        _inner(compiled_points, "left_bits_back")
        _inner(compiled_lines, "thin_piece", "piece", "broken", "tint")
        _inner(compiled_areas, "edge", "lowest", "stroke", "stroke_one")
        compiled_tiles.load()
        _loaded = Kernels(*_drawing(), *_choosing(), *_building())
    return _loaded


def _inner(module: ModuleType, *names: str) -> None:
    """Loops that others in the same file call: compiled as parts of those."""
    from numba import njit

    for name in names:
        inner = njit(nogil=True, error_model="numpy", fastmath=QUICK)
        setattr(module, name, inner(getattr(module, name)))


def _ready(loop: Kernel, *signatures: tuple[Any, ...], finite: bool = False) -> Kernel:
    """Compiled for these arguments, and for no others. finite: never gets a NaN."""
    from numba import njit

    made: Kernel = njit(
        list(signatures),
        cache=True,
        nogil=True,
        error_model="numpy",
        fastmath=QUICK if finite else False,
    )(loop)
    return made


def _read(kind: Any, dimensions: int = 1) -> Any:
    """An array that may be read-only."""
    from numba import types

    return types.Array(kind, dimensions, "C", readonly=True)


def _write(kind: Any, dimensions: int = 1) -> Any:
    from numba import types

    return types.Array(kind, dimensions, "C")


def _drawing() -> tuple[Kernel, ...]:
    from numba import types as t

    picture, many, wholes = _write(t.uint32, 2), _read(t.float64, 2), _read(t.int64)
    box = (t.int64,) * 4
    bits = _read(t.uint64, 3)
    return (
        _ready(
            compiled_points.spread,
            (
                *(many, wholes, wholes, _read(t.int16), _read(t.float64)),
                *(t.float64,) * 4,
                *(_write(t.uint64), t.int64),
            ),
        ),
        _ready(
            compiled_points.stamp,
            (picture, _read(t.uint64), _read(t.uint32, 4), bits, bits, *box),
        ),
        _ready(
            compiled_lines.lines,
            (picture, many, wholes, *(_read(t.float64),) * 2, t.boolean, t.uint32, *box),
            finite=True,
        ),
        _ready(
            compiled_areas.areas,
            (picture, many, wholes, wholes, _read(t.uint32), *box),
            finite=True,
        ),
        _ready(_colour, (_read(t.float32, 2), t.float32, t.float32, _read(t.uint32), picture)),
    )


def _choosing() -> tuple[Kernel, ...]:
    from numba import types as t

    many, wholes, real = _read(t.float64, 2), _read(t.int64), t.float64
    found = (_write(real, 2), _write(t.int64), _write(t.int64))
    rest = (wholes, wholes, wholes, real, _read(real), real, *found)
    return (
        _ready(
            compiled_detail.choose,
            (many, many, wholes, _read(t.int32), *(real,) * 4, _write(t.int64)),
        ),
        # for coordinates as they are, and for those of a level
        _ready(compiled_detail.place, (many, *rest), (_read(t.int32, 2), *rest)),
    )


def _building() -> tuple[Kernel, ...]:
    from numba import types as t

    many, wholes, real, yes = _read(t.float64, 2), _read(t.int64), t.float64, t.boolean
    keys, weights, between = _read(t.uint64), _read(t.float32), (t.int64, t.int64)
    whole, m = _write(t.int64), compiled_detail
    return (
        _ready(m.measure, (many, wholes, wholes, *between, _write(yes), _write(real, 2))),
        _ready(m.curve, (many, real, real, real, _write(t.uint64))),
        _ready(
            m.gather,
            (
                *(many, wholes, wholes, _read(yes), _read(t.int32), *between),
                *(whole, _write(real, 2), whole),
            ),
        ),
        _ready(m.weigh, (many, wholes, *between, yes, _write(t.float32), _write(real))),
        _ready(
            m.thin_level,
            (
                *(many, wholes, wholes, weights, _read(real), keys, yes),
                *(real, real, t.int64, _read(real), real, *between),
                *(whole, _write(t.int32), whole, whole, _write(t.int32, 2)),
            ),
        ),
    )


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
