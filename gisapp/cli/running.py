"""gisapp run ALGORITHM --parameter value: the options are those of the function."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from gisapp.analysis.algorithm import Algorithm
from gisapp.app.algorithm_inputs import is_optional, value_from_text, wants_features, wants_raster
from gisapp.app.command import Answer, Command, Desk
from gisapp.app.layer_reading import LayerReading, read_file
from gisapp.cli.parser import Parser
from gisapp.cli.plain import plain_value
from gisapp.cli.projects import layers_of, project_to_read
from gisapp.model.parameters import Limits, Parameter
from gisapp.model.project import Project
from gisapp.model.text import N_, tr

ReadData = Callable[[str, Parameter], Any]


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("algorithm", nargs="?", help=tr("its name; without one they are listed"))
    parser.add_argument("values", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if not arguments.algorithm:
        found = desk.plugins.contributions("algorithm")
        rows = [{"name": c.name, "title": c.caption, "plugin": c.plugin} for c in found]
        return Answer({"algorithms": rows}, [f"{c.name}\t{c.caption}" for c in found])
    algorithm = desk.plugins.algorithm(arguments.algorithm)
    parser = _algorithm_parser(algorithm)
    given = parser.parse_args(arguments.values)
    with opened_layers(given.project, desk) as reading:
        values = {
            p.name: value_from_text(p, getattr(given, p.name), reader_of(reading, desk))
            for p in algorithm.parameters
            if hasattr(given, p.name)
        }
        result = algorithm.run(values, desk)
    return Answer({"algorithm": algorithm.name, "result": result}, _lines(result))


@contextmanager
def opened_layers(project: Path | None, desk: Desk) -> Iterator[LayerReading]:
    """Layers of a project, or files on the disk when there is none."""
    with ExitStack() as stack:
        if project is None:
            reading = LayerReading(Project(), None, desk.plugins.readers())
            stack.callback(reading.close)
        else:
            session = stack.enter_context(project_to_read(project, desk))
            reading = stack.enter_context(layers_of(session, desk))
        yield reading


def reader_of(reading: LayerReading, desk: Desk) -> ReadData:
    """What a text means: a layer of the project by role, name or id, or a file."""

    def read(text: str, parameter: Parameter) -> Any:
        if wants_features(parameter):
            return reading.features(text, desk)
        path = Path(text)
        if path.suffix or path.exists():
            return read_file(path, desk.plugins.readers(), desk)
        return reading.data(reading.layer(text), desk)

    return read


def _algorithm_parser(algorithm: Algorithm[..., Any]) -> Parser:
    parser = Parser(
        prog=f"gisapp run {algorithm.name}",
        description=inspect.cleandoc(algorithm.function.__doc__ or algorithm.title),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--lang", help=argparse.SUPPRESS)
    parser.add_argument("--project", type=Path, help=tr("project whose layers may be named"))
    for p in algorithm.parameters:
        parser.add_argument(
            "--" + p.name.replace("_", "-"),
            dest=p.name,
            required=not is_optional(p),
            default=argparse.SUPPRESS,
            metavar=_metavar(p),
            help=_help(p),
        )
    return parser


def _metavar(p: Parameter) -> str:
    if wants_features(p) or wants_raster(p):
        return tr("LAYER|FILE")
    return next((h.unit for h in p.hints if isinstance(h, Limits) and h.unit), tr("VALUE"))


def _help(p: Parameter) -> str:
    said = [tr("default {value}").format(value=p.default)] if p.has_default and p.default else []
    said += [f"{h.low:g} … {h.high:g} {h.unit}" for h in p.hints if isinstance(h, Limits)]
    return ", ".join(said).replace("%", "%%")


def _lines(result: Any) -> Iterator[str]:
    if isinstance(result, list | tuple):
        yield from (str(plain_value(one)) for one in result)
    else:
        plain = plain_value(result)
        yield str(result if isinstance(plain, dict) else plain)


RUN = Command(
    "run",
    N_("Run an algorithm of a plugin; without a name, list them"),
    _arguments,
    _run,
    details=N_("Run an algorithm. `gisapp run NAME --help` shows its parameters."),
)
