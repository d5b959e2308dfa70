"""Culverts and sewers as a layer says them: which way they flow, and how fast.

Which way: a column of directions, else the levels at both ends, else as they are drawn; columns
that say what flows into what go before all of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.api import FeatureSet

from .columns import RiverColumns, guess_columns
from .linking import Reaches, as_numbers, ends_of_reaches, network_from_columns
from .network import Floats, Ints, key_of
from .placing import RiverLines
from .topology import Ends, build_topology, next_reaches, usual_tolerance_m

KNOWN: Mapping[str, tuple[str, ...]] = {
    "id": ("pipe_id", "conduit_id", "管线编码", "管段编码", "管段编号"),
    "direction": ("flow", "flow_direction", "flowdir", "direction", "流向"),
    "level_first": ("level_first", "invert_up", "z_start", "us_invert", "起点管底高程"),
    "level_last": ("level_last", "invert_down", "z_end", "ds_invert", "终点管底高程"),
    "diameter_mm": ("diameter_mm", "diameter", "管径", "管径_mm"),
    "diameter_m": ("diameter_m", "管径_m"),
}
WITH = frozenset(("with", "forward", "digitised", "digitized", "0", "1", "正向", "顺向"))
AGAINST = frozenset(("against", "backward", "reverse", "reversed", "-1", "反向", "逆向"))
DIRECTION, LEVELS, DRAWN, COLUMNS = "direction", "levels", "drawn", "columns"  # why it flows so
ASSUMED_M_S = 1.0  # in a pipe of which nothing is known
PIPE_N = 0.013  # Manning's n of concrete pipes (Chow 1959, table 5-6)
LEAST_SLOPE = 5e-4  # flatter ones are taken as so steep
SLOWEST, FASTEST = 0.2, 5.0  # m/s, of what is calculated
LEAST_TOLERANCE, MOST_TOLERANCE = 0.1, 5.0  # metres between ends that are one manhole


@dataclass(frozen=True, eq=False)
class PipeLines:
    """Of n pipes, lines in the flow's direction. main: index of the next one or -1; side: k x 2."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    lines: tuple[Floats, ...]  # in the system that was asked for
    length_m: Floats
    main: Ints
    side: Ints
    m_s: Floats
    known_by: npt.NDArray[np.str_]  # direction, levels, drawn or columns


def read_pipes(pipes: FeatureSet, crs: str, *, degrees: bool, unit_m: float) -> PipeLines:
    """The layer in the system of the rivers. Lines of several parts are joined in their order."""
    columns = _columns(pipes)
    named = {f.name.lower().strip(): f.name for f in pipes.fields}
    known = guess_columns(f.name for f in pipes.fields)
    shapes = pipes.shapes_in(crs)
    n = len(pipes)
    lines: list[Floats] = [np.empty((0, 2))] * n
    for owner in range(n):
        first, last = np.searchsorted(shapes.owner, (owner, owner + 1))
        if last > first:
            lines[owner] = np.array(shapes.coords[shapes.starts[first] : shapes.starts[last]])
    against, known_by = _ways(pipes, columns, known)
    turned = against & ~known.connected
    lines = [line[::-1] if turn else line for line, turn in zip(lines, turned, strict=True)]
    drawn = _drawn(lines, degrees=degrees, unit_m=unit_m)
    reaches = Reaches(pipes, known)
    told = reaches.lengths
    measured = np.bincount(drawn.owner, drawn.part_m, n).astype(np.float64)
    length = measured if told is None else np.where(told > 0, told, measured)
    if known.connected:
        network = network_from_columns(reaches, length, None)
        below = np.where(network.position >= 0, network.down[network.position], -1)
        main = np.where(below >= 0, network.order[below], -1)
        tops, feet = network.order[network.minor_from], network.order[network.minor_to]
        side = np.column_stack([tops, feet]).astype(np.int64)
    else:
        begin, end = ends_of_reaches(reaches, drawn)
        ends = Ends(begin, end, length)
        tolerance = min(max(usual_tolerance_m(ends), LEAST_TOLERANCE), MOST_TOLERANCE)
        made = build_topology(ends, tolerance_m=tolerance, given=np.ones(n, bool))
        main, side = next_reaches(made, length)
    ids = named.get(columns.get("id", ""), "") or known.id
    keys = pipes.column(ids).tolist() if ids else pipes.ids.tolist()
    titles = pipes.column(known.name).tolist() if known.name else [""] * n
    return PipeLines(
        tuple(map(key_of, keys)), tuple(map(key_of, titles)), tuple(lines), length,
        np.asarray(main, np.int64), np.asarray(side, np.int64).reshape(-1, 2),
        _velocity(pipes, columns, known, length), known_by,
    )  # fmt: skip


def _columns(pipes: FeatureSet) -> dict[str, str]:
    there = {f.name.lower().strip(): f.name for f in pipes.fields}
    found = {
        role: next((there[word] for word in words if word in there), "")
        for role, words in KNOWN.items()
    }
    return {role: name for role, name in found.items() if name}


def _ways(
    pipes: FeatureSet, columns: Mapping[str, str], known: RiverColumns
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
    """Which pipes flow against their line, and how that is known."""
    n = len(pipes)
    known_by = np.full(n, DRAWN, dtype="<U9")
    against = np.zeros(n, bool)
    if known.connected:
        return against, np.full(n, COLUMNS, dtype="<U9")
    if "level_first" in columns and "level_last" in columns:
        first, last = (_numbers(pipes, columns[name]) for name in ("level_first", "level_last"))
        told = np.isfinite(first) & np.isfinite(last) & (first != last)
        against[told], known_by[told] = (first < last)[told], LEVELS
    if "direction" in columns:
        words = [key_of(v).lower() for v in pipes.column(columns["direction"]).tolist()]
        for number, word in enumerate(words):
            if word in WITH or word in AGAINST:
                against[number], known_by[number] = word in AGAINST, DIRECTION
    return against, known_by


def _velocity(
    pipes: FeatureSet, columns: Mapping[str, str], known: RiverColumns, length: Floats
) -> Floats:
    """Measured, else of the full pipe by Manning from diameter and slope, else assumed."""
    n = len(pipes)
    wide = np.full(n, np.nan)
    if "diameter_mm" in columns:
        wide = _numbers(pipes, columns["diameter_mm"]) / 1000
    elif "diameter_m" in columns:
        wide = _numbers(pipes, columns["diameter_m"])
    steep = _numbers(pipes, known.slope) if known.slope else np.full(n, np.nan)
    if "level_first" in columns and "level_last" in columns:
        first, last = (_numbers(pipes, columns[name]) for name in ("level_first", "level_last"))
        with np.errstate(divide="ignore", invalid="ignore"):
            steep = np.where(np.isfinite(steep), steep, np.abs(first - last) / length)
    rough = _numbers(pipes, known.roughness) if known.roughness else np.full(n, PIPE_N)
    rough = np.where(rough > 0, rough, PIPE_N)
    with np.errstate(invalid="ignore"):
        full = (wide / 4) ** (2 / 3) * np.sqrt(np.maximum(steep, LEAST_SLOPE)) / rough
    m_s = np.where(np.isfinite(full) & (full > 0), np.clip(full, SLOWEST, FASTEST), ASSUMED_M_S)
    if known.velocity_m_s:
        measured = _numbers(pipes, known.velocity_m_s)
        m_s = np.where(measured > 0, measured, m_s)
    return np.asarray(m_s, np.float64)


def _numbers(pipes: FeatureSet, name: str) -> Floats:
    return as_numbers(pipes.column(name))


def _drawn(lines: list[Any], *, degrees: bool, unit_m: float) -> RiverLines:
    owner = np.array([k for k, line in enumerate(lines) if len(line)], np.int64)
    kept = [line for line in lines if len(line)]
    starts = np.concatenate([[0], np.cumsum([len(line) for line in kept])]).astype(np.int64)
    coords = np.vstack(kept) if kept else np.empty((0, 2))
    n = len(lines)
    return RiverLines(coords, starts, owner, degrees, unit_m, np.zeros(n), np.full(n, -1))
