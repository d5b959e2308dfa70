"""How long work tells the world where it is, and learns that it should stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Cancelled(Exception):  # noqa: N818  (an outcome, not an error)
    """Raised inside the work when the user asked it to stop."""


class Progress(Protocol):
    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the work is, 0 to 1. Raises Cancelled if it should stop."""


class Silent:
    """For Python callers and tests: nobody is watching."""

    def report(self, fraction: float, message: str = "") -> None:
        pass


class Part:
    """A slice of someone else's progress, for work made of steps."""

    def __init__(self, whole: Progress, start: float, stop: float) -> None:
        self._whole, self._start, self._stop = whole, start, stop

    def report(self, fraction: float, message: str = "") -> None:
        self._whole.report(self._start + (self._stop - self._start) * fraction, message)


def track(items: Iterable[T], total: int, progress: Progress, message: str = "") -> Iterator[T]:
    """Iterate, reporting as you go; the loop stops by itself when cancelled."""
    for done, item in enumerate(items):
        progress.report(done / max(total, 1), message)
        yield item
    progress.report(1.0, message)
