"""gisapp states: how a project's survey works, shown, written to a file, read from one."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.command import Answer, Command, Desk
from gisapp.cli.projects import perform, project_to_change, project_to_read
from gisapp.io.project_json import to_data
from gisapp.io.scheme_file import read_scheme, write_scheme
from gisapp.model.survey_change import scheme_edits
from gisapp.model.survey_scheme import SurveyScheme, usual_scheme
from gisapp.model.text import N_, tr
from gisapp.model.workflow import scheme_of


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", type=Path, required=True, help=tr("the project's folder"))
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--read", type=Path, help=tr("take the states of this file"))
    change.add_argument("--reset", action="store_true", help=tr("back to the program's own"))
    parser.add_argument("--write", type=Path, help=tr("write them to this file"))


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    changing = arguments.read is not None or arguments.reset
    opened = project_to_change if changing else project_to_read
    with opened(arguments.project, desk) as session:
        if changing:
            new = usual_scheme() if arguments.reset else read_scheme(arguments.read)
            label = tr("Change the states of the survey")
            perform(session, scheme_edits(label, session.store.project, new))
        scheme = scheme_of(session.store.project)
        own = session.store.project.scheme is not None
    if arguments.write is not None:
        write_scheme(arguments.write, scheme)
    return Answer({"own": own, **to_data(scheme)}, _lines(scheme, own))


def _lines(scheme: SurveyScheme, own: bool) -> list[str]:
    whose = tr("changed in this project") if own else tr("the program's own")
    lines = [f"{scheme.version}, {whose}"]
    for state in scheme.states:
        ways = (scheme.state(way.after) for way in scheme.ways_from(state.id))
        onward = ", ".join(after.caption for after in ways if after)
        lines.append(f"{state.id}\t{state.caption}\t{state.color}\t→ {onward or '–'}")
    return lines


STATES = Command(
    "states", N_("States of a survey: show them, write them, change them"), _arguments, _run
)
