"""Views by name: in the project file, in its log, and back on the map."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.bookmarks import (
    bookmark_named,
    bookmark_of,
    camera_at,
    camera_of_numbers,
    free_name,
    keep_view,
    removed,
    renamed,
)
from gisapp.app.project_session import create_project, open_project
from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_repair import repair
from gisapp.model.bookmark import Bookmark
from gisapp.model.crs import transform_point
from gisapp.model.geometry import Point, Size
from gisapp.model.project import Project
from gisapp.render.camera import Camera

CAMERA = Camera(Point(500_000, 2_560_000), 2.0, Size(800, 600), "EPSG:4547", rotation=30.0)


def test_names_belong_to_one_view():
    project = Project()
    for name in ("Bridge", "Bridge", "", "  ", "Bridge"):
        project = keep_view(project, CAMERA, name).apply(project)
    assert [one.name for one in project.bookmarks] == [
        "Bridge", "Bridge 2", "View 1", "View 2", "Bridge 3",
    ]  # fmt: skip
    edit = renamed(project, "View 1", "Bridge")
    assert edit is not None
    assert bookmark_named(edit.apply(project), "Bridge 4") is not None
    assert edit.reversed().apply(edit.apply(project)).bookmarks == project.bookmarks
    assert renamed(project, "View 1", " ") is None
    assert renamed(project, "gone", "x") is None
    assert removed(project, "gone") is None
    gone = removed(project, "Bridge")
    assert gone is not None
    assert bookmark_named(gone.apply(project), "Bridge") is None
    assert free_name(gone.apply(project), "Bridge") == "Bridge"


@settings(deadline=None)
@given(st.floats(113.2, 114.8), st.floats(22, 30), st.floats(0, 359), st.floats(500, 5e6))
def test_a_view_is_the_same_on_another_screen(longitude, latitude, rotation, scale):
    place = transform_point(Point(longitude, latitude), "EPSG:4490", "EPSG:4547")
    camera = Camera(place, 1.0, Size(800, 600), "EPSG:4547", rotation=rotation).at_scale(scale)
    kept = bookmark_of("x", camera)
    sharp = Camera(Point(0, 0), 1.0, Size(1600, 1200), "EPSG:4547", 2.0)
    back = camera_at(kept, sharp)
    assert back is not None
    assert back.center == pytest.approx(place)
    assert back.scale == pytest.approx(scale)
    assert back.rotation == pytest.approx(rotation)
    assert back.size == sharp.size


def test_a_view_is_found_in_another_system_or_said_to_be_nowhere():
    kept = bookmark_of("x", CAMERA)
    web = camera_at(kept, Camera(Point(0, 0), 1.0, Size(800, 600), "EPSG:3857"))
    assert web is not None
    assert transform_point(web.center, "EPSG:3857", "EPSG:4547") == pytest.approx(
        CAMERA.center, abs=1.0
    )
    assert web.scale == pytest.approx(CAMERA.scale, rel=1e-6)
    away = Bookmark("x", Point(-70.0, -30.0), 5000.0, 0.0, "EPSG:4490")
    assert camera_at(away, CAMERA) is None


def test_views_are_written_checked_and_undone(tmp_path: Path):
    with create_project(tmp_path / "survey") as session:
        for name in ("North", "South"):
            session.store.apply(keep_view(session.store.project, CAMERA, name))
        session.store.undo()
        kept = session.store.project.bookmarks
    with open_project(tmp_path / "survey") as session:
        assert session.store.project.bookmarks == kept
        assert [one.name for one in kept] == ["North"]
        session.store.redo()
        assert [one.name for one in session.store.project.bookmarks] == ["North", "South"]
    assert all(result.ok for result in check(tmp_path / "survey"))


@pytest.mark.parametrize("text", ["[]", "no json", '[{"name": 3}]'])
def test_spoilt_views_are_mended_from_the_log(tmp_path: Path, text: str):
    folder = tmp_path / "survey"
    with create_project(folder) as session:
        session.store.apply(keep_view(session.store.project, CAMERA, "North"))
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        db.execute("UPDATE gisapp_project SET value = ? WHERE key = 'bookmarks'", (text,))
        db.commit()
    assert not all(result.ok for result in check(folder))
    assert all(result.ok for result in repair(folder).results)
    with open_project(folder) as session:
        assert [one.name for one in session.store.project.bookmarks] == ["North"]


NOWHERE = [
    {"center": Point(float("nan"), 0)}, {"center": Point(1e300, 0)}, {"scale": float("nan")},
    {"scale": 0.0}, {"scale": -5.0}, {"scale": 1e300}, {"scale": 1e-300}, {"scale": float("inf")},
    {"rotation": float("nan")}, {"rotation": float("inf")},
]  # fmt: skip


@pytest.mark.parametrize("wrong", NOWHERE)
def test_a_view_of_nowhere_is_not_gone_to(wrong: dict[str, Any]):
    good = bookmark_of("a", CAMERA)
    assert camera_at(good, CAMERA) is not None
    assert camera_at(replace(good, **wrong), CAMERA) is None


def test_where_the_map_was_is_read_as_it_was_kept():
    assert camera_of_numbers(["1", "2", "3", "4"], Size(9, 9), "EPSG:4547").rotation == 4
    assert camera_of_numbers(["1", "2", "3"], Size(9, 9), "EPSG:4547").resolution == 3
    for junk in (["nan", "2", "3"], ["1", "x", "3"], ["1", "2", "0"], ["1"], [None, None, None]):
        assert camera_of_numbers(junk, Size(9, 9), "EPSG:4547") is None
