"""Codes that can be checked: credit codes, permit numbers, and codes by a project's pattern.

USCC: 18 characters, check character modulo 31 (GB 32100-2015). Permit: HJ 608-2017, the credit
code, three digits and P. Codes of outfalls have no layout the program insists on; a project may
give a pattern for each of its two columns.
"""

from __future__ import annotations

import re

from gisapp.model.text import tr

CHECKED = ("uscc", "permit_no")  # fields whose values have a structure
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_FULL_WIDTH = {ord("０") + n: str(n) for n in range(10)} | {
    ord("Ａ") + n: chr(ord("A") + n) for n in range(26)
}


def plain_code(text: str) -> str:
    """Without spaces, in capitals, full-width digits and letters as usual ones."""
    if text.isascii():  # the usual ones, in a quarter of the time
        return "".join(text.split()).upper()
    return re.sub(r"\s", "", text).upper().translate(_FULL_WIDTH)


def uscc_check_character(first: str) -> str:
    """The 18th character of a credit code from its first 17. Raises ValueError for others."""
    if len(first) != 17:
        raise ValueError(first)
    total = sum(w * USCC_LETTERS.index(c) for w, c in zip(_WEIGHTS, first, strict=True))
    return USCC_LETTERS[-total % 31]


def uscc_problem(text: str) -> str:
    """What is wrong with a credit code; empty when it is whole."""
    code = plain_code(text)
    if len(code) != 18:
        return tr("A credit code has 18 characters, this one {n}").format(n=len(code))
    wrong = sorted(set(code) - set(USCC_LETTERS))
    if wrong:
        return tr("{letters} cannot stand in a credit code").format(letters=" ".join(wrong))
    due = uscc_check_character(code[:17])
    if due != code[17]:
        return tr("The check character should be {due}, not {found}").format(
            due=due, found=code[17]
        )
    return ""


def permit_problem(text: str) -> str:
    """What is wrong with a permit number (HJ 608-2017); empty when it is whole."""
    code = plain_code(text)
    if len(code) != 22:
        return tr("A permit number has 22 characters, this one {n}").format(n=len(code))
    if not re.fullmatch(r"\d{3}P", code[18:]):
        return tr("A permit number ends in three digits and P, such as 001P")
    return uscc_problem(code[:18])


def outlet_code_problem(text: str) -> str:
    """What is wrong with the number of an outlet in a permit, such as DW001 (HJ 608-2017)."""
    code = plain_code(text)
    return "" if re.fullmatch(r"D[WA]\d{3}", code) else tr("An outlet is written DW001 or DA001")


def pattern_problem(pattern: str) -> str:
    """What is wrong with the pattern of a code; empty when it can be used."""
    try:
        re.compile(pattern)
    except re.error as error:
        return tr("This is no pattern: {reason}").format(reason=error)
    return ""


def code_problem(pattern: str, text: str, county: str = "") -> str:
    """What is wrong with an outfall's code by a project's pattern; empty when nothing is.

    `county` is the six-digit code of the county the point lies in, compared with the part of
    the pattern named `county`. An empty pattern checks nothing.
    """
    if not pattern or pattern_problem(pattern):
        return ""
    match = re.fullmatch(pattern, text.strip())
    if match is None:
        return tr("{code} does not fit the pattern of this project").format(code=text)
    found = match.groupdict().get("county")
    if county and found and found != county:
        return tr("{code} says county {found}, the point lies in {county}").format(
            code=text, found=found, county=county
        )
    return ""


def field_problem(field: str, value: object) -> str:
    """What is wrong with a checkable field of the record; empty when nothing is or none is there.

    Never a reason to refuse: it is said, and the value is kept.
    """
    if not isinstance(value, str) or not value.strip():
        return ""
    if field == "uscc":
        return uscc_problem(value)
    if field == "permit_no":
        return permit_problem(value)
    return ""
