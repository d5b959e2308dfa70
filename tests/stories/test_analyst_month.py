"""An analyst's month, and the next one: the official ledger in, compared, checked, handed on.

Everything is made up. Killed inside the import (rows and log written, not yet committed) and while
files for others are put in their places.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyogrio
import pytest

from gisapp.app.project_session import make_survey_project, open_project
from gisapp.cli.program import run_program
from gisapp.io.project_check import check
from gisapp.model.survey import OUTFALL_TABLE
from tests.app.survey_files import write_book
from tests.stories.test_team_day import killed

LON, LAT, STEP = 114.0, 23.0, 0.004
HEADINGS = ("排污口编号", "排污口名称", "经度", "纬度", "岸别", "排污口分类", "管径(mm)", "县区")
TITLE = "入河排污口台账（虚构）"
DATE = "2026-05-31"
ANSWERS = ("if.at_zero=skip", "column.岸别=bank", "word.bank.河西=左岸", "word.bank.河东=右岸",
           "column.县区=county")  # fmt: skip

# Dies in the transaction of the import: rows and log entry are written, nothing is committed.
KILLED_IMPORT = """if True:
    import os, signal, sys
    from gisapp.cli.program import run_program
    from gisapp.io import project_log
    real = project_log.append
    def append(*words):
        real(*words)
        os.kill(os.getpid(), signal.SIGKILL)
    project_log.append = append
    run_program(sys.argv[1:])
"""
# Dies when a finished file is about to take its place.
KILLED_WRITING = """if True:
    import os, signal, sys
    from gisapp.cli.program import run_program
    def replace(source, target):
        os.kill(os.getpid(), signal.SIGKILL)
    os.replace = replace
    run_program(sys.argv[1:])
"""


def record(number: int, **said: object) -> list[object]:
    values = {
        "排污口编号": f"W-{number:03}", "排污口名称": f"第{number}号排口",
        "经度": LON + number * STEP, "纬度": LAT, "岸别": ("河西", "河东")[number % 2],
        "排污口分类": "城镇雨洪排口", "管径(mm)": 300 + number, "县区": "东岸县",
    }  # fmt: skip
    return [{**values, **said}[heading] for heading in HEADINGS]


def ledger(path: Path, records: list[list[object]]) -> Path:
    """As an office keeps it: a title over all columns, headings below."""
    title = [TITLE, *[None] * (len(HEADINGS) - 1)]
    return write_book(path, {"台账": [title, list(HEADINGS), *records]}, ("A1:H1",))


@pytest.fixture
def gisapp(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict]:
    def run(*words: object, codes: tuple[int, ...] = (0,)) -> dict:
        capsys.readouterr()
        assert run_program([*map(str, words), "--json", "--lang", "zh_CN"]) in codes
        return json.loads(capsys.readouterr().out)

    return run


def outputs(gisapp: Callable[..., dict], project: Path, folder: Path) -> dict[str, bytes]:
    """Sheet, ledger, deliveries: every file that was written, by its name."""
    folder.mkdir()
    common = ("--project", project, "--date", DATE)
    gisapp("map", project, "--output", folder / "sheet.pdf", "--date", DATE)
    gisapp("ledger", *common, "--output", folder / "ledger.xlsx")
    gisapp("deliver", *common, "--output", folder / "gbk.shp", "--encoding", "gbk")
    gisapp("deliver", *common, "--output", folder / "all.gpkg", "--crs", "EPSG:4547")
    gisapp("deliver", *common, "--output", folder / "all.kml")
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def rows_of(project: Path) -> dict[str, dict[str, object]]:
    with open_project(project, read_only=True) as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        return {row["code_local"]: row for row in (table.row(fid) for fid in table.ids)}


@pytest.mark.usefixtures("qapp")  # a sheet is drawn
def test_a_month_and_the_same_again_the_next_one(tmp_path: Path, gisapp: Callable[..., dict]):
    project, recipe = tmp_path / "survey", tmp_path / "office.recipe.json"
    make_survey_project(project, "Made-up month")
    # W-012 and W-013 lie 8 m apart; W-014 has no place
    records = [record(n) for n in range(12)]
    records += [record(12), record(13, 经度=LON + 12 * STEP + 0.00008), record(14, 经度=0, 纬度=0)]
    official = ledger(tmp_path / "五月.xlsx", records)

    # Looked at, answered, the answers kept; the import is killed, and then is one step.
    seen = gisapp("import", official, "--project", project, "--dry-run", codes=(1,))
    assert [one["kind"] for one in seen["findings"] if one["level"] == "error"] == ["at_zero"]
    assert seen["columns"]["岸别"] == ""  # the office's words for the banks are not known yet
    said = [word for answer in ANSWERS for word in ("--answer", answer)]
    words = ("import", official, "--project", project, *said, "--save-recipe", recipe)
    killed(KILLED_IMPORT, *words)
    assert rows_of(project) == {}
    assert gisapp(*words)["imported"]
    rows = rows_of(project)
    assert len(rows) == 14
    assert (rows["W-001"]["bank"], rows["W-002"]["bank"]) == ("右岸", "左岸")
    assert (rows["W-003"]["diameter_mm"], rows["W-003"]["county"]) == (303.0, "东岸县")

    # Compared with the register of another office: a name differs, one outfall is only there.
    theirs = [record(n) for n in range(14)]
    theirs[5] = record(5, 排污口名称="渡口西侧雨洪排口")
    other = ledger(tmp_path / "登记.xlsx", [*theirs, record(30)])
    found = gisapp("reconcile", project, other)
    assert found["only_in_b"] == 1
    [named] = [one for one in found["differences"] if "name" in one["fields"]]
    assert named["fields"]["name"][1] == "渡口西侧雨洪排口"
    left = tmp_path / "differences.xlsx"
    taken = gisapp("reconcile", project, other, "--accept", "name", "--add", "--output", left)
    assert (taken["accepted"], taken["only_in_b"]) == (1, 0)
    assert left.exists()
    assert rows_of(project)["W-005"]["name"] == "渡口西侧雨洪排口"
    assert len(rows_of(project)) == 15

    # Checked: what can be mended is, in one step; the rest is listed.
    asked = ("rules", "--project", project, "--today", DATE)
    listed = gisapp(*asked, codes=(1,))
    assert listed["counts"]["near"] == 1
    mended = gisapp(*asked, "--fix", codes=(0, 1))
    assert mended["fixed"] > 0
    after = gisapp(*asked, codes=(0, 1))
    assert sum(after["counts"].values()) < sum(listed["counts"].values())
    kept = rows_of(project)
    assert "W-012" in kept

    # Handed on: killed before anything is in its place, then written; the same bytes each time.
    for name, command in (("x.xlsx", "ledger"), ("x.shp", "deliver")):
        killed(KILLED_WRITING, command, "--project", project, "--output", tmp_path / name)
        assert not (tmp_path / name).exists()
    may = outputs(gisapp, project, tmp_path / "may")
    assert {"sheet.pdf", "ledger.xlsx", "gbk.shp", "gbk.dbf", "gbk.cpg", "all.gpkg",
            "all.kml"} <= may.keys()  # fmt: skip
    assert may["gbk.cpg"].strip().upper() in (b"GBK", b"936", b"CP936")
    handed = pyogrio.read_dataframe(tmp_path / "may" / "gbk.shp")
    assert "渡口西侧雨洪排口" in handed.astype(str).to_numpy()
    assert outputs(gisapp, project, tmp_path / "may again") == may

    # June: the same office, the same recipe, no question; one value and two outfalls are new.
    theirs[7] = record(7, **{"管径(mm)": 800})
    still = [one for one in [*theirs, record(30)] if one[0] in kept]
    june = ledger(tmp_path / "六月.xlsx", [*still, record(40), record(41)])
    words = ("import", june, "--project", project, "--recipe", recipe)
    seen = gisapp(*words, "--dry-run")
    assert [one for one in seen["findings"] if one["level"] == "error"] == []
    assert gisapp(*words)["imported"]
    assert len(rows_of(project)) == len(kept) + 2
    assert rows_of(project)["W-007"]["diameter_mm"] == 800.0
    assert gisapp(*words)["imported"] is False  # the same file again: nothing is new
    later = outputs(gisapp, project, tmp_path / "june")
    assert later.keys() == may.keys()
    with open_project(project) as session:
        session.store.undo()  # the import of June is one step
    assert outputs(gisapp, project, tmp_path / "may once more") == may
    assert [result for result in check(project) if not result.ok] == []
