"""Click a station, an outfall, a source or a reach: what lies along the river is listed."""

from __future__ import annotations

from gisapp.api import Effects, Hit, MapTool, Pointer, Preview, Say, StartTrace, hits_in_layer, tr

TOLERANCE = 8.0  # pixels of a style
STARTS = ("stations", "outfalls", "sources", "rivers")  # roles; the first that is hit counts


class TraceUpstream(MapTool):
    name = "trace"
    cursor = "cross"
    speaks = True

    def release(self, pointer: Pointer) -> Effects:
        hit = self._hit(pointer)
        if hit is None or hit.feature is None:
            hint = tr("Click a station or a river; the layers must be visible.")
            return (Say(tr("There is nothing here to trace from"), hint, "warning"),)
        return (Preview(), StartTrace(hit.layer, hit.feature, at=pointer.point))

    def _hit(self, pointer: Pointer) -> Hit | None:
        state = self.look()
        tolerance = TOLERANCE * pointer.camera.pixel_ratio
        for role in STARTS:
            for layer in reversed(state.project.layers):
                if layer.role != role or not layer.visible:
                    continue
                data = state.seen_of(layer)
                hits = hits_in_layer(pointer.camera, pointer.pixel, layer, data, tolerance)
                if hits:
                    return hits[0]
        return None
