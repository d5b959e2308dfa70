"""gisapp catchment RASTER --at X,Y: all land whose water passes a place."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gisapp.api import (
    Answer,
    Command,
    Desk,
    FeatureSet,
    ParameterError,
    features_of,
    tr,
    write_features,
)

from .algorithm import catchment
from .of_reach import catchment_of_reach


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = tr("flow directions or elevations; or unit catchments, one area for each reach")
    parser.add_argument("raster", type=Path, help=words)
    parser.add_argument("--at", default="", metavar="X,Y", help=tr("longitude,latitude or x,y"))
    parser.add_argument("--reach", default="", metavar="ID", help=tr("its id"))
    words = tr("river lines: of a raster those of the reach, of unit catchments what flows where")
    parser.add_argument("--rivers", type=Path, metavar=tr("FILE"), help=words)
    parser.add_argument(
        "--snap", type=float, default=0.0, metavar=tr("METRES"), help=tr("to the channel nearby")
    )
    parser.add_argument("--counties", type=Path, help=tr("areas whose shares are wanted"))
    parser.add_argument("--output", type=Path, help=tr("its border: .gpkg, .geojson or .shp"))


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    raster: Any = desk.plugins.read(arguments.raster, desk)
    if bool(arguments.at) == bool(arguments.reach):
        raise ParameterError(
            tr("Say either a place or a reach"),
            hint=tr("--at X,Y, or of unit catchments --reach ID."),
        )
    if not hasattr(raster, "value_at"):
        return _of_reach(raster, arguments, desk)
    try:
        if arguments.reach and arguments.rivers is None:
            raise ParameterError(
                tr("A raster has no reaches of its own"),
                hint=tr("Give the river lines with --rivers, or the place with --at X,Y."),
            )
        counties = _layer(arguments.counties, desk)
        values: dict[str, Any] = {"raster": raster, "at": arguments.at, "snap_m": arguments.snap}
        values |= {"reach": arguments.reach, "rivers": _layer(arguments.rivers, desk)}
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
        "reach": found.reach or None,
        "published_km2": found.published_km2,
        "crs": found.crs,
        "made_of": found.made_of,
        "touches_edge": found.touches_edge,
        "counties": [
            {"name": c.name, "area_km2": c.area_km2, "share": c.share} for c in found.counties
        ],
    }
    return Answer(data, list(found.lines()))


def _layer(path: Path | None, desk: Desk) -> FeatureSet | None:
    return None if path is None else features_of(desk.plugins.read(path, desk), path.name)


def _of_reach(read: Any, arguments: argparse.Namespace, desk: Desk) -> Answer:
    values = {
        "areas": features_of(read, arguments.raster.name),
        "reach": arguments.reach,
        "at": arguments.at,
        "rivers": _layer(arguments.rivers, desk),
        "counties": _layer(arguments.counties, desk),
    }
    found = catchment_of_reach.run(values, desk)
    if arguments.output is not None:
        write_features(found.features(), arguments.output, found.crs, desk)
        desk.say(tr("Written: {path}").format(path=arguments.output))
    data = {
        "reach": found.reach,
        "units": found.units,
        "missing": list(found.missing),
        "area_km2": found.area_km2,
        "crs": found.crs,
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
