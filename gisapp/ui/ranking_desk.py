"""Rankings under the hand: from a peak to candidates, and cases kept, opened, ranked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton

from gisapp.app.jobs import Job
from gisapp.app.peak_event import peak_event
from gisapp.app.project_layers import records_of
from gisapp.app.station_chart import Station, station_of
from gisapp.app.tools import MapState, StartTrace
from gisapp.app.traces import (
    CASE_COMPARER,
    CASE_EXPORTER,
    CASE_READER,
    CASE_RERUN,
    RANK_ALGORITHM,
    write_ranking,
)
from gisapp.io.case_files import case_files, new_case_file
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.layer import LayerId
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.ui.case_menu import CaseMenu
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.ranking_charts import RankingCharts
from gisapp.ui.ranking_panel import RankingPanel

LAYERS = ("rivers", "sources", "stations", "repairs", "placements", "pipes")
Show = Callable[[Any, FeatureSet | None], object]


class RankingDesk:
    """`show` puts an answer on panel and map; `of_role` gives a loaded layer."""

    def __init__(
        self,
        context: WindowContext,
        panel: RankingPanel,
        show: Show,
        of_role: Callable[[str], FeatureSet | None],
    ) -> None:
        self._context, self.panel = context, panel
        self._show, self._of_role = show, of_role
        self.ranked: StartTrace | None = None  # the peak that candidates are ranked for
        self.samples: tuple[str, ...] = ()  # station@time of others that measured it too
        self.clean_counts = True  # stations that their records show as clean
        self.said: dict[str, str] = {}  # of a station by hand: clean or dirty
        self.case: Path | None = None  # the file of what is shown
        self.cases: tuple[Path, ...] = ()
        self.menu = CaseMenu(context, panel, self._case_moved)
        self.shown_for: Callable[[str], None] = lambda feature: None
        self.cases_found: Callable[[bool], None] = lambda some: None
        self.charts: RankingCharts | None = None
        panel.samples_dropped.connect(self.drop_samples)
        panel.clean_dropped.connect(self.count_no_clean)
        panel.stations_wanted.connect(self.choose_station)
        panel.rerun_wanted.connect(self.rerun)
        panel.compare_wanted.connect(self.choose_other)
        panel.charts_wanted.connect(self.show_charts)

    def close(self) -> None:
        if self.charts is not None:
            self.charts.close()

    def forget(self) -> None:
        """What was ranked is not shown any more."""
        self.ranked, self.samples, self.case = None, (), None
        self.clean_counts, self.said = True, {}
        self.shown_for("")
        if self.charts is not None:
            self.charts.close()

    def add_sample(self, wanted: StartTrace) -> None:
        """Another station measured the pulse too (its id stands for the quantity): one release has
        to fit both times."""
        if self.ranked is not None:
            others = (s for s in self.samples if not s.startswith(f"{wanted.quantity}@"))
            self.samples = (*others, f"{wanted.quantity}@{wanted.peak_at}")
            self.rank(self.ranked)

    def drop_samples(self) -> None:
        self.samples = ()
        if self.ranked is not None:
            self.rank(self.ranked)

    def count_no_clean(self) -> None:
        """What lies behind stations that stayed as usual counts in full."""
        self.clean_counts, self.said = False, {}
        if self.ranked is not None:
            self.rank(self.ranked)

    def rank(self, wanted: StartTrace) -> None:
        """The sources above the station, for the peak in its records. Quiet without sources."""
        context, plugins = self._context, self._context.plugins
        values = self._layers()
        if plugins is None or not {"rivers", "sources"} <= values.keys():
            return
        station = self._station(wanted.layer, wanted.feature)
        if station is None:
            return
        try:
            algorithm = plugins.algorithm(RANK_ALGORITHM)
        except GisError:
            return  # the trace has said it
        if wanted != self.ranked:
            self.samples, self.clean_counts, self.said = (), True, {}
        samples, clean, said = self.samples, self.clean_counts, dict(self.said)
        measured = self._source_records()
        self.ranked = wanted

        def work(progress: Progress) -> Any:
            event = peak_event(station, wanted.quantity, wanted.peak_at, Part(progress, 0.0, 0.3))
            known = {**values, "start": f"station#{wanted.feature}", **event.values}
            known["clean_by_records"] = clean
            for name in ("clean", "dirty"):
                known[f"{name}_stations"] = ", ".join(s for s, as_ in said.items() if as_ == name)
            if (own := measured()) is not None:
                known["source_records"] = str(own)
            if (records := _records_of(station)) is not None:
                known["records"] = str(records)
            if samples:
                known["samples"] = ", ".join(samples)
            return algorithm.run(known, Part(progress, 0.3, 1.0))

        job = Job(tr("Ranking sources"), work)

        def done(result: Any) -> None:
            self._shown(result, None)
            self.panel.show_samples(samples)
            self.shown_for(str(wanted.feature))

        job.done.subscribe(done)
        context.jobs.start(job, instead_of="ranking")

    def choose_station(self) -> None:
        """What somebody knows of a station above that its records do not say."""
        menu = self.station_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.panel.stations.mapToGlobal(self.panel.stations.rect().bottomLeft()))

    def station_menu(self) -> QMenu:
        """Of each station above what may be said; what was said is ticked."""
        menu = QMenu(self.panel)
        for station in getattr(self.panel.answer, "stations_above", ()):
            for said, words in (("clean", tr("{station} was as usual")),
                                ("dirty", tr("{station} exceeded too"))):  # fmt: skip
                action = menu.addAction(words.format(station=station))
                action.setCheckable(True)
                action.setChecked(self.said.get(station) == said)
                action.triggered.connect(
                    lambda on, station=station, said=said: self.say(station, said if on else "")
                )
        return menu

    def say(self, station: str, said: str) -> None:
        """Clean or dirty; empty: nothing is said of it any more."""
        self.said.pop(station, None)
        if said:
            self.said[station] = said
        if self.ranked is not None:
            self.rank(self.ranked)

    def _source_records(self) -> Callable[[], Path | None]:
        """To be asked on a worker: the file with what the sources let out."""
        layer = self._context.workspace.store.project.layer_of_role("sources")
        folder = self._context.folder
        return lambda: None if layer is None or folder is None else records_of(layer, folder)

    def _layers(self) -> dict[str, FeatureSet]:
        return {role: data for role in LAYERS if (data := self._of_role(role)) is not None}

    def _station(self, layer: LayerId, feature: FeatureId) -> Station | None:
        context = self._context
        project = context.workspace.store.project
        data = {la.id: d for la in project.layers if (d := data_of(context, la))}
        return station_of(MapState(project, data), layer, feature, self._path_of)

    def _path_of(self, name: str) -> Path:
        path, folder = Path(name), self._context.folder
        return path if path.is_absolute() or folder is None else folder / path

    def _shown(self, result: Any, case: Path | None) -> None:
        self.case = case
        self._show(result, self._of_role("rivers"))
        if self.ranked is None:
            self.panel.drop_clean.hide()  # of a case it is settled
        self.panel.show_case("" if case is None else case.stem, can_compare=len(self.cases) > 1)
        if self.charts is not None and self.charts.isVisible():
            self.charts.show_answer(result)

    def keep(self) -> None:
        """The ranking as it is now, beside the project: inputs, assumptions, results."""
        context, ranking = self._context, self.panel.answer
        plugins, folder = context.plugins, context.folder
        if plugins is None or folder is None or ranking is None:
            return
        today, rivers = date.today().isoformat(), self._of_role("rivers")

        def work(progress: Progress) -> Path:
            path = new_case_file(folder, f"{ranking.time[:10] or today}-{ranking.start.title}")
            return write_ranking(
                plugins, ranking, path, rivers, today, None, progress, exporter=CASE_EXPORTER
            )

        def kept(path: Path) -> None:
            words = tr("Kept as case {name}").format(name=path.stem)
            context.say(Message(words, "ok", key="case"))
            if self.panel.answer is ranking:
                self.case = path
                self.panel.kept(ranking)
            self.look_for_cases()

        job = Job(tr("Keeping the case"), work, quiet=True)
        job.done.subscribe(kept)
        context.jobs.start(job)

    def look_for_cases(self) -> None:
        """Whether the project has any, to be opened again."""
        folder = self._context.folder
        if folder is None:
            return
        job = Job(tr("Cases"), lambda progress: case_files(folder), quiet=True)
        job.done.subscribe(self._found_cases)
        self._context.jobs.start(job, instead_of="cases")

    def _found_cases(self, files: tuple[Path, ...]) -> None:
        self.cases = files
        self.cases_found(bool(files))
        if self.case is not None:
            self.panel.show_case(self.case.stem, can_compare=len(files) > 1)

    def choose_case(self, beside: QPushButton) -> None:
        menu = self.menu.cases(self.cases, self.open_case)
        menu.popup(beside.mapToGlobal(beside.rect().bottomLeft()))

    def choose_other(self) -> None:
        """Another case, that the one which is shown is held against."""
        others = [path for path in self.cases if path != self.case]
        beside = self.panel.compare
        menu = self.menu.choices(others, self.compare_with)
        menu.popup(beside.mapToGlobal(beside.rect().bottomLeft()))

    def _case_moved(self, path: Path, to: Path | None) -> None:
        """Renamed, deleted or there again. What is shown of a deleted one stays, as a ranking that
        nobody has kept."""
        if self.case == path:
            self.case = to
            self.panel.show_case("" if to is None else to.stem, can_compare=len(self.cases) > 1)
            self.panel.case.show_altered(altered=not self.panel.reset.isHidden())
        self.look_for_cases()

    def open_case(self, path: Path) -> None:
        """The ranking as it was kept."""
        title = tr("Opening {file}").format(file=path.name)
        self._ask(CASE_READER, lambda: {"case": str(path)}, title, path)

    def rerun(self) -> None:
        """The case on the layers and records as they are now; what changed is said with it."""
        path, values, measured = self.case, self._layers(), self._source_records()
        if path is None:
            return
        if not {"rivers", "sources"} <= values.keys():
            words = tr("There is no layer of rivers, or none of sources, to rank in")
            hint = tr("Add a layer of rivers, or wait until it is loaded.")
            self._context.say(Message(words, "warning", hint=hint))
            return
        station = self._any_station()

        def said() -> dict[str, Any]:
            records = None if station is None else _records_of(station)
            more = {} if records is None else {"records": str(records)}
            if (own := measured()) is not None:
                more["source_records"] = str(own)
            return {"case": str(path), **values, **more}

        self._ask(CASE_RERUN, said, tr("Ranking sources"), path)

    def _any_station(self) -> Station | None:
        """One of the layer: they share the file of records."""
        layer = self._context.workspace.store.project.layer_of_role("stations")
        stations = self._of_role("stations")
        if layer is None or stations is None or not len(stations):
            return None
        return self._station(layer.id, FeatureId(str(stations.ids[0])))

    def compare_with(self, other: Path) -> None:
        """What is shown against another case: the differences stand above the candidates."""
        if self.case is not None:
            said = {"case": str(other), "other": str(self.case)}
            self._ask(CASE_COMPARER, lambda: said, tr("Comparing cases"), self.case)

    def _ask(self, name: str, values: Callable[[], dict[str, Any]], title: str, case: Path) -> None:
        plugins = self._context.plugins
        if plugins is None:
            return
        algorithm = plugins.algorithm(name)
        job = Job(title, lambda progress: algorithm.run(values(), progress))

        def done(result: Any) -> None:
            self.ranked, self.samples = None, ()
            self._shown(result, case)
            self.panel.show_samples(())

        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="ranking")

    def show_charts(self) -> None:
        """Profile and shifted series, in a window of their own."""
        answer = self.panel.answer
        if answer is None:
            return
        if self.charts is None:
            self.charts = RankingCharts(self._context, self.panel.window())
        self.charts.show_answer(answer)
        self.charts.show()
        self.charts.activateWindow()


def _records_of(station: Station) -> Path | None:
    """On a worker: it asks the disk."""
    return next((path for path in station.records if path.is_file()), None)
