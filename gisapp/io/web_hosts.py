"""Which servers this person allowed the program to speak to, on this machine.

A project may come from somebody else and name any address, so opening it must contact nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from gisapp.io.map_file import write_file
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.text import tr

NAME = "allowed_hosts.txt"
PORTS = {"http": 80, "https": 443}


class HostNotAllowedError(ReadError):
    """Nobody has allowed these servers yet; `hosts` are what would have to be."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self.hosts = tuple(hosts)
        super().__init__(
            tr("Not loaded: allow {host}").format(host=self.hosts[0]),
            hint=tr("Nothing was asked of this server. Allow it if you know who runs it."),
        )


def host_of(url: str) -> str:
    """`tile.example.org`, with the port when it is not the usual one.

    Raises ParameterError for what is no address of http or https.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").lower()
    except ValueError:
        parts, port, host = urlsplit(""), None, ""
    if parts.scheme not in PORTS or not host or any(c.isspace() or c in "{}%\\" for c in host):
        raise ParameterError(
            tr("This is not an address of a map service"),
            hint=tr("It begins with https:// or http:// and the name of a server."),
        )
    if parts.username or parts.password:
        raise ParameterError(
            tr("The address holds a name or password"),
            hint=tr("Leave it out; it would be stored where others can read it."),
        )
    shown = f"[{host}]" if ":" in host else host
    return shown if port in (None, PORTS[parts.scheme]) else f"{shown}:{port}"


class AllowedHosts:
    """Kept in a text file, one host a line. For any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._hosts: set[str] | None = None

    def _read(self) -> set[str]:
        if self._hosts is None:
            lines: list[str] = []
            with suppress(OSError, UnicodeDecodeError):
                lines = self._path.read_text("utf-8").splitlines()
            self._hosts = {line.strip().lower() for line in lines if line.strip()}
        return self._hosts

    def __contains__(self, host: str) -> bool:
        with self._lock:
            return host.lower() in self._read()

    def all(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._read()))

    def check(self, hosts: Iterable[str]) -> None:
        """Raises HostNotAllowedError when one of them is not allowed."""
        missing = [host for host in hosts if host not in self]
        if missing:
            raise HostNotAllowedError(missing)

    def allow(self, hosts: Iterable[str]) -> None:
        """From now on. Kept for later runs when the file can be written."""
        with self._lock:
            known = self._read() | {host.lower() for host in hosts}
            self._save(known)

    def forbid(self, host: str) -> None:
        with self._lock:
            self._save(self._read() - {host.lower()})

    def _save(self, hosts: set[str]) -> None:
        self._hosts = hosts
        with suppress(GisError, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self._path, ("\n".join(sorted(hosts)) + "\n").encode())
