"""What a reader found in a file, and how it becomes a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.shapes import ShapeCollector
from gisapp.model.crs import parsed
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.feature_ids import FeatureIds
from gisapp.model.features import Column, Features, Shapes
from gisapp.model.field import Field
from gisapp.model.progress import Progress
from gisapp.model.text import tr

YES = "yes"
FIRST_SHOWN = 1.5  # seconds of reading after which a source is shown while the rest is read
ZONE = 1_000_000.0  # metres a zone number is worth in an easting
FIRST_ZONE, LAST_ZONE = 13, 45


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One layer inside a file. kind: point, line, area or table; `count` -1: not known."""

    name: str
    kind: str
    count: int
    crs: str
    fields: tuple[str, ...] = ()


class MissingCrsError(ReadError):
    """The file does not say where it is; the window offers a choice."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """crs: empty when the file has none. ids: the file's own."""

    path: Path
    crs: str
    fields: tuple[Field, ...]
    ids: npt.NDArray[Any] | FeatureIds
    columns: Mapping[str, Column]
    collector: ShapeCollector
    warnings: tuple[str, ...] = ()

    def features(self, options: Mapping[str, str]) -> Features:
        """The layer, with what the user said about it applied."""
        crs = options.get("crs") or self.crs
        shapes = corrected(self.collector.shapes(), options)
        if not crs:
            raise no_crs(self.path)
        ids = self._ids_of(options["id"]) if options.get("id") else self.ids
        return Features(crs, self.fields, ids, self.columns, shapes, self._warnings())

    def _ids_of(self, name: str) -> npt.NDArray[Any]:
        if name not in self.columns:
            raise ReadError(
                tr("{file} has no column {name}").format(file=self.path.name, name=name),
                hint=tr("It has: {names}").format(names=", ".join(self.columns)),
            )
        values = self.columns[name]
        texts = np.empty(len(values), object)
        texts[:] = ["" if v is None else str(v) for v in values.tolist()]
        first: dict[str, int] = {}
        for row, text in enumerate(texts, 1):
            if not text or text in first:
                other = first.get(text)
                message = (
                    tr("{file}: row {row} has no {name}")
                    if other is None
                    else tr("{file}: rows {other} and {row} have the same {name}: {text}")
                )
                raise ReadError(
                    message.format(file=self.path.name, row=row, other=other, name=name, text=text),
                    hint=tr("Choose another column as the key, or none."),
                )
            first[text] = row
        return texts

    def _warnings(self) -> tuple[str, ...]:
        found = list(self.warnings)
        if self.collector.left_out:
            found.append(
                tr("{n} features have another kind of geometry and are not drawn").format(
                    n=self.collector.left_out
                )
            )
        if self.collector.empty:
            found.append(tr("{n} features have no place").format(n=self.collector.empty))
        return tuple(found)


class SoFar:
    """Hands over what was read of a large source while it is read, to a progress that takes it:
    places without their columns, after twice the time that passed before."""

    def __init__(self, path: Path, options: Mapping[str, str], progress: Progress) -> None:
        self._path, self._options = path, options
        self._show = getattr(progress, "show", None)
        self._started = monotonic()
        self._next = FIRST_SHOWN

    def look(
        self, crs: str, collector: ShapeCollector, rows: int, ids: Callable[[], FeatureIds]
    ) -> None:
        passed = monotonic() - self._started
        if self._show is None or not rows or passed < self._next:
            return
        self._next = 2 * passed
        plain = {key: value for key, value in self._options.items() if key != "id"}
        part = Gathered(self._path, crs, (), ids(), {}, collector)
        try:
            self._show(part.features(plain))
        except GisError:
            self._show = None  # the whole layer will say what is wrong


def corrected(shapes: Shapes, options: Mapping[str, str]) -> Shapes:
    """Axes swapped and zone numbers taken off, as the options ask; the file stays as it is."""
    coords = shapes.coords
    if options.get("swap_axes") == YES:
        coords = np.ascontiguousarray(coords[:, ::-1])
    if options.get("strip_zone") == YES:
        zone = np.floor(coords[:, 0] / ZONE)
        with_zone = (zone >= FIRST_ZONE) & (zone <= LAST_ZONE)
        coords = coords.copy()
        coords[with_zone, 0] -= zone[with_zone] * ZONE
    if coords is shapes.coords:
        return shapes
    return Shapes(shapes.kind, coords, shapes.starts, shapes.owner)


def no_crs(path: Path) -> MissingCrsError:
    return MissingCrsError(
        tr("{file} does not say which coordinate reference system it is in").format(file=path.name),
        hint=tr("Choose it: for China often EPSG:4490 (degrees) or a CGCS2000 3-degree zone."),
    )


@lru_cache(maxsize=64)
def crs_name(crs: str | None) -> str:
    """`EPSG:4547` where the system is known by number, else its WKT; empty for none."""
    if not crs:
        return ""
    if crs.upper().startswith("EPSG:"):
        return crs.upper()
    try:
        system = parsed(crs)
    except ParameterError:
        return ""
    known = system.to_authority(min_confidence=70)
    if known and known[0] in ("EPSG", "OGC"):
        return "EPSG:4326" if known == ("OGC", "CRS84") else ":".join(known)
    return str(system.to_wkt())
