"""The search as an algorithm: a form, a command and a Python function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from gisapp.api import Features, FeatureSet, Limits, Progress, Raster, algorithm, tr

from .candidate import Candidate, features_of_candidates, reason_titles
from .field_settings import FieldSettings, Kind
from .finding import find_in_mosaic, lines_of, threads
from .mosaic import mosaic_of
from .water_source import water_from


@dataclass(frozen=True, slots=True)
class Candidates:
    """Suspected outfalls of a mosaic, those to look at first; rejected ones keep their reasons."""

    crs: str
    found: tuple[Candidate, ...]
    facts: dict[str, Any] = field(repr=False)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield from lines_of(self.found)
        titles = reason_titles()
        for code in sorted({reason for c in self.found for reason in c.reasons}):
            count = sum(code in c.reasons for c in self.found)
            yield f"  {count} × {titles[code]}"
        yield from self.notes

    def features(self) -> Features:
        """The sources as points, to be written or put on a map."""
        return features_of_candidates(self.found, self.crs)


@algorithm("find-candidates", "Find suspected outfalls in a thermal mosaic")
def find_candidates(
    mosaic: Raster,
    water: FeatureSet | None = None,
    kind: Kind = "both",
    min_contrast_c: Annotated[float, Limits(0.05, 30, "°C")] = 0.35,
    confidence: Annotated[float, Limits(1, 100, "×")] = 4.5,
    min_area_m2: Annotated[float, Limits(0.1, 10_000, "m²")] = 5.0,
    max_area_m2: Annotated[float, Limits(1, 1e6, "m²")] = 5000.0,
    detail_m: Annotated[float, Limits(0.05, 20, "m")] = 0.6,
    background_m: Annotated[float, Limits(2, 1000, "m")] = 24.0,
    bank_strip_m: Annotated[float, Limits(0.5, 500, "m")] = 8.0,
    bank_error_m: Annotated[float, Limits(0, 50, "m")] = 2.5,
    width_m: Annotated[float, Limits(0, 10_000, "m")] = 0.0,
    unit: str = "",
    *,
    progress: Progress,
) -> Candidates:
    """Spots of water warmer or cooler than the water around them that start at a bank.

    mosaic: temperatures. water: areas of water, or its bank lines; without it, it is proposed from
    the mosaic. kind: both, warm or cold. min_contrast_c: how much warmer or cooler. confidence:
    how many times the noise of the place. min_area_m2, max_area_m2: smallest and largest plume.
    detail_m: the smallest thing looked at. background_m: compare with water within. bank_strip_m:
    starts so near the bank. bank_error_m: the bank line may be off by. width_m: lines of water are
    the middle of a strip so wide. unit: of the numbers (degC, K, cK), where the file does not say.
    Raises ParameterError for a picture, an empty mosaic, and water that lies elsewhere.
    """
    settings = FieldSettings(
        kind=kind, min_contrast_c=min_contrast_c, confidence=confidence, min_area_m2=min_area_m2,
        max_area_m2=max_area_m2, detail_m=detail_m, background_m=background_m,
        bank_strip_m=bank_strip_m, bank_error_m=bank_error_m,
    )  # fmt: skip
    opened = mosaic_of(mosaic, unit)
    source = None if water is None else water_from(water, opened.crs, width_m)
    words = tr("Searching {file}").format(file=opened.name)
    found = find_in_mosaic(
        opened, source, settings, lambda part: progress.report(part, words), at_once=threads()
    )
    return Candidates(found.crs, found.candidates, found.facts, found.notes)
