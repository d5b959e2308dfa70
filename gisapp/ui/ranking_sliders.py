"""What a ranking assumes, under the hand: weights, how fast rivers flow, how fast matter decays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSlider, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.wheel import wheel_goes_on

STEPS = 100
FASTEST = 3.0  # times as fast or as slow at the ends of the slider
MOST_DECAY = 2.0  # a day


def _slider(name: str) -> QSlider:
    made = wheel_goes_on(QSlider(Qt.Orientation.Horizontal))
    made.setRange(0, STEPS)
    made.setPageStep(STEPS // 10)
    made.setAccessibleName(name)
    return made


class Assumptions(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._words: dict[str, Any] = {}
        self.sliders: dict[str, QSlider] = {}
        self._given: dict[str, float] = {}  # exactly, while a slider was not moved
        self.problem = label(tr("One weight must be more than nothing."), "bad", wrap=True)
        for name, title in _titles().items():
            self._add(name, title)
        self._grid.addWidget(self.problem, len(self.sliders), 0, 1, 3)
        self.problem.hide()

    def _add(self, name: str, title: str) -> None:
        row = len(self.sliders)
        slider = _slider(title)
        words = label("", "dim")
        words.setMinimumWidth(words.fontMetrics().horizontalAdvance("0.00 /d  "))
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(label(title, "dim"), row, 0)
        self._grid.addWidget(slider, row, 1)
        self._grid.addWidget(words, row, 2)
        self.sliders[name], self._words[name] = slider, words
        slider.valueChanged.connect(lambda at: self._moved(name))

    def show_values(
        self, weights: Mapping[str, float], velocity: float, decay_per_day: float
    ) -> None:
        """Without telling that they changed."""
        self.problem.hide()
        self._given = {**weights, "velocity": velocity, "decay": decay_per_day}
        for name, value in self._given.items():
            if name in self.sliders:
                slider = self.sliders[name]
                slider.blockSignals(True)
                slider.setValue(_to_slider(name, value))
                slider.blockSignals(False)
                self._words[name].setText(_shown(name, value))

    def take(self, name: str, value: float) -> None:
        """A value to the last digit, as if its slider had been moved there."""
        slider = self.sliders[name]
        slider.blockSignals(True)
        slider.setValue(_to_slider(name, value))
        slider.blockSignals(False)
        self._given[name] = value
        self._words[name].setText(_shown(name, value))
        self.changed.emit()

    def values(self) -> dict[str, Any] | None:
        """As the ranking takes them; None where all weights are nothing."""
        weights = {name: self._given[name] for name in self._given if name in _weights()}
        if not sum(weights.values()) > 0:
            return None
        return {
            "weights": weights,
            "velocity": self._given["velocity"],
            "decay_per_day": self._given["decay"],
        }

    def _moved(self, name: str) -> None:
        value = _from_slider(name, self.sliders[name].value())
        self._given[name] = value
        self._words[name].setText(_shown(name, value))
        self.changed.emit()


def _weights() -> dict[str, str]:
    return {
        "timing": tr("Timing"),
        "load": tr("Load"),
        "signature": tr("Signature"),
        "history": tr("Violations"),
        "proximity": tr("Proximity"),
    }


def _titles() -> dict[str, str]:
    return {"velocity": tr("Velocity"), "decay": tr("Decay"), **_weights()}


def _to_slider(name: str, value: float) -> int:
    if name == "velocity":
        share = 0.5 + 0.5 * math.log(value) / math.log(FASTEST)
    elif name == "decay":
        share = math.sqrt(value / MOST_DECAY)  # finer where decay is slow
    else:
        share = value
    return round(STEPS * min(max(share, 0.0), 1.0))


def _from_slider(name: str, at: int) -> float:
    share = at / STEPS
    if name == "velocity":
        return math.pow(FASTEST, 2 * share - 1)
    return MOST_DECAY * share**2 if name == "decay" else share


def _shown(name: str, value: float) -> str:
    if name == "velocity":
        return f"× {value:.2f}"
    return f"{value:.2f} /d" if name == "decay" else f"{value:.2f}"
