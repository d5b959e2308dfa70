"""The column of tools on maps of all heights."""

import pytest
from PySide6.QtWidgets import QToolButton, QWidget

from tests.ui.test_main_window import opened
from tests.ui.window_setting import window_context


@pytest.mark.parametrize(("height", "columns"), [(900, {1}), (430, {2}), (250, {4})])
def test_buttons_keep_their_size_on_a_low_map(qtbot, tmp_path, height, columns):
    with window_context() as context:
        area = opened(qtbot, context, tmp_path).map_area
        screen: QWidget = area.map
        screen.setFixedHeight(height)
        qtbot.waitUntil(lambda: area.strip.columns in columns)
        buttons = [one for one in area.strip.findChildren(QToolButton) if one.isVisible()]
        qtbot.waitUntil(lambda: all(b.height() >= b.sizeHint().height() for b in buttons))
        assert len({(b.x(), b.y()) for b in buttons}) == len(buttons) > 10
