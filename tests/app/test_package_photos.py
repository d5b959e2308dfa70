"""Packages of telephones: rows and the photos they name come in as one step. All made up."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest
import shapely

from gisapp.app.package_photos import photo_names
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.cli.program import run_program
from gisapp.io import survey_package
from gisapp.io.photo_files import photo_files
from gisapp.io.project_check import check
from gisapp.io.survey_package import open_package
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.progress import Silent
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, PHOTOS
from tests.photo_files import photo_bytes, write_photo

LON, LAT = 114.0, 23.0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    make_survey_project(tmp_path / "survey", "Made-up survey")
    return tmp_path / "survey"


@pytest.fixture
def gisapp(project: Path, capsys):
    def run(*words: object, code: int = 0) -> dict:
        capsys.readouterr()
        asked = ["import", *map(str, words), "--project", str(project), "--survey"]
        assert run_program([*asked, "--json", "--lang", "en"]) == code
        return json.loads(capsys.readouterr().out or "{}")

    return run


def qfield(folder: Path) -> Path:
    """As QField copies a project back: a GeoPackage, a project file, photos in DCIM."""
    import geopandas

    frame = geopandas.GeoDataFrame(
        {
            "编码": ["Q-1", "Q-2", "Q-3"],
            "名称": ["one", "two", "three"],
            "photo": ["DCIM/outfalls_1.jpg", "DCIM/outfalls_2.jpg;DCIM/extra.jpg", "DCIM/gone.jpg"],
            "picture": [None, "dcim\\OUTFALLS_1.JPG", None],
        },
        geometry=[shapely.Point(LON + n * 0.01, LAT) for n in range(3)],
        crs="EPSG:4490",
    )
    folder.mkdir()
    frame.to_file(folder / "outfalls.gpkg", layer="outfalls", engine="pyogrio")
    (folder / "survey.qgs").write_text("<qgis/>", "utf-8")
    for name in ("outfalls_1", "outfalls_2", "extra", "unnamed"):
        write_photo(folder / "DCIM" / f"{name}.jpg", lon=LON, lat=LAT)
    (folder / ".mergin").mkdir()
    (folder / ".mergin" / "mergin.json").write_text("{}", "utf-8")
    return folder


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, Path(folder.name) / file.relative_to(folder))
    return path


def photos_of(project: Path) -> dict[str, list[str]]:
    """Original names of the photos of each outfall, by its code; lists and rows agree."""
    with open_project(project, read_only=True) as session:
        table, photos = (session.store.project.tables[n] for n in (OUTFALL_TABLE, PHOTOS))
        found = {}
        for fid in table.ids:
            row = table.row(fid)
            mine = [photos.row(one) for one in photos.matching(OUTFALL_ID, fid)]
            assert all(one["accepted"] for one in mine)
            assert sorted(json.loads(row["photos"] or "[]")) == sorted(o["file"] for o in mine)
            found[row["code_local"]] = sorted(one["original_name"] for one in mine)
        return found


EXPECTED = {
    "Q-1": ["outfalls_1.jpg"],
    "Q-2": ["extra.jpg", "outfalls_1.jpg", "outfalls_2.jpg"],
    "Q-3": [],
}


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_package_with_its_photos_is_one_step(gisapp, project, tmp_path, as_zip):
    package = qfield(tmp_path / "field work")
    if as_zip:
        package = zipped(package, tmp_path / "field.zip")
    seen = gisapp(package, "--dry-run")
    assert (seen["photos"]["named"], seen["photos"]["unnamed"]) == (4, ["unnamed.jpg"])
    assert seen["photos"]["columns"] == ["photo", "picture"]
    assert list(photo_files(project)) == []
    answer = gisapp(package)
    assert answer["imported"]
    assert answer["photos"]["counts"] == {
        "new": 3, "there": 0, "twice": 0, "refused": 0, "failed": 0, "lost": 1,
    }  # fmt: skip
    [lost] = [one for one in answer["photos"]["files"] if one["status"] == "lost"]
    assert (lost["file"], "row 3" in lost["findings"][0]) == ("DCIM/gone.jpg", True)
    assert photos_of(project) == EXPECTED
    assert [result for result in check(project) if not result.ok] == []
    assert gisapp(package)["imported"] is False  # the same again: nothing is new
    assert photos_of(project) == EXPECTED
    with open_project(project) as session:
        session.store.undo()
        assert len(session.store.project.tables[OUTFALL_TABLE]) == 0
        assert len(session.store.project.tables[PHOTOS]) == 0


def test_photos_that_come_later_are_linked_to_rows_that_are_there(gisapp, project, tmp_path):
    package = qfield(tmp_path / "field")
    late = package / "DCIM" / "outfalls_2.jpg"
    kept = late.read_bytes()
    late.unlink()
    gisapp(package)
    assert photos_of(project)["Q-2"] == ["extra.jpg", "outfalls_1.jpg"]
    late.write_bytes(kept)
    assert gisapp(package)["imported"]
    assert photos_of(project) == EXPECTED


def test_a_bad_photo_never_stops_the_rows(gisapp, project, tmp_path):
    package = qfield(tmp_path / "field")
    (package / "DCIM" / "outfalls_1.jpg").write_bytes(b"no photo")
    answer = gisapp(package)
    assert answer["imported"]
    assert answer["photos"]["counts"]["refused"] == 1
    assert photos_of(project)["Q-1"] == []
    assert photos_of(project)["Q-2"] == ["extra.jpg", "outfalls_2.jpg"]


def kobo(folder: Path) -> Path:
    """As Kobo exports: a CSV, and media in folders called by the record; names repeat."""
    folder.mkdir()
    rows = ["code;longitude;latitude;photo;photo_URL;_uuid"]
    for number, key in enumerate(("aaaa-1", "bbbb-2")):
        rows.append(
            f"K-{number};{LON + number * 0.01};{LAT};image.jpg;https://kobo.invalid/image.jpg;{key}"
        )
        write_photo(folder / "media" / "form" / key / "image.jpg", note=key)
    (folder / "form.csv").write_text("\n".join(rows), "utf-8")
    return folder / "form.csv"


def test_kobo_csv_with_its_media(gisapp, project, tmp_path):
    answer = gisapp(kobo(tmp_path / "export"), "--answer", "column.code=code_local")
    assert answer["photos"]["columns"] == ["photo"]
    assert photos_of(project) == {"K-0": ["image.jpg"], "K-1": ["image.jpg"]}
    assert len(list(photo_files(project))) == 2


def test_media_that_lie_elsewhere(gisapp, project, tmp_path):
    table = kobo(tmp_path / "export")
    (tmp_path / "export" / "media").rename(tmp_path / "attached files")
    words = (table, "--answer", "column.code=code_local")
    assert gisapp(*words, "--dry-run")["photos"]["named"] == 0
    gisapp(*words, "--photos", tmp_path / "attached files")
    assert photos_of(project) == {"K-0": ["image.jpg"], "K-1": ["image.jpg"]}


def test_a_table_of_several_is_chosen_by_name(gisapp, project, tmp_path):
    package = qfield(tmp_path / "field")
    (package / "other.csv").write_text("code,longitude,latitude\nX-1,114,23\n", "utf-8")
    with open_package(package, Silent()) as found:
        assert (found.table.name, found.others) == ("outfalls.gpkg", ("other.csv",))
    with open_package(package, Silent(), table="other.csv") as found:
        assert found.table.name == "other.csv"
    with pytest.raises(ParameterError), open_package(package, Silent(), table="none.csv"):
        pass


@pytest.mark.parametrize("name", ["../out.jpg", "/etc/x.jpg", "a/../../b.jpg", "C:/x.jpg",
                                  "a//b.jpg", "/".join(["d"] * 20) + "/a.jpg"])  # fmt: skip
def test_names_that_lead_out_are_refused(tmp_path, name):
    path = tmp_path / "p.zip"
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("points.csv", "code,longitude,latitude\nA,114,23\n")
        archive.writestr(info, photo_bytes())
    with pytest.raises(ReadError), open_package(path, Silent()):
        pass
    assert not (tmp_path / "out.jpg").exists()


def test_bombs_links_doubles_and_too_much_are_refused(tmp_path, monkeypatch):
    def refused(make) -> str:
        path = tmp_path / "p.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("points.csv", "code,longitude,latitude\nA,114,23\n")
            make(archive)
        with pytest.raises(ReadError) as error, open_package(path, Silent()):
            pass
        return error.value.message

    link = zipfile.ZipInfo("link.jpg")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert "no ordinary file" in refused(lambda a: a.writestr(link, "/etc/passwd"))
    assert "50 MB" in refused(lambda a: a.writestr("bomb.jpg", bytes(50 << 20)))
    assert "twice" in refused(lambda a: a.writestr("POINTS.csv", "x"))
    monkeypatch.setattr(survey_package, "MOST_FILES", 3)
    assert "unpack" in refused(lambda a: [a.writestr(f"{n}.jpg", "x") for n in range(5)])
    path = tmp_path / "p.zip"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReadError), open_package(path, Silent()):
        pass
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError), open_package(tmp_path / "empty", Silent()):
        pass


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("DCIM/a.jpg", ["DCIM/a.jpg"]),
        ("a.JPG; b.png,c.heic", ["a.JPG", "b.png", "c.heic"]),
        ('["x/a.jpg", "b.jpeg"]', ["x/a.jpg", "b.jpeg"]),
        ("https://kobo.invalid/a.jpg", []),
        ("a note. with a stop", []),
        ("", []),
        (None, []),
        (3.5, []),
    ],
)
def test_names_in_a_cell(text, names):
    assert photo_names(text) == names
