"""What every command is: words, arguments, and what it answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gisapp.app.plugins import PluginList
from gisapp.render.canvas import Press

DONE, USER_CAN_FIX, WRONG_USAGE, BUG = 0, 1, 2, 70


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` for --json, `lines` for people."""

    data: Mapping[str, Any]
    lines: Iterable[str] = ()
    code: int = DONE


class OpenWindow(Protocol):
    """Show the window and stay until it is closed; the exit code.

    `language`: for this time only; empty means as the user chose in the window.
    """

    def __call__(
        self, project: Path | None, *, sample: bool, read_only: bool, language: str
    ) -> int: ...


@dataclass(frozen=True)
class Desk:
    """What commands work with. `say` writes a line for people beside the answer.

    `press` makes pages and pictures; it is asked for only by what draws.
    """

    plugins: PluginList
    say: Callable[[str], None]
    open_window: OpenWindow | None = None
    press: Callable[[], Press] | None = None

    def report(self, fraction: float, message: str = "") -> None:
        """As a Progress: commands wait until their work is done."""


@dataclass(frozen=True)
class Command:
    """`title` is the line in --help, English; it is translated when shown."""

    name: str
    title: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Desk], Answer]
    details: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)  # for the parser
