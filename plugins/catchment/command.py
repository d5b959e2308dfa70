"""gisapp catchment RASTER --at X,Y: all land whose water passes a place."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gisapp.api import (
    Answer,
    Command,
    Desk,
    ParameterError,
    features_of,
    tr,
    write_features,
)

from .algorithm import catchment


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("raster", type=Path, help=tr("flow directions or elevations"))
    parser.add_argument("--at", required=True, metavar="X,Y", help=tr("longitude,latitude or x,y"))
    parser.add_argument(
        "--snap", type=float, default=0.0, metavar=tr("METRES"), help=tr("to the channel nearby")
    )
    parser.add_argument("--counties", type=Path, help=tr("areas whose shares are wanted"))
    parser.add_argument("--output", type=Path, help=tr("its border: .gpkg, .geojson or .shp"))


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    raster: Any = desk.plugins.read(arguments.raster, desk)
    if not hasattr(raster, "value_at"):
        raise ParameterError(
            tr("{file} is not a raster").format(file=arguments.raster.name),
            hint=tr("Choose a file of flow directions or elevations."),
        )
    try:
        counties = None
        if arguments.counties is not None:
            read = desk.plugins.read(arguments.counties, desk)
            counties = features_of(read, arguments.counties.name)
        values: dict[str, Any] = {"raster": raster, "at": arguments.at, "snap_m": arguments.snap}
        found = catchment.run({**values, "counties": counties}, desk)
    finally:
        raster.close()
    if arguments.output is not None:
        write_features(found.features(), arguments.output, found.crs, desk)
        desk.say(tr("Written: {path}").format(path=arguments.output))
    data = {
        "cells": found.cells,
        "area_km2": found.area_km2,
        "at": list(found.at),
        "moved_m": found.moved_m,
        "crs": found.crs,
        "made_of": found.made_of,
        "touches_edge": found.touches_edge,
        "counties": [
            {"name": c.name, "area_km2": c.area_km2, "share": c.share} for c in found.counties
        ],
    }
    return Answer(data, list(found.lines()))


CATCHMENT = Command(
    "catchment",
    "",
    _arguments,
    _run,
)
