"""What differs between two rankings that were kept: data, places, assumptions, terms, results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from gisapp.api import tr

from .case_file import Case, KeptRow
from .case_values import plain
from .rank_answer import DataUsed
from .rank_evidence import Evidence, PutThere
from .rank_rows import gate_titles, state_words, term_titles
from .ranking import Ranked

NOTABLE = 0.05  # points of 100 that count as a change of a score
NOTABLE_TERM = 0.005  # of a term or gate between 0 and 1
MOVED_M = 1.0  # along a reach that counts as another place
SHOWN = 12  # changes of a kind that are listed


@dataclass(frozen=True)
class Changes:
    """What is different between a case and a newer ranking, in words; empty: nothing."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines) or tr("Nothing changed.")


def changes(before: Case, now: Case) -> Changes:
    """What differs: data, assumptions, and then the results."""
    return Changes(tuple(_changes(before, now)))


def _changes(before: Case, now: Case) -> Iterator[str]:
    if before.program != now.program:
        yield tr("Program: {before}, now {now}").format(before=before.program, now=now.program)
    yield from _data_changes(before.question.data, now.question.data)
    yield from _place_changes(before.question.evidence.placed, now.question.evidence.placed)
    yield from _record_changes(before.question.evidence, now.question.evidence)
    old, new = before.question.given, now.question.given
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield _was(name, old.get(name), new.get(name))
    for name, was in plain(before.weights).items():
        yield from _number(tr("weight of {name}").format(name=name), was, plain(now.weights)[name])
    yield from _number(tr("velocity"), before.velocity, now.velocity)
    yield from _number(tr("decay a day"), before.decay_per_day, now.decay_per_day)
    yield from _result_changes(before.results, now.results)
    yield from term_changes(before, now)


def _data_changes(old: tuple[DataUsed, ...], new: tuple[DataUsed, ...]) -> Iterator[str]:
    now = {one.name: one for one in new}
    for one in old:
        other = now.pop(one.name, None)
        if other is None:
            yield tr("{name}: not used any more").format(name=one.name)
        elif other.features != one.features:
            yield _was(tr("{name}: features").format(name=one.name), one.features, other.features)
        elif other.crs != one.crs:
            yield tr("{name}: in another reference system").format(name=one.name)
        elif other.fingerprint != one.fingerprint:
            yield tr("{name}: as many features, but changed").format(name=one.name)
    for name in now:
        yield tr("{name}: not used before").format(name=name)


def _result_changes(old: tuple[KeptRow, ...], new: tuple[KeptRow, ...]) -> Iterator[str]:
    place = {row.id: n for n, row in enumerate(old, 1)}
    score = {row.id: row.score for row in old}
    moved = 0
    for n, row in enumerate(new, 1):
        name = row.id or tr("unknown or diffuse source")
        if row.id not in place:
            words = tr("{name}: new, place {n}").format(name=name, n=n)
        elif place[row.id] != n or abs(score[row.id] - row.score) > NOTABLE:
            words = tr("{name}: place {before}, now {now}; score {was}, now {score}").format(
                name=name, before=place[row.id], now=n, was=f"{score[row.id]:.1f}",
                score=f"{row.score:.1f}",
            )  # fmt: skip
        else:
            continue
        moved += 1
        if moved <= SHOWN:
            yield words
    if moved > SHOWN:
        yield tr("and {n} more").format(n=moved - SHOWN)
    there = {row.id for row in new}
    for row in old:
        if row.id not in there:
            yield tr("{name}: not in the list any more").format(name=row.id)


def _number(name: str, before: float, now: float) -> Iterator[str]:
    if before != now:
        yield _was(name, f"{before:.4g}", f"{now:.4g}")


def _was(name: str, before: object, now: object) -> str:
    return tr("{name}: {before}, now {now}").format(name=name, before=before, now=now)


def _place_changes(old: tuple[PutThere, ...], new: tuple[PutThere, ...]) -> Iterator[str]:
    """Who was put elsewhere on the rivers, or locked since."""
    if not old or not new:
        return  # of a case that did not keep them
    now = {(one.role, one.id): one for one in new}
    said = []
    for one in old:
        other = now.get((one.role, one.id))
        if other is None:
            continue
        if other.reach != one.reach or abs(other.measure_m - one.measure_m) > MOVED_M:
            said.append(
                tr("{name}: on reach {old} at {a} m, now on reach {new} at {b} m").format(
                    name=one.id,
                    old=one.reach,
                    a=f"{one.measure_m:.0f}",
                    new=other.reach,
                    b=f"{other.measure_m:.0f}",
                )
            )
        if other.locked != one.locked:
            words = (
                tr("{name}: put there by hand now")
                if other.locked
                else tr("{name}: was put there by hand, now by the data")
            )
            said.append(words.format(name=one.id))
    yield from _shortened(said)


def _record_changes(old: Evidence, new: Evidence) -> Iterator[str]:
    """Stations that were clean and are not, or the other way round, and other values."""
    before = {one.station: one for one in old.records}
    for one in new.records:
        was = before.pop(one.station, None)
        if was is None:
            yield tr("{name}: records not used before").format(name=one.station)
        elif was.state != one.state:
            yield _was(tr("{name}: records").format(name=one.station), state_words(was.state),
                       state_words(one.state))  # fmt: skip
        elif (was.hours, was.values) != (one.hours, one.values):
            yield tr("{name}: records changed").format(name=one.station)
    for name in before:
        yield tr("{name}: records not used any more").format(name=name)


def term_changes(before: Case, now: Case) -> Iterator[str]:
    """Which terms and gates of a score changed, scored by this program from what both kept."""
    old = {row.id: row for row in before.ranking().ranking.rows if row.terms}
    said = []
    for row in now.ranking().ranking.rows:
        if row.id in old and row.terms:
            parts = list(_parts(old[row.id], row))
            if parts:
                said.append(f"{row.id}: {', '.join(parts)}")
    yield from _shortened(said)


def _parts(old: Ranked, new: Ranked) -> Iterator[str]:
    pairs = ((old.terms, new.terms, term_titles()), (old.gates, new.gates, gate_titles()))
    for was, now, titles in pairs:
        if was is None or now is None:
            continue
        values: Mapping[str, float] = asdict(now)
        for name, value in asdict(was).items():
            if abs(values[name] - value) > NOTABLE_TERM:
                yield f"{titles[name]} {value:.2f} → {values[name]:.2f}"


def _shortened(said: list[str]) -> Iterator[str]:
    yield from said[:SHOWN]
    if len(said) > SHOWN:
        yield tr("and {n} more").format(n=len(said) - SHOWN)
