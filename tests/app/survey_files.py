"""Made-up ledgers with the faults that real ones have."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.app.import_doctor import Understanding, read_file, understand
from gisapp.app.import_doctor_checks import Surroundings
from gisapp.app.import_doctor_problems import Problem
from gisapp.io.recipe import Recipe
from gisapp.model.features import Features
from gisapp.model.field import Field
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from tests.survey_project import survey_project

CODES = [f"川A{n:04}" for n in range(1, 13)]
LON = [104.05 + n / 100 for n in range(12)]
LAT = [30.61 + n / 200 for n in range(12)]


def doctor(
    path: Path,
    project: Project | None = None,
    around: Surroundings | None = None,
    recipe: Recipe | None = None,
    **answers: str,
) -> Understanding:
    """Answers with `__` for the dot of their key."""
    said = (recipe or Recipe()).with_answers(
        {key.replace("__", "."): value for key, value in answers.items()}
    )
    whole = project if project is not None else survey_project({})
    found = read_file(path, said, Silent())
    return understand(found, said, whole, around or Surroundings(), Silent())


def problem(found: Understanding, kind: str) -> Problem:
    [one] = [p for p in found.problems if p.kind == kind]
    return one


def kinds(found: Understanding) -> set[str]:
    return {p.kind for p in found.problems}


def file_rows(found: Understanding, kind: str) -> list[int]:
    return [int(found.row_numbers[row]) for row in problem(found, kind).rows]


def column(found: Understanding, target: str) -> list[Any]:
    return list(found.values[target])


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)
    return path


def write_book(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Sequence[str] = ()
) -> Path:
    """`merged`: ranges of the first sheet, such as A1:C1."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    book.save(path)
    return path


def ledger(**columns: Sequence[Any]) -> list[list[Any]]:
    """Twelve records: code, name and what is given, headings first."""
    whole = {"排污口编码": CODES, "排污口名称": [f"{c}排口" for c in CODES], **columns}
    return [list(whole), *map(list, zip(*whole.values(), strict=True))]


def plain_ledger(**columns: Sequence[Any]) -> list[list[Any]]:
    return ledger(经度=LON, 纬度=LAT, **columns)


def points(places: Sequence[tuple[float, float]], crs: str = "EPSG:4326") -> Features:
    from gisapp.model.features import point_shapes

    ids = np.arange(len(places)).astype(str).astype(object)
    return Features(crs, (Field("name"),), ids, {"name": ids}, point_shapes(np.array(places)))
