"""A flight as layers of the map, and one frame of it as a layer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from gisapp.analysis.flight_geometry import ground_level, projection
from gisapp.app.flight import LAYERS
from gisapp.app.flight_import import OpenFlight
from gisapp.app.layer_import import Proposal, add_layers, with_option
from gisapp.app.thermal_difference import FRAME, followed
from gisapp.io.file_kinds import open_values
from gisapp.model.edit import Edit, LayersEdit, Steps
from gisapp.model.flight import FlightFrame
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.style import (
    AS_MEASURED,
    AreaStyle,
    LineStyle,
    PointStyle,
    Style,
    ThermalStyle,
)
from gisapp.model.text import tr

SCALE = "flights"  # the scale that all mosaics and frames of flights have in common


def path_in(project_folder: Path, path: Path) -> str:
    """As a project keeps it: relative when it lies inside."""
    try:
        return Path(os.path.abspath(path)).relative_to(project_folder.absolute()).as_posix()
    except ValueError:
        return str(path)


def placed_layers(opened: OpenFlight, project_folder: Path) -> list[tuple[str, Layer]]:
    """Kind and layer: footprints, track, places, coverage and gaps."""
    source, name = path_in(project_folder, opened.folder / LAYERS), opened.name
    blue = "#0072b2"
    looks: tuple[tuple[str, str, str, Style, bool], ...] = (
        ("area", "coverage", tr("Coverage"), AreaStyle("#0072b21f", "#0072b200", 0.0), False),
        ("area", "footprints", tr("Footprints"), AreaStyle("#0072b20d", "#0072b2b0", 0.8), True),
        ("area", "gaps", tr("Gaps"), AreaStyle("#d55e0055", "#d55e00", 1.2), True),
        ("line", "track", tr("Track"), LineStyle(color=blue, width=1.2), True),
        ("point", "frames", tr("Frames"), PointStyle(color=blue, size=5), False),
    )
    found = []
    for kind, part, words, style, visible in looks:
        if part == "gaps" and not opened.covered.gaps:
            continue
        if part == "track" and len(opened.flight.frames) < 2:
            continue
        options = (("layer", part),)
        title = tr("{part} · {flight}").format(flight=name, part=words)
        layer = Layer(title, Source("geopackage", source, options), style, visible=visible)
        found.append((kind, layer))
    return found


def placed_edit(project: Project, opened: OpenFlight, project_folder: Path) -> Edit | None:
    """One step that shows a flight; None when it is shown already."""
    there = {layer.source for layer in project.layers}
    layers = [pair for pair in placed_layers(opened, project_folder) if pair[1].source not in there]
    proposal = Proposal(tuple(layers), (opened.flight.crs,) * len(layers), ())
    return _named(add_layers(project, proposal), opened)


def levelled_edit(
    project: Project,
    opened: OpenFlight,
    project_folder: Path,
    limits: tuple[float, float],
    label: str = "",
) -> Edit | None:
    """One step that shows the mosaic under the scale of all flights, and the one as it was flown,
    hidden. A mosaic of before gives its layer to the new one, layers of single frames lie where the
    flight says; the footprints step back. `label`: what was done, else that it was levelled."""
    if opened.mosaic is None:
        return None
    after, added = list(project.layers), []
    for path, words, visible in (
        (opened.as_flown, tr("As flown"), False),
        (opened.mosaic, tr("Temperatures"), True),
    ):
        if path is None:
            continue
        source = Source("geotiff", path_in(project_folder, path), (("unit", "°C"),))
        number = _layer_of(after, opened, project_folder, flown=path == opened.as_flown)
        if number is not None:
            after[number] = replace(after[number], source=source)
            continue
        title = tr("{part} · {flight}").format(flight=opened.name, part=words)
        style = scale_of(project, limits)
        added.append(("values", Layer(title, source, style, visible=visible, role="thermal")))
    if added:
        footprints = path_in(project_folder, opened.folder / LAYERS)
        after = [
            replace(layer, visible=False)
            if layer.source.path == footprints and layer.source.option("layer") == "footprints"
            else layer
            for layer in after
        ]
    label = label or tr("Level {flight}").format(flight=opened.name)
    changed = replace(project, layers=_followed(after, opened, project_folder))
    edit = add_layers(changed, Proposal(tuple(added), (opened.flight.crs,) * len(added), ()))
    final = edit.after if isinstance(edit, LayersEdit) else changed.layers
    return None if final == project.layers else LayersEdit(label, project.layers, final)


def scale_of(project: Project, limits: tuple[float, float]) -> ThermalStyle:
    """The scale of the flights in a project, or a first one with these limits."""
    for layer in project.layers:
        if isinstance(layer.style, ThermalStyle) and layer.style.scale == SCALE:
            return replace(layer.style, correction=AS_MEASURED)
    low, high = limits
    return ThermalStyle("inferno", round(low, 1), round(max(high, low + 1.0), 1), scale=SCALE)


def limits_of(mosaic: Path, progress: Progress) -> tuple[float, float]:
    """The 2nd and 98th percentile of a mosaic in °C. Reads it: call it on a worker."""
    grid = open_values(Source("geotiff", str(mosaic)), mosaic, {})
    try:
        found = grid.statistics(progress)
    finally:
        grid.close()
    return (found.p2, found.p98) if found is not None else (0.0, 30.0)


def compare_edit(
    project: Project, opened: OpenFlight, project_folder: Path, *, before: bool
) -> Edit | None:
    """Show the mosaic as flown, or the levelled one."""
    after = list(project.layers)
    for flown in (True, False):
        number = _layer_of(after, opened, project_folder, flown=flown)
        if number is not None:
            after[number] = replace(after[number], visible=flown == before)
    label = tr("Show the flight before") if before else tr("Show the flight after")
    found = tuple(after)
    return None if found == project.layers else LayersEdit(label, project.layers, found)


def shows_before(project: Project, opened: OpenFlight, project_folder: Path) -> bool:
    """Whether the map shows the mosaic as flown."""
    number = _layer_of(project.layers, opened, project_folder, flown=True)
    return number is not None and project.layers[number].visible


def mosaic_layer(project: Project, opened: OpenFlight, project_folder: Path) -> Layer | None:
    """The layer of the levelled mosaic."""
    number = _layer_of(project.layers, opened, project_folder, flown=False)
    return None if number is None else project.layers[number]


def frame_layer(
    opened: OpenFlight, frame: FlightFrame, project: Project, project_folder: Path
) -> Layer | None:
    """A frame as a layer, with its offset, under the scale of the flights; one that looks to the
    side by its perspective on a plane. None for one that holds the horizon."""
    place = placed_source(opened, frame)
    if place is None:
        return None
    said = frame.parameters or {}
    names = {
        "emissivity": "emissivity",
        "reflected": "reflected_c",
        "air": "air_c",
        "humidity": "humidity",
        "distance": "distance_m",
    }
    options = {
        **place,
        **{key: f"{said[name]:g}" for key, name in names.items() if name in said},
    }
    path = path_in(project_folder, opened.path_of(frame))
    return Layer(
        frame.name.rsplit(".", 1)[0],
        Source(FRAME, path, tuple(sorted(options.items()))),
        scale_of(project, (8.0, 26.0)),
        role="thermal",
    )


def placed_source(opened: OpenFlight, frame: FlightFrame) -> dict[str, str] | None:
    """Options of a source that say where a frame lies and what is added to it."""
    said = {"crs": opened.flight.crs, "offset_c": f"{frame.offset_c:.4f}"}
    if frame.affine is not None:
        return {"affine": ",".join(f"{value:.9f}" for value in frame.affine), **said}
    pose, lens = frame.pose, opened.flight.lens
    level = ground_level(lens, pose, np.array(frame.corners))
    if len(frame.corners) != 4 or level is None:
        return None
    local = projection(lens, replace(pose, x=0.0, y=0.0, z=pose.z - level))
    return {
        "origin": f"{pose.x:.3f},{pose.y:.3f}",
        "projection": " ".join(f"{value:.10g}" for value in local[:, [0, 1, 3]].ravel()),
        "picture": f"{lens.columns},{lens.rows}",
        "corners": " ".join(f"{x:.3f},{y:.3f}" for x, y in frame.corners),
        **said,
    }


def frame_edit(project: Project, layer: Layer) -> Edit | None:
    """One step that shows a frame above all other temperatures, or puts it where it lies now."""
    for number, one in enumerate(project.layers):
        if one.source.format == FRAME and one.source.path == layer.source.path:
            new = replace(one, source=layer.source, visible=True)
            after = (*project.layers[:number], new, *project.layers[number + 1 :])
            words = tr("Show {layer}").format(layer=one.name)
            return None if new == one else LayersEdit(words, project.layers, after)
    crs = layer.source.option("crs")
    return add_layers(project, Proposal((("values", layer),), (crs,), ()))


def follow_edit(
    project: Project, opened: OpenFlight, project_folder: Path, label: str
) -> Edit | None:
    """One step that lays the layers of single frames where the flight says now."""
    found = _followed(project.layers, opened, project_folder)
    return None if found == project.layers else LayersEdit(label, project.layers, found)


def _followed(
    layers: Iterable[Layer], opened: OpenFlight, project_folder: Path
) -> tuple[Layer, ...]:
    """Layers of single frames lie where the flight says now, their parameters stay; differences are
    those of the layers as they are now."""
    frames = {path_in(project_folder, opened.path_of(f)): f for f in opened.flight.frames}
    after = []
    for layer in layers:
        frame = frames.get(layer.source.path) if layer.source.format == FRAME else None
        made = None if frame is None else placed_source(opened, frame)
        if made is not None:
            layer = with_option(layer, **made)
        after.append(layer)
    return tuple(followed(layer, after, project_folder) for layer in after)


def sources_of(layers: Iterable[Layer], opened: OpenFlight, project_folder: Path) -> list[Layer]:
    """The layers that show files of a flight: to be read again after they were written."""
    return [
        layer for layer in layers if (project_folder / layer.source.path).parent == opened.folder
    ]


def _layer_of(
    layers: Iterable[Layer], opened: OpenFlight, project_folder: Path, *, flown: bool
) -> int | None:
    for number, layer in enumerate(layers):
        path = project_folder / layer.source.path
        if layer.source.format == "geotiff" and path.parent == opened.folder:
            is_flown = opened.as_flown is not None and path.name == opened.as_flown.name
            if is_flown == flown and path.name.startswith("mosaic"):
                return number
    return None


def _named(edit: Edit | None, opened: OpenFlight) -> Edit | None:
    if not isinstance(edit, LayersEdit | Steps):
        return edit
    return replace(edit, label=tr("Add flight {flight}").format(flight=opened.name))
