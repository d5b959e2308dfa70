"""The search box: commands, features and places."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.app.actions import Action, Actions
from gisapp.app.search import find_commands, find_features, find_place, searched_fields
from gisapp.model.layer import LayerId
from tests.ui.window_setting import CRS, OUTFALLS, made_up_project

ACTIONS = Actions(
    [
        Action("layer.add", "Add layers", "layer", lambda: None, ("Ctrl+Shift+O",)),
        Action("output.map", "Export map", "output", lambda: None),
        Action("view.dark", "Dark", "view", lambda: None, submenu="Appearance"),
        Action("edit.undo", "Undo", "edit", lambda: None, enabled=lambda: False),
    ]
)


def titles(text: str) -> list[str]:
    return [one.title for one in find_commands(text, ACTIONS)]


def test_commands_are_found_by_any_of_their_words():
    assert titles("map") == ["Export map"]
    assert titles("layers add") == ["Add layers"]
    assert titles("appearance") == ["Appearance: Dark"]
    assert titles("dark") == ["Appearance: Dark"]  # a title that says it without its menu
    assert titles("") == []


def test_keys_are_named_as_they_stand_on_the_keyboard():
    back = Action("view.back", "View before", "view", lambda: None, ("Alt+Left", "Ctrl++"))
    assert back.keys == ("Alt+←", "Ctrl++")
    assert find_commands("before", Actions([back]))[0].note == "Command · View · Alt+←"


def test_commands_that_cannot_be_used_now_are_not_offered():
    assert titles("undo") == []


def test_a_command_says_where_it_is_and_its_key():
    assert find_commands("add", ACTIONS)[0].note == "Command · Layer · Ctrl+Shift+O"


@pytest.mark.parametrize(
    "text", ["114.0, 23.14", "114°00′00″E 23°08′24″N", "500000, 2560000", "38500000 2560000"]
)
def test_coordinates_are_places_in_any_form(text):
    (found,) = find_place(text, CRS)
    assert found.place.x == pytest.approx(500_000, abs=50)
    assert found.place.y == pytest.approx(2_560_000, abs=1500)


@pytest.mark.parametrize("text", ["W-001", "river", "12", "2026"])
def test_other_text_is_no_place(text):
    assert find_place(text, CRS) == []


def features(text: str, count: int = 40):
    project = made_up_project(count)
    return find_features(text, project, {OUTFALLS: project.tables["outfalls"]})


def test_features_are_found_by_code_and_name():
    assert features("W-007")[0].title == "W-007"
    assert features("W-007")[0].feature == "f7"
    assert features("w-007")[0].layer == OUTFALLS
    assert "Made-up outfall 7" in features("outfall 7")[0].note


def test_what_begins_so_comes_before_what_holds_it():
    found = features("W-00")
    assert [one.title for one in found][:3] == ["W-000", "W-001", "W-002"]
    assert all(one.rank == 1 for one in found)
    assert features("made-up outfall 3")[0].rank == 0


def test_nobody_reads_more_than_a_few():
    assert len(features("W-", 500)) == 8


def test_nothing_is_nothing():
    assert features("  ") == []
    assert features("no such thing") == []


def test_only_codes_and_names_are_looked_through():
    table = made_up_project().tables["outfalls"]
    searched = searched_fields(table)
    assert {"code_local", "name"} <= set(searched)
    assert "remark" not in searched


def test_a_layer_without_data_is_left_out():
    project = made_up_project()
    assert find_features("W-001", project, {LayerId("rivers"): project.tables["outfalls"]})
    assert np.all([one.layer != OUTFALLS for one in find_features("W", project, {})])
