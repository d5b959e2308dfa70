"""Qt ready to paint, and the compiled loops on or off."""

from __future__ import annotations

import pytest

from gisapp.render import compiled
from gisapp.render.qt_canvas import QtPress, warm_up


@pytest.fixture(scope="session")
def press(qapp) -> QtPress:
    warm_up()
    return QtPress()


@pytest.fixture
def without_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_loaded", None)


@pytest.fixture
def with_loops() -> None:
    compiled.load()


@pytest.fixture(params=["with loops", "without loops"])
def both_ways(request: pytest.FixtureRequest) -> str:
    """The test runs twice: with the compiled loops and with Qt alone."""
    request.getfixturevalue(request.param.replace(" ", "_"))
    return str(request.param)
