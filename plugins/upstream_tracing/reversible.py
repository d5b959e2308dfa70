"""Reaches whose water may flow either way: canals, tidal and pumped reaches, polders.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .network import Ints

EITHER_WAY = frozenset(
    ("reversible", "either", "both", "two-way", "tidal", "pumped", "unknown", "uninitialized",
     "往复", "双向", "不定", "感潮", "泵排", "未知")
)  # fmt: skip


def may_turn(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which reaches may flow either way, by the words of their column."""
    return np.array([str(v).strip().lower() in EITHER_WAY for v in values.tolist()], bool)


def turned_branches(from_node: Ints, to_node: Ints, either: npt.NDArray[np.bool_]) -> Ints:
    """Side branches (k x 2 indices of reaches, from and to) for the other way of such reaches.

    Turned round, a reach is fed by all that arrive at its lower node and feeds all that leave its
    upper one; two of them that meet feed each other. A trace that meets one of them so lists all
    that are joined to it: which way the water went is not determined. Nodes: numbers, -1 for none.
    """
    n = len(from_node)
    numbers = np.arange(n)
    # each reach as it is drawn, and those of the second half turned
    reach = np.concatenate([numbers, numbers[either]])
    begins = np.concatenate([from_node, to_node[either]])
    ends = np.concatenate([to_node, from_node[either]])
    order = np.argsort(begins, kind="stable")
    leaving = begins[order]
    first = np.searchsorted(leaving, ends)
    count = np.searchsorted(leaving, ends, "right") - first
    count[ends < 0] = 0
    above = np.repeat(np.arange(len(reach)), count)
    step = np.arange(len(above)) - np.repeat(np.cumsum(count) - count, count)
    below = order[first[above] + step]
    turned = (above >= n) | (below >= n)  # the others are known already
    pairs = np.column_stack([reach[above[turned]], reach[below[turned]]])
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def numbered(*nodes: npt.NDArray[Any]) -> list[Ints]:
    """Names of nodes as numbers, the same for the same name; -1 for an empty one."""
    names, number = np.unique(np.concatenate(nodes), return_inverse=True)
    number = np.where(names[number] == "", -1, number)
    return [part.astype(np.int64) for part in np.split(number, len(nodes))]
