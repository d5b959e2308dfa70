"""The answer of a trace: what lies upstream, by distance along the river, each one click away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeGuard

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId, FeatureSet, Shapes
from gisapp.model.text import tr
from gisapp.ui.card import Card, button, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.ranking_panel import RankingAnswer, RankingPanel

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROW = Qt.ItemDataRole.UserRole
SHARE = 0.72  # of the column, for ranked candidates


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


class WithReaches(Protocol):
    reaches: Sequence[Any]  # with `feature`


def traced_shapes(rivers: FeatureSet, answer: WithReaches, crs: str) -> Shapes | None:
    """The reaches found, in the map's system; None when there are none."""
    wanted = {reach.feature for reach in answer.reaches}
    shapes = rivers.shapes_in(crs)
    owners = np.flatnonzero([fid in wanted for fid in rivers.ids.tolist()])
    chosen = np.flatnonzero(np.isin(shapes.owner, owners))
    if not len(chosen):
        return None
    lengths = np.diff(shapes.starts)[chosen]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.concatenate(
        [np.arange(shapes.starts[part], shapes.starts[part + 1]) for part in chosen]
    )
    return Shapes(shapes.kind, shapes.coords[rows], starts, shapes.owner[chosen])


class TracePanel(Card):
    """Always there in the workspace of tracing; empty it says how to begin."""

    opened = Signal()  # one of the list was chosen and is selected now

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Upstream"), parent=parent)
        self._context = context
        self.answer: TraceAnswer | None = None
        self.show_on_map: Callable[[Shapes | None], None] = lambda shapes: None
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
        for part in (self.tabs, self.words, self.tree, self.caveat, self.ranking):
            self.add(part, 1 if part in (self.tree, self.ranking) else 0)
        self.body.addStretch(0)
        self.clear()

    def clear(self) -> None:
        self.answer = None
        self._rivers = None
        self.ranking.clear()
        self.ranking.hide()
        self.tabs.hide()
        self.words.show()
        self.words.setText(
            tr(
                "Right-click a river or open a station and choose “Trace upstream”: "
                "stations, outfalls and sources above it are listed here by distance."
            )
        )
        self.tree.hide()
        self.caveat.hide()
        self.export.hide()
        self.clear_button.hide()
        self.note.setText("")
        self.show_on_map(None)

    def show_answer(self, answer: TraceAnswer, rivers: FeatureSet | None) -> None:
        self.answer = answer
        self._rivers = rivers
        self.ranking.clear()  # of another trace
        tokens = self._context.theme.tokens
        self.words.setText(answer.headline)
        self.tree.clear()
        for title, found in answer.lists:
            group = QTreeWidgetItem([title, f"{len(found):,}"])
            group.setForeground(1, QColor(tokens.dim))
            group.setTextAlignment(1, RIGHT)
            self.tree.addTopLevelItem(group)
            for one in found:
                km = f"{one.distance_m / 1000:,.2f} km"
                words = f"{one.id}  {one.title}" if one.title != one.id else one.id
                row = QTreeWidgetItem([words.strip(), km])
                row.setTextAlignment(1, RIGHT)
                row.setForeground(1, QColor(tokens.dim))
                row.setToolTip(0, f"{one.id}  {one.title}\n{one.reason}")
                row.setData(0, ROW, (one.role, one.feature))
                group.addChild(row)
            group.setExpanded(bool(found))
        said = [*answer.warnings, tr("Being upstream makes a candidate, not a culprit.")]
        self.caveat.setText("\n".join(said))
        self.clear_button.show()
        self._look_at(candidates=False)

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
        self._make_room()

    def _make_room(self) -> None:
        """Reasons want to be read: what stands above or below gives some of its height."""
        around = self.parentWidget()
        if not isinstance(around, QSplitter):
            return
        sizes, own = around.sizes(), around.indexOf(self)
        wanted = int(SHARE * sum(sizes))
        if 0 <= own < len(sizes) and sizes[own] < wanted:
            others = sum(sizes) - sizes[own]
            left = sum(sizes) - wanted
            around.setSizes(
                [wanted if n == own else s * left // max(1, others) for n, s in enumerate(sizes)]
            )

    def _look_at(self, *, candidates: bool) -> None:
        """The ranked candidates, or all that lies upstream; on the map their reaches."""
        ranked, traced = self.ranking.answer, self.answer
        (self.ranking_tab if candidates else self.upstream_tab).setChecked(True)
        self.tabs.setVisible(ranked is not None)
        self.upstream_tab.setVisible(traced is not None)
        self.ranking.setVisible(candidates)
        for part in (self.words, self.tree, self.caveat):
            part.setVisible(not candidates)
        shown: Any = ranked if candidates else traced
        if shown is None:
            return
        if candidates and ranked is not None:
            count = len(ranked.rows)
        else:
            count = sum(len(found) for _, found in shown.lists)
        self.note.setText(f"{count:,}")
        crs, rivers = self._context.workspace.store.project.crs, self._rivers
        self.show_on_map(traced_shapes(rivers, shown, crs) if rivers is not None else None)

    def _open(self, item: QTreeWidgetItem) -> None:
        found = item.data(0, ROW)
        if found is None:
            item.setExpanded(not item.isExpanded())
            return
        role, feature = found
        layer = self._context.workspace.store.project.layer_of_role(role)
        if layer is not None:
            self._context.workspace.select(Selection(layer.id, frozenset([feature])))
            self.opened.emit()


class _List(QTreeWidget):
    """Ctrl+C copies all of it, ready for a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(12)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setAccessibleName(tr("Upstream"))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        lines = []
        rows = QTreeWidgetItemIterator(self)
        while (row := rows.value()) is not None:
            lines.append(f"{row.text(0)}\t{row.text(1)}")
            rows += 1
        QGuiApplication.clipboard().setText("\n".join(lines))
