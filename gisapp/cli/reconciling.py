"""gisapp reconcile: two ledgers side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gisapp.app.command import Answer, Command, Desk
from gisapp.app.reconciling import (
    LedgerSide,
    Pair,
    Reconciled,
    accept_edit,
    add_edit,
    reconcile,
    side_of_file,
    side_of_project,
    write_differences,
)
from gisapp.cli.projects import perform, project_to_change, project_to_read
from gisapp.model.errors import ParameterError
from gisapp.model.text import N_, tr

ALL = "all"
MOST = 1000  # pairs that are listed


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = tr("a project folder, or a file with outfalls")
    parser.add_argument("one", type=Path, metavar="A", help=words)
    parser.add_argument("other", type=Path, metavar="B", help=words)
    parser.add_argument("--output", type=Path, help=tr("the differences as an .xlsx file"))
    accept = tr("take these fields of B over into the project A; or: all")
    parser.add_argument("--accept", default="", metavar="FIELDS", help=accept)
    parser.add_argument("--add", action="store_true", help=tr("add what only B has to A"))
    parser.add_argument("--most", type=int, default=MOST, help=tr("pairs that are listed"))


def _side(path: Path, desk: Desk) -> LedgerSide:
    if path.is_dir():
        with project_to_read(path, desk) as session:
            return side_of_project(session.store.project)
    return side_of_file(path, desk)


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    other = _side(arguments.other, desk)
    changing = bool(arguments.accept) or arguments.add
    if changing and not arguments.one.is_dir():
        raise ParameterError(
            tr("Only a project can take something over"),
            hint=tr("Name the project first, then the other ledger."),
        )
    accepted = 0
    if changing:
        with project_to_change(arguments.one, desk) as session:
            project = session.store.project
            answer = reconcile(side_of_project(project), other, desk)
            names = {n.strip() for n in arguments.accept.split(",") if n.strip()}
            chosen = [
                (p, [d.field for d in p.differences if ALL in names or d.field in names])
                for p in answer.pairs
            ]
            edit = accept_edit(project, answer, chosen, desk)
            if edit is not None:
                perform(session, edit)
                accepted = sum(len(fields) for _, fields in chosen)
            if arguments.add:
                more = add_edit(session.store.project, answer, answer.only_other)
                if more is not None:
                    perform(session, more)
            answer = reconcile(side_of_project(session.store.project), other, desk)
    else:
        answer = reconcile(_side(arguments.one, desk), other, desk)
    if arguments.output is not None:
        write_differences(arguments.output, answer, desk)
    counts = {
        "pairs": len(answer.pairs),
        "different": len(answer.different),
        "only_in_a": len(answer.only_one),
        "only_in_b": len(answer.only_other),
        "accepted": accepted,
    }
    data = {
        **counts,
        "a": answer.one.name,
        "b": answer.other.name,
        "differences": [_pair(answer, pair) for pair in answer.different[: arguments.most]],
        "only_a": [answer.one.labels[row] for row in answer.only_one],
        "only_b": [answer.other.labels[row] for row in answer.only_other],
        "written": [str(arguments.output)] if arguments.output else [],
    }
    lines = [
        tr("{pairs} pairs, {different} of them different; only in A {only_in_a}, only in B"
           " {only_in_b}").format(**counts),
        *(_line(answer, pair) for pair in answer.different[: arguments.most]),
    ]  # fmt: skip
    return Answer(data, lines)


def _pair(answer: Reconciled, pair: Pair) -> dict[str, Any]:
    return {
        "a": answer.one.labels[pair.one],
        "b": answer.other.labels[pair.other],
        "score": pair.score,
        "parts": pair.parts,
        "metres": pair.metres,
        "fields": {d.field: [d.one, d.other] for d in pair.differences},
    }


def _line(answer: Reconciled, pair: Pair) -> str:
    fields = "; ".join(f"{d.field}: {d.one} → {d.other}" for d in pair.differences)
    return f"{answer.one.title(pair.one)}\t{pair.score:.2f}\t{fields}"


RECONCILE = Command("reconcile", N_("Compare two ledgers of outfalls"), _arguments, _run)
