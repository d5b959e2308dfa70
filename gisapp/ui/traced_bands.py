"""The reaches of a trace in bands of distance or of travel time, and the legend of the bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.text import tr
from gisapp.ui.theme import SMALL, Theme

HOURS = (1.0, 2.0, 4.0, 8.0, 12.0, 24.0)
MOST = 6  # limits between bands
# From near to far and from dark to light, so that the order is seen without colours too; none is
# near the blue of rivers or the ground of a light or a dark map, also for colour-blind people.
COLORS = ("#90015b", "#c80d4c", "#e9041f", "#d57352", "#e39441", "#dec304", "#7bec91")


@dataclass(frozen=True, eq=False)
class Bands:
    """band: of each part of the shapes; limits: between bands, in the unit."""

    limits: tuple[float, ...]
    unit: str
    band: npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class TracedMap:
    """What is drawn of a trace: its lines in the map's system, and both ways to colour them."""

    shapes: Shapes
    by_hours: Bands | None = None
    by_distance: Bands | None = None


def round_limits(most: float) -> tuple[float, ...]:
    """Up to MOST round numbers that part 0 to `most`."""
    if not most > 0:
        return ()
    for step in (s * 10.0**e for e in range(-3, 7) for s in (1, 2, 5)):
        if most / step <= MOST + 1:
            return tuple(step * n for n in range(1, MOST + 1) if step * n < most)
    return ()


def traced_map(rivers: FeatureSet, reaches: Sequence[Any], crs: str) -> TracedMap | None:
    """The lines of the reaches (with `feature`, perhaps `hours` and `distance_m`); None: none.

    Takes a while for very many: on a worker.
    """
    shapes = rivers.shapes_in(crs)
    numbers = rivers.numbers_of([reach.feature for reach in reaches])
    known = numbers >= 0
    of_feature = np.full(len(rivers), -1)
    of_feature[numbers[known]] = np.flatnonzero(known)
    chosen = np.flatnonzero(of_feature[shapes.owner] >= 0)
    if not len(chosen):
        return None
    lengths = np.diff(shapes.starts)[chosen]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.repeat(shapes.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
    lines = Shapes(shapes.kind, shapes.coords[rows], starts, shapes.owner[chosen])
    reach = of_feature[lines.owner]
    return TracedMap(
        lines,
        _bands(reaches, reach, "hours", 1.0, "h"),
        _bands(reaches, reach, "distance_m", 1000.0, "km"),
    )


def _bands(
    reaches: Sequence[Any], of: npt.NDArray[np.int64], name: str, by: float, unit: str
) -> Bands | None:
    if not hasattr(reaches[0], name):
        return None
    values = np.array([getattr(reach, name) for reach in reaches], np.float64) / by
    limits = HOURS if name == "hours" else round_limits(float(values.max()))
    used = tuple(limit for limit in limits if limit <= values.max())
    return Bands(used, unit, np.searchsorted(used, values[of], "right").astype(np.int8))


class BandsLegend(QWidget):
    """One row: a stretch of colour for each band, with the limits below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._bands = theme, None  # type: tuple[Theme, Bands | None]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_bands(self, bands: Bands | None) -> None:
        self._bands = bands
        self.setVisible(bands is not None)
        if bands is not None:
            limits = ", ".join(f"{limit:g} {bands.unit}" for limit in bands.limits)
            self.setAccessibleName(tr("Colours part at: {limits}").format(limits=limits))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, 11 + QFontMetrics(self.font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        bands = self._bands
        if bands is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = len(bands.limits) + 1
        wide = self.width() / count
        font = QFont(self.font())
        font.setPixelSize(SMALL)
        painter.setFont(font)
        for number in range(count):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(COLORS[number]))
            painter.drawRect(QRectF(number * wide, 1, wide - 1, 6))
        painter.setPen(QColor(self._theme.tokens.dim))
        for number, limit in enumerate(bands.limits, 1):
            words = f"{limit:g}" + (f" {bands.unit}" if number == len(bands.limits) else "")
            box = QRectF(number * wide - 40, 9, 80, self.height() - 9)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
