"""The inner loops of drawing, compiled: they let other threads run and need no Qt.

Nothing here is needed to draw; without it pictures are the same and take longer. What was
compiled before (`python -m gisapp.warmup` does that once, in a process of its own) is taken by
`use`; `load` compiles it here, which takes many seconds the first time. What the loops do stands
in compiled_points, compiled_lines, compiled_areas and compiled_detail. All of them are compiled for
the arrays they get, also for such that come from a file and are read-only; none keeps anything
between two calls, so that any number of threads may use them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from gisapp.render import (
    compiled_areas,
    compiled_detail,
    compiled_lines,
    compiled_points,
    compiled_reaches,
    compiled_tiles,
)
from gisapp.render.compiled_points import PHASES

__all__ = ["PHASES", "Kernels", "draws_a_line", "kernels", "load", "make", "use"]

Kernel = Callable[..., Any]
Ready = Callable[..., Kernel]  # compiles: the loop, its signatures, options of the compiler
QUICK = {"nnan", "nsz", "contract"}  # liberties of the compiler where all numbers are finite


class Kernels(NamedTuple):
    spread: Kernel
    stamp: Kernel
    merge: Kernel
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
    """Make the compiled loops available, from the compiler's cache if it has them."""
    global _loaded
    if _loaded is None:
        compiled_tiles.load()
        compiled_reaches.load()
        _loaded = make(_ready)
    return _loaded


def use(loops: Mapping[str, Kernel]) -> None:
    """Take loops that were compiled before, by their names."""
    global _loaded
    compiled_tiles.use(loops)
    compiled_reaches.use(loops)
    _loaded = Kernels(*(loops[name] for name in Kernels._fields))


def draws_a_line() -> bool:
    """Whether the loops that are there do what they should: a quick look."""
    picture, ink = np.zeros((8, 8), np.uint32), 0xFF0000FF
    line, whole = np.array([[-1.0, 4.5], [9.0, 4.5]]), np.empty(0)
    loops = kernels()
    assert loops is not None
    loops.lines(picture, line, np.array([0, 2]), np.ones(1), whole, False, ink, 0, 0, 8, 8)
    return bool((picture[4] == ink).all()) and not picture[:4].any() and not picture[5:].any()


def make(ready: Ready) -> Kernels:
    """Compile all that draws, except what lays squares together."""
    _inner(compiled_lines, "thin_piece", "piece", "broken", "tint")
    _inner(compiled_areas, "edge", "lowest", "stroke", "stroke_one")
    return Kernels(*_drawing(ready), *_choosing(ready), *_building(ready))


def _inner(module: ModuleType, *names: str) -> None:
    """Loops that others in the same file call: compiled as parts of those."""
    from numba import njit

    for name in names:
        plain = getattr(getattr(module, name), "py_func", getattr(module, name))
        setattr(module, name, njit(nogil=True, error_model="numpy", fastmath=QUICK)(plain))


def _ready(loop: Kernel, *signatures: tuple[Any, ...], **options: Any) -> Kernel:
    """Compiled for these arguments, and for no others."""
    from numba import njit

    options = {"cache": True, "nogil": True, "error_model": "numpy", **options}
    made: Kernel = njit(list(signatures), **options)(loop)
    return made


def _read(kind: Any, dimensions: int = 1) -> Any:
    """An array that may be read-only."""
    from numba import types

    return types.Array(kind, dimensions, "C", readonly=True)


def _write(kind: Any, dimensions: int = 1) -> Any:
    from numba import types

    return types.Array(kind, dimensions, "C")


def _drawing(ready: Ready) -> tuple[Kernel, ...]:
    from numba import types as t

    picture, many, wholes = _write(t.uint32, 2), _read(t.float64, 2), _read(t.int64)
    box = (t.int64,) * 4
    bits = _read(t.uint64, 3)
    return (
        ready(
            compiled_points.spread,
            (
                *(many, wholes, wholes, _read(t.int16), _read(t.float64)),
                *(t.float64,) * 4,
                *(_write(t.uint64), t.int64),
            ),
        ),
        ready(
            compiled_points.stamp,
            (
                *(picture, _read(t.uint64), _read(t.uint32, 4), bits, bits),
                *(_read(t.int64, 2), t.int64, *box),
            ),
        ),
        ready(compiled_points.merge, (picture, _read(t.uint32, 2), *box)),
        ready(
            compiled_lines.lines,
            (picture, many, wholes, *(_read(t.float64),) * 2, t.boolean, t.uint32, *box),
            fastmath=QUICK,
        ),
        ready(
            compiled_areas.areas,
            (
                *(picture, many, wholes, wholes, _read(t.uint32)),
                *(_write(t.float32), _write(t.uint64), *box),
            ),
            fastmath=QUICK,
        ),
        ready(_colour, (_read(t.float32, 2), t.float32, t.float32, _read(t.uint32), picture)),
    )


def _choosing(ready: Ready) -> tuple[Kernel, ...]:
    from numba import types as t

    many, wholes, real = _read(t.float64, 2), _read(t.int64), t.float64
    found = (_write(real, 2), _write(t.int64), _write(t.int64))
    rest = (wholes, wholes, wholes, real, _read(real), real, *found)
    return (
        ready(
            compiled_detail.choose,
            (
                *(many, many, _read(t.int32), t.int64, wholes, _read(t.int32), wholes, wholes),
                *((real,) * 4),
                *(_write(t.int64), _write(t.int64)),
            ),
        ),
        # for coordinates as they are, and for those of a level
        ready(compiled_detail.place, (many, *rest), (_read(t.int32, 2), *rest)),
    )


def _building(ready: Ready) -> tuple[Kernel, ...]:
    from numba import types as t

    many, wholes, real, yes = _read(t.float64, 2), _read(t.int64), t.float64, t.boolean
    keys, weights, between = _read(t.uint64), _read(t.float32), (t.int64, t.int64)
    whole, m = _write(t.int64), compiled_detail
    return (
        ready(m.measure, (many, wholes, wholes, *between, _write(yes), _write(real, 2))),
        ready(m.curve, (many, real, real, real, _write(t.uint64))),
        ready(
            m.gather,
            (
                *(many, wholes, wholes, _read(yes), _read(t.int32), *between),
                *(whole, _write(real, 2), whole),
            ),
        ),
        ready(m.weigh, (many, wholes, *between, yes, _write(t.float32), _write(real))),
        ready(
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
