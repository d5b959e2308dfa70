"""Small text files of the program itself, such as its settings."""

from __future__ import annotations

import os
from pathlib import Path

from gisapp.model.errors import WriteError
from gisapp.model.text import tr


def write_text(path: Path, text: str) -> None:
    """Replace the file whole: a crash leaves the old one or the new one. Raises WriteError."""
    half = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise WriteError(
            tr("{file} could not be written: {reason}").format(
                file=path.name, reason=error.strerror
            ),
            hint=tr("Check that there is room on the disk and that you may write there."),
        ) from error
