"""gisapp states: how a project's survey works, shown, written to a file, read from one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.scheme_effects import SchemeEffects, change_scheme, effects_of, imported, is_own
from gisapp.app.survey_record import now_and_who
from gisapp.cli.projects import perform, project_to_change, project_to_read
from gisapp.io.project_json import to_data
from gisapp.io.scheme_file import read_scheme, write_scheme
from gisapp.model.errors import ParameterError
from gisapp.model.scheme_problems import scheme_problems
from gisapp.model.survey_scheme import SurveyScheme, usual_scheme
from gisapp.model.text import N_, tr
from gisapp.model.workflow import scheme_of


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", type=Path, required=True, help=tr("the project's folder"))
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--read", type=Path, help=tr("take the states of this file"))
    change.add_argument("--reset", action="store_true", help=tr("back to the program's own"))
    parser.add_argument("--write", type=Path, help=tr("write them to this file"))
    moves = tr("outfalls of a state that is no more become another; repeatable")
    parser.add_argument("--move", action="append", default=[], metavar="OLD=NEW", help=moves)
    only = tr("say what would be out of order, change nothing")
    parser.add_argument("--dry-run", action="store_true", help=only)


def _moves(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        old, equals, new = text.partition("=")
        if not equals or not old or not new:
            raise ParameterError(
                tr("{text} moves no state").format(text=text),
                hint=tr("Write OLD=NEW with the keys of two states."),
            )
        found[old] = new
    return found


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    changing = arguments.read is not None or arguments.reset
    opened = project_to_change if changing and not arguments.dry_run else project_to_read
    effects = SchemeEffects()
    with opened(arguments.project, desk) as session:
        project = session.store.project
        if changing:
            given = usual_scheme() if arguments.reset else read_scheme(arguments.read)
            new = imported(given, project)
            moves = _moves(arguments.move)
            at, who = now_and_who()
            label = tr("Change the states of the survey")
            edit = change_scheme(label, project, new, moves, who=who, at=at)
            effects = effects_of(project, new)
            if not arguments.dry_run:
                perform(session, edit)
                project = session.store.project
            else:
                project = replace(project, scheme=new)
        scheme, own = scheme_of(project), is_own(project)
    for problem in scheme_problems(scheme):
        desk.say(problem.words)
    if arguments.write is not None:
        write_scheme(arguments.write, scheme)
    affected = [to_data(one) for one in effects.affected]
    lines = [f"{one.words}: {', '.join(one.names)}" for one in effects.affected]
    return Answer(
        {"own": own, **to_data(scheme), "affected": affected}, [*_lines(scheme, own), *lines]
    )


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
