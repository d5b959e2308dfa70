"""Checking a river layer as an algorithm: a form, a command and a Python function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from gisapp.api import Edit, FeatureSet, Limits, Part, Progress, Project, algorithm, tr

from .doctor import MOST, Diagnosis, examine
from .doctor_edit import repairs_edit
from .doctor_finding import NetworkFinding
from .doctor_graph import truncated_reaches
from .doctor_repairs import Repair, repairs_from
from .rivers import prepare


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What is known of a river layer before anybody traces in it."""

    reaches: int
    outlets: int
    largest: str  # id of the outlet reach of the largest basin
    largest_reaches: int
    length_m: float
    divergences: int
    cycles: tuple[tuple[str, ...], ...]
    unknown_next: tuple[str, ...]
    duplicates: tuple[str, ...]
    no_length: tuple[str, ...]
    incomplete: tuple[str, ...]  # upstream area published, but part of it not in the data
    counts: dict[str, int]  # of findings by kind
    titles: dict[str, str]  # of the kinds
    findings: tuple[NetworkFinding, ...]  # of each kind the worst
    repairs: int  # that were applied
    not_applied: tuple[Repair, ...]  # they name what is not there
    crs: str  # of the places of findings
    asked: dict[str, Any]  # how it was checked, to do so again

    def fix(self, finding: NetworkFinding, project: Project) -> Edit:
        """What one click does: the finding's repairs added to the project's list of them."""
        return repairs_edit(finding.repairs, project, self.crs)

    def __str__(self) -> str:
        lines = [
            tr("{n} reaches, {km} km, {outlets} outlets, {d} side branches").format(
                n=self.reaches,
                km=f"{self.length_m / 1000:.1f}",
                outlets=self.outlets,
                d=self.divergences,
            ),
            tr("Largest basin: {n} reaches above {id}").format(
                n=self.largest_reaches, id=self.largest
            ),
            tr("Cycles: {n}").format(n=len(self.cycles)),
            tr("Next reach not in the data: {n}").format(n=len(self.unknown_next)),
            tr("Ids there twice: {n}").format(n=len(self.duplicates)),
            tr("Without length: {n}").format(n=len(self.no_length)),
            tr("With an incomplete upstream: {n}").format(n=len(self.incomplete)),
        ]
        told = {"cycle", "unknown-next", "duplicate-id", "no-length", "truncated"}
        lines += [
            tr("{title}: {n}").format(title=self.titles[kind], n=count)
            for kind, count in self.counts.items()
            if count and kind not in told
        ]
        if self.repairs:
            lines.append(tr("Repairs applied: {n}").format(n=self.repairs))
        if self.not_applied:
            lines.append(tr("Repairs of what is not there: {n}").format(n=len(self.not_applied)))
        return "\n".join(lines)


@algorithm("check-rivers", "Check the river network")
def check_rivers(
    rivers: FeatureSet,
    repairs: FeatureSet | None = None,
    id_column: str = "",
    next_down_column: str = "",
    length_column: str = "",
    bridge_gaps_m: Annotated[float, Limits(0, 5_000, "m")] = 0.0,
    near_m: Annotated[float, Limits(0, 5_000, "m")] = 0.0,
    listed: Annotated[int, Limits(1, 100_000)] = MOST,
    *,
    progress: Progress,
) -> NetworkReport:
    """What in a river layer would lead a trace astray.

    repairs: a list of repairs to be applied first. near_m: ends so near each other may have been
    meant to meet (0: told by the lengths of the lines). listed: findings of each kind.
    """
    asked = {
        "id_column": id_column,
        "next_down_column": next_down_column,
        "length_column": length_column,
        "bridge_gaps_m": bridge_gaps_m,
        "near_m": near_m,
        "listed": listed,
    }
    chosen = repairs_from(repairs, rivers.crs)
    net = prepare(
        rivers,
        bridge_gaps_m,
        chosen,
        id=id_column,
        next_down=next_down_column,
        length_m=length_column,
    )
    network = net.network
    progress.report(0.4)
    found: Diagnosis = examine(net, Part(progress, 0.4, 1.0), near_m, listed)
    incomplete = truncated_reaches(net)[0]
    odd = network.oddities

    def keys(reaches: Any) -> tuple[str, ...]:
        return tuple(net.key(int(r)) for r in reaches)

    largest = int(network.order[np.argmax(network.size)]) if len(network) else -1
    return NetworkReport(
        len(network),
        int((network.down < 0).sum()),
        net.key(largest) if largest >= 0 else "",
        int(network.size.max(initial=0)),
        float(network.length_m[network.order].sum()),
        len(network.minor_to),
        tuple(keys(cycle) for cycle in odd.cycles),
        keys(odd.unknown_next),
        keys(odd.duplicates),
        keys(odd.no_length),
        keys(incomplete),
        found.counts,
        found.titles,
        found.findings,
        len(chosen) - len(net.not_applied),
        net.not_applied,
        found.crs,
        asked,
    )
