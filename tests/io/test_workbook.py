from __future__ import annotations

import errno
import os
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from gisapp.io.map_file import write_file
from gisapp.io.workbook import Column, Sheet, write_workbook
from gisapp.model.errors import WriteError
from gisapp.model.progress import Cancelled, Silent

COLUMNS = (
    Column("Code"),
    Column("Flow (m³/s)", "real", "Defined in HJ 1235-2021"),
    Column("Longitude (°)", "degrees"),
    Column("Monitored on", "date"),
    Column("No.", "integer"),
)
ROWS = [
    ["0012", 1.5, 113.123456, date(2026, 3, 15), 1],
    ["=1+1", None, 113.5, None, 2],
    ["@SUM(A1)", 2, 114.0, "before 2020", 3],
    ["bell\x07 and\nline", 3.25, None, None, 4],
]


def written(path: Path, rows=ROWS) -> openpyxl.Workbook:
    write_workbook(path, [Sheet("Ledger: 2026/03", COLUMNS, rows, frozen=2)], Silent(), title="T")
    return openpyxl.load_workbook(path)


def test_values_come_back_as_what_they_were(tmp_path: Path) -> None:
    page = written(tmp_path / "a.xlsx").worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert rows[0][:3] == ["0012", 1.5, 113.123456]
    assert rows[0][3].date() == date(2026, 3, 15)
    assert rows[2][3] == "before 2020"
    assert rows[3][0] == "bell and\nline"
    assert page["C2"].number_format == "0.000000"
    assert page["D2"].number_format == "yyyy-mm-dd"


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    page = written(tmp_path / "a.xlsx").worksheets[0]
    for place, text in (("A3", "=1+1"), ("A4", "@SUM(A1)")):
        assert page[place].data_type == "s"
        assert page[place].value == text
        assert page[place].quotePrefix
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_headings_stay_filter_and_explain(tmp_path: Path) -> None:
    page = written(tmp_path / "a.xlsx").worksheets[0]
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref == "A1:E5"
    assert page["B1"].comment.text == "Defined in HJ 1235-2021"
    assert page["A1"].font.bold
    assert page.title == "Ledger  2026 03"
    assert 8 < page.column_dimensions["B"].width < 20


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "a.xlsx")
    written(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_sheet_without_rows_is_a_sheet(tmp_path: Path) -> None:
    page = written(tmp_path / "a.xlsx", []).worksheets[0]
    assert page.max_row == 1


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_workbook(tmp_path / "a.xlsx", [Sheet("A", COLUMNS, ROWS)], Stopped())
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "map.png"
    target.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError) as caught:
        write_file(target, b"new")
    assert "map.png" in caught.value.message
    assert "full" in caught.value.hint
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("place", ["missing/map.png", "folder"])
def test_a_place_that_is_none_is_said(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError) as caught:
        write_file(tmp_path / place, b"new")
    assert "Choose another" in caught.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
