"""What a ledger of outfalls looks like: its columns and where their values come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gisapp.model.errors import ParameterError
from gisapp.model.survey import OUTFALL_TABLE, RELATED_TABLES, standard, survey_schemas
from gisapp.model.text import language, tr

TASKS = ("check", "monitor", "trace", "plan", "rectify", "close")
MADE = (
    "number",
    "longitude",
    "latitude",
    *(f"class.{n}" for n in (1, 2, 3)),
    *(f"photo.{n}" for n in range(1, 10)),
    *(f"done.{task}" for task in TASKS),
)


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """`source`: a field, `table.field`, or one of MADE. Without titles those of the field."""

    source: str
    title: str = ""
    title_zh_CN: str = ""  # noqa: N815  (named as in the manifests)

    @property
    def heading(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" and self.title_zh_CN else self.title

    @property
    def field(self) -> str:
        """The name of the field alone."""
        return self.source.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class LedgerTemplate:
    id: str
    title: str
    title_zh_CN: str  # noqa: N815
    columns: tuple[LedgerColumn, ...]
    frozen: int = 0  # columns that stay when the sheet is scrolled sideways

    @property
    def caption(self) -> str:
        return self.title_zh_CN if language() == "zh_CN" and self.title_zh_CN else self.title


@lru_cache(maxsize=1)
def ledger_templates() -> Mapping[str, LedgerTemplate]:
    """The templates of the program by their id."""
    return {t["id"]: template_of(t) for t in standard("outfall_ledger")["template"]}


def private_fields() -> frozenset[str]:
    """Names of fields that a copy for the public leaves out."""
    return frozenset(standard("outfall_ledger")["public"]["private"])


def template_of(data: Mapping[str, Any]) -> LedgerTemplate:
    """A template as a data file writes it. Raises ParameterError naming what is wrong in it."""
    entries = data.get("columns")
    name = str(data.get("id") or "")
    if not isinstance(entries, list) or not entries:
        raise ParameterError(
            tr("The template {name} has no columns").format(name=name or "–"),
            hint=tr('Write columns = [ { from = "name" } ] with the fields you want.'),
        )
    columns = []
    for entry in entries:
        source = entry if isinstance(entry, str) else str(dict(entry).get("from", ""))
        if not _is_known(source):
            raise ParameterError(
                tr("The template {name} asks for {source}, which no outfall has").format(
                    name=name, source=source or "–"
                ),
                hint=tr("A column is a field, table.field, or one of: {names}").format(
                    names=", ".join(MADE)
                ),
            )
        words = {} if isinstance(entry, str) else dict(entry)
        columns.append(LedgerColumn(source, str(words.get("en", "")), str(words.get("zh", ""))))
    title = str(data.get("en") or name)
    frozen = data.get("frozen", 0)
    return LedgerTemplate(
        name, title, str(data.get("zh") or title), tuple(columns),
        frozen if isinstance(frozen, int) else 0,
    )  # fmt: skip


def _is_known(source: str) -> bool:
    """Fields of a project's own are not known here: only what has a dot must be right."""
    if source in MADE:
        return True
    table, dot, name = source.rpartition(".")
    if not dot:
        return bool(name)
    if table not in (*RELATED_TABLES, OUTFALL_TABLE):
        return False
    return any(field.name == name for field in survey_schemas()[table].fields)
