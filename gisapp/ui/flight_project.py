"""A flight before there is a project: the project made for it."""

from __future__ import annotations

from pathlib import Path

from gisapp.app.flight_import import crs_of_flight, safe_folder_name
from gisapp.model.text import tr
from gisapp.ui.new_project import documents


def new_flight_project(frames: Path) -> tuple[Path, str, str]:
    """Folder, title and system of a new project for a flight. Reads: call it on a worker. Raises
    ReadError when no picture says where it was taken."""
    title = frames.name or tr("Thermal flight")
    name = safe_folder_name(title)
    folder, number = documents() / name, 1
    while folder.exists():
        number += 1
        folder = documents() / f"{name} {number}"
    return folder, title, crs_of_flight(frames)
