"""The inner loops of drawing, compiled: they let other threads run and need no Qt.

Nothing here is needed to draw; without it pictures are the same and take longer. What was
compiled before (`python -m gisapp.warmup` does that once, in a process of its own) is taken by
`use`; `load` compiles it here, which takes many seconds the first time. What the loops do stands
in compiled_points, compiled_lines, compiled_areas, compiled_detail and compiled_squares. All of
them are compiled for the arrays they get, also for such that come from a file and are read-only;
none keeps anything between two calls, so that any number of threads may use them.
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
    compiled_squares,
    compiled_tiles,
)
from gisapp.render.compiled_lines import words_for
from gisapp.render.compiled_points import PHASES
from gisapp.render.states import UNKNOWN

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
    points_square: Kernel
    lines_square: Kernel
    areas_square: Kernel
    look_through: Kernel
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
    clip = (0, 0, 8, 8)
    room = words_for(clip), UNKNOWN
    loops.lines(picture, line, np.array([0, 2]), np.ones(1), whole, False, ink, *room, *clip)
    return bool((picture[4] == ink).all()) and not picture[:4].any() and not picture[5:].any()


def make(ready: Ready) -> Kernels:
    """Compile all that draws, except what lays squares together."""
    _inner(compiled_lines, "thin_piece", "piece", "broken", "tint")
    _inner(compiled_areas, "edge", "lowest", "stroke", "stroke_one")
    _inner(compiled_detail, "touches", quick=False)
    return Kernels(*_drawing(ready), *_choosing(ready), *_squares(ready), *_building(ready))


def _inner(module: ModuleType, *names: str, quick: bool = True) -> None:
    """Loops that others in the same file call: compiled as parts of those."""
    from numba import njit

    liberties = QUICK if quick else False
    for name in names:
        plain = getattr(getattr(module, name), "py_func", getattr(module, name))
        setattr(module, name, njit(nogil=True, error_model="numpy", fastmath=liberties)(plain))


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
            (
                *(picture, many, wholes, *(_read(t.float64),) * 2, t.boolean, t.uint32),
                *(_write(t.uint64), _write(t.uint8, 2), *box),
            ),
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


def _search() -> tuple[Any, ...]:
    """What is given to find features on a curve."""
    from numba import types as t

    many, wholes, small = _read(t.float64, 2), _read(t.int64), _read(t.int32)
    curve = many, many, many, small, t.int64, wholes, small, wholes, wholes
    return *curve, *(t.float64,) * 4, _write(t.int64), _write(t.int64)


def _squares(ready: Ready) -> tuple[Kernel, ...]:
    from numba import types as t

    module = compiled_squares
    looked_through = getattr(module.looked_through, "py_func", module.looked_through)
    _inner(module, "choose", "place", "spread", "stamp", quick=False)
    _inner(module, "sort_by", "emptied", "note_stamps", "looked_through", quick=False)
    _inner(module, "lines", "areas")
    real, many = t.float64, _read(t.float64, 2)
    square = _write(t.uint32, 2), _write(t.uint8, 2)
    keys, bits = (_write(t.uint64),) * 2, _read(t.uint64, 3)
    placing = real, _read(real), real, _write(real, 2), *(_write(t.int64),) * 2, _write(real)
    inking = t.uint32, _write(t.uint64)
    fills = _read(t.int16), _read(t.uint32), _write(t.uint32), _write(t.float32), _write(t.uint64)
    exact, thinned = many, _read(t.int32, 2)
    search = _search()
    atlas = _read(t.uint32, 4), bits, bits, _read(t.int64, 2), t.int64
    return (
        ready(
            module.points_square,
            (*square, *search, many, _read(t.int16), _read(real), *keys, *atlas),
        ),
        ready(
            module.lines_square,
            *(
                (kind, *square, *search, *placing, real, _read(real), *inking)
                for kind in (exact, thinned)
            ),
        ),
        ready(
            module.areas_square,
            *(
                (kind, *square, *search, *placing, real, *inking, *keys, *fills)
                for kind in (exact, thinned)
            ),
        ),
        ready(looked_through, (_read(t.uint32, 2), _write(t.uint8, 2))),
    )


def _choosing(ready: Ready) -> tuple[Kernel, ...]:
    from numba import types as t

    many, wholes, real = _read(t.float64, 2), _read(t.int64), t.float64
    found = (_write(real, 2), _write(t.int64), _write(t.int64))
    rest = (wholes, wholes, wholes, real, _read(real), real, *found)
    return (
        ready(
            compiled_detail.choose,
            _search(),
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
