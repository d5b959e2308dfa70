"""Asking a server for something, with limits: size, time, where it may lead, whom it may be.

Only http and https; no redirect to another server that was not allowed, and none from https to
http. What is raised never holds the address, because an address may hold a key.
"""

from __future__ import annotations

import email.utils
import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from gisapp import __version__
from gisapp.io.web_answering import PlainOpening, SafeOpening, is_whole
from gisapp.io.web_hosts import AllowedHosts, HostNotAllowedError, host_of
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.text import tr

Reason = Literal[
    "offline", "name", "refused", "slow", "tls", "clock", "redirect", "large", "broken"
]

AGENT = f"gisapp/{__version__} (desktop GIS for river surveys)"
REDIRECTS = 3
CHUNK = 64 * 1024
WAIT = 15.0  # seconds for the next bytes
CLOCK = 24 * 3600  # seconds a clock may be wrong before that is said to be the fault


class WebError(ReadError):
    """No answer came. `reason` says why, for those who act on it."""

    def __init__(self, reason: Reason, host: str, detail: str = "") -> None:
        self.reason = reason
        self.host = host
        message, hint = _words(reason)
        super().__init__(message.format(host=host, detail=detail), hint=hint)


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """Of any status. `expires`: seconds since 1970, 0 when the server does not say."""

    status: int
    body: bytes = field(repr=False)
    kind: str = ""  # the media type it claims to be
    expires: float = 0.0
    keep: bool = True  # False: the server asked not to store it
    tag: str = ""  # of the contents, to ask later whether they changed
    wait: float = 0.0  # seconds it wants us to stay away (429, 503)
    date: float = 0.0  # the server's clock


class _EveryAnswer(urllib.request.HTTPErrorProcessor):
    """Any status is an answer; redirects are followed by us."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def _opener() -> urllib.request.OpenerDirector:
    """http and https (through the system's proxy) and nothing else."""
    made = urllib.request.OpenerDirector()
    for one in (
        urllib.request.ProxyHandler(),
        PlainOpening(),
        SafeOpening(),
        _EveryAnswer(),
        urllib.request.UnknownHandler(),
    ):
        made.add_handler(one)
    return made


class Web:
    """For any thread."""

    def __init__(self, hosts: AllowedHosts, agent: str = AGENT, wait: float = WAIT) -> None:
        self.hosts = hosts
        self.agent = agent
        self._wait = wait
        self._opener = _opener()

    def get(
        self, url: str, most: int, *, tag: str = "", headers: Mapping[str, str] | None = None
    ) -> WebAnswer:
        """At most `most` bytes. Raises HostNotAllowedError, WebError, ParameterError."""
        for _ in range(REDIRECTS + 1):
            host = host_of(url)
            self.hosts.check([host])
            asked = {"User-Agent": self.agent, "Accept-Encoding": "gzip", **(headers or {})}
            if tag:
                asked["If-None-Match"] = tag
            answer, target = self._once(url, host, most, asked)
            if target is None:
                return answer
            url = self._followed(url, target, host)
        raise WebError("redirect", host_of(url))

    def _followed(self, url: str, target: str, host: str) -> str:
        """Where a redirect leads, when it may be followed."""
        try:
            there = urljoin(url, target)
            other = host_of(there)
            down = url.startswith("https:") and not there.startswith("https:")
            if down or (other != host and other not in self.hosts):
                raise WebError("redirect", host)
        except (ParameterError, HostNotAllowedError, ValueError):
            raise WebError("redirect", host) from None
        return there

    def _once(
        self, url: str, host: str, most: int, headers: Mapping[str, str]
    ) -> tuple[WebAnswer, str | None]:
        try:
            request = urllib.request.Request(url, headers=dict(headers))
            with self._opener.open(request, timeout=self._wait) as response:
                if response.status in (301, 302, 303, 307, 308):
                    target = response.headers.get("Location")
                    if target:
                        return WebAnswer(response.status, b""), target
                body = _body(response, host, most)
                return _answer(response, body), None
        except WebError:
            raise
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            raise _failure(error, host) from None  # the cause may hold the address


def _body(response: Any, host: str, most: int) -> bytes:
    zipped = response.headers.get("Content-Encoding", "").lower() == "gzip"
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if zipped else None
    parts: list[bytes] = []
    size = 0
    while chunk := response.read(CHUNK):
        if unpack is not None:
            chunk = unpack.decompress(chunk, most + 1 - size)
        size += len(chunk)
        parts.append(chunk)
        if size > most:
            raise WebError("large", host)
    if not is_whole(response) or (unpack is not None and not unpack.eof and size):
        raise WebError("broken", host)  # half a picture must not be kept for a week
    return b"".join(parts)


def _answer(response: Any, body: bytes) -> WebAnswer:
    headers = response.headers
    control = headers.get("Cache-Control", "").lower()
    date = _seconds(headers.get("Date", ""))
    now = time.time()
    expires = 0.0
    if found := re.search(r"max-age=(\d{1,10})", control):
        expires = now + int(found[1]) - min(_number(headers.get("Age", "")), int(found[1]))
    elif when := _seconds(headers.get("Expires", "")):
        expires = now + max(0.0, when - (date or now))
    again = headers.get("Retry-After", "")
    wait = _number(again) or max(0.0, _seconds(again) - now)
    return WebAnswer(
        int(response.status),
        body,
        headers.get_content_type(),
        expires,
        "no-store" not in control,
        headers.get("ETag", "")[:200],
        wait,
        date,
    )


def _number(text: str) -> float:
    return float(text) if text.strip().isdecimal() and len(text) < 12 else 0.0


def _seconds(text: str) -> float:
    """A date of HTTP as seconds since 1970; 0 for anything else."""
    with suppress(TypeError, ValueError, OverflowError):
        return email.utils.parsedate_to_datetime(text).timestamp()
    return 0.0


def _failure(error: BaseException, host: str) -> WebError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        # 9: not yet valid, 10: expired; on many servers at once it is our clock
        return WebError("clock" if reason.verify_code in (9, 10) else "tls", host)
    if isinstance(reason, ssl.SSLError):
        return WebError("tls", host)
    if isinstance(reason, TimeoutError):
        return WebError("slow", host)
    if isinstance(reason, ConnectionRefusedError):
        return WebError("refused", host)
    if type(reason).__name__ in ("gaierror", "herror"):
        return WebError("name", host)
    if isinstance(reason, OSError):
        return WebError("offline", host)
    return WebError("broken", host)


def _words(reason: Reason) -> tuple[str, str]:
    online = tr("Is this computer connected? What was stored is shown meanwhile.")
    words: dict[Reason, tuple[str, str]] = {
        "offline": (tr("No connection to {host}"), online),
        "name": (tr("{host} is not found"), tr("Is this computer connected, and the name right?")),
        "refused": (
            tr("{host} refuses the connection"),
            tr("The server may be down, or a firewall blocks it."),
        ),
        "slow": (tr("{host} does not answer in time"), tr("Try again later.")),
        "tls": (
            tr("The connection to {host} is not safe: its certificate is not accepted"),
            tr("A proxy or firewall may stand between. Ask whoever looks after the network."),
        ),
        "clock": (
            tr("The certificate of {host} is not valid today"),
            tr("Is the clock of this computer right? Set date and time."),
        ),
        "redirect": (
            tr("{host} leads to another server, which was not followed"),
            tr("Enter the address of that server itself if you trust it."),
        ),
        "large": (tr("The answer of {host} is too large"), tr("Is it the address of a map?")),
        "broken": (tr("The answer of {host} is damaged"), tr("Try again later.")),
    }
    return words[reason]
