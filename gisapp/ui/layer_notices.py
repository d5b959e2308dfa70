"""What is wrong with a layer's file is said once, with the way to mend it."""

from __future__ import annotations

from collections.abc import Callable

from gisapp.app.layer_data import LayerData, LoadState
from gisapp.model.layer import Layer, LayerId
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext


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
        self.leave = data.changed.subscribe(self._changed)

    def _changed(self, layer_id: LayerId) -> None:
        layers = self._context.workspace.store.project.layers
        layer = next((one for one in layers if one.id == layer_id), None)
        if layer is None:
            return
        state, error = self._data.state(layer), self._data.error(layer)
        if state is LoadState.MISSING and error is not None:
            find = tr("Find the file")
            self._say(layer, error.message, error.hint, find, lambda: self._find(layer_id))
        elif state is LoadState.FAILED and error is not None:
            system = tr("Set its coordinate system")
            self._say(layer, error.message, error.hint, system, lambda: self._choose_crs(layer_id))
        for words in self._data.warnings(layer):
            system = tr("Set its coordinate system")
            self._say(layer, words, "", system, lambda: self._choose_crs(layer_id))

    def _say(
        self, layer: Layer, text: str, hint: str, action: str, run: Callable[[], None]
    ) -> None:
        if (layer.id, text) in self._said:
            return
        self._said.add((layer.id, text))
        words = text if layer.name in text else f"{layer.name}: {text}"
        if self._context.read_only:
            self._context.say(Message(words, "warning", hint=hint, key=f"layer {layer.id}"))
        else:
            self._context.say(
                Message(words, "warning", action, run, hint=hint, key=f"layer {layer.id}")
            )
