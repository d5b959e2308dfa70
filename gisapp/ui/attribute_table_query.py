"""What is asked of the table that is open, the way from a column's head to it, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint

from gisapp.app.jobs import Job
from gisapp.app.table_view import (
    ColumnFilter,
    ColumnIndexes,
    Numbers,
    TableQuery,
    rows_of,
    value_counts,
)
from gisapp.model.features import FeatureSet
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.attribute_table_columns import TableColumns
from gisapp.ui.attribute_table_view import AttributeView
from gisapp.ui.column_filter import ColumnFilterCard
from gisapp.ui.context import WindowContext


class TableQuestions:
    """One query for each table; rows are worked out on a worker, the newest answer counts."""

    def __init__(self, context: WindowContext, view: AttributeView, columns: TableColumns) -> None:
        self._context, self._view, self._columns = context, view, columns
        self.key = ""  # of the table that is open
        self.query = TableQuery()
        self.changed: Callable[[], None] = lambda: None  # the query is another
        self.whole: Callable[[], tuple[FeatureSet | None, TableQuery]] = lambda: (None, self.query)
        self.card: ColumnFilterCard | None = None
        self._queries: dict[str, TableQuery] = {}
        self._indexes: dict[str, ColumnIndexes] = {}
        self._asked = 0

    def use(self, key: str) -> None:
        """Another table, with what was asked of it last."""
        if self.key:
            self._queries[self.key] = self.query
        self.key = key
        self.query = self._queries.get(key, TableQuery())
        self._asked += 1

    def close(self) -> None:
        self._asked += 1
        if self.card is not None:
            self.card.close()

    def ask_for(self, query: TableQuery) -> None:
        self.query = query
        self.changed()

    def ask(self, answered: Callable[[FeatureSet, Numbers], None]) -> None:
        """Work out the rows."""
        data, query = self.whole()
        if data is None:
            return
        indexes = self._indexes.setdefault(self.key, ColumnIndexes())
        self._asked += 1
        asked, shown = self._asked, data

        def work(progress: Progress) -> Numbers:
            return rows_of(shown, query, indexes, progress)

        def done(numbers: Numbers) -> None:
            if asked == self._asked:
                answered(shown, numbers)

        job = Job(tr("Rows of the table"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="table rows")

    def mark_columns(self) -> None:
        """Arrows and funnels in the head."""
        place = {field.name: n for n, field in enumerate(self._view.table().fields)}
        sorts = {
            place[name]: (rank, falling)
            for rank, (name, falling) in enumerate(self.query.sort, start=1)
            if name in place
        }
        filtered = frozenset(place[name] for name, _ in self.query.filters if name in place)
        for grid in (self._view, self._view.frozen):
            grid.head.sorts, grid.head.filtered = sorts, filtered
            grid.head.viewport().update()

    def clear_filters(self) -> None:
        self.ask_for(replace(self.query, filters=()))

    def sort(self, column: int, more: bool) -> None:
        """Rising, falling, not at all; with Shift beside the columns that count already."""
        name = self._view.table().fields[column].name
        falling = dict(self.query.sort).get(name)
        others = tuple(one for one in self.query.sort if one[0] != name)
        if falling is None:
            wanted = (*(others if more else ()), (name, False))
        elif falling:
            wanted = others if more else ()
        elif more:
            wanted = tuple((n, n == name or f) for n, f in self.query.sort)
        else:
            wanted = ((name, True),)
        self.ask_for(replace(self.query, sort=wanted))

    def open_filter(self, column: int) -> None:
        """The card below the column's head."""
        field = self._view.table().fields[column]
        card = ColumnFilterCard(
            field,
            self.query.filter_of(field.name),
            self._context.theme.tokens,
            self._view,
            coloured=self._columns.has_rules(field.name),
        )
        self.card = card
        card.destroyed.connect(self._gone)
        card.sort_wanted.connect(
            lambda falling: self.ask_for(replace(self.query, sort=((field.name, falling),)))
        )
        card.filtered.connect(lambda wanted: self._filter(field.name, wanted))
        card.rule_wanted.connect(self._columns.add_rule)
        card.rules_cleared.connect(lambda: self._columns.clear_rules(field.name))
        card.values_wanted.connect(lambda search: self._list_values(field.name, search))
        frozen = not self._view.frozen.isColumnHidden(column)
        head = self._view.frozen.head if frozen else self._view.head
        left = head.sectionViewportPosition(column)
        card.open_at(head.mapToGlobal(QPoint(left, head.height())))

    def _gone(self) -> None:
        self.card = None

    def _filter(self, name: str, wanted: ColumnFilter) -> None:
        self.ask_for(replace(self.query, filters=self.query.with_filter(name, wanted)))

    def _list_values(self, name: str, search: str) -> None:
        data, query = self.whole()
        card = self.card
        if data is None or card is None:
            return
        indexes, shown = self._indexes.setdefault(self.key, ColumnIndexes()), data

        def work(progress: Progress) -> tuple[list[tuple[str, int]], int]:
            return value_counts(shown, name, query, indexes, search, progress)

        job = Job(tr("Values of the column"), work, quiet=True)
        job.done.subscribe(lambda found: card.show_values(*found) if self.card is card else None)
        self._context.jobs.start(job, instead_of="table values")
