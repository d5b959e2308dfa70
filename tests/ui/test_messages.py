"""Messages never wait for an answer; bugs are shown and can be copied."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gisapp.app.jobs import Job
from gisapp.io.crash_log import end_crash_log, start_crash_log
from gisapp.model.errors import WriteError
from gisapp.ui.context import Message
from gisapp.ui.crash_report import CrashReports
from gisapp.ui.messages import ErrorNotices, MessageBar, MessageLog, MessagesPanel, of_error
from gisapp.ui.theme import LIGHT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(qtbot) -> MessageBar:
    over = QWidget()
    over.resize(900, 500)
    qtbot.addWidget(over)
    made = MessageBar(over, MessageLog(), LIGHT, 10)
    made.over = over
    with qtbot.waitExposed(over):
        over.show()
    return made


def test_a_message_has_one_thing_to_do(bar):
    done = []
    bar.say(Message("W-079 lies 12 m from W-077", "warning", "Compare", lambda: done.append(1)))
    assert bar.isVisible()
    assert bar.accessibleDescription() == "W-079 lies 12 m from W-077"
    QTest.mouseClick(bar.action, LEFT)
    assert done == [1]
    assert not bar.isVisible()


def test_a_second_thing_to_do_where_it_is_needed(bar):
    done = []
    bar.say(
        Message("Open elsewhere", "warning", "Read", lambda: done.append("read"),
                other="Copy", run_other=lambda: done.append("copy"))
    )  # fmt: skip
    QTest.mouseClick(bar.other, LEFT)
    assert done == ["copy"]


def test_the_newest_message_is_seen_and_older_ones_come_back(bar):
    for n in range(3):
        bar.say(Message(f"Error {n}", "error"))
    assert bar.message.text == "Error 2"
    assert bar._more.text() == "2 more"
    QTest.mouseClick(bar.close_button, LEFT)
    assert bar.message.text == "Error 1"
    bar.dismiss()
    assert bar.message.text == "Error 0"
    bar.dismiss()
    assert not bar.isVisible()


def test_those_that_wait_can_be_leafed_through(bar):
    for n in range(3):
        bar.say(Message(f"Error {n}", "error"))
    seen = []
    for _ in range(4):
        seen.append(bar.message.text)
        QTest.mouseClick(bar._more, LEFT)
    assert seen == ["Error 2", "Error 1", "Error 0", "Error 2"]
    assert bar._more.text() == "2 more"


def test_a_notice_over_a_warning_gives_its_place_back(bar, qtbot):
    bar._gone.setInterval(10)
    bar.say(Message("The disk is nearly full", "warning"))
    bar.say(Message("Saved", "ok"))
    assert bar.message.text == "Saved"
    qtbot.waitUntil(lambda: bar.message.text == "The disk is nearly full")
    assert not bar._gone.isActive()


def test_nothing_slips_under_a_pointer_that_is_about_to_click(bar, monkeypatch):
    bar.say(Message("Deleted", action="Undo", run=lambda: None))
    monkeypatch.setattr(bar, "underMouse", lambda: True)
    bar.say(Message("A layer is missing", "warning"))
    assert bar.message.text == "Deleted"
    assert bar._more.text() == "1 more"
    bar.dismiss()
    assert bar.message.text == "A layer is missing"


def test_a_notice_makes_room_for_what_comes_next(bar):
    bar.say(Message("Saved"))
    bar.say(Message("Deleted", action="Undo", run=lambda: None))
    assert bar.message.text == "Deleted"


def test_a_newer_message_takes_the_place_of_an_older_one_with_its_key(bar):
    bar.say(Message("Layer a is missing", "warning", key="a"))
    bar.say(Message("Layer b is missing", "warning", key="b"))
    bar.say(Message("Layer b is still missing", "warning", key="b"))
    assert bar.message.text == "Layer b is still missing"
    bar.dismiss()
    assert bar.message.text == "Layer a is missing"
    bar.dismiss()
    assert bar.message is None


def test_a_message_that_is_true_no_more_goes(bar):
    bar.say(Message("One", "warning", key="a"))
    bar.say(Message("Two", "warning", key="b"))
    bar.say(Message("Three", "warning", key="a2"))
    bar.say(Message("", key="b"))
    assert bar.message.text == "Three"
    bar.say(Message("", key="a2"))
    assert bar.message.text == "One"
    bar.say(Message("", key="a"))
    assert bar.message is None
    assert not bar.isVisible()


def test_words_have_their_room_when_more_messages_wait(bar):
    text = "1,064 of 1,064 features lie where the system of the map cannot show any of them. "
    bar.say(Message(text * 2, "warning", "Use another system", lambda: None, key="a"))
    bar.say(Message("Two", "warning", key="b"))
    assert bar.height() == bar.layout().totalHeightForWidth(bar.width())


def test_notices_go_by_themselves_and_errors_stay(bar, qtbot):
    bar._gone.setInterval(10)
    bar.say(Message("Saved", "ok"))
    qtbot.waitUntil(lambda: not bar.isVisible())
    bar.say(Message("The disk is full", "error"))
    assert not bar._gone.isActive()


def test_the_bar_keeps_to_the_middle(bar, qtbot):
    bar.say(Message("Saved", "error"))
    bar.over.resize(600, 500)
    qtbot.waitUntil(lambda: abs(bar.geometry().center().x() - 300) <= 1)


def test_the_list_keeps_everything(bar, qtbot):
    bar.say(Message("The disk is full", "error", hint="Free some space."))
    bar.say(Message("Saved"))
    panel = MessagesPanel(bar._log, LIGHT)
    qtbot.addWidget(panel)
    assert "The disk is full" in panel._text.toPlainText()
    assert "Free some space." in panel._text.toPlainText()


def test_errors_for_people_become_messages_and_others_do_not():
    message = of_error(WriteError("The disk is full", hint="Free some space."))
    assert (message.text, message.hint, message.level) == (
        "The disk is full",
        "Free some space.",
        "error",
    )
    assert of_error(PermissionError("read-only")).level == "warning"
    assert of_error(KeyError("a bug")) is None


def test_an_uncaught_error_is_shown_and_the_program_goes_on(qtbot, capsys):
    window = QWidget()
    qtbot.addWidget(window)
    before = sys.excepthook
    reports = CrashReports(window)
    reports.install()
    try:
        error = ValueError("a bug")
        sys.excepthook(ValueError, error, None)
        assert "a bug" in reports._shown.text.toPlainText()
        first = reports._shown
        sys.excepthook(ValueError, ValueError("a second one"), None)
        assert reports._shown is first
    finally:
        reports.remove()
    assert sys.excepthook is before
    assert "a bug" in capsys.readouterr().err
    QTest.mouseClick(reports._shown.go_on, LEFT)
    qtbot.waitUntil(lambda: reports._shown is None)


def test_the_crash_log_of_a_run_that_ended_badly_is_found(tmp_path: Path):
    assert start_crash_log(tmp_path) == ""
    (tmp_path / "crash.txt").write_text("Fatal Python error", "utf-8")
    assert start_crash_log(tmp_path) == "Fatal Python error"
    end_crash_log()
    assert not (tmp_path / "crash.txt").exists()
    assert start_crash_log(tmp_path) == ""
    end_crash_log()


def test_a_crash_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert start_crash_log(tmp_path / "file") == ""
    end_crash_log()


def test_the_bar_stays_in_its_part_of_the_window(qtbot):
    over = QWidget()
    over.resize(1200, 500)
    part = QWidget(over)
    part.setGeometry(300, 0, 700, 500)
    qtbot.addWidget(over)
    bar = MessageBar(over, MessageLog(), LIGHT, 10, part, 62)
    with qtbot.waitExposed(over):
        over.show()
    bar.say(Message("prefix.csv does not say which system it is in", "warning"))
    for width in (700, 500):  # a panel beside it grows
        part.resize(width, 500)
        assert bar.x() >= 362
        assert bar.geometry().right() <= 300 + width


def test_the_bar_does_not_lie_on_tools_in_two_columns(qtbot):
    over = QWidget()
    over.resize(900, 500)
    tools = QWidget(over)
    tools.setGeometry(12, 12, 44, 400)
    qtbot.addWidget(over)
    bar = MessageBar(over, MessageLog(), LIGHT, 10, None, 62, tools)
    with qtbot.waitExposed(over):
        over.show()
    bar.say(Message("The disk is full", "error"))
    over.resize(500, 300)
    tools.setGeometry(12, 12, 88, 200)
    assert bar.x() > tools.geometry().right()


def test_the_same_error_of_many_tiles_is_said_once(bar):
    for tile in range(3):
        message = of_error(WriteError(f"flight.tif cannot be read: tile {tile}"))
        bar.say(message)
    assert bar.message.text.endswith("tile 2")
    assert not bar._more.isVisible()


def test_long_words_on_a_button_leave_the_text_its_room(bar):
    text = "prefix.csv does not say which coordinate reference system it is in"
    action = "Use CGCS2000 3°, 114°E, with zone number 38"
    more = {"hint": "Its numbers begin with 38.", "other": "Another", "run_other": lambda: None}
    bar.say(Message(text, "warning", action, lambda: None, **more))
    for words in (bar._words, bar._hint):
        assert words.height() >= words.heightForWidth(words.width())
    assert bar.action.mapTo(bar, bar.action.rect().topLeft()).y() > bar._words.y()
    bar.dismiss()
    bar.say(Message("Saved map.pdf", "ok", "Open", lambda: None))
    assert bar.height() < 60


def test_a_notice_of_failed_work_goes_when_the_same_work_succeeds_later(bar):
    notices = ErrorNotices(bar.say)
    beside = Job("Tracing", lambda progress: None)
    failed = Job("Tracing", lambda progress: None)
    notices.failed(failed, of_error(WriteError("no reach there", hint="Click nearer.")))
    notices.succeeded(Job("Searching", lambda progress: None))  # other work
    notices.succeeded(beside)  # begun before: it says nothing of the one that failed
    assert bar.isVisible()
    later = Job("Tracing", lambda progress: None)
    bar.say(Message("Another thing to decide", "warning"))
    notices.succeeded(later)
    assert bar.message.text == "Another thing to decide"
    QTest.mouseClick(bar.close_button, LEFT)
    assert not bar.isVisible()  # the notice that waited behind it is gone too
