"""What the map's system cannot show of a layer is left out and said, with the way to mend it."""

from __future__ import annotations

from collections.abc import Callable

from gisapp.app.base_maps import is_base_map
from gisapp.app.jobs import Job
from gisapp.app.placement import Placement, placement
from gisapp.app.store import Change
from gisapp.model.crs import CGCS2000, title
from gisapp.model.edit import ProjectEdit
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.request import Data
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.crs_panel import short_name
from gisapp.ui.layer_facts import data_of


class PlacementNotices:
    """Looks at each visible layer when its data comes and when the map's system changes."""

    def __init__(
        self,
        context: WindowContext,
        show_badges: Callable[[], None],
        choose_crs: Callable[[], None],
    ) -> None:
        self._context, self._show_badges, self._choose_crs = context, show_badges, choose_crs
        self._seen: dict[LayerId, tuple[Data, str]] = {}  # and in which system
        self._leave = [context.workspace.store.changed.subscribe(self._project_changed)]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda layer: self.look()))
        self.look()

    def close(self) -> None:
        for leave in self._leave:
            leave()

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.crs != after.crs:
            self._context.misplaced.clear()
            for layer in self._seen:  # what was said of the system before is true no more
                self._context.say(Message("", key=f"placement {layer}"))
        if before.crs != after.crs or before.layers is not after.layers:
            self.look()

    def look(self) -> None:
        """Ask for every layer whose data or system is another than when it was last asked."""
        project = self._context.workspace.store.project
        for layer in project.layers:
            data = data_of(self._context, layer) if layer.visible else None
            seen = self._seen.get(layer.id)
            if data is None or (seen and seen[0] is data and seen[1] == project.crs):
                continue
            if is_base_map(layer):
                continue  # it reaches further than any map and is not what the map is about
            self._seen[layer.id] = data, project.crs
            self._ask(layer, data, project.crs)

    def _ask(self, layer: Layer, data: Data, crs: str) -> None:
        def work(progress: Progress) -> Placement:
            progress.report(0.0)
            return placement(data, crs)

        def done(found: Placement) -> None:
            if self._seen.get(layer.id) == (data, crs):
                self._found(layer, found, crs)

        job = Job(tr("Where the layers are"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _found(self, layer: Layer, found: Placement, crs: str) -> None:
        misplaced = self._context.misplaced
        if not found.left_out:
            if misplaced.pop(layer.id, None) is not None:
                self._show_badges()
            return
        words = misplaced[layer.id] = words_of(layer, found, crs)
        self._show_badges()
        better = found.better
        if better == crs or self._context.read_only:
            self._context.say(Message(words, "warning", key=f"placement {layer.id}"))
            return
        self._context.say(
            Message(
                words,
                "warning",
                tr("Use {crs}").format(crs=short_name(better, title(better))),
                lambda: self._use(better),
                hint=tr("What cannot be shown is left out of the map; the data stay as they are."),
                other=tr("Choose another"),
                run_other=self._choose_crs,
                key=f"placement {layer.id}",
            )
        )

    def _use(self, crs: str) -> None:
        """One step, with undo."""
        store = self._context.workspace.store
        project = store.project
        if crs != project.crs:
            words = tr("Map in {crs}").format(crs=title(crs))
            store.apply(ProjectEdit(words, (project.title, project.crs), (project.title, crs)))


def words_of(layer: Layer, found: Placement, crs: str) -> str:
    system = short_name(crs, title(crs)) if crs != CGCS2000 else title(crs)
    if found.all == 1 and found.left_out == 1:
        words = tr("{layer} lies where {crs} cannot show it")
    else:
        words = tr("{layer}: {n} of {m} features lie where {crs} cannot show them")
    return words.format(layer=layer.name, n=f"{found.left_out:,}", m=f"{found.all:,}", crs=system)
