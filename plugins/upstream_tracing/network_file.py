"""A river layer with its network in one file, read where it lies: traced in milliseconds.

What is in it can always be made again from the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.api import (
    Features,
    FeatureSet,
    ParameterError,
    Part,
    Progress,
    ReadError,
    is_geographic,
    layer_from_parts,
    layer_parts,
    metres_per_unit,
    open_arrays,
    tr,
    write_arrays,
)

from .columns import RiverColumns
from .network import Oddities, RiverNetwork
from .pipes import WITHIN_M, Apart, kept_sewers, named_joints, sewers_from, with_pipes
from .placing import RiverLines
from .rivers import Rivers, keep_prepared, prepare
from .topology import Bridges, Topology

LAYOUT = 1
SUFFIX = ".rivernet"
_WHOLE = ("position", "order", "size", "down", "head", "minor_from", "minor_to")
_REAL = ("to_outlet_m", "length_m")
_TOPOLOGY = ("from_node", "to_node", "places", "flipped", "confidence", "component", "outlets",
             "unreached")  # fmt: skip


@dataclass(frozen=True)
class SewerLayers:
    """Pipes that are joined to the rivers, and outfalls that give the joints their names."""

    pipes: FeatureSet | None = None
    within_m: float = WITHIN_M
    outfalls: FeatureSet | None = None


NO_SEWERS = SewerLayers()


def write_network(
    path: Path,
    rivers: FeatureSet,
    progress: Progress,
    *,
    sewers: SewerLayers = NO_SEWERS,
    **said: Any,
) -> Rivers:
    """Prepare a layer as `rivers.prepare` does and keep it. Raises ParameterError, WriteError."""
    progress.report(0.0, tr("Reading the network"))
    if not isinstance(rivers, Features):
        raise ParameterError(
            tr("A layer that can be edited is not kept as a network"),
            hint=tr("Export it first, or trace in the layer itself."),
        )
    net = with_pipes(prepare(rivers, **said), sewers.pipes, sewers.within_m)
    if net.sewers is not None:
        joints = named_joints(net, sewers.outfalls, sewers.within_m)
        net = replace(net, sewers=replace(net.sewers, joints=joints))
    facts, arrays = _parts(net)
    apart = None if net.sewers is None else net.sewers.apart
    if apart is not None and isinstance(pipes := apart.pipes, Features):
        facts["apart"] = {"within_m": apart.within_m}
        for name, (said, some) in (
            ("rivers", _parts(apart.rivers)), ("pipes", layer_parts(pipes, pipes.crs)),
        ):  # fmt: skip
            facts["apart"][name] = said
            arrays |= {f"{name} apart {key}": values for key, values in some.items()}
    write_arrays(path, facts, arrays, Part(progress, 0.8, 1.0))
    return net


def _parts(net: Rivers) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of a network: facts, and arrays by name."""
    layer = net.features
    assert isinstance(layer, Features)
    facts, arrays = layer_parts(layer, layer.crs)
    whole = np.int32 if len(net.features) < 2**31 else np.int64
    for name in _WHOLE:
        arrays[f"network {name}"] = getattr(net.network, name).astype(whole)
    for name in _REAL:
        arrays[f"network {name}"] = getattr(net.network, name)
    facts["network"] = {
        "layout": LAYOUT,
        "columns": asdict(net.columns),
        "computed": net.computed_lengths,
        "oddities": asdict(net.network.oddities),
        "topology": None,
        "sewers": None if net.sewers is None else kept_sewers(net),
    }
    if net.sewers is not None:
        arrays["sewers m_s"] = net.sewers.m_s
    if net.topology is not None:
        for name in _TOPOLOGY:
            arrays[f"topology {name}"] = getattr(net.topology, name)
        reasons, codes = np.unique(net.topology.reason, return_inverse=True)
        arrays["topology reason"] = codes.astype(np.uint8)
        arrays["bridges reach"] = net.topology.bridges.reach
        arrays["bridges gap_m"] = net.topology.bridges.gap_m
        facts["network"]["topology"] = {
            "reasons": reasons.tolist(), "tolerance_m": net.topology.tolerance_m,
        }  # fmt: skip
    return facts, arrays


def open_network(path: Path) -> Rivers:
    """The rivers as they were kept. Raises ReadError for a broken or another file."""
    file = open_arrays(path)
    features = None if file is None else layer_from_parts(file.facts, file.arrays)
    if file is None or features is None or "network" not in file.facts:
        raise _not_one(path)
    try:
        apart = _apart(file.facts, file.arrays)
        rivers = _rivers(features, file.facts["network"], file.arrays, apart)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _not_one(path) from error
    keep_prepared(rivers)
    return rivers


def read_network(path: Path, options: Mapping[str, str], progress: Progress) -> Features:
    """The rivers as a layer, which is traced without being prepared again."""
    progress.report(0.0)
    features = open_network(path).features
    assert isinstance(features, Features)
    return features


def _not_one(path: Path) -> ReadError:
    return ReadError(
        tr("{file} is not a river network, or it is damaged").format(file=path.name),
        hint=tr("Build it again from the river lines."),
    )


def _rivers(
    features: Features,
    facts: Mapping[str, Any],
    arrays: Mapping[str, Any],
    apart: Apart | None,
) -> Rivers:
    if facts["layout"] != LAYOUT:
        raise ValueError(facts["layout"])
    columns = RiverColumns(**facts["columns"])
    odd = facts["oddities"]
    parts = {name: arrays[f"network {name}"] for name in (*_WHOLE, *_REAL)}
    network = RiverNetwork(
        **parts,
        oddities=Oddities(
            tuple(tuple(cycle) for cycle in odd["cycles"]),
            tuple(odd["unknown_next"]),
            tuple(odd["duplicates"]),
            tuple(odd["no_length"]),
        ),
    )
    below = np.where(network.position >= 0, network.down[network.position], -1)
    down = np.where(below >= 0, network.order[below], -1)
    shapes = features.shapes
    degrees = is_geographic(features.crs)
    extent = shapes.extent
    unit = 1.0 if degrees or extent is None else metres_per_unit(features.crs, extent.center)
    lines = RiverLines(
        shapes.coords, shapes.starts, shapes.owner, degrees, unit, network.length_m, down
    )
    made = Rivers(features, columns, network, lines, facts["computed"], _topology(facts, arrays))
    kept = facts.get("sewers")
    if kept is None:
        return made
    sewers = sewers_from(kept, arrays["sewers m_s"], apart)
    return replace(made, whole=kept["whole"], sewers=sewers)


def _apart(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> Apart | None:
    """Rivers and pipes before they were joined, where the file keeps them."""
    kept = facts.get("apart")
    if kept is None:
        return None
    layers = {}
    for name in ("rivers", "pipes"):
        start = f"{name} apart "
        own = {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
        layers[name] = layer_from_parts(kept[name], own), own
    (rivers, own), (pipes, _) = layers["rivers"], layers["pipes"]
    if rivers is None or pipes is None:
        raise ValueError(name)
    alone = _rivers(rivers, kept["rivers"]["network"], own, None)
    keep_prepared(alone)
    return Apart(alone, pipes, kept["within_m"])


def _topology(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> Topology | None:
    made = facts["topology"]
    if made is None:
        return None
    parts = {name: arrays[f"topology {name}"] for name in _TOPOLOGY}
    reason = np.array(made["reasons"])[arrays["topology reason"]]
    bridges = Bridges(arrays["bridges reach"], arrays["bridges gap_m"])
    return Topology(**parts, reason=reason, bridges=bridges, tolerance_m=made["tolerance_m"])
