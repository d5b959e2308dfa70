"""gisapp trace: everything upstream of a place, from a project's layers or a network's file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.layer_reading import LayerReading, features_of
from gisapp.app.traces import (
    ALONG_ALGORITHM,
    TRACE_ALGORITHM,
    trace_in_project,
    write_trace,
)
from gisapp.cli.plain import plain_value
from gisapp.cli.projects import date_of, keep_sources, layers_of, project_to_read
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureSet
from gisapp.model.text import N_, tr

ROLES = ("rivers", "stations", "outfalls", "sources", "repairs", "pipes")
FOUND_TOO = ("zones", "candidates")  # of a project: where it has them
KEYS = ("reaches", "length_km", "area_km2", "truncated", "found")  # of every trace


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
    said = tr("culverts and sewers; - for none")
    parser.add_argument("--pipes", default="pipes", metavar=layer, help=said)
    for role in ("zones", "candidates"):
        said = tr("found on the way, with --direction; - for none")
        parser.add_argument(f"--{role}", default=role, metavar=layer, help=said)
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
    parser.add_argument(
        "--barrier", action="append", default=[], metavar=tr("PLACE"),
        help=tr("nothing beyond: a dam or gate, said as --start is; may be given again"),
    )  # fmt: skip
    for role in ("id", "next-down", "length"):
        parser.add_argument(f"--{role}-column", metavar=tr("COLUMN"), help=tr("of the rivers"))
    parser.add_argument(
        "--output", type=Path, action="append", default=[], help=tr("report: .html or .csv")
    )
    parser.add_argument("--date", default="", help=tr("that the report carries"))


def _trace(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if arguments.project.is_file():
        return _along_network(arguments, desk)
    any_way = bool(arguments.direction or arguments.km or arguments.hours or arguments.barrier)
    names = ALONG if any_way else UPSTREAM
    roles = (*ROLES, *FOUND_TOO) if any_way else ROLES
    values = _values(arguments, names)
    if any_way and arguments.max_distance_m:
        values.setdefault("km", arguments.max_distance_m / 1000)
    if any_way:
        _no_columns(arguments)
    layers = {role: text for role in roles if (text := getattr(arguments, role, role)) != "-"}
    algorithm = ALONG_ALGORITHM if any_way else TRACE_ALGORITHM
    with (
        project_to_read(arguments.project, desk) as session,
        layers_of(session, desk) as reading,
    ):
        date = date_of(session, arguments.date)
        keep_sources(session, arguments.output)
        there = _there(reading, layers)
        trace, rivers = trace_in_project(
            desk.plugins, reading, arguments.start, there, values, desk, algorithm
        )
        written = [
            write_trace(desk.plugins, trace, rivers, path, date, desk) for path in arguments.output
        ]
    for path in written:
        desk.say(tr("Written: {path}").format(path=path))
    return Answer(_data(algorithm, trace, written), str(trace).splitlines())


UPSTREAM = (
    "measure_m", "max_distance_m", "snap_within_m", "id_column", "next_down_column",
    "length_column",
)  # fmt: skip
ALONG = ("direction", "km", "hours", "measure_m", "snap_within_m")


def _values(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    values = {name: told for name in names if (told := getattr(arguments, name)) is not None}
    if arguments.barrier:
        values["barriers"] = "; ".join(arguments.barrier)
    return values


def _no_columns(arguments: argparse.Namespace) -> None:
    if arguments.id_column or arguments.next_down_column or arguments.length_column:
        raise ParameterError(
            tr("Columns cannot be named for a trace with a direction"),
            hint=tr("Build a network first: gisapp network build LINES --id-column …"),
        )


def _data(algorithm: str, trace: Any, written: Sequence[Path]) -> dict[str, Any]:
    """For programs: the same names whatever was asked."""
    plain = plain_value(trace)
    if algorithm != TRACE_ALGORITHM:
        return {**plain, "algorithm": algorithm, "length_km": trace.length_km, "written": written}
    common = {name: plain_value(getattr(trace, name)) for name in KEYS}
    return {"algorithm": algorithm, **common, "result": plain, "written": written}


def _along_network(arguments: argparse.Namespace, desk: Desk) -> Answer:
    """Any way along a network or the lines of a file; layers of points are files too."""

    def layer(path: Path) -> FeatureSet:
        return features_of(desk.plugins.read(path, desk), path.name)

    values = {"start": arguments.start, **_values(arguments, ALONG)}
    for role in (*ROLES[1:], *FOUND_TOO):
        text = getattr(arguments, role, role)
        if text not in (role, "-"):
            values[role] = layer(Path(text))
    rivers = layer(arguments.project)
    found = desk.plugins.algorithm(ALONG_ALGORITHM).run({**values, "rivers": rivers}, desk)
    for path in arguments.output:
        write_trace(desk.plugins, found, rivers, path, arguments.date, desk)
        desk.say(tr("Written: {path}").format(path=path))
    data = {**plain_value(found), "algorithm": ALONG_ALGORITHM, "written": arguments.output}
    return Answer(data, str(found).splitlines())


def _there(reading: LayerReading, layers: dict[str, str]) -> dict[str, str]:
    """Leaves out layers nobody asked for that the project does not have."""
    roles = {layer.role for layer in reading.project.layers}
    return {r: text for r, text in layers.items() if r == "rivers" or text != r or r in roles}


TRACE = Command("trace", N_("List what lies upstream of a place"), _arguments, _trace)
