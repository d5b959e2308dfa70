"""What a project without places of its own shows first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pyproj import CRS

from gisapp.app.layer_data import LoadState
from gisapp.model.crs import transform_extent
from gisapp.model.geometry import Extent
from gisapp.model.project import Project
from gisapp.ui.first_views import FirstLook, first_camera
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

pytestmark = pytest.mark.usefixtures("qapp")
NO_DATA: Any = SimpleNamespace(state=lambda layer: LoadState.LOADED)


@pytest.mark.parametrize(
    ("crs", "area"),
    [
        ("EPSG:4547", Extent(112.5, 21.52, 115.5, 45.45)),  # 3 degrees around 114
        ("EPSG:4508", Extent(108.0, 18.0, 114.0, 45.11)),  # 6 degrees around 111
        ("EPSG:32649", Extent(108.0, 18.0, 114.0, 54.0)),  # UTM 49 north: what of it is in China
        ("EPSG:32631", Extent(0.0, 0.0, 6.0, 84.0)),  # a zone elsewhere: all of it
        ("EPSG:4490", Extent(73.62, 18.0, 134.77, 53.56)),
        ("EPSG:3857", Extent(73.0, 18.0, 135.0, 54.0)),  # the world: China
    ],
)
def test_a_new_project_looks_at_the_zone_of_its_system(crs: str, area: Extent) -> None:
    camera = first_camera(Project("Made up", crs))
    placed = transform_extent(area, "EPSG:4490", crs)
    at = camera.to_screen(placed.center)
    assert at.x == pytest.approx(400 + 28, abs=12)  # beside the tools
    assert at.y == pytest.approx(300, abs=12)
    width, height = placed.width / camera.resolution, placed.height / camera.resolution
    assert 0.75 < max(width / 800, height / 600) <= 1.0


def test_the_view_is_worked_out_by_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worker asked of the system is not asked again on the window's thread."""
    first_camera(Project("Made up", "EPSG:4513"))
    asked: list[str] = []
    monkeypatch.setattr("gisapp.model.crs.parsed", lambda crs: asked.append(crs) or CRS(crs))
    first_camera(Project("Made up", "EPSG:4513"))
    assert asked == []


class Screen:
    """A map that can be moved."""

    def __init__(self) -> None:
        self.goal, self.shown = "first", 0

    def show_all(self) -> None:
        self.goal, self.shown = "all", self.shown + 1


def test_all_is_shown_when_the_first_layer_came() -> None:
    with window_context(survey_project({})) as context:
        first, screen = FirstLook(context), Screen()
        first.data_came(screen, NO_DATA)  # type: ignore[arg-type]
        assert screen.goal == "all"
        assert not first.is_open


def test_what_was_asked_to_be_looked_at_stays_in_view_when_its_layers_come() -> None:
    with window_context(survey_project({})) as context:
        first, screen = FirstLook(context), Screen()
        context.look_at(Extent(0, 0, 1, 1))
        first.data_came(screen, NO_DATA)  # type: ignore[arg-type]
        assert screen.goal == "first"
        assert screen.shown == 0


def test_a_project_with_places_of_its_own_waits_for_no_layer() -> None:
    with window_context(survey_project({"a": {"name": "A"}})) as context:
        assert not FirstLook(context).is_open
