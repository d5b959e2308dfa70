"""gisapp info, layers, history, plugins."""

from __future__ import annotations

import argparse

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.layer_reading import features_of
from gisapp.cli.projects import add_project, layers_of, project_to_read
from gisapp.model.crs import title
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.layer import TABLE
from gisapp.model.manifest import KINDS
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import N_, tr


def _info(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with project_to_read(arguments.project, desk) as session:
        project, newest = session.store.project, session.file.entries(newest=1)
        tables = {name: len(table) for name, table in project.tables.items()}
        last = newest[-1] if newest else None
        data = {
            "folder": session.folder,
            "title": project.title,
            "crs": project.crs,
            "layers": len(project.layers),
            "tables": tables,
            "pages": len(project.pages),
            "changes": last.number if last else 0,
            "changed_at": last.at if last else "",
            "changed_by": last.who if last else "",
        }
        lines = [
            tr("{title}, map in {crs}").format(title=project.title, crs=title(project.crs)),
            tr("{n} layers, {m} sheets").format(n=len(project.layers), m=len(project.pages)),
            *(tr("{table}: {n} rows").format(table=name, n=n) for name, n in tables.items()),
        ]
        if last:
            lines.append(
                tr("Last change: {at} by {who}: {label}").format(
                    at=last.at, who=last.who, label=last.label
                )
            )
        return Answer(data, lines)


def _layers(arguments: argparse.Namespace, desk: Desk) -> Answer:
    rows, lines = [], []
    with (
        project_to_read(arguments.project, desk) as session,
        layers_of(session, desk) as reading,
    ):
        for layer in reversed(reading.project.layers):
            source = layer.source
            row = {
                "id": layer.id,
                "name": layer.name,
                "role": layer.role,
                "visible": layer.visible,
                "format": source.format,
                "path": source.path,
                "options": dict(source.options),
                "crs": None,
                "features": None,
                "error": None,
            }
            try:
                read = reading.data(layer, desk)
                row["crs"] = read.crs
                if hasattr(read, "shapes_in"):
                    row["features"] = len(features_of(read, layer.name))
            except GisError as error:
                row["error"] = error.message
            rows.append(row)
            what = row["error"] or (row["features"] if row["features"] is not None else row["crs"])
            kind = tr("table") if source.format == TABLE else source.format
            lines.append(f"{layer.name}\t{layer.role}\t{kind}\t{source.path}\t{what}")
    return Answer({"layers": rows}, lines)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(tr("{n} is negative").format(n=number))
    return number


def _history_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--feature", default="", help=tr("of one feature: its id"))
    parser.add_argument("--table", default=OUTFALL_TABLE, help=tr("the table the feature is in"))
    parser.add_argument(
        "--last", type=_count, default=50, help=tr("how many of the newest; 0: all")
    )


def _history(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with project_to_read(arguments.project, desk) as session:
        if arguments.feature:
            table = session.store.project.tables.get(arguments.table)
            if table is None:
                raise ParameterError(
                    tr("The project has no table {table}").format(table=arguments.table)
                )
            changes = session.file.history(arguments.table, FeatureId(arguments.feature))
            if not changes:
                raise ParameterError(
                    tr("{table} never had a feature {id}").format(
                        table=arguments.table, id=arguments.feature
                    ),
                    hint=tr("Give the feature's uuid."),
                )
            lines = [
                f"{c.number}\t{c.at}\t{c.who}\t{c.kind}\t{c.label}\t{_changed(c.before, c.after)}"
                for c in changes
            ]
            return Answer({"changes": changes}, lines)
        entries = session.file.entries(newest=arguments.last or None)
        lines = [f"{e.number}\t{e.at}\t{e.who}\t{e.kind}\t{e.label}" for e in entries]
        return Answer({"changes": entries}, lines)


def _changed(before: object, after: object) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    return ", ".join(f"{key}: {before.get(key)} → {value}" for key, value in after.items())


def _plugins(arguments: argparse.Namespace, desk: Desk) -> Answer:
    for kind in KINDS:  # so that what cannot be loaded is seen
        if kind != "panel":
            list(desk.plugins.load_all(kind))
    found = [
        {
            "id": m.id,
            "title": m.caption,
            "version": m.version,
            "folder": desk.plugins.folder(m.id),
            "contributions": [
                {"kind": c.kind, "name": c.name, "title": c.caption} for c in m.contributions
            ],
        }
        for m in desk.plugins.manifests
    ]
    failed = [{"message": e.message, "hint": e.hint} for e in desk.plugins.failures]
    lines = []
    for m in desk.plugins.manifests:
        lines.append(f"{m.id} {m.version}  {m.caption}")
        lines += [f"  {c.kind}\t{c.name}\t{c.caption}" for c in m.contributions]
    lines += [tr("Switched off: {message}").format(message=e["message"]) for e in failed]
    return Answer({"plugins": found, "failed": failed}, lines)


LOOKING = (
    Command("info", N_("Say what is in a project"), add_project, _info),
    Command("layers", N_("List the layers of a project, the topmost first"), add_project, _layers),
    Command("history", N_("List what was changed in a project"), _history_arguments, _history),
    Command("plugins", N_("List plugins and what they add"), lambda parser: None, _plugins),
)
