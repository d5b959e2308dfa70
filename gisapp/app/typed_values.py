"""What a person typed into a field of a record: the value it means, or why it means none."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from gisapp.model.field import Field
from gisapp.model.text import tr

_NUMBER = re.compile(r"([+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)")


def typed_value(field: Field, text: str, units: Sequence[str] = ()) -> tuple[Any, str]:
    """The value, None for nothing, and which of `units` was written behind it, else empty.

    Full-width digits are digits; a comma stands between thousands only; the field's own unit may
    be written too. Raises ValueError with what is wrong, for people.
    """
    text = text.strip()
    if not text:
        if field.required:
            raise ValueError(tr("This must be filled in"))
        return None, ""
    if field.kind in ("integer", "real"):
        return _number(field, text, units)
    if field.kind == "date":
        return _date(text), ""
    return text, ""


def _number(field: Field, text: str, units: Sequence[str]) -> tuple[Any, str]:
    plain = _plain(text)
    found = _NUMBER.fullmatch(plain)
    wanted = tr("A whole number belongs here") if field.kind == "integer" else (
        tr("A number belongs here"))  # fmt: skip
    if found is None:
        raise ValueError(wanted)
    digits, behind = found.groups()
    if "," in digits and not _THOUSANDS.fullmatch(digits):
        point = digits.replace(",", ".", 1).replace(",", "")
        raise ValueError(tr("Write decimals with a point, such as {text}").format(text=point))
    unit = next((one for one in units if behind and _same(one, behind)), "")
    if behind and not unit and not _same(field.unit, behind):
        known = ", ".join(units) or field.unit
        if not known:
            raise ValueError(wanted)
        raise ValueError(tr("The unit is {unit}, not {text}").format(unit=known, text=behind))
    value = float(digits.replace(",", ""))
    if not math.isfinite(value):
        raise ValueError(wanted)
    if field.kind == "integer":
        if "." in digits or "e" in digits.lower():
            raise ValueError(wanted)
        return int(digits.replace(",", "")), unit
    return value, unit


def _date(text: str) -> str:
    found = _DATE.fullmatch(_plain(text).replace(" ", ""))
    parts = [int(part) for part in found.groups() if part] if found is not None else []
    try:
        return date(*parts).isoformat()
    except (TypeError, ValueError):
        raise ValueError(tr("A date belongs here, such as 2026-01-17")) from None


def _plain(text: str) -> str:
    """Full-width characters as usual ones, every kind of minus as a hyphen."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").strip()


def _same(unit: str, text: str) -> bool:
    return bool(unit) and _letters(unit) == _letters(text)


def _letters(unit: str) -> str:
    return _plain(unit).casefold().replace(" ", "").replace("^", "")
