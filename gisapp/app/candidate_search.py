"""A search for suspected outfalls started from the window: what is searched, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp.app.candidate_import import Import, prepare_import
from gisapp.app.identify import is_features
from gisapp.app.layer_data import Reader
from gisapp.app.layer_reading import LayerReading, features_of
from gisapp.app.plugins import PluginList
from gisapp.app.survey_record import now_and_who
from gisapp.io.candidate_files import keep_cutouts, read_run
from gisapp.io.file_kinds import MOSAIC
from gisapp.io.thermal_layers import is_raster
from gisapp.model.errors import ParameterError, PluginError, ReadError
from gisapp.model.features import FeatureSet
from gisapp.model.layer import Layer
from gisapp.model.parameters import Parameter
from gisapp.model.progress import Part, Progress
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, ThermalStyle
from gisapp.model.text import tr
from gisapp.render.request import Data

COMMAND = "detect"  # of the plugin that searches
RUNS = "cache/candidates"  # in the project: results as they are written
_WATER = ("water", "river", "stream", "lake", "水", "河", "湖", "江")
_ZONES = ("zone", "protect", "保护", "功能区", "basin", "流域")  # that water is in the name of


@dataclass(frozen=True, eq=False)
class SearchRequest:
    """files: mosaics or flight.json. water: features, a layer to be read, or None to propose it.
    folder: where results are written. values: settings by the names of the algorithm."""

    files: tuple[Path, ...]
    water: Callable[[Progress], FeatureSet] | None
    folder: Path
    values: Mapping[str, Any]
    unit: str = ""
    flight: str = ""


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The run ready to be added to the project, and the files that were refused in words."""

    made: Import
    refused: tuple[tuple[str, str, str], ...]  # file, message, hint
    notes: tuple[str, ...]


class CandidateSearch:
    """The door to the plugin that searches. Make and run it on a worker: it imports the plugin.

    Raises PluginError when there is no such plugin.
    """

    def __init__(self, plugins: PluginList) -> None:
        found = next((c for c in plugins.contributions("command") if c.name == COMMAND), None)
        if found is None:
            raise PluginError(
                tr("The plugin that searches for suspected outfalls is not there"),
                hint=tr("Put outfall_candidates into the folder of plugins, then start again."),
            )
        self._search = plugins.load(found, "review:search")
        self.parameters: tuple[Parameter, ...] = plugins.load(found, "review:parameters")()
        self._words = plugins.load(found, "review:reason_words")

    def reason_words(self) -> dict[str, str]:
        words: dict[str, str] = self._words()
        return words

    def run(self, asked: SearchRequest, progress: Progress) -> tuple[Any, ...]:
        """Search; the files that were refused. Raises GisError, Cancelled."""
        water = asked.water(Part(progress, 0.0, 0.05)) if asked.water is not None else None
        rest = Part(progress, 0.05, 0.95)
        refused: tuple[Any, ...] = self._search(
            asked.files, water, asked.folder, dict(asked.values), rest, asked.unit
        )
        if len(refused) == len(asked.files):
            one = refused[0]
            raise ReadError(one.message, hint=one.hint)
        return refused


def search_and_read(
    search: CandidateSearch,
    asked: SearchRequest,
    project: Project,
    folder: Path,
    progress: Progress,
) -> SearchResult:
    """Search, and prepare what was found for the project. Raises GisError, Cancelled."""
    refused = search.run(asked, progress)
    said = tuple((one.file, one.message, one.hint) for one in refused)
    return read_and_keep(
        asked.folder, project, folder, Part(progress, 0.95, 1.0), asked.flight, said
    )


def read_and_keep(
    output: Path,
    project: Project,
    folder: Path,
    progress: Progress,
    flight: str = "",
    refused: tuple[tuple[str, str, str], ...] = (),
) -> SearchResult:
    """What a search wrote into `output`, ready for the project in `folder`; its cut-outs are copied
    there. Raises ReadError, WriteError."""
    progress.report(0.0, tr("Reading the candidates"))
    found = read_run(output)
    at, who = now_and_who()
    run = run_name(project, at)
    made = prepare_import(found, project, run, at, who, flight)
    progress.report(0.4, tr("Keeping the cut-outs"))
    keep_cutouts(
        folder, run, ((name, one.cutout) for name, one in made.cutouts if one.cutout is not None)
    )
    progress.report(1.0)
    return SearchResult(made, refused, found.notes)


def run_name(project: Project, at: str) -> str:
    """Such as 2026-11-22-2103, and a number where there is one of that minute."""
    stem = f"{at[:10]}-{at[11:13]}{at[14:16]}"
    table = project.tables.get("candidate_runs")
    taken = set(map(str, table.column("run"))) if table is not None else set()
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def thermal_layers(project: Project) -> list[Layer]:
    """Layers of temperatures in files, the topmost first; those marked as thermal before others."""
    found = [
        layer
        for layer in reversed(project.layers)
        if isinstance(layer.style, ThermalStyle)
        and (is_raster(layer.source.format) or layer.source.format == MOSAIC)
        and layer.role in ("thermal", "")
    ]
    return sorted(found, key=lambda layer: (layer.role != "thermal", not layer.visible))


def water_layers(project: Project) -> list[Layer]:
    """Areas and lines that may say where the water is; the likeliest first."""
    found = [
        layer
        for layer in reversed(project.layers)
        if isinstance(layer.style, AreaStyle | LineStyle) and layer.role != "counties"
    ]
    return sorted(found, key=_likely)


def _likely(layer: Layer) -> int:
    if layer.role == "water":
        return 0
    name = f"{layer.name} {layer.source.path}".lower()
    zone = layer.role == "zones" or any(word in name for word in _ZONES)
    named = any(word in name for word in _WATER) and not zone
    if isinstance(layer.style, AreaStyle):
        return 1 if named else 3
    return 2 if named else 4


def is_likely_water(layer: Layer) -> bool:
    """Whether it may be proposed: areas that say they are water."""
    return _likely(layer) <= 1


def files_of(layers: Sequence[Layer], path_of: Callable[[Layer], Path]) -> tuple[Path, ...]:
    """The files of layers; of a folder of rasters, all in it. Reads a folder's list of names."""
    found: list[Path] = []
    for layer in layers:
        path = path_of(layer)
        if layer.source.format == MOSAIC:
            found += sorted(p for p in path.iterdir() if p.suffix.lower() in (".tif", ".tiff"))
        else:
            found.append(path)
    return tuple(found)


def unit_said(layers: Sequence[Layer]) -> str:
    """The unit that a person gave to all of the layers; empty where the files say it."""
    units = {layer.source.option("thermal_unit") for layer in layers}
    return units.pop() if len(units) == 1 else ""


def water_of(
    layer: Layer,
    data: Data | None,
    project: Project,
    folder: Path | None,
    readers: Mapping[str, Reader],
) -> Callable[[Progress], FeatureSet]:
    """How a worker gets the features of a layer: as they are loaded, else from its file."""

    def read(progress: Progress) -> FeatureSet:
        if is_features(data):
            return data
        reading = LayerReading(project, folder, readers)
        try:
            return features_of(reading.data(layer, progress), layer.name)
        finally:
            reading.close()

    return read


def check_request(
    layers: Sequence[Layer],
    files: Sequence[Path],
    has_water: bool,
    folder: Path | None,
    read_only: bool,
) -> None:
    """Raises ParameterError that says what is missing before anything is read."""
    if folder is None or read_only:
        raise ParameterError(
            tr("The project cannot keep candidates: it is open for reading only"),
            hint=tr("Open it for editing, or make a working copy."),
        )
    if not layers and not files:
        raise ParameterError(
            tr("There is nothing to search"),
            hint=tr("Choose a layer of temperatures, or add a mosaic or a flight."),
        )
    flights = [path for path in files if path.suffix.lower() == ".json"]
    if flights and not has_water:
        raise ParameterError(
            tr("Frames of a flight need to be told where the water is"),
            hint=tr("Choose a layer of water: areas or bank lines."),
        )
