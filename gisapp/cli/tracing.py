"""gisapp trace: everything upstream of a place, from a project's layers or a network's file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.layer_reading import LayerReading, features_of
from gisapp.app.traces import TRACE_ALGORITHM, trace_in_project, write_trace
from gisapp.cli.plain import plain_value
from gisapp.cli.projects import date_of, keep_sources, layers_of, project_to_read
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureSet
from gisapp.model.text import N_, tr

ALONG_NETWORK = "trace-network"  # the algorithm that goes any way


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project",
        type=Path,
        metavar=tr("PROJECT|NETWORK"),
        help=tr("project folder, or a file of river lines or a network built before"),
    )
    parser.add_argument(
        "--start",
        "--from",
        dest="start",
        required=True,
        help=tr("reach:ID, station:ID, outfall:ID, source:ID, an id alone, or x,y"),
    )
    layer = tr("LAYER|FILE")
    parser.add_argument("--rivers", default="rivers", metavar=layer, help=tr("lines"))
    for role in ("stations", "outfalls", "sources", "repairs"):
        said = tr("default: the project's; - for none")
        parser.add_argument(f"--{role}", default=role, metavar=layer, help=said)
    for role in ("zones", "candidates"):
        said = tr("a file, along a network: found on the way")
        parser.add_argument(f"--{role}", default="-", metavar=tr("FILE"), help=said)
    number = tr("METRES")
    parser.add_argument("--measure-m", type=float, metavar=number, help=tr("above a reach's end"))
    parser.add_argument("--max-distance-m", type=float, metavar=number, help=tr("along the river"))
    parser.add_argument("--snap-within-m", type=float, metavar=number, help=tr("beside a river"))
    parser.add_argument(
        "--direction",
        choices=("UM", "UT", "DM", "DD"),
        help=tr("up: main stem, all tributaries; down: main way, all ways"),
    )
    parser.add_argument("--km", type=float, metavar="KM", help=tr("how far along the river"))
    parser.add_argument("--hours", type=float, metavar="H", help=tr("how many hours of travel"))
    for role in ("id", "next-down", "length"):
        parser.add_argument(f"--{role}-column", metavar=tr("COLUMN"), help=tr("of the rivers"))
    parser.add_argument(
        "--output", type=Path, action="append", default=[], help=tr("report: .html or .csv")
    )
    parser.add_argument("--date", default="", help=tr("that the report carries"))


def _trace(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if arguments.project.is_file():
        return _along_network(arguments, desk)
    if arguments.direction or arguments.km or arguments.hours:
        raise ParameterError(
            tr("A project is traced up all its tributaries"),
            hint=tr("Name the file of its rivers to go another way or by hours."),
        )
    values: dict[str, Any] = {
        name: value
        for name in (
            "measure_m",
            "max_distance_m",
            "snap_within_m",
            "id_column",
            "next_down_column",
            "length_column",
        )
        if (value := getattr(arguments, name)) is not None
    }
    layers = {
        role: getattr(arguments, role)
        for role in ("rivers", "stations", "outfalls", "sources", "repairs")
        if getattr(arguments, role) != "-"
    }
    with (
        project_to_read(arguments.project, desk) as session,
        layers_of(session, desk) as reading,
    ):
        date = date_of(session, arguments.date)
        keep_sources(session, arguments.output)
        trace, rivers = trace_in_project(
            desk.plugins, reading, arguments.start, _there(reading, layers), values, desk
        )
        written = [
            write_trace(desk.plugins, trace, rivers, path, date, desk) for path in arguments.output
        ]
    for path in written:
        desk.say(tr("Written: {path}").format(path=path))
    data = {"algorithm": TRACE_ALGORITHM, "result": trace, "written": written}
    return Answer(data, str(trace).splitlines())


def _along_network(arguments: argparse.Namespace, desk: Desk) -> Answer:
    """Any way along a network or the lines of a file; layers of points are files too."""

    def layer(path: Path) -> FeatureSet:
        return features_of(desk.plugins.read(path, desk), path.name)

    values: dict[str, Any] = {
        name: getattr(arguments, name)
        for name in ("start", "direction", "km", "hours", "measure_m", "snap_within_m")
        if getattr(arguments, name) is not None
    }
    for role in ("stations", "outfalls", "sources", "repairs", "zones", "candidates"):
        text = getattr(arguments, role)
        if text not in (role, "-"):
            values[role] = layer(Path(text))
    algorithm = desk.plugins.algorithm(ALONG_NETWORK)
    found = algorithm.run({**values, "rivers": layer(arguments.project)}, desk)
    plain = plain_value(found)
    return Answer({"algorithm": ALONG_NETWORK, **plain}, str(found).splitlines())


def _there(reading: LayerReading, layers: dict[str, str]) -> dict[str, str]:
    """Leaves out layers nobody asked for that the project does not have."""
    roles = {layer.role for layer in reading.project.layers}
    return {r: text for r, text in layers.items() if r == "rivers" or text != r or r in roles}


TRACE = Command("trace", N_("List what lies upstream of a place"), _arguments, _trace)
