"""Drawings of a project: copied into it, known when it is opened, said when they are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from gisapp.app.project_markers import add_marker, bring_markers
from gisapp.model.errors import ReadError
from gisapp.model.layer import Layer, Source
from gisapp.model.style import LineStyle, PointStyle
from gisapp.render import markers
from gisapp.render.markers import drawing

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="{}"/></svg>'


def layer(marker: str) -> Layer:
    return Layer("Gauges", Source("geopackage", "gauges.gpkg"), PointStyle(marker=marker))


@pytest.fixture(autouse=True)
def nothing_brought(monkeypatch) -> None:
    monkeypatch.setattr(markers, "_brought", {})


def test_a_drawing_comes_with_its_project(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "gauge.svg").write_text(SVG.format(3))
    project = tmp_path / "survey"
    project.mkdir()
    name = add_marker(tmp_path / "gauge.svg", project)
    assert (project / name).is_file()
    text = drawing(name, "#000000")
    assert text is not None
    (tmp_path / "gauge.svg").unlink()
    monkeypatch.setattr(markers, "_brought", {})
    assert drawing(name, "#000000") is None
    lines = Layer("Rivers", Source("geopackage", "r.gpkg"), LineStyle())
    assert bring_markers(project, [layer(name), layer("camera"), layer(""), lines]) == []
    assert drawing(name, "#000000") == text


def test_a_lost_drawing_is_said_and_no_error(tmp_path: Path) -> None:
    (notice,) = bring_markers(tmp_path, [layer("markers/lost.svg"), layer("markers/lost.svg")])
    assert "lost.svg" in notice


def test_what_is_no_drawing_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "photo.svg").write_text("no drawing")
    with pytest.raises(ReadError):
        add_marker(tmp_path / "photo.svg", tmp_path)
    assert not (tmp_path / "markers").exists()
