"""What is done of a flight, kept beside its output until it is whole: a killed run goes on there.

Each piece is a file that is written beside its place and renamed into it, so a piece is whole or
not there. Pieces lie in a folder named by what they depend on; other frames or other parameters
mean another folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.map_file import refused

WORK = ".flight"
Arrays = Mapping[str, npt.NDArray[Any]]


def work_folder(output: Path, *depends_on: Any) -> Path:
    """The folder of pieces that depend on these values; made when it is not there.

    Raises WriteError.
    """
    text = json.dumps(depends_on, sort_keys=True, default=str)
    folder = output / WORK / hashlib.sha256(text.encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error
    return folder


def stamp_of(path: Path) -> tuple[str, int, int]:
    """Name, size and time of a file: what tells whether it is still the same."""
    facts = path.stat()
    return path.name, facts.st_size, facts.st_mtime_ns


def write_piece(path: Path, arrays: Arrays, facts: Mapping[str, Any] | None = None) -> None:
    """Arrays by name and plain values. Raises WriteError."""
    half = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(3).hex()}.part")
    text = np.frombuffer(json.dumps(facts or {}).encode(), np.uint8)
    try:
        with half.open("wb") as file:
            np.savez(file, allow_pickle=False, _facts=text, **arrays)
        os.replace(half, path)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def read_piece(
    path: Path, wanted: Collection[str] | None = None
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]] | None:
    """What `write_piece` wrote, of the arrays only those that are wanted; None when it is not there
    or damaged, which means: do it again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            names = held.files if wanted is None else {"_facts", *wanted} & set(held.files)
            arrays = {name: held[name] for name in names}
        facts = json.loads(arrays.pop("_facts").tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return arrays, facts


def finish_work(output: Path) -> None:
    """Everything is written: the pieces are no longer needed."""
    shutil.rmtree(output / WORK, ignore_errors=True)
