"""Getting tiles from servers on threads of its own: the newest wishes first, few at a time for
each server, with patience for servers that are busy and connections that come and go."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from gisapp.io.web_fetch import Web, WebAnswer, WebError
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent

Wanted = Literal["done", "again", "later"]

THREADS = 6
FOR_EACH_HOST = 4
MOST_WANTED = 1500  # more than the largest screen shows of three base maps
TRIES = 3
_log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0  # seconds a server is left alone


@dataclass(eq=False)
class Wish:
    """One thing to get. `take` is called on a worker with the answer or the error, and says
    whether it is done, is to be tried again, or the server is to be left alone first."""

    name: Hashable  # the same name is not fetched twice
    host: str
    extent: Extent
    ask: Callable[[], tuple[str, str]]  # address and tag, made at the last moment
    take: Callable[[WebAnswer | GisError], Wanted]
    dropped: Callable[[], None] = lambda: None
    most: int = 8 * 1024 * 1024
    tries: int = 0


@dataclass
class _Host:
    active: int = 0
    until: float = 0.0  # monotonic; nothing is asked before
    pause: float = field(default=0.0)


class TileFetcher:
    """For any thread. Its threads start with the first wish and end with `close`."""

    def __init__(self, web: Web, threads: int = THREADS, each: int = FOR_EACH_HOST) -> None:
        self.web = web
        self._count, self._each = threads, each
        self._lock = threading.Condition()
        self._wishes: OrderedDict[Hashable, Wish] = OrderedDict()  # the last one first
        self._active: set[Hashable] = set()
        self._hosts: dict[str, _Host] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def want(self, wishes: Iterable[Wish]) -> None:
        """The first of them is the most urgent, and all are more urgent than older ones."""
        dropped: list[Wish] = []
        with self._lock:
            if self._closed:
                return
            for wish in reversed(list(wishes)):
                if wish.name in self._active:
                    continue
                if wish.name in self._wishes:
                    self._wishes.move_to_end(wish.name)
                else:
                    self._wishes[wish.name] = wish
            while len(self._wishes) > MOST_WANTED:
                dropped.append(self._wishes.popitem(last=False)[1])
            self._start()
            self._lock.notify_all()
        for wish in dropped:
            wish.dropped()

    def drop(self, unwanted: Callable[[Wish], bool]) -> None:
        """Forget wishes that nobody has any more."""
        with self._lock:
            gone = [wish for wish in self._wishes.values() if unwanted(wish)]
            for wish in gone:
                del self._wishes[wish.name]
        for wish in gone:
            wish.dropped()

    @property
    def waiting(self) -> int:
        """How many wishes are not done."""
        with self._lock:
            return len(self._wishes) + len(self._active)

    def go_on(self, host: str) -> None:
        """Ask a server again that was left alone."""
        with self._lock:
            if host in self._hosts:
                self._hosts[host].until = self._hosts[host].pause = 0.0
            self._lock.notify_all()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._wishes.clear()
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(timeout=3)

    def _start(self) -> None:
        while len(self._threads) < min(self._count, len(self._wishes)):
            name = f"gisapp-tiles-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _next(self) -> Wish | None:
        """The newest wish whose server may be asked now; None when the program ends."""
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                soonest = now + 60.0
                for wish in reversed(self._wishes.values()):
                    host = self._hosts.setdefault(wish.host, _Host())
                    if host.until > now:
                        soonest = min(soonest, host.until)
                    elif host.active < (1 if host.pause else self._each):
                        # after a pause one tile tries whether it works again
                        del self._wishes[wish.name]
                        self._active.add(wish.name)
                        host.active += 1
                        return wish
                self._lock.wait(None if not self._wishes else max(0.01, soonest - now))
        return None

    def _work(self) -> None:
        while (wish := self._next()) is not None:
            answer = self._answer(wish)
            done: Wanted = "done"
            try:
                if not self._closed:
                    done = wish.take(answer)
            except Exception as error:  # noqa: BLE001  (one tile must not cost a thread)
                _log.warning("A tile was not taken: %s", type(error).__name__)
            finally:
                self._finish(wish, answer, done)

    def _answer(self, wish: Wish) -> WebAnswer | GisError:
        try:
            url, tag = wish.ask()
            return self.web.get(url, wish.most, tag=tag)
        except GisError as error:
            return error

    def _finish(self, wish: Wish, answer: WebAnswer | GisError, done: Wanted) -> None:
        with self._lock:
            host = self._hosts.setdefault(wish.host, _Host())
            host.active -= 1
            self._active.discard(wish.name)
            wish.tries += 1
            if done == "done":
                if isinstance(answer, WebAnswer):
                    host.pause = 0.0
            elif done == "later" or wish.tries < TRIES:
                asked = answer.wait if isinstance(answer, WebAnswer) else 0.0
                host.pause = min(max(2 * host.pause, FIRST_PAUSE), LONGEST_PAUSE)
                host.until = time.monotonic() + min(max(asked, host.pause), 3600.0)
                if not self._closed:
                    self._wishes.setdefault(wish.name, wish)
            self._lock.notify_all()


def is_connection(error: GisError) -> bool:
    """Whether the network failed, not the service."""
    return isinstance(error, WebError) and error.reason in ("offline", "name", "slow", "refused")
