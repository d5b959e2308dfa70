"""The column of tools on maps of all heights."""

import pytest
from PySide6.QtWidgets import QToolButton, QWidget

from gisapp.ui.tool_strip import LOW
from tests.ui.test_main_window import opened
from tests.ui.window_setting import window_context


@pytest.mark.parametrize(("height", "columns"), [(900, {1}), (430, {2}), (250, {3})])
def test_buttons_keep_their_size_on_a_low_map(qtbot, tmp_path, height, columns):
    with window_context() as context:
        area = opened(qtbot, context, tmp_path).map_area
        screen: QWidget = area.map
        screen.setFixedHeight(height)
        qtbot.waitUntil(lambda: area.strip.columns in columns)
        buttons = [one for one in area.strip.findChildren(QToolButton) if one.isVisible()]
        least = LOW if area.strip.low else buttons[0].sizeHint().height()
        qtbot.waitUntil(lambda: all(b.height() >= least for b in buttons))
        assert len({(b.x(), b.y()) for b in buttons}) == len(buttons) > 10
        assert all(b.height() >= b.iconSize().height() + 8 for b in buttons)


def test_one_column_of_low_buttons_comes_before_two(qtbot, tmp_path):
    """As beside the open records in a window of usual size."""
    with window_context() as context:
        area = opened(qtbot, context, tmp_path).map_area
        strip, screen = area.strip, area.map
        needed = strip._height(1) - strip._room() + screen.height()
        for spare, low in ((0, False), (-1, True), (-30, True), (0, False)):
            screen.setFixedHeight(needed + spare)
            qtbot.waitUntil(lambda low=low: strip.low is low)
            assert strip.columns == 1
            buttons = [one for one in strip.findChildren(QToolButton) if one.isVisible()]
            qtbot.waitUntil(lambda b=buttons, low=low: (min(x.height() for x in b) == LOW) is low)
            assert max(b.geometry().bottom() for b in buttons) < strip.height()
