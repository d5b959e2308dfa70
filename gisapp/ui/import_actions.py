"""Menu entry: import survey points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from gisapp.app.actions import Action
from gisapp.io.import_sheets import FILES
from gisapp.io.recipe import SUFFIX
from gisapp.model.geometry import Point
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.file_choice import choose_folder, choose_new_file
from gisapp.ui.import_panel import ImportPanel

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def import_actions(window: MainWindow) -> Iterator[Action]:
    """There with a project that has a record of outfalls."""
    page, context = window.project_page, window.context

    def choose() -> None:
        patterns = " ".join(f"*{ending}" for ending in (*FILES, ".zip"))
        _choose(tr("Import survey points"), f"{tr('Tables and maps')} ({patterns})", open_panel)

    def choose_package() -> None:
        choose_folder(page, tr("Folder that QField, Mergin Maps or Kobo left"), open_panel)

    def _choose(title: str, pattern: str, take: Callable[[Path], None]) -> None:
        dialog = QFileDialog(page, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([pattern, f"{tr('All files')} (*)"])
        dialog.fileSelected.connect(lambda name: take(Path(name)))
        dialog.open()

    def choose_recipe(take: Callable[[Path], None]) -> None:
        _choose(tr("Use a recipe"), f"{tr('Recipes')} (*.json)", take)

    def choose_new_recipe(stem: str, take: Callable[[Path], None]) -> None:
        choose_new_file(page, (context.folder or Path.home()) / f"{stem}{SUFFIX}", take)

    def show(place: Point | None) -> None:
        page.map_area.map.show_cross(place)
        if place is not None:
            page.go_to(place, focus=False)

    def open_panel(path: Path) -> None:
        page.open_card(ImportPanel(context, path, show, choose_recipe, choose_new_recipe))

    window.commands.import_points = open_panel
    yield Action(
        "survey.import",
        tr("Import survey points"),
        "survey",
        choose,
        ("Ctrl+Alt+I",),
        enabled=lambda: (
            OUTFALL_TABLE in context.workspace.store.project.tables and not context.read_only
        ),
        icon="list",
        group="record",
    )
    yield Action(
        "survey.import_package",
        tr("Import a package of a phone"),
        "survey",
        choose_package,
        enabled=lambda: (
            OUTFALL_TABLE in context.workspace.store.project.tables and not context.read_only
        ),
        icon="folder",
        group="record",
    )
