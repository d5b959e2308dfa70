"""Layers of a project read at once, for work that waits: the command line, exports, scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from gisapp.app.layer_data import Reader
from gisapp.io.file_kinds import sniff
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.features import FeatureSet
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.render.request import Data


class LayerReading:
    """Reads a project's layers, each source once."""

    def __init__(
        self, project: Project, folder: Path | None, readers: Mapping[str, Reader]
    ) -> None:
        self.project = project
        self._folder = folder
        self._readers = readers
        self._read: dict[object, Data] = {}

    def data(self, layer: Layer, progress: Progress) -> Data:
        """What the layer holds. Raises ReadError."""
        table = self.project.table_of(layer)
        if table is not None:
            return table
        source = layer.source
        if source not in self._read:
            reader = self._readers.get(source.format)
            if reader is None:
                raise ReadError(
                    tr("Nothing here reads the format {format}").format(format=source.format),
                    hint=tr("It may belong to a plugin that is switched off or not installed."),
                )
            path = Path(source.path)
            if not path.is_absolute() and self._folder is not None:
                path = self._folder / path
            self._read[source] = reader(path, dict(source.options), progress)
        return self._read[source]

    def visible(
        self, progress: Progress, left_out: list[ReadError] | None = None
    ) -> dict[LayerId, Data]:
        """Data of all visible layers. A file that cannot be read goes to `left_out`, if given."""
        found: dict[LayerId, Data] = {}
        for layer in self.project.layers:
            if not layer.visible:
                continue
            try:
                found[layer.id] = self.data(layer, progress)
            except ReadError as error:
                if left_out is None:
                    raise
                left_out.append(error)
        return found

    def layer(self, text: str) -> Layer:
        """The layer of that role, name or id, the topmost first. Raises ParameterError."""
        topmost = self.project.layers[::-1]
        found = (
            *(layer for layer in topmost if layer.role == text),
            *(layer for layer in topmost if layer.name.casefold() == text.casefold()),
            *(layer for layer in topmost if layer.id == text),
        )
        if found:
            return found[0]
        names = ", ".join(layer.name for layer in self.project.layers)
        raise ParameterError(
            tr("The project has no layer {name}").format(name=text),
            hint=tr("It has: {names}").format(names=names or tr("no layers")),
        )

    def features(self, text: str, progress: Progress) -> FeatureSet:
        """Features of a layer (role, name or id) or of a file on the disk."""
        known = any(text in (each.role, each.name, each.id) for each in self.project.layers)
        path = Path(text)
        if not known and (path.suffix or path.exists()):
            return features_of(read_file(path, self._readers, progress), text)
        layer = self.layer(text)
        return features_of(self.data(layer, progress), layer.name)

    def close(self) -> None:
        """Let go of open files."""
        close_data(self._read.values())
        self._read.clear()


def read_file(path: Path, readers: Mapping[str, Reader], progress: Progress) -> Data:
    """The first layer in a file. Raises ReadError."""
    found = sniff(path)
    if not found or found[0].kind == "table":
        raise ReadError(
            tr("{file} holds nothing that lies on a map").format(file=path.name),
            hint=tr("Columns with longitude and latitude are needed to show it."),
        )
    source = found[0].source
    return readers[source.format](Path(source.path), dict(source.options), progress)


def features_of(data: Data, name: str) -> FeatureSet:
    """The data if it is features. Raises ParameterError for a raster."""
    if not hasattr(data, "shapes_in"):
        raise ParameterError(
            tr("{name} is a raster, features are needed").format(name=name),
            hint=tr("Choose a layer of points, lines or areas."),
        )
    return cast(FeatureSet, data)


def close_data(data: Iterable[Data]) -> None:
    """Rasters keep files open until they are closed."""
    for one in data:
        close = getattr(one, "close", None)
        if close is not None:
            close()
