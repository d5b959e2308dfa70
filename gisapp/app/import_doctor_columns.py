"""Which column is which field of the record, and what its values then are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_checks import choices, damaged_codes
from gisapp.app.import_doctor_layout import known_names, plain
from gisapp.app.import_doctor_problems import Fix, Problem, rows_of, told, whole_file
from gisapp.app.import_doctor_values import (
    CODES,
    Values,
    convert,
    legacy_class,
    normal,
    objects,
    words_of,
)
from gisapp.io.recipe import Recipe
from gisapp.model.field import Field
from gisapp.model.outfall_codes import field_problem
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, standard, survey_schemas, table_title
from gisapp.model.text import tr

IGNORED = "-"
SAMPLE = 400
RELATED = ("site_visits", "monitoring", "tracing_sources", "rectification")
MOST_WORDS = 12  # unknown words of a choice that are asked about one by one
MOST_PROPOSED = 3  # values for a word


@dataclass(eq=False)
class Converted:
    """`values` by target: an array as long as the records, None where there is nothing."""

    values: dict[str, Values]
    problems: list[Problem]
    skip: npt.NDArray[np.bool_]


def fields_of(project: Project | None) -> dict[str, Field]:
    """Everything a column can become: fields of outfalls, `table.field` of the related tables."""
    tables = project.tables if project is not None else {}
    own = tables.get(OUTFALL_TABLE)
    fields = own.fields if own is not None else survey_schemas()[OUTFALL_TABLE].fields
    found = {field.name: field for field in fields if field.kind != "list"}
    for table in RELATED:
        if project is None or table in tables:
            listed = tables[table].fields if table in tables else survey_schemas()[table].fields
            found |= {
                f"{table}.{f.name}": f
                for f in listed
                if f.name != "outfall_id" and f.kind != "list"
            }
    found["uuid"] = Field("uuid", title="UUID", title_zh_CN="UUID")
    return found


def target_words(target: str, fields: Mapping[str, Field]) -> str:
    """For people: `Name`, or `Sources: Credit code`."""
    table, _, _ = target.rpartition(".")
    words = fields[target].caption
    return f"{table_title(table)}: {words}" if table else words


def find_targets(
    names: Sequence[str],
    texts: Mapping[str, Values],
    fields: Mapping[str, Field],
    place: Sequence[str],
    recipe: Recipe,
) -> dict[str, str]:
    """The target of each column ("" for none). What the recipe says comes first."""
    said = recipe.under("column.")
    found = dict.fromkeys(names, "")
    for name in names:
        if name in said and (said[name] in fields):
            found[name] = said[name]
    open_ = [n for n in names if n not in said and n not in place]
    scored = sorted(
        ((score, -number, name, target)
         for number, name in enumerate(open_)
         for score, target in _candidates(name, fields)
         if _fits(texts[name], fields[target], score)),
        reverse=True,
    )  # fmt: skip
    for _, _, name, target in scored:
        if not found[name] and target not in found.values():
            found[name] = target
    return found


def _candidates(name: str, fields: Mapping[str, Field]) -> list[tuple[float, str]]:
    known, whole = known_names(), plain(name)
    last = plain(re.split(r"[/:]", name)[-1])
    found = []
    spelt = plain(re.sub(r"[()（）\[\]【】]", " ", name))
    if spelt != whole and spelt in known:
        found.append((1.05, known[spelt]))  # the brackets tell two codes from each other
    if whole in known:
        found.append((1.0, known[whole]))
    if last in known and last != whole:
        found.append((0.95, known[last]))
    if cut := [t for w, t in known.items() if len(whole) >= 3 and not whole.isascii()
               and w.startswith(whole) and "." not in t]:  # fmt: skip
        found.append((0.6, cut[0]))  # ten bytes of a shapefile's heading
    for word, target in known.items():
        if len(word) >= 2 and not word.isascii() and word in whole and word != whole:
            found.append((0.8 * len(word) / len(whole), target))
    return [(s, t) for s, t in found if t in fields and s >= 0.4]


def _fits(texts: Values, field: Field, score: float) -> bool:
    """Whether the values of a column can be those of a field."""
    sample = normal(texts[:SAMPLE])
    words = [w for w in objects(sample).tolist() if w]
    if not words:
        return score >= 0.9
    if field.kind == "choice":
        known = words_of(field)
        good = sum(plain(w) in known or (field.name == "category" and bool(legacy_class(w)))
                   for w in words)  # fmt: skip
        return good / len(words) >= (0.2 if score >= 0.95 else 0.5)
    if field.kind in ("real", "integer", "date", "boolean"):
        _, wrong, _ = convert(texts[:SAMPLE], field, {})
        return bool(wrong.sum() / len(words) <= 0.6)
    return True


def convert_columns(
    names: Sequence[str],
    texts: Mapping[str, Values],
    numeric: Mapping[str, npt.NDArray[np.bool_] | None],
    targets: Mapping[str, str],
    fields: Mapping[str, Field],
    recipe: Recipe,
) -> Converted:
    count = len(next(iter(texts.values()))) if texts else 0
    out = Converted({}, [], np.zeros(count, np.bool_))
    for name in names:
        target = targets.get(name, "")
        if not target:
            out.problems += _photo_names(name, texts[name])
            continue
        field = fields[target]
        answers = recipe.under(f"word.{target}.")
        values, wrong, unknown = convert(texts[name], field, answers)
        if target == "category":
            values, wrong, unknown = _classes(
                texts[name], values, wrong, unknown, targets, out, name
            )
        if field.name in CODES:
            more, values = damaged_codes(values, numeric.get(name), name, recipe)
            out.problems += more
            out.problems += _wrong_codes(field, values, name)
        if wrong.any():
            out.problems.append(
                _unknown(name, target, field, texts[name], wrong, unknown)
                if field.kind == "choice"
                else _unread(name, field, texts[name], wrong)
            )
        values = _in_range(name, field, values, out, recipe)
        out.values[target] = values
    return out


def _photo_names(name: str, texts: Values) -> list[Problem]:
    """Names of photos are no photos: those are imported from their folder."""
    last = plain(re.split(r"[/:]", name)[-1])
    if known_names().get(last) != "photos" or not (texts != "").any():
        return []
    message = tr("{column}: names of photos are not imported.").format(column=name)
    hint = tr("Import the folder with the photos; they find their outfalls by place and time.")
    return [Problem("photo_names", "note", message, whole_file(), name, hint)]


def _classes(
    texts: Values, values: Values, wrong: Any, unknown: Mapping[str, int],
    targets: Mapping[str, str], out: Converted, name: str,
) -> tuple[Values, Any, Mapping[str, int]]:  # fmt: skip
    """Words of the older list: kept beside, and the class of HJ 1312 where there is only one."""
    old = {word: found for word in unknown if (found := legacy_class(word))}
    if not old or "legacy_type" in targets.values():
        return values, wrong, unknown
    clean = objects(normal(texts))
    legacy = np.full(len(values), None, object)
    several: list[str] = []
    for word, (kept, new) in old.items():
        rows = clean == word
        legacy[rows] = kept
        wrong = wrong & ~rows
        if len(new) == 1:
            values[rows] = new[0]
        else:
            several.append(word)
    out.values["legacy_type"] = legacy
    if several:
        rows = rows_of(np.isin(clean, several))
        fixes = tuple(
            Fix(tr("{word} is {value}").format(word=word, value=one),
                ((f"word.category.{word}", one),))
            for word in several for one in old[word][1][:3]
        )  # fmt: skip
        out.problems.append(Problem(
            "legacy_class", "warning", tr("Classes of the older list that may be several of "
            "HJ 1312; they are kept as the older class."), rows, name, fixes=fixes,
            tell=told(clean[rows], tr("{value}: to be decided"))))  # fmt: skip
    return values, wrong, {word: n for word, n in unknown.items() if word not in old}


def _unknown(
    name: str, target: str, field: Field, texts: Values, wrong: Any, unknown: Mapping[str, int]
) -> Problem:
    rows = rows_of(wrong)
    listed = sorted(unknown.items(), key=lambda one: -one[1])[:MOST_WORDS]
    said = ", ".join(f"{word} ({n})" for word, n in listed[:4])
    fixes = []
    for word, _ in listed:
        fixes += [
            Fix(tr("{word} is {value}").format(word=word, value=field.shown(one)),
                ((f"word.{target}.{word}", one),))
            for one in proposed_values(word, field)
        ]  # fmt: skip
    message = tr("{column}: words that are no value of {field}: {words}")
    return Problem(
        "unknown_word", "warning", message.format(column=name, field=field.caption, words=said),
        rows, name, hint=tr("They are left empty; say what they mean, and the recipe keeps it."),
        fixes=tuple(fixes), tell=told(texts[rows], tr("{value} is not in the list")))  # fmt: skip


def proposed_values(word: str, field: Field) -> tuple[str, ...]:
    """What a word that is no choice of a field may mean, the likeliest first.

    Classes of a group that is called so, else choices that contain the word or are part of it,
    else the one that shares most letters, of those that tell the choices apart.
    """
    if field.name == "category":
        classes = standard("outfall_classes")["standard"]["classes"]
        below = [leaf for one, two, leaf, *_ in classes if word in (one, two)]
        if below:
            return tuple(below[:MOST_PROPOSED])
    said = {value: (plain(value), plain(field.shown(value))) for value in field.choices}
    own = plain(word)
    parts = [v for v, names in said.items() if any(n and (own in n or n in own) for n in names)]
    if own and parts:
        parts.sort(key=lambda value: len(value))
        return tuple(parts[:MOST_PROPOSED])
    every = [set("".join(names)) for names in said.values()]
    common = {c for c in set().union(*every) if sum(c in one for one in every) > len(every) / 2}
    best, most = "", 0.0
    for value, names in said.items():
        for name in names:
            mine, other = set(own) - common, set(name) - common
            share = len(mine & other) / max(len(mine | other), 1)
            if share > most:
                best, most = value, share
    return (best,) if most >= 0.4 else ()


def _unread(name: str, field: Field, texts: Values, wrong: Any) -> Problem:
    rows = rows_of(wrong)
    kinds = {"date": tr("a date"), "boolean": tr("yes or no")}
    message = tr("{column}: values that are not {kind}; they are left empty.")
    return Problem(
        "unread_value", "warning",
        message.format(column=name, kind=kinds.get(field.kind, tr("a number"))), rows, name,
        tell=told(texts[rows], tr("{value} is not understood")))  # fmt: skip


def _in_range(name: str, field: Field, values: Values, out: Converted, recipe: Recipe) -> Values:
    limits = standard("import_names")["ranges"].get(field.name)
    if limits is None or field.kind not in ("real", "integer"):
        return values
    low, high = limits
    numbers = values.astype(np.float64)
    with np.errstate(invalid="ignore"):
        wrong = (numbers < low) | (numbers > high)
    if not wrong.any():
        return values
    rows, way = rows_of(wrong), recipe.get("if.impossible_value", "empty")
    message = tr("{column}: values outside of {low} to {high} {unit}").format(
        column=name, low=low, high=high, unit=field.unit
    )
    out.problems.append(Problem(
        "impossible_value", "warning", message.strip(), rows, name,
        fixes=choices("impossible_value", recipe),
        tell=told(numbers[rows], tr("{value:g} cannot be"))))  # fmt: skip
    if way == "skip":
        out.skip[rows] = True
    if way != "keep":
        values = values.copy()
        values[rows] = None
    return values


def _wrong_codes(field: Field, values: Values, name: str) -> list[Problem]:
    if field.name not in ("uscc", "permit_no"):
        return []
    found = [(n, said) for n, value in enumerate(values.tolist())
             if value and (said := field_problem(field.name, value))]  # fmt: skip
    if not found:
        return []
    words = [said for _, said in found]
    rows = np.array([n for n, _ in found], np.int64)
    message = tr("{column}: numbers whose form or check character is wrong").format(column=name)
    return [Problem("wrong_code", "warning", message, rows, name, tell=lambda n: words[n])]
