"""Projects opened before: state of the window, not of a project."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QSettings

KEPT = 12
_KEY = "recent/projects"


@dataclass(frozen=True, slots=True)
class Recent:
    folder: str
    title: str
    at: str  # ISO 8601

    @property
    def path(self) -> Path:
        return Path(self.folder)


def read_recent(state: QSettings) -> list[Recent]:
    """The latest first. What cannot be understood is left out."""
    try:
        data = json.loads(str(state.value(_KEY, "[]")))
        return [Recent(str(d["folder"]), str(d["title"]), str(d["at"])) for d in data]
    except (ValueError, TypeError, KeyError):
        return []


def remember(state: QSettings, folder: Path, title: str) -> None:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    first = Recent(str(folder), title or folder.name, now)
    others = [one for one in read_recent(state) if one.folder != first.folder]
    _write(state, [first, *others][:KEPT])


def forget(state: QSettings, folder: str) -> None:
    _write(state, [one for one in read_recent(state) if one.folder != folder])


def _write(state: QSettings, recent: list[Recent]) -> None:
    state.setValue(_KEY, json.dumps([asdict(one) for one in recent], ensure_ascii=False))
