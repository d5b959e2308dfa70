"""One list for menus, buttons, shortcuts, search and the sheet of keys."""

from __future__ import annotations

import pytest

from gisapp.app.actions import MENUS, Action, Actions, menu_title


def action(name: str, *keys: str, **more) -> Action:
    return Action(name, name.title(), "edit", lambda: None, keys, **more)


def test_an_id_belongs_to_one_action():
    with pytest.raises(ValueError, match=r"edit\.undo"):
        Actions([action("edit.undo"), action("edit.undo")])


def test_a_key_belongs_to_one_action():
    with pytest.raises(ValueError, match="Ctrl"):
        Actions([action("a", "Ctrl+Z"), action("b", "Ctrl+Z")])


def test_what_plugins_bring_yields_its_key():
    actions = Actions([action("a", "Ctrl+T")])
    actions.add_yielding(action("b", "Ctrl+T", "Ctrl+U"))
    assert actions["b"].shortcuts == ("Ctrl+U",)


def test_only_what_can_be_done_is_done():
    done = []
    actions = Actions(
        [
            Action("yes", "Yes", "edit", lambda: done.append("yes")),
            Action("no", "No", "edit", lambda: done.append("no"), enabled=lambda: False),
        ]
    )
    assert actions.run("yes")
    assert not actions.run("no")
    assert done == ["yes"]


def test_a_title_may_follow_what_happens():
    step = ["Move point"]
    changing = action("edit.undo", says=lambda: f"Undo {step[0]}")
    assert changing.text == "Undo Move point"
    step[0] = "Rename"
    assert changing.text == "Undo Rename"
    assert action("plain").text == "Plain"


def test_menus_keep_their_order_and_have_titles():
    actions = Actions([action("b"), action("a"), Action("h", "H", "help", lambda: None, ("F1",))])
    assert [a.id for a in actions.of_menu("edit")] == ["b", "a"]
    assert [a.id for a in actions.with_keys()] == ["h"]
    assert [menu_title(menu) for menu in MENUS][:3] == ["Project", "Edit", "View"]
