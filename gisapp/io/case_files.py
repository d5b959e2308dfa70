"""Where the cases of a project lie: rankings that were kept, one file each."""

from __future__ import annotations

import re
from pathlib import Path

CASES = "cases"  # folder of a project
LONGEST = 60  # characters of a name, before its number


def case_files(folder: Path) -> tuple[Path, ...]:
    """All that were kept, the newest name first."""
    return tuple(sorted((folder / CASES).glob("*.json"), reverse=True))


def new_case_file(folder: Path, name: str) -> Path:
    """A file that is not there yet, named so that every system can hold it."""
    stem = re.sub(r"[^\w-]+", "-", name)[:LONGEST].strip("-.") or "case"
    cases = folder / CASES
    cases.mkdir(exist_ok=True)
    number = 1
    while (path := cases / f"{stem}{'' if number == 1 else f'-{number}'}.json").exists():
        number += 1
    return path
