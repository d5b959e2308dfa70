"""Putting outfalls on the map, moving them to where they are, taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gisapp.app.identify import hits_in_layer, is_features
from gisapp.app.looking_tools import TOLERANCE, far_enough
from gisapp.app.snapping import NEAR_A_RIVER, SNAP, Snap, on_river, place_row, snap_to_line
from gisapp.app.survey_record import carried_values
from gisapp.app.tools import (
    Effects,
    Key,
    Look,
    MapState,
    MapTool,
    OpenForm,
    Pointer,
    Preview,
    Say,
    Select,
)
from gisapp.model.crs import metres_per_unit
from gisapp.model.edit import FeatureEdit, add_features, change_feature, delete_features
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.outfall_record import delete_outfalls
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, new_feature_id
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr


def why_not_editable(state: MapState, layer: Layer) -> Say | None:
    """The message that says why a layer cannot be changed, or None."""
    if state.read_only:
        return Say(
            tr("The project is open for reading only"),
            hint=tr("Open it for editing to change features."),
            level="warning",
        )
    if layer.locked:
        return Say(
            tr("{layer} is locked").format(layer=layer.name),
            hint=tr("Unlock it in the layer panel to change its features."),
            level="warning",
        )
    if state.project.table_of(layer) is None:
        return Say(
            tr("{layer} comes from a file and is not changed here").format(layer=layer.name),
            hint=tr("Import it into the project to edit it."),
            level="warning",
        )
    return None


def river_values(
    state: MapState, pointer: Pointer, table: FeatureTable
) -> tuple[Snap | None, dict[str, Any]]:
    """The snap at the pointer (Alt: none), and what the river near it says of the place.

    Only fields that the table has; within 200 m of the nearest reach.
    """
    camera = pointer.camera
    metres = camera.resolution * metres_per_unit(camera.crs, pointer.point)
    near = snap_to_line(
        state, camera, pointer.pixel, max(NEAR_A_RIVER / metres, SNAP * camera.pixel_ratio)
    )
    if near is None:
        return None, {}
    data = state.data_of(near.layer)
    known: dict[str, Any] = {}
    if is_features(data):
        told = on_river(data, near, pointer.point, camera.crs)
        known = {
            "receiving_reach": told.reach,
            "bank": told.bank,
            "distance_to_mouth_m": told.distance_to_mouth,
            "river": told.river,
        }
    fields = {f.name for f in table.fields}
    values = {k: v for k, v in known.items() if k in fields and v is not None}
    caught = near.distance <= SNAP * camera.pixel_ratio and not pointer.has("alt")
    return (near if caught else None), values


def new_outfall(
    project: Project,
    table: FeatureTable,
    values: Mapping[str, Any],
    template: Mapping[str, Any] | None = None,
) -> tuple[FeatureEdit, FeatureId]:
    """The edit that adds a suspected outfall with these values, and its id.

    What the values do not say is taken from the template, and what that does not say of county,
    river and team from the last outfall.
    """
    fields = {f.name for f in table.fields}
    first = {"kind": "suspected", "state": "suspected"}
    row = {k: v for k, v in first.items() if k in fields} | carried_values(project, table)
    row |= {k: v for k, v in (template or {}).items() if k in fields}
    if "river" in values and row.get("river") != values["river"]:  # another one: another place
        for name in ("river_system", "watershed"):
            row.pop(name, None)
    row |= values
    fid = new_feature_id()
    whole = {f.name: row.get(f.name) for f in table.fields} | row
    return add_features(tr("Add outfall"), table, {fid: whole}), fid


def _marker(state: MapState, pointer: Pointer) -> Point | None:
    if pointer.has("alt"):
        return None
    reach = SNAP * pointer.camera.pixel_ratio
    snap = snap_to_line(state, pointer.camera, pointer.pixel, reach)
    return snap.place if snap else None


class AddOutfall(MapTool):
    """Click where it is: a suspected outfall is written, chosen, and its form opens.

    Within 15 pixels of a river the place is caught on it (Alt: not).
    """

    name = "add"
    cursor = "cross"
    _start: Pointer | None = None

    def _target(self, state: MapState) -> tuple[Layer, FeatureTable] | Say:
        chosen = next((la for la in state.project.layers if la.id == state.active), None)
        editable = chosen is not None and state.project.table_of(chosen) is not None
        layer = chosen if editable else state.project.layer_of_role("outfalls")
        if layer is None:
            return Say(
                tr("There is no layer of outfalls in this project"),
                hint=tr("Add one under Survey, or choose an editable layer."),
                level="warning",
            )
        refusal = why_not_editable(state, layer)
        table = state.project.table_of(layer)
        if refusal or table is None:
            return refusal or Say(layer.name)
        return layer, table

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        place = _marker(self.look(), pointer)
        return (Preview(snapped=place, points=(place or pointer.point,)),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None or far_enough(start, pointer):
            return ()
        state = self.look()
        target = self._target(state)
        if isinstance(target, Say):
            return (target,)
        layer, table = target
        snap, values = river_values(state, pointer, table)
        place = snap.place if snap else pointer.point
        values |= place_row(place, pointer.camera.crs, table.crs)
        edit, fid = new_outfall(state.project, table, values, state.template)
        return (
            Preview(),
            edit,
            Select(layer.id, frozenset([fid])),
            OpenForm(layer.id, fid),
        )


class MoveFeature(MapTool):
    """Drag a point to where it really is: seen all the way, one edit at the end."""

    name = "move"
    cursor = "pointer"

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._held: tuple[Layer, FeatureTable, FeatureId] | None = None
        self._start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._held, self._start = None, pointer
        state = self.look()
        found = point_at(state, pointer)
        if found is None:
            return ()
        layer, fid = found
        refusal = why_not_editable(state, layer)
        table = state.project.table_of(layer)
        if refusal or table is None:
            return (refusal,) if refusal else ()
        self._held = layer, table, fid
        return (Select(layer.id, frozenset([fid])),)

    def move(self, pointer: Pointer) -> Effects:
        if self._held is None or self._start is None or not far_enough(self._start, pointer):
            return ()
        place = _marker(self.look(), pointer)
        return (Preview(points=(place or pointer.point,), snapped=place),)

    def release(self, pointer: Pointer) -> Effects:
        held, start = self._held, self._start
        self._held = self._start = None
        if held is None or start is None or not far_enough(start, pointer):
            return (Preview(),)
        _, table, fid = held
        snap, values = river_values(self.look(), pointer, table)
        place = snap.place if snap else pointer.point
        changes = place_row(place, pointer.camera.crs, table.crs)
        if snap:  # on a river its reach, bank and distance are those of the new place
            changes = {**changes, **values}
        return (Preview(), change_feature(tr("Move point"), table, fid, changes))

    def cancel(self) -> Effects:
        self._held = self._start = None
        return (Preview(),)


class DeleteFeature(MapTool):
    """Click a point to delete it; Delete takes away everything that is selected. Undo brings
    it back, so nothing is asked."""

    name = "delete"
    cursor = "cross"

    def press(self, pointer: Pointer) -> Effects:
        state = self.look()
        found = point_at(state, pointer)
        if found is None:
            return ()
        return delete_of(state, found[0], frozenset([found[1]]))

    def key(self, key: Key) -> Effects:
        return delete_selected(self.look()) if key == "delete" else ()


def delete_selected(state: MapState) -> Effects:
    """What the Delete key does, in any tool."""
    chosen = state.selection
    layer = next((la for la in state.project.layers if la.id == chosen.layer), None)
    if layer is None or not chosen.features:
        return ()
    return delete_of(state, layer, state.seen_among(layer, chosen.features))


def delete_of(state: MapState, layer: Layer, features: frozenset[FeatureId]) -> Effects:
    refusal = why_not_editable(state, layer)
    table = state.project.table_of(layer)
    if refusal or table is None:
        return (refusal,) if refusal else ()
    there = tuple(fid for fid in features if fid in table)
    if not there:
        return ()
    label = tr("Delete {n} features").format(n=len(there))
    label = label if len(there) > 1 else tr("Delete feature")
    whole = table.name == OUTFALL_TABLE  # with what belongs to them
    return (
        Preview(),
        delete_outfalls(label, state.project, there)
        if whole
        else delete_features(label, table, there),
        Select(None, frozenset()),
    )


def point_at(state: MapState, pointer: Pointer) -> tuple[Layer, FeatureId] | None:
    """The point under the pointer: of what is selected first, else the nearest, topmost."""
    camera = pointer.camera
    found: list[tuple[bool, float, Layer, FeatureId]] = []
    for layer in reversed(state.project.layers):
        data = state.seen_of(layer)
        if not layer.visible or not is_features(data):
            continue
        if data.shapes_in(camera.crs).kind != "point":
            continue
        tolerance = TOLERANCE * camera.pixel_ratio
        for hit in hits_in_layer(camera, pointer.pixel, layer, data, tolerance):
            assert hit.feature is not None
            other = hit.feature not in state.selection.features
            found.append((other, hit.distance, layer, hit.feature))
    if not found:
        return None
    _, _, layer, fid = min(found, key=lambda entry: entry[:2])
    return layer, fid
