"""Keys of map services: in the system's keyring, never in a project, a log or a message."""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.text import tr

SERVICE = "gisapp map services"
PLACE = "{key}"
# How services call the parameter that holds a key; `tk` is what 天地图 calls it.
NAMES = ("tk", "key", "ak", "apikey", "api_key", "api-key", "token", "access_token", "appkey")
_IN_QUERY = re.compile(
    r"(?P<name>[?&](?:" + "|".join(map(re.escape, NAMES)) + r")=)(?P<key>[^&#{}]+)", re.IGNORECASE
)


class KeyMissingError(ReadError):
    """The base map wants a key that this machine does not have; `key` is its name."""

    def __init__(self, name: str) -> None:
        self.key = name
        super().__init__(
            tr("The key of {service} is missing").format(service=name),
            hint=tr("Enter it under “Add base map”; it is kept on this computer only."),
        )


class Keys:
    """By name of the service. Ask on a worker: a keyring may take its time. For any thread."""

    def __init__(self, *, use_keyring: bool = True) -> None:
        self._lock = threading.Lock()
        self._session: dict[str, str] = {}
        self._use = use_keyring

    def get(self, name: str) -> str:
        """Empty when there is none."""
        with self._lock:
            if name in self._session:
                return self._session[name]
        found = self._asked("get_password", SERVICE, name) if self._use else None
        if isinstance(found, str) and found:
            with self._lock:
                self._session[name] = found
            return found
        return ""

    def keep(self, name: str, key: str) -> bool:
        """Whether it is kept for later: False when this system has no keyring, then it is known
        until the program ends."""
        key = cleaned(key)
        with self._lock:
            self._session[name] = key
        if not self._use:
            return False
        self._asked("set_password", SERVICE, name, key)
        return self._asked("get_password", SERVICE, name) == key

    def forget(self, name: str) -> None:
        with self._lock:
            self._session.pop(name, None)
        if self._use:
            self._asked("delete_password", SERVICE, name)

    def _asked(self, what: str, *words: str) -> str | None:
        try:
            import keyring

            answer = getattr(keyring, what)(*words)
        except Exception:  # noqa: BLE001  (every backend raises errors of its own)
            return None
        return answer if isinstance(answer, str) else None

    def __repr__(self) -> str:
        return f"Keys({len(self._session)})"


def cleaned(key: str) -> str:
    """Without the blanks and line ends that come along when a key is copied from a web page.

    Raises ParameterError for what cannot be a key.
    """
    found = "".join(c for c in key if c.isprintable() and not c.isspace())
    if not found or len(found) > 400:
        raise ParameterError(
            tr("This is no key"), hint=tr("Copy it again from the service's page.")
        )
    return found


def take_out_key(url: str) -> tuple[str, str]:
    """The address with {key} in place of a key that stands in it, and that key (or nothing)."""
    if PLACE in url:
        return url, ""
    found = _IN_QUERY.search(url)
    if found is None:
        return url, ""
    return f"{url[: found.start('key')]}{PLACE}{url[found.end('key') :]}", found["key"]


def with_key(url: str, key: str) -> str:
    return url.replace(PLACE, quote(key, safe=""))


def masked(text: str, key: str) -> str:
    """For messages: the text without the key."""
    if not key:
        return text
    return text.replace(key, "…").replace(quote(key, safe=""), "…")
