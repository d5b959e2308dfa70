"""Asking for files and folders, never waiting: the answer comes when there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from gisapp.model.text import tr
from gisapp.ui.context import WindowContext

PHOTOS = "*.jpg *.jpeg *.png *.webp *.heic *.tif *.tiff"


def choose_files(
    parent: QWidget, context: WindowContext, take: Callable[[Iterable[Path]], None]
) -> None:
    """Files that can become layers; which those are is known by the readers there are."""
    readers = context.plugins.contributions("reader") if context.plugins is not None else ()
    every = " ".join(pattern for reader in readers for pattern in reader.patterns)
    filters = [f"{tr('All layers')} ({every})"] if every else []
    filters += [f"{r.caption} ({' '.join(r.patterns)})" for r in readers if r.patterns]
    filters.append(f"{tr('All files')} (*)")
    dialog = _dialog(parent, tr("Add layers"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(filters)
    dialog.filesSelected.connect(lambda names: take([Path(name) for name in names]))
    dialog.open()


def choose_photos(parent: QWidget, take: Callable[[Sequence[Path]], None]) -> None:
    dialog = _dialog(parent, tr("Add photos"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(f"{tr('Photos')} ({PHOTOS})")
    dialog.filesSelected.connect(lambda names: take([Path(name) for name in names]))
    dialog.open()


def choose_track(parent: QWidget, take: Callable[[Path], None]) -> None:
    """A GPS track of a walk."""
    dialog = _dialog(parent, tr("Choose a GPS track"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"{tr('GPS tracks')} (*.gpx)")
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_drawing(parent: QWidget, take: Callable[[Path], None]) -> None:
    """An SVG file that becomes a marker."""
    dialog = _dialog(parent, tr("Choose a drawing"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"{tr('Drawings')} (*.svg)")
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_mosaics(parent: QWidget, take: Callable[[Sequence[Path]], None]) -> None:
    """Mosaics of temperatures, or the flight.json of a flight."""
    dialog = _dialog(parent, tr("Add mosaics or a flight"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(f"{tr('Mosaics and flights')} (*.tif *.tiff flight.json)")
    dialog.filesSelected.connect(lambda names: take([Path(name) for name in names]))
    dialog.open()


def choose_elevation(parent: QWidget, take: Callable[[Path], None]) -> None:
    """A raster of heights in metres."""
    dialog = _dialog(parent, tr("Choose an elevation model"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(f"{tr('Elevation models')} (*.tif *.tiff *.asc *.vrt)")
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_folder(parent: QWidget, words: str, take: Callable[[Path], None]) -> None:
    """A folder that is there."""
    dialog = _dialog(parent, words)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_one_file(parent: QWidget, name: str, take: Callable[[Path], None]) -> None:
    dialog = _dialog(parent, tr("Where is {name} now?").format(name=name))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_new_place(parent: QWidget, suggested: Path, take: Callable[[Path], None]) -> None:
    """A folder or file that will be made."""
    dialog = _dialog(parent, tr("Where to make it"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDirectory(str(suggested.parent))
    dialog.selectFile(suggested.name)
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def choose_new_file(parent: QWidget, suggested: Path, take: Callable[[Path], None]) -> None:
    """A file that will be written; an existing one is asked about by the dialog itself."""
    dialog = _dialog(parent, tr("Save as"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(suggested.suffix.lstrip("."))
    dialog.setNameFilter(f"{suggested.suffix.lstrip('.').upper()} (*{suggested.suffix})")
    dialog.setDirectory(str(suggested.parent))
    dialog.selectFile(suggested.name)
    dialog.fileSelected.connect(lambda found: take(Path(found)))
    dialog.open()


def inside(path: Path, folder: Path | None) -> str:
    """As written in a project: relative when it lies in the project's folder."""
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return str(path)


def _dialog(parent: QWidget, title: str) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def choose_flight(parent: QWidget, take: Callable[[Path], None]) -> None:
    """Ask for the folder with the frames of a flight."""
    dialog = QFileDialog(parent, tr("Folder with the frames of a thermal flight"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(lambda folder: take(Path(folder)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
