"""Edits are facts: what it was, what it is. Undo is the same fact read backwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from gisapp.model.bookmark import Bookmark
from gisapp.model.column_rows import ColumnRows, as_columns
from gisapp.model.features import FeatureId, Row, Rows
from gisapp.model.layer import Layer
from gisapp.model.page import Page
from gisapp.model.project import Project
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.table import FeatureTable
from gisapp.model.table_schema import TableSchema as TableSchema

LARGE = 1000  # features
ChangeKind = Literal["edit", "undo", "redo"]


class Committed(NamedTuple):
    """What the journal says of a change that is safe on the disk."""

    number: int  # of its row in the change log
    at: str  # ISO 8601 with offset


class Edit(Protocol):
    @property
    def label(self) -> str:
        """For the Undo menu, in the user's language when it was made."""

    def apply(self, project: Project) -> Project: ...

    def reversed(self) -> Edit: ...


@dataclass(frozen=True, slots=True)
class FeatureEdit:
    """Rows of one table before and after. Adding has no before; deleting has no after.

    Rows may be partial (only the changed fields) when the feature is there before and after.
    """

    label: str
    table: str
    before: Rows
    after: Rows

    def apply(self, project: Project) -> Project:
        return project.with_table(project.tables[self.table].with_rows(self.after))

    def reversed(self) -> FeatureEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class LayersEdit:
    """The layer list before and after: add, remove, reorder, restyle, hide."""

    label: str
    before: tuple[Layer, ...]
    after: tuple[Layer, ...]

    def apply(self, project: Project) -> Project:
        return replace(project, layers=self.after)

    def reversed(self) -> LayersEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class PagesEdit:
    """The map sheets before and after."""

    label: str
    before: tuple[Page, ...]
    after: tuple[Page, ...]

    def apply(self, project: Project) -> Project:
        return replace(project, pages=self.after)

    def reversed(self) -> PagesEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class BookmarksEdit:
    """The views by name before and after."""

    label: str
    before: tuple[Bookmark, ...]
    after: tuple[Bookmark, ...]

    def apply(self, project: Project) -> Project:
        return replace(project, bookmarks=self.after)

    def reversed(self) -> BookmarksEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class ProjectEdit:
    """Title and map system before and after."""

    label: str
    before: tuple[str, str]  # title, crs
    after: tuple[str, str]

    def apply(self, project: Project) -> Project:
        title, crs = self.after
        return replace(project, title=title, crs=crs)

    def reversed(self) -> ProjectEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class SchemeEdit:
    """How the survey works before and after; None: as the program's own scheme."""

    label: str
    before: SurveyScheme | None
    after: SurveyScheme | None

    def apply(self, project: Project) -> Project:
        return replace(project, scheme=self.after)

    def reversed(self) -> SchemeEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class TableEdit:
    """A table appears (no before), disappears (no after) or changes its columns.

    A table that disappears is empty first: its rows go in a FeatureEdit of the same step.
    """

    label: str
    before: TableSchema | None
    after: TableSchema | None

    def apply(self, project: Project) -> Project:
        if self.after is None:
            assert self.before is not None
            return project.without_table(self.before.name)
        after = self.after
        if self.before is None:
            return project.with_table(
                FeatureTable.from_rows(after.name, after.crs, after.fields, {})
            )
        return project.with_table(project.tables[after.name].with_fields(after.fields))

    def reversed(self) -> TableEdit:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Steps:
    """Several edits that are one for the user: done, undone and written together."""

    label: str
    parts: tuple[Edit, ...]

    def apply(self, project: Project) -> Project:
        for part in self.parts:
            project = part.apply(project)
        return project

    def reversed(self) -> Steps:
        return replace(self, parts=tuple(part.reversed() for part in self.parts[::-1]))


def rebased(edit: Edit, made_on: Project, project: Project) -> Edit:
    """The edit as it would have been made on a newer project: what it says was before is so.

    Somebody who changes a cell twice in quick succession looks at a project without the first
    change. The same object when nothing it names was changed meanwhile; rows that came or went
    are left for the writing to refuse.
    """
    match edit:
        case FeatureEdit(_, name, before):
            now = project.tables.get(name)
            if now is None or made_on.tables.get(name) is now:
                return edit
            found = _found_now(before, now)
            return replace(edit, before=found) if found != before else edit
        case Steps(_, parts):
            made = []
            for part in parts:
                made.append(rebased(part, made_on, project))
                if _names_again(part, parts):
                    made_on, project = part.apply(made_on), part.apply(project)
            same = all(a is b for a, b in zip(made, parts, strict=True))
            return edit if same else replace(edit, parts=tuple(made))
        case LayersEdit() if project.layers is not made_on.layers:
            return replace(edit, before=project.layers)
        case PagesEdit() if project.pages is not made_on.pages:
            return replace(edit, before=project.pages)
        case BookmarksEdit() if project.bookmarks is not made_on.bookmarks:
            return replace(edit, before=project.bookmarks)
        case SchemeEdit() if project.scheme is not made_on.scheme:
            return replace(edit, before=project.scheme)
    return edit


def _found_now(before: Rows, now: FeatureTable) -> Rows:
    if isinstance(before, ColumnRows):
        rows = now.rows(before.ids)
        if isinstance(rows, ColumnRows):
            columns = {name: rows.columns[name] for name in before.columns if name in rows.columns}
            if len(columns) == len(before.columns):
                return ColumnRows(before.ids, columns, None if before.xy is None else rows.xy)
    return {fid: _as_now(row, now.row(fid)) for fid, row in before.items()}


def in_columns(edit: Edit) -> Edit:
    """The same edit with very many rows kept column by column; the same object when it is so."""
    match edit:
        case FeatureEdit(_, _, before, after):
            then, now = as_columns(before), as_columns(after)
            same = then is before and now is after
            return edit if same else replace(edit, before=then, after=now)
        case Steps(_, parts):
            made = tuple(map(in_columns, parts))
            same = all(a is b for a, b in zip(made, parts, strict=True))
            return edit if same else replace(edit, parts=made)
    return edit


def _as_now(before: Row | None, now: Row | None) -> Row | None:
    """The same fields as they are now, where the row is there in both."""
    if before is None or now is None:
        return before
    return {name: now.get(name) for name in before}


def _names_again(part: Edit, parts: tuple[Edit, ...]) -> bool:
    """Whether a later part looks at what this one leaves."""
    if isinstance(part, FeatureEdit):
        return sum(isinstance(p, FeatureEdit) and p.table == part.table for p in parts) > 1
    return isinstance(part, TableEdit | Steps)


def is_large(edit: Edit, project: Project) -> bool:
    """Whether working it out takes so long that a person would feel it."""
    match edit:
        case Steps():
            return any(is_large(part, project) for part in edit.parts)
        case FeatureEdit():
            table = project.tables.get(edit.table)
            return len(edit.after) > LARGE or (table is not None and table.is_full(len(edit.after)))
        case TableEdit(_, before, after):
            table = project.tables.get(before.name) if before and after else None
            return table is not None and len(table) > LARGE
    return False


def change_feature(label: str, table: FeatureTable, fid: FeatureId, changes: Row) -> FeatureEdit:
    """The usual edit: some fields of one feature."""
    old: Row = table.row(fid) or {}
    return FeatureEdit(label, table.name, {fid: {k: old.get(k) for k in changes}}, {fid: changes})


def add_features(label: str, table: FeatureTable, rows: Mapping[FeatureId, Row]) -> FeatureEdit:
    return FeatureEdit(label, table.name, dict.fromkeys(rows), rows)


def delete_features(label: str, table: FeatureTable, fids: tuple[FeatureId, ...]) -> FeatureEdit:
    return FeatureEdit(label, table.name, table.rows(fids), dict.fromkeys(fids))
