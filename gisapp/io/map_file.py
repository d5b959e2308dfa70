"""Putting a finished file in its place: all of it or nothing."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.model.errors import WriteError
from gisapp.model.text import tr


def write_file(path: Path, content: bytes) -> None:
    """Write beside the target, make it durable, then rename it over what was there.

    Raises WriteError, with what was there before untouched and nothing left beside it.
    """
    refuse_to_overwrite_project(path)
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as error:
        with suppress(OSError):
            if beside:
                os.unlink(beside)
        raise refused(path, error) from error


def refused(path: Path, error: OSError) -> WriteError:
    """The error as a person needs it."""
    message = tr("{file} could not be written").format(file=path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = tr("The disk is full. Make room or choose another folder.")
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = tr("You may not write there. Choose another folder, or close the file elsewhere.")
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        hint = tr("The folder does not exist. Choose another one.")
    elif error.errno == errno.EISDIR:
        hint = tr("There is a folder of that name. Choose another name.")
    else:
        hint = error.strerror or str(error)
    return WriteError(message, hint=hint)
