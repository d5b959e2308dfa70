"""gisapp network build and check; gisapp rank: the network on the command line."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from gisapp.api import (
    Answer,
    Command,
    Desk,
    FeatureSet,
    ParameterError,
    tr,
)

from .case_file import write_case
from .command_layers import add_project, known_of_project, rivers_from
from .doctor import MOST
from .doctor_check import check_rivers
from .doctor_export import write_repaired
from .doctor_repairs import repairs_from
from .network_file import SUFFIX, SewerLayers, write_network
from .pipes import WITHIN_M, Sewers
from .rank import rank_sources
from .rank_answer import SourceRanking
from .ranking import UNKNOWN
from .report_ranking import export_ranking
from .rivers import prepare

_EVENT = {
    "start", "value_mg_l", "baseline_mg_l", "time", "parameter", "flow_m3s", "flow_ratio",
    "decay_per_day", "velocity_factor", "max_distance_km", "snap_within_m", "clean_by_records",
}  # fmt: skip
DRAWN = (".pdf", ".docx")
_FILES = ("sources", "stations", "repairs", "placements", "pipes")
_RECORDS = ("records", "source_records")
_LISTS = {"clean_stations", "dirty_stations", "samples"}


def _network_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", choices=("build", "check", "repair"), help=tr("what to do"))
    parser.add_argument("rivers", type=Path, help=tr("river lines, or a network built before"))
    parser.add_argument(
        "--output",
        type=Path,
        help=tr("the network: a file {suffix}, or repaired lines").format(suffix=SUFFIX),
    )
    parser.add_argument(
        "--bridge", type=float, default=0.0, metavar=tr("METRES"), help=tr("close gaps up to this")
    )
    parser.add_argument("--repairs", type=Path, metavar=tr("FILE"),
                        help=tr("a layer of repairs, applied first"))  # fmt: skip
    joined = tr("culverts and sewers, joined to the rivers at outfalls")
    parser.add_argument("--pipes", type=Path, metavar=tr("FILE"), help=joined)
    parser.add_argument("--outfalls", type=Path, metavar=tr("FILE"),
                        help=tr("outfalls that give these places their names"))  # fmt: skip
    parser.add_argument("--pipes-within", type=float, default=WITHIN_M, metavar=tr("METRES"),
                        help=tr("from the end of a pipe to its river"))  # fmt: skip
    parser.add_argument("--near", type=float, default=0.0, metavar=tr("METRES"),
                        help=tr("ends so near each other may have been meant to meet"))  # fmt: skip
    parser.add_argument("--listed", type=int, default=MOST, metavar="N",
                        help=tr("findings of each kind that are listed"))  # fmt: skip
    for role in ("id", "next-down", "length"):
        parser.add_argument(f"--{role}-column", default="", metavar=tr("COLUMN"),
                            help=tr("of the rivers"))  # fmt: skip


def _network(arguments: argparse.Namespace, desk: Desk) -> Answer:
    rivers = rivers_from(arguments.rivers, desk)
    repairs = rivers_from(arguments.repairs, desk) if arguments.repairs else None
    said = {
        "id": arguments.id_column,
        "next_down": arguments.next_down_column,
        "length_m": arguments.length_column,
    }
    if arguments.work == "build":
        if arguments.output is None:
            raise ParameterError(
                tr("Where the network goes is not said"),
                hint=tr("Give --output with a file that ends in {suffix}.").format(suffix=SUFFIX),
            )
        chosen = repairs_from(repairs, rivers.crs)
        layers = SewerLayers(
            rivers_from(arguments.pipes, desk) if arguments.pipes else None,
            arguments.pipes_within,
            rivers_from(arguments.outfalls, desk) if arguments.outfalls else None,
        )
        net = write_network(
            arguments.output, rivers, desk, sewers=layers, bridge_m=arguments.bridge,
            repairs=chosen, **said,
        )  # fmt: skip
        made, joined = prepare(rivers, arguments.bridge, chosen, **said).topology, net.sewers
        desk.say(tr("Written: {path}").format(path=arguments.output))
    if arguments.work == "repair":
        if arguments.output is None:
            raise ParameterError(
                tr("Where the repaired lines go is not said"),
                hint=tr("Give --output with a file such as rivers.gpkg."),
            )
        net = prepare(rivers, arguments.bridge, repairs_from(repairs, rivers.crs), **said)
        write_repaired(arguments.output, net, desk)
        desk.say(tr("Written: {path}").format(path=arguments.output))
    report = check_rivers.run(
        {"rivers": rivers, "id_column": said["id"], "next_down_column": said["next_down"],
         "length_column": said["length_m"], "bridge_gaps_m": arguments.bridge,
         "repairs": repairs, "near_m": arguments.near, "listed": arguments.listed}, desk
    )  # fmt: skip
    data: dict[str, Any] = {"report": report}
    if arguments.work != "check":
        data["output"] = arguments.output
    if arguments.work == "build":
        data["found_from_lines"] = made is not None
        data["pipes"] = None if joined is None else _pipes_said(joined)
    lines = str(report).splitlines()
    if data.get("pipes"):
        said_of = data["pipes"]
        lines.append(
            tr("Pipes: {n}, joined at {joints} outfalls, {loose} ends joined nowhere").format(
                n=said_of["pipes"], joints=len(said_of["joints"]), loose=len(said_of["loose"])
            )
        )
    return Answer(data, lines)


def _pipes_said(sewers: Sewers) -> dict[str, Any]:
    """The pipes for programs: how many, which way is known how, and where they are joined."""
    joints = [
        {"reach": j.of_reach, "measure_m": j.measure_m, "offset_m": j.offset_m,
         "outfall": j.outfall}
        for j in sewers.joints
    ]  # fmt: skip
    return {
        "pipes": int(sewers.is_pipe.sum()), "directions": sewers.known_by, "joints": joints,
        "loose": list(sewers.loose),
    }  # fmt: skip


NETWORK = Command(
    "network",
    "",
    _network_arguments,
    _network,
    details="Build a river network from lines into a file that is traced at once, check one, "
    "or write its lines with their repairs.",
)


def _rank_arguments(parser: argparse.ArgumentParser) -> None:
    words = tr("river lines, or a network built before; not with --project")
    parser.add_argument("rivers", type=Path, nargs="?", help=words)
    parser.add_argument("event", type=Path, help=tr("what was measured: a file .toml"))
    add_project(parser)
    parser.add_argument("--pipes", type=Path, metavar=tr("FILE"), help=tr("culverts and sewers"))
    add_output(parser)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where a ranking is written to, in as many forms as wished."""
    words = tr("the report (.pdf, .docx, .html) or a case (.json)")
    parser.add_argument("--output", type=Path, action="append", default=[], help=words)
    parser.add_argument("--date", default="", help=tr("date the report states"))


def _rank(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with known_of_project(arguments.project, desk) as known:
        if arguments.rivers is not None:
            known["rivers"] = rivers_from(arguments.rivers, desk)
        if "rivers" not in known:
            raise ParameterError(
                tr("The rivers are not said"),
                hint=tr("Give a file of river lines before the event, or --project FOLDER."),
            )
        values = {**known, **event_values(arguments.event, desk, known)}
        if arguments.pipes is not None:
            values["pipes"] = rivers_from(arguments.pipes, desk)
        found = rank_sources.run(values, desk)
        data = ranking_data(found)
        data["written"] = write_outputs(found, arguments, values["rivers"], desk)
    return Answer(data, list(found.lines()))


def write_outputs(
    found: SourceRanking, arguments: argparse.Namespace, rivers: FeatureSet | None, desk: Desk
) -> list[Path]:
    """To every --output; the files, in order."""
    for path in arguments.output:
        write_output(found, path, rivers, arguments.date, desk)
    return list(arguments.output)


def write_output(
    found: SourceRanking, path: Path, rivers: FeatureSet | None, date: str, desk: Desk
) -> None:
    """A report, or a case to be opened again; its kind by the ending."""
    if path.suffix.lower() == ".json":
        write_case(found, path, date=date)
    else:
        press = desk.press() if desk.press and path.suffix.lower() in DRAWN else None
        export_ranking(found, path, rivers=rivers, date=date, press=press)
    desk.say(tr("Written: {path}").format(path=path))


def event_values(path: Path, desk: Desk, known: Collection[str] = ()) -> dict[str, Any]:
    """The arguments of `rank_sources` as an event file says them. Raises ParameterError.

    Paths in it count from its own folder. known: what it need not say.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParameterError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
            hint=tr("It is a TOML file with start, value_mg_l, baseline_mg_l and sources."),
        ) from error
    may = _EVENT | _LISTS | {*_FILES, *_RECORDS, "excess", "weights"}
    if unknown := sorted(set(data) - may):
        raise ParameterError(
            tr("{file} says {name}, which an event does not have").format(
                file=path.name, name=unknown[0]
            ),
            hint=tr("It may say: {names}").format(names=", ".join(sorted(may))),
        )
    wanted = ("start", "value_mg_l", "baseline_mg_l", "sources")
    if missing := [n for n in wanted if n not in data and n not in known]:
        raise ParameterError(
            tr("{file} does not say {name}").format(file=path.name, name=missing[0]),
            hint=tr("It is a TOML file with start, value_mg_l, baseline_mg_l and sources."),
        )
    values = {name: data[name] for name in _EVENT if name in data}
    if isinstance(values.get("time"), datetime):
        values["time"] = values["time"].isoformat()
    for name in _RECORDS:
        if name in data:
            values[name] = str(path.parent / str(data[name]))
    for role in _FILES:
        if role in data:
            values[role] = rivers_from(path.parent / str(data[role]), desk)
    for name in ("excess", "weights"):
        if isinstance(data.get(name), Mapping):
            values[name] = ", ".join(f"{key}={value}" for key, value in data[name].items())
        elif name in data:
            values[name] = str(data[name])
    for name in sorted(_LISTS):
        if name in data:
            values[name] = ", ".join(map(str, data[name]))
    return values


def ranking_data(found: SourceRanking) -> dict[str, Any]:
    """The ranking for programs; hours before the measurement are negative."""
    by_id = {source.row.id: source for source in found.sources}
    rows = []
    for row in found.ranking.rows:
        source = by_id.get(row.id)
        rows.append(
            {
                "id": row.id or None,
                "title": row.title if row.id != UNKNOWN else tr("unknown or diffuse source"),
                "score": row.score,
                "ranks": list(row.ranks),
                "window_h": None if row.window_h is None else list(row.window_h),
                "terms": row.terms,
                "gates": row.gates,
                "arriving_g_s": row.arriving_g_s,
                "added_mg_l": row.added_mg_l,
                "distance_m": None if source is None else source.distance_m,
                "travel_h": None if source is None else source.travel_h,
                "decides": list(row.decides),
            }
        )
    return {
        "start": found.start,
        "event": found.event,
        "needed_load_g_s": found.ranking.needed_load_g_s,
        "weights": found.ranking.weights,
        "rows": rows,
        "band": [str(reach.feature) for reach in found.reaches],
        "limit": found.question.evidence.bound,
        "stations": [
            {
                "id": one.station,
                "distance_m": one.distance_m,
                "travel_h": one.travel_h,
                "usual_mg_l": one.usual,
                "state": one.state,
            }
            for one in found.question.evidence.records
        ],
        "warnings": list(found.warnings),
        "velocity_seen": found.question.evidence.velocity_seen,
        "rests_on": list(found.rests_on),
        "note": tr("A candidate, not a verdict: what would decide it is listed with each."),
    }


RANK = Command("rank", "", _rank_arguments, _rank)
