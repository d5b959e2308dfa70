"""The kept measures of temperatures with their values: compared, named, charted, exported."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gisapp.analysis.thermal_measure import Profile, profile
from gisapp.app.identify import is_raster
from gisapp.app.jobs import Job
from gisapp.app.measure_export import export_measures
from gisapp.app.thermal_layers import corrected
from gisapp.app.thermal_measures import (
    compare_edit,
    measures_of,
    remove_edit,
    rename_edit,
)
from gisapp.app.thermal_tools import AREA, BOX, LINE, SPOT
from gisapp.model.crs import transform_point
from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.model.thermal_measure import CRS, Measure, difference
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.layer_facts import data_of
from gisapp.ui.output_panel import safe_name, say_saved
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.thermal_measuring import ThermalMeasuring
from gisapp.ui.thermal_profile import EMPTY, ProfilePlot
from gisapp.ui.thermal_words import facts_of, number_words, signed_words
from gisapp.ui.wheel import wheel_goes_on

NAME, MEAN, LOW, HIGH, SD, DELTA = range(6)
ROLE = Qt.ItemDataRole.UserRole


class MeasureList(QTreeWidget):
    delete_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)


class MeasuresCard(TaskCard):
    report_wanted = Signal()
    wide = True

    def __init__(
        self, context: WindowContext, measuring: ThermalMeasuring, parent: QWidget | None = None
    ) -> None:
        tokens = context.theme.tokens
        super().__init__(tr("Temperatures measured"), tokens, parent)
        self._context, self._measuring = context, measuring
        self._measures: dict[FeatureId, Measure] = {}
        self._charted: tuple[object, ...] = ()
        self.tools = self._tools()
        self.list = MeasureList()
        self.list.setAccessibleName(tr("Kept measures"))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAlternatingRowColors(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        words = (tr("Name"), tr("Mean"), tr("Min."), tr("Max."), tr("SD"), "ΔT")
        self.list.setHeaderLabels(list(words))
        head = self.list.header()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        head.setStretchLastSection(False)
        self.empty = label(
            tr("Nothing measured yet. Take a tool above and click on a layer of temperatures."),
            "dim",
            wrap=True,
        )
        self.against = wheel_goes_on(QComboBox())
        self.against.setAccessibleName(tr("Warmer than"))
        self.delta = label("", "headline")
        self.facts = label("", "dim", wrap=True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.plot = ProfilePlot(tokens)
        self.under = label("", "dim")
        self.again_button = button(tr("Measure again"))
        self.delete_button = button(tr("Delete"))
        self.export_button = button(tr("Export"))
        self.report_button = button(tr("Report as PDF"), "primary")
        self.add(self.tools)
        self.add(self.empty)
        self.add(self.list, 2)
        self.comparison = _row(label(tr("Warmer than"), "dim"), (self.against, 1))
        for part in (self.comparison, self.delta, self.facts, self.under):
            self.add(part)
        self.add(self.plot, 1)
        self.filler = QWidget()
        self.filler.setProperty("kind", "plain")
        self.add(self.filler, 1)
        last = (self.again_button, self.delete_button, self.export_button, self.report_button)
        self.add(_row(*last))
        self._connect()
        self._fill()

    def _tools(self) -> QWidget:
        tokens = self._context.theme.tokens
        self.tool_buttons: dict[str, QToolButton] = {}
        entries = (
            (SPOT, "target", tr("Spot")),
            (LINE, "measure", tr("Line with its profile")),
            (BOX, "select", tr("Box")),
            (AREA, "measure_area", tr("Area")),
        )
        for name, picture, words in entries:
            made = icon_button(picture, words, tokens, "box")
            made.setCheckable(True)
            made.setFixedSize(34, 30)
            made.setIconSize(QSize(18, 18))
            made.clicked.connect(partial(self._take, name))
            made.setEnabled(not self._context.read_only)
            self.tool_buttons[name] = made
        return _row(*self.tool_buttons.values(), None)

    def _connect(self) -> None:
        context, store = self._context, self._context.workspace.store
        self.list.itemSelectionChanged.connect(self._show_chosen)
        self.list.itemChanged.connect(self._renamed)
        self.list.itemDoubleClicked.connect(self._edit)
        self.list.delete_wanted.connect(self.delete_chosen)
        self.against.activated.connect(self._compare)
        self.again_button.clicked.connect(self._again)
        self.delete_button.clicked.connect(self.delete_chosen)
        menu = QMenu(self.export_button)
        for suffix, words in ((".csv", "CSV"), (".geojson", "GeoJSON"), (".kml", "KML")):
            menu.addAction(words, partial(self._choose_file, suffix))
        self.export_button.setMenu(menu)
        self.export_button.setStyleSheet("QPushButton::menu-indicator { image: none; }")
        self.report_button.clicked.connect(self.report_wanted)
        self.plot.pointed.connect(self._pointed)
        self.plot.left.connect(lambda: self.under.setText(""))
        self.leave += [
            store.changed.subscribe(lambda change: self._fill()),
            self._measuring.kept.subscribe(self.choose),
            self._measuring.desk.tool_changed.subscribe(self._show_tool),
            context.theme.changed.subscribe(self.plot.dress),
        ]
        self._show_tool(self._measuring.desk.tool.name)

    @property
    def chosen(self) -> list[FeatureId]:
        return [FeatureId(item.data(0, ROLE)) for item in self.list.selectedItems()]

    def choose(self, measure: FeatureId) -> None:
        for number in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(number)
            if item is not None and item.data(0, ROLE) == str(measure):
                self.list.clearSelection()
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item)

    def _take(self, name: str) -> None:
        self._measuring.take(name)
        self._show_tool(self._measuring.desk.tool.name)

    def _show_tool(self, name: str) -> None:
        for tool, made in self.tool_buttons.items():
            made.setChecked(tool == name)

    def _fill(self) -> None:
        """The rows as they are now; what was chosen stays chosen."""
        project = self._context.workspace.store.project
        measures = measures_of(project)
        if measures != self._measures:
            chosen = set(self.chosen)
            self._measures = measures
            self.list.blockSignals(True)
            self.list.clear()
            for fid, one in measures.items():
                item = self._item(fid, one)
                self.list.addTopLevelItem(item)
                item.setSelected(fid in chosen)
            self.list.blockSignals(False)
        self.empty.setVisible(not measures)
        self.list.setVisible(bool(measures))
        self.filler.setVisible(not measures)
        self.note.setText(str(len(measures)) if measures else "")
        self.export_button.setEnabled(bool(measures))
        self._show_chosen()

    def _item(self, fid: FeatureId, one: Measure) -> QTreeWidgetItem:
        values = one.values
        other = self._measures.get(one.reference) if one.reference is not None else None
        delta = "" if other is None else signed_words(difference(one, other))
        numbers = (values.mean, values.min, values.max, values.sd)
        item = QTreeWidgetItem([one.label, *(number_words(value) for value in numbers), delta])
        item.setData(0, ROLE, str(fid))
        for column in range(MEAN, DELTA + 1):
            item.setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
        if not self._context.read_only:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        item.setToolTip(0, one.layer_name)
        return item

    def _edit(self, item: QTreeWidgetItem, column: int) -> None:
        self._go_to(FeatureId(item.data(0, ROLE)))
        if column == NAME:
            self.list.editItem(item, NAME)

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        """A name is kept; what else was typed into is shown as it is again. Later: the list is
        filled anew, and the item must not go while it tells of its change."""
        fid, words = FeatureId(item.data(0, ROLE)), item.text(NAME)

        def keep() -> None:
            edit = rename_edit(self._project, fid, words) if column == NAME else None
            self._measures = {}
            self._apply(edit)
            self._fill()

        QTimer.singleShot(0, self, keep)

    @property
    def _project(self) -> Project:
        return self._context.workspace.store.project

    def _apply(self, edit: Edit | None) -> None:
        if edit is not None:
            self._context.workspace.store.apply(edit)

    def delete_chosen(self) -> None:
        if not self._context.read_only:
            self._apply(remove_edit(self._project, self.chosen))

    def _again(self) -> None:
        for fid in self.chosen:
            self._measuring.measure_again(fid)

    def _compare(self) -> None:
        if len(self.chosen) == 1:
            said = self.against.currentData()
            other = FeatureId(said) if said else None
            self._apply(compare_edit(self._project, self.chosen[0], other))

    def _go_to(self, fid: FeatureId) -> None:
        one = self._measures.get(fid)
        if one is not None:
            place = transform_point(one.anchor, CRS, self._project.crs)
            self._context.bring_into_view(place)

    def _show_chosen(self) -> None:
        chosen = [self._measures[fid] for fid in self.chosen if fid in self._measures]
        one = chosen[0] if len(chosen) == 1 else None
        editable = not self._context.read_only
        self.delete_button.setEnabled(bool(chosen) and editable)
        self.again_button.setEnabled(bool(chosen) and editable)
        self.comparison.setVisible(one is not None and len(self._measures) > 1)
        self.against.setEnabled(editable)
        if one is not None:
            self._fill_against(one)
        other = None
        if one is not None and one.reference is not None:
            other = self._measures.get(one.reference)
        if len(chosen) == 2:
            one, other = chosen
        self.delta.setVisible(one is not None and other is not None)
        if one is not None and other is not None:
            words = f"ΔT {signed_words(difference(one, other))} K"
            self.delta.setText(words)
            self.delta.setToolTip(f"{one.label} − {other.label}")
        self.facts.setText("\n".join(facts_of(chosen[0])) if len(chosen) == 1 else "")
        self.facts.setVisible(len(chosen) == 1)
        self._chart(chosen[0] if len(chosen) == 1 else None)

    def _fill_against(self, one: Measure) -> None:
        self.against.clear()
        self.against.addItem(tr("(nothing)"), "")
        for fid, other in self._measures.items():
            if fid != self.chosen[0]:
                self.against.addItem(other.label, str(fid))
        self.against.setCurrentIndex(max(0, self.against.findData(str(one.reference or ""))))

    def _chart(self, one: Measure | None) -> None:
        """Of a line, read anew with the present correction."""
        is_line = one is not None and one.kind == "line"
        self.plot.setVisible(is_line)
        self.under.setVisible(is_line)
        layers = self._project.layers
        layer = next((la for la in layers if one is not None and la.id == one.layer), None)
        data = None if layer is None else data_of(self._context, layer)
        if one is None or not is_line or layer is None or not is_raster(data):
            self._charted = ()
            self.plot.show_profile(EMPTY, one.unit if one else "°C")
            return
        wanted = (one.places, layer.id, one.correction, data)
        if wanted == self._charted:
            return
        self._charted = wanted
        raster = corrected(layer, data)

        def work(progress: Progress) -> Profile:
            return profile(raster, one.places, progress)

        def done(found: Profile) -> None:
            if self._charted == wanted:
                self.plot.show_profile(found, one.unit)

        job = Job(tr("Profile of {name}").format(name=one.label), work, quiet=True)
        self.leave.append(job.done.subscribe(done))
        self._context.jobs.start(job, instead_of="thermal profile")

    def _pointed(self, words: str, share: float) -> None:
        self.under.setText(words)

    def _choose_file(self, suffix: str) -> None:
        context = self._context
        folder = context.folder or Path.home()
        name = safe_name(self._project.title) + " " + tr("temperatures") + suffix
        choose_new_file(self, folder / name, self.save)

    def save(self, path: Path) -> None:
        """All measures, or those that are chosen when there are several."""
        context, project = self._context, self._project
        only = self.chosen if len(self.chosen) > 1 else None

        def work(progress: Progress) -> int:
            return export_measures(project, path, only)

        def done(count: int) -> None:
            say_saved(context, path, tr("{n} measures").format(n=count))

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(done)
        context.jobs.start(job)


def _row(*parts: QWidget | tuple[QWidget, int] | None) -> QWidget:
    """Side by side; None: what is left over."""
    row = QWidget()
    row.setProperty("kind", "plain")
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(6)
    for part in parts:
        if part is None:
            line.addStretch(1)
        elif isinstance(part, tuple):
            line.addWidget(*part)
        else:
            line.addWidget(part)
    return row
