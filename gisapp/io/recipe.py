"""Answers about a file, kept so that next month's file needs no questions. Data, never code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from gisapp.io.map_file import write_file
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

VERSION = 1
SUFFIX = ".recipe.json"
LONGEST = 1_000_000  # bytes of a file that is a recipe
ROW = "row."  # answers about single rows: of this file only, not of the next


@dataclass(frozen=True)
class Recipe:
    """`answers`: text by key, such as `column.编码` = `code_local`, `place.crs` = `EPSG:4543`,
    `if.at_zero` = `skip`, `word.bank.L` = `左岸`. `columns`: the headings it was made for."""

    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    columns: tuple[str, ...] = ()
    title: str = ""

    def get(self, key: str, otherwise: str = "") -> str:
        return self.answers.get(key, otherwise)

    def with_answers(self, answers: Mapping[str, str] | tuple[tuple[str, str], ...]) -> Recipe:
        """With these laid over; an empty text takes an answer away."""
        merged = {**self.answers, **dict(answers)}
        kept = {key: value for key, value in merged.items() if value}
        return replace(self, answers=MappingProxyType(kept))

    def under(self, prefix: str) -> dict[str, str]:
        """The answers whose keys begin so, by the rest of the key."""
        return {k[len(prefix) :]: v for k, v in self.answers.items() if k.startswith(prefix)}

    def for_next_time(self, columns: tuple[str, ...]) -> Recipe:
        """Without what was said of single rows."""
        kept = {k: v for k, v in self.answers.items() if not k.startswith(ROW)}
        return Recipe(MappingProxyType(kept), columns, self.title)


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Raises WriteError."""
    data = {
        "gisapp_import_recipe": VERSION,
        "title": recipe.title,
        "columns": list(recipe.columns),
        "answers": dict(sorted(recipe.answers.items())),
    }
    write_file(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())


def read_recipe(path: Path) -> Recipe:
    """Raises ReadError with what is wrong in it."""
    try:
        raw = path.read_bytes()
        if len(raw) > LONGEST:
            raise ValueError(tr("it is too long"))
        data = json.loads(raw.decode("utf-8-sig"))
        if data["gisapp_import_recipe"] > VERSION:
            raise ValueError(tr("it was made by a newer version of the program"))
        answers, columns = data["answers"], data.get("columns", [])
        texts = [*answers, *answers.values(), *columns]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(tr("every answer must be text"))
        return Recipe(MappingProxyType(dict(answers)), tuple(columns), str(data.get("title", "")))
    except OSError as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error.strerror)
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReadError(
            tr("{file} is no recipe for an import: {reason}").format(file=path.name, reason=error),
            hint=tr("Choose a file that was saved with “Save the answers”."),
        ) from error
