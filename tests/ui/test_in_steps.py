"""Work in pieces on the window's thread."""

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

from gisapp.ui.in_steps import InSteps


def pieces(done: list[str], name: str, count: int = 3) -> Iterator[None]:
    for number in range(count):
        done.append(f"{name}{number}")
        yield
    done.append(f"{name} ready")


def test_other_events_come_between_the_pieces(qtbot):
    done: list[str] = []
    owner = QObject()
    steps = InSteps(owner)
    steps.start(pieces(done, "a"))
    QTimer.singleShot(0, owner, lambda: done.append("input"))
    assert done == ["a0"]
    qtbot.waitUntil(lambda: "a ready" in done)
    assert done.index("input") < done.index("a2")


def test_what_is_begun_anew_ends_what_was_under_way(qtbot):
    done: list[str] = []
    owner = QObject()
    steps = InSteps(owner)
    steps.start(pieces(done, "a"))
    steps.start(pieces(done, "b"))
    assert done == ["a0", "a1", "a2", "a ready", "b0"]
    steps.finish()
    steps.finish()
    assert done[4:] == ["b0", "b1", "b2", "b ready"]


def test_after_an_error_nothing_is_under_way(qtbot):
    def broken() -> Iterator[None]:
        yield
        raise ValueError("on purpose")

    owner = QObject()
    steps = InSteps(owner)
    steps.start(broken())
    try:
        steps.finish()
    except ValueError:
        pass
    else:
        raise AssertionError
    done: list[str] = []
    steps.start(pieces(done, "a", 0))
    assert done == ["a ready"]
