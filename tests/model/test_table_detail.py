"""Prepared geometry of a table follows its edits: what is found is what a search of all finds."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.detail import BLOCK, Detail
from gisapp.model.features import FeatureId, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Extent
from gisapp.model.table import GEOMETRY, FeatureTable

CRS = "EPSG:4547"


def detail_of(shapes: Shapes, crs: str = CRS) -> Detail:
    """In the order of x: any curve will do here."""
    order = np.argsort(shapes.coords[:, 0], kind="stable").astype(np.int32)
    boxes = shapes.boxes[order]
    blocks = [
        np.concatenate([np.nanmin(some[:, :2], axis=0), np.nanmax(some[:, 2:], axis=0)])
        for some in (boxes[at : at + BLOCK] for at in range(0, len(boxes), BLOCK))
    ]
    arrays = {"order": order, "boxes": boxes, "blocks": np.array(blocks).reshape(-1, 4)}
    return Detail("point", crs, arrays, {})


def table_of(places: list[tuple[float, float]]) -> FeatureTable:
    rows = {
        FeatureId(f"A{n}"): {"name": "x", GEOMETRY: shapely.Point(p)} for n, p in enumerate(places)
    }
    return FeatureTable.from_rows("outfalls", CRS, (Field("name"),), rows)


def found_by_search(table: FeatureTable, extent: Extent) -> list[int]:
    return [int(n) for n in table.shapes_in(CRS).parts_in(extent)]


near = st.tuples(st.floats(0, 10), st.floats(0, 10))
edits = st.lists(
    st.tuples(
        st.integers(0, 260), st.one_of(st.none(), near, st.just("renamed"), st.just("nowhere"))
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(st.lists(near, min_size=1, max_size=250), edits, near, near)
def test_after_any_edits_the_features_in_an_extent_are_those_a_search_finds(
    places, edits, one, other
):
    table = table_of(places)
    table.keep_detail(detail_of(table.shared_shapes(CRS)))
    extent = Extent(min(one[0], other[0]), min(one[1], other[1]),
                    max(one[0], other[0]), max(one[1], other[1]))  # fmt: skip
    for number, what in edits:
        if what == "renamed":
            row = {"name": "other"}
        elif what == "nowhere":
            row = {GEOMETRY: None}
        else:
            row = None if what is None else {GEOMETRY: shapely.Point(what)}
        older = table
        before = found_by_search(older, extent)
        table = table.with_rows({FeatureId(f"A{number}"): row})
        assert list(table.detail_in(CRS).features_in(extent)) == found_by_search(table, extent)
        assert list(older.detail_in(CRS).features_in(extent)) == before


def test_a_row_whose_fields_alone_changed_stays_on_the_curve():
    table = table_of([(1, 1), (2, 2)])
    table.keep_detail(detail_of(table.shared_shapes(CRS)))
    renamed = table.with_rows({FeatureId("A1"): {"name": "other"}})
    detail = renamed.detail_in(CRS)
    assert sorted(detail.arrays["order"].tolist()) == [0, 1]
    assert len(detail.arrays["beside"]) == 0


def test_without_a_prepared_geometry_there_is_none_and_the_arrays_share_the_one_that_is_made():
    table = table_of([(1, 1), (2, 2)])
    later = table.with_rows({FeatureId("B"): {GEOMETRY: shapely.Point(3, 3)}})
    assert later.detail_in(CRS) is None
    table.keep_detail(detail_of(table.shared_shapes(CRS)))
    detail = later.detail_in(CRS)
    assert detail.beside_in(Extent(0, 0, 10, 10)).tolist() == [2]
    assert later.detail_in(CRS) is detail
