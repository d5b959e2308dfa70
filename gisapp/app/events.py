"""Telling others that something happened. Twenty lines, no framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Unsubscribe = Callable[[], None]


class Event(Generic[T]):
    """Listeners are told in the order they came. A listener must not cause the same event."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []
        self._telling = False

    def subscribe(self, listener: Callable[[T], None]) -> Unsubscribe:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def __call__(self, value: T) -> None:
        if self._telling:
            raise RuntimeError("A listener caused the event it is listening to.")
        self._telling = True
        try:
            for listener in tuple(self._listeners):
                listener(value)
        finally:
            self._telling = False
