"""A catchment asked for on the map becomes a layer: from a raster and from unit catchments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from gisapp.app.plugins import find_plugins
from gisapp.app.tools import StartTrace
from gisapp.app.workspace import Selection
from gisapp.io.raster import open_raster
from gisapp.io.vector import read_features
from gisapp.model.features import FeatureId, Features, Shapes
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle
from gisapp.model.table import Field
from gisapp.ui import catchment_here
from gisapp.ui.main_window import MainWindow
from tests.plugins.test_catchment import FORK, VALLEY, fork_lines, written
from tests.plugins.test_unit_catchments import squares
from tests.ui.window_setting import fresh_state, said, window_context

CRS = "EPSG:4547"


def west():
    ring = np.array([[499_000, 2_559_000], [500_060, 2_559_000], [500_060, 2_561_000],
                     [499_000, 2_561_000], [499_000, 2_559_000]], float)  # fmt: skip
    shapes = Shapes("area", ring, np.array([0, 5]), np.array([0]))
    values = {"name": np.array(["West"], object)}
    return Features(CRS, (Field("name"),), np.array(["1"], object), values, shapes)


@pytest.fixture
def asked(qtbot, tmp_path, monkeypatch):
    """A window with a folder, and layers that are read already: `asked({role: data}, place)`."""
    made = []

    def ask(data, place, river="", chosen=()):
        layers = tuple(
            Layer(role, Source("geopackage", f"{role}.gpkg"), AreaStyle(), visible=False,
                  role=role, id=LayerId(role))
            for role in data
        )  # fmt: skip
        monkeypatch.setattr(catchment_here, "data_of", lambda context, layer: data.get(layer.role))
        opened = window_context(Project("Made-up", CRS, layers))
        context = opened.__enter__()
        made.append(opened)
        context.workspace.folder = tmp_path
        context.plugins = find_plugins()
        context.toolbox = context.plugins.toolbox()
        window = MainWindow(context, fresh_state(tmp_path))
        qtbot.addWidget(window)
        words = said(context)
        before = len(layers)
        if chosen:
            context.workspace.select(Selection(LayerId("rivers"), frozenset(chosen)))
        near = LayerId("rivers"), FeatureId(river)
        wanted = StartTrace(*near, at=place, purpose="catchment")
        window.commands.start_trace(wanted)
        qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=60_000)
        return context, words, context.workspace.store.project.layers[: -before or None]

    yield ask
    for opened in made:
        opened.__exit__(None, None, None)


def border(folder: Path):
    kept = read_features(folder / "catchments" / "catchment-1.gpkg")
    starts = kept.shapes.starts
    rings = [shapely.Polygon(kept.shapes.coords[a:b]) for a, b in zip(starts, starts[1:])]  # noqa: B905, RUF007
    return kept, rings


def test_a_raster_gives_a_layer_with_its_area_and_counties(asked, tmp_path):
    raster = open_raster(written(tmp_path / "d8.tif", VALLEY.astype(np.uint8)))
    data = {"terrain": raster, "counties": west()}
    context, words, added = asked(data, Point(500_075.0, 2_559_895.0))
    [message] = [m for m in words if m.key == "catchment"]
    kept, [ring] = border(tmp_path)
    assert ring.area == pytest.approx(16 * 900)
    assert float(kept.column("area_km2")[0]) == pytest.approx(16 * 900 / 1e6, rel=1e-3)
    assert "0.01 km²" in message.text
    assert "West 50 %" in message.hint
    [layer] = added
    assert layer.source.path == "catchments/catchment-1.gpkg"
    context.workspace.store.undo()
    assert layer not in context.workspace.store.project.layers
    raster.close()


def test_unit_catchments_give_a_layer_with_its_hole(asked, tmp_path):
    data = {"units": squares(), "counties": west()}
    _context, words, added = asked(data, Point(500_050.0, 2_560_050.0))
    [message] = [m for m in words if m.key == "catchment"]
    kept, rings = border(tmp_path)
    assert sorted(round(ring.area) for ring in rings) == [10_000, 90_000]  # the border and a hole
    assert kept.column("reach")[0] == "1"
    assert "0.08 km²" in message.text
    assert "West" in message.hint
    assert len(added) == 1


def test_a_place_without_land_is_said_and_nothing_is_added(asked, tmp_path):
    _context, words, added = asked({"units": squares()}, Point(0.0, 0.0))
    assert not [m for m in words if m.key == "catchment"]
    assert not (tmp_path / "catchments" / "catchment-1.gpkg").exists()
    assert not added


def test_without_terrain_it_is_said_what_to_add(asked):
    _context, words, _added = asked({}, Point(0.0, 0.0))
    assert any(m.level == "warning" and "terrain" in m.text for m in words)


@pytest.mark.parametrize(("chosen", "cells"), [(("1",), 3), (("2",), 7), ((), 7)])
def test_of_a_reach_that_is_chosen_the_lower_end_counts(asked, tmp_path, chosen, cells):
    """Clicked at the node, where both brooks meet: without a chosen reach all that comes there."""
    raster = open_raster(written(tmp_path / "d8.tif", FORK.astype(np.uint8)))
    data = {"terrain": raster, "rivers": fork_lines(), "counties": west()}
    _context, words, added = asked(data, Point(500_045.0, 2_559_925.0), "1", chosen)
    kept, _ = border(tmp_path)
    assert int(kept.column("cells")[0]) == cells
    [message] = [m for m in words if m.key == "catchment"]
    assert ("rivers say" in message.hint) == (cells == 3)
    assert ("reach" in added[0].name) == (cells == 3)
    raster.close()
