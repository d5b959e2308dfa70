"""gisapp rules: check a survey."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.layer_reading import LayerReading
from gisapp.app.rules import ROLES, check_survey, counts, errors_in, fix_edit
from gisapp.cli.projects import (
    checked_date,
    layers_of,
    perform,
    project_to_change,
    project_to_read,
)
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Point
from gisapp.model.rules import Finding, rule_kinds, rule_values
from gisapp.model.scheme_problems import number_problem
from gisapp.model.survey import OUTFALL_TABLE, standard
from gisapp.model.table import GEOMETRY
from gisapp.model.text import N_, tr

MOST = 1000  # findings of a kind that are listed


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", type=Path, required=True, help=tr("the project's folder"))
    parser.add_argument("--only", default="", help=tr("ids of rules with commas"))
    parser.add_argument("--outfall", action="append", default=[], help=tr("only this one; its id"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help=tr("another number for this run, such as near_m=10"))  # fmt: skip
    parser.add_argument(
        "--fix", action="store_true", help=tr("do what findings propose, in a step")
    )
    parser.add_argument("--most", type=int, default=MOST, help=tr("findings listed of each kind"))
    parser.add_argument("--today", default="", help=tr("decides which dates lie ahead"))


def _numbers(given: list[str]) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            name = ""
        if name not in rule_values():
            raise ParameterError(
                tr("{text} sets no number of a rule").format(text=text),
                hint=tr("There are: {names}").format(names=", ".join(rule_values())),
            )
        if problem := number_problem(name, found[name]):
            raise ParameterError(f"{text}: {problem}")
    return found


def _layers(reading: LayerReading, desk: Desk) -> dict[str, FeatureSet]:
    """What can be read of the layers around; what cannot is said, and its rules do not run."""
    found = {}
    for role in ROLES:
        if reading.project.layer_of_role(role) is not None:
            try:
                found[role] = reading.features(role, desk)
            except GisError as error:
                desk.say(f"{error.message} {error.hint}".strip())
    return found


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    wanted = {name for name in arguments.only.split(",") if name}
    unknown = wanted - rule_kinds().keys()
    if unknown:
        raise ParameterError(
            tr("There is no rule {name}").format(name=", ".join(sorted(unknown))),
            hint=tr("There are: {names}").format(names=", ".join(rule_kinds())),
        )
    numbers = _numbers(arguments.set)
    today = checked_date(arguments.today) if arguments.today else date.today().isoformat()
    opened = project_to_change if arguments.fix else project_to_read
    with opened(arguments.project, desk) as session, layers_of(session, desk) as reading:
        project = session.store.project
        answer = check_survey(
            project,
            _layers(reading, desk),
            today,
            only=arguments.outfall or None,
            plugins=desk.plugins,
            values=numbers,
        )
        found = [some for some in answer.found if not wanted or some.kind.id in wanted]
        fixed = 0
        if arguments.fix:
            mendable = [one for some in found for one in some if one.proposal is not None]
            edit = fix_edit(project, mendable, desk)
            if edit is not None:
                perform(session, edit)
                fixed = len(mendable)
        listed = [one for some in found for one in some[: max(arguments.most, 0)]]
        findings = [_data(project, one) for one in listed]
    for error in answer.failed:
        desk.say(error.message)
    about = standard("outfall_rules")["standard"]
    numbered = {name: n for name, n in counts(answer).items() if not wanted or name in wanted}
    data = {
        "checked": answer.checked,
        "counts": numbered,
        "errors": errors_in(answer),
        "unchecked": answer.unchecked,
        "left": answer.left,
        "fixed": fixed,
        "version": about["version"],
        "confirmed": about["confirmed"],
        "findings": findings,
    }
    kinds = rule_kinds()
    lines = [tr("{n} outfalls checked").format(n=f"{answer.checked:,}")]
    lines += [f"{n:>8,}  {kinds[k].caption if k in kinds else k}" for k, n in numbered.items()]
    lines += [
        tr("Not checked: {kind} (no layer with the role {role})").format(
            kind=kinds[kind].caption, role=role
        )
        for kind, role in answer.unchecked.items()
    ]
    lines += [f"{one['rule']}\t{one['name']}\t{one['message']}" for one in findings]
    open_ones = sum(numbered.values()) - fixed
    return Answer(data, lines, USER_CAN_FIX if open_ones > 0 else DONE)


def _data(project: Any, finding: Finding) -> dict[str, Any]:
    table = project.tables[OUTFALL_TABLE]
    row = table.row(finding.feature) or {}
    place = row.get(GEOMETRY)
    degrees = None
    if place is not None:
        lon, lat = transform_point(Point(place.x, place.y), table.crs, CGCS2000)
        degrees = [round(lon, 7), round(lat, 7)]
    return {
        "rule": finding.rule,
        "outfall": finding.feature,
        "name": row.get("code_local") or row.get("name") or "",
        "field": finding.field,
        "severity": finding.severity,
        "message": finding.message,
        "place": degrees,
        "others": list(finding.others),
        "fix": finding.proposal.words if finding.proposal is not None else None,
    }


RULES = Command("rules", N_("Check the outfalls of a survey"), _arguments, _run)
