"""gisapp import --survey: points into the record, looked at before, one undo after."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gisapp.app.command import USER_CAN_FIX, Answer, Desk
from gisapp.app.import_doctor import Understanding, read_file, recipe_of, summary, understand
from gisapp.app.import_doctor_surroundings import surroundings
from gisapp.app.layer_reading import LayerReading
from gisapp.app.package_photos import NamedPhotos, named_photos, package_edit
from gisapp.app.photo_import import PhotoVerdict, counted, status_words
from gisapp.cli.projects import layers_of, perform, project_to_change, project_to_read
from gisapp.io.recipe import Recipe, read_recipe, write_recipe
from gisapp.io.survey_package import SurveyPackage, open_package
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureSet
from gisapp.model.layer import Layer
from gisapp.model.text import tr

TOLD = 5  # rows of a problem that are said without --json


def add_survey_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--survey", action="store_true", help=tr("points into the record of outfalls, not a layer")
    )
    parser.add_argument("--recipe", type=Path, help=tr("answers saved from an earlier import"))
    parser.add_argument("--save-recipe", type=Path, help=tr("save the answers to this file"))
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=tr("one answer more, as the fixes of the findings say it"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=tr("say what was understood and write nothing")
    )
    parser.add_argument(
        "--photos",
        type=Path,
        metavar=tr("FOLDER"),
        help=tr("where the photos lie that the rows name; else in the package or beside the file"),
    )
    parser.add_argument("--table", help=tr("file of a package that holds the rows"))
    parser.add_argument("--sheet", help=tr("sheet of a workbook, or layer of a file"))


def is_survey(arguments: argparse.Namespace) -> bool:
    """Whether the points go into the record."""
    said = arguments.survey or arguments.recipe or arguments.save_recipe or arguments.answer
    said = said or arguments.photos or arguments.table
    return bool(said or arguments.dry_run or arguments.sheet)


def import_survey(arguments: argparse.Namespace, desk: Desk) -> Answer:
    if len(arguments.files) != 1:
        raise ParameterError(
            tr("Survey points are imported one file at a time"),
            hint=tr("Call the command once for each file."),
        )
    path = Path(os.path.abspath(arguments.files[0]))
    said = {"table": arguments.table or "", "photos": arguments.photos}
    with open_package(path, desk, **said) as package:
        return _import_package(arguments, package, desk)


def _import_package(arguments: argparse.Namespace, package: SurveyPackage, desk: Desk) -> Answer:
    recipe = _recipe(arguments)
    opened = project_to_read if arguments.dry_run else project_to_change
    with opened(arguments.project, desk) as session:
        project = session.store.project
        with layers_of(session, desk) as reading:
            around = surroundings(project, lambda layer: _data(reading, layer, desk))
        found = understand(read_file(package.table, recipe, desk), recipe, project, around, desk)
        if arguments.save_recipe:
            write_recipe(arguments.save_recipe, recipe_of(found, arguments.save_recipe.name))
        named = named_photos(found, package)
        data = summary(found) | {"imported": False, "photos": _named_data(named)}
        lines = [*_lines(found), *_named_lines(named)]
        verdicts: tuple[PhotoVerdict, ...] = ()
        if not found.can_import and not named.found:
            lines.append(tr("Nothing is new in this file."))
        elif not arguments.dry_run:
            made = package_edit(session.file, project, found, package, desk)
            verdicts = made.verdicts
            if made.edit is not None:
                perform(session, made.edit)
                data["imported"] = True
                lines.append(tr("Imported. Undo takes it back as one step."))
            else:
                lines.append(tr("Nothing is new in this file."))
            if verdicts:
                data["photos"] |= {"counts": counted(verdicts), "files": verdicts}
                lines += _verdict_lines(verdicts)
    wrong = any(p.level == "error" for p in found.problems)
    return Answer(data, lines, USER_CAN_FIX if wrong and arguments.dry_run else 0)


def _named_data(named: NamedPhotos) -> dict[str, Any]:
    return {
        "columns": named.columns,
        "named": len(named.found),
        "lost": [{"record": record, "name": name} for record, name in named.lost],
        "unnamed": [path.name for path in named.unnamed],
    }


def _named_lines(named: NamedPhotos) -> Iterator[str]:
    if named.columns or named.unnamed:
        words = tr("photos: {n} named by rows ({columns}), {lost} names without a file, {unnamed} "
                   "files that no row names")  # fmt: skip
        columns = ", ".join(named.columns) or "–"
        yield words.format(
            n=len(named.found), columns=columns, lost=len(named.lost), unnamed=len(named.unnamed)
        )


def _verdict_lines(verdicts: Sequence[PhotoVerdict]) -> Iterator[str]:
    words = status_words()
    for verdict in verdicts:
        if verdict.findings or verdict.status in ("refused", "failed", "lost"):
            yield f"  {verdict.file}\t{words[verdict.status]}\t{'; '.join(verdict.findings)}"
    yield ", ".join(f"{words[name]}: {n}" for name, n in counted(verdicts).items() if n)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    recipe = read_recipe(arguments.recipe) if arguments.recipe else Recipe()
    answers: dict[str, str] = {}
    for text in arguments.answer:
        key, found, value = text.partition("=")
        if not found or not key:
            raise ParameterError(
                tr("{text} is not KEY=VALUE").format(text=text),
                hint=tr("For example --answer if.at_zero=skip"),
            )
        answers[key] = value
    if arguments.sheet:
        answers["sheet"] = arguments.sheet
    if arguments.crs:
        answers["place.crs"] = arguments.crs
    return recipe.with_answers(answers)


def _data(reading: LayerReading, layer: Layer, desk: Desk) -> FeatureSet | None:
    """A layer that cannot be read is not compared with."""
    try:
        data: Any = reading.data(layer, desk)
    except GisError as error:
        desk.say(f"{layer.name}: {error.message}")
        return None
    return data if hasattr(data, "shapes_in") else None


def _lines(found: Understanding) -> list[str]:
    counts, numbers = found.counts, found.row_numbers
    lines = [
        tr("{file}, sheet {sheet}: {n} records; {place}").format(
            file=found.read.facts.name,
            sheet=found.read.sheet.name,
            n=counts["rows"],
            place=found.positions.words,
        )
    ]
    words = tr("new: {added}, changed: {changed}, as before: {same}, left out: {left_out}, without "
               "a place: {without_place}")  # fmt: skip
    lines.append(words.format(**counts))
    for problem in found.problems:
        count = f" ({len(problem.rows)})" if len(problem.rows) else ""
        lines.append(f"{problem.message}{count}")
        for n, row in enumerate(problem.rows[:TOLD].tolist()):
            lines.append(
                "  " + tr("row {row}: {what}").format(row=numbers[row], what=problem.words(n))
            )
        for fix in problem.fixes[:4]:
            said = " ".join(f"--answer {key}={value}" for key, value in fix.answers)
            lines.append(f"  → {fix.title}: {said}")
    return lines
