"""An outfall put where a typed coordinate says: degrees, D-M-S or metres of a zone."""

from __future__ import annotations

from collections.abc import Callable

import shapely
from PySide6.QtWidgets import QLineEdit, QWidget

from gisapp.app.outfall_tools import new_outfall
from gisapp.app.photo_placing import place_values
from gisapp.app.tools import MapState
from gisapp.app.workspace import Selection
from gisapp.model.coordinates import format_place, parse_place
from gisapp.model.crs import CGCS2000, title, transform_point
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import Layer
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.zone_picker import ZonePicker


class PlacePanel(TaskCard):
    """Type, read how it was understood, Enter: the outfall is there and its form is open."""

    def __init__(
        self,
        context: WindowContext,
        near: Extent | None = None,
        open_form: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`near`: what the map shows, in degrees, for the zone that is proposed."""
        super().__init__(tr("Outfall at a coordinate"), context.theme.tokens, parent)
        self._context = context
        self._open_form = open_form
        words = tr(
            "Degrees, degrees minutes seconds, or metres; longitude or latitude may come first."
        )
        self.add(label(words, "dim", wrap=True))
        self.text = QLineEdit()
        self.text.setAccessibleName(tr("Coordinate"))
        self.text.setPlaceholderText("114°07′23.1″E 23°05′40″N")
        self.add(self.text)
        self.understood = label("", "dim", wrap=True)
        self.add(self.understood)
        self.zone_button = button(tr("Metres of another zone"), "link")
        self.zone_button.setCheckable(True)
        self.add(self.zone_button)
        self.zones = ZonePicker(near)
        self.zones.hide()
        self.add(self.zones)
        self.put = button(tr("Add outfall"), "primary")
        self.put.setEnabled(False)
        self.add(self.put)
        self.body.addStretch(1)
        self.setFocusProxy(self.text)
        self.place: Point | None = None  # in the map's system
        self.text.textChanged.connect(lambda text: self._read())
        self.text.returnPressed.connect(self.add_outfall)
        self.zone_button.toggled.connect(self._zones_toggled)
        self.zones.chosen.connect(lambda crs: self._read())
        self.put.clicked.connect(self.add_outfall)

    def _zones_toggled(self, on: bool) -> None:
        self.zones.setVisible(on)
        self._read()

    def _source(self) -> str:
        """The system that metres are read in."""
        if self.zone_button.isChecked():
            return self.zones.zone.crs
        return self._context.workspace.store.project.crs

    def _read(self) -> None:
        text, crs = self.text.text(), self._context.workspace.store.project.crs
        self.place, words, kind = None, "", "dim"
        if text.strip():
            try:
                source = self._source()
                found = transform_point(parse_place(text, source), source, crs)
                degrees = transform_point(found, crs, CGCS2000)
                if degrees.x != degrees.x or not -90 <= degrees.y <= 90:
                    raise ParameterError(tr("This lies outside of the map's system"))
                self.place = found
                words = f"{format_place(found, crs)}\n{title(source)}"
            except GisError as error:
                words, kind = f"{error.message}\n{error.hint}".strip(), "warn"
        self.understood.setText(words)
        restyle(self.understood, "kind", kind)
        self.put.setEnabled(self.place is not None)

    def add_outfall(self) -> None:
        """One edit; the map shows the place and the form waits for what comes next."""
        found = self._table()
        place = self.place
        if place is None or found is None:
            return
        layer, table = found
        store = self._context.workspace.store
        moved = transform_point(place, store.project.crs, table.crs)
        values = {GEOMETRY: shapely.Point(moved.x, moved.y)}
        state = MapState(store.project)
        if self._context.tool_desk is not None:  # reach, bank and river, where one is near
            state = self._context.tool_desk.look()
            values |= place_values(state, table, place)
        edit, fid = new_outfall(store.project, table, values, state.template)

        def written() -> None:
            self._context.workspace.select(Selection(layer.id, frozenset([fid])))
            self._context.bring_into_view(place)
            if self._open_form is not None:
                self._open_form()

        def changed(change: object) -> None:
            kept = store.project.tables.get(table.name)
            if kept is not None and fid in kept:
                leave()
                written()

        leave = store.changed.subscribe(changed)
        store.apply(edit)
        self.text.clear()

    def _table(self) -> tuple[Layer, FeatureTable] | None:
        project = self._context.workspace.store.project
        layer = project.layer_of_role("outfalls")
        table = project.table_of(layer) if layer is not None else None
        if layer is None or table is None or layer.locked or self._context.read_only:
            self.understood.setText(tr("There is no layer of outfalls that can be changed"))
            restyle(self.understood, "kind", "warn")
            return None
        return layer, table
