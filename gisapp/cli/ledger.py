"""gisapp ledger, deliver: the outfalls as workbooks and as files for other offices."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.delivery import DeliveryOptions, deliver
from gisapp.app.delivery_choice import (
    deliver_by,
    deliveries_of,
    delivery_named,
    file_of,
    today_words,
)
from gisapp.app.ledger import export_ledger, outfall_table
from gisapp.app.place_columns import NOTATIONS, Placing, system_of
from gisapp.cli.projects import date_of, keep_sources, project_to_read
from gisapp.io.delivery import ENCODINGS
from gisapp.io.delivery_place import unused_path
from gisapp.io.ledger_template import read_template
from gisapp.io.project_json import to_data
from gisapp.model.crs import checked, title
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.ledger_template import LedgerTemplate, ledger_templates
from gisapp.model.project import Project
from gisapp.model.saved_delivery import DeliveryColumn
from gisapp.model.survey import VISITS
from gisapp.model.text import N_, tr

EVERY = "fields"  # instead of a template: every field there is


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, metavar=tr("PROJECT"),
                        help=tr("project folder"))  # fmt: skip
    parser.add_argument("--project", type=Path, help=tr("the project's folder"))
    parser.add_argument("--date", default="", help=tr("it states; default: of the last change"))
    parser.add_argument("--crs", default="", help=tr("system of the places; default: CGCS2000"))
    parser.add_argument("--coordinates", choices=NOTATIONS, default="decimal",
                        help=tr("how places are written"))  # fmt: skip
    public = tr("for the public: rounded places, nothing about people")
    parser.add_argument("--public", action="store_true", help=public)
    parser.add_argument("--where", action="append", default=[], metavar="FIELD=VALUE",
                        help=tr("only outfalls of which this is true; repeatable"))  # fmt: skip
    parser.add_argument("--template", default="",
                        help=tr("of an XLSX: ledger, fields, or a .toml file"))  # fmt: skip


def _ledger_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, required=True, help=tr("an .xlsx file"))
    parser.add_argument("--table", default="", help=tr("default: the outfalls"))
    _common(parser)


def _delivery_arguments(parser: argparse.ArgumentParser) -> None:
    files = tr(".shp, .gpkg, .geojson, .fgb, .kml, .kmz, .csv or .xlsx")
    parser.add_argument("--output", type=Path, help=files)
    parser.add_argument("--saved", default="",
                        help=tr("a delivery the project keeps, by its name"))  # fmt: skip
    parser.add_argument("--list", action="store_true", help=tr("name the project's deliveries"))
    parser.add_argument("--field", action="append", default=[], metavar="FIELD[=NAME]",
                        help=tr("only this field, by another name; repeatable"))  # fmt: skip
    parser.add_argument("--encoding", choices=tuple(ENCODINGS), default="utf-8",
                        help=tr("of a Shapefile"))  # fmt: skip
    parser.add_argument("--titles", action="store_true", help=tr("headings of a CSV in words"))
    _common(parser)


def _folder(arguments: argparse.Namespace) -> Path:
    found: Path | None = arguments.project or arguments.folder
    if found is None:
        raise ParameterError(tr("No project is named"), hint=tr("Give --project FOLDER."))
    return found


def chosen_template(text: str, project: Project) -> LedgerTemplate | None:
    """By its name or file; without one the usual ledger where there are related tables."""
    if text == EVERY:
        return None
    if not text:
        return ledger_templates()["ledger"] if VISITS in project.tables else None
    if text in ledger_templates():
        return ledger_templates()[text]
    if not text.lower().endswith(".toml"):
        raise ParameterError(
            tr("There is no template {name}").format(name=text),
            hint=tr("There are: {names}").format(names=", ".join((*ledger_templates(), EVERY))),
        )
    return read_template(Path(text))


def _only(project: Project, conditions: list[str]) -> tuple[list[FeatureId] | None, str]:
    if not conditions:
        return None, ""
    table = outfall_table(project)
    tests: list[tuple[str, str]] = []
    for text in conditions:
        name, equals, value = text.partition("=")
        if not equals or all(f.name != name for f in table.fields):
            raise ParameterError(
                tr("{text} asks for no field of the outfalls").format(text=text),
                hint=tr("Write FIELD=VALUE, such as state=closed."),
            )
        tests.append((name, value))
    keeps: list[Callable[[int], bool]] = []
    for name, value in tests:
        column = table.column(name).tolist()
        keeps.append(lambda n, c=column, v=value: str("" if c[n] is None else c[n]) == v)  # type: ignore[misc]
    found = [fid for n, fid in enumerate(table.ids.tolist()) if all(keep(n) for keep in keeps)]
    return found, ", ".join(conditions)


def _placing(arguments: argparse.Namespace) -> Placing:
    if arguments.crs:
        checked(arguments.crs)
    return Placing(arguments.coordinates, arguments.crs, arguments.public)


def _ledger(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with project_to_read(_folder(arguments), desk) as session:
        project = session.store.project
        keep_sources(session, [arguments.output])
        only, words = _only(project, arguments.where)
        table = "" if not arguments.table else arguments.table
        template = None if table else chosen_template(arguments.template, project)
        placing = _placing(arguments)
        rows = export_ledger(
            project,
            arguments.output,
            table=table,
            only=only,
            filter_text=words,
            made_on=date_of(session, arguments.date),
            progress=desk,
            template=template,
            placing=placing,
        )
        crs = system_of(outfall_table(project, table), placing)
    data = {
        "written": [str(arguments.output)],
        "rows": rows,
        "template": template.id if template is not None else EVERY,
        "crs": crs,
    }
    line = tr("Written: {path}, {n} rows").format(path=arguments.output, n=rows)
    return Answer(data, [line])


def _columns(project: Project, given: list[str]) -> tuple[DeliveryColumn, ...]:
    known = {field.name for field in outfall_table(project).fields}
    found = []
    for text in given:
        field, _, name = text.partition("=")
        if field not in known:
            raise ParameterError(
                tr("{text} asks for no field of the outfalls").format(text=text),
                hint=tr("Write FIELD or FIELD=NAME, such as code_local=编码."),
            )
        found.append(DeliveryColumn(field, name))
    return tuple(found)


def _deliver(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with project_to_read(_folder(arguments), desk) as session:
        project = session.store.project
        if arguments.list:
            kept = deliveries_of(project)
            lines = [f"{one.name}\t{one.kind}\t{one.file or '–'}" for one in kept]
            return Answer({"deliveries": [to_data(one) for one in kept]}, lines)
        if arguments.saved:
            one = delivery_named(project, arguments.saved)
            output = arguments.output or unused_path(file_of(one, session.folder, today_words()))
            if output.suffix.lower() != one.kind:
                one = replace(one, kind=output.suffix.lower())
            keep_sources(session, [output])
            made_on = date_of(session, arguments.date)
            done = deliver_by(
                project, one, output, folder=session.folder, made_on=made_on, progress=desk
            )
        else:
            output = arguments.output
            if output is None:
                raise ParameterError(
                    tr("No file is named"), hint=tr("Give --output FILE, or --saved NAME.")
                )
            keep_sources(session, [output])
            only, words = _only(project, arguments.where)
            options = DeliveryOptions(
                _placing(arguments),
                arguments.encoding,
                arguments.titles,
                date_of(session, arguments.date),
                None if arguments.field else chosen_template(arguments.template, project),
                words,
                _columns(project, arguments.field),
            )
            done = deliver(
                project, output, options, folder=session.folder, only=only, progress=desk
            )
    for warning in done.warnings:
        desk.say(warning)
    data = {
        "written": [str(output)],
        "files": [str(path) for path in done.files],
        "rows": done.rows,
        "crs": done.crs,
        "warnings": done.warnings,
        "notes": done.notes,
    }
    line = tr("Written: {path}, {n} features, {crs}").format(
        path=output, n=done.rows, crs=title(done.crs)
    )
    return Answer(data, [line, *done.notes])


LEDGER = (
    Command("ledger", N_("Write the ledger of outfalls as XLSX"), _ledger_arguments, _ledger),
    Command(
        "deliver",
        N_("Write the outfalls for others (SHP, GPKG, KML, CSV)"),
        _delivery_arguments,
        _deliver,
    ),
)
