"""Layers of a project by their roles, read at once: for commands that ask about all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gisapp.app.layer_reading import LayerReading
from gisapp.app.plugins import PluginList
from gisapp.app.project_session import open_project
from gisapp.app.station_chart import BESIDE, RECORDS
from gisapp.model.features import FeatureSet
from gisapp.model.layer import TABLE, Layer
from gisapp.model.progress import Part, Progress

RECORDED = {"stations": BESIDE, "sources": ("source_records.parquet", "source_records.csv")}


@dataclass(frozen=True, eq=False)
class ProjectLayers:
    """layers, records (files with what stations and sources measured) by role: those there are.

    changed_on: date of the project's last change; empty: none.
    """

    layers: Mapping[str, FeatureSet]
    records: Mapping[str, Path]
    changed_on: str


@contextmanager
def project_layers(
    folder: Path, roles: Sequence[str], plugins: PluginList, progress: Progress
) -> Iterator[ProjectLayers]:
    """Also of a project that is open in a window: nothing in it is changed.

    Raises ProjectError, ReadError, ParameterError.
    """
    with open_project(folder, read_only=True) as session:
        project = session.store.project
        reading = LayerReading(project, session.folder, plugins.readers())
        try:
            found: dict[str, FeatureSet] = {}
            records: dict[str, Path] = {}
            for number, role in enumerate(roles):
                layer = project.layer_of_role(role)
                if layer is None:
                    continue
                part = Part(progress, number / len(roles), (number + 1) / len(roles))
                found[role] = reading.features(layer.id, part)
                if (file := records_of(layer, session.folder)) is not None:
                    records[role] = file
            newest = session.file.entries(newest=1)
            yield ProjectLayers(found, records, newest[-1].at[:10] if newest else "")
        finally:
            reading.close()


def records_of(layer: Layer, folder: Path) -> Path | None:
    """The file with what the layer's stations or sources measured: named by the layer's option
    `records`, else of the usual name beside its file. None where there is none."""
    named = layer.source.option(RECORDS)
    beside = Path() if layer.source.format == TABLE else Path(layer.source.path).parent
    files = [Path(named)] if named else [beside / name for name in RECORDED.get(layer.role, ())]
    whole = (file if file.is_absolute() else folder / file for file in files)
    return next((file for file in whole if file.is_file()), None)
