"""What the text of a column says as values of a field: numbers, dates, choices, codes.

Every kind works on a whole column; a choice is looked up once for each different word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.import_doctor_layout import plain
from gisapp.io.csv_table import MISSING
from gisapp.model.field import Field
from gisapp.model.survey import LEGACY_CLASSES, standard

Values = npt.NDArray[Any]
Marks = npt.NDArray[np.bool_]
YES = frozenset({"是", "有", "√", "✓", "y", "yes", "true", "1", "t", "对"})
NO = frozenset({"否", "无", "×", "✗", "n", "no", "false", "0", "f", "没有", "x"})
CODES = ("code_local", "code_national", "uuid", "permit_no", "uscc", "receiving_code")
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119


def is_nothing(values: Values) -> Marks:
    """Where an array of objects holds None."""
    nothing: Any = None
    return np.asarray(np.equal(values, nothing), np.bool_)


def normal(texts: Values) -> Any:
    """As an Arrow array: half-width, trimmed; what means nothing is empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.utf8_trim_whitespace(pc.utf8_normalize(pa.array(texts, pa.string()), "NFKC"))
    nothing = pc.is_in(found, pa.array(sorted(MISSING), pa.string()))
    return pc.if_else(nothing, "", found)


def objects(values: Any) -> Values:
    out: Values = np.asarray(values.to_numpy(zero_copy_only=False), object)
    return out


def reals(texts: Any) -> npt.NDArray[np.float64]:
    """Numbers of an Arrow array of text; NaN: none. Also `12.5 mg/L`, `DN500`, `1,234`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tidy = pc.replace_substring_regex(texts, r"(\d),(\d{3})\b", r"\1\2")
    tidy = pc.replace_substring_regex(tidy, "[−–]", "-")
    parts = pc.extract_regex(
        tidy,
        r"^(?:[Dd][Nn]|[φΦΦ]|约)?\s*(?P<n>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*"
        r"(?:[a-zA-Zμµ³²/°℃㎎%·Ⅰ]+[0-9]?[a-zA-Z/³]*|度|米|千米|公里|毫米|吨/天)?$",
    )
    numbers = pc.replace_substring_regex(pc.struct_field(parts, "n"), r"^\+", "")
    cast = numbers.cast(pa.float64())
    return np.asarray(cast.to_numpy(zero_copy_only=False), np.float64)


def dates(texts: Any) -> Values:
    """ISO dates; None where none is understood."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.extract_regex(
        texts,
        r"^(?P<y>\d{4})\s*[-/.年]?\s*(?P<m>\d{1,2})\s*[-/.月]?\s*(?P<d>\d{1,2})\s*日?"
        r"(?:[T\s]+\d{1,2}[:时].*)?$",
    )
    y, m, d = (
        np.asarray(pc.struct_field(parts, n).cast(pa.int64()).fill_null(0), np.int64)
        for n in ("y", "m", "d")
    )
    good = (y > 1900) & (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31)
    months = ((y - 1970) * 12 + m - 1)[good].astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (d[good] - 1)
    inside = days.astype("datetime64[M]") == months
    out = np.full(len(texts), None, object)
    where = np.flatnonzero(good)[inside]
    out[where] = np.datetime_as_string(days[inside], unit="D")
    left = np.flatnonzero(pc.equal(pc.fill_null(pc.struct_field(parts, "y"), ""), ""))
    if len(left):  # days as Excel counts them
        serial = reals(texts.take(pa.array(left)))
        counted = (serial > EXCEL_DAYS[0]) & (serial < EXCEL_DAYS[1])
        moved = np.datetime64("1899-12-30") + serial[counted].astype(np.int64)
        out[left[counted]] = np.datetime_as_string(moved, unit="D")
    return out


@lru_cache(maxsize=64)
def words_of(field: Field) -> Mapping[str, str]:
    """Values of a choice by every plain word that stands for them."""
    found: dict[str, str] = {}
    for value, *titles in field.choice_titles:
        for word in (value, *titles):
            found.setdefault(plain(word), value)
    for value in field.choices:
        found.setdefault(plain(value), value)
    listed = standard("import_names")["words"].get(field.name, {})
    for word, value in listed.items():
        if value in field.choices:
            found.setdefault(plain(word), value)
    return found


def by_word(texts: Any, known: Mapping[str, Any]) -> tuple[Values, Values, npt.NDArray[np.int64]]:
    """Values (None: unknown or empty), the different words and, for each text, which word it is."""
    coded = texts.dictionary_encode()
    words = objects(coded.dictionary)
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), np.int64)
    meant = np.empty(len(words) + 1, object)
    meant[:-1] = [known.get(plain(w)) if w else None for w in words]
    return meant[codes], words, codes


def convert(
    texts: Values, field: Field, answers: Mapping[str, str]
) -> tuple[Values, Marks, Mapping[str, int]]:
    """Values of a field (None: nothing), which texts were not understood, and unknown words of a
    choice with how often they are there. `answers`: value by word, as the recipe says."""
    import pyarrow.compute as pc

    clean = normal(texts)
    there = np.asarray(pc.not_equal(clean, ""))
    if field.kind == "choice":
        said = {plain(w): v for w, v in answers.items() if v in field.choices}
        values, words, codes = by_word(clean, {**words_of(field), **said})
        wrong = there & is_nothing(values)
        left = np.bincount(codes[wrong], minlength=len(words))
        dropped = {plain(w) for w, v in answers.items() if v == "-"}
        unknown = {
            str(words[n]): int(left[n])
            for n in np.flatnonzero(left)
            if plain(str(words[n])) not in dropped
        }
        return values, wrong, unknown
    if field.kind == "boolean":
        flags = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
        values, words, codes = by_word(clean, {plain(k) or k: v for k, v in flags.items()})
        return values, there & is_nothing(values), {}
    if field.kind in ("real", "integer"):
        numbers = reals(clean)
        wrong = there & np.isnan(numbers)
        if field.kind == "integer":
            wrong |= there & (numbers != np.round(numbers))
        out = numbers.astype(object)
        out[np.isnan(numbers) | wrong] = None
        if field.kind == "integer":
            for n in np.flatnonzero(~is_nothing(out)):
                out[n] = int(out[n])
        return out, wrong, {}
    if field.kind == "date":
        found = dates(clean)
        return found, there & is_nothing(found), {}
    if field.name in CODES:
        out = objects(pc.replace_substring_regex(clean, "[\\s\u200b\ufeff]+", ""))
    else:
        out = objects(pc.utf8_trim_whitespace(pc.if_else(pc.equal(clean, ""), "", _pa(texts))))
    out[out == ""] = None
    if field.kind == "list":  # names of photos
        return _lists(out), np.zeros(len(out), np.bool_), {}
    return out, np.zeros(len(out), np.bool_), {}


def _pa(texts: Values) -> Any:
    import pyarrow as pa

    return pa.array(texts, pa.string())


def _lists(values: Values) -> Values:
    for n in np.flatnonzero(~is_nothing(values)):
        text = str(values[n])
        if not text.startswith("["):
            names = [part.strip() for part in re.split(r"[;,；，|]", text) if part.strip()]
            values[n] = json.dumps(names, ensure_ascii=False)
    return values


def legacy_class(word: str) -> tuple[str, tuple[str, ...]] | None:
    """The class of the older list a word is, and what it may be by HJ 1312."""
    same = plain(word)
    return next(((old, new) for old, new in LEGACY_CLASSES.items() if plain(old) == same), None)
