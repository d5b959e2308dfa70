"""What an editable table is before it has rows."""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.model.field import Field


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Name, system and columns. An empty `crs`: rows without a place."""

    name: str
    crs: str
    fields: tuple[Field, ...]
