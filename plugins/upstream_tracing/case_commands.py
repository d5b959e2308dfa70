"""gisapp case: what was kept of rankings, listed, shown, ranked again and compared."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.api import Answer, Command, Desk, GisError, ParameterError, tr

from .case import rerun_case
from .case_changes import changes
from .case_file import Case, case_of, read_case
from .commands import add_output, ranking_data, rivers_from, write_outputs

FOLDER = "cases"  # of a project


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", choices=("list", "show", "rerun", "compare"), help=tr("what to do"))
    parser.add_argument("case", type=Path, help=tr("a case, or for list a project folder"))
    parser.add_argument("other", type=Path, nargs="?", help=tr("the newer case, for compare"))
    for role in ("rivers", "sources", "stations", "repairs", "placements"):
        parser.add_argument(f"--{role}", type=Path, help=tr("the layer as it is now, for rerun"))
    parser.add_argument("--records", type=Path, help=tr("station records as they are now"))
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
    rivers = None if arguments.rivers is None else rivers_from(arguments.rivers, desk)
    if arguments.work == "show":
        found = case.ranking()
        lines = list(found.lines())
        data = ranking_data(found)
    else:
        if rivers is None or arguments.sources is None:
            raise ParameterError(
                tr("The layers to rank in are not said"), hint=tr("Give --rivers and --sources.")
            )
        values = {"case": str(arguments.case), "rivers": rivers,
                  "sources": rivers_from(arguments.sources, desk)}  # fmt: skip
        for role in ("stations", "repairs", "placements"):
            if (path := getattr(arguments, role)) is not None:
                values[role] = rivers_from(path, desk)
        if arguments.records is not None:
            values["records"] = str(arguments.records)
        found = rerun_case.run(values, desk)
        different = changes(case, case_of(found, arguments.date))
        data = {**ranking_data(found), "changes": list(different.lines)}
        lines = [*found.lines(), tr("Against the case:"), str(different)]
    data["written"] = write_outputs(found, arguments, rivers, desk)
    return Answer(data, lines)


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
