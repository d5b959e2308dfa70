"""JSON written and read piece by piece: in one go a large edit would stop all other threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

AT_ONCE = 5000  # values made text in one go, which stops the other threads


def to_text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def text_pieces(data: Any) -> Iterator[str]:
    """The same text piece by piece, so that a large edit does not stop all other threads."""
    if isinstance(data, list) and len(data) > AT_ONCE:
        opening = "["
        for start in range(0, len(data), AT_ONCE):
            yield opening + to_text(data[start : start + AT_ONCE])[1:-1]
            opening = ","
        yield "]"
        return
    if isinstance(data, list) and any(isinstance(part, dict) for part in data):
        for number, part in enumerate(data):  # the parts of an edit, each as large as can be
            yield "," if number else "["
            yield from text_pieces(part)
        yield "]"
        return
    if not isinstance(data, dict):
        yield to_text(data)
        return
    opening = "{"
    for key, value in data.items():
        yield f"{opening}{to_text(key)}:"
        yield from text_pieces(value)
        opening = ","
    yield "}" if data else "{}"


def from_text(text: str) -> Any:
    """What `to_text` or `text_pieces` wrote; large parts one by one, for the same reason."""
    try:
        value, end = _piece(text, 0)
    except (IndexError, ValueError):  # written by somebody else, with spaces; or no JSON at all
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


_decoder = json.JSONDecoder()


def _piece(text: str, start: int) -> tuple[Any, int]:
    if text.startswith("[{", start):
        listed = []
        while text[start] != "]":
            if text[start] not in "[,":
                raise ValueError
            value, start = _piece(text, start + 1)
            listed.append(value)
        return listed, start + 1
    if text[start] != "{" or text[start + 1] == "}":
        return _decoder.raw_decode(text, start)
    found = {}
    while text[start] != "}":
        key, end = _decoder.raw_decode(text, start + 1)
        if text[start] not in "{," or text[end] != ":" or not isinstance(key, str):
            raise ValueError
        found[key], start = _piece(text, end + 1)
    return found, start + 1
