"""gisapp case: what was kept of rankings, listed, shown, ranked again and compared."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.api import Answer, Command, Desk, GisError, ParameterError, tr

from .case import rerun_case
from .case_changes import changes
from .case_file import Case, case_of, read_case
from .command_layers import ROLES, add_project, known_of_project, rivers_from
from .commands import add_output, ranking_data, write_outputs

FOLDER = "cases"  # of a project


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", choices=("list", "show", "rerun", "compare"), help=tr("what to do"))
    parser.add_argument("case", type=Path, help=tr("a case, or for list a project folder"))
    parser.add_argument("other", type=Path, nargs="?", help=tr("the newer case, for compare"))
    add_project(parser)
    for role in ROLES:
        parser.add_argument(f"--{role}", type=Path, help=tr("the layer as it is now, for rerun"))
    parser.add_argument("--records", type=Path, help=tr("station records as they are now"))
    words = tr("records of what sources let out, as they are now")
    parser.add_argument("--source-records", type=Path, help=words)
    add_output(parser)


def _run(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if arguments.work == "list":
        return _list(arguments.case)
    case = read_case(arguments.case)
    if arguments.work == "compare":
        if arguments.other is None:
            raise ParameterError(
                tr("The case to compare with is not said"), hint=tr("Give two files of cases.")
            )
        return _compared(case, read_case(arguments.other))
    if arguments.work == "rerun":
        return _rerun(case, arguments, desk)
    rivers = None if arguments.rivers is None else rivers_from(arguments.rivers, desk)
    found = case.ranking()
    data = {**ranking_data(found), "written": write_outputs(found, arguments, rivers, desk)}
    return Answer(data, list(found.lines()))


def _rerun(case: Case, arguments: argparse.Namespace, desk: Desk) -> Answer:
    with known_of_project(arguments.project, desk) as known:
        values = {"case": str(arguments.case), **known}
        for role in ROLES:
            if (path := getattr(arguments, role)) is not None:
                values[role] = rivers_from(path, desk)
        for name in ("records", "source_records"):
            if (path := getattr(arguments, name)) is not None:
                values[name] = str(path)
        if not {"rivers", "sources"} <= values.keys():
            raise ParameterError(
                tr("The layers to rank in are not said"),
                hint=tr("Give --project FOLDER, or --rivers and --sources."),
            )
        found = rerun_case.run(values, desk)
        different = changes(case, case_of(found, arguments.date))
        written = write_outputs(found, arguments, values["rivers"], desk)
    data = {**ranking_data(found), "changes": list(different.lines), "written": written}
    return Answer(data, [*found.lines(), tr("Against the case:"), str(different)])


def _compared(before: Case, now: Case) -> Answer:
    different = changes(before, now)
    return Answer({"changes": list(different.lines)}, str(different).splitlines())


def _list(folder: Path) -> Answer:
    """Damaged ones are listed too, with what is wrong."""
    rows: list[dict[str, object]] = []
    lines: list[str] = []
    inside = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    for path in sorted(inside.glob("*.json")):
        try:
            found = read_case(path)
        except GisError as error:
            rows.append({"file": path.name, "problem": error.message})
            lines.append(error.message)
            continue
        first = found.results[0]
        question = found.question
        rows.append(
            {"file": path.name, "kept_on": found.kept_on, "start": question.start.title,
             "parameter": question.parameter, "time": question.time, "first": first.id,
             "score": first.score}
        )  # fmt: skip
        lines.append(
            f"{path.name}  {question.start.title}  {question.parameter}  {question.time}  "
            f"{first.id or '-'} {first.score:.1f}"
        )
    return Answer(
        {"cases": rows}, lines or [tr("There are no cases in {folder}").format(folder=inside.name)]
    )


CASE = Command(
    "case",
    "",
    _arguments,
    _run,
    details="List, show, rank again and compare rankings that were kept.",
)
