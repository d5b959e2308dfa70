"""Threads that draw: the most urgent piece first, and what nobody waits for any more is dropped.

A `DrawingQueue` is one asker, such as a view of the map. Each time it asks, the pieces that still
wait from before are forgotten; those being drawn go on if they are asked for again and are stopped
if not. What is ready is handed over on the main thread, together with all else that is ready then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, get_native_id
from typing import Any, NamedTuple

from gisapp.app.system_memory import give_large_pieces_back
from gisapp.model.progress import Cancelled, Progress

BEHIND = 2  # steps of priority (nice); with more, other programs could stop one that has the lock
SHORT_TURN = 0.0005  # seconds the window waits at most for a thread that works in Python

Deliver = Callable[[Callable[[], None]], None]  # run this on the main thread


def stand_back() -> None:
    """Let the window have a core before the present thread, where a system can tell them apart.

    On Linux the priority of a thread is its own; elsewhere this does nothing.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            own = os.getpriority(os.PRIO_PROCESS, get_native_id())
            os.setpriority(os.PRIO_PROCESS, get_native_id(), own + BEHIND)


class Piece(NamedTuple):
    """Work for one key: whoever asks for an equal key wants the same thing."""

    key: Hashable
    rank: float  # the lowest is drawn first, whoever asked
    work: Callable[[Progress], Any]


class Ready(NamedTuple):
    key: Any
    result: Any  # an Exception when the work failed


class _Stop:
    """The progress of a piece: nobody watches, but it can be stopped."""

    def __init__(self) -> None:
        self.stopped = False

    def report(self, fraction: float, message: str = "") -> None:
        if self.stopped:
            raise Cancelled


class DrawingQueue:
    """What one asker waits for. Use it on the main thread."""

    def __init__(self, threads: DrawingThreads, received: Callable[[list[Ready]], None]) -> None:
        self._threads = threads
        self._received = received
        self.closed = False

    def ask(self, pieces: Iterable[Piece]) -> None:
        """Draw these, instead of what was asked before."""
        if not self.closed:
            self._threads._ask(self, list(pieces))

    def close(self) -> None:
        """Drop everything; nothing is handed over any more."""
        self.closed = True
        self._threads._ask(self, [])
        self._received = lambda ready: None  # the asker may go


@dataclass(eq=False)
class _Run:
    owner: DrawingQueue
    key: Hashable
    stop: _Stop = field(default_factory=_Stop)


class DrawingThreads:
    def __init__(self, deliver: Deliver, threads: int) -> None:
        sys.setswitchinterval(SHORT_TURN)
        give_large_pieces_back()
        self._deliver = deliver
        self.count = threads
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="gisapp-drawing", initializer=stand_back
        )
        self._lock = Lock()
        self._waiting: list[tuple[DrawingQueue, Piece]] = []  # the next one at the end
        self._running: list[_Run] = []
        self._workers = 0
        self._ready: list[tuple[DrawingQueue, Ready]] = []
        self._closed = False

    @property
    def at_work(self) -> bool:
        return self._workers > 0

    def queue(self, received: Callable[[list[Ready]], None]) -> DrawingQueue:
        return DrawingQueue(self, received)

    def close(self) -> None:
        """Stop everything and wait until it has stopped."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            for run in self._running:
                run.stop.stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self, owner: DrawingQueue, pieces: list[Piece]) -> None:
        with self._lock:
            if self._closed:
                return
            wanted = {piece.key: piece for piece in pieces}
            for run in self._running:
                if run.owner is not owner or run.stop.stopped:
                    continue
                if wanted.pop(run.key, None) is None:
                    run.stop.stopped = True
            others = [entry for entry in self._waiting if entry[0] is not owner]
            self._waiting = others + [(owner, piece) for piece in wanted.values()]
            self._waiting.sort(key=lambda entry: -entry[1].rank)
            more = min(self.count - self._workers, len(self._waiting))
            self._workers += max(0, more)
        for _ in range(more):
            self._pool.submit(self._work)

    def _work(self) -> None:
        """Draw until nothing waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._workers -= 1
                    return
                owner, piece = self._waiting.pop()
                run = _Run(owner, piece.key)
                self._running.append(run)
            result: Any = None
            try:
                run.stop.report(0.0)
                result = piece.work(run.stop)
            except Cancelled:
                run.stop.stopped = True
            except Exception as error:  # noqa: BLE001  (handed over, the main thread tells it)
                result = error
            with self._lock:
                self._running.remove(run)
            if not run.stop.stopped:
                self._hand_over(owner, Ready(piece.key, result))

    def _hand_over(self, owner: DrawingQueue, ready: Ready) -> None:
        with self._lock:
            self._ready.append((owner, ready))
            first = len(self._ready) == 1
        if first:
            self._deliver(self._flush)

    def _flush(self) -> None:
        """On the main thread: everything that is ready, each asker once."""
        with self._lock:
            ready, self._ready = self._ready, []
        for owner in dict.fromkeys(owner for owner, _ in ready):
            if not owner.closed:
                owner._received([one for whose, one in ready if whose is owner])
