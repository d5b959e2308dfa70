"""What the card of a candidate says, in words and numbers with their units."""

from __future__ import annotations

from collections.abc import Mapping

from gisapp.app.candidate_deciding import MERGE_M
from gisapp.app.candidate_evidence import Evidence
from gisapp.app.candidate_table import DECISIONS, MERGED, Candidate, Run, Tally
from gisapp.model.text import language, tr


def decision_words(decision: str) -> str:
    for one in DECISIONS:
        if one.value == decision:
            return one.title_zh_CN if language() == "zh_CN" else one.title
    return decision


def decision_color(decision: str) -> str:
    return next((one.color for one in DECISIONS if one.value == decision), "#64748b")


def fact_rows(candidate: Candidate, evidence: Evidence | None) -> list[tuple[str, str]]:
    """Caption and value, the most telling first."""
    c = candidate
    rows = [
        (tr("ΔT to the water"), _contrast(c)),
        (tr("Confidence"), tr("{z:.1f} × local noise").format(z=c.z)),
        (
            tr("Extent"),
            tr("{area} m², {length:.0f} m towards {way}").format(
                area=_round(c.area_m2), length=c.length_m, way=_way(c.bearing)
            ),
        ),
        (tr("Σ ΔT × area"), f"{_round(c.sigma_m2c)} m²·°C"),
        (tr("Bank"), _bank(c)),
        (tr("Nearest known"), nearest_words(evidence)),
    ]
    if c.frames:
        rows.append((tr("Frames"), tr("seen in {n}").format(n=c.frames)))
    rows.append((tr("Temperatures"), _source(c)))
    return [(caption, value) for caption, value in rows if value]


def _contrast(c: Candidate) -> str:
    kind = tr("warmer") if c.delta_t_c >= 0 else tr("cooler")
    return f"{c.delta_t_c:+.1f} °C · {kind}"


def _round(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"


def _way(bearing: float) -> str:
    return _sides()[round(bearing / 45) % 8] + f" ({bearing:.0f}°)"


def _sides() -> tuple[str, ...]:
    return (tr("north"), tr("north-east"), tr("east"), tr("south-east"),
            tr("south"), tr("south-west"), tr("west"), tr("north-west"))  # fmt: skip


def _bank(c: Candidate) -> str:
    codes = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
    side = {"left": tr("left, if it goes downstream"), "right": tr("right, if it goes downstream")}
    where = tr("to the {side}").format(side=_sides()[codes.index(c.towards)]) if (
        c.towards in codes
    ) else ""  # fmt: skip
    return " · ".join(part for part in (where, side.get(c.bank, "")) if part)


def nearest_words(evidence: Evidence | None) -> str:
    if evidence is None:
        return "…"
    if evidence.nearest is None:
        return tr("none within 5 km")
    _, name, metres = evidence.nearest
    return f"{name} · {metres:.0f} m"


def may_be_merged(evidence: Evidence | None) -> bool:
    return bool(evidence and evidence.nearest and evidence.nearest[2] <= MERGE_M)


def _source(c: Candidate) -> str:
    decoder, accuracy = c.provenance.get("decoder"), c.provenance.get("accuracy_c")
    parts = [c.mosaic, str(decoder or "").partition(",")[0]]
    if accuracy is not None:  # not that of the camera, which nobody knows
        words = tr("within {accuracy:g} °C of the maker's own decoding")
        parts.append(words.format(accuracy=float(accuracy)))
    elif c.mosaic:
        parts.append(tr("accuracy not stated"))
    return " · ".join(part for part in parts if part)


def because(candidate: Candidate, words: Mapping[str, str]) -> list[str]:
    """The reasons in words: why a rule rejected it, or what speaks for it."""
    if candidate.reasons:
        return [words.get(code, code) for code in candidate.reasons]
    return [tr("starts at the bank, has a peak and a soft edge; no rule speaks against it")]


def progress_words(counted: Tally) -> str:
    return tr("{n} of {total} decided").format(n=counted.decided, total=counted.found)


def precision_words(counted: Tally) -> str:
    """How often the search was right, as the reviewer sees it."""
    precision = counted.precision
    if precision is None:
        return tr("precision: –")
    right = counted.accepted + counted.merged
    words = tr("precision: {right} of {total} ({percent:.0f} %)").format(
        right=right, total=right + counted.rejected, percent=100 * precision
    )
    if counted.doubtful:
        words += " · " + tr("{n} doubtful").format(n=counted.doubtful)
    return words


def run_words(run: Run) -> str:
    """In a list of runs."""
    date, time = run.id[:10], run.id[11:15]
    when = f"{date} {time[:2]}:{time[2:]}" + run.id[15:]
    return f"{when} · {run.sources}" if run.sources else when


def state_words(candidate: Candidate, outfall: str) -> str:
    words = decision_words(candidate.decision)
    if outfall and candidate.decision == MERGED:
        return tr("It is {outfall}").format(outfall=outfall)
    return f"{words} → {outfall}" if outfall else words
