"""The commands of the program: which there are, and where. A module is loaded when it is named.

Starting the window, or asking one thing of a project, must not wait for what all others need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from gisapp.app.command import Command

OPEN = "open"  # what the program does when it is told nothing

# In the order of --help: where they are, and their names
PLACES: Mapping[str, tuple[str, ...]] = {
    "opening:OPENING": (OPEN, "new", "sample"),
    "demo:DEMO": ("demo",),
    "looking:LOOKING": ("info", "layers", "history", "plugins"),
    "coverage:COVERAGE": ("coverage",),
    "states:STATES": ("states",),
    "rules:RULES": ("rules",),
    "reconciling:RECONCILE": ("reconcile",),
    "importing:IMPORTING": ("import",),
    "photos:PHOTOS": ("photos",),
    "evidence:EVIDENCE": ("evidence", "verify-evidence"),
    "exporting:EXPORTING": ("export",),
    "sheets:SHEETS": ("map",),
    "ledger:LEDGER": ("ledger", "deliver"),
    "tracing:TRACE": ("trace",),
    "running:RUN": ("run",),
    "tiles:TILES": ("tiles",),
    "temperature:TEMPERATURE": ("temperature",),
    "flight:FLIGHT": ("flight",),
    "checking:CHECKING": ("check", "repair"),
}
NAMES = frozenset(name for names in PLACES.values() for name in names)


def every_command() -> tuple[Command, ...]:
    """All of them, loaded."""
    return tuple(command for place in PLACES for command in _loaded(place))


def commands_for(argv: Sequence[str]) -> tuple[Command, ...]:
    """What the parser must know for these words: the command that is named and those beside it,
    and all of them where none is named (help, a slip of the pen)."""
    name = _name_in(argv) if argv else OPEN
    place = next((place for place, names in PLACES.items() if name in names), None)
    return every_command() if place is None else _loaded(place)


def _name_in(argv: Sequence[str]) -> str:
    """The first word that is neither an option of the program itself nor the value of one."""
    pairs = zip(["", *argv], argv, strict=False)
    return next((w for before, w in pairs if not w.startswith("-") and before != "--lang"), "")


def _loaded(place: str) -> tuple[Command, ...]:
    module, name = place.split(":")
    found: Command | tuple[Command, ...] = getattr(import_module(f"gisapp.cli.{module}"), name)
    return (found,) if isinstance(found, Command) else found
