"""The order of a very large network, found in one pass down and one pass up, compiled.

Compiling takes seconds the first time on a machine and is kept; smaller networks are ordered
with whole-array work instead (network.py), with the same answer.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

FROM = 400_000  # reaches from which compiling pays


@cache
def compiled() -> Any:
    """The loop below, compiled for 64-bit networks."""
    from numba import njit

    whole, real = "int64[::1]", "float64[::1]"
    signature = (
        f"boolean({whole}, {real}, {real}, boolean, boolean[::1], {whole}, {whole}, {real}, {real})"
    )
    return njit(signature, cache=True, nogil=True)(_ordered)


def _ordered(  # type: ignore[no-untyped-def]
    down, length, weight, weight_is_above, left_out, size, position, above, way
):
    """Fill size (reaches above, itself included) and position of each reach, the way from its lower
    end to the outlet, and what it is weighed by: its weight, or with `weight_is_above` the sum of
    the weights above it.

    False where a circle leaves reaches without an order: nothing can be used then.
    """
    n = down.shape[0]
    waiting = np.zeros(n, np.int64)  # tributaries not yet added up
    for i in range(n):
        size[i] = 1
        above[i] = weight[i]
        if down[i] >= 0:
            waiting[down[i]] += 1
    first = np.zeros(n + 1, np.int64)  # tributaries of each reach, one behind the other
    for i in range(n):
        first[i + 1] = first[i] + waiting[i]
    inflow = np.empty(first[n], np.int64)
    filled = first[:n].copy()
    for i in range(n):
        if down[i] >= 0:
            inflow[filled[down[i]]] = i
            filled[down[i]] += 1
    downwards = np.empty(n, np.int64)  # every reach behind all that flow into it
    known = 0
    for i in range(n):
        if waiting[i] == 0:
            downwards[known] = i
            known += 1
    at = 0
    while at < known:
        i = downwards[at]
        at += 1
        below = down[i]
        if below >= 0:
            size[below] += size[i]
            if weight_is_above:
                above[below] += above[i]
            waiting[below] -= 1
            if waiting[below] == 0:
                downwards[known] = below
                known += 1
    if known < n:
        return False
    for i in range(n):  # heavier tributaries first; of equal ones the earlier reach
        for j in range(first[i] + 1, first[i + 1]):
            moved = inflow[j]
            k = j - 1
            while k >= first[i] and above[inflow[k]] < above[moved]:
                inflow[k + 1] = inflow[k]
                k -= 1
            inflow[k + 1] = moved
    outlets = np.empty(n, np.int64)
    basins = 0
    for i in range(n):
        position[i] = -1
        if down[i] < 0 and not left_out[i]:
            outlets[basins] = i
            basins += 1
    at = 0
    for b in np.argsort(-above[outlets[:basins]], kind="mergesort"):
        position[outlets[b]] = at
        way[outlets[b]] = 0.0
        at += size[outlets[b]]
    for back in range(n):  # each reach before all that flow into it
        i = downwards[n - 1 - back]
        if position[i] < 0:
            continue
        at = position[i] + 1
        for j in range(first[i], first[i + 1]):
            position[inflow[j]] = at
            way[inflow[j]] = way[i] + length[i]
            at += size[inflow[j]]
    return True
