"""How long the window's thread did not answer while a hand was on something."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

SLIPS = 2  # times the machine may have been busy with something else
ROUNDS = 3  # what blocks by itself blocks each time; a busy machine does not


def longest_stall(gesture: Callable[[int], None], steps: int, pause: float = 0.012) -> float:
    """Seconds between two beats of the event loop, in the best of three rounds."""
    return min(_round(gesture, steps, pause) for _ in range(ROUNDS))


def _round(gesture: Callable[[int], None], steps: int, pause: float) -> float:
    gaps: list[float] = []
    last = perf_counter()

    def beat() -> None:
        nonlocal last
        now = perf_counter()
        gaps.append(now - last)
        last = now

    timer = QTimer(interval=0)
    timer.timeout.connect(beat)
    timer.start()
    for step in range(steps):
        gesture(step)
        until = perf_counter() + pause
        while perf_counter() < until:
            QApplication.processEvents()
    timer.stop()
    assert len(gaps) > steps / 4
    return sorted(gaps)[-1 - SLIPS]
