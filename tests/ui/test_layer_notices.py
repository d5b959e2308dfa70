"""What is wrong with the places of a file is said in the window, and one click mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from gisapp.app.layer_data import LayerData
from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.style import PointStyle, ThermalStyle
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_notices import LayerNotices
from tests.own import OWN
from tests.ui.window_setting import window_context

ADDED = LayerId("added")


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        assert made.layer_data is not None
        made.layer_data = LayerData(
            made.jobs, None, OWN.readers(), made.workspace.store.project.crs
        )
        yield made


def add(context: WindowContext, path: Path, chosen: list[LayerId], crs: str = "") -> list[Message]:
    """The file as a new layer; what is said of it, when it is read."""
    said: list[Message] = []
    context.say.subscribe(said.append)
    data, store = context.layer_data, context.workspace.store
    assert data is not None
    LayerNotices(context, data, lambda layer: None, chosen.append)
    options = (("crs", crs),) if crs else ()
    layer = Layer(path.stem, Source("csv", str(path), options), PointStyle(), id=ADDED)
    before = store.project.layers
    store.apply(LayersEdit("Add", before, (*before, layer)))
    data.get(layer)
    return said


def options_of(context: WindowContext) -> dict[str, str]:
    return dict(context.workspace.store.project.layer(ADDED).source.options)


def test_swapped_axes_are_said_and_swapped_back(qtbot, tmp_path, context):
    file = tmp_path / "swapped.csv"
    file.write_text("lon,lat\n23.2,114.1\n23.3,114.2\n", encoding="utf-8")
    said = add(context, file, [])
    qtbot.waitUntil(lambda: any(one.action == "Swap the axes" for one in said))
    message = next(one for one in said if one.action == "Swap the axes")
    assert "swapped" in message.text
    message.run()
    assert options_of(context)["swap_axes"] == "yes"


def test_a_zone_number_in_a_file_without_system_names_the_zone(qtbot, tmp_path, context):
    file = tmp_path / "prefix.csv"
    file.write_text("x,y\n38500100,2560000\n38500200,2560100\n", encoding="utf-8")
    chosen: list[LayerId] = []
    said = add(context, file, chosen)
    qtbot.waitUntil(lambda: any("38" in one.action for one in said))
    message = said[-1]
    assert message.action == "Use CGCS2000 3°, 114°E, with zone number 38"
    message.run_other()
    assert chosen == [ADDED]
    message.run()
    assert options_of(context)["crs"] == "EPSG:4526"


def test_a_zone_number_in_the_wrong_system_is_said(qtbot, tmp_path, context):
    file = tmp_path / "prefix.csv"
    file.write_text("x,y\n38500100,2560000\n38500200,2560100\n", encoding="utf-8")
    said = add(context, file, [], crs="EPSG:4547")
    qtbot.waitUntil(lambda: any("zone number 38" in one.text for one in said))


def test_a_good_file_is_not_spoken_of(qtbot, tmp_path, context):
    file = tmp_path / "good.csv"
    file.write_text("x,y\n500100,2560000\n500200,2560100\n", encoding="utf-8")
    said = add(context, file, [], crs="EPSG:4547")
    layer = context.workspace.store.project.layer(ADDED)
    data = context.layer_data
    qtbot.waitUntil(lambda: data.get(layer) is not None)
    assert said == []


def test_a_broken_file_is_read_again_not_given_a_system(qtbot, tmp_path, context):
    file = tmp_path / "broken.geojson"
    file.write_text('{"type": "FeatureColl', encoding="utf-8")
    said: list[Message] = []
    context.say.subscribe(said.append)
    data, store = context.layer_data, context.workspace.store
    LayerNotices(context, data, lambda layer: None, lambda layer: None)
    layer = Layer("broken", Source("geojson", str(file)), PointStyle(), id=ADDED)
    before = store.project.layers
    store.apply(LayersEdit("Add", before, (*before, layer)))
    data.get(layer)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].action == "Read it again"
    good = replace(said[0])
    file.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},'
        ' "geometry": {"type": "Point", "coordinates": [114.1, 23.2]}}]}',
        encoding="utf-8",
    )
    good.run()
    qtbot.waitUntil(lambda: data.get(layer) is not None)


def test_numbers_that_look_like_temperatures_are_asked_about(qtbot, tmp_path, context):
    """Kelvin in hundredths: one click shows them as °C, one step back shows the numbers."""
    file = tmp_path / "night.tif"
    counts = np.linspace(28_700, 29_500, 1600).reshape(40, 40).astype(np.uint16)
    place = from_origin(500_000, 2_500_000, 0.5, 0.5)
    profile = {"count": 1, "height": 40, "width": 40, "dtype": "uint16", "crs": "EPSG:32649"}
    with rasterio.open(file, "w", "GTiff", transform=place, **profile) as target:
        target.write(counts, 1)
    said = []
    context.say.subscribe(said.append)
    data, store = context.layer_data, context.workspace.store
    LayerNotices(context, data, lambda layer: None, lambda layer: None)
    layer = Layer("night", Source("geotiff", str(file)), ThermalStyle(), id=ADDED)
    before = store.project.layers
    store.apply(LayersEdit("Add", before, (*before, layer)))
    data.get(layer)
    qtbot.waitUntil(lambda: any(one.action == "Show as °C" for one in said))
    message = next(one for one in said if one.action == "Show as °C")
    assert "0.01 K" in message.text
    message.run()
    assert options_of(context) == {"thermal_unit": "cK"}
    changed = store.project.layer(ADDED)
    assert changed.role == "thermal"
    assert 13 < changed.style.low < changed.style.high < 23
