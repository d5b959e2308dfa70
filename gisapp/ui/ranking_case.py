"""The case that a ranking was opened from: rank it again, compare it, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gisapp.model.text import tr
from gisapp.ui.card import button, label

MOST = 132  # pixels for what has changed; of more the list is scrolled


class CaseLine(QWidget):
    """Hidden while no case is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self._shown = ""
        self.name = label("", "dim", wrap=True)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.rerun = button(tr("Rank again"), "link")
        self.rerun.setToolTip(tr("On the layers and records of the project as they are now"))
        self.compare = button(tr("Compare"), "link")
        self.compare.setToolTip(tr("With another case that was kept"))
        line = QHBoxLayout()
        line.addWidget(self.name, 1)
        line.addWidget(self.rerun)
        line.addWidget(self.compare)
        self.words = label("", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAccessibleName(tr("What has changed"))
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setMaximumHeight(MOST)
        self.area.setWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.area)
        self.area.hide()
        self.hide()

    def show_altered(self, *, altered: bool) -> None:
        """What is shown has other assumptions than the case: what was said of that is not true of
        it, and another case can only be held against one that is kept."""
        if altered:
            self.area.hide()
        self.compare.setEnabled(not altered)
        self.rerun.setEnabled(not altered)
        words = tr("Case {name}, with other assumptions") if altered else tr("Case {name}")
        self.name.setText(words.format(name=self._shown))

    def show_case(self, name: str, *, can_compare: bool) -> None:
        self._shown = name
        self.name.setText(tr("Case {name}").format(name=name))
        self.compare.setVisible(can_compare)
        self.setVisible(bool(name))

    def show_changes(self, compared_with: str, changes: Sequence[str]) -> None:
        """Against a case, by its name; no name: nothing was compared."""
        said = [tr("Against {name}:").format(name=compared_with)]
        said += [f"· {one}" for one in changes] or [tr("Nothing changed.")]
        self.words.setText("\n".join(said))
        self.area.setVisible(bool(compared_with))
        wanted = self.words.heightForWidth(max(200, self.width() - 8))
        self.area.setFixedHeight(min(MOST, wanted + 4))
