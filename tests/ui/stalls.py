"""How much the window's thread worked between two answers while a hand was on something.

Processor time, not the clock: what the machine does beside says nothing of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

ROUNDS = 2  # what is done once, as a first look at a file of fonts, is not a stall


def longest_stall(gesture: Callable[[int], None], steps: int, pause: float = 0.012) -> float:
    """Seconds of work between two beats of the event loop, in the better of two rounds."""
    return min(_round(gesture, steps, pause) for _ in range(ROUNDS))


def _round(gesture: Callable[[int], None], steps: int, pause: float) -> float:
    gaps: list[float] = []
    last = thread_time()

    def beat() -> None:
        nonlocal last
        now = thread_time()
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
    return max(gaps)
