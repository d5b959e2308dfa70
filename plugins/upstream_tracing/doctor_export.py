"""The lines as they are after the repairs, with what flows into what, for any other program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gisapp.api import Features, Field, Progress, write_features

from .rivers import Rivers

NODES = ("from_node", "to_node", "divergence")  # the names that `columns` knows them by


def repaired_lines(net: Rivers) -> Features:
    """The layer after its repairs. Where only the lines said what flows into what, with nodes.

    from_node, to_node: numbers; divergence: 2 for the smaller branch, 1 for the main one, else 0.
    """
    features = net.features
    columns = {f.name: features.column(f.name) for f in features.fields}
    fields = tuple(f for f in features.fields if f.name not in NODES or net.topology is None)
    if net.topology is not None:
        network, made = net.network, net.topology
        into = made.to_node.copy()
        cut = (network.down[network.position] < 0) & np.isin(into, made.from_node)
        into[cut] = len(made.places) + np.arange(int(cut.sum()))
        branch = np.zeros(len(features), np.int64)
        branch[network.order[network.down[network.minor_from]]] = 1
        branch[network.order[network.minor_to]] = 2
        columns |= dict(zip(NODES, (made.from_node + 1, into + 1, branch), strict=True))
        fields += tuple(Field(name, "integer") for name in NODES)
    shapes = features.shapes_in(features.crs)
    return Features(features.crs, fields, features.ids, columns, replace(shapes))


def write_repaired(path: Path, net: Rivers, progress: Progress) -> None:
    """Raises WriteError."""
    write_features(repaired_lines(net), path, net.features.crs, progress)
