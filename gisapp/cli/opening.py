"""gisapp open, new, sample."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.command import USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.project_session import make_survey_project
from gisapp.app.sample_project import make_sample_project
from gisapp.model.crs import CGCS2000, checked, title
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import N_, tr


def _open_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, nargs="?", help=tr("project folder"))
    parser.add_argument("--sample", action="store_true", help=tr("the sample project"))
    parser.add_argument("--read-only", action="store_true", help=tr("look, do not change"))


def _open(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if desk.open_window is None:
        desk.say(tr("There is no window here"))
        return Answer({"error": "no window"}, code=USER_CAN_FIX)
    code = desk.open_window(
        arguments.project,
        sample=arguments.sample,
        read_only=arguments.read_only,
        language=getattr(arguments, "lang", ""),
    )
    return Answer({"closed": True}, code=code)


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help=tr("an empty or new folder"))
    parser.add_argument("--title", default="", help=tr("what the project is called"))
    parser.add_argument("--crs", default=CGCS2000, help=tr("system of the map, such as EPSG:4547"))


def _new(arguments: argparse.Namespace, desk: Desk) -> Answer:
    crs = title(checked(arguments.crs))
    name = arguments.title or arguments.folder.absolute().name
    make_survey_project(arguments.folder, name, arguments.crs)
    line = tr("Made {folder}, map in {crs}").format(folder=arguments.folder, crs=crs)
    return Answer({"folder": arguments.folder, "title": name, "crs": arguments.crs}, [line])


def _sample_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help=tr("an empty or new folder"))


def _sample(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with make_sample_project(arguments.folder) as session:
        project = session.store.project
        count = len(project.tables[OUTFALL_TABLE])
        line = tr("Made {folder}: {layers} layers, {n} outfalls, all fictional").format(
            folder=session.folder, layers=len(project.layers), n=count
        )
        data = {"folder": session.folder, "layers": len(project.layers), "outfalls": count}
        return Answer(data, [line])


OPENING = (
    Command("open", N_("Open a project, or the sample, in the window"), _open_arguments, _open),
    Command("new", N_("Make an empty survey project"), _new_arguments, _new),
    Command("sample", N_("Make the sample project in a folder"), _sample_arguments, _sample),
)
