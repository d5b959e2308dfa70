"""A file that tells what happened when the program ends without being able to say so."""

from __future__ import annotations

import faulthandler
from contextlib import suppress
from pathlib import Path
from typing import TextIO

NAME = "crash.txt"
_open: list[TextIO] = []  # faulthandler writes into it until the program ends


def start_crash_log(folder: Path) -> str:
    """What the run before left (empty: it ended well), and a fresh file for this one."""
    path = folder / NAME
    left = ""
    with suppress(OSError, UnicodeDecodeError):
        left = path.read_text("utf-8").strip()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError:
        return left
    _open.append(file)
    faulthandler.enable(file)
    return left


def end_crash_log() -> None:
    """The program ends well: nothing to tell."""
    faulthandler.disable()
    while _open:
        file = _open.pop()
        file.close()
        with suppress(OSError):
            Path(file.name).unlink()
