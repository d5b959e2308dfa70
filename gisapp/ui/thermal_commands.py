"""What a window can do with temperatures: open their cards, measure, compare, report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from gisapp.app.actions import Action
from gisapp.app.jobs import Job
from gisapp.app.thermal_report import export_thermal_report
from gisapp.app.thermal_tools import AREA, BOX, LINE, SPOT
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.output_panel import safe_name, say_saved
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.thermal_card import ThermalCard
from gisapp.ui.thermal_measures import MeasuresCard
from gisapp.ui.thermal_measuring import ThermalMeasuring
from gisapp.ui.thermal_scale import chosen_layer


class ThermalCommands:
    def __init__(self, context: WindowContext, page: ProjectPage) -> None:
        self._context, self._page = context, page
        self.measuring = ThermalMeasuring(context, page.map_area.desk)
        page.scale.settings_wanted.connect(lambda layer: self.show_settings(LayerId(layer)))
        page.scale.measure_wanted.connect(self.show_measures)
        self.close = self.measuring.leave

    def show_settings(self, layer: LayerId | None = None) -> None:
        """Isotherms, comparison and correction of a layer, or of the one that is chosen."""
        chosen = chosen_layer(self._context)
        found = layer or (chosen.id if chosen is not None else None)
        if found is None:
            self._say_none()
            return
        page = self._page
        card = ThermalCard(self._context, found, page.map_area.desk, page.scale)
        card.swipe_wanted.connect(lambda one: page.looking.start_swipe(LayerId(one)))
        card.split_wanted.connect(page.looking.toggle_split)
        page.open_card(card)

    def show_measures(self) -> None:
        card = MeasuresCard(self._context, self.measuring)
        card.report_wanted.connect(self.choose_report)
        self._page.open_card(card)

    def take(self, tool: str) -> None:
        """A measuring tool, with the list that its measures come to."""
        if not isinstance(self._page.side.card, MeasuresCard):
            self.show_measures()
        self.measuring.take(tool)

    def choose_report(self) -> None:
        layer = chosen_layer(self._context)
        if layer is None:
            self._say_none()
            return
        folder = self._context.folder or Path.home()
        name = safe_name(layer.name) + ".pdf"
        choose_new_file(self._page, folder / name, self.save_report)

    def save_report(self, path: Path) -> None:
        """Of the chosen layer, as the map shows it now."""
        context, layer = self._context, chosen_layer(self._context)
        if layer is None:
            return
        project, view = context.workspace.store.project, self._page.map_area
        camera, data, plugins = view.camera, view.data(), context.plugins
        painters = plugins.painters() if plugins is not None else {}
        made_on = date.today().isoformat()

        def work(progress: Progress) -> int:
            return export_thermal_report(
                project,
                layer,
                path,
                camera=camera,
                data=data,
                painters=painters,
                press=QtPress(),
                made_on=made_on,
                progress=progress,
            )

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(
            lambda count: say_saved(context, path, tr("{n} measures").format(n=count))
        )
        context.jobs.start(job)

    def _say_none(self) -> None:
        words = tr("There is no layer of temperatures to measure")
        hint = tr("Show a layer of temperatures first.")
        self._context.say(Message(words, "warning", hint=hint, key="measure"))


def thermal_actions(commands: ThermalCommands) -> Iterator[Action]:
    """For the menu Thermal and the search."""

    def entry(name: str, title: str, run: object, *keys: str, icon: str, group: str) -> Action:
        assert callable(run)
        return Action(f"thermal.{name}", title, "thermal", run, keys, icon=icon, group=group)

    yield entry(
        "settings",
        tr("Isotherms, comparison, correction"),
        commands.show_settings,
        icon="settings",
        group="layer",
    )
    yield entry(
        "measures",
        tr("Measure temperatures"),
        commands.show_measures,
        "M",
        icon="target",
        group="measure",
    )
    tools = (
        (SPOT, tr("Temperature of a spot"), "target", "Shift+1"),
        (LINE, tr("Temperatures along a line"), "measure", "Shift+4"),
        (BOX, tr("Temperatures in a box"), "select", "Shift+2"),
        (AREA, tr("Temperatures of an area"), "measure_area", "Shift+5"),
    )
    for name, title, icon, key in tools:
        run = partial(commands.take, name)
        yield entry(name.removeprefix("thermal_"), title, run, key, icon=icon, group="measure")
    yield entry(
        "report",
        tr("Report of temperatures (PDF)"),
        commands.choose_report,
        icon="export",
        group="report",
    )
