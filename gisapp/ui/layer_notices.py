"""What is wrong with a layer's file is said once, with the way to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gisapp.app.jobs import Job
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.app.layer_import import in_celsius
from gisapp.app.thermal_difference import FORMAT, FRAME
from gisapp.io.gathered import MissingCrsError
from gisapp.io.import_checks import ImportNotice, Proposal, check_coordinates, check_source
from gisapp.io.thermal_layers import LayerProposal, is_raster, propose_temperatures
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import GisError
from gisapp.model.features import Features
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.crs_panel import short_name

Act = tuple[str, Callable[[], None]]  # words of a button and what it does
ONCE = ("outside_zone", "at_zero")  # may be meant so: said of new layers, not at each opening


class LayerNotices:
    def __init__(
        self,
        context: WindowContext,
        data: LayerData,
        find: Callable[[LayerId], None],
        choose_crs: Callable[[LayerId], None],
    ) -> None:
        self._context, self._data = context, data
        self._find, self._choose_crs = find, choose_crs
        self._said: set[tuple[LayerId, str]] = set()
        self._checked: set[tuple[LayerId, Source]] = set()
        self._known = {layer.source for layer in context.workspace.store.project.layers}
        self.leave = data.changed.subscribe(self._changed)

    def _layer(self, layer_id: LayerId) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((one for one in layers if one.id == layer_id), None)

    def _changed(self, layer_id: LayerId) -> None:
        layer = self._layer(layer_id)
        if layer is None:
            return
        state, error = self._data.state(layer), self._data.error(layer)
        choose: Act = (tr("Set its coordinate system"), lambda: self._choose_crs(layer_id))
        if state is LoadState.MISSING and error is not None:
            find: Act = (tr("Find the file"), lambda: self._find(layer_id))
            self._say(layer, error.message, error.hint, [find])
        elif state is LoadState.FAILED and isinstance(error, MissingCrsError):
            self._say(layer, error.message, error.hint, [choose])
            self._look_for_system(layer, error)
        elif state is LoadState.FAILED and error is not None:
            again: Act = (tr("Read it again"), lambda: self._read_again(layer_id))
            self._say(layer, error.message, error.hint, [again], key=f"layer {layer_id} read")
        for words in self._data.warnings(layer):
            placed = layer.source.format in (FRAME, FORMAT)  # a flight says where it lies
            self._say(layer, words, "", [] if placed else [choose])
        if state is LoadState.READY:
            self._check(layer)

    def _read_again(self, layer_id: LayerId) -> None:
        layer = self._layer(layer_id)
        if layer is not None:
            self._said = {one for one in self._said if one[0] != layer_id}
            self._data.reload(layer)

    def _check(self, layer: Layer) -> None:
        """Axes, zone numbers and units of what was read, once for each way of reading it."""
        data = self._data.get(layer)
        if (layer.id, layer.source) in self._checked:
            return
        self._checked.add((layer.id, layer.source))
        if not isinstance(data, Features):
            self._look_for_temperatures(layer)
            return
        near = self._context.workspace.store.project.crs
        for notice in check_coordinates(data.shapes.coords, data.crs, near):
            if notice.kind not in ONCE or layer.source not in self._known:
                self._say_notice(layer, notice)

    def _look_for_temperatures(self, layer: Layer) -> None:
        """Ask whether the numbers of a new raster are temperatures, when they look like it."""
        source, path = layer.source, self._data.path_of(layer.source)
        if not is_raster(source.format) or source in self._known:
            return

        def work(progress: Progress) -> LayerProposal | None:
            return propose_temperatures(path, dict(source.options), progress)

        def done(proposal: LayerProposal | None) -> None:
            now = self._layer(layer.id)
            if now is None or now.source != source or proposal is None:
                return
            words = tr("{reason}. Are these temperatures?").format(reason=proposal.unit.reason)
            act = (tr("Show as °C"), lambda: self._show_as_celsius(layer.id, proposal))
            self._say(now, words, "", [act], key=f"layer {layer.id} unit")

        job = Job(tr("Looking at the files"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _show_as_celsius(self, layer_id: LayerId, proposal: LayerProposal) -> None:
        """One step, with undo: the file stays as it is."""
        store, layer = self._context.workspace.store, self._layer(layer_id)
        if layer is None:
            return
        before = store.project.layers
        after = tuple(in_celsius(one, proposal) if one.id == layer_id else one for one in before)
        store.apply(LayersEdit(tr("Unit of {layer}").format(layer=layer.name), before, after))

    def _look_for_system(self, layer: Layer, error: GisError) -> None:
        """Offer the system the numbers are probably in, when they tell it."""
        source, path = layer.source, self._data.path_of(layer.source)
        near = self._context.workspace.store.project.crs

        def work(progress: Progress) -> tuple[ImportNotice, ...]:
            return check_source(source, path, progress, near)

        def done(notices: tuple[ImportNotice, ...]) -> None:
            now = self._layer(layer.id)
            if now is None or now.source != source:
                return
            for notice in notices:
                if notice.kind == "crs_missing" and notice.proposals:
                    self._say_notice(now, notice, error.message)

        job = Job(tr("Looking at the files"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _say_notice(self, layer: Layer, notice: ImportNotice, text: str = "") -> None:
        def act(proposal: Proposal) -> Act:
            return proposal_words(proposal), lambda: self._apply(layer.id, proposal)

        acts = [act(one) for one in notice.proposals[:1]]
        if notice.kind != "axes_swapped":
            acts.append((tr("Choose another"), lambda: self._choose_crs(layer.id)))
        self._say(layer, text or notice.message, "", acts, again=True)

    def _apply(self, layer_id: LayerId, proposal: Proposal) -> None:
        """One step, with undo: the file stays as it is."""
        store, layer = self._context.workspace.store, self._layer(layer_id)
        if layer is None:
            return
        changed = replace(layer, source=proposal.applied(layer.source))
        before = store.project.layers
        after = tuple(changed if one.id == layer_id else one for one in before)
        words = tr("Coordinates of {layer}").format(layer=layer.name)
        store.apply(LayersEdit(words, before, after))

    def _say(
        self,
        layer: Layer,
        text: str,
        hint: str,
        acts: Sequence[Act],
        *,
        key: str = "",
        again: bool = False,
    ) -> None:
        """`again`: in place of what was said with the same words and less to offer."""
        if (layer.id, text) in self._said and not again:
            return
        self._said.add((layer.id, text))
        words = text if layer.name in text else f"{layer.name}: {text}"
        key = key or f"layer {layer.id}"
        if self._context.read_only or not acts:
            self._context.say(Message(words, "warning", hint=hint, key=key))
            return
        (action, run), *more = acts
        other, run_other = more[0] if more else ("", None)
        self._context.say(
            Message(
                words, "warning", action, run, hint=hint, other=other, run_other=run_other, key=key
            )
        )


def proposal_words(proposal: Proposal) -> str:
    """A proposal as the words of a button."""
    options = dict(proposal.options)
    if "strip_zone" in options:
        return tr("Take the zone number off")
    crs = options.get("crs", "")
    if not crs:
        return tr("Swap the axes")
    words = tr("Use {crs}, axes swapped") if "swap_axes" in options else tr("Use {crs}")
    return words.format(crs=short_name(crs, crs))
