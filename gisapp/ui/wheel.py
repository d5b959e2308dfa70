"""The wheel over a form scrolls the form: a value changes only where somebody is at work."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QSlider, QWidget

Field = TypeVar("Field", bound=QWidget)


class _PastFields(QObject):
    """Lets the wheel through to what the field lies in. A slider keeps the focus after it was
    dragged, and nothing shows it: the wheel never moves one."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus() and not isinstance(watched, QSlider):
            return False
        event.ignore()
        return True


@cache
def _past_fields() -> _PastFields:
    """The one for all forms; filters of all events of the program would cost every picture."""
    return _PastFields()


def wheel_goes_on(field: Field) -> Field:
    """A spin box, a list or a slider whose value the wheel leaves alone, unless it has the focus;
    the wheel does not give it the focus either."""
    if field.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(_past_fields())
    return field
