"""What the network doctor says: findings by kind, each with a reason and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gisapp.api import FeatureId, Point, tr

from .doctor_repairs import Repair
from .network import Floats
from .rivers import Rivers

WARNING, NOTE = "warning", "note"  # may lead a trace astray; good to know


@dataclass(frozen=True, slots=True)
class NetworkFinding:
    """kind: see `words`. reaches: ids as in the data. place: in the system of the layer.

    confidence: that it is so and that the repairs are right, 0 to 1 (a judgement). repairs: what
    one click does; none where only a person can tell.
    """

    kind: str
    severity: str
    reaches: tuple[str, ...]
    features: tuple[FeatureId, ...]
    place: Point | None
    reason: str
    confidence: float
    advice: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """All of one kind: how many there are, and the first of them, the worst first."""

    kind: str
    count: int
    make: Callable[[], Iterable[NetworkFinding]]


@dataclass(frozen=True, slots=True)
class Kind:
    title: str
    advice: str
    severity: str = WARNING


def kinds() -> dict[str, Kind]:
    """What can be found, in the order in which it is shown."""
    return {
        "cycle": Kind(
            tr("Cycles"), tr("Water cannot run in a circle: cut where it is drawn wrong.")
        ),
        "duplicate-id": Kind(
            tr("Ids there twice"), tr("Only the first is traced: give this one its own id.")
        ),
        "unknown-next": Kind(
            tr("Next reach not in the data"),
            tr("Load the missing part, or say that the data ends here."),
        ),
        "truncated": Kind(
            tr("Upstream incomplete"), tr("Load what lies farther up, or trace with this in mind.")
        ),
        "gap": Kind(tr("Gaps between ends"), tr("Look at the map: if it is one river, join it.")),
        "bridged": Kind(
            tr("Gaps closed for tracing"), tr("Look at the map: keep the bridge if it is right.")
        ),
        "end-to-line": Kind(
            tr("Ends that miss a line"), tr("If it flows in there, split the line at that place.")
        ),
        "crossing": Kind(
            tr("Lines crossing without a node"),
            tr("Split both where the rivers meet; leave it where one passes under the other."),
        ),
        "flipped": Kind(
            tr("Drawn against the flow"), tr("It is traced the right way; turning makes it sure.")
        ),
        "unreached": Kind(
            tr("No outlet reached"), tr("Close the gap that cuts it off, or turn what blocks it.")
        ),
        "closed": Kind(tr("Closed lines"), tr("A lake shore or island: leave it out.")),
        "duplicate-line": Kind(tr("Lines drawn twice"), tr("Leave one of them out.")),
        "parallel": Kind(
            tr("Two lines between the same nodes"),
            tr("Around an island both are right; otherwise leave the smaller one out."),
            NOTE,
        ),
        "dangle": Kind(
            tr("Very short dead ends"), tr("If it is a slip of the pen, leave it out."), NOTE
        ),
        "no-length": Kind(tr("Without length"), tr("It counts as 0 m: correct its length.")),
        "slope": Kind(
            tr("Slopes that cannot be"), tr("Travel times of it are wrong: correct the slope.")
        ),
        "confluence": Kind(
            tr("More than three inflows"), tr("See whether all of them really meet here."), NOTE
        ),
        "divergence": Kind(
            tr("Divergences"), tr("Check which branch is the main one and what it carries."), NOTE
        ),
        "component": Kind(
            tr("Separate pieces"), tr("See whether it flows into another piece."), NOTE
        ),
        "sink": Kind(tr("Outlets"), tr("See whether water really leaves here."), NOTE),
        "source": Kind(tr("Springs"), tr("Nothing flows in here."), NOTE),
    }


class Pen:
    """Writes findings of one network."""

    def __init__(self, net: Rivers) -> None:
        self.net, self._kinds = net, kinds()
        first, last, _ = net.lines._ends()
        back = net.topology.flipped if net.topology is not None else net.lines.reversed
        self.first, self.last = first, last
        self.lower: Floats = np.where(back[:, None], first, last)
        self.upper: Floats = np.where(back[:, None], last, first)

    def finding(
        self,
        kind: str,
        reaches: Iterable[int],
        reason: str,
        confidence: float,
        *,
        at: Floats | tuple[float, float] | None = None,
        repairs: tuple[Repair, ...] = (),
    ) -> NetworkFinding:
        """At the lower end of the first reach unless a place is given."""
        numbers = np.array(list(reaches), np.int64)
        x, y = self.lower[numbers[0]] if at is None else at
        features = tuple(FeatureId(str(f)) for f in self.net.features.ids_at(numbers).tolist())
        known = self._kinds[kind]
        return NetworkFinding(
            kind,
            known.severity,
            tuple(self.net.keys_of(numbers)),
            features,
            Point(float(x), float(y)) if x == x and y == y else None,
            reason,
            round(float(confidence), 2),
            known.advice,
            repairs,
        )

    def repair(
        self,
        kind: str,
        reach: int,
        other: int = -1,
        at: Floats | None = None,
        why: str = "",
    ) -> Repair:
        """At the lower end of the reach unless a place is given."""
        named = [reach] if other < 0 else [reach, other]
        ids = [str(f) for f in self.net.features.ids_at(np.array(named)).tolist()]
        ids = [self.net.whole.get(fid, fid) for fid in ids]
        x, y = (self.lower[reach] if at is None else at).tolist()
        place = (x, y) if x == x and y == y else None
        key = self.net.key(reach)
        return Repair(kind, ids[0], ids[1] if other >= 0 else "", place, key, why)
