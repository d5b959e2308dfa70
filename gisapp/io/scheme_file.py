"""A survey's states and ways as a file that people can change: JSON, one object."""

from __future__ import annotations

import json
from pathlib import Path

from gisapp.io.map_file import write_file
from gisapp.io.project_json import from_data, to_data
from gisapp.model.errors import ReadError
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.text import tr

LARGEST = 4 << 20  # bytes


def write_scheme(path: Path, scheme: SurveyScheme) -> None:
    """All of it, one line a value. Raises WriteError and leaves what was there."""
    text = json.dumps(to_data(scheme), ensure_ascii=False, indent=1)
    write_file(path, f"{text}\n".encode())


def read_scheme(path: Path) -> SurveyScheme:
    """Raises ReadError when the file cannot be read or does not hold a scheme."""
    hint = tr("Write one with `gisapp states --write`, and change that.")
    try:
        if path.stat().st_size > LARGEST:
            raise ReadError(tr("{file} is too large").format(file=path.name), hint=hint)
        data = json.loads(path.read_text("utf-8-sig"))
        return from_data(SurveyScheme, data)
    except OSError as error:
        raise ReadError(
            tr("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)
        ) from error
    except ReadError as error:
        raise ReadError(f"{path.name}: {error.message}", hint=hint) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ReadError(
            tr("{file} does not describe the states of a survey").format(file=path.name),
            hint=f"{error}\n{hint}",
        ) from error
