"""What can be asked of an open project's page: layers, panels, tracing, outputs, search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QSettings

from gisapp.app.actions import Actions
from gisapp.app.identify import is_features
from gisapp.app.search import SearchResult
from gisapp.app.tools import StartTrace
from gisapp.app.workspace import Selection
from gisapp.io.import_sheets import WORKBOOKS
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.manifest import Contribution
from gisapp.model.text import tr
from gisapp.render.request import Data
from gisapp.ui.algorithm_panel import AlgorithmPanel
from gisapp.ui.base_map_notices import BaseMapNotices
from gisapp.ui.base_map_panel import BaseMapPanel
from gisapp.ui.candidate_commands import CandidateCommands
from gisapp.ui.catchment_here import catchment_here
from gisapp.ui.context import WindowContext
from gisapp.ui.crs_panel import CrsPanel, SourceCrsPanel
from gisapp.ui.file_choice import choose_files, choose_new_file, choose_photos
from gisapp.ui.flight_commands import FlightCommands
from gisapp.ui.layer_notices import LayerNotices
from gisapp.ui.network_panel import (
    NETWORK_ALGORITHM,
    NetworkAnswer,
    NetworkPanel,
    is_network_answer,
)
from gisapp.ui.offline_panel import OfflinePanel
from gisapp.ui.output_panel import safe_name, save_ledger
from gisapp.ui.photo_commands import PhotoCommands
from gisapp.ui.placement_notices import PlacementNotices
from gisapp.ui.plugin_panel import PluginPanel
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.shift_panel import ShiftPanel
from gisapp.ui.steps_panel import StepsPanel
from gisapp.ui.style_panel import StylePanel
from gisapp.ui.thermal_commands import ThermalCommands
from gisapp.ui.tracing import Tracing
from gisapp.ui.tracing_hand import TracingHand
from gisapp.ui.tracing_spill import open_spill


class PageWindow(Protocol):
    """What the page's commands need of the window around it."""

    state: QSettings
    actions_list: Actions

    def refresh(self) -> None: ...


class PageCommands:
    def __init__(self, context: WindowContext, page: ProjectPage, window: PageWindow) -> None:
        self._context, self.page, self._window = context, page, window
        self.import_points: Callable[[Path], None] = lambda path: None  # set with its action
        self.tracing = Tracing(context, page.trace)
        self.tracing_hand = TracingHand(context, page, self.tracing)
        self.thermal = ThermalCommands(context, page)
        self.photos = PhotoCommands(context, page)
        self.flights = FlightCommands(context, page, self.run_action)
        self.candidates = CandidateCommands(context, page)
        page.trace.ranking.window_shown.connect(page.records.show_window)
        self.tracing.rankings.shown_for = page.records.show_ranked
        page.top.workspace_chosen.connect(self.use_workspace)
        page.top.search.chosen.connect(self.open_result)
        page.layers.add_wanted.connect(self.choose_files)
        page.layers.style_wanted.connect(self.show_style)
        page.layers.crs_wanted.connect(self.choose_source_crs)
        page.layers.swipe_wanted.connect(page.looking.start_swipe)
        page.status.crs_wanted.connect(self.choose_crs)
        page.feature.photo_wanted.connect(self.choose_photos)
        self._leave = [
            page.map_area.desk.trace_wanted.subscribe(self.start_trace),
            self.flights.desk.changes.labels_changed.subscribe(lambda nothing: window.refresh()),
            self.thermal.close,
            self.photos.close,
            self.tracing.close,
            self.tracing_hand.close,
            self.flights.close,
            self.candidates.close,
        ]
        if context.layer_data is not None:
            notices = LayerNotices(
                context, context.layer_data, page.layers.relocate, self.choose_source_crs
            )
            self._leave.append(notices.leave)
            ground = BaseMapNotices(
                context, context.layer_data, self.enter_map_key, page.layers.follow
            )
            self._leave.append(ground.leave)
            page.map_area.map.rested.connect(ground.rested)
        placement = PlacementNotices(context, page.layers.follow, self.choose_crs)
        self._leave.append(placement.close)

    def take_workbook(self, paths: Sequence[Path]) -> bool:
        """A dropped workbook is a ledger to import, where the project has a record of outfalls."""
        action = "survey.import"
        if len(paths) != 1 or paths[0].suffix.lower() not in WORKBOOKS:
            return False
        actions = self._window.actions_list
        if action not in actions or not actions[action].enabled():
            return False
        self.import_points(paths[0])
        return True

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    @property
    def undo_label(self) -> str | None:
        """What Ctrl+Z takes back: a moved frame that is not written yet, else a step."""
        changes, store = self.flights.desk.changes, self._context.workspace.store
        return changes.undo_label or store.undo_label

    @property
    def redo_label(self) -> str | None:
        changes, store = self.flights.desk.changes, self._context.workspace.store
        return changes.redo_label or store.redo_label

    def undo(self) -> None:
        changes, store = self.flights.desk.changes, self._context.workspace.store
        (changes if changes.undo_label else store).undo()

    def redo(self) -> None:
        changes, store = self.flights.desk.changes, self._context.workspace.store
        (changes if changes.redo_label else store).redo()

    def run_action(self, name: str) -> bool:
        """Do something that the window offers; False where it does not."""
        if name not in self._window.actions_list:
            return False
        self._window.actions_list.run(name)
        self._window.refresh()
        return True

    def choose_files(self) -> None:
        program = self._context.program
        if program is not None:
            choose_files(self.page, self._context, program.add_files)

    def add_base_map(self) -> None:
        self.page.open_card(BaseMapPanel(self._context))

    def enter_map_key(self, service: str) -> None:
        self.page.open_card(BaseMapPanel(self._context, key_of=service))

    def take_base_map_along(self) -> None:
        self.page.open_card(OfflinePanel(self._context))

    def test_shift(self) -> None:
        active = self._context.workspace.active_layer
        self.page.open_card(ShiftPanel(self._context, active.id if active else None))

    def choose_source_crs(self, layer: LayerId) -> None:
        self.page.open_card(SourceCrsPanel(self._context, layer))

    def read_again(self) -> None:
        data, view = self._context.layer_data, self._context.map_view
        if data is not None:
            for layer in self._context.workspace.store.project.layers:
                if layer.visible and self._context.workspace.store.project.table_of(layer) is None:
                    data.reload(layer)
        if view is not None:
            view.refresh()

    def choose_photos(self) -> None:
        choose_photos(self.page, self.page.feature.add_photos)

    def use_workspace(self, name: str, *, keep: bool = True) -> None:
        page = self.page
        if keep:
            page.arrangement.keep()
        page.arrangement.use(name if name in ("survey", "trace", "analyse") else "survey")
        page.top.show_workspace(page.arrangement.workspace)
        self._window.state.setValue("window/workspace", page.arrangement.workspace)
        self._window.refresh()

    def toggle_panel(self, panel: str) -> None:
        arrangement = self.page.arrangement
        arrangement.show_panel(panel, not arrangement.is_shown(panel))

    def reset_layout(self) -> None:
        self.page.arrangement.reset()

    def show_style(self, layer: LayerId) -> None:
        self.page.open_card(StylePanel(self._context, layer))

    def show_steps(self) -> None:
        self.page.open_card(StepsPanel(self._context))

    def choose_crs(self) -> None:
        self.page.open_card(CrsPanel(self._context, self._window.state))

    def show_plugins(self) -> None:
        if self._context.plugins is not None:
            self.page.open_card(PluginPanel(self._context.plugins, self._context.theme.tokens))

    def show_algorithm(self, contribution: Contribution) -> None:
        assert self._context.plugins is not None
        algorithm = self._context.plugins.load(contribution)
        panel = AlgorithmPanel(self._context, algorithm, contribution.caption, self.show_answer)
        self.page.open_card(panel)

    def show_answer(self, result: Any, inputs: Mapping[str, Data]) -> bool:
        """A trace and a check of the rivers are shown in panels of their own and on the map."""
        rivers = inputs.get("rivers")
        if is_network_answer(result) and is_features(rivers):
            self._show_network(result, rivers)
            return True
        shown = self.tracing.show(result, rivers)
        if shown:
            self.page.arrangement.show_panel("trace")
        return shown

    def _show_network(self, answer: NetworkAnswer, rivers: FeatureSet) -> None:
        assert self._context.plugins is not None
        algorithm = self._context.plugins.algorithm(NETWORK_ALGORITHM)
        page = self.page

        def show(place: Point | None) -> None:
            page.map_area.map.show_cross(place)
            if place is not None:
                page.go_to(place, focus=False)

        page.open_card(NetworkPanel(self._context, answer, rivers, algorithm, show))

    def start_trace(self, wanted: StartTrace) -> None:
        if wanted.purpose == "catchment" and wanted.at is not None:
            camera = self.page.map_area.camera
            catchment_here(self._context, wanted.at, camera, wanted.feature)
            return
        self.page.arrangement.show_panel("trace")
        if wanted.purpose == "sample":
            self.tracing.rankings.add_sample(wanted)
        elif wanted.purpose == "spill":
            open_spill(self._context, self.page, self.tracing, wanted)
        else:
            self.tracing.start(wanted)

    def show_output(self) -> None:
        """The map sheet and its file."""
        self.page.arrangement.show_panel("output")
        self.page.output.pdf.setFocus()

    def choose_ledger(self) -> None:
        context = self._context
        folder = context.folder or Path.home()
        name = safe_name(context.workspace.store.project.title) + " " + tr("ledger") + ".xlsx"
        choose_new_file(self.page, folder / name, lambda path: save_ledger(context, path))

    def open_result(self, result: SearchResult) -> None:
        page = self.page
        if result.action:
            self._window.actions_list.run(result.action)
            self._window.refresh()
        elif result.bookmark:
            page.looking.visit(result.bookmark)
        elif result.place is not None:
            page.go_to(result.place)
        elif result.layer is not None and result.feature is not None:
            chosen = Selection(result.layer, frozenset([result.feature]))
            self._context.workspace.select(chosen)
            page.feature.show_place()
