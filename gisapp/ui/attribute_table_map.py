"""Rows of an attribute table on the map, and what is selected on the map among the rows."""

from __future__ import annotations

import numpy as np

from gisapp.app.table_view import Numbers
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent
from gisapp.model.layer import LayerId
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE
from gisapp.ui.attribute_table_view import AttributeView
from gisapp.ui.context import WindowContext

MOST = 5000  # features whose extent or related rows are looked for
AROUND = 120.0  # metres shown around a single place


class TableOnMap:
    """Of the table that is open; rows of a related table stand for their outfalls."""

    def __init__(self, context: WindowContext, view: AttributeView) -> None:
        self._context, self._view, self._model = context, view, view.table()
        self.layer: LayerId | None = None
        self.related = ""

    def features_of(self, numbers: Numbers) -> frozenset[FeatureId]:
        """Features of the layer that rows stand for."""
        data = self._model.data_shown
        if data is None:
            return frozenset()
        if self.related:
            owners = data.values_at(OUTFALL_ID, numbers).tolist()
            return frozenset(FeatureId(str(one)) for one in owners if one)
        return frozenset(data.ids_at(numbers).tolist())

    def selected(self) -> frozenset[FeatureId]:
        """Features of the layer that are selected."""
        chosen: Selection = self._context.workspace.selection
        return chosen.features if chosen.layer == self.layer else frozenset()

    def mark(self) -> None:
        """Show which rows are selected."""
        features = self.selected()
        if self.related:
            table = self._context.workspace.store.project.tables.get(self.related)
            some = sorted(features)[:MOST]
            rows = (table.matching(OUTFALL_ID, one) for one in some) if table is not None else ()
            features = frozenset(fid for found in rows for fid in found)
        self._model.choose(features)

    def step(self, by: int) -> None:
        """To the next or previous row, on the map as well."""
        rows = len(self._model.numbers)
        if not rows:
            return
        current = self._view.currentIndex()
        row = current.row() if current.isValid() else self._model.first_chosen()
        row = (row + by) % rows if row >= 0 else 0
        self._view.go_to_row(row)
        extent = self.extent_of(self._model.numbers[row : row + 1])
        if extent is not None:
            self._context.bring_into_view(extent.center)

    def zoom(self) -> None:
        """To the rows with selected cells, else to what is selected."""
        rows = self._view.rows_selected()
        numbers = self._model.numbers[rows] if len(rows) else self._model.chosen_numbers
        extent = self.extent_of(numbers[:MOST])
        if extent is not None:
            self._context.look_at(extent)

    def extent_of(self, numbers: Numbers) -> Extent | None:
        """Where rows are, in the map's system, with some room; None: nowhere."""
        data = self._model.data_shown
        project = self._context.workspace.store.project
        if self.related and data is not None:
            data = project.tables[OUTFALL_TABLE]
            numbers = data.numbers_of(self.features_of(numbers))
            numbers = np.unique(numbers[numbers >= 0])
        if data is None or not data.crs or not len(numbers):
            return None
        shapes = data.shapes_in(project.crs)
        boxes = shapes.boxes[shapes.parts_of(np.sort(numbers))]
        boxes = boxes[~np.isnan(boxes).any(axis=1)]
        if not len(boxes):
            return None
        left, bottom = boxes[:, :2].min(axis=0).tolist()
        right, top = boxes[:, 2:].max(axis=0).tolist()
        extent = Extent(left, bottom, right, top)
        if extent.width == 0 == extent.height:
            degrees = abs(left) <= 360 and abs(bottom) <= 90
            return extent.grown(AROUND / 111_000 if degrees else AROUND)
        return extent.grown(0.1 * max(extent.width, extent.height))
