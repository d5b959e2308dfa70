"""From “trace upstream” on the map to the answer in its panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job
from gisapp.app.peak_event import is_load
from gisapp.app.store import Change
from gisapp.app.tools import StartTrace
from gisapp.app.traces import (
    ALONG_ALGORITHM,
    CASE_EXPORTER,
    HAND_ALGORITHM,
    RANK_EXPORTER,
    TRACE_EXPORTER,
    report_name,
    write_ranking,
    write_trace,
)
from gisapp.model.coordinates import parse_place
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import Data
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.layer_facts import data_of
from gisapp.ui.output_panel import say_saved
from gisapp.ui.ranking_desk import RankingDesk
from gisapp.ui.ranking_panel import is_ranking
from gisapp.ui.trace_origin import Answered, Origin, likeliest, place_of
from gisapp.ui.trace_panel import TracePanel, is_trace

START = {"rivers": "reach", "stations": "station", "outfalls": "outfall", "sources": "source"}
POINTS = ("stations", "outfalls", "sources")
SAID = ("repairs", "placements", "pipes")  # of the rivers
NEAR_M, NEAR_PIXELS = 2000.0, 40.0  # around a place, where reaches are proposed


class Tracing:
    def __init__(self, context: WindowContext, panel: TracePanel) -> None:
        self._context, self.panel = context, panel
        self._rivers: FeatureSet | None = None
        self._river_layer: LayerId | None = None  # that was traced in
        exporters = context.plugins.contributions("exporter") if context.plugins else ()
        names = {one.name for one in exporters}
        self._can_save, self._can_rank = TRACE_EXPORTER in names, RANK_EXPORTER in names
        panel.export.clicked.connect(self._ask)
        panel.keep_button.setVisible(CASE_EXPORTER in names and not context.read_only)
        self._origin: Origin | None = None
        self._hand: Any = None
        self.choices: Sequence[Any] = ()
        self.rankings = RankingDesk(context, panel.ranking, self.show, self._of_role)
        self.undecided = False  # keys 1 to 3 take one of the choices
        self.mark_choices: Callable[[Sequence[Point]], None] = lambda places: None
        self.resolution: Callable[[], float] = lambda: 1.0  # of the map, metres a pixel
        panel.controls.start_wanted.connect(self.start_at)
        panel.controls.changed.connect(self.again)
        panel.choices.chosen.connect(self.choose)
        panel.cleared.connect(self._cleared)
        panel.keep_button.clicked.connect(self.rankings.keep)
        panel.cases.clicked.connect(lambda: self.rankings.choose_case(panel.cases))
        self.rankings.cases_found = panel.cases.setVisible
        self._leave = context.workspace.store.changed.subscribe(self._project_changed)
        if self._can_rank:
            self.rankings.look_for_cases()

    def close(self) -> None:
        self.rankings.close()
        self._leave()

    def _cleared(self) -> None:
        self._origin, self.undecided = None, False
        self.rankings.forget()
        self.mark_choices([])

    def start(self, wanted: StartTrace) -> None:
        """With the layers that have the roles; said plainly when the rivers are missing."""
        origin = self.origin_of(wanted)
        if origin is None:
            self._say_no_rivers()
            return
        if is_load(wanted.quantity):
            self.panel.controls.show_way("UT")
        self.panel.controls.start.clear()  # it said another start
        self.run(origin, wanted)

    def start_at(self, text: str) -> None:
        """What was typed or pasted: a place in any usual notation, else a reach or a station."""
        try:
            place = parse_place(text, self._context.workspace.store.project.crs)
        except GisError:
            place = None
        self.run(Origin(text, place))

    def again(self) -> None:
        """The same place another way; the map stays where it is."""
        if self._origin is not None:
            self.run(self._origin, go_there=False)

    def run(
        self, origin: Origin, wanted: StartTrace | None = None, *, go_there: bool = True
    ) -> None:
        context, plugins = self._context, self._context.plugins
        rivers = self.rivers_for(origin)
        if not rivers or plugins is None:
            self._say_no_rivers()
            return
        try:
            along, near = (plugins.algorithm(n) for n in (ALONG_ALGORITHM, HAND_ALGORITHM))
        except GisError as error:
            context.say(Message(error.message, "error", hint=error.hint))
            return
        project = context.workspace.store.project
        values = {**self.layers(), **self.panel.controls.asked.values}
        points, crs = values.get(origin.role), project.crs
        within = max(NEAR_M, NEAR_PIXELS * self.resolution())
        hand_values = {"crs": crs}
        hand_values |= {role: values[role] for role in ("repairs", "pipes") if role in values}

        def in_one(layer: LayerId, river: FeatureSet, progress: Progress) -> Answered:
            hand = near.run({**hand_values, "rivers": river}, Part(progress, 0.0, 0.4))
            at = origin.at or place_of(points, origin.feature, crs)
            choices = () if at is None else hand.near(at, within)
            start = {"start": origin.start}
            if origin.at is not None and choices:
                taken = choices[min(origin.taken, len(choices) - 1)]
                start = {"start": f"reach#{taken.feature}", "measure_m": taken.measure_m}
            given = {**values, **start, "rivers": river}
            return Answered(layer, hand, choices, along.run(given, Part(progress, 0.4, 1.0)))

        def work(progress: Progress) -> Answered:
            """In the first layer of rivers that knows the place; else what the first one says."""
            first: GisError | None = None
            at = origin.at or place_of(points, origin.feature, crs)
            for number, (layer, river) in enumerate(likeliest(rivers, at, crs)):
                part = Part(progress, number / len(rivers), (number + 1) / len(rivers))
                try:
                    return in_one(layer, river, part)
                except GisError as error:
                    first = first or error
            assert first is not None
            raise first

        job = Job(tr("Tracing"), work)

        def answered(found: Answered) -> None:
            self.show_way(origin, found, go_there=go_there)
            if wanted is not None and is_load(wanted.quantity):
                self.rankings.rank(wanted)

        job.done.subscribe(answered)
        context.jobs.start(job, instead_of="trace")

    def show_way(self, origin: Origin, found: Answered, *, go_there: bool) -> None:
        """An answer with where it starts: what is asked next is asked from there."""
        self._origin, self._hand, self._river_layer = origin, found.hand, found.rivers
        whole = getattr(found.answer, "layer", None)  # with pipes, where there are some
        rivers = self._of_role("rivers") if whole is None else whole
        self.show(found.answer, rivers, go_there=go_there)
        self._show_choices(found, decided=not go_there)

    def rivers_for(self, origin: Origin) -> Sequence[tuple[LayerId, FeatureSet]]:
        """Layers of rivers to look for a start in: the one that was clicked, else all that are
        loaded, the topmost first."""
        context = self._context
        found = []
        for layer in reversed(context.workspace.store.project.layers):
            data = data_of(context, layer) if layer.role == "rivers" else None
            if is_features(data) and origin.rivers in (None, layer.id):
                found.append((layer.id, data))
        return found

    def _say_no_rivers(self) -> None:
        hint = tr("Add a layer of rivers, or wait until it is loaded.")
        words = tr("There is no river layer to trace in")
        self._context.say(Message(words, "warning", hint=hint))

    def _show_choices(self, found: Answered, *, decided: bool) -> None:
        """The nearest reaches in the panel and on the map; the one that was taken is marked."""
        start = found.answer.start.reach
        ids = [one.id for one in found.choices]
        taken = ids.index(start) if start in ids else -1
        self.choices = found.choices
        self.panel.choices.show_choices(found.choices, taken)
        places = [one.at for one in found.choices] if len(found.choices) > 1 else []
        self.undecided = bool(places) and not decided
        self.mark_choices(places if self.undecided else [])

    def choose(self, number: int) -> None:
        """Another of the nearest reaches. Of a station, an outfall or a source it is kept."""
        origin, hand, store = self._origin, self._hand, self._context.workspace.store
        if origin is None or hand is None or not 0 <= number < len(self.choices):
            return
        self.undecided = False
        self.mark_choices([])
        choice = self.choices[number]
        if origin.feature is None:
            self.run(replace(origin, taken=number), go_there=False)
        elif store.read_only:
            start = Origin(origin.start, choice.at, "", None)
            self.run(start, go_there=False)
        else:
            try:
                store.apply(hand.keep(store.project, origin.role, origin.feature, choice))
            except GisError as error:
                self._context.say(Message(error.message, "error", hint=error.hint))

    def _project_changed(self, change: Change) -> None:
        """A place on the rivers was said or taken back: the trace from there is not true now."""
        origin = self._origin
        if origin is None or origin.feature is None:
            return
        before, after = (
            [project.table_of(la) if (la := project.layer_of_role(role)) else None
             for role in ("placements", origin.role)]
            for project in (change.before, change.after)
        )  # fmt: skip
        if any(old is not new for old, new in zip(before, after, strict=True)):
            words = tr("The place on the river is kept")
            if after[0] is not before[0] and change.kind == "edit":
                self._context.say_done(words, "placement")
            self.again()

    def save(self, path: Path) -> None:
        """What is looked at as a report; its kind by the ending."""
        context, rivers = self._context, self._rivers
        plugins, today = context.plugins, date.today().isoformat()
        trace, ranking = self.panel.answer, self.panel.shown_ranking
        if plugins is None or (ranking is None and (trace is None or rivers is None)):
            return

        def work(progress: Progress) -> Path:
            if ranking is not None:
                press = QtPress()
                return write_ranking(plugins, ranking, path, rivers, today, press, progress)
            assert trace is not None
            assert rivers is not None
            return write_trace(plugins, trace, rivers, path, today, progress)

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(lambda written: say_saved(context, written))
        context.jobs.start(job)

    def _ask(self) -> None:
        folder = self._context.folder or Path.home()
        ranking = self.panel.shown_ranking
        words = tr("Candidates") if ranking is not None else self.panel.title.text()
        ending = "html" if ranking is None else "pdf"
        name = report_name(words, ranking or self.panel.answer, ending)
        choose_new_file(self.panel, folder / name, self.save)

    def show(self, result: Any, rivers: Data | None, *, go_there: bool = True) -> bool:
        """Whether it is the answer of a trace or a ranking, which is then shown."""
        features = rivers if is_features(rivers) else None
        if is_ranking(result):
            self._rivers = features
            self.panel.show_ranking(result, features)
            self.panel.export.setVisible(self._can_rank)
            return True
        if not is_trace(result):
            return False
        self._rivers = features
        self.panel.show_answer(result, self._rivers, go_there=go_there)
        self.panel.export.setVisible(self._rivers is not None and self._can_save)
        return True

    def layers(self) -> dict[str, Any]:
        """What the algorithms take, by role; what is not loaded is left out."""
        roles = ("rivers", *POINTS, "candidates", "zones", *SAID)
        return {role: data for role in roles if (data := self._of_role(role)) is not None}

    def origin_of(self, wanted: StartTrace) -> Origin | None:
        layers = self._context.workspace.store.project.layers
        layer = next((one for one in layers if one.id == wanted.layer), None)
        if layer is None:
            return None
        kind = START.get(layer.role, "reach")
        rivers = layer.id if layer.role == "rivers" else None
        role = layer.role if layer.role in POINTS else ""
        at = wanted.at if kind == "reach" else None
        return Origin(
            f"{kind}#{wanted.feature}", at, role, wanted.feature if role else None, rivers=rivers
        )

    def _of_role(self, role: str) -> FeatureSet | None:
        project = self._context.workspace.store.project
        layer = project.layer_of_role(role)
        if role == "rivers":  # of several the one that was traced in
            traced = (one for one in project.layers if one.id == self._river_layer)
            layer = next(traced, layer)
        data = data_of(self._context, layer) if layer is not None else None
        return data if is_features(data) else None
