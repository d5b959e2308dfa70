"""What a project without places of its own shows first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gisapp.app.layer_data import LoadState
from gisapp.model.geometry import Extent
from gisapp.ui.first_views import FirstLook
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

pytestmark = pytest.mark.usefixtures("qapp")
NO_DATA: Any = SimpleNamespace(state=lambda layer: LoadState.LOADED)


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
