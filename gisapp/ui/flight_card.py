"""The card of a flight: what was found, aligning with figures before and after, what comes next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QButtonGroup, QGridLayout, QProgressBar, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.flight_chart import OffsetChart
from gisapp.ui.flight_desk import FlightDesk
from gisapp.ui.flight_ground import FlightGround
from gisapp.ui.flight_table import FlightTable
from gisapp.ui.flight_words import explanation, figures, summary
from gisapp.ui.form import QuietCombo
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.thermal_fields import plain_row


class FlightCard(TaskCard):
    import_wanted = Signal()
    search_wanted = Signal()  # for suspected outfalls in its mosaic
    points_wanted = Signal()
    parameters_wanted = Signal()
    move_wanted = Signal(int)  # frame, -1: the one that will be clicked
    frame_wanted = Signal(int)  # as a layer
    wide = True

    def __init__(
        self, context: WindowContext, desk: FlightDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Thermal flight"), context.theme.tokens, parent)
        self._context, self._desk = context, desk
        self._shown: object = None
        tokens = context.theme.tokens
        self._column = self.scrolled()
        self.others = QuietCombo()
        self.others.setAccessibleName(tr("Flights of this project"))
        self.others.activated.connect(lambda n: desk.reopen(Path(self.others.itemData(n))))
        self.summary = label("", wrap=True)
        self.empty = label(
            tr(
                "A folder of thermal frames becomes a flight: footprints at once, then aligned "
                "and levelled, and one mosaic in °C. The files stay as they are."
            ),
            "dim",
            wrap=True,
        )
        self.choose = button(tr("Choose the folder"), "primary")
        self.choose.clicked.connect(self.import_wanted)
        self.problem = label("", "warn", wrap=True)
        self.advice = label("", "dim", wrap=True)
        self.again = button(tr("Try again"))
        self.again.clicked.connect(self._try_again)
        self.ground = FlightGround(context.folder)
        self.ground.show_options(desk.options)
        self.ground.chosen.connect(self._use_ground)
        self.state = label("", "dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.stop_button = button(tr("Stop"))
        self.stop_button.clicked.connect(desk.cancel)
        self.level_button = button(tr("Align and level"), "primary")
        self.level_button.clicked.connect(desk.level)
        self.figures = QWidget()
        self.figures.setProperty("kind", "plain")
        self._grid = QGridLayout(self.figures)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.before, self.after = button(tr("Before"), "tab"), button(tr("After"), "tab")
        sides = QButtonGroup(self)
        for one in (self.before, self.after):
            one.setCheckable(True)
            sides.addButton(one)
        self.before.clicked.connect(lambda: desk.compare(before=True))
        self.after.clicked.connect(lambda: desk.compare(before=False))
        self.switch = plain_row(label(tr("The map shows it"), "dim"), self.before, self.after)
        self.switch.layout().addStretch(1)  # type: ignore[union-attr]
        self.said = label("", "dim", wrap=True)
        self.chart_title = label(tr("Offset of each frame"), "group")
        self.chart = OffsetChart(tokens)
        self.chart.pointed.connect(self._mark)
        self.chart.chosen.connect(self._choose)
        self.files_title = label(tr("Files"), "group")
        self.table = FlightTable(tokens)
        self.table.pointed.connect(self._mark)
        self.table.opened.connect(self.frame_wanted)
        self.next_title = label(tr("Next"), "group")
        self.search = button(tr("Find suspected outfalls"), "primary")
        self.search.clicked.connect(self.search_wanted)
        self.points = button(tr("All frames of a place"))
        self.points.clicked.connect(self.points_wanted)
        self.parameters = button(tr("Emissivity and air"))
        self.parameters.clicked.connect(self.parameters_wanted)
        self.move_button = button(tr("Move a frame"))
        self.move_button.clicked.connect(lambda: self.move_wanted.emit(-1))
        self.undo_button = button(tr("Undo"))
        self.undo_button.clicked.connect(desk.changes.undo)
        self.tools = plain_row(self.points, self.parameters)
        self.moves = plain_row(self.move_button, self.undo_button)
        for row in (self.tools, self.moves):
            row.layout().addStretch(1)  # type: ignore[union-attr]
        for part in (
            self.others,
            self.empty,
            self.problem,
            self.advice,
            self.choose,
            self.summary,
            self.ground,
            self.again,
            self.state,
            self.bar,
            self.stop_button,
            self.level_button,
            self.figures,
            self.switch,
            self.said,
            self.next_title,
            self.search,
            self.tools,
            self.moves,
            self.chart_title,
            self.chart,
            self.files_title,
            self.table,
        ):
            buttons = (self.choose, self.again, self.stop_button, self.level_button, self.search)
            side = Qt.AlignmentFlag.AlignLeft if part in buttons else Qt.AlignmentFlag(0)
            self._column.addWidget(part, 0, side)
        self._column.addStretch(1)
        self._column.setStretchFactor(self.table, 100)  # as many files as there is room for
        self.leave += [
            desk.changed.subscribe(lambda nothing: self._show()),
            desk.frame_marked.subscribe(self.chart.show_frame),
            context.workspace.store.changed.subscribe(lambda change: self._show()),
            lambda: desk.overlay.mark(None),
            lambda: desk.attend(False),
        ]
        desk.attend(True)
        self._show()

    def _show(self) -> None:
        """The hand stays in the panel when the button that was pressed goes."""
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        self._show_all()
        if inside and not self.isAncestorOf(QApplication.focusWidget() or self):
            self.setFocus()

    def _show_all(self) -> None:
        desk = self._desk
        opened, job = desk.opened, desk.job
        self.set_title(
            tr("Flight {name}").format(name=opened.name) if opened else tr("Thermal flight")
        )
        self._show_others()
        idle = opened is None and job is None
        problem = desk.problem if job is None else None
        self.empty.setVisible(idle and problem is None)
        self.problem.setText("" if problem is None else problem.message)
        self.advice.setText("" if problem is None else problem.hint)
        self.problem.setVisible(problem is not None)
        self.advice.setVisible(problem is not None and bool(problem.hint))
        self.choose.setVisible(idle)
        self.choose.setText(
            tr("Choose the folder") if problem is None else tr("Choose another folder")
        )
        self.again.setVisible(idle and problem is not None and desk.frames_folder is not None)
        self.ground.setVisible(job is None)
        self.ground.show_project(self._context.workspace.store.project)
        self.summary.setVisible(opened is not None)
        self.bar.setVisible(job is not None)
        self.stop_button.setVisible(job is not None)
        self.state.setVisible(job is not None)
        if job is not None:
            self.bar.setValue(round(1000 * job.fraction))
            words = job.message or job.title
            if opened is None and desk.found:
                words = tr("{n} frames found").format(n=desk.found)
            self.state.setText(words)
        aligned = opened is not None and opened.is_aligned
        mosaic = opened is not None and opened.mosaic is not None
        self.level_button.setVisible(opened is not None and job is None)
        self.level_button.setText(tr("Align and level again") if aligned else tr("Align and level"))
        self.level_button.setProperty("kind", "" if aligned else "primary")
        self.level_button.style().polish(self.level_button)
        for part in (self.figures, self.said, self.chart, self.chart_title):
            part.setVisible(aligned)
        self.switch.setVisible(aligned and opened is not None and opened.as_flown is not None)
        self.after.setChecked(not desk.shows_before)
        self.before.setChecked(desk.shows_before)
        for part in (self.next_title, self.search):
            part.setVisible(mosaic)
        self.tools.setVisible(opened is not None)
        self.parameters.setVisible(mosaic)
        self.moves.setVisible(aligned)
        self.undo_button.setVisible(desk.changes.can_undo)
        for part in (self.files_title, self.table):
            part.setVisible(opened is not None)
        if opened is not None and opened is not self._shown:
            self._shown = opened
            self.summary.setText(summary(opened))
            self.said.setText(explanation(opened))
            self._show_figures()
            self.chart.show_offsets([frame.offset_c for frame in opened.flight.frames])
            self.table.show_flight(opened)

    def _use_ground(self) -> None:
        """Used when the flight is placed or aligned the next time."""
        self._desk.options = self.ground.options(self._desk.options)

    def _try_again(self) -> None:
        self._use_ground()
        if self._desk.frames_folder is not None:
            self._desk.import_folder(self._desk.frames_folder)

    def _show_others(self) -> None:
        """A choice between flights, where there are several."""
        flights, opened = self._desk.flights(), self._desk.opened
        listed = [self.others.itemData(n) for n in range(self.others.count())]
        if listed != [str(one) for one in flights]:
            self.others.clear()
            for one in flights:
                self.others.addItem(one.name, str(one))
        if opened is not None:
            self.others.setCurrentIndex(self.others.findData(str(opened.folder)))
        self.others.setVisible(len(flights) > 1)
        self.others.setEnabled(not self._desk.is_busy)

    def _show_figures(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        opened = self._desk.opened
        if opened is None:
            return
        for row, line in enumerate(figures(opened)):
            name = label(line.title, "dim", wrap=True)
            before = label(line.before)
            arrow = label("→" if line.after else "", "dim")
            after = label(line.after, "title")
            note = label(line.note, "dim", wrap=True)
            right = Qt.AlignmentFlag.AlignRight
            for column, part in enumerate((name, before, arrow, after)):
                self._grid.addWidget(
                    part, 2 * row, column, right if column else Qt.AlignmentFlag(0)
                )
            if line.note:
                self._grid.addWidget(note, 2 * row + 1, 0, 1, 4)

    def _mark(self, number: int) -> None:
        self._desk.overlay.mark(number if number >= 0 else None)
        self.chart.show_frame(number)

    def _choose(self, number: int) -> None:
        """A frame clicked in the chart: its row, and the map around it."""
        self.table.choose(number)
        opened = self._desk.opened
        if opened is not None:
            self._desk.bring_into_view(number)
