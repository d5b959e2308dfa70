"""What a column of a survey table may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gisapp.model.text import language

FieldKind = Literal["text", "integer", "real", "boolean", "date", "choice", "list"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name in files, its words for people, its unit and where it is defined.

    `date` holds ISO 8601 text, `list` a JSON list of text (photo names), `choice` one of `choices`.
    """

    name: str
    kind: FieldKind = "text"
    title: str = ""
    title_zh_CN: str = ""  # noqa: N815  (named as in the manifests)
    unit: str = ""
    choices: tuple[str, ...] = ()
    choice_titles: tuple[tuple[str, str, str], ...] = ()  # value, English, Chinese
    required: bool = False
    clause: str = ""  # the standard and clause that defines the field
    group: str = ""

    @property
    def caption(self) -> str:
        """The title in the user's language."""
        chinese = language() == "zh_CN" and self.title_zh_CN
        return self.title_zh_CN if chinese else self.title or self.name

    def shown(self, value: Any) -> str:
        """The value in the user's language, without its unit; empty for None."""
        if value is None:
            return ""
        for key, english, chinese in self.choice_titles:
            if key == value:
                return chinese if language() == "zh_CN" else english
        if self.kind == "real":
            return f"{value:.6g}"
        return str(value)
