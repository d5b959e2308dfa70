"""What is wrong with a survey's states, ways and numbers, said where it is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gisapp.model.outfall_codes import pattern_problem
from gisapp.model.project import Project
from gisapp.model.rules import rule_values
from gisapp.model.survey import OUTFALL_TABLE, survey_schemas, table_title
from gisapp.model.survey_scheme import Need, State, SurveyScheme
from gisapp.model.text import tr

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
MOST_DAYS = 3650
MOST_ROWS = 99
LONGEST_TITLE = 40
MOST = {"m": 100_000.0, "d": float(MOST_DAYS)}  # a number of a check, by its unit


@dataclass(frozen=True, slots=True)
class SchemeProblem:
    """`at` is what it is about: `state` and its id and field, `way` and its ends, `code` and its
    column, `rule` and the number's id, or nothing in particular."""

    at: tuple[str, ...]
    words: str
    hint: str = ""
    advice: bool = False  # it can be used all the same


def scheme_problems(scheme: SurveyScheme, project: Project | None = None) -> list[SchemeProblem]:
    """Everything that keeps a scheme from being used, and what is seldom meant, in its own order.

    `project`: fields of its own may be asked for too.
    """
    if not scheme.states:
        return [SchemeProblem((), tr("A survey needs at least one state"))]
    return [
        *_of_names(scheme),
        *(problem for state in scheme.states for problem in _of_state(state, project)),
        *_of_ways(scheme),
        *_of_codes(scheme),
        *_of_numbers(scheme),
        *_unreached(scheme),
    ]


def _of_names(scheme: SurveyScheme) -> Iterator[SchemeProblem]:
    ids = [state.id for state in scheme.states]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield SchemeProblem(
            ("state", one, "id"), tr("The state {state} is there twice").format(state=one)
        )
    for field, words in (
        ("title", tr("Another state has this English name too")),
        ("title_zh_CN", tr("Another state has this Chinese name too")),
    ):
        seen: set[str] = set()
        for state in scheme.states:
            name = getattr(state, field).strip()
            if name and name in seen:
                yield SchemeProblem(("state", state.id, field), f"{state.id}: {words}", advice=True)
            seen.add(name)


def _of_state(state: State, project: Project | None) -> Iterator[SchemeProblem]:
    def at(field: str, words: str, hint: str = "") -> SchemeProblem:
        return SchemeProblem(("state", state.id, field), words, hint)

    if not ID.fullmatch(state.id):
        words = tr("{state} is no key: Latin letters, digits and _, a letter first")
        yield at("id", words.format(state=state.id or "–"))
    for field, empty in (
        ("title", tr("{state} has no English name")),
        ("title_zh_CN", tr("{state} has no Chinese name")),
    ):
        title = getattr(state, field).strip()
        if not title:
            yield at(field, empty.format(state=state.id))
        elif len(title) > LONGEST_TITLE:
            words = tr("{state}: a name has at most {n} letters")
            yield at(field, words.format(state=state.id, n=LONGEST_TITLE))
    if not COLOR.fullmatch(state.color):
        words = tr("{state}: {color} is no colour").format(state=state.id, color=state.color)
        yield at("color", words, tr("Write a colour as #rrggbb."))
    if not 0 <= state.days <= MOST_DAYS:
        words = tr("{state}: days are 0 (no limit) to {most}")
        yield at("days", words.format(state=state.id, most=MOST_DAYS))
    for need in state.needs:
        if problem := _of_need(need, project):
            yield at("needs", f"{state.id}: {problem}")


def _of_need(need: Need, project: Project | None) -> str:
    table = need.table or OUTFALL_TABLE
    schema = survey_schemas().get(table)
    if schema is None:
        return tr("There is no table {name}").format(name=table)
    names = {field.name for field in schema.fields}
    own = project.tables.get(table) if project is not None else None
    if own is not None:
        names |= {field.name for field in own.fields}
    asks = bool(need.field)
    if (asks and need.field not in names and project is not None) or (not asks and not need.table):
        words = tr("{table} has no field {name}")
        return words.format(table=table_title(table), name=need.field or "–")
    if not 1 <= need.count <= MOST_ROWS:
        return tr("1 to {most} can be asked for").format(most=MOST_ROWS)
    return ""


def _of_ways(scheme: SurveyScheme) -> Iterator[SchemeProblem]:
    ids = {state.id for state in scheme.states}
    seen: set[tuple[str, str]] = set()
    for way in scheme.transitions:
        ends = (way.before, way.after)
        for end in ends:
            if end not in ids:
                words = tr("A way leads to {state}, which is no state").format(state=end)
                yield SchemeProblem(
                    ("way", *ends), words, tr("Add the state, or take the way out.")
                )
        if way.before == way.after:
            words = tr("A way leads from {state} to itself").format(state=way.before)
            yield SchemeProblem(("way", *ends), words)
        elif ends in seen:
            words = tr("The way from {before} to {after} is there twice")
            yield SchemeProblem(("way", *ends), words.format(before=ends[0], after=ends[1]))
        seen.add(ends)


def _of_codes(scheme: SurveyScheme) -> Iterator[SchemeProblem]:
    for name in ("code_national", "code_local"):
        if problem := pattern_problem(getattr(scheme, name)):
            yield SchemeProblem(("code", name), problem)


def _of_numbers(scheme: SurveyScheme) -> Iterator[SchemeProblem]:
    known = rule_values()
    for name, value in scheme.rule_values:
        if name in known and (problem := number_problem(name, value)):
            yield SchemeProblem(("rule", name), f"{known[name].caption}: {problem}")


def number_problem(name: str, value: float) -> str:
    """What is wrong with a number of a check; empty when it can be used."""
    unit = rule_values()[name].unit
    most = MOST.get(unit, math.inf)
    if not math.isfinite(value) or not 0 <= value <= most:
        return tr("0 to {most} {unit}").format(most=f"{most:,.0f}", unit=unit_words(unit))
    return ""


def unit_words(unit: str) -> str:
    """The unit of a number of a check, for people."""
    return tr("days") if unit == "d" else unit


def _unreached(scheme: SurveyScheme) -> Iterator[SchemeProblem]:
    """States that no way leads to, apart from the first: allowed, but seldom meant."""
    ends = {way.after for way in scheme.transitions if way.before != way.after}
    for state in scheme.states[1:]:
        if state.id not in ends:
            words = tr("No way leads to {state}").format(state=state.caption or state.id)
            yield SchemeProblem(("state", state.id, "ways"), words, advice=True)
