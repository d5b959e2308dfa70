"""gisapp check, repair."""

from __future__ import annotations

import argparse

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.cli.projects import add_project
from gisapp.io.project_check import CheckResult, check
from gisapp.io.project_repair import repair
from gisapp.model.text import N_, tr


def _check(arguments: argparse.Namespace, desk: Desk) -> Answer:
    results = check(arguments.project)
    return _answer(results, {})


def _repair_arguments(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument(
        "--keep",
        choices=("log", "tables"),
        default="log",
        help=tr("where rows and change log differ: set the rows back, or take them as a change"),
    )


def _repair(arguments: argparse.Namespace, desk: Desk) -> Answer:
    report = repair(arguments.project, keep=arguments.keep)
    desk.say(tr("The file as it was is in {folder}").format(folder=report.backup))
    for text in report.done:
        desk.say(tr("Done: {text}").format(text=text))
    for text in report.lost:
        desk.say(tr("Lost: {text}").format(text=text))
    data = {"backup": report.backup, "done": report.done, "lost": report.lost}
    return _answer(list(report.results), data)


def _answer(results: list[CheckResult], data: dict[str, object]) -> Answer:
    fine = all(result.ok for result in results)
    lines = []
    for result in results:
        lines.append(f"{tr('ok') if result.ok else tr('WRONG')}  {result.name}: {result.message}")
        lines += [f"    {detail}" for detail in result.details]
        lines += [f"    → {result.hint}"] if result.hint else []
    return Answer({"ok": fine, "results": results, **data}, lines, DONE if fine else USER_CAN_FIX)


CHECKING = (
    Command("check", N_("Prove that a project is whole"), add_project, _check),
    Command("repair", N_("Bring back what can be brought back"), _repair_arguments, _repair),
)
