"""gisapp coverage: how far a survey is."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from gisapp.analysis.coverage import BY, Coverage, coverage, figures
from gisapp.app.command import Answer, Command, Desk
from gisapp.cli.projects import project_to_read
from gisapp.model.survey import OUTFALL_TABLE, standard
from gisapp.model.text import N_, tr


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(tr("{text} is no date").format(text=text)) from None


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", type=Path, required=True, help=tr("the project's folder"))
    parser.add_argument("--by", choices=BY, default="county", help=tr("what the groups are"))
    parser.add_argument("--table", default=OUTFALL_TABLE, help=tr("the table of the outfalls"))
    parser.add_argument("--today", type=_day, help=tr("decides what is overdue"))


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    today = arguments.today or date.today().isoformat()
    with project_to_read(arguments.project, desk) as session:
        whole, groups = coverage(session.store.project, arguments.by, today, arguments.table)
    about = standard("outfall_coverage")["standard"]
    data = {
        "by": arguments.by,
        "today": today,
        "version": about["version"],
        "source": about["source"],
        "confirmed": about["confirmed"],
        "figures": [
            {"id": f.id, "title": f.caption, "definition": f.explanation} for f in figures()
        ],
        "all": _data(whole),
        "groups": [_data(group) for group in groups],
    }
    heading = "\t".join(("", tr("Points"), *(f.caption for f in figures()), tr("Overdue")))
    lines = [heading, _line(tr("All"), whole)]
    lines += [_line(group.name or "–", group) for group in groups]
    return Answer(data, lines)


def _data(found: Coverage) -> dict[str, Any]:
    shares = {
        name: {"done": share.done, "of": share.of, "rate": share.rate}
        for name, share in found.shares.items()
    }
    return {
        "name": found.name,
        "points": found.points,
        "outfalls": found.outfalls,
        "overdue": found.overdue,
        "figures": shares,
        "states": dict(found.states),
    }


def _line(name: str, found: Coverage) -> str:
    shown = (found.shares[f.id] for f in figures())
    words = ("–" if s.rate is None else f"{s.rate:.1%} ({s.done}/{s.of})" for s in shown)
    return "\t".join((name, str(found.points), *words, str(found.overdue)))


COVERAGE = Command(
    "coverage", N_("How far the survey is, by county, river or team"), _arguments, _run
)
