"""The coordinate reference system of the map: search, and what a choice means."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QObject, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from gisapp.app.base_map_formats import is_base_map
from gisapp.app.jobs import Job
from gisapp.app.layer_import import with_option
from gisapp.model.crs import CGCS2000, area_of_use, extent_shown, parsed, shows, title
from gisapp.model.crs_names import spoken_name
from gisapp.model.edit import LayersEdit, ProjectEdit
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.model.zones import all_zones, zone_of_crs
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import extent_of
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.zone_picker import ZonePicker

SHOWN = 200
AREA_ROOM = 0.5  # degrees beyond the area of use that nobody need hear of
FAVOURITES, RECENT, MOST_RECENT = "crs/favourites", "crs/recent", 6
CODE = Qt.ItemDataRole.UserRole


@lru_cache(maxsize=1)
def known_systems() -> tuple[tuple[str, str, str], ...]:
    """EPSG name, title and area of every system in use; the Chinese zones first."""
    from pyproj.database import query_crs_info

    found = [
        (
            f"{info.auth_name}:{info.code}",
            info.name,
            (info.area_of_use.name or "") if info.area_of_use else "",
        )
        for info in query_crs_info("EPSG", allow_deprecated=False)
        if info.type.name in ("GEOGRAPHIC_2D_CRS", "PROJECTED_CRS")
    ]
    first = common_systems()
    order = {code: number for number, code in enumerate(first)}
    return tuple(sorted(found, key=lambda one: (order.get(one[0], len(order)), int(one[0][5:]))))


def common_systems() -> tuple[str, ...]:
    """CGCS2000 in degrees, its 3-degree and 6-degree zones, WGS 84 and its web map."""
    zones = [z.crs for numbered in (False, True) for z in all_zones(3, numbered)]
    zones += [z.crs for numbered in (False, True) for z in all_zones(6, numbered)]
    return (CGCS2000, *zones, "EPSG:4326", "EPSG:3857")


def short_name(crs: str, name: str) -> str:
    """For a list: the Chinese zones by their meridian, others by their name."""
    zone = zone_of_crs(crs)
    if crs == CGCS2000:
        return tr("CGCS2000, longitude and latitude")
    if zone is None:
        return spoken_name(name)
    words = (
        tr("{datum} {width}°, {meridian}°E, with zone number {number}")
        if zone.numbered
        else tr("{datum} {width}°, {meridian}°E")
    )
    return words.format(
        datum="CGCS2000", width=zone.width, meridian=zone.central_meridian, number=zone.number
    )


def explanation(crs: str) -> str:
    """What coordinates of the system look like, for people."""
    zone = zone_of_crs(crs)
    if zone is not None:
        return zone.lesson
    system = parsed(crs)
    words = [title(crs)]
    words.append(
        tr("Degrees; lengths are measured on the ellipsoid")
        if system.is_geographic
        else tr("Metres on a plane")
    )
    if system.area_of_use is not None:
        words.append(system.area_of_use.name)
    return ". ".join(words)


def outside_words(crs: str, places: Extent | None) -> str:
    """What is wrong with a system for places (degrees); empty when nothing is."""
    if places is None:
        return ""
    if not shows(places, CGCS2000, crs):
        return tr("This system cannot show all of the places of the project.")
    area = area_of_use(crs)
    if area is None:
        return ""
    left, bottom, right, top = area.grown(AREA_ROOM)
    if places.right < left or places.left > right or places.top < bottom or places.bottom > top:
        return tr("The places of the project lie outside of the area this system is meant for.")
    if places.left < left or places.right > right or places.bottom < bottom or places.top > top:
        return tr("The places of the project reach beyond the area this system is meant for.")
    return ""


def project_places(context: WindowContext) -> Extent | None:
    """Where the visible layers are, or else the middle of the map: in degrees."""
    project = context.workspace.store.project
    found: Extent | None = None
    for layer in project.layers:
        own = layer.visible and not is_base_map(layer)
        extent = extent_of(context, layer) if own else None
        if extent is not None:
            found = extent if found is None else found.union(extent)
    if found is None and context.map_view is not None:
        found = Extent(*context.map_view.camera.center, *context.map_view.camera.center)
    return None if found is None else extent_shown(found, project.crs, CGCS2000)


class CrsChooser(QWidget):
    """Zones by number, a search field, a list, and the explanation of what is chosen.

    Favourites and what was used lately stand first in the list; they are kept in `state`.
    """

    chosen = Signal(str)  # Enter or a double click

    def __init__(
        self,
        context: WindowContext,
        crs: str,
        state: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.crs = crs
        self._state = state
        self._places = project_places(context)
        self.zones = ZonePicker(self._places)
        self.zones.chosen.connect(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Name, place, EPSG number or meridian, such as 114"))
        self.search.setAccessibleName(tr("Search for a coordinate reference system"))
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Coordinate reference systems"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(168)  # six rows, whatever other cards are open
        nothing = tr("No system is called so. Try its number or a place.")
        self.nothing = label(nothing, "dim", wrap=True)
        self.nothing.hide()
        self.words = label("", "dim", wrap=True)
        self.warning = label("", "warn", wrap=True)
        self.star = icon_button("bookmark", tr("Favourite"), context.theme.tokens, "box")
        self.star.setCheckable(True)
        self.star.setIconSize(QSize(16, 16))
        self.star.clicked.connect(self._favour)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.words, 1)
        below.addWidget(self.star, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.zones)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addWidget(self.warning)
        column.addLayout(below)
        self._systems: tuple[tuple[str, str, str], ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=80)
        self._soon.timeout.connect(self.show_matches)
        self.search.textEdited.connect(lambda text: self._soon.start())
        self.search.returnPressed.connect(self._enter)
        self.search.installEventFilter(self)
        self.setFocusProxy(self.search)
        self.list.currentItemChanged.connect(lambda now, before: self._current(now))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(CODE)))
        self._explain()
        self._jobs = context.jobs
        self._asked = False

    def showEvent(self, event: QShowEvent) -> None:
        """The systems are read when somebody looks, not for a form behind another page."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            job = Job(tr("Coordinate systems"), lambda progress: _systems(progress), quiet=True)
            job.done.subscribe(self._loaded)
            self._jobs.start(job)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows choose in the list while the hand is in the search field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if (step := steps.get(Qt.Key(event.key()))) is not None and self.list.count():
                row = self.list.currentRow() + step
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
        return False

    def _enter(self) -> None:
        if self._soon.isActive():  # Enter came before the list had followed
            self._soon.stop()
            self.show_matches()
        if self.list.currentItem() is not None:
            self.chosen.emit(self.list.currentItem().data(CODE))

    def _loaded(self, systems: tuple[tuple[str, str, str], ...]) -> None:
        if isValid(self):  # else the panel went while they were read
            self._systems = systems
            self.show_matches()

    def show_matches(self) -> None:
        words = self.search.text().lower().split()
        self.list.blockSignals(True)
        self.list.clear()
        for code, name, area in self._ordered():
            shown = short_name(code, name)
            whole = f"{code} {name} {shown} {area}".lower()
            if all(word in whole for word in words):
                mark = "★ " if code in self.favourites else ""
                item = QListWidgetItem(f"{mark}{shown}  ·  {code.removeprefix('EPSG:')}")
                item.setData(CODE, code)
                item.setToolTip(f"{name}\n{area}")
                self.list.addItem(item)
                if code == self.crs:
                    self.list.setCurrentItem(item)
                if self.list.count() >= SHOWN:
                    break
        self.list.blockSignals(False)
        self.nothing.setVisible(not self.list.count())
        if self.list.currentItem() is None and self.list.count() and words:
            self.list.setCurrentRow(0)
        if self.list.currentItem() is not None:
            self.list.scrollToItem(self.list.currentItem())

    def _current(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        self.crs = item.data(CODE)
        self.zones.show_crs(self.crs)
        self._explain()

    def _explain(self) -> None:
        try:
            self.words.setText(explanation(self.crs))
            warning = outside_words(self.crs, self._places)
        except ParameterError as error:
            self.words.setText(error.message)
            warning = ""
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))
        self.star.setChecked(self.crs in self.favourites)
        starred = self.star.isChecked()
        self.star.setToolTip(tr("No favourite any more") if starred else tr("Make it a favourite"))

    def choose(self, crs: str) -> None:
        """By the zones: the search is over, and the list shows it."""
        self.crs = crs
        self.search.clear()
        self.show_matches()
        self._explain()

    # ---- favourites, and what was used lately

    def _kept(self, key: str) -> list[str]:
        value = self._state.value(key) if self._state is not None else None
        found = value if isinstance(value, list) else [value] if value else []
        return [str(one) for one in found]

    @property
    def favourites(self) -> list[str]:
        return self._kept(FAVOURITES)

    def remember(self, crs: str) -> None:
        """It was used."""
        if self._state is not None:
            others = [one for one in self._kept(RECENT) if one != crs]
            self._state.setValue(RECENT, [crs, *others][:MOST_RECENT])

    def _favour(self, on: bool) -> None:
        if self._state is not None:
            others = [one for one in self.favourites if one != self.crs]
            self._state.setValue(FAVOURITES, [*others, self.crs] if on else others)
        self.show_matches()
        self._explain()

    def _ordered(self) -> list[tuple[str, str, str]]:
        """Favourites, then what was used lately, then all others."""
        first = list(dict.fromkeys([*self.favourites, *self._kept(RECENT)]))
        if not first:
            return list(self._systems)
        known = {one[0]: one for one in self._systems}
        top = [known[code] for code in first if code in known]
        return [*top, *(one for one in self._systems if one[0] not in first)]


def _systems(progress: Progress) -> tuple[tuple[str, str, str], ...]:
    progress.report(0.0)
    return known_systems()


class CrsPanel(TaskCard):
    """For the project: one edit, with undo like any other."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        state: QSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Coordinate reference system"), context.theme.tokens, parent)
        self._context = context
        words = tr("Of the map. Files keep their own and are drawn in this one.")
        self.chooser = CrsChooser(context, context.workspace.store.project.crs, state)
        column = self.scrolled()
        column.addWidget(label(words, "dim", wrap=True))
        column.addWidget(self.chooser, 1)
        self.use = button(tr("Use for the map"), "primary")
        self.use.setEnabled(not context.read_only)
        self.use.clicked.connect(lambda: self.apply(self.chooser.crs))
        self.chooser.chosen.connect(self.apply)
        self.setFocusProxy(self.chooser)
        self.add(self.use)

    def apply(self, crs: str) -> None:
        store = self._context.workspace.store
        project = store.project
        if crs != project.crs:
            words = tr("Map in {crs}").format(crs=title(crs))
            store.apply(ProjectEdit(words, (project.title, project.crs), (project.title, crs)))
            self.chooser.remember(crs)
        self.closed.emit()


class SourceCrsPanel(TaskCard):
    """For one file whose own statement is missing or wrong."""

    wide = True

    def __init__(
        self, context: WindowContext, layer: LayerId, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Coordinate system of the file"), context.theme.tokens, parent)
        self._context, self._id = context, layer
        project = context.workspace.store.project
        shown = project.layer(layer)
        words = tr("The numbers in {layer} are taken in this system; the file is not changed.")
        self.chooser = CrsChooser(context, shown.source.option("crs") or project.crs)
        column = self.scrolled()
        column.addWidget(label(words.format(layer=shown.name), "dim", wrap=True))
        column.addWidget(self.chooser, 1)
        self.use = button(tr("Use for this file"), "primary")
        self.use.setEnabled(not context.read_only)
        self.use.clicked.connect(lambda: self.apply(self.chooser.crs))
        self.chooser.chosen.connect(self.apply)
        self.setFocusProxy(self.chooser)
        self.add(self.use)

    def apply(self, crs: str) -> None:
        store = self._context.workspace.store
        before = store.project.layers
        after = tuple(with_option(one, crs=crs) if one.id == self._id else one for one in before)
        if after != before:
            name = store.project.layer(self._id).name
            words = tr("Coordinate system of {layer}").format(layer=name)
            store.apply(LayersEdit(words, before, after))
        self.closed.emit()
