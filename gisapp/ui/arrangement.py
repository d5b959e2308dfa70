"""Where the panels are and which are shown: for each workspace of its own, kept for next time."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from gisapp.ui.theme import GAP

SHOWN: Mapping[str, frozenset[str]] = {
    "survey": frozenset({"layers", "scale", "side"}),
    "trace": frozenset({"layers", "records", "side", "trace"}),
    "analyse": frozenset({"layers", "scale", "output"}),
}
SIZES: Mapping[str, tuple[int, ...]] = {
    "columns": (292, 800, 328),
    "left": (560, 230),
    "middle": (600, 210, 300),  # map, records, attribute table
    "right": (420, 380, 420),
}
TAKE_TURNS = ("trace", "output")  # in a column too low for both, the one asked for stays
WIDE = 430  # of the right column while something is read in it


def splitter(direction: Qt.Orientation) -> QSplitter:
    made = QSplitter(direction)
    made.setHandleWidth(GAP)
    made.setChildrenCollapsible(False)
    return made


class Arrangement:
    def __init__(
        self, state: QSettings, panels: Mapping[str, QWidget], splitters: Mapping[str, QSplitter]
    ) -> None:
        self._state, self._panels, self._splitters = state, panels, splitters
        self.workspace = "survey"
        self._before_wide: list[int] | None = None

    def use(self, workspace: str) -> None:
        """Arrange the panels as they were last in this workspace."""
        self.workspace = workspace
        hidden = self._state.value(self._key("hidden"))
        shown = SHOWN[workspace]
        if isinstance(hidden, str):
            shown = frozenset(self._panels) - set(hidden.split(","))
        for name, panel in self._panels.items():
            panel.setVisible(name in shown)
        for name, made in self._splitters.items():
            kept = self._state.value(self._key(name))
            sizes = [int(size) for size in kept] if isinstance(kept, list) else []
            fits = len(sizes) == made.count() and any(sizes)
            made.setSizes(sizes if fits else list(SIZES[name]))

    def keep(self) -> None:
        """Write down how it is now."""
        self.narrow()
        for name, made in self._splitters.items():
            if made.isVisible():
                self._state.setValue(self._key(name), made.sizes())
        hidden = [name for name, panel in self._panels.items() if panel.isHidden()]
        if set(self._panels) - set(hidden) == SHOWN[self.workspace]:
            self._state.remove(self._key("hidden"))
        else:
            self._state.setValue(self._key("hidden"), ",".join(hidden))

    def reset(self) -> None:
        """All workspaces as they were at the first start."""
        self._before_wide = None
        self._state.remove("layout")
        self.use(self.workspace)

    def splitter(self, name: str) -> QSplitter:
        return self._splitters[name]

    def is_shown(self, panel: str) -> bool:
        return not self._panels[panel].isHidden()

    def show_panel(self, panel: str, shown: bool = True) -> None:
        """One that had no room when it was last arranged gets its usual share."""
        widget = self._panels[panel]
        low = self._splitters["right"].height() < sum(SIZES["right"])
        if shown and low and panel in TAKE_TURNS:
            for other in set(TAKE_TURNS) - {panel}:
                self._panels[other].hide()
        if shown == (not widget.isHidden()):
            return
        widget.setVisible(shown)
        for name, made in self._splitters.items():
            at = made.indexOf(widget)
            if shown and at >= 0 and made.sizes()[at] < SIZES[name][at] // 2:
                made.setSizes(list(SIZES[name]))

    def give(self, panel: str, share: float) -> None:
        """A share of its column's height at least; what stands above and below gives way."""
        widget = self._panels[panel]
        for made in self._splitters.values():
            own, sizes = made.indexOf(widget), made.sizes()
            wanted = int(share * sum(sizes))
            if own < 0 or sizes[own] >= wanted:
                continue
            others, left = sum(sizes) - sizes[own], sum(sizes) - wanted
            made.setSizes(
                [wanted if n == own else s * left // max(1, others) for n, s in enumerate(sizes)]
            )

    def widen(self) -> None:
        """More room for the right column, for as long as it is needed."""
        columns = self._splitters["columns"]
        sizes = columns.sizes()
        if self._before_wide is None and sizes[2] < WIDE:
            self._before_wide = sizes
            columns.setSizes([sizes[0], sizes[1] - (WIDE - sizes[2]), WIDE])

    def narrow(self) -> None:
        if self._before_wide is not None:
            self._splitters["columns"].setSizes(self._before_wide)
            self._before_wide = None

    def _key(self, name: str) -> str:
        return f"layout/{self.workspace}/{name}"
