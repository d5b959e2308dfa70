"""Everything that happened to one feature, the newest first, each state one click away."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.project_session import restore_edit
from gisapp.io.project_log import FeatureChange
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.progress import Progress
from gisapp.model.table import GEOMETRY
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.photo_strip import photo_names

SHOWN = 40  # changes; the newest ones


def change_words(change: FeatureChange, fields: tuple[Field, ...]) -> str:
    """What changed, such as `State: Suspected → Verified`."""
    if change.before is None:
        return tr("Added")
    if change.after is None:
        return tr("Deleted")
    known = {field.name: field for field in fields}
    parts = []
    for name, value in change.after.items():
        if name == GEOMETRY:
            parts.append(tr("Place moved"))
        elif name in known:
            old, new = (_shown(known[name], one) for one in (change.before.get(name), value))
            parts.append(f"{known[name].caption}: {old or '–'} → {new or '–'}")
    return "\n".join(parts)


def _shown(field: Field, value: Any) -> str:
    """As the form shows it; of a list how many: names of photos say nothing to people."""
    if field.kind != "list":
        return field.shown(value)
    return str(len(photo_names(value)) or "")


class FeatureHistory(QWidget):
    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._of: tuple[str, FeatureId] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(6)

    def show_feature(self, table: str, fid: FeatureId) -> None:
        """Read it in the background and list it."""
        self._of = (table, fid)
        session = self._context.session
        if session is None:
            return

        def work(progress: Progress) -> list[FeatureChange]:
            return session.file.history(table, fid)

        job = Job(tr("History"), work, quiet=True)
        job.done.subscribe(lambda changes: self._loaded((table, fid), changes))
        self._context.jobs.start(job, instead_of="history")

    def _loaded(self, of: tuple[str, FeatureId], changes: list[FeatureChange]) -> None:
        if of != self._of:
            return
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        if not changes:
            self._column.addWidget(label(tr("Nothing has been changed yet."), "dim", wrap=True))
        project = self._context.workspace.store.project
        fields = project.tables[of[0]].fields if of[0] in project.tables else ()
        for number, change in enumerate(reversed(changes[-SHOWN:])):
            self._column.addWidget(self._entry(change, fields, newest=number == 0))
        self._column.addStretch(1)

    def _entry(self, change: FeatureChange, fields: tuple[Field, ...], *, newest: bool) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        top = QHBoxLayout()
        at = change.at[:16].replace("T", " ")
        top.addWidget(label(f"{at} · {change.who}", "dim"), 1)
        if not newest and not self._context.read_only:
            back = button(tr("Restore"), "link")
            back.setAccessibleName(tr("Restore the state of {time}").format(time=at))
            back.clicked.connect(lambda: self._restore(change.number))
            top.addWidget(back, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(top)
        words = label(change_words(change, fields), wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        words.setToolTip(words.text())  # a long word is cut rather than widening the panel
        column.addWidget(words)
        return holder

    def _restore(self, number: int) -> None:
        session, of = self._context.session, self._of
        if session is None or of is None:
            return
        table, fid = of

        def work(progress: Progress) -> Row | None:
            return session.file.row_after(table, fid, number)

        def ready(row: Row | None) -> None:
            store = self._context.workspace.store
            edit = restore_edit(store.project.tables[table], fid, row)
            if edit is None:
                self._context.say(Message(tr("It is already like that.")))
            else:
                store.apply(edit)

        job = Job(tr("History"), work, quiet=True)
        job.done.subscribe(ready)
        self._context.jobs.start(job)
