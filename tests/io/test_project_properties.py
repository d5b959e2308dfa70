"""Laws that hold for every sequence of edits, tried with made-up ones."""

from __future__ import annotations

import string
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from gisapp.app.store import Step, Store
from gisapp.io.project_check import check
from gisapp.io.project_database import reading
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_log import replayed
from gisapp.model.edit import Edit, FeatureEdit, LayersEdit, PagesEdit, ProjectEdit, Steps
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.page import Page, PageId
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, PointStyle
from gisapp.model.table import GEOMETRY
from tests.projects import CONTENT, CRS, content, full_row

TABLE = "outfalls"
IDS = [f"F{n}" for n in range(6)]
texts = st.none() | st.text(max_size=8, alphabet=st.characters(exclude_categories=["Cs"]))
floats = st.none() | st.floats(allow_nan=False, allow_infinity=True)
places = st.none() | st.builds(
    Point, st.floats(-1e7, 1e7, allow_nan=False), st.floats(-1e7, 1e7, allow_nan=False)
)
values = st.fixed_dictionaries(
    {},
    optional={
        "name": texts,
        "flow": floats,
        "reach": st.none() | st.integers(-(2**63), 2**63 - 1),
        "discharging": st.none() | st.booleans(),
        "monitored_at": st.none() | st.dates().map(str),
        "state": texts,
        "photos": st.none() | st.lists(st.text(string.hexdigits, max_size=3)).map(str),
        GEOMETRY: places,
    },
)
styles = st.one_of(
    st.builds(PointStyle, label=st.text(max_size=3), size=st.floats(2, 50)),
    st.builds(LineStyle, width_by=st.text(max_size=3)),
    st.just(AreaStyle()),
)
layers = st.lists(
    st.builds(
        Layer,
        st.text(max_size=4),
        st.builds(Source, st.just("geopackage"), st.text(max_size=4)),
        styles,
        visible=st.booleans(),
        opacity=st.floats(0, 1),
        id=st.sampled_from("abcdef").map(LayerId),
    ),
    max_size=3,
    unique_by=lambda layer: layer.id,
).map(tuple)
wishes = st.lists(
    st.one_of(
        st.tuples(st.just("feature"), st.sampled_from(IDS), values),
        st.tuples(st.just("delete"), st.sampled_from(IDS)),
        st.tuples(st.just("many"), st.lists(st.sampled_from(IDS), unique=True), values),
        st.tuples(st.just("layers"), layers),
        st.tuples(st.just("title"), st.text(max_size=5)),
        st.tuples(st.just("page"), st.booleans()),
        st.tuples(st.just("undo")),
        st.tuples(st.just("redo")),
        st.tuples(st.just("reopen")),
    ),
    max_size=25,
)


def made(project: Project, wish: tuple[Any, ...]) -> Edit | None:
    """The edit a wish comes to in this project, as the window would make it."""
    table = project.tables[TABLE]

    def feature(fid: str, new: dict[str, Any]) -> FeatureEdit:
        row = table.row(fid)
        if row is None:
            return FeatureEdit("Add", TABLE, {fid: None}, {fid: new})
        return FeatureEdit("Change", TABLE, {fid: {k: row[k] for k in new}}, {fid: new})

    match wish:
        case ("feature", fid, new):
            return feature(fid, new)
        case ("delete", fid):
            row = table.row(fid)
            return None if row is None else FeatureEdit("Delete", TABLE, {fid: row}, {fid: None})
        case ("many", fids, new):
            return Steps("Many", tuple(feature(fid, new) for fid in fids))
        case ("layers", wanted):
            return LayersEdit("Layers", project.layers, wanted)
        case ("title", title):
            return ProjectEdit("Title", (project.title, project.crs), (title, CRS))
        case ("page", landscape):
            return PagesEdit("Page", project.pages, (Page(landscape=landscape, id=PageId("p")),))
    return None


def opened(folder: Path) -> tuple[ProjectFile, Store]:
    file = ProjectFile.open(folder)
    done, undone = file.undo_list()
    store = Store(
        file.load(),
        file,
        done=[Step(label, number) for number, label in done],
        undone=[Step(label, number) for number, label in undone],
    )
    store.refused.subscribe(refuse)
    return file, store


def refuse(error: Exception) -> None:
    raise AssertionError(f"refused: {error!r}")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(wishes)
def test_the_file_is_the_log_is_the_screen(asked: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "survey"
        rows = {"F0": full_row(0)}
        start = FeatureEdit("", TABLE, {"F0": None}, rows)
        ProjectFile.create(folder, "Survey", CRS, (*CONTENT, start)).close()
        file, store = opened(folder)
        first = content(store.project)
        for wish in asked:
            if wish == ("undo",):
                store.undo()
            elif wish == ("redo",):
                store.redo()
            elif wish == ("reopen",):
                before, lists = content(store.project), labels(store)
                file.close()
                file, store = opened(folder)
                assert (content(store.project), labels(store)) == (before, lists)
            elif edit := made(store.project, wish):
                back = edit.reversed().apply(edit.apply(store.project))
                assert content(back) == content(store.project)
                assert edit.reversed().reversed() == edit
                store.apply(edit)
        last = content(store.project)
        assert content(file.load()) == last
        with reading(file.path) as db:
            assert content(replayed(db)) == last
        steps = len(store.history[0])
        for _ in range(steps):
            store.undo()
        assert content(store.project) == first
        file.close()
        file, store = opened(folder)
        assert content(store.project) == first
        for _ in range(steps):
            store.redo()
        assert content(store.project) == last
        file.close()
        assert [r for r in check(folder) if not r.ok] == []


def labels(store: Store) -> tuple[list[str], list[str]]:
    done, undone = store.history
    return [step.label for step in done], [step.label for step in undone]
