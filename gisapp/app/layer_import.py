"""Files become layers: what each holds, how it looks at first, where it goes in the list."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gisapp.app.layer_data import Reader
from gisapp.io import raster
from gisapp.io.file_kinds import MOSAIC, DataKind, Found, open_values, sniff_all
from gisapp.io.thermal_layers import LayerProposal
from gisapp.model.crs import CGCS2000, is_geographic
from gisapp.model.edit import Edit, LayersEdit, ProjectEdit, Steps
from gisapp.model.errors import GisError, ReadError
from gisapp.model.features import Features
from gisapp.model.geometry import ShapeKind
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Progress, Silent, track
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, Style, ThermalStyle, default_style
from gisapp.model.text import tr

# Colour-blind-safe (Okabe and Ito 2008), blue first; the next layer of a kind takes the next one.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
# Columns that tell large rivers from small ones, the best first: discharge, area upstream, order.
SIZES_OF_RIVERS = (
    "discharge_m3s", "dis_av_cms", "up_area_km2", "upland_skm", "uparea", "totdasqkm",
    "strahler", "ord_stra", "streamorde", "sorder",
)  # fmt: skip
BOTTOM_TO_TOP = ("picture", "values", "area", "line", "point")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Layers that could be added, and files that could not become one."""

    layers: tuple[tuple[str, Layer], ...]  # kind (as in `Found`) and layer
    crs: tuple[str, ...]  # of each layer; empty where the file has none
    wrong: tuple[GisError, ...]


def look_at_files(
    paths: Iterable[Path],
    project: Project,
    folder: Path | None = None,
    progress: Progress | None = None,
    foreign: Mapping[Path, tuple[str, Reader]] | None = None,
) -> Proposal:
    """What files would be as layers. Reads them: call it in a job.

    Paths inside the project's folder are written relative to it, so that the folder can move.
    `foreign`: files that plugins read, with their format (`PluginList.foreign_readers`).
    """
    foreign = foreign or {}
    listed = list(paths)
    found, faults = sniff_all(path for path in listed if path not in foreign)
    wrong: list[GisError] = list(faults)
    for path in listed:
        if path in foreign:
            try:
                found.append(_foreign(path, *foreign[path], progress or Silent()))
            except GisError as error:
                wrong.append(error)
    layers: list[tuple[str, Layer]] = []
    systems: list[str] = []
    for one in track(found, len(found), progress or Silent(), tr("Looking at the files")):
        if one.kind == "table":
            wrong.append(
                ReadError(
                    tr("{name} is a table without places").format(name=one.name),
                    hint=tr("Columns with longitude and latitude are needed to show it."),
                )
            )
            continue
        style, role = _look(one, len(project.layers) + len(layers))
        source = Source(one.source.format, _inside(one.source.path, folder), one.source.options)
        layers.append((one.kind, Layer(one.name, source, style, role=role)))
        systems.append(one.crs)
    return Proposal(tuple(layers), tuple(systems), tuple(wrong))


def add_layers(project: Project, proposal: Proposal) -> Edit | None:
    """One step that adds the layers, each above those of its kind; None if there is none.

    An empty project takes the system of its first layer, if that is one to measure in.
    """
    if not proposal.layers:
        return None
    after = list(project.layers)
    for kind, layer in proposal.layers:
        after.insert(_place(after, kind), layer)
    first = proposal.layers[0][1]
    label = (
        tr("Add {layer}").format(layer=first.name)
        if len(proposal.layers) == 1
        else tr("Add {n} layers").format(n=len(proposal.layers))
    )
    edit = LayersEdit(label, project.layers, tuple(after))
    crs = next((crs for crs in proposal.crs if crs), "")
    if project.layers or not crs or crs == project.crs or project.crs != CGCS2000:
        return edit
    if is_geographic(crs):
        return edit
    moved = ProjectEdit(label, (project.title, project.crs), (project.title, crs))
    return Steps(label, (moved, edit))


def with_option(layer: Layer, **options: str) -> Layer:
    """The layer read with something said about its file, such as crs="EPSG:4547"."""
    merged = {**dict(layer.source.options), **options}
    return replace(layer, source=replace(layer.source, options=tuple(sorted(merged.items()))))


def in_celsius(layer: Layer, proposal: LayerProposal) -> Layer:
    """The layer with its numbers read as temperatures: options, role and colours change."""
    seen, style = with_option(layer, **dict(proposal.options)), layer.style
    if isinstance(style, ThermalStyle):
        low, high = proposal.limits_c
        style = replace(style, ramp="inferno", low=low, high=max(high, low + 1))
    return replace(seen, style=style, role=layer.role or "thermal")


def _foreign(path: Path, format_: str, reader: Reader, progress: Progress) -> Found:
    """What a plugin's reader makes of a file: only reading tells."""
    data = reader(path, {}, progress)
    source = Source(format_, str(path))
    if isinstance(data, Features):
        kinds: dict[ShapeKind, DataKind] = {"point": "point", "line": "line", "area": "area"}
        return Found(source, kinds.get(data.shapes.kind, "table"), path.stem, data.crs, len(data))
    is_picture = getattr(data, "is_picture", False)
    return Found(source, "picture" if is_picture else "values", path.stem, data.crs)


def _look(found: Found, number: int) -> tuple[Style, str]:
    """First style and role."""
    colour = COLOURS[number % len(COLOURS)]
    if found.kind == "point":
        return PointStyle(color=colour, size=8), ""
    if found.kind == "line":
        return _look_of_lines(found), _role_of_lines(found)
    if found.kind == "area":
        return AreaStyle(fill=colour + "33", outline=colour), ""
    if found.kind == "values" and found.source.format in (*raster.DRIVERS, MOSAIC):
        options = dict(found.source.options) | ({} if found.crs else {"crs": CGCS2000})
        grid = open_values(found.source, Path(found.source.path), options)
        try:
            statistics = grid.statistics(Silent())
            role = "thermal" if grid.unit == "°C" else ""
        finally:
            grid.close()
        if statistics is None:
            return default_style(found.kind), role
        low, high = round(statistics.p2, 2), round(statistics.p98, 2)
        ramp = "inferno" if role else "viridis"
        return ThermalStyle(ramp, low, high if high > low else low + 1), role
    return default_style(found.kind), ""


def _look_of_lines(found: Found) -> LineStyle:
    """Rivers are as wide as the water they drain, where a column says how much that is."""
    named = {name.lower(): name for name in reversed(found.fields)}
    by = next((named[name] for name in SIZES_OF_RIVERS if name in named), "")
    return LineStyle(color=COLOURS[0], width=3.5, width_by=by) if by else LineStyle(COLOURS[0])


def _role_of_lines(found: Found) -> str:
    """Lines called river or stream are rivers until the user says otherwise."""
    name = found.name.lower()
    words = ("river", "stream", "reach", "hydro", "flowline", "河", "水系")
    return "rivers" if any(word in name for word in words) else ""


def _place(layers: Sequence[Layer], kind: str) -> int:
    """Above the last layer of the same or a lower kind; survey tables stay on top."""
    rank = BOTTOM_TO_TOP.index(kind)
    place = 0
    for number, layer in enumerate(layers):
        if _rank(layer.style) <= rank:
            place = number + 1
    return place


def _rank(style: Style) -> int:
    ranks = {"PictureStyle": 0, "ThermalStyle": 1, "AreaStyle": 2, "LineStyle": 3}
    return ranks.get(type(style).__name__, 4)


def _inside(path: str, folder: Path | None) -> str:
    if folder is None:
        return path
    try:
        return Path(os.path.abspath(path)).relative_to(folder.absolute()).as_posix()
    except ValueError:
        return path
