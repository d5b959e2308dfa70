"""The rows of a ranking in the words that people read: parts of a score, gates, what decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gisapp.api import FeatureId, tr

from .rank_evidence import State
from .ranking import UNKNOWN, Decides, Ranked, Weights


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One term: how much it speaks for the source (0 to 1), its share, its points of 100."""

    name: str
    title: str
    value: float
    share: float
    points: float  # before the gates


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row. Hours before the measurement are negative. Unknown: no feature, no parts."""

    place: int
    id: str
    title: str
    feature: FeatureId | None
    score: float
    ranks: tuple[int, int]
    parts: tuple[ShownPart, ...] = ()
    gates: tuple[tuple[str, float], ...] = ()  # what the points are multiplied with
    distance_m: float | None = None
    travel_h: float | None = None
    window_h: tuple[float, float] | None = None
    load: str = ""
    decides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.id}  {self.title}" if self.id and self.title != self.id else self.title

    @property
    def rank_words(self) -> str:
        best, worst = self.ranks
        if best == worst:
            return tr("rank {n} in every case").format(n=best)
        return tr("rank {best} to {worst}").format(best=best, worst=worst)

    @property
    def way_words(self) -> str:
        """How far it is and when it must have let out; empty for the unknown."""
        if self.distance_m is None or self.travel_h is None:
            return ""
        words = tr("{km} km, {hours} h away").format(
            km=f"{self.distance_m / 1000:.1f}", hours=f"{self.travel_h:.1f}"
        )
        return f"{words} · {self.window_words}" if self.window_h else words

    @property
    def window_words(self) -> str:
        if self.window_h is None:
            return ""
        first, last = self.window_h
        return tr("let out {first} to {last} h before").format(
            first=f"{-first:.1f}", last=f"{-last:.1f}"
        )


def rows_of(
    rows: Sequence[tuple[Ranked, FeatureId | None, float | None, float | None]], weights: Weights
) -> tuple[ShownRow, ...]:
    """Each with its feature, metres along the river and hours of travel."""
    shares, titles = weights.shares(), term_titles()
    return tuple(
        _row(place, row, feature, far, hours, shares, titles)
        for place, (row, feature, far, hours) in enumerate(rows, 1)
    )


def _row(
    place: int, row: Ranked, feature: FeatureId | None, far: float | None, hours: float | None,
    shares: dict[str, float], titles: dict[str, str],
) -> ShownRow:  # fmt: skip
    if row.id == UNKNOWN or row.terms is None or row.gates is None:
        load = tr("{load} g/s that no listed source explains").format(
            load=f"{row.arriving_g_s or 0:.3g}"
        )
        if row.arriving_g_s is None:
            load = tr("how much no listed source explains is not known: no flow")
        title = tr("unknown or diffuse source")
        wanted = (tr("samples along the river, from the station upwards"),)
        return ShownRow(place, "", title, None, row.score, row.ranks, load=load, decides=wanted)
    parts = tuple(
        ShownPart(name, titles[name], value, shares[name], 100 * shares[name] * value)
        for name, value in asdict(row.terms).items()
    )
    gate_names = gate_titles()
    gates = tuple((gate_names[name], value) for name, value in asdict(row.gates).items())
    load = tr("load not known")
    if row.arriving_g_s is not None:
        load = tr("{load} g/s arriving").format(load=f"{row.arriving_g_s:.3g}")
        if row.added_mg_l is not None:
            load += tr(", adds {value} mg/L").format(value=f"{row.added_mg_l:.3g}")
    decisions = decision_titles()
    return ShownRow(
        place,
        row.id,
        row.title,
        feature,
        row.score,
        row.ranks,
        parts,
        gates,
        far,
        hours,
        row.window_h,
        load,
        tuple(decisions[one] for one in row.decides),
    )


def term_titles() -> dict[str, str]:
    return {
        "timing": tr("Timing"),
        "load": tr("Load"),
        "signature": tr("Signature"),
        "history": tr("Violations"),
        "proximity": tr("Proximity"),
    }


def gate_titles() -> dict[str, str]:
    return {
        "clean_between": tr("stations between"),
        "placement": tr("place on the river"),
        "alibi": tr("discharge log"),
        "agreement": tr("other measurements"),
    }


def state_words(state: State) -> str:
    return {
        "as usual": tr("stayed as usual: clean"),
        "seen": tr("exceeded here too"),
        "": tr("says nothing sure"),
    }[state]


def decision_titles() -> dict[Decides, str]:
    return {
        "discharge log": tr("its discharge log of these days"),
        "sample at the outfall": tr("a sample at its outfall"),
        "sample upstream of it": tr("samples just above and below it"),
        "its place": tr("where it really lets out"),
    }
