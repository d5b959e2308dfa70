"""A delivery as a form: kind, system, how places are written, rows and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gisapp.app.delivery_choice import DEGREES_ONLY, SHEETS
from gisapp.app.place_columns import Notation
from gisapp.model.crs import CGCS2000, is_geographic
from gisapp.model.errors import GisError
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.project import Project
from gisapp.model.saved_delivery import SavedDelivery
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.crs_panel import CrsChooser, explanation
from gisapp.ui.delivery_fields import DeliveryFields
from gisapp.ui.form import QuietCombo
from gisapp.ui.scheme_fields import FieldLines

KINDS = (".xlsx", ".shp", ".gpkg", ".geojson", ".kmz", ".kml", ".csv")
METRES, OTHER = "metres", "other"  # of the list of systems
STATE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, eq=False)
class DeliveryFacts:
    """What is counted in the background. `zone`: the system of metres for the outfalls."""

    zone: str
    total: int
    states: Mapping[str, int]
    filtered: int | None  # None: the attribute table has no filter


class DeliveryForm(QWidget):
    """Only what a kind of file asks for is shown; `changed` is called with each choice."""

    def __init__(self, context: WindowContext, changed: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._context, self._changed = context, changed
        self._filling = True
        self.facts: DeliveryFacts | None = None
        self.shown = SavedDelivery()  # what was shown last: rows of a filter are kept from it
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.lines = FieldLines()
        column.addLayout(self.lines)
        self._make_choices()
        self.about = label("", "dim", wrap=True)
        column.addWidget(self.about)
        self.chooser: CrsChooser | None = None
        self._chooser_place = QVBoxLayout()
        column.addLayout(self._chooser_place)
        table = context.workspace.store.project.tables.get(OUTFALL_TABLE)
        self.fields_title = label(tr("Fields"), "group")
        self.fields = DeliveryFields(table.fields if table is not None else (), self._told)
        self.fields_wrong = label("", "bad", wrap=True)
        column.addWidget(self.fields_title)
        column.addWidget(self.fields)
        column.addWidget(self.fields_wrong)
        self.public = QCheckBox(tr("For the public"))
        self.public.setToolTip(tr("Rounded places, nothing about people"))
        self.public.clicked.connect(lambda on: self._told())
        column.addWidget(self.public)
        self._filling = False
        self._dress()

    def _make_choices(self) -> None:
        names = {".xlsx": "XLSX", ".shp": "Shapefile", ".gpkg": "GeoPackage", ".kml": "KML",
                 ".geojson": "GeoJSON", ".kmz": tr("KMZ with photos"), ".csv": "CSV"}  # fmt: skip
        self.kind = QuietCombo([(kind, names[kind]) for kind in KINDS])
        templates = [(t.id, t.caption) for t in ledger_templates().values()]
        self.template = QuietCombo([*templates, ("", tr("Fields below"))])
        self.system = QuietCombo()
        self.notation = QuietCombo(
            [("decimal", tr("Decimal degrees")), ("dms", tr("Degrees, minutes, seconds"))]
        )
        self.encoding = QuietCombo([("utf-8", "UTF-8"), ("gbk", "GBK")])
        self.encoding.setToolTip(
            tr("GBK for older ArcGIS and CAD in Chinese Windows, else UTF-8; a .cpg file says it")
        )
        self.rows = QuietCombo()
        self._make_states()
        for name, words, widget in (
            ("kind", tr("Kind of file"), self.kind),
            ("template", tr("Template"), self.template),
            ("rows", tr("Outfalls"), self.rows),
            ("states", tr("States"), self.states),
            ("crs", tr("System"), self.system),
            ("notation", tr("Coordinates"), self.notation),
            ("encoding", tr("Encoding"), self.encoding),
        ):
            self.lines.line(name, words, widget)
            if isinstance(widget, QuietCombo):
                widget.currentIndexChanged.connect(lambda index: self._told())
        self._fill_systems("")
        self._fill_rows()
        self._fill_states(())

    def _make_states(self) -> None:
        self.states = QListWidget()
        self.states.setFrameShape(QListWidget.Shape.NoFrame)
        self.states.setFixedHeight(150)
        self.states.itemChanged.connect(lambda item: self._told())

    # ---- lists

    def _fill_systems(self, crs: str) -> None:
        project = self._context.workspace.store.project
        zone = self.facts.zone if self.facts is not None else ""
        metres = tr("CGCS2000 in metres, zone of the outfalls")
        if zone:
            metres = f"{metres} ({zone})"
        entries = [
            ("", tr("CGCS2000, longitude and latitude")),
            (METRES, metres),
            ("EPSG:4326", tr("WGS 84, longitude and latitude")),
        ]
        listed = {entry[0] for entry in entries}
        for one, words in ((project.crs, tr("as the map: {crs}")), (crs, "{crs}")):
            if one and one not in listed and one != CGCS2000:
                entries.append((one, words.format(crs=one)))
                listed.add(one)
        entries.append((OTHER, tr("Another…")))
        kept = self.system.currentData()
        self.system.blockSignals(True)
        self.system.clear()
        for value, words in entries:
            self.system.addItem(words, value)
        self.system.setCurrentIndex(max(0, self.system.findData(kept)))
        self.system.blockSignals(False)

    def _fill_rows(self) -> None:
        facts, selected = self.facts, len(self._context.workspace.selection.features)
        total = f" ({facts.total:,})" if facts is not None else ""
        filtered = facts.filtered if facts is not None else None
        entries = [
            ("all", f"{tr('All')}{total}"),
            ("selected", f"{tr('Selected')} ({selected:,})"),
            ("states", tr("By state")),
        ]
        if filtered is not None or self.shown.filters:
            count = f" ({filtered:,})" if filtered is not None else ""
            entries.append(("filtered", f"{tr('Filtered as in the table')}{count}"))
        kept = self.rows.currentData()
        self.rows.blockSignals(True)
        self.rows.clear()
        for value, words in entries:
            self.rows.addItem(words, value)
        self.rows.setCurrentIndex(max(0, self.rows.findData(kept)))
        self.rows.blockSignals(False)

    def _fill_states(self, ticked: tuple[str, ...]) -> None:
        self.states.blockSignals(True)
        self.states.clear()
        for state in scheme_of(self._context.workspace.store.project).states:
            count = self.facts.states.get(state.id, 0) if self.facts is not None else 0
            item = QListWidgetItem(f"{state.caption}  ({count:,})")
            item.setData(STATE, state.id)
            on = state.id in ticked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.states.addItem(item)
        self.states.blockSignals(False)

    def ticked_states(self) -> tuple[str, ...]:
        items = [self.states.item(row) for row in range(self.states.count())]
        on = Qt.CheckState.Checked
        return tuple(str(i.data(STATE)) for i in items if i.checkState() == on)

    def show_facts(self, facts: DeliveryFacts) -> None:
        """Counts came; what is chosen stays."""
        self._filling = True
        self.facts = facts
        self._fill_systems(self.shown.crs)
        self._fill_rows()
        self._fill_states(self.ticked_states())
        self._filling = False
        self._dress()

    def selection_changed(self) -> None:
        self._fill_rows()

    # ---- the delivery

    def show_delivery(self, one: SavedDelivery) -> None:
        """Fill in what a delivery says."""
        self._filling = True
        self.shown = one
        self._fill_systems(one.crs)
        self._fill_rows()
        crs = METRES if one.notation == "metres" and not one.crs else one.crs
        for box, value in (
            (self.kind, one.kind),
            (self.template, one.template),
            (self.system, crs),
            (self.notation, one.notation),
            (self.encoding, one.encoding.lower()),
            (self.rows, one.rows),
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.public.setChecked(one.public)
        self._fill_states(one.states)
        self.fields.show_columns(one.columns)
        self._filling = False
        self._dress()

    @property
    def crs(self) -> str:
        """The chosen system; empty for the usual ones."""
        chosen = str(self.system.currentData() or "")
        if chosen == OTHER:
            return self.chooser.crs if self.chooser is not None else ""
        return "" if chosen == METRES else chosen

    @property
    def is_metres(self) -> bool:
        if self.system.currentData() == METRES:
            return True
        try:
            return bool(self.crs) and not is_geographic(self.crs)
        except GisError:
            return False

    def delivery(self) -> SavedDelivery:
        """As it is filled in, without a name and a place."""
        kind, rows = str(self.kind.currentData()), self.rows.currentData()
        places = kind not in DEGREES_ONLY
        dms = kind in SHEETS and self.notation.currentData() == "dms"
        notation: Notation = "dms" if dms else "decimal"
        if places and self.is_metres:
            notation = "metres"
        return replace(
            SavedDelivery(),
            kind=kind,
            template=str(self.template.currentData() or "") if kind == ".xlsx" else "",
            notation=notation,
            crs=self.crs if places else "",
            encoding=str(self.encoding.currentData()) if kind == ".shp" else "utf-8",
            public=self.public.isChecked(),
            columns=self.fields.columns,
            rows=rows,
            states=self.ticked_states() if rows == "states" else (),
            filters=self.shown.filters if rows == "filtered" else (),
        )

    # ---- what is shown

    def _told(self) -> None:
        if not self._filling:
            self._dress()
            self._changed()

    def _dress(self) -> None:
        kind = self.kind.currentData()
        places = kind not in DEGREES_ONLY
        asked = {
            "template": kind == ".xlsx",
            "crs": places,
            "notation": kind in SHEETS and not self.is_metres,
            "encoding": kind == ".shp",
            "states": self.rows.currentData() == "states",
        }
        for name, wanted in asked.items():
            self.lines.show_line(name, wanted)
        other = places and self.system.currentData() == OTHER
        if other and self.chooser is None:
            self._make_chooser()
        if self.chooser is not None:
            self.chooser.setVisible(other)
        self.about.setText(self._about(places))
        self.about.setVisible(not other and bool(self.about.text()))
        fields = kind != ".xlsx" or not self.template.currentData()
        for part in (self.fields_title, self.fields):
            part.setVisible(fields)
        self.fields_wrong.setVisible(fields and bool(self.fields_wrong.text()))

    def _make_chooser(self) -> None:
        project: Project = self._context.workspace.store.project
        self.chooser = CrsChooser(self._context, self.shown.crs or project.crs)
        self._chooser_place.addWidget(self.chooser)
        self.chooser.list.currentItemChanged.connect(lambda now, before: self._told())
        self.chooser.zones.chosen.connect(lambda crs: self._told())

    def _about(self, places: bool) -> str:
        if not places:
            return tr("KML and GeoJSON are always longitude and latitude, WGS 84.")
        crs = self.crs or (self.facts.zone if self.is_metres and self.facts else "")
        try:
            return explanation(crs) if crs else ""
        except GisError as error:
            return error.message

    def say(self, problems: list[tuple[str, str]]) -> None:
        """What is wrong, each at its line."""
        known = dict(reversed(problems))
        if self.fields.none_ticked and not self.fields.isHidden():
            known["columns"] = tr("No field is ticked")
        for name in self.lines.names:
            self.lines.say(name, known.get(name, ""))
        self.fields_wrong.setText(known.get("columns", ""))
        self.fields_wrong.setVisible(bool(known.get("columns")) and not self.fields.isHidden())
