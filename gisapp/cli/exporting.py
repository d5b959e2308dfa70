"""gisapp export."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.command import Answer, Command, Desk
from gisapp.cli.projects import add_project, date_of, keep_sources, layers_of, project_to_read
from gisapp.io.vector_writing import write_features
from gisapp.model.crs import checked, title
from gisapp.model.text import N_, tr


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("layer", help=tr("role, name or id of a layer"))
    parser.add_argument("file", type=Path, help=tr(".gpkg, .geojson, .fgb or .csv"))
    parser.add_argument("--crs", help=tr("system of the coordinates; default: the layer's own"))
    parser.add_argument("--date", default="", help=tr("of last change that the file carries"))


def _export(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with (
        project_to_read(arguments.project, desk) as session,
        layers_of(session, desk) as reading,
    ):
        features = reading.features(arguments.layer, desk)
        crs = arguments.crs or features.crs
        checked(crs)
        keep_sources(session, [arguments.file])
        write_features(features, arguments.file, crs, desk, date=date_of(session, arguments.date))
    line = tr("Written: {path}, {n} features, {crs}").format(
        path=arguments.file, n=len(features), crs=title(crs)
    )
    return Answer({"file": arguments.file, "features": len(features), "crs": crs}, [line])


EXPORTING = (Command("export", N_("Write a layer to a file"), _arguments, _export),)
