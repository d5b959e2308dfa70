"""The project on the disk: made, opened, edited, closed, opened by other programs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from gisapp.io import project_log
from gisapp.io.geopackage import quoted
from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_lock import LOCK_FILE
from gisapp.model.column_rows import ColumnRows
from gisapp.model.edit import (
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    TableEdit,
    TableSchema,
)
from gisapp.model.errors import ProjectError, WriteError
from gisapp.model.field import Field
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer, Source
from gisapp.model.page import Page
from gisapp.model.progress import Cancelled
from gisapp.model.style import LineStyle
from gisapp.model.table import GEOMETRY
from tests.projects import (
    CONTENT,
    CRS,
    FIELDS,
    SCHEMA,
    adding,
    changing,
    content,
    deleting,
    full_row,
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ProjectFile]:
    made = ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding("A", "B")))
    yield made
    made.close()


def reopened(file: ProjectFile) -> ProjectFile:
    file.close()
    return ProjectFile.open(file.folder)


def assert_clean(folder: Path) -> None:
    assert [r for r in check(folder) if not r.ok] == []


def test_a_new_project_holds_what_it_was_made_with(file: ProjectFile) -> None:
    project = file.load()
    assert (project.title, project.crs) == ("Survey", CRS)
    assert [layer.name for layer in project.layers] == ["Outfalls"]
    assert project.tables["outfalls"].fields == FIELDS
    assert project.tables["outfalls"].row("B") == full_row(1)
    assert file.undo_list() == ([], [])


def test_every_kind_of_edit_survives_closing(file: ProjectFile) -> None:
    project = file.load()
    rivers = Layer("Rivers", Source("geopackage", "data/r.gpkg", (("layer", "r"),)), LineStyle())
    page = Page("Sheet 1", "A3", extent=Extent(1.0, 2.0, 3.0, 4.0))
    wells = TableSchema("wells 井", "EPSG:4490", (Field('depth "m"', "real"), Field("select")))
    more = (*FIELDS[:-1], Field("remark"))
    for edit in (
        changing(project, "A", name=None, flow=None, geometry=None),
        deleting(project, "B"),
        adding("C"),
        LayersEdit("Add", project.layers, (rivers, *project.layers)),
        PagesEdit("Page", (), (page,)),
        ProjectEdit("Rename", ("Survey", CRS), ("Spring survey", "EPSG:4490")),
        TableEdit("Table", None, wells),
        FeatureEdit("Add", wells.name, {"W": None}, {"W": {'depth "m"': 3.5, "select": "x"}}),
        TableEdit("Fields", SCHEMA, TableSchema("outfalls", CRS, more)),
    ):
        file.commit("edit", edit, None)
        project = edit.apply(project)
    again = reopened(file)
    try:
        assert content(again.load()) == content(project)
        assert [label for _, label in again.undo_list()[0]][-1] == "Fields"
    finally:
        again.close()
    assert_clean(file.folder)


def test_a_table_disappears(file: ProjectFile) -> None:
    project = file.load()
    with pytest.raises(WriteError, match="not empty"):
        file.commit("edit", TableEdit("Drop", SCHEMA, None), None)
    file.commit("edit", deleting(project, "A", "B"), None)
    file.commit("edit", TableEdit("Drop", SCHEMA, None), None)
    assert dict(file.load().tables) == {}
    file.close()
    assert_clean(file.folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (adding("C", "A"), "does not fit"),
        (
            FeatureEdit("Change", "outfalls", {"X": {"flow": 1.0}}, {"X": {"flow": 2.0}}),
            "not there",
        ),
        (
            FeatureEdit("Delete", "outfalls", {"A": {}, "X": {}}, {"A": None, "X": None}),
            "not there",
        ),
        (
            FeatureEdit("Change", "outfalls", {"A": {}}, {"A": {"flow": "much"}}),
            "cannot hold 'much'",
        ),
        (FeatureEdit("Change", "outfalls", {"A": {}}, {"A": {"reach": 10**30}}), "written"),
        (FeatureEdit("Change", "outfalls", {"A": {}}, {"A": {"name": "\ud800"}}), "written"),
        (FeatureEdit("Change", "outfalls", {"A": {}}, {"A": {"depth": 1}}), "no field depth"),
        (FeatureEdit("Change", "wells", {"A": {}}, {"A": {}}), "no table wells"),
        (TableEdit("New", None, TableSchema("gpkg_x", CRS, ())), "taken"),
        (TableEdit("New", None, TableSchema("x", CRS, (Field("FID"),))), "taken"),
        (
            TableEdit("Kind", SCHEMA, TableSchema("outfalls", CRS, (Field("name", "real"),))),
            "another kind",
        ),
    ],
)
def test_what_does_not_fit_is_refused_whole(file: ProjectFile, edit: Any, message: str) -> None:
    before = content(file.load())
    with pytest.raises(WriteError, match=message):
        file.commit("edit", edit, None)
    assert content(file.load()) == before
    assert len(file.entries()) == 1
    assert file.commit("edit", adding("Z"), None).number == 2


def test_undo_and_redo_are_remembered(file: ProjectFile) -> None:
    first = file.commit("edit", adding("C", label="one"), None)
    second = file.commit("edit", adding("D", label="two"), None)
    file.commit("undo", adding("D", label="two").reversed(), second.number)
    file.commit("undo", adding("C", label="one").reversed(), first.number)
    file.commit("redo", adding("C", label="one"), first.number)
    file = reopened(file)
    assert file.undo_list() == ([(2, "one")], [(3, "two")])
    assert file.read_edit(2) == adding("C", label="one")
    assert sorted(file.load().tables["outfalls"].ids) == ["A", "B", "C"]
    kinds = [(e.kind, e.of) for e in file.entries()]
    assert kinds[:3] == [("create", None), ("edit", None), ("edit", None)]
    assert kinds[3:] == [("undo", 3), ("undo", 2), ("redo", 2)]
    assert [e.number for e in file.entries(newest=2)] == [5, 6]
    file.close()


def test_a_large_import(file: ProjectFile) -> None:
    many = adding(*(f"N{n:05}" for n in range(6000)))
    after = many.apply(file.load())
    number = file.commit("edit", many, None).number
    assert content(file.load()) == content(after)
    assert file.read_edit(number) == many
    assert content(many.reversed().apply(after))["tables"]["outfalls"][2].keys() == {"A", "B"}
    file.close()
    assert_clean(file.folder)


def test_the_history_of_one_feature(file: ProjectFile) -> None:
    project = file.load()
    number = file.commit("edit", changing(project, "A", flow=5.0), None).number
    file.commit("undo", changing(project, "A", flow=5.0).reversed(), number)
    file.commit("edit", deleting(project, "A"), None)
    told = [(c.number, c.kind, c.before, c.after) for c in file.history("outfalls", "A")]
    assert told == [
        (1, "create", None, full_row(0)),
        (2, "edit", {"flow": 0.1}, {"flow": 5.0}),
        (3, "undo", {"flow": 5.0}, {"flow": 0.1}),
        (4, "edit", full_row(0), None),
    ]
    assert file.row_after("outfalls", "A", 2) == {**full_row(0), "flow": 5.0}
    assert file.row_after("outfalls", "A", 4) is None
    assert [c.number for c in file.history("outfalls", "B")] == [1]


def test_the_log_cannot_be_rewritten_by_an_edit_or_by_deleting(file: ProjectFile) -> None:
    with closing(sqlite3.connect(file.path)) as other:
        for sql in ("DELETE FROM gisapp_changes", "UPDATE gisapp_changes SET who = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(sql)


@pytest.mark.parametrize("name", ['a"b', "drop table x; --", "选择", "group", "a b", "'"])
def test_names_are_quoted(tmp_path: Path, name: str) -> None:
    schema = TableSchema(name, CRS, (Field(name + "1", "integer"),))
    edit = FeatureEdit("", name, {"A": None}, {"A": {name + "1": 7, GEOMETRY: Point(1, 2)}})
    file = ProjectFile.create(tmp_path / "p", content=(TableEdit("", None, schema), edit))
    assert file.load().tables[name].row("A")[name + "1"] == 7
    file.close()
    assert_clean(tmp_path / "p")
    with pytest.raises(WriteError):
        quoted("a\0b")


def test_a_system_without_an_epsg_code(tmp_path: Path) -> None:
    local = "+proj=tmerc +lat_0=0 +lon_0=114.3 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    schema = TableSchema("t", local, ())
    edit = FeatureEdit("", "t", {"A": None}, {"A": {GEOMETRY: Point(500_001, 3_300_002)}})
    ProjectFile.create(tmp_path / "p", content=(TableEdit("", None, schema), edit)).close()
    seen = pyogrio_elsewhere(tmp_path / "p" / PROJECT_FILE)
    assert seen["t"]["rows"] == 1
    assert "Transverse_Mercator" in seen["t"]["wkt"]


def test_what_is_no_project(tmp_path: Path, file: ProjectFile) -> None:
    with pytest.raises(ProjectError, match="no project"):
        ProjectFile.open(tmp_path / "nothing")
    with pytest.raises(ProjectError, match="already holds"):
        ProjectFile.create(file.folder)
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / PROJECT_FILE)) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(ProjectError, match="no project"):
        ProjectFile.open(other)
    (other / PROJECT_FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(ProjectError, match="damaged") as caught:
        ProjectFile.open(other)
    assert "repair" in caught.value.hint
    assert not (other / LOCK_FILE).exists()


def test_a_failed_creation_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        ProjectFile.create(tmp_path / "p", content=(*CONTENT, adding("A"), adding("A")))
    assert [p for p in (tmp_path / "p").iterdir() if p.is_file()] == []


def test_closed_there_is_one_file(file: ProjectFile) -> None:
    file.commit("edit", adding("C"), None)
    file.close()
    assert {p.name for p in file.folder.iterdir() if p.is_file()} == {PROJECT_FILE}
    with closing(sqlite3.connect(file.path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        box = db.execute("SELECT min_x, max_x FROM gpkg_contents WHERE table_name = 'outfalls'")
        assert box.fetchone() == (500_000.25, 500_001.25)


def test_commits_are_synced(file: ProjectFile) -> None:
    assert file._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_reading_only(file: ProjectFile) -> None:
    file.commit("edit", adding("C"), None)
    watcher = ProjectFile.open(file.folder, read_only=True)
    assert sorted(watcher.load().tables["outfalls"].ids) == ["A", "B", "C"]
    with pytest.raises(WriteError, match="reading only"):
        watcher.commit("edit", adding("D"), None)
    watcher.close()
    file.commit("edit", adding("D"), None)


# Other programs


def pyogrio_elsewhere(path: Path) -> dict[str, Any]:
    """What pyogrio sees, in a process of its own."""
    code = """if True:
        import json, sys, pyogrio
        out = {}
        for name, kind in pyogrio.list_layers(sys.argv[1]):
            frame = pyogrio.read_dataframe(sys.argv[1], layer=name)
            crs = getattr(frame, "crs", None)
            out[name] = {
                "kind": kind, "rows": len(frame), "columns": list(frame.columns),
                "crs": crs and crs.to_authority(), "wkt": crs and crs.to_wkt("WKT1_GDAL"),
                "first": json.loads(frame.iloc[:1].to_json(default_handler=str))
                if kind is None and len(frame) else
                (frame.iloc[0].drop("geometry").astype(str).to_dict() if len(frame) else None),
                "xy": kind and len(frame) and list(frame.geometry.iloc[0].coords[0]),
            }
        print(json.dumps(out))
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_gdal_reads_a_closed_project(file: ProjectFile) -> None:
    file.close()
    seen = pyogrio_elsewhere(file.path)
    assert list(seen) == ["outfalls", "photos"]
    assert seen["photos"]["kind"] is None
    layer = seen["outfalls"]
    assert (layer["kind"], layer["rows"], layer["crs"]) == ("Point", 2, ["EPSG", "4547"])
    assert layer["columns"] == ["uuid", *(f.name for f in FIELDS), "geometry"]
    assert layer["xy"] == [500_000.25, 3_300_000.5]
    assert layer["first"] == {
        "uuid": "A",
        "name": "北岸 0",
        "flow": "0.1",
        "reach": "0",
        "discharging": "True",
        "monitored_at": "2026-05-01 00:00:00",
        "state": "suspected",
        "photos": "[]",
    }


def test_gdal_writes_a_closed_project_and_the_program_goes_on(file: ProjectFile) -> None:
    """With its spatial index and triggers, which call functions that only GDAL brings."""
    file.close()
    code = """if True:
        import sys, geopandas, shapely, pyogrio
        new = geopandas.GeoDataFrame(
            {"name": ["QGIS"]}, geometry=[shapely.Point(500009, 3300009)], crs="EPSG:4547")
        pyogrio.write_dataframe(new, sys.argv[1], layer="outfalls", append=True)
    """
    subprocess.run([sys.executable, "-c", code, str(file.path)], check=True, capture_output=True)
    with closing(sqlite3.connect(file.path)) as db:
        db.execute(
            "CREATE VIRTUAL TABLE rtree_outfalls_geom USING rtree(id, minx, maxx, miny, maxy)"
        )
        db.execute(
            "CREATE TRIGGER rtree_outfalls_geom_insert AFTER INSERT ON outfalls"
            " WHEN (new.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN"
            " INSERT OR REPLACE INTO rtree_outfalls_geom VALUES (NEW.fid, ST_MinX(NEW.geom),"
            " ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END"
        )
        db.commit()
    again = ProjectFile.open(file.folder)
    again.commit("edit", adding("C"), None)
    table = again.load().tables["outfalls"]
    names = [table.row(fid)["name"] for fid in table.ids]
    assert names == ["北岸 0", "北岸 1", "QGIS", "北岸 0"]
    assert again._db.execute("SELECT minx FROM rtree_outfalls_geom").fetchall() == [(500_000.25,)]
    again.close()
    (wrong,) = [r for r in check(file.folder) if not r.ok]
    assert (wrong.name, len(wrong.details)) == ("rows", 1)
    assert "only in the table" in wrong.details[0]


# Disk and folder


def test_a_file_that_was_taken_away_is_noticed(file: ProjectFile, tmp_path: Path) -> None:
    os.rename(file.path, tmp_path / "away")
    with pytest.raises(WriteError, match="moved, removed or replaced"):
        file.commit("edit", adding("C"), None)
    os.rename(tmp_path / "away", file.path)
    file.commit("edit", adding("C"), None)


def test_the_journal_taken_away_is_noticed(file: ProjectFile) -> None:
    """As another SQLite library in this process does when it closes the file."""
    file.commit("edit", adding("C"), None)
    waiting = file.path.with_name(PROJECT_FILE + "-wal")
    waiting.rename(waiting.with_name("away"))
    with pytest.raises(WriteError, match="moved, removed or replaced"):
        file.commit("edit", adding("D"), None)


def test_another_program_holds_the_file(file: ProjectFile) -> None:
    file._db.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WriteError, match="used by another program"):
            file.commit("edit", adding("C"), None)
        other.execute("ROLLBACK")
    file.commit("edit", adding("C"), None)


def test_what_another_program_wrote_is_not_written_over(file: ProjectFile) -> None:
    with closing(sqlite3.connect(file.path)) as other:
        other.execute("UPDATE outfalls SET flow = 99 WHERE uuid = 'A'")
        other.commit()
    with pytest.raises(WriteError, match="Another program has changed"):
        file.commit("edit", adding("C"), None)
    file = reopened(file)
    file.commit("edit", adding("C"), None)
    assert file.load().tables["outfalls"].row("A")["flow"] == 99
    file.close()


def test_a_full_disk_while_committing(file: ProjectFile) -> None:
    """The database may not grow: what SQLite does when the disk has no room."""
    (pages,) = file._db.execute("PRAGMA page_count").fetchone()
    file._db.execute(f"PRAGMA max_page_count = {pages}")
    before = content(file.load())
    many = adding(*(f"N{n}" for n in range(2000)))
    with pytest.raises(WriteError, match="disk is full") as caught:
        file.commit("edit", many, None)
    assert "Free some space" in caught.value.hint
    assert content(file.load()) == before
    file._db.execute("PRAGMA max_page_count = 1000000")
    file.commit("edit", many, None)
    file.close()
    assert_clean(file.folder)


class StopAt:
    """Stops the writing at its n-th report."""

    def __init__(self, last: int) -> None:
        self.left = last
        self.told: list[float] = []

    def report(self, fraction: float, message: str = "") -> None:
        self.told.append(fraction)
        self.left -= 1
        if not self.left:
            raise Cancelled


def many_columns(count: int) -> FeatureEdit:
    ids = [f"N{n}" for n in range(count)]
    columns = {"name": [f"{n}号" for n in range(count)], "flow": [n / 7 for n in range(count)]}
    xy = np.column_stack([np.arange(count) + 500_000.5, np.full(count, 3_300_000.25)])
    xy[3] = np.nan
    return FeatureEdit("Import", "outfalls", dict.fromkeys(ids), ColumnRows(ids, columns, xy))


def test_writing_can_be_stopped_wherever_it_is_and_leaves_nothing(file: ProjectFile) -> None:
    before = (file.load(), len(file.entries()))
    watched = StopAt(-1)
    edit = many_columns(6_000)
    number = file.commit("edit", edit, None, watched).number
    reports = len(watched.told)
    assert watched.told == sorted(watched.told)
    assert reports > 6
    assert len(file.load().tables["outfalls"]) == 2 + 6_000
    assert file.read_edit(number) == edit
    file.commit("undo", edit.reversed(), number)
    for last in (1, 2, reports // 2, reports):
        with pytest.raises(Cancelled):
            file.commit("edit", edit, None, StopAt(last))
        now = file.load()
        assert list(now.tables["outfalls"].ids) == list(before[0].tables["outfalls"].ids)
        assert len(file.entries()) == before[1] + 2
    file.commit("redo", edit, number)
    again = reopened(file)
    row = again.load().tables["outfalls"].row("N3")
    assert row is not None
    assert (row["name"], row[GEOMETRY]) == ("3号", None)
    assert again.history("outfalls", "N5")[-1].after == edit.after["N5"]
    again.close()
    assert_clean(file.folder)


@given(st.sets(st.text(max_size=6)))
def test_ids_are_put_in_order_however_many_there_are(ids: set[Any]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(project_log, "CHUNK", -1)
        assert project_log.in_order(ids or {"A"}) == sorted(ids or {"A"})


KILLED = """if True:
    import os, signal, sys
    from pathlib import Path
    from gisapp.io.project_file import ProjectFile
    from tests.io.test_project_file import many_columns

    class KillAt:
        def report(self, fraction, message=""):
            if fraction >= float(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)

    ProjectFile.open(Path(sys.argv[1])).commit("edit", many_columns(6_000), None, KillAt())
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize(("fraction", "rows"), [(0.95, 2), (2.0, 6002)])
def test_an_import_of_columns_that_is_killed_is_there_whole_or_not_at_all(
    tmp_path: Path, fraction: float, rows: int
) -> None:
    folder = tmp_path / "survey"
    ProjectFile.create(folder, "Survey", CRS, (*CONTENT, adding("A", "B"))).close()
    command = [sys.executable, "-c", KILLED, str(folder), str(fraction)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
    with closing(ProjectFile.open(folder)) as file:
        assert len(file.load().tables["outfalls"]) == rows
        assert len(file.entries()) == (2 if rows > 2 else 1)
    assert_clean(folder)
