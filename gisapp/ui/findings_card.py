"""A card with a list of outfalls something is to be done about: findings, pairs of ledgers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gisapp.app.store import Change
from gisapp.app.workspace import Selection
from gisapp.model.crs import transform_point
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.findings_tree import FindingsTree
from gisapp.ui.side_panel import TaskCard

Show = Callable[[Point | None], None]


class FindingsCard(TaskCard):
    """The list stays while outfalls are chosen on the map; what is done is one step, and is said
    with a way to take it back."""

    wide = True

    def __init__(
        self,
        title: str,
        context: WindowContext,
        show: Show,
        key: str,
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away. `key`
        of what is said."""
        super().__init__(title, context.theme.tokens, parent)
        self._context, self._show, self._key = context, show, key
        self.tree = FindingsTree(context.theme.tokens.dim)
        self._doing = ""
        self.leave.append(lambda: show(None))
        self.leave.append(context.workspace.store.changed.subscribe(self._say_done))

    def add_pairs(self, *pairs: tuple[QPushButton, QPushButton]) -> None:
        """Lines of two buttons."""
        for pair in pairs:
            line = QHBoxLayout()
            line.setSpacing(6)
            for made in pair:
                line.addWidget(made, 1)
            self.add(line)

    def takes(self, layer: LayerId | None, features: frozenset[FeatureId]) -> bool:
        """The list stays where it is while outfalls are chosen on the map."""
        return True

    def select(self, outfalls: Iterable[FeatureId]) -> None:
        workspace = self._context.workspace
        layer = workspace.store.project.layer_of_role("outfalls")
        if layer is not None:
            workspace.select(Selection(layer.id, frozenset(outfalls)))

    def go_to(self, place: Point, crs: str) -> None:
        """Show a place that is in a system of its own."""
        self._show(transform_point(place, crs, self._context.workspace.store.project.crs))

    def apply(self, edit: Edit | None) -> bool:
        """One step, or words that there is nothing to do."""
        if edit is None:
            self._context.say(Message(tr("Nothing is left to do here"), key=self._key))
            return False
        self._doing = edit.label
        try:
            self._context.workspace.store.apply(edit)
        except GisError as error:
            self._doing = ""
            self._context.say(Message(error.message, "error", hint=error.hint, key=self._key))
            return False
        return True

    def _say_done(self, change: Change) -> None:
        words, self._doing = self._doing, ""
        if words:
            self._context.say_done(words, self._key)
