"""The views of the project by name: go to one, keep this one, rename, delete."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gisapp.app.bookmarks import (
    bookmark_named,
    camera_at,
    keep_view,
    removed,
    renamed,
)
from gisapp.app.store import Change
from gisapp.model.bookmark import Bookmark
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.icons import accent_icon
from gisapp.ui.named_list import NAMED, NamedList, line_below
from gisapp.ui.side_panel import TaskCard


class BookmarksPanel(TaskCard):
    def __init__(
        self,
        context: WindowContext,
        look: Callable[[], Camera],
        go: Callable[[Camera], None],
        parent: QWidget | None = None,
    ) -> None:
        """`look`: the present view; `go`: move the map there."""
        super().__init__(tr("Bookmarks"), context.theme.tokens, parent)
        self._context, self._look, self._go = context, look, go
        t = context.theme.tokens
        self.list = NamedList(tr("Bookmarks"), self._key)
        self.list.itemActivated.connect(lambda item: self.visit(item.data(NAMED)))
        self.list.renamed.connect(self._renamed)
        self.list.currentItemChanged.connect(lambda now, before: self._show_buttons())
        self.empty = label(
            tr("No bookmarks yet. Keep a view you want to come back to."), "dim", wrap=True
        )
        self.keep = button(tr("Keep this view"), "primary")
        self.keep.setIcon(accent_icon("plus", t))
        self.keep.clicked.connect(self.keep_this)
        self.go_button = self.list.key_button("target", tr("Go there"), t, Qt.Key.Key_Return)
        self.rename = self.list.key_button("pencil", tr("Rename"), t, Qt.Key.Key_F2)
        self.delete = self.list.key_button("trash", tr("Delete"), t, Qt.Key.Key_Delete)
        line = line_below(self.keep, self.go_button, self.rename, self.delete)
        self.add(self.empty)
        self.add(self.list, 1)
        self.body.addStretch(0)
        self.add(line)
        self.setFocusProxy(self.list)
        self.leave.append(context.workspace.store.changed.subscribe(self._project_changed))
        self.show_all()

    @property
    def _read_only(self) -> bool:
        return self._context.read_only

    def show_all(self, current: str = "") -> None:
        """List what the project has; `current` is chosen."""
        chosen = current or self.current_name
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._context.workspace.store.project.bookmarks:
            self.list.add(one.name, one.name, described(one), editable=not self._read_only)
            if one.name == chosen:
                self.list.setCurrentRow(self.list.count() - 1)
        self.list.blockSignals(False)
        some = self.list.count() > 0
        self.empty.setVisible(not some)
        self.list.setVisible(some)
        self._show_buttons()

    @property
    def current_name(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(NAMED))

    def _show_buttons(self) -> None:
        one = bool(self.current_name)
        self.keep.setEnabled(not self._read_only)
        self.go_button.setEnabled(one)
        self.rename.setEnabled(one and not self._read_only)
        self.delete.setEnabled(one and not self._read_only)

    def keep_this(self) -> None:
        """The present view becomes a bookmark, and its name waits to be written."""
        if self._read_only:
            return
        store = self._context.workspace.store
        edit = keep_view(store.project, self._look())
        name = edit.after[-1].name

        def written(change: Change) -> None:
            if change.edit is edit:
                leave()
                self.show_all(name)
                self.list.setFocus()
                self.list.editItem(self.list.currentItem())

        leave = store.changed.subscribe(written)
        self.leave.append(leave)
        store.apply(edit)

    def visit(self, name: str) -> None:
        visit_bookmark(self._context, name, self._look(), self._go)

    def _renamed(self, name: str, wanted: str) -> None:
        store = self._context.workspace.store
        edit = renamed(store.project, name, wanted)
        if edit is None:
            self.show_all()
        else:
            store.apply(edit)

    def _key(self, key: Qt.Key) -> bool:
        name, item = self.current_name, self.list.currentItem()
        if not name:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.visit(name)
        elif key == Qt.Key.Key_F2 and not self._read_only:
            self.list.editItem(item)
        elif key == Qt.Key.Key_Delete and not self._read_only:
            edit = removed(self._context.workspace.store.project, name)
            if edit is not None:
                self._context.workspace.store.apply(edit)
        else:
            return False
        return True

    def _project_changed(self, change: Change) -> None:
        if change.before.bookmarks is not change.after.bookmarks:
            self.show_all()


def described(bookmark: Bookmark) -> str:
    """`1:5,000 · turned by 30°`."""
    words = f"1:{bookmark.scale:,.0f}"
    if bookmark.rotation:
        words += " · " + tr("turned by {degrees}°").format(degrees=round(bookmark.rotation))
    return words


def visit_bookmark(
    context: WindowContext, name: str, like: Camera, go: Callable[[Camera], None]
) -> None:
    """Go to a view of the project, or say why the map cannot show it."""
    bookmark = bookmark_named(context.workspace.store.project, name)
    if bookmark is None:
        return
    camera = camera_at(bookmark, like)
    if camera is None:
        text = tr("{name} lies where the map's system shows nothing").format(name=name)
        hint = tr("Choose another coordinate reference system for the map.")
        context.say(Message(text, "warning", hint=hint, key="bookmark"))
        return
    go(camera)
