"""The answer of a trace: what lies upstream, by distance along the river, each one click away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeGuard

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.jobs import Job
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId, FeatureSet, Shapes
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import Card, button, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.ranking_panel import RankingAnswer, RankingPanel
from gisapp.ui.river_profile import RiverProfile
from gisapp.ui.theme import Tokens
from gisapp.ui.trace_controls import ReachChoices, TraceControls
from gisapp.ui.traced_bands import Bands, BandsLegend, TracedMap, traced_map

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ROW = Qt.ItemDataRole.UserRole
ORDER = Qt.ItemDataRole.UserRole + 1
TITLE = Qt.ItemDataRole.UserRole + 2  # of a group
SHARE, RANKED_SHARE = 0.72, 0.82  # of the column's height, for what was found and for reasons
AT_ONCE = 5_000  # rivers and reaches; of more the lines are gathered on a worker


class FoundUpstream(Protocol):
    role: str
    feature: FeatureId
    id: str
    title: str
    distance_m: float
    reason: str


class TraceAnswer(Protocol):
    """What a tracing plugin answers, as far as the window looks at it."""

    headline: str
    lists: Sequence[tuple[str, Sequence[FoundUpstream]]]
    reaches: Sequence[Any]  # with `feature`
    warnings: Sequence[str]


def is_trace(result: object) -> TypeGuard[TraceAnswer]:
    return all(hasattr(result, name) for name in ("headline", "lists", "reaches", "warnings"))


def traced_shapes(rivers: FeatureSet, answer: Any, crs: str) -> Shapes | None:
    """The `reaches` of an answer, in the map's system; None when there are none."""
    made = traced_map(rivers, answer.reaches, crs) if answer.reaches else None
    return None if made is None else made.shapes


class TracePanel(Card):
    """Always there in the workspace of tracing; empty it says how to begin."""

    opened = Signal()  # one of the list was chosen and is selected now
    cleared = Signal()
    room_wanted = Signal(float)  # a share of the column's height

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Upstream"), parent=parent)
        self._context = context
        self.answer: TraceAnswer | None = None
        self.show_on_map: Callable[[TracedMap | None, bool], None] = lambda traced, go: None
        self.controls = TraceControls()
        self.choices = ReachChoices()
        self.legend = BandsLegend(context.theme)
        self.profile = RiverProfile(context.theme)
        self.profile.opened.connect(self._open_found)
        self.by_hours = button(tr("Hours"), "tab")
        self.by_distance = button(tr("Distance"), "tab")
        self.colouring = QWidget()
        self.colouring.setProperty("kind", "plain")
        row = QHBoxLayout(self.colouring)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(label(tr("Colour by"), "dim"))
        for one in (self.by_hours, self.by_distance):
            one.setCheckable(True)
            one.setAutoExclusive(True)
            one.clicked.connect(self._colour)
            row.addWidget(one)
        row.addStretch(1)
        self.by_hours.setChecked(True)
        self._drawn: TracedMap | None = None
        self.words = label("", "dim", wrap=True)
        self.tree = _List()
        self.tree.itemClicked.connect(self._open)
        self.tree.itemActivated.connect(self._open)
        self.caveat = label("", "dim", wrap=True)
        self.export = button(tr("Save report"), "link")
        self.export.hide()
        self.ranking = RankingPanel(context)
        self.ranking.opened.connect(self.opened)
        self.upstream_tab = button(tr("Upstream"), "tab")
        self.ranking_tab = button(tr("Candidates"), "tab")
        self.tabs = QWidget()
        self.tabs.setProperty("kind", "plain")
        line = QHBoxLayout(self.tabs)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for tab in (self.ranking_tab, self.upstream_tab):
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            line.addWidget(tab)
        line.addStretch(1)
        self.keep_button = button(tr("Keep as case"), "link")
        line.addWidget(self.keep_button)
        self.ranking_tab.clicked.connect(lambda: self._look_at(candidates=True))
        self.upstream_tab.clicked.connect(lambda: self._look_at(candidates=False))
        self._rivers: FeatureSet | None = None
        self.cases = button(tr("Cases"), "link")
        self.cases.hide()
        self.clear_button = icon_button("close", tr("Clear the trace"), context.theme.tokens)
        self.clear_button.clicked.connect(self.clear)
        self.head.addWidget(self.cases)
        self.head.addWidget(self.export)
        self.head.addWidget(self.clear_button)
        holder = QWidget()
        holder.setProperty("kind", "plain")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 6, 0)  # beside the scroll bar
        column.setSpacing(8)
        for part in (
            self.controls,
            self.choices,
            self.words,
            self.colouring,
            self.legend,
            self.tree,
            self.profile,
            self.caveat,
        ):
            column.addWidget(part, 1 if part is self.tree else 0)
        column.addStretch(0)
        self.traced, self.ranked = _scrolled(holder), _scrolled(self.ranking)
        self.add(self.tabs)
        self.add(self.traced, 1)
        self.add(self.ranked, 1)
        self.ranking.unfolded.connect(self._show_assumptions)
        self.body.addStretch(0)
        self.clear()

    def clear(self) -> None:
        self.answer = None
        self._rivers = None
        self.ranking.clear()
        self.ranked.hide()
        self.tabs.hide()
        self.words.show()
        self.words.setText(
            tr(
                "Take the tool “Trace upstream” and click a river, or type where to start: "
                "stations, outfalls and sources on the way are listed here by distance."
            )
        )
        for part in (self.tree, self.caveat, self.export, self.colouring, self.choices):
            part.hide()
        self.controls.show()
        self.traced.show()
        self.legend.show_bands(None)
        self.profile.show_profile(None)
        self.clear_button.hide()
        self.note.setText("")
        self._drawn = None
        self.show_on_map(None, False)
        self.cleared.emit()

    def show_answer(
        self, answer: TraceAnswer, rivers: FeatureSet | None, *, go_there: bool = True
    ) -> None:
        self.answer = answer
        self._rivers = rivers
        self.ranking.clear()  # of another trace
        tokens = self._context.theme.tokens
        self.words.setText(answer.headline)
        self.tree.fill(answer.lists, tokens)
        if go_there:
            self.tree.scrollToTop()
        said = [*answer.warnings]
        upstream = getattr(answer, "direction", "UT") in ("UT", "UM")
        self.set_title(tr("Upstream") if upstream else tr("Downstream"))
        if upstream:
            said.append(tr("Being upstream makes a candidate, not a culprit."))
        self.caveat.setText("\n".join(said))
        self.clear_button.show()
        self._look_at(candidates=False, go_there=go_there)
        self.room_wanted.emit(SHARE)

    @property
    def shown_ranking(self) -> RankingAnswer | None:
        """The ranking, while it is what is looked at."""
        return self.ranking.answer if self.ranking_tab.isChecked() else None

    def show_ranking(self, answer: RankingAnswer, rivers: FeatureSet | None) -> None:
        """The candidates, and on the map the band of river that is still possible."""
        self._rivers = rivers if rivers is not None else self._rivers
        self.ranking.show_answer(answer)
        self.clear_button.show()
        self._look_at(candidates=True)
        self.room_wanted.emit(RANKED_SHARE)

    def _show_assumptions(self) -> None:
        """In view, with as much of the list above them as there is room for."""
        holder = self.ranked.widget()
        holder.adjustSize()
        self.ranked.ensureWidgetVisible(self.ranking.assumptions, 0, 8)

    def _look_at(self, *, candidates: bool, go_there: bool = True) -> None:
        """The ranked candidates, or all that lies upstream; on the map their reaches."""
        ranked, traced = self.ranking.answer, self.answer
        (self.ranking_tab if candidates else self.upstream_tab).setChecked(True)
        self.tabs.setVisible(ranked is not None)
        self.upstream_tab.setVisible(traced is not None)
        self.ranked.setVisible(candidates)
        self.traced.setVisible(not candidates)
        for part in (self.words, self.tree, self.caveat, self.controls):
            part.setVisible(not candidates)
        self.choices.setVisible(not candidates and self.choices.count > 1)
        self.profile.show_profile(None if candidates else getattr(traced, "profile", None))
        shown: Any = ranked if candidates else traced
        if shown is None:
            return
        if candidates and ranked is not None:
            count = len(ranked.rows)
        else:
            count = sum(len(found) for _, found in shown.lists)
        self.note.setText(f"{count:,}")
        self._draw(shown, go_there=go_there)

    def _draw(self, shown: Any, *, go_there: bool) -> None:
        """The lines of what is shown, on the map; very many are gathered on a worker."""
        crs, rivers = self._context.workspace.store.project.crs, self._rivers
        reaches = shown.reaches
        if rivers is None or not reaches:
            self._drawn_now(None, go_there=go_there)
        elif len(rivers) + len(reaches) < AT_ONCE:
            self._drawn_now(traced_map(rivers, reaches, crs), go_there=go_there)
        else:

            def work(progress: Progress) -> TracedMap | None:
                return traced_map(rivers, reaches, crs)

            job = Job(tr("Drawing"), work, quiet=True)
            job.done.subscribe(lambda made: self._drawn_now(made, go_there=go_there))
            self._context.jobs.start(job, instead_of="lines of the trace")

    def _drawn_now(self, made: TracedMap | None, *, go_there: bool) -> None:
        self._drawn = made
        can = made is not None and made.by_hours is not None
        self.colouring.setVisible(can)
        self._colour(go_there=go_there)

    @property
    def bands(self) -> Bands | None:
        """How the lines are coloured now."""
        made = self._drawn
        if made is None or made.by_hours is None:
            return None
        return made.by_hours if self.by_hours.isChecked() else made.by_distance

    def _colour(self, checked: bool = False, *, go_there: bool = False) -> None:
        self.legend.show_bands(self.bands)
        self.show_on_map(self._drawn, go_there)

    def _open(self, item: QTreeWidgetItem) -> None:
        found = item.data(0, ROW)
        if found is None:
            item.setExpanded(not item.isExpanded())
            return
        self._open_found(*found)

    def _open_found(self, role: str, feature: FeatureId) -> None:
        layer = self._context.workspace.store.project.layer_of_role(role)
        if layer is not None:
            self._context.workspace.select(Selection(layer.id, frozenset([feature])))
            self.opened.emit()


def _scrolled(content: QWidget) -> QScrollArea:
    """Of a low window all can still be reached, and nothing lies over anything."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area


class _Found(QTreeWidgetItem):
    """Sorted by numbers where a column has them."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        column = 0 if tree is None else tree.sortColumn()
        mine, theirs = self.data(column, ORDER), other.data(column, ORDER)
        if self.parent() is None and tree is not None:  # groups stay as they are, both ways
            first, second = self.data(0, ORDER), other.data(0, ORDER)
            up = tree.header().sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            return bool(first < second if up else first > second)
        return bool(mine < theirs)


class _List(QTreeWidget):
    """Ctrl+C copies all of it, ready for a sheet. A heading sorts within the groups."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(4)
        self.setHeaderLabels([tr("Name"), "km", "h", tr("Bank")])
        self.setIndentation(12)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setAccessibleName(tr("Upstream"))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(150)
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(30)
        for column in (1, 2):
            self.headerItem().setTextAlignment(column, RIGHT)
        self.setSortingEnabled(True)
        self.sortByColumn(1, Qt.SortOrder.AscendingOrder)

    def fill(self, lists: Sequence[tuple[str, Sequence[Any]]], tokens: Tokens) -> None:
        """Groups of what was found; groups that were closed stay so."""
        groups = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        closed = {
            g.data(0, TITLE)
            for g in groups
            if g is not None and g.childCount() and not g.isExpanded()
        }
        self.setSortingEnabled(False)
        self.clear()
        banks = {"left": tr("left"), "right": tr("right")}
        timed = sided = False
        dim = QColor(tokens.dim)
        for title, found in lists:
            group = _Found([f"{title} · {len(found):,}"])  # not below km: it is none
            group.setData(0, ORDER, self.topLevelItemCount())
            group.setData(0, TITLE, title)
            rows = []
            for one in found:
                hours, side = getattr(one, "hours", None), getattr(one, "side", "")
                timed, sided = timed or hours is not None, sided or bool(side)
                row = _Found(
                    [
                        (f"{one.id}  {one.title}" if one.title != one.id else one.id).strip(),
                        f"{one.distance_m / 1000:,.2f}",
                        "" if hours is None else f"{hours:,.1f}",
                        banks.get(side, ""),
                    ]
                )
                for column, value in enumerate((one.id, one.distance_m, hours or 0.0, side)):
                    row.setData(column, ORDER, value)
                    row.setTextAlignment(column, RIGHT if column in (1, 2) else LEFT)
                    if column:
                        row.setForeground(column, dim)
                row.setToolTip(0, f"{one.id}  {one.title}\n{one.reason}")
                row.setData(0, ROW, (one.role, one.feature))
                rows.append(row)
            group.addChildren(rows)
            self.addTopLevelItem(group)
            group.setExpanded(bool(found) and title not in closed)
        self.setColumnHidden(2, not timed)
        self.setColumnHidden(3, not sided)
        self.setSortingEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        lines = []
        rows = QTreeWidgetItemIterator(self)
        while (row := rows.value()) is not None:
            shown = (n for n in range(4) if not self.isColumnHidden(n))
            lines.append("\t".join(row.text(n) for n in shown))
            rows += 1
        QGuiApplication.clipboard().setText("\n".join(lines))
