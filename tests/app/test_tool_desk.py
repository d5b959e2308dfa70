"""The desk does what tools ask for: edits first, and what follows them only when they are safe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gisapp.app.jobs import JobRunner
from gisapp.app.store import Store
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import OpenForm, Preview, Select
from gisapp.app.workspace import Workspace
from tests.app.map_state import at, survey
from tests.own import OWN
from tests.ui.map_setting import OUTFALLS, RIVERS, rivers


class SlowDisk:
    """Writes when told to, as the writer's thread would."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, ...]] = []

    def __call__(self, work: Callable[[], Any], done: Any, failed: Any) -> None:
        self._waiting.append((work, done))

    def write(self) -> None:
        while self._waiting:
            work, done = self._waiting.pop(0)
            done(work())


@pytest.fixture
def disk() -> SlowDisk:
    return SlowDisk()


@pytest.fixture
def desk(disk: SlowDisk, inline_jobs: JobRunner) -> Iterator[ToolDesk]:
    workspace = Workspace(Store(survey().project, write=disk))
    made = ToolDesk(workspace, inline_jobs, lambda: {RIVERS: rivers()}, OWN.toolbox().makers)
    yield made
    made.close()


def test_the_form_opens_when_the_new_outfall_is_safe(desk, disk):
    opened: list[OpenForm] = []
    desk.form_wanted.subscribe(opened.append)
    desk.take("add")
    desk.press(at(50, 50))
    desk.release(at(50, 50))
    assert opened == []
    disk.write()
    [form] = opened
    assert desk.workspace.selection.features == {form.feature}
    assert desk.workspace.store.project.tables["outfalls"].row(form.feature)["state"] == "suspected"


def test_delete_key_works_in_any_tool_and_is_undone(desk, disk):
    desk.take("identify")
    desk.carry_out([Select(OUTFALLS, frozenset(["0"]))])
    desk.key("delete")
    disk.write()
    store = desk.workspace.store
    assert "0" not in store.project.tables["outfalls"]
    assert desk.workspace.selection.layer is None
    store.undo()
    disk.write()
    assert "0" in store.project.tables["outfalls"]


def test_shift_click_takes_in_and_out(desk):
    one, two = (Select(OUTFALLS, frozenset([name]), add=True) for name in "ab")
    for effect in (one, two, one):
        desk.carry_out([effect])
    assert desk.workspace.selection.features == {"b"}


def test_identify_tells_nearest_first(desk):
    told: list[Any] = []
    desk.identified.subscribe(told.append)
    desk.take("identify")
    desk.press(at(200, 150))
    desk.release(at(200, 150))
    [(_, hits)] = told
    assert hits[0].feature == "0"


def test_taking_another_tool_clears_the_preview(desk):
    desk.take("measure")
    desk.press(at(10, 10))
    assert desk.preview.line
    desk.take("pan")
    assert desk.preview == Preview()
