"""Projects as commands see them: opened, read, changed, closed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from gisapp.app.command import Desk
from gisapp.app.layer_reading import LayerReading
from gisapp.app.project_session import ProjectSession, open_project
from gisapp.model.edit import Edit
from gisapp.model.errors import ParameterError, WriteError
from gisapp.model.layer import TABLE
from gisapp.model.text import tr


def add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, metavar=tr("PROJECT"), help=tr("project folder"))


@contextmanager
def project_to_read(folder: Path, desk: Desk) -> Iterator[ProjectSession]:
    """Also a project that is open in a window: nothing in it is changed."""
    with open_project(folder, read_only=True) as session:
        yield session


@contextmanager
def project_to_change(folder: Path, desk: Desk) -> Iterator[ProjectSession]:
    """Alone with the project; what it has to say is said."""
    with open_project(folder) as session:
        for notice in session.notices:
            desk.say(notice)
        yield session


@contextmanager
def layers_of(session: ProjectSession, desk: Desk) -> Iterator[LayerReading]:
    reading = LayerReading(session.store.project, session.folder, desk.plugins.readers())
    try:
        yield reading
    finally:
        reading.close()


def perform(session: ProjectSession, edit: Edit) -> None:
    """Apply the edit; what refuses it is raised."""
    refused: list[Exception] = []
    leave = session.store.refused.subscribe(refused.append)
    try:
        session.store.apply(edit)
    finally:
        leave()
    if refused:
        raise refused[0]


def date_of(session: ProjectSession, given: str) -> str:
    """The date files carry: as given, else that of the project's last change."""
    if given:
        return checked_date(given)
    newest = session.file.entries(newest=1)
    return newest[-1].at[:10] if newest else ""


def checked_date(text: str) -> str:
    """The date as ISO 8601 writes it. Raises ParameterError."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise ParameterError(
            tr("{text} is not a date").format(text=text),
            hint=tr("Write it as year-month-day, such as 2026-05-01."),
        ) from error


def keep_sources(session: ProjectSession, paths: Iterable[Path]) -> None:
    """Raises ParameterError when a file of a layer would be overwritten."""
    for path in paths:
        for layer in session.store.project.layers:
            source = session.folder / layer.source.path
            with suppress(OSError):
                if layer.source.format != TABLE and os.path.samefile(path, source):
                    raise ParameterError(
                        tr("{path} is the file of the layer {layer} and is not overwritten").format(
                            path=path, layer=layer.name
                        ),
                        hint=tr("Choose another name."),
                    )


def make_folder(folder: Path) -> None:
    """Make the folder that files are written to. Raises WriteError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            tr("{folder} cannot be made: {reason}").format(folder=folder, reason=error.strerror),
            hint=tr("Choose a folder that you may write in."),
        ) from error
