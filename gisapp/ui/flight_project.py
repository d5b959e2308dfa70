"""A flight before there is a project: which folder it lies in, and the project made for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gisapp.app.flight_import import crs_of_flight, safe_folder_name
from gisapp.model.text import tr
from gisapp.ui.new_project import documents


def choose_flight(parent: QWidget, take: Callable[[Path], None]) -> None:
    """Ask for the folder with the frames of a flight."""
    dialog = QFileDialog(parent, tr("Folder with the frames of a thermal flight"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(lambda folder: take(Path(folder)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


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
