"""Three things are asked of somebody who begins: a title, a place, a coordinate system."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from gisapp.model.text import tr
from gisapp.model.zones import Zone
from gisapp.ui.card import Card, button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.crs_panel import CrsChooser

NEW_CRS = Zone(38).crs  # the 3-degree zone of 114 degrees east; said and changed in the form


def documents() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))


class NewProject(Card):
    """Three things are asked: a title, a place, the system coordinates are in."""

    def __init__(
        self, context: WindowContext, state: QSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("New project"), parent=parent)
        self._context = context
        self.body.setContentsMargins(20, 16, 20, 18)
        self.body.setSpacing(6)
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Such as: Outfalls of the north bank, 2026"))
        self.name.setAccessibleName(tr("Title"))
        self.place = QLineEdit(str(documents()))
        self.place.setAccessibleName(tr("Folder"))
        self.browse = button(tr("Choose"))
        self.browse.clicked.connect(self._browse)
        self.where = label("", "dim", wrap=True)
        self._state = state
        self.chooser = CrsChooser(context, str(state.value("new/crs", NEW_CRS)), state)
        self.chooser.setMinimumHeight(230)
        self.chooser.chosen.connect(lambda crs: self.make_project())
        self.back = button(tr("Back"))
        self.make = button(tr("Make the project"), "primary")
        self.make.setEnabled(False)
        self.make.clicked.connect(self.make_project)
        self.name.textChanged.connect(lambda text: self._show_folder())
        self.place.textChanged.connect(lambda text: self._show_folder())
        self.name.returnPressed.connect(self.make_project)
        line = QHBoxLayout()
        line.addWidget(self.place, 1)
        line.addWidget(self.browse)
        self.add(label(tr("Title"), "dim"))
        self.add(self.name)
        self.add(label(tr("In the folder"), "dim"))
        self.add(line)
        self.add(self.where)
        self.add(label(tr("Coordinates of the survey"), "dim"))
        self.add(self.chooser, 1)
        last = QHBoxLayout()
        last.addWidget(self.back)
        last.addStretch(1)
        last.addWidget(self.make)
        self.add(last)
        self._show_folder()

    def folder(self) -> Path | None:
        """Where it would be made; None while there is no title."""
        title = self.name.text().strip()
        plain = "".join("_" if letter in '\\/:*?"<>|' else letter for letter in title).rstrip(". ")
        return Path(self.place.text().strip()) / plain if plain else None

    def make_project(self) -> None:
        folder = self.folder()
        if folder is None or self._context.program is None:
            restyle(self.name, "state", "wrong")
            return
        self._state.setValue("new/crs", self.chooser.crs)
        self._context.program.new(folder, self.name.text().strip(), self.chooser.crs)

    def _show_folder(self) -> None:
        folder = self.folder()
        self.make.setEnabled(folder is not None)
        restyle(self.name, "state", "")
        if folder is None:
            self.where.setText(tr("A folder with the title's name is made there."))
        else:
            self.where.setText(tr("Makes {folder}").format(folder=folder))

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Where to make the project"), self.place.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.place.setText)
        dialog.open()
