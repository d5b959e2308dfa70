"""What base maps have to say: a server nobody allowed, a key that is missing, no connection."""

from __future__ import annotations

from collections.abc import Callable

from gisapp.app.base_map_formats import state_of
from gisapp.app.base_maps import is_base_map
from gisapp.app.jobs import Job
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.app.map_services import allow
from gisapp.io.web_hosts import HostNotAllowedError
from gisapp.io.web_keys import KeyMissingError
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.context import Message, WindowContext


class BaseMapNotices:
    """Made after LayerNotices: what it says of the same layer takes the place of the plain words.

    Trouble of a base map that is shown is said once, quietly, whatever the number of tiles.
    """

    def __init__(
        self,
        context: WindowContext,
        data: LayerData,
        add_key: Callable[[str], None],
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        """`add_key` opens the panel for the service of that name; `refresh`: the layer list."""
        self._context, self._data = context, data
        self._add_key, self._refresh = add_key, refresh
        self._watched: set[int] = set()
        self._open = True
        self._said: set[str] = set()
        self._unsubscribe = data.changed.subscribe(self._changed)

    def leave(self) -> None:
        self._open = False
        self._unsubscribe()

    def _layer(self, layer_id: LayerId) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((one for one in layers if one.id == layer_id), None)

    def _changed(self, layer_id: LayerId) -> None:
        layer = self._layer(layer_id)
        if layer is None or not is_base_map(layer):
            return
        error = self._data.error(layer)
        if self._data.state(layer) is LoadState.READY:
            self._watch(layer)
        elif isinstance(error, HostNotAllowedError):
            hosts = ", ".join(error.hosts[:2]) + (" …" if len(error.hosts) > 2 else "")
            self._say(
                layer,
                tr("{layer} is not loaded: allow {host}?").format(layer=layer.name, host=hosts),
                error.hint,
                tr("Allow"),
                lambda: self._allow(layer_id),
            )
        elif isinstance(error, KeyMissingError):
            key = error.key
            self._say(
                layer, error.message, error.hint, tr("Enter the key"), lambda: self._add_key(key)
            )

    def _say(
        self, layer: Layer, text: str, hint: str, action: str, run: Callable[[], None]
    ) -> None:
        key = f"layer {layer.id} read"  # in place of what was said of the reading
        self._context.say(Message(text, "warning", action, run, hint=hint, key=key))

    def _allow(self, layer_id: LayerId) -> None:
        layer = self._layer(layer_id)
        if layer is None:
            return
        chosen = layer

        def work(progress: Progress) -> None:
            allow(chosen)

        def done(nothing: None) -> None:
            for one in self._context.workspace.store.project.layers:
                if is_base_map(one) and isinstance(self._data.error(one), HostNotAllowedError):
                    self._data.reload(one)  # the same servers may be theirs

        job = Job(tr("Allow"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def rested(self, camera: Camera) -> None:
        """The map came to rest: tiles that are not in view are not asked for any more."""
        for layer in self._context.workspace.store.project.layers:
            if is_base_map(layer) and layer.visible:
                looking = getattr(self._data.get(layer), "looking_at", None)
                if looking is not None:
                    looking(camera.extent, camera.crs)

    # -- trouble of what is shown

    def _watch(self, layer: Layer) -> None:
        raster = self._data.get(layer)
        changed = getattr(raster, "changed", None)
        if changed is None or id(raster) in self._watched:
            return
        self._watched.add(id(raster))
        changed.append(lambda: self._context.deliver(lambda: self._trouble(layer.id)))

    def _trouble(self, layer_id: LayerId) -> None:
        layer = self._layer(layer_id) if self._open else None
        if layer is None:
            return
        state = state_of(self._data.get(layer))
        self._refresh()
        if state.words and state.words not in self._said:
            self._said.add(state.words)
            words = f"{layer.name}: {state.words}"
            self._context.say(Message(words, "info", hint=state.hint, key="base map"))
