"""The most urgent piece first, and nothing is drawn for nobody."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from threading import Event
from time import monotonic
from typing import Any

import pytest

from gisapp.app.drawing_threads import DrawingQueue, DrawingThreads, Piece, Ready
from gisapp.model.progress import Progress

PATIENCE = 10.0


@pytest.fixture
def threads(mailbox) -> Iterator[DrawingThreads]:
    made = DrawingThreads(mailbox, 1)
    yield made
    made.close()


def until(done: Callable[[], bool], mailbox: Any) -> None:
    end = monotonic() + PATIENCE
    while not done():
        assert monotonic() < end
        mailbox.drain()


class Gate:
    """A piece that says when it has begun, and goes on when it may."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()
        self.stopped = False

    def work(self, progress: Progress) -> str:
        self.begun.set()
        try:
            while not self.go_on.wait(0.001):
                progress.report(0.5)
            progress.report(0.9)
        except BaseException:
            self.stopped = True
            raise
        return "done"


def piece(key: Any, rank: float, into: list[Any]) -> Piece:
    def work(progress: Progress) -> Any:
        into.append(key)
        return key

    return Piece(key, rank, work)


def test_the_lowest_rank_is_first_whoever_asks(threads, mailbox) -> None:
    order: list[Any] = []
    came: list[Ready] = []
    gate = Gate()
    one, two = threads.queue(came.extend), threads.queue(came.extend)
    blocker = threads.queue(came.extend)
    blocker.ask([Piece("gate", 0, gate.work)])
    assert gate.begun.wait(PATIENCE)
    one.ask([piece("c", 3, order), piece("a", 1, order)])
    two.ask([piece("b", 2, order)])
    gate.go_on.set()
    until(lambda: len(came) == 4, mailbox)
    assert order == ["a", "b", "c"]


def test_what_waits_is_dropped_by_the_next_question(threads, mailbox) -> None:
    order: list[Any] = []
    came: list[Ready] = []
    gate = Gate()
    queue = threads.queue(came.extend)
    queue.ask([Piece("gate", 0, gate.work), piece("old", 1, order)])
    assert gate.begun.wait(PATIENCE)
    queue.ask([Piece("gate", 0, gate.work), piece("new", 1, order)])
    gate.go_on.set()
    until(lambda: len(came) == 2, mailbox)
    assert order == ["new"]
    assert [ready.key for ready in came] == ["gate", "new"]  # what is wanted still goes on


def test_what_is_being_drawn_for_nobody_is_stopped_at_once(threads, mailbox) -> None:
    came: list[Ready] = []
    gate = Gate()
    queue = threads.queue(came.extend)
    queue.ask([Piece("slow", 0, gate.work)])
    assert gate.begun.wait(PATIENCE)
    start = monotonic()
    queue.ask([piece("next", 0, [])])
    until(lambda: bool(came), mailbox)
    assert gate.stopped
    assert [ready.key for ready in came] == ["next"]
    assert monotonic() - start < PATIENCE / 2


def test_asked_for_again_after_it_was_stopped_it_is_drawn(threads, mailbox) -> None:
    came: list[Ready] = []
    gate = Gate()
    queue = threads.queue(came.extend)
    queue.ask([Piece("it", 0, gate.work)])
    assert gate.begun.wait(PATIENCE)
    queue.ask([])
    queue.ask([Piece("it", 0, lambda progress: "second")])
    until(lambda: bool(came), mailbox)
    assert [tuple(ready) for ready in came] == [("it", "second")]


def test_what_is_ready_together_comes_together(threads, mailbox) -> None:
    batches: list[list[Ready]] = []
    queue = threads.queue(batches.append)
    last = Event()
    pieces = [piece(n, n, []) for n in range(5)]
    queue.ask([*pieces, Piece("last", 9, lambda progress: last.set())])
    assert last.wait(PATIENCE)
    while threads._workers:
        pass
    mailbox.drain()
    assert [ready.key for ready in batches[0]] == [0, 1, 2, 3, 4, "last"]
    assert len(batches) == 1


def test_work_that_fails_is_handed_over_as_its_error(threads, mailbox) -> None:
    came: list[Ready] = []

    def fails(progress: Progress) -> None:
        raise ZeroDivisionError("made up")

    threads.queue(came.extend).ask([Piece("bad", 0, fails), piece("good", 1, [])])
    until(lambda: len(came) == 2, mailbox)
    assert isinstance(came[0].result, ZeroDivisionError)
    assert came[1].result == "good"


def test_a_closed_asker_hears_nothing_and_its_work_is_stopped(threads, mailbox) -> None:
    came: list[Ready] = []
    gate = Gate()
    queue = threads.queue(came.extend)
    queue.ask([Piece("slow", 0, gate.work), piece("later", 1, [])])
    assert gate.begun.wait(PATIENCE)
    queue.close()
    queue.ask([piece("after", 0, [])])
    other: list[Ready] = []
    threads.queue(other.extend).ask([piece("other", 5, [])])
    until(lambda: bool(other), mailbox)
    assert gate.stopped
    assert came == []


def test_closing_ends_all_threads_even_with_work_under_way(mailbox) -> None:
    before = threading.active_count()
    made = DrawingThreads(mailbox, 3)
    gates = [Gate() for _ in range(3)]
    queue: DrawingQueue = made.queue(lambda ready: None)
    queue.ask([Piece(n, n, gate.work) for n, gate in enumerate(gates)])
    assert all(gate.begun.wait(PATIENCE) for gate in gates)
    made.close()
    assert all(gate.stopped for gate in gates)
    assert threading.active_count() == before
    queue.ask([piece("too late", 0, [])])
    mailbox.drain()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_threads_that_draw_stand_behind_the_window(threads, mailbox) -> None:
    found: list[int] = []

    def look(progress: Progress) -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    queue = threads.queue(lambda ready: None)
    queue.ask([Piece("look", 0.0, look)])
    until(lambda: bool(found), mailbox)

    assert found[0] > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
