"""The land that drains to a place, as a new layer of the project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp.app.identify import is_features, is_raster
from gisapp.app.jobs import Job
from gisapp.app.traces import CATCHMENT_ALGORITHM, REACH_CATCHMENT_ALGORITHM
from gisapp.io.vector_writing import write_features
from gisapp.model.coordinates import format_place
from gisapp.model.crs import metres_per_unit, transform_point
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.progress import Part, Progress
from gisapp.model.style import AreaStyle
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.request import Raster
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_facts import data_of

FOLDER = "catchments"  # beside the project
STYLE = AreaStyle(fill="#3d78dd38", outline="#3d78dd", width=1.6)
SNAP_PIXELS = 12  # so far the place is moved to the channel that drains most
MOST_SNAP_M = 5_000.0


@dataclass(frozen=True, slots=True)
class Made:
    found: Any
    path: Path
    name: str


def catchment_here(
    context: WindowContext, place: Point, camera: Camera, river: FeatureId | str = ""
) -> None:
    """`place` in the map's system. Works on the layer with the role terrain; counties are counted
    where the project has them. river: the reach at the place; where it is selected, the catchment
    of its lower end is made instead."""
    if (units := _features_of(context, "units")) is not None:
        _from_units(context, place, units)
        return
    plugins, project, folder = context.plugins, context.workspace.store.project, context.folder
    raster = _terrain(context)
    if raster is None and _when_read(
        context, lambda: catchment_here(context, place, camera, river)
    ):
        return
    if plugins is None or raster is None:
        words = tr("There is no terrain to find a catchment on")
        hint = tr("Add elevations or flow directions and give the layer the role terrain.")
        context.say(Message(words, "warning", hint=hint))
        return
    if folder is None or context.read_only:
        words = tr("The project is read-only: the catchment cannot be kept")
        context.say(Message(words, "warning"))
        return
    try:
        algorithm = plugins.algorithm(CATCHMENT_ALGORITHM)
    except GisError as error:
        context.say(Message(error.message, "error", hint=error.hint))
        return
    counties = _features_of(context, "counties")
    at = transform_point(place, project.crs, raster.crs)
    snap = SNAP_PIXELS * camera.resolution * metres_per_unit(project.crs, place)
    values: dict[str, Any] = {
        "raster": raster,
        "at": f"{at.x!r},{at.y!r}",
        "snap_m": min(snap * camera.pixel_ratio, MOST_SNAP_M),
    }
    if counties is not None:
        values["counties"] = counties
    name = tr("Catchment of {place}").format(place=format_place(place, project.crs, "dms"))
    rivers = _features_of(context, "rivers")
    if rivers is not None and _is_chosen(context, river):
        values |= {"rivers": rivers, "reach": f"#{river}", "snap_m": 0.0}
        name = tr("Catchment of reach {id}").format(id=river)
    _start(context, algorithm, values, name, folder)


def _is_chosen(context: WindowContext, river: str) -> bool:
    chosen = context.workspace.selection
    layer = context.workspace.store.project.layer_of_role("rivers")
    return layer is not None and chosen.layer == layer.id and chosen.features == {river}


def _from_units(context: WindowContext, place: Point, units: FeatureSet) -> None:
    """From areas that each drain to one reach, with the river lines where there are some."""
    plugins, project, folder = context.plugins, context.workspace.store.project, context.folder
    if plugins is None or folder is None or context.read_only:
        words = tr("The project is read-only: the catchment cannot be kept")
        context.say(Message(words, "warning"))
        return
    try:
        algorithm = plugins.algorithm(REACH_CATCHMENT_ALGORITHM)
    except GisError as error:
        context.say(Message(error.message, "error", hint=error.hint))
        return
    at = transform_point(place, project.crs, units.crs)
    values: dict[str, Any] = {"areas": units, "at": f"{at.x!r},{at.y!r}"}
    for role in ("rivers", "counties"):
        if (layer := _features_of(context, role)) is not None:
            values[role] = layer
    name = tr("Catchment of {place}").format(place=format_place(place, project.crs, "dms"))
    _start(context, algorithm, values, name, folder)


def _start(
    context: WindowContext, algorithm: Any, values: dict[str, Any], name: str, folder: Path
) -> None:
    def work(progress: Progress) -> Made:
        found = algorithm.run(values, Part(progress, 0.0, 0.9))
        kept = folder / FOLDER
        kept.mkdir(exist_ok=True)
        number = 1
        while (path := kept / f"catchment-{number}.gpkg").exists():
            number += 1
        write_features(found.features(), path, found.crs, Part(progress, 0.9, 1.0))
        return Made(found, path, name)

    job = Job(tr("Finding the catchment"), work)
    job.done.subscribe(lambda made: _show(context, made, folder))
    context.jobs.start(job)


def _features_of(context: WindowContext, role: str) -> FeatureSet | None:
    layer = context.workspace.store.project.layer_of_role(role)
    data = data_of(context, layer) if layer is not None else None
    return data if is_features(data) else None


def _terrain(context: WindowContext) -> Raster | None:
    project = context.workspace.store.project
    wanted = [la for la in project.layers if la.role == "terrain"]
    for layer in wanted:
        data = data_of(context, layer)
        if is_raster(data) and not data.is_picture:
            return data
    return None


def _when_read(context: WindowContext, then: Callable[[], None]) -> bool:
    """Whether the terrain is being read, which was asked for just now; `then` when it is there."""
    layer, data = context.workspace.store.project.layer_of_role("terrain"), context.layer_data
    if layer is None or data is None or data.error(layer) is not None:
        return False

    def changed(which: LayerId) -> None:
        if which == layer.id and data.get(layer) is not None:
            leave()
            then()

    leave = data.changed.subscribe(changed)
    return True


def _show(context: WindowContext, made: Made, folder: Path) -> None:
    """As a layer under everything else that can be pointed at; in one step that undo takes back."""
    store, found = context.workspace.store, made.found
    source = Source("geopackage", made.path.relative_to(folder).as_posix())
    layer = Layer(made.name, source, STYLE)
    before = store.project.layers
    store.apply(LayersEdit(tr("Add {layer}").format(layer=made.name), before, (layer, *before)))
    left, bottom, right, top = found.polygon.bounds
    corners = [Point(x, y) for x in (left, right) for y in (bottom, top)]
    there = [transform_point(one, found.crs, store.project.crs) for one in corners]
    xs, ys = [p.x for p in there], [p.y for p in there]
    context.look_at(Extent(min(xs), min(ys), max(xs), max(ys)))
    counties = ", ".join(f"{c.name} {100 * c.share:.0f} %" for c in found.counties)
    hint = "\n".join(list(found.lines())[1:] if not counties else [counties, *_notes(found)])
    words = tr("Catchment: {km2} km²").format(km2=f"{found.area_km2:,.2f}")
    context.say(Message(words, "ok", hint=hint, key="catchment"))


def _notes(found: Any) -> list[str]:
    missing, drained = getattr(found, "missing", ()), getattr(found, "published_km2", None)
    published = []
    if drained is not None:
        words = tr("The rivers say that the reach drains {km2} km²")
        published.append(words.format(km2=f"{drained:,.2f}"))
    if missing:
        return [tr("Note: {n} reaches upstream have no area").format(n=len(missing))]
    if not found.touches_edge:
        moved = getattr(found, "moved_m", 0.0)
        notes = [tr("Moved {m} m to the channel").format(m=f"{moved:,.0f}")] if moved >= 1 else []
        return [*published, *notes]
    return [*published, tr("Note: it reaches the edge of the raster; what lies beyond is missing")]
