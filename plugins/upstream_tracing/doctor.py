"""The network doctor: everything in a river layer that may lead a trace astray, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.api import Part, Progress, tr

from .doctor_finding import Found, NetworkFinding, Pen, kinds
from .doctor_graph import graph_checks
from .doctor_lines import line_checks
from .rivers import Rivers

MOST = 200  # findings of one kind that are listed; all are counted


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """counts: how many of each kind there are. findings: of each kind at most a few hundred."""

    counts: dict[str, int]
    titles: dict[str, str]
    findings: tuple[NetworkFinding, ...]
    crs: str


def examine(net: Rivers, progress: Progress, near_m: float = 0.0, most: int = MOST) -> Diagnosis:
    """All checks. near_m: how far ends may lie apart that may have been meant to meet."""
    progress.report(0.0, tr("Looking at the network"))
    pen = Pen(net)
    found: dict[str, Found] = {}
    for one in graph_checks(pen, most):
        found[one.kind] = one
    for one in line_checks(pen, most, near_m, Part(progress, 0.2, 0.9)):
        found[one.kind] = one
    listed: list[NetworkFinding] = []
    known = kinds()
    for kind in known:
        if kind in found and found[kind].count:
            listed.extend(found[kind].make())
    progress.report(1.0)
    return Diagnosis(
        {kind: found[kind].count if kind in found else 0 for kind in known},
        {kind: what.title for kind, what in known.items()},
        tuple(listed),
        net.features.crs,
    )
