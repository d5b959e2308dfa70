"""A delivery that is made again and again: what goes out, how and where, kept in the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class DeliveryColumn:
    """A field of the outfalls that goes out. `name`: what it is called there; empty: its own."""

    field: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What a field must hold, as the attribute table asks for it (`ColumnFilter`).

    `values` are words as they are shown; None: any.
    """

    field: str
    sign: Literal["contains", "begins", "is", "is not"] = "contains"
    text: str = ""
    values: tuple[str, ...] | None = None
    low: str = ""
    high: str = ""
    empty: bool | None = None


@dataclass(frozen=True, slots=True)
class SavedDelivery:
    """`kind` is the ending of the file. No `columns`: every field by its own name.

    `crs` is empty for CGCS2000 (in metres: the zone the outfalls lie in). `file`: where it goes,
    with forward slashes, relative to the project's folder where it lies in it; `{date}` and
    `{month}` in it stand for the day it is made.
    """

    name: str = ""
    kind: str = ".xlsx"
    template: str = ""
    notation: Literal["decimal", "dms", "metres"] = "decimal"
    crs: str = ""
    encoding: str = "utf-8"
    public: bool = False
    columns: tuple[DeliveryColumn, ...] = ()
    rows: Literal["all", "selected", "filtered", "states"] = "all"
    states: tuple[str, ...] = ()
    filters: tuple[DeliveryFilter, ...] = ()
    file: str = ""
