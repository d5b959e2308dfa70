"""Templates of ledgers that people write: TOML, read with care."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gisapp.model.errors import ReadError
from gisapp.model.ledger_template import LedgerTemplate, template_of
from gisapp.model.text import tr

_LARGEST = 1 << 20  # bytes


def read_template(path: Path) -> LedgerTemplate:
    """The first template of a file. Raises ReadError, ParameterError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ReadError(tr("{file} is too large").format(file=path.name))
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReadError(
            tr("{file} is no template of a ledger: {reason}").format(file=path.name, reason=error),
            hint=tr("The program's own templates show how one is written."),
        ) from error
    listed = data.get("template")
    first = listed[0] if isinstance(listed, list) and listed else data
    if not isinstance(first, dict):
        raise ReadError(tr("{file} is no template of a ledger").format(file=path.name))
    return template_of({"id": path.stem, **first})
