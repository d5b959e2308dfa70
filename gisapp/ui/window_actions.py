"""What the window offers: every menu entry and shortcut in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gisapp.app.actions import Action, Actions
from gisapp.model.text import tr

if TYPE_CHECKING:
    from gisapp.ui.main_window import MainWindow


def window_actions(window: MainWindow) -> Actions:
    store = window.context.workspace.store
    actions = Actions()
    actions.add(
        Action(
            "edit.undo",
            tr("Undo"),
            "edit",
            store.undo,
            ("Ctrl+Z",),
            enabled=lambda: store.undo_label is not None and not store.read_only,
            says=lambda: (
                tr("Undo {step}").format(step=store.undo_label) if store.undo_label else tr("Undo")
            ),
            icon="undo",
        )
    )
    actions.add(
        Action(
            "edit.redo",
            tr("Redo"),
            "edit",
            store.redo,
            ("Ctrl+Y", "Ctrl+Shift+Z"),
            enabled=lambda: store.redo_label is not None and not store.read_only,
            says=lambda: (
                tr("Redo {step}").format(step=store.redo_label) if store.redo_label else tr("Redo")
            ),
            icon="redo",
        )
    )
    return actions
