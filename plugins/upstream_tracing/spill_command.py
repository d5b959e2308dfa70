"""gisapp spill RIVERS --from PLACE --mass KG: who has to be warned downstream, and when."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gisapp.api import Answer, Command, Desk, tr

from .command_layers import rivers_from
from .spill_downstream import spill_downstream

_LAYERS = ("stations", "outfalls", "sources", "zones")
_NUMBERS = (
    ("--hours", "release_hours", "let out evenly over so many hours (default: all at once)"),
    ("--usual", "usual_mg_l", "what is in the water anyway, mg/L"),
    ("--flow-ratio", "flow_ratio", "flow of the day by mean flow"),
    ("--decay", "decay_per_day", "first-order decay, 1/d"),
    ("--velocity-factor", "velocity_factor", "rivers flow so many times as fast"),
    ("--km", "km", "how far to look"),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rivers", type=Path, help=tr("river lines, or a network built before"))
    words = tr("a reach, a station, an outfall, a source or longitude,latitude")
    parser.add_argument("--from", dest="start", required=True, metavar=tr("PLACE"), help=words)
    parser.add_argument("--mass", type=float, required=True, metavar="KG", help=tr("let out, kg"))
    parser.add_argument("--parameter", default="nh3n", help=tr("what was let out, such as nh3n"))
    parser.add_argument("--time", default="", help=tr("when it began, such as 2025-03-20T04:00"))
    parser.add_argument("--class", dest="limit_class", default="III",
                        choices=("I", "II", "III", "IV", "V"),
                        help=tr("where a station does not say its target class"))  # fmt: skip
    for name, key, words in _NUMBERS:
        parser.add_argument(name, dest=key, type=float, help=tr(words))
    for name in (*_LAYERS, "repairs", "pipes"):
        parser.add_argument(f"--{name}", type=Path, metavar=tr("FILE"), help=tr("a layer of them"))


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    values: dict[str, Any] = {
        "start": arguments.start,
        "mass_kg": arguments.mass,
        "parameter": arguments.parameter,
        "time": arguments.time,
        "limit_class": arguments.limit_class,
    }
    given = vars(arguments)
    values |= {key: given[key] for _, key, _ in _NUMBERS if given[key] is not None}
    for name in (*_LAYERS, "repairs", "pipes"):
        if given[name] is not None:
            values[name] = rivers_from(given[name], desk)
    found = spill_downstream.run({"rivers": rivers_from(arguments.rivers, desk), **values}, desk)
    data = {
        "start": found.start,
        "begins": None if found.begins is None else found.begins.isoformat(),
        "arrivals": [asdict(arrival) for arrival in found.arrivals],
        "warnings": list(found.warnings),
        "rests_on": list(found.rests_on),
    }
    return Answer(data, list(found.lines()))


SPILL = Command("spill", "", _arguments, _run)
