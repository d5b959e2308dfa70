"""Adding a base map: a known service, an address, a WMTS or WMS, a file of tiles."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from gisapp.app.base_maps import add_base_maps, is_base_map
from gisapp.app.jobs import Job, JobState
from gisapp.app.map_services import get_ready
from gisapp.io.web_hosts import HostNotAllowedError
from gisapp.io.web_keys import KeyMissingError
from gisapp.model.base_map_presets import presets
from gisapp.model.errors import GisError
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.base_map_page import Page, outcome_of
from gisapp.ui.base_map_pages import AddressPage, FilePage, KeyPage, KnownPage, ServicePage
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.wheel import wheel_goes_on

_MENDED = (HostNotAllowedError, KeyMissingError)  # by what was allowed or entered here


class BaseMapPanel(TaskCard):
    """One edit, with undo like any other. What is typed here is asked at once; what a project
    brings along is not (see LayerNotices)."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        service: str = "",
        parent: QWidget | None = None,
        *,
        key_of: str = "",
    ) -> None:
        """`service`: the known service that is shown first, such as tianditu. `key_of`: only the
        key of this service is asked for, for layers that are there already."""
        super().__init__(tr("Add base map"), context.theme.tokens, parent)
        self._context = context
        self.kind = wheel_goes_on(QComboBox())
        self.kind.setAccessibleName(tr("Kind of base map"))
        self.pages = QStackedWidget()
        self.add(self.kind)
        services = {one.service.id: one.service for one in presets()}
        if key_of:
            title = services[key_of].title if key_of in services else key_of
            self._add_page(tr("Key of {service}").format(service=title), KeyPage(context, key_of))
        for one in services.values():
            self._add_page(one.title, KnownPage(context, one))
        self.address = AddressPage(context)
        self.services = ServicePage(context)
        self.file = FilePage(context)
        self._add_page(tr("Tiles by address (XYZ, TMS)"), self.address)
        self._add_page(tr("WMTS or WMS"), self.services)
        self._add_page(tr("File of tiles (MBTiles, PMTiles)"), self.file)
        column = self.scrolled()
        column.addWidget(self.pages, 1)
        self.kind.currentIndexChanged.connect(self._show)
        self.add(label(tr("A base map lies below all other layers."), "dim", wrap=True))
        self.use = button(tr("Add to the map"), "primary")
        self.use.clicked.connect(self.add_it)
        self.add(self.use)
        self.setFocusProxy(self.kind)
        self.leave.append(self._leave_pages)
        if service in services:
            self.kind.setCurrentIndex(list(services).index(service))
        self._show(self.kind.currentIndex())

    @property
    def page(self) -> Page:
        shown = self.pages.currentWidget()
        assert isinstance(shown, Page)
        return shown

    def _add_page(self, words: str, page: Page) -> None:
        page.changed.connect(self._refresh)
        self.kind.addItem(words)
        self.pages.addWidget(page)

    def _show(self, number: int) -> None:
        self.pages.setCurrentIndex(number)
        self._refresh()

    def _refresh(self) -> None:
        if hasattr(self, "use"):
            only_key = bool(self.page.key_name)
            may = only_key or not self._context.read_only  # a key is not part of the project
            self.use.setEnabled(may and self.page.is_ready())
            self.use.setText(tr("Use the key") if only_key else tr("Add to the map"))

    def _leave_pages(self) -> None:
        for number in range(self.pages.count()):
            page = self.pages.widget(number)
            assert isinstance(page, Page)
            page.leave()

    def add_it(self) -> None:
        page = self.page
        made = outcome_of(page.made)
        if isinstance(made, GisError):
            page.outcome.tell(f"{made.message}\n{made.hint}".strip(), "bad")
            return
        layers, key = made
        context = self._context
        self.use.setEnabled(False)
        name = page.key_name

        def work(progress: Progress) -> bool:
            return get_ready(layers, key, name)

        job = Job(tr("Add base map"), work, quiet=True)

        def done(kept: bool) -> None:
            store = context.workspace.store
            if layers:
                store.apply(add_base_maps(store.project, layers))
            data = context.layer_data
            for layer in filter(is_base_map, store.project.layers):
                if data is not None and isinstance(data.error(layer), _MENDED):
                    data.reload(layer)
            if not kept:
                words = tr("This system has no keyring: the key is known until the program ends.")
                context.say(Message(words, "warning", key="base map key"))
            self.closed.emit()

        def watched(job: Job[bool]) -> None:
            if job.state is JobState.FAILED:
                page.outcome.tell(str(job.error), "bad")
                self._refresh()

        job.done.subscribe(done)
        job.changed.subscribe(watched)
        context.jobs.start(job)
