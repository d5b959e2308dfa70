"""Who has a project open: a notice people can read and a lock other programs cannot pass."""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gisapp.io.project_log import now, who
from gisapp.model.errors import ProjectError
from gisapp.model.text import tr

LOCK_FILE = "project.lock"
LOCK_BYTE = 1 << 20  # beyond the text, so that others can still read it on Windows


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a project open for writing, where and since when (ISO 8601)."""

    who: str
    host: str
    pid: int
    since: str


class ProjectInUse(ProjectError):  # noqa: N818  (what it says, not that it is an error)
    """Somebody else writes this project. Ways out: open read-only, or work on a copy.

    `certain` is False when the notice comes from another machine and may be left over there.
    """

    def __init__(self, folder: Path, holder: Holder, *, certain: bool) -> None:
        super().__init__(
            tr("{name} is open elsewhere: {who} on {host} since {since}").format(
                name=folder.name, who=holder.who, host=holder.host, since=_clock(holder.since)
            ),
            hint=tr("Open it read-only, or make a working copy."),
        )
        self.folder = folder
        self.holder = holder
        self.certain = certain


def _clock(since: str) -> str:
    """The moment as a clock on this machine shows it."""
    try:
        return datetime.fromisoformat(since).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return since


class ProjectLock:
    """Held while a project is open for writing."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, folder: Path, *, take_over: bool = False) -> ProjectLock:
        """Raises ProjectInUse, or OSError when the folder cannot be written.

        A notice left by a program that ended is taken over silently on the same machine;
        one from another machine only with `take_over`, because it cannot be looked at from here.
        """
        path = folder / LOCK_FILE
        while True:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
                holder = None
            except FileExistsError:
                try:
                    handle = os.open(path, os.O_RDWR)
                except FileNotFoundError:
                    continue  # released between the two lines
                holder = _read_holder(handle)
            if not _lock(handle):
                os.close(handle)
                raise ProjectInUse(folder, holder or _unknown(), certain=True)
            if not _same_file(handle, path):
                os.close(handle)
                continue
            if holder is not None and holder.host != platform.node() and not take_over:
                os.close(handle)
                raise ProjectInUse(folder, holder, certain=False)
            break
        notice = asdict(Holder(who(), platform.node(), os.getpid(), now()))
        try:
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, json.dumps(notice, ensure_ascii=False).encode())
        except OSError:
            os.close(handle)
            raise
        return cls(path, handle)

    def release(self) -> None:
        """Remove the notice and let others in."""
        if self._handle < 0:
            return
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
        if (
            sys.platform != "win32"
        ):  # Windows cannot remove an open file; elsewhere remove it locked
            with suppress(OSError):
                if _same_file(self._handle, self._path):
                    self._path.unlink()
        os.close(self._handle)
        self._handle = -1
        if sys.platform == "win32":
            with suppress(OSError):
                self._path.unlink()


def holder_of(folder: Path) -> Holder | None:
    """Who has the project open, from the notice alone; None when nobody has."""
    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        return _read_holder(handle)
    finally:
        os.close(handle)


def _read_holder(handle: int) -> Holder | None:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        data: dict[str, Any] = json.loads(os.read(handle, 4096))
        return Holder(str(data["who"]), str(data["host"]), int(data["pid"]), str(data["since"]))
    except (ValueError, KeyError, TypeError, OSError):
        return None


def _unknown() -> Holder:
    return Holder("?", "?", 0, "?")


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        os.lseek(handle, LOCK_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: the notice alone must do
            holder = _read_holder(handle)
            return holder is None or holder.host != platform.node() or not _is_running(holder.pid)
        return True

    def _is_running(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True
