"""An answer has so many seconds in all, however slowly a server lets its bytes go."""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.request
from typing import Any

PATIENCE = 60.0  # seconds for the whole answer, its head and its body


class _Until(io.RawIOBase):
    """What comes from a socket until a moment; later TimeoutError is raised."""

    def __init__(self, source: Any, sock: socket.socket) -> None:
        self._source, self._sock = source, sock
        self._wait = sock.gettimeout() or PATIENCE
        self._until = time.monotonic() + PATIENCE

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._sock.fileno() >= 0:
            self._sock.settimeout(min(self._wait, left))
        found: int | None = self._source.readinto(into)
        return found

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *more: Any, **named: Any) -> None:
        super().__init__(sock, *more, **named)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), sock))


class _Connection(http.client.HTTPConnection):
    response_class = _Answer


class _SafeConnection(http.client.HTTPSConnection):
    response_class = _Answer


class PlainOpening(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


class SafeOpening(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SafeConnection, request, context=getattr(self, "_context", None))


def is_whole(answer: Any) -> bool:
    """Whether as many bytes came as were promised, after all of them were read."""
    return not getattr(answer, "length", None)
