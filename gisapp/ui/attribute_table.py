"""The attribute table of a layer, below the map: as in a spreadsheet, and tied to the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.app.table_view import Numbers, TableQuery, Totals, totals_of
from gisapp.app.table_view_edits import Paste, fields_changed
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, RELATED_TABLES, layer_title, table_title
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.attribute_table_bar import TotalsBar
from gisapp.ui.attribute_table_columns import TableColumns
from gisapp.ui.attribute_table_edits import TableEditing
from gisapp.ui.attribute_table_head import TableHead
from gisapp.ui.attribute_table_map import TableOnMap
from gisapp.ui.attribute_table_model import AttributeModel
from gisapp.ui.attribute_table_paste import PastePreview
from gisapp.ui.attribute_table_query import TableQuestions
from gisapp.ui.attribute_table_view import AttributeView
from gisapp.ui.card import Card
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_facts import data_of


class AttributeTable(Card):
    """Empty until a layer is opened in it. `camera` says where the map is."""

    closed = Signal()

    def __init__(
        self, context: WindowContext, state: QSettings, camera: Callable[[], Camera]
    ) -> None:
        super().__init__()
        self._context, self._state, self._camera = context, state, camera
        self.layer_id: LayerId | None = None
        self.related = ""  # the related table that is shown; empty: the layer's own
        self._own: Selection | None = None  # the selection that was made here
        self.model = AttributeModel(context.theme.tokens, self)
        self.view = AttributeView(context.theme.tokens)
        self.view.use(self.model)
        self.editing = TableEditing(context, self.view)
        self.editing.show_paste = self._show_paste
        self.columns = TableColumns(context, self.view)
        self.columns.changed = self._dress
        self.questions = TableQuestions(context, self.view, self.columns)
        self.questions.changed = self._asked_anew
        self.questions.whole = self.whole_query
        self.bar = TotalsBar()
        self.preview: PastePreview | None = None
        self.on_map = TableOnMap(context, self.view)
        self.bars = TableHead(context.theme.tokens)
        self.title.hide()
        self.note.hide()
        self.add(self.bars)
        self.add(self.view, 1)
        self.add(self.bar)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(6)
        self.setMinimumHeight(180)
        self._chosen_soon = QTimer(self, singleShot=True, interval=0)
        self._chosen_soon.timeout.connect(self._cells_chosen)
        self._connect()

    # ---- parts

    def _connect(self) -> None:
        context, view, editing = self._context, self.view, self.editing
        questions = self.questions
        for grid in (view, view.frozen):
            grid.head.sort_wanted.connect(questions.sort)
            grid.head.filter_wanted.connect(questions.open_filter)
            grid.head.menu_wanted.connect(
                lambda column, at: self.columns.menu(column, at, questions.open_filter)
            )
            cells = grid.itemDelegate()
            cells.typed.connect(editing.typed)  # type: ignore[attr-defined]
            cells.refused.connect(self._say_wrong)  # type: ignore[attr-defined]
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.filter_wanted.connect(questions.open_filter)
        view.copy_wanted.connect(editing.copy)
        view.paste_wanted.connect(editing.paste)
        view.clear_wanted.connect(editing.clear)
        view.fill_wanted.connect(editing.fill_down)
        view.delete_wanted.connect(editing.delete_rows)
        view.selectionModel().selectionChanged.connect(lambda: self._chosen_soon.start())
        self.bar.set_wanted.connect(editing.set_rows)
        self.bar.again_wanted.connect(self.ask)
        head = self.bars
        head.tab_wanted.connect(self._open_tab)
        head.previous.clicked.connect(lambda: self.on_map.step(-1))
        head.next.clicked.connect(lambda: self.on_map.step(1))
        head.zoom.clicked.connect(self.on_map.zoom)
        head.delete.clicked.connect(editing.delete_rows)
        head.more.clicked.connect(self._show_columns)
        head.close_button.clicked.connect(self.closed)
        head.clear_filters.clicked.connect(questions.clear_filters)
        head.in_view.toggled.connect(lambda: self.ask())
        head.only_selected.toggled.connect(lambda: self.ask())
        workspace = context.workspace
        self._leave = [
            workspace.store.changed.subscribe(self._project_changed),
            workspace.selection_changed.subscribe(self._selected),
        ]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda x: self._loaded()))

    def close_subscriptions(self) -> None:
        self._keep_widths()
        self._chosen_soon.stop()
        self.questions.close()
        for leave in self._leave:
            leave()
        self.layer_id = None

    # ---- what is shown

    @property
    def layer(self) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == self.layer_id), None)

    @property
    def data(self) -> FeatureSet | None:
        layer = self.layer
        if self.related:
            return self._context.workspace.store.project.tables.get(self.related)
        found = data_of(self._context, layer) if layer is not None else None
        return found if is_features(found) else None

    def open_layer(self, layer: LayerId, related: str = "") -> bool:
        """Show its table; False when it has none or it is not loaded."""
        if self.layer_id is not None:
            self._keep_widths()
        before = (self.layer_id, self.related)
        self.layer_id, self.related = layer, related
        if self.data is None:
            self.layer_id, self.related = before
            return False
        for part in (self.columns, self.on_map):
            part.layer, part.related = layer, related
        self.editing.table = self._table_name()
        self.questions.use(self._key)
        self._leave_paste()
        self._show_tabs()
        self.model.show(self.data, np.empty(0, np.int64), editable=False)
        self.view.use_widths(str(self._state.value(f"table/{self._key}", "")))
        self._dress()
        self.ask()
        return True

    @property
    def _key(self) -> str:
        return f"{self.layer_id}/{self.related}" if self.related else str(self.layer_id)

    def _table_name(self) -> str:
        layer, project = self.layer, self._context.workspace.store.project
        table = project.table_of(layer) if layer is not None else None
        return self.related or ("" if table is None else table.name)

    def _is_editable(self) -> bool:
        layer = self.layer
        locked = self._context.read_only or layer is None or layer.locked
        return bool(self.editing.table) and not locked

    def _keep_widths(self) -> None:
        if self.model.fields:
            self._state.setValue(f"table/{self._key}", self.view.widths())

    def _show_tabs(self) -> None:
        layer, project = self.layer, self._context.workspace.store.project
        assert layer is not None
        names = [("", layer_title(layer))]
        if project.table_of(layer) is not None and layer.source.path == OUTFALL_TABLE:
            names += [(n, table_title(n)) for n in RELATED_TABLES if n in project.tables]
        self.bars.show_tabs(names, self.related)
        self.setAccessibleName(tr("Table of {layer}").format(layer=layer.name))
        self.bars.in_view.setVisible(not self.related)

    def _open_tab(self, name: str) -> None:
        assert self.layer_id is not None
        self.open_layer(self.layer_id, name)

    def _dress(self) -> None:
        layer = self.layer
        self.view.dress(self.columns.look)
        style = layer.style if layer is not None and not self.related else None
        self.model.dress(style, self.columns.look.rules)
        self._mark_columns()

    def _mark_columns(self) -> None:
        self.questions.mark_columns()
        self.bars.clear_filters.setVisible(bool(self.questions.query.filters))

    # ---- asking for rows

    def _asked_anew(self) -> None:
        self._mark_columns()
        self.ask()

    def whole_query(self) -> tuple[FeatureSet | None, TableQuery]:
        """With what the map shows and what is selected."""
        query = self.questions.query
        if self.bars.only_selected.isChecked():
            features = self.on_map.selected()
            if self.related:
                query = replace(query, owners=(OUTFALL_ID, frozenset(map(str, features))))
            else:
                query = replace(query, only=features)
        if self.bars.in_view.isChecked() and not self.related:
            camera = self._camera()
            query = replace(query, extent=camera.extent, crs=camera.crs)
        return self.data, query

    def ask(self) -> None:
        """Work out the rows on a worker; only the newest answer is shown."""
        self.questions.ask(self._answered)

    def _answered(self, data: FeatureSet, numbers: Numbers) -> None:
        if self.layer_id is None:
            return
        current = self.view.currentIndex()
        column = current.column()
        fid = self.model.fid(current.row()) if current.isValid() and len(self.model.numbers) else ""
        fresh = self.model.fields is not data.fields
        bar = self.view.horizontalScrollBar().value()
        self.model.show(data, numbers, editable=self._is_editable())
        if fresh:
            self._dress()
        self.view.horizontalScrollBar().setValue(bar)
        self._mark_chosen()
        self.bar.again.hide()
        self.bars.delete.setEnabled(self.model.editable)
        row = self.model.row_of(FeatureId(fid)) if fid else -1
        if row >= 0:
            index = self.model.index(row, column)
            self.view.selectionModel().blockSignals(True)
            self.view.setCurrentIndex(index)
            self.view.selectionModel().blockSignals(False)
        self._say_count()

    def _say_count(self) -> None:
        data = self.model.data_shown
        chosen = len(self.model.chosen_numbers)
        self.bar.show_count(len(self.model.numbers), len(data) if data is not None else 0, chosen)

    def view_changed(self) -> None:
        """The map rests elsewhere."""
        if self.bars.in_view.isChecked() and self.isVisible() and not self.related:
            self.ask()

    def _loaded(self) -> None:
        if self.layer_id is not None and not self.editing.table:
            data = self.data
            if data is not None and data is not self.model.data_shown:
                self.ask()

    def _project_changed(self, change: Change) -> None:
        if self.layer_id is None:
            return
        if self.layer is None:
            self.closed.emit()
            self.layer_id = None
            return
        if change.before.layers is not change.after.layers:
            self._dress()
        name = self.editing.table
        before, after = change.before.tables.get(name), change.after.tables.get(name)
        if not name or before is after or after is None:
            return
        shown = self.model.data_shown
        if shown is before and before is not None and before.fields is after.fields:
            touched = fields_changed(change.edit, name)
            if touched is not None:
                self.model.follow(after)
                query = self.questions.query
                asked = {n for n, _ in (*query.filters, *query.sort)}
                self.bar.again.setVisible(not asked.isdisjoint(touched))
                return
        self.ask()

    def _show_columns(self) -> None:
        menu = QMenu(self)
        self.columns.list_columns(menu)
        menu.popup(self.bars.more.mapToGlobal(QPoint(0, self.bars.more.height())))

    def _show_menu(self, at: QPoint) -> None:
        self.editing.menu(self.on_map.zoom).popup(self.view.viewport().mapToGlobal(at))

    # ---- pasting

    def _show_paste(self, paste: Paste, rows: dict[FeatureId, int]) -> None:
        self._leave_paste()
        preview = PastePreview(
            paste, rows, self._context.theme.tokens, editable=self.editing.can_edit()
        )
        self.preview = preview
        preview.left.connect(self._leave_paste)
        preview.accepted.connect(self._take_paste)
        self.view.hide()
        self.bar.hide()
        self.add(preview, 1)
        preview.setFocus()

    def _take_paste(self) -> None:
        if self.preview is not None:
            changes = self.preview.paste.changes
            count = len(self.preview.paste.changed)
            self.editing.apply(changes, tr("Paste {n} cells").format(n=f"{count:,}"))
        self._leave_paste()

    def _leave_paste(self) -> None:
        preview, self.preview = self.preview, None
        if preview is not None:
            self.body.removeWidget(preview)
            preview.hide()
            preview.deleteLater()
            self.view.show()
            self.bar.show()
            self.view.setFocus()

    # ---- the map

    def _cells_chosen(self) -> None:
        """Rows with selected cells are selected on the map."""
        rows = self.view.rows_selected()
        if self.layer_id is None or not len(rows):
            return
        self._own = Selection(self.layer_id, self.on_map.features_of(self.model.numbers[rows]))
        self._context.workspace.select(self._own)
        self._mark_chosen()
        self._sum_up()

    def _sum_up(self) -> None:
        rows, columns = self.view.rows_selected(), self.view.columns_selected()
        one = self.model.fields[columns[0]] if len(columns) == 1 else None
        may_set = one is not None and self.model.editable and one.kind != "list"
        self.bar.offer(one if may_set else None, len(rows))
        data = self.model.data_shown
        if one is None or data is None or len(rows) < 2:
            self.bar.show_totals(None, None)
            return
        field, shown, numbers = one, data, self.model.numbers[rows]

        def work(progress: Progress) -> Totals:
            return totals_of(shown, field.name, numbers)

        job = Job(tr("Sum of the selected cells"), work, quiet=True)
        job.done.subscribe(lambda totals: self.bar.show_totals(field, totals))
        self._context.jobs.start(job, instead_of="table totals")

    def _selected(self, selection: Selection) -> None:
        """Chosen on the map or elsewhere: marked here, the first of it in sight."""
        if self.layer_id is None or selection == self._own:
            return
        self._own = None
        self.view.selectionModel().blockSignals(True)
        self.view.clearSelection()
        self.view.selectionModel().blockSignals(False)
        self.bar.offer(None, 0)
        self.bar.show_totals(None, None)
        self._mark_chosen()
        first = self.model.first_chosen()
        if first >= 0:
            column = max(self.view.currentIndex().column(), 0)
            self.view.scrollTo(self.model.index(first, column))
        if self.bars.only_selected.isChecked():
            self.ask()

    def _mark_chosen(self) -> None:
        self.on_map.mark()
        self._say_count()

    def _say_wrong(self, words: str) -> None:
        self._context.say(Message(words, "warning", key="table"))
