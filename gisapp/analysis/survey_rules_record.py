"""Checks of what is written: codes, required fields, evidence of the state, values, dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gisapp.analysis.survey_check import (
    TEXTS,
    Found,
    RelatedRows,
    SurveyToCheck,
    Words,
    each_value,
    filled,
    found,
    numeric,
)
from gisapp.model.edit import Edit, change_feature
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.outfall_codes import CHECKED, code_problem, field_problem, plain_code
from gisapp.model.outfall_record import change_related, summarised
from gisapp.model.project import Project
from gisapp.model.rules import Proposal
from gisapp.model.survey import OUTFALL_TABLE, SOURCES, UNKNOWN_CLASS, standard
from gisapp.model.survey_scheme import Need
from gisapp.model.text import tr
from gisapp.model.workflow import need_words, scheme_of

CODES = ("code_national", "code_local")


def codes(survey: SurveyToCheck) -> Iterator[Found]:
    """Codes that two outfalls have, and codes that do not fit the pattern of the project."""
    for name in CODES:
        if name in survey.names:
            yield _twice(survey, name)
    scheme = scheme_of(survey.project)
    for name, pattern in zip(CODES, (scheme.code_national, scheme.code_local), strict=True):
        if pattern and name in survey.names:
            yield _form(survey, name, pattern)


def _twice(survey: SurveyToCheck, name: str) -> Found:
    field = survey.table.field(name)
    texts = survey.column(name).tolist()
    first: dict[str, FeatureId] = {}
    again: list[tuple[int, FeatureId]] = []
    if survey.only is None:
        ids = survey.ids
        for row in np.flatnonzero(survey.filled(name)).tolist():
            fid = FeatureId(str(ids[row]))
            other = first.setdefault(plain_code(str(texts[row])), fid)
            if other != fid:
                again.append((row, other))
    else:
        for row, (fid, text) in enumerate(zip(survey.only, texts, strict=True)):
            others = survey.table.matching(name, text) if text not in (None, "") else ()
            elsewhere = next((other for other in others if other != fid), None)
            if elsewhere is not None:
                again.append((row, elsewhere))
    at = np.array([row for row, _ in again], np.int64)

    def word(n: int) -> Words:
        row, other = again[n]
        text = str(texts[row])
        owner = survey.table.row(other) or {}
        message = tr("{field} {code} is also that of {other}").format(
            field=field.caption, code=text, other=owner.get("name") or other[:8]
        )
        fid = FeatureId(str(survey.ids[row]))
        free = next_free(text, lambda code: bool(survey.table.matching(name, code)))
        if free and name == "code_local":
            words = tr("Give it {code}").format(code=free)
            fix = Proposal(words, make=lambda project: _renumber(project, fid, name, text))
        else:
            fix = Proposal(tr("Empty the field"), row=fid, changes={name: None})
        return Words(message, name, fix, (other,))

    return found(survey, "code_twice", at, word)


def _renumber(project: Project, fid: FeatureId, name: str, text: str) -> Edit | None:
    """The next free code as the project is then: several are mended one after the other."""
    table = project.tables[OUTFALL_TABLE]
    row = table.row(fid)
    if row is None or row.get(name) != text or len(table.matching(name, text)) < 2:
        return None
    free = next_free(text, lambda code: bool(table.matching(name, code)))
    return change_feature(tr("Give it {code}").format(code=free), table, fid, {name: free})


def next_free(code: str, taken: Callable[[str], bool]) -> str:
    """The next code with a higher number at its end that nobody has; empty without a number."""
    match = re.fullmatch(r"(.*?)(\d{1,9})", code)
    if match is None:
        return ""
    head, digits = match.groups()
    step, number = 1, int(digits)
    low, high = number, number + 1
    while taken(f"{head}{high:0{len(digits)}d}"):  # wider and wider steps, then halved
        low, step = high, step * 2
        high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        if taken(f"{head}{middle:0{len(digits)}d}"):
            low = middle
        else:
            high = middle
    return f"{head}{high:0{len(digits)}d}"


def _form(survey: SurveyToCheck, name: str, pattern: str) -> Found:
    texts = survey.column(name).tolist()
    rows = np.flatnonzero(survey.filled(name)).tolist()
    at = np.array([r for r in rows if code_problem(pattern, str(texts[r]))], np.int64)

    def word(n: int) -> Words:
        row = int(at[n])
        text = str(texts[row])
        mended = plain_code(text)
        fits = mended != text and not code_problem(pattern, mended)
        fid = FeatureId(str(survey.ids[row]))
        words = tr("Write {value}").format(value=mended)
        fix = Proposal(words, row=fid, changes={name: mended}) if fits else None
        return Words(code_problem(pattern, text), name, fix)

    return found(survey, "code_form", at, word)


def company_numbers(survey: SurveyToCheck) -> Iterator[Found]:
    """Credit codes and permit numbers carry check characters."""
    rows = survey.related_rows(SOURCES)
    own = summarised(survey.project)
    for name in CHECKED:
        if name in rows.columns:
            yield _wrong_numbers(survey, name, rows)
        if name in survey.names and name not in own:
            yield _wrong_numbers(survey, name, None)


def _wrong_numbers(survey: SurveyToCheck, name: str, rows: RelatedRows | None) -> Found:
    values = survey.column(name) if rows is None else rows.columns[name]
    there = np.flatnonzero(filled(values)).tolist()
    wrong = [row for row in there if field_problem(name, values[row])]
    numbers = np.array(wrong, np.int64)
    at = numbers if rows is None else rows.at[numbers]

    def word(n: int) -> Words:
        row = wrong[n]
        text = str(values[row])
        mended = plain_code(text)
        fix = None
        if not field_problem(name, mended):
            words = tr("Write {value}").format(value=mended)
            fix = _write(survey, rows, row, words, {name: mended})
        return Words(f"{text}: {field_problem(name, text)}", name, fix)

    return found(survey, "number", at, word)


def required(survey: SurveyToCheck) -> Iterator[Found]:
    """Fields of the outfall that nobody may leave empty, and those its state asks for."""
    missing: list[tuple[int, Need]] = []
    for field in survey.table.fields:
        if field.required:
            empty = np.flatnonzero(~survey.filled(field.name))
            missing += [(row, Need("", field.name)) for row in empty.tolist()]
    always = {field.name for field in survey.table.fields if field.required}
    for need, rows in _lacking(survey):
        if not need.table and need.field != "photos" and need.field not in always:
            missing += [(row, need) for row in rows.tolist()]
    missing.sort(key=lambda entry: entry[0])
    at = np.array([row for row, _ in missing], np.int64)

    def word(n: int) -> Words:
        row, need = missing[n]
        what = need_words(survey.project, need)
        state = survey.states[row]
        message = tr("{what} is missing").format(what=what)
        if state is not None and need in state.needs:
            words = tr("{what} is missing for the state {state}")
            message = words.format(what=what, state=state.caption)
        return Words(message, need.field, _filling(survey, row, need.field))

    yield found(survey, "required", at, word)


def _filling(survey: SurveyToCheck, row: int, name: str) -> Proposal | None:
    """What can be written without asking anybody."""
    fid = FeatureId(str(survey.ids[row]))
    first = {"kind": "suspected", "state": "suspected"}
    if name in first:
        words = tr("Write {value}").format(value=survey.table.field(name).shown(first[name]))
        return Proposal(words, row=fid, changes={name: first[name]})
    return None


def evidence(survey: SurveyToCheck) -> Iterator[Found]:
    """Outfalls in a state without the related rows and photos it stands on."""
    missing: dict[int, list[Need]] = {}
    for need, rows in _lacking(survey):
        if need.table or need.field == "photos":
            for row in rows.tolist():
                missing.setdefault(row, []).append(need)
    listed = sorted(missing.items())
    at = np.array([row for row, _ in listed], np.int64)

    def word(n: int) -> Words:
        row, needs = listed[n]
        state = survey.states[row]
        words = " · ".join(need_words(survey.project, need) for need in needs)
        message = tr("{state}, but without {missing}").format(
            state=state.caption if state else "", missing=words
        )
        return Words(message, needs[0].field if not needs[0].table else "state")

    yield found(survey, "evidence", at, word)


def _lacking(survey: SurveyToCheck) -> Iterator[tuple[Need, Any]]:
    """Each need of each state, and the outfalls in it that do not have it: counted at once."""
    state = survey.column("state")
    kept: dict[str, RelatedRows] = {}
    counts: dict[tuple[str, str], Any] = {}
    tables = survey.project.tables
    for one in scheme_of(survey.project).states:
        at = np.flatnonzero(state == one.id)
        if not len(at):
            continue
        for need in one.needs:
            key = (need.table, need.field)
            if not need.table:
                if need.field not in survey.names:
                    continue
                if key not in counts:
                    counts[key] = _counted(survey.column(need.field))
                has = counts[key]
            else:
                fields = {f.name for f in tables[need.table].fields} if need.table in tables else ()
                if need.table not in tables or (need.field and need.field not in fields):
                    continue
                if need.table not in kept:
                    kept[need.table] = survey.related_rows(need.table)
                rows = kept[need.table]
                if key not in counts:
                    counts[key] = np.zeros(len(survey), np.int64)
                    if need.field:
                        np.maximum.at(counts[key], rows.at, _counted(rows.columns[need.field]))
                    else:
                        np.add.at(counts[key], rows.at, 1)
                has = counts[key]
            lacking = at[has[at] < need.count]
            if len(lacking):
                yield need, lacking


def _counted(values: Any) -> Any:
    """How much evidence values are: as gisapp.model.workflow counts one."""
    if values.dtype == np.float64:
        return filled(values).astype(np.int64)
    listed = values.tolist()
    if not set(map(type, listed)) <= TEXTS:
        return each_value(values, _evidence_in, np.int64)
    out = values.astype(bool).astype(np.int64)
    for n in [n for n, v in enumerate(listed) if v and (v[0] == "[" or v == UNKNOWN_CLASS)]:
        out[n] = _evidence_in(listed[n])
    return out


def _evidence_in(value: Any) -> int:
    if value is None or value == "" or value != value:
        return 0
    if isinstance(value, str):
        if value.startswith("["):
            return 0 if value == "[]" else value.count('"') // 2 or 1
        return int(value != UNKNOWN_CLASS)
    return 1


def values(survey: SurveyToCheck) -> Iterator[Found]:
    """Numbers that cannot have been measured, and numbers without their unit."""
    own = summarised(survey.project)
    for table, name, low, high in standard("outfall_rules")["ranges"]["limits"]:
        if table in survey.project.tables and table != OUTFALL_TABLE:
            rows = survey.related_rows(table)
            if name in rows.columns:
                yield _beyond(survey, rows, table, name, low, high)
        elif name in survey.names and name not in own:
            yield _beyond(survey, None, OUTFALL_TABLE, name, low, high)
    for unit in scheme_of(survey.project).units:
        rows = survey.related_rows("monitoring")
        if unit.field in rows.columns and unit.unit_field in rows.columns:
            bare = np.flatnonzero(rows.filled(unit.field) & ~rows.filled(unit.unit_field))
            yield _without_unit(survey, rows, bare, unit.unit_field, unit.usual)
        elif {unit.field, unit.unit_field} <= survey.names and unit.field not in own:
            bare = np.flatnonzero(survey.filled(unit.field) & ~survey.filled(unit.unit_field))
            yield _without_unit(survey, None, bare, unit.unit_field, unit.usual)


def _beyond(
    survey: SurveyToCheck, rows: RelatedRows | None, table: str, name: str, low: float, high: float
) -> Found:
    values = numeric(survey.column(name) if rows is None else rows.columns[name])
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero((values < low) | (values > high))
    field = _field(survey, table, name)
    at = wrong if rows is None else rows.at[wrong]

    def word(n: int) -> Words:
        row = int(wrong[n])
        message = tr("{field} {value:g} {unit} is not between {low:g} and {high:g}").format(
            field=field.caption, value=float(values[row]), unit=field.unit, low=low, high=high
        )
        fix = _write(survey, rows, row, tr("Empty the field"), {name: None}, table)
        return Words(message.replace("  ", " "), name, fix)

    return found(survey, "value", at, word)


def _without_unit(
    survey: SurveyToCheck, rows: RelatedRows | None, bare: Any, name: str, usual: str
) -> Found:
    at = bare if rows is None else rows.at[bare]
    message = tr("The flow has no unit")

    def word(n: int) -> Words:
        words = tr("Write {value}").format(value=usual)
        fix = _write(survey, rows, int(bare[n]), words, {name: usual}, "monitoring")
        return Words(message, name, fix)

    return found(survey, "unit", at, word)


def dates(survey: SurveyToCheck) -> Iterator[Found]:
    """Days that have not come yet, and ends before their beginning."""
    data = standard("outfall_rules")["dates"]
    for table, name in data["past"]:
        rows = survey.related_rows(table)
        if name in rows.columns:
            days = rows.columns[name].tolist()
            late = [n for n, day in enumerate(days) if day and str(day)[:10] > survey.today]
            yield _dates(survey, rows, table, late, name, "")
    for table, first, last in data["order"]:
        rows = survey.related_rows(table)
        if first in rows.columns and last in rows.columns:
            pairs = zip(rows.columns[first].tolist(), rows.columns[last].tolist(), strict=True)
            turned = [n for n, (a, b) in enumerate(pairs) if a and b and str(a) > str(b)]
            yield _dates(survey, rows, table, turned, last, first)


def _dates(
    survey: SurveyToCheck, rows: RelatedRows, table: str, wrong: list[int], name: str, first: str
) -> Found:
    field = _field(survey, table, name)
    at = rows.at[np.array(wrong, np.int64)]

    def word(n: int) -> Words:
        row = wrong[n]
        day = rows.columns[name][row]
        if first:
            message = tr("{field} {day} is before {other} {other_day}").format(
                field=field.caption,
                day=day,
                other=_field(survey, table, first).caption,
                other_day=rows.columns[first][row],
            )
        else:
            message = tr("{field} {day} has not come yet").format(field=field.caption, day=day)
        fix = _write(survey, rows, row, tr("Empty the field"), {name: None}, table)
        return Words(message, name, None if field.required else fix)

    return found(survey, "date", at, word)


def _field(survey: SurveyToCheck, table: str, name: str) -> Field:
    return survey.project.tables[table].field(name)


def _write(
    survey: SurveyToCheck,
    rows: RelatedRows | None,
    row: int,
    words: str,
    changes: dict[str, Any],
    table: str = SOURCES,
) -> Proposal:
    """Fields of the outfall itself, or of one of its related rows."""
    if rows is None:
        return Proposal(words, row=FeatureId(str(survey.ids[row])), changes=changes)
    fid = rows.ids[row]
    return Proposal(words, make=lambda project: change_related(words, project, table, fid, changes))
