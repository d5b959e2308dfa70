"""Clicking a station or a river starts a trace from it."""

from __future__ import annotations

import pytest
from gisapp_plugins.upstream_tracing.tool import TraceUpstream

from gisapp.api import Camera, Layer, MapState, Point, Pointer, Project, Say, Size, StartTrace
from gisapp.app.sample_project import SAMPLE_CRS, sample_layers
from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def state(sample_files):
    layers = tuple(each for each in sample_layers() if each.role in ("rivers", "stations"))
    data = {each.id: read_features(sample_files / f"{each.role}.gpkg") for each in layers}
    return MapState(Project(crs=SAMPLE_CRS, layers=layers), data)


def click(state, point, resolution=10.0):
    camera = Camera(Point(*point), resolution, Size(800, 600), SAMPLE_CRS)
    tool = TraceUpstream(lambda: state)
    pointer = Pointer(camera.to_screen(Point(*point)), camera)
    assert list(tool.press(pointer)) == []
    return [e for e in tool.release(pointer) if isinstance(e, StartTrace | Say)]


def layer(state, role) -> Layer:
    return state.project.layer_of_role(role)


def test_a_station_is_taken_before_the_river_it_lies_on(state):
    stations = layer(state, "stations")
    x, y = state.data[stations.id].shapes.coords[0]
    [effect] = click(state, (x + 30, y))
    assert effect == StartTrace(stations.id, state.data[stations.id].ids[0])


def test_a_river(state):
    rivers = layer(state, "rivers")
    shapes = state.data[rivers.id].shapes
    [effect] = click(state, shapes.coords[shapes.starts[700]] + (15, 0), 5.0)
    assert effect.layer == rivers.id
    row = state.data[rivers.id].row(effect.feature)
    assert row is not None


def test_nothing_there_is_said(state):
    [effect] = click(state, (400_000.0, 2_000_000.0))
    assert isinstance(effect, Say)
    assert effect.level == "warning"
    assert effect.hint
