"""What is asked for each kind of base map: a known service, an address, a service, a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
)

from gisapp.app.base_maps import address_layer, file_layer, preset_layer, service_layer
from gisapp.app.map_services import (
    ask_capabilities,
    known_key,
    tile_over,
    try_preset,
    try_tile,
)
from gisapp.io.web_keys import PLACE, cleaned, take_out_key
from gisapp.io.web_tiles import Address
from gisapp.io.web_xml import ServiceChoice
from gisapp.model.base_map_presets import (
    DEGREES,
    SQUARE,
    BaseMapPreset,
    MapPublisher,
    preset,
    presets,
)
from gisapp.model.crs import title, transform_point
from gisapp.model.errors import GisError
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.shifted import Shift
from gisapp.model.text import tr
from gisapp.model.tile_grid import Tile, degree_grid, web_grid
from gisapp.ui.base_map_page import Page, outcome_of
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.wheel import wheel_goes_on

CHOICE = Qt.ItemDataRole.UserRole


class KnownPage(Page):
    """A service that the program knows by name."""

    def __init__(self, context: WindowContext, service: MapPublisher) -> None:
        super().__init__(context)
        self.service = service
        maps = [one for one in presets() if one.service.id == service.id]
        names = {one.over for one in maps if one.over}
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        self.map = wheel_goes_on(QComboBox())
        self.map.setAccessibleName(tr("Map"))
        for one in maps:
            if one.id not in names:
                self.map.addItem(one.title, one.id)
        self.names = QCheckBox(tr("With names of places"))
        self.names.setChecked(True)
        self.cut = wheel_goes_on(QComboBox())
        self.cut.setAccessibleName(tr("Form of the tiles"))
        self.cut.addItem(tr("Web map (EPSG:3857)"), SQUARE)
        self.cut.addItem(tr("Degrees (CGCS2000, EPSG:4490)"), DEGREES)
        if self.map.count() > 1:
            form.addRow(tr("Map"), self.map)
        if any(one.url_degrees for one in maps):
            form.addRow(tr("Form of the tiles"), self.cut)
        self.column.addLayout(form)
        if names:
            self.column.addWidget(self.names)
        self.needs_key = any(one.needs_key for one in maps)
        self.key = QLineEdit()
        if self.needs_key:
            self._add_key()
        self.column.addWidget(self.outcome)
        terms = f"{service.attribution}\n{service.why_not}".strip()
        self.column.addWidget(label(terms, "dim", wrap=True))
        self.column.addStretch(1)

    def _add_key(self) -> None:
        self.column.addWidget(label(tr("Key"), "group"))
        self.column.addWidget(label(self.service.key_words, "dim", wrap=True))
        self.key.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.key.setAccessibleName(tr("Key"))
        self.key.setPlaceholderText(tr("Paste the key here"))
        self.test = button(tr("Test the key"))
        self.test.clicked.connect(self.try_key)
        self.key.textChanged.connect(lambda text: self._key_changed())
        self.key.returnPressed.connect(self.try_key)
        self.column.addLayout(self.row(self.key, self.test))
        page = button(tr("Get a key …"), "link", tr("Open the page where keys are made"))
        page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self.service.key_page)))
        self.column.addLayout(self.row(page))
        self._look_for_key()
        self._key_changed()

    def _look_for_key(self) -> None:
        name = self.service.id

        def done(key: str) -> None:
            self.outcome.tell("")
            if key and not self.key.text():
                self.key.setText(key)
                self.outcome.tell(tr("The key of this computer's keyring is used."))

        self.ask(tr("Key"), lambda progress: known_key(name), done)

    def _key_changed(self) -> None:
        self.test.setEnabled(bool(self.key.text().strip()))
        self.outcome.tell("")
        self.changed.emit()

    def chosen(self) -> BaseMapPreset:
        return preset(self.map.currentData())

    def try_key(self) -> None:
        key = outcome_of(lambda: cleaned(self.key.text()))
        if isinstance(key, GisError):
            self.outcome.tell(f"{key.message}\n{key.hint}", "bad")
            return
        chosen, plain = self.chosen(), key
        self.ask(tr("Test the key"), lambda progress: try_preset(chosen, plain), self.show_trial)

    def is_ready(self) -> bool:
        return not self.needs_key or bool(self.key.text().strip())

    def made(self) -> tuple[tuple[Layer, ...], str]:
        chosen, crs = self.chosen(), str(self.cut.currentData())
        layers = [preset_layer(chosen, crs)]
        if chosen.over and self.names.isChecked():
            layers.append(preset_layer(preset(chosen.over), crs))
        return tuple(layers), cleaned(self.key.text()) if self.needs_key else ""


class AddressPage(Page):
    """Tiles by address: XYZ and TMS."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.url = QLineEdit()
        self.url.setAccessibleName(tr("Address"))
        self.url.setPlaceholderText("https://…/{z}/{x}/{y}.png")
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("As the server is called"))
        self.first, self.last = wheel_goes_on(QSpinBox()), wheel_goes_on(QSpinBox())
        for box, value, words in (
            (self.first, 0, tr("Coarsest zoom")),
            (self.last, 19, tr("Finest zoom")),
        ):
            box.setRange(0, 24)
            box.setValue(value)
            box.setAccessibleName(words)
        self.cut = wheel_goes_on(QComboBox())
        self.cut.addItem(tr("Web map (EPSG:3857)"), SQUARE)
        self.cut.addItem(tr("Degrees (CGCS2000, EPSG:4490)"), DEGREES)
        self.shift = wheel_goes_on(QComboBox())
        self.shift.addItem(tr("Not shifted"), "")
        self.shift.addItem(tr("GCJ-02: moved back when shown"), "gcj02")
        self.shift.addItem(tr("BD-09: moved back when shown"), "bd09")
        self.credit = QLineEdit()
        self.credit.setPlaceholderText("© …")
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(tr("Address"), self.url)
        form.addRow(tr("Name"), self.name)
        form.addRow(tr("Zooms"), self.row(self.first, label("–"), self.last))
        form.addRow(tr("Form of the tiles"), self.cut)
        form.addRow(tr("Shift"), self.shift)
        form.addRow(tr("Source"), self.credit)
        self.column.addLayout(form)
        words = tr("{z} zoom, {x} column, {y} row, {-y} row from below, {s} server, {key} your key")
        self.column.addWidget(label(words, "dim", wrap=True))
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.key.setPlaceholderText(tr("Key, when the address has {key}"))
        self.key.setAccessibleName(tr("Key"))
        self.test = button(tr("Try it"))
        self.test.clicked.connect(self.try_it)
        self.url.textChanged.connect(lambda text: self._edited())
        self.url.returnPressed.connect(self.try_it)
        self.column.addLayout(self.row(self.key, self.test))
        self.column.addWidget(self.outcome)
        self.preview = QLabel()
        self.preview.setAccessibleName(tr("A tile of the map"))
        self.preview.hide()
        self.column.addWidget(self.preview)
        self.column.addStretch(1)
        self._edited()

    def _edited(self) -> None:
        self.outcome.tell("")
        self.preview.hide()
        template, key = take_out_key(self.url.text().strip())
        if key:
            self.key.setText(key)
            self.url.setText(template)
            self.outcome.tell(tr("The key was taken out of the address; it is kept apart."))
        self.key.setVisible(PLACE in self.url.text())
        self.test.setEnabled(bool(self.url.text().strip()))
        self.changed.emit()

    def is_ready(self) -> bool:
        return "{z}" in self.url.text()

    def made(self) -> tuple[tuple[Layer, ...], str]:
        shift: Shift = self.shift.currentData()
        layer, key = address_layer(
            self.name.text(),
            self.url.text(),
            zooms=(self.first.value(), max(self.first.value(), self.last.value())),
            crs=str(self.cut.currentData()),
            shift=shift,
            attribution=self.credit.text().strip(),
        )
        typed = self.key.text().strip()
        return (layer,), key or (cleaned(typed) if typed and layer.source.option("key") else "")

    def try_it(self) -> None:
        made = outcome_of(self.made)
        if isinstance(made, GisError):
            self.outcome.tell(f"{made.message}\n{made.hint}", "bad")
            return
        (layer,), key = made
        options = layer.source
        servers = tuple(one for one in options.option("servers").split(",") if one)
        square = options.option("crs") == SQUARE
        first, last = self.first.value(), max(self.first.value(), self.last.value())
        grid = web_grid(first, last) if square else degree_grid(DEGREES, first, last)
        project = self.context.workspace.store.project
        view = self.context.map_view
        here = view.camera.center if view is not None else Point(0, 0)
        tile = outcome_of(lambda: tile_over(grid, *transform_point(here, project.crs, grid.crs)))
        address = Address(options.option("url"), grid, servers)
        asked = Tile(0, 0, 0) if isinstance(tile, GisError) else tile
        self.ask(
            tr("Try it"),
            lambda progress: try_tile(address, asked, key),
            lambda trial: self.show_trial(trial, self.preview),
        )


class ServicePage(Page):
    """WMTS and WMS: what they offer is asked for, then chosen."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.url = QLineEdit()
        self.url.setAccessibleName(tr("Address"))
        self.url.setPlaceholderText("https://…/wmts")
        self.go = button(tr("Ask"), name=tr("Ask what the service offers"))
        self.go.clicked.connect(self.ask_service)
        self.url.returnPressed.connect(self.ask_service)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.key.setPlaceholderText(tr("Key, when the address has {key}"))
        self.key.setAccessibleName(tr("Key"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Maps of the service"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setMinimumHeight(168)
        self.list.currentItemChanged.connect(lambda now, before: self.changed.emit())
        self.column.addWidget(label(tr("Address of a WMTS or WMS"), "dim"))
        self.column.addLayout(self.row(self.url, self.go))
        self.column.addWidget(self.key)
        self.column.addWidget(self.outcome)
        self.column.addWidget(self.list, 1)
        self.url.textChanged.connect(lambda text: self._edited())
        self._edited()

    def _edited(self) -> None:
        template, key = take_out_key(self.url.text().strip())
        if key:
            self.key.setText(key)
            self.url.setText(template)
        self.key.setVisible(PLACE in self.url.text())
        self.go.setEnabled(bool(self.url.text().strip()))

    def ask_service(self) -> None:
        url, key = self.url.text().strip(), self.key.text().strip()
        self.list.clear()
        self.ask(
            tr("Asking the service"),
            lambda progress: outcome_of(lambda: ask_capabilities(url, key)),
            self._answered,
        )

    def _answered(self, answer: tuple[ServiceChoice, ...] | GisError) -> None:
        if isinstance(answer, GisError):
            self.outcome.tell(f"{answer.message}\n{answer.hint}".strip(), "bad")
            return
        self.outcome.tell(tr("{n} maps").format(n=len(answer)), "ok")
        own = self.context.workspace.store.project.crs
        for choice in answer:
            systems = (choice.grid.crs,) if choice.grid is not None else choice.systems
            crs = own if own in systems else systems[0]
            item = QListWidgetItem(f"{choice.title}  ·  {crs.removeprefix('EPSG:')}")
            item.setData(CHOICE, choice)
            item.setToolTip(f"{choice.name}\n{title(crs)}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def is_ready(self) -> bool:
        return self.list.currentItem() is not None

    def made(self) -> tuple[tuple[Layer, ...], str]:
        choice: ServiceChoice = self.list.currentItem().data(CHOICE)
        typed = self.key.text().strip()
        return (service_layer(choice),), cleaned(typed) if typed else ""


class FilePage(Page):
    """MBTiles and PMTiles."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        words = tr("A file of tiles is shown without a network: pictures, or vector tiles plainly.")
        self.column.addWidget(label(words, "dim", wrap=True))
        self.choose = button(tr("Choose a file …"))
        self.choose.clicked.connect(self._choose)
        self.column.addLayout(self.row(self.choose))
        self.column.addWidget(self.outcome)
        self.column.addStretch(1)
        self.layer: Layer | None = None

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose a file of tiles"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{tr('Tiles')} (*.mbtiles *.pmtiles)")
        dialog.fileSelected.connect(lambda found: self.look_at(Path(found)))
        dialog.open()

    def look_at(self, path: Path) -> None:
        folder = self.context.folder
        self.layer = None

        def done(layer: Layer | GisError) -> None:
            if isinstance(layer, GisError):
                self.outcome.tell(f"{layer.message}\n{layer.hint}".strip(), "bad")
            else:
                self.layer = layer
                credit = layer.source.option("attribution")
                self.outcome.tell(f"{layer.name}\n{credit}".strip(), "ok")
            self.changed.emit()

        self.ask(
            tr("Looking at the files"),
            lambda progress: outcome_of(lambda: file_layer(path, folder)),
            done,
        )

    def is_ready(self) -> bool:
        return self.layer is not None

    def made(self) -> tuple[tuple[Layer, ...], str]:
        assert self.layer is not None
        return (self.layer,), ""


class KeyPage(Page):
    """Only a key, for base maps that are in the project already."""

    def __init__(self, context: WindowContext, service: str) -> None:
        super().__init__(context)
        self.key_name = service
        words = tr("The base maps of {service} are loaded with it; it stays on this computer.")
        self.column.addWidget(label(words.format(service=service), "dim", wrap=True))
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.key.setAccessibleName(tr("Key"))
        self.key.setPlaceholderText(tr("Paste the key here"))
        self.key.textChanged.connect(lambda text: self.changed.emit())
        self.column.addWidget(self.key)
        self.column.addWidget(self.outcome)
        self.column.addStretch(1)

    def is_ready(self) -> bool:
        return bool(self.key.text().strip())

    def made(self) -> tuple[tuple[Layer, ...], str]:
        return (), cleaned(self.key.text())
