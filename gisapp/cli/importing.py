"""gisapp import."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from gisapp.app.command import USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.layer_import import Proposal, add_layers, look_at_files, with_option
from gisapp.cli.import_survey import add_survey_arguments, import_survey, is_survey
from gisapp.cli.projects import layers_of, perform, project_to_change
from gisapp.io.brought_files import bring_files, files_of
from gisapp.io.file_kinds import sniff
from gisapp.io.import_checks import check_source
from gisapp.model.crs import checked, title
from gisapp.model.edit import ProjectEdit
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.layer import ROLES, Layer, Source
from gisapp.model.project import Project
from gisapp.model.style import default_style
from gisapp.model.text import N_, tr

OPTIONS = ("x", "y", "xy", "delimiter", "encoding", "swap_axes", "strip_zone", "layer", "id",
           "band", "unit", "resampling", "crs")  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar=tr("FILE"))
    parser.add_argument("--project", type=Path, required=True, help=tr("project folder"))
    parser.add_argument("--role", choices=ROLES, help=tr("what the layer is to the program"))
    parser.add_argument("--name", help=tr("name of the layer (one file)"))
    parser.add_argument("--crs", help=tr("system of the coordinates, whatever the file says"))
    parser.add_argument("--map-crs", help=tr("from now on show the map in this system"))
    parser.add_argument("--copy", action="store_true", help=tr("copy the files into the project"))
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=tr("of the reader: x, y, xy, delimiter, encoding, swap_axes=yes, strip_zone=yes"),
    )
    add_survey_arguments(parser)


def _import(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if is_survey(arguments):
        return import_survey(arguments, desk)
    options = _options(arguments)
    if arguments.map_crs:
        checked(arguments.map_crs)
    with project_to_change(arguments.project, desk) as session:
        files = [Path(os.path.abspath(file)) for file in arguments.files]
        if arguments.copy:
            for file in files:
                bring_files(files_of(file), session.folder)
            files = [session.folder / "data" / file.name for file in files]
        project = session.store.project
        seen = _look(files, project, session.folder, options, desk)
        for error in seen.wrong:
            desk.say(f"{error.message} {error.hint}".strip())
        if not seen.layers:
            raise seen.wrong[0] if seen.wrong else ParameterError(tr("There is nothing to add"))
        proposal = _as_said(seen, arguments, options)
        rows = _check(session.folder, proposal, project.crs, desk)
        edit = add_layers(project, proposal)
        if edit is not None:
            perform(session, edit)
        if arguments.map_crs:
            now = session.store.project
            before, after = (now.title, now.crs), (now.title, arguments.map_crs)
            perform(session, ProjectEdit(tr("Map in another system"), before, after))
        with layers_of(session, desk) as reading:
            lines = [_described(reading.data(layer, desk), layer) for _, layer in proposal.layers]
        data = {"layers": rows, "map_crs": session.store.project.crs, "wrong": _told(seen.wrong)}
        return Answer(data, lines, USER_CAN_FIX if seen.wrong else 0)


def _look(
    files: list[Path], project: Project, folder: Path, options: dict[str, str], desk: Desk
) -> Proposal:
    """As the window looks; a table whose columns of place were said is points."""
    if not ("xy" in options or {"x", "y"} <= options.keys()):
        foreign = desk.plugins.foreign_readers(files)
        return look_at_files(files, project, folder, desk, foreign)
    layers = []
    for file in files:
        [found] = sniff(file)
        inside = file.is_relative_to(folder)
        path = file.relative_to(folder).as_posix() if inside else str(file)
        source = Source(found.source.format, path)
        layers.append(("point", Layer(found.name, source, default_style("point"))))
    return Proposal(tuple(layers), ("",) * len(layers), ())


def _options(arguments: argparse.Namespace) -> dict[str, str]:
    options = {}
    for text in arguments.option:
        name, found, value = text.partition("=")
        if not found or not name:
            raise ParameterError(
                tr("{text} is not NAME=VALUE").format(text=text),
                hint=tr("For example --option encoding=gbk"),
            )
        if name not in OPTIONS:
            raise ParameterError(
                tr("There is no option {name}").format(name=name),
                hint=tr("There are: {names}").format(names=", ".join(OPTIONS)),
            )
        options[name] = value
    if arguments.crs:
        checked(arguments.crs)
        options["crs"] = arguments.crs
    return options


def _as_said(seen: Proposal, arguments: argparse.Namespace, options: dict[str, str]) -> Proposal:
    if arguments.name and len(seen.layers) > 1:
        raise ParameterError(
            tr("{n} layers cannot have one name").format(n=len(seen.layers)),
            hint=tr("Import them one by one, or leave --name out."),
        )
    layers = []
    for kind, layer in seen.layers:
        said = with_option(layer, **options) if options else layer
        said = replace(said, role=arguments.role or said.role, name=arguments.name or said.name)
        layers.append((kind, said))
    crs = tuple(options.get("crs") or own for own in seen.crs)
    return replace(seen, layers=tuple(layers), crs=crs)


def _check(folder: Path, proposal: Proposal, near: str, desk: Desk) -> list[dict[str, object]]:
    """Read each layer before it is added; what is strange in its coordinates is said."""
    rows: list[dict[str, object]] = []
    for _, layer in proposal.layers:
        notices = check_source(layer.source, folder / layer.source.path, desk, near)
        for notice in notices:
            desk.say(f"{layer.name}: {notice.message}")
            for choice in notice.proposals:
                said = " ".join(f"--option {name}={value}" for name, value in choice.options)
                desk.say(f"  {choice.title}: {said}")
            if notice.kind == "crs_missing":
                raise ParameterError(
                    tr("{name} does not say which coordinate reference system it is in").format(
                        name=layer.name
                    ),
                    hint=tr("Say it with --crs, such as --crs EPSG:4490."),
                )
        rows.append(
            {
                "id": layer.id,
                "name": layer.name,
                "role": layer.role,
                "format": layer.source.format,
                "path": layer.source.path,
                "notices": [notice.message for notice in notices],
            }
        )
    return rows


def _described(data: object, layer: Layer) -> str:
    crs = title(getattr(data, "crs", ""))
    if hasattr(data, "shapes_in"):
        count = len(data)  # type: ignore[arg-type]
        return tr("{name}: {n} features, {crs}").format(name=layer.name, n=count, crs=crs)
    return tr("{name}: raster, {crs}").format(name=layer.name, crs=crs)


def _told(wrong: tuple[GisError, ...]) -> list[dict[str, str]]:
    return [{"error": e.message, "hint": e.hint} for e in wrong]


IMPORTING = (
    Command("import", N_("Add files to a project: layers or survey points"), _arguments, _import),
)
