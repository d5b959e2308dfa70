"""Where the cases of a project lie: rankings that were kept, one file each."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from gisapp.model.errors import ReadError, WriteError
from gisapp.model.text import tr

CASES = "cases"  # folder of a project
LONGEST = 60  # characters of a name, before its number


def case_files(folder: Path) -> tuple[Path, ...]:
    """All that were kept, the newest name first."""
    return tuple(sorted((folder / CASES).glob("*.json"), reverse=True))


def new_case_file(folder: Path, name: str) -> Path:
    """A file that is not there yet, named so that every system can hold it."""
    stem = case_name(name)
    cases = folder / CASES
    cases.mkdir(exist_ok=True)
    number = 1
    while (path := cases / f"{stem}{'' if number == 1 else f'-{number}'}.json").exists():
        number += 1
    return path


def case_name(text: str) -> str:
    """What was typed as the name of a file that every system can hold."""
    return re.sub(r"[^\w-]+", "-", text)[:LONGEST].strip("-.") or "case"


def rename_case(path: Path, name: str) -> Path:
    """The file under another name, which is returned. Raises WriteError where another case has it
    or it cannot be written, ReadError where the case is gone."""
    new = path.with_name(f"{case_name(name)}.json")
    if new == path:
        return path
    if new.exists() and not new.samefile(path):  # the same in other letters is no other file
        raise WriteError(
            tr("There is a case {name} already").format(name=new.stem),
            hint=tr("Choose another name."),
        )
    try:
        path.rename(new)
    except OSError as error:
        raise _not_done(path, error) from error
    return new


def delete_case(path: Path) -> bytes:
    """Delete it; what it held is returned, for `restore_case`. Raises ReadError, WriteError."""
    try:
        held = path.read_bytes()
        path.unlink()
    except OSError as error:
        raise _not_done(path, error) from error
    return held


def restore_case(path: Path, held: bytes) -> Path:
    """Write a deleted case again, whole or not at all, under a free name. Raises WriteError."""
    new = path if not path.exists() else new_case_file(path.parent.parent, path.stem)
    half = new.with_name(new.name + ".part")
    try:
        half.write_bytes(held)
        half.replace(new)
    except OSError as error:
        with suppress(OSError):
            half.unlink()
        raise _not_done(path, error) from error
    return new


def _not_done(path: Path, error: OSError) -> ReadError | WriteError:
    if isinstance(error, FileNotFoundError):
        return ReadError(
            tr("The case {name} is not there any more").format(name=path.stem),
            hint=tr("Somebody has renamed or deleted its file."),
        )
    return WriteError(
        tr("{file} could not be written: {reason}").format(file=path.name, reason=error.strerror),
        hint=tr("Check that there is room on the disk and that you may write there."),
    )
