"""The words people see: English in the code, other languages in catalogues.

Catalogues are gettext `.po` files, read as text, so that a translator needs no tool and the
program needs no compiled copy.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from importlib.resources import files

LANGUAGES: Mapping[str, str] = {"en": "English", "zh_CN": "简体中文"}

_current: dict[str, str] = {}
_language = "en"


def tr(message: str) -> str:
    """The message in the user's language; the English itself where there is no translation.

    Fill in values afterwards: `tr("{n} rows").format(n=3)`.
    """
    return _current.get(message, message)


def N_(message: str) -> str:  # noqa: N802  (the usual name of the mark)
    """Marks a sentence that stands in a table and is translated by `tr` when it is shown."""
    return message


def language() -> str:
    """The language in use, a key of LANGUAGES."""
    return _language


def use_language(code: str) -> None:
    """Switch all later `tr` calls to the given language; an unknown one means English."""
    global _current, _language
    _language = code if code in LANGUAGES else "en"
    _current = {} if _language == "en" else read_catalogue(_catalogue_text(_language))


def read_catalogue(text: str) -> dict[str, str]:
    """Messages and translations of a `.po` file without plurals and contexts."""
    found: dict[str, str] = {}
    parts: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), 'msgid ""']:
        line = line.strip()
        if line.startswith("msgid "):
            if parts.get("msgid") and parts.get("msgstr"):
                found[parts["msgid"]] = parts["msgstr"]
            parts, key, line = {}, "msgid", line[6:]
        elif line.startswith("msgstr "):
            key, line = "msgstr", line[7:]
        if key and line.startswith('"'):
            parts[key] = parts.get(key, "") + _said(line)
    return found


def _said(quoted: str) -> str:
    """What stands between the quotes; most of it has nothing that Python would have to read."""
    inside = quoted[1:-1]
    if len(quoted) > 1 and quoted[-1] == '"' and "\\" not in inside and '"' not in inside:
        return inside
    return str(ast.literal_eval(quoted))


def _catalogue_text(code: str) -> str:
    return files("gisapp").joinpath("locale", code, "LC_MESSAGES", "gisapp.po").read_text("utf-8")
