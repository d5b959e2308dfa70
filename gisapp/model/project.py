"""The whole document as one value. A new project is made for every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gisapp.model.bookmark import Bookmark
from gisapp.model.crs import CGCS2000
from gisapp.model.layer import TABLE, Layer, LayerId
from gisapp.model.page import Page
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.table import FeatureTable


@dataclass(frozen=True, eq=False)
class Project:
    """`tables` holds the features of editable layers by the table's name in the project file."""

    title: str = ""
    crs: str = CGCS2000  # of the map; each table and file keeps its own
    layers: tuple[Layer, ...] = ()  # drawn from first to last; the panel shows the last on top
    tables: Mapping[str, FeatureTable] = field(default_factory=lambda: MappingProxyType({}))
    pages: tuple[Page, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()  # views by name, in the order they were made
    scheme: SurveyScheme | None = None  # how its survey works; None: as the program's own

    def layer(self, layer_id: LayerId) -> Layer:
        return next(layer for layer in self.layers if layer.id == layer_id)

    def layer_of_role(self, role: str) -> Layer | None:
        """The topmost layer that is, say, the outfalls."""
        return next((layer for layer in reversed(self.layers) if layer.role == role), None)

    def table_of(self, layer: Layer) -> FeatureTable | None:
        """The features of an editable layer; None for a read-only one."""
        return self.tables.get(layer.source.path) if layer.source.format == TABLE else None

    def with_table(self, table: FeatureTable) -> Project:
        return replace(self, tables=MappingProxyType({**self.tables, table.name: table}))

    def without_table(self, name: str) -> Project:
        left = {key: table for key, table in self.tables.items() if key != name}
        return replace(self, tables=MappingProxyType(left))
