"""A map sheet: what is on it. How it is drawn is in render, where it goes in io."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NewType
from uuid import uuid4

from gisapp.model.geometry import Extent

PageId = NewType("PageId", str)
PaperSize = Literal["A4", "A3"]
PAPER_MM: dict[PaperSize, tuple[float, float]] = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet. Without `extent` it shows what the map shows when it is exported."""

    title: str = ""
    paper: PaperSize = "A4"
    landscape: bool = True
    extent: Extent | None = None  # in the project's system
    legend: bool = True
    scale_bar: bool = True
    north_arrow: bool = True
    grid: bool = True
    date: str = ""  # as printed; empty: none
    note: str = ""
    id: PageId = field(default_factory=lambda: PageId(uuid4().hex[:8]))

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper in millimetres."""
        short, long = PAPER_MM[self.paper]
        return (long, short) if self.landscape else (short, long)
