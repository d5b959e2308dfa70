"""Many equal tasks at once: on threads of this process, or on a Dask cluster.

Both do the same calls of the same functions and give the same results; a task must not depend on
another one. On a cluster the workers read and write the files themselves, so its machines must see
the folders under the same paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol, TypeVar

from gisapp.model.errors import ParameterError
from gisapp.model.text import tr

T = TypeVar("T")
R = TypeVar("R")

_WAITING = 2  # tasks for each worker: the next one is at hand, the rest is not yet made
_CONNECT_SECONDS = 20


class Workers(Protocol):
    """Who does the tasks."""

    def each(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """(number of the task, its result) as they are done. What a task raises is raised here;
        what is not yet begun is given up when the iterator is closed."""
        ...


class LocalWorkers:
    def __init__(self, threads: int) -> None:
        self._threads = max(1, threads)

    def each(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        numbers = iter(range(len(tasks)))
        running: dict[Future[R], int] = {}
        with ThreadPoolExecutor(self._threads, thread_name_prefix="flight") as pool:
            try:
                while True:
                    for number in numbers:
                        running[pool.submit(work, tasks[number])] = number
                        if len(running) >= self._threads * _WAITING:
                            break
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield running.pop(future), future.result()
            finally:
                for future in running:
                    future.cancel()


class DaskWorkers:
    """On a cluster; `client` is a distributed.Client of the package `distributed`."""

    def __init__(self, distributed: Any, client: Any) -> None:
        self._distributed, self._client = distributed, client

    def each(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        at_once = max(1, sum(self._client.nthreads().values())) * _WAITING
        numbers = iter(range(len(tasks)))
        running: dict[Any, int] = {}

        def submitted(number: int) -> Any:
            future = self._client.submit(work, tasks[number], pure=False)
            running[future] = number
            return future

        queue = self._distributed.as_completed(
            # The range first: a number that is taken and not used would be a task that is lost.
            [submitted(n) for _, n in zip(range(at_once), numbers, strict=False)],
            loop=self._client.loop,
        )
        try:
            for future in queue:
                number = running.pop(future)
                yield number, future.result()
                for following in numbers:
                    queue.add(submitted(following))
                    break
        finally:
            for future in running:
                future.cancel()


@contextmanager
def workers(scheduler: str, threads: int) -> Iterator[Workers]:
    """Threads here, or the cluster at `scheduler`. Raises ParameterError when it does not answer
    or Dask is not installed."""
    if not scheduler:
        yield LocalWorkers(threads)
        return
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ParameterError(
            tr("Dask is not installed, so the cluster {address} cannot be used").format(
                address=scheduler
            ),
            hint=tr("Install the packages dask and distributed, or leave --scheduler away."),
        ) from error
    try:
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ParameterError(
            tr("The Dask cluster {address} does not answer").format(address=scheduler),
            hint=tr("Check the address and that the scheduler runs: {reason}").format(reason=error),
        ) from error
    try:
        yield DaskWorkers(distributed, client)
    finally:
        client.close()
