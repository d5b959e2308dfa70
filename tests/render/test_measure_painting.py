"""Kept measures on the map: shapes where they were drawn, names beside them."""

from __future__ import annotations

import numpy as np

from gisapp.app.thermal_measures import keep_edit, table_of
from gisapp.model.geometry import Point, Size
from gisapp.model.progress import Silent
from gisapp.model.style import MeasureStyle
from gisapp.model.thermal_measure import CRS, ROLE, Measure, Values
from gisapp.render.camera import Camera
from gisapp.render.labels import place_labels
from gisapp.render.measure_painting import paint_measures
from gisapp.render.request import RenderRequest
from tests.app.thermal_scene import NIGHT, degrees, two_nights
from tests.render.recording import Recording

VALUES = Values(1.0, 1.0, 1.0, 0.0, 1)
PLACES = {
    "spot": ((20.0, 20.0),),
    "line": ((30.0, 30.0), (60.0, 40.0), (90.0, 30.0)),
    "box": ((100.0, 20.0), (120.0, 20.0), (120.0, 40.0), (100.0, 40.0)),
}


def made():
    project = two_nights()
    for kind, at in PLACES.items():
        project = keep_edit(project, Measure(kind, degrees(*at), NIGHT, VALUES))[0].apply(project)
    table = table_of(project)
    assert table is not None
    middle = degrees((80.0, 60.0))[0]
    camera = Camera(Point(*middle), 2.5e-6, Size(400, 300), CRS)
    return project.layer_of_role(ROLE), table, camera


def test_each_shape_is_drawn_where_it_was_measured() -> None:
    layer, table, camera = made()
    canvas = Recording()
    paint_measures(layer, table, camera, canvas, Silent())
    (dark, light) = canvas.all("lines")
    assert (dark[2], light[2]) == (MeasureStyle().edge, MeasureStyle().color)
    assert dark[3] > light[3], "the dark edge shows on both sides"
    line, box, *arms = light[1]
    meant = camera.to_pixels(np.array(degrees(*PLACES["line"])))
    np.testing.assert_allclose(line, meant, atol=1e-3)
    np.testing.assert_allclose(box[0], box[-1])
    assert len(box) == 5
    assert len(arms) == 4
    spot = camera.to_pixels(np.array(degrees(*PLACES["spot"])))
    np.testing.assert_allclose(canvas.all("rings")[0][1], spot, atol=1e-3)
    np.testing.assert_allclose(np.mean(arms, axis=(0, 1)), spot[0], atol=1e-3)


def test_what_is_far_away_is_not_drawn() -> None:
    layer, table, camera = made()
    canvas = Recording()
    away = Camera(Point(100.0, 30.0), camera.resolution, camera.size, CRS)
    paint_measures(layer, table, away, canvas, Silent())
    assert all(not told[1] for told in canvas.all("lines"))
    assert canvas.all("rings") == []


def test_their_names_are_written() -> None:
    layer, table, camera = made()
    request = RenderRequest(camera, (layer,), {layer.id: table}, {})

    def size(text: str, height: float, bold: bool) -> tuple[float, float]:
        return 0.6 * height * len(text), height

    labels = place_labels(request, size, (), Silent())
    assert sorted(label.text for label in labels) == ["B1", "L1", "S1"]
