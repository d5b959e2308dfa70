"""An evidence pack: the same bytes each time, and every change to it is named."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import shapely

from gisapp.app.evidence import outfall_named, safe_member
from gisapp.app.photo_deciding import PhotoDecision, decide_edit
from gisapp.app.photo_import import import_edit, import_photos
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.cli.program import run_program
from gisapp.cli.projects import perform
from gisapp.io.evidence_proof import prove_pack
from gisapp.io.photo_batch import pictures_in
from gisapp.io.photo_files import photo_path
from gisapp.model.edit import add_features
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import add_related, change_outfall, delete_related, full_row
from gisapp.model.progress import Silent
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS, VISITS
from gisapp.model.table import GEOMETRY
from tests.photo_files import write_photo

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("qapp")  # the pages are drawn with Qt


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A made-up survey: two outfalls, two photos of the first, a visit, one that was deleted."""
    place = tmp_path_factory.mktemp("evidence")
    for number in range(2):
        write_photo(place / "walk" / f"照片 {number}.jpg", lon=114.0, lat=23.0, note=str(number))
    make_survey_project(place / "survey", "Survey <b>of</b> made-up points")
    with open_project(place / "survey") as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        rows = {
            FeatureId(fid): full_row(
                table,
                {"code_local": f"W-{fid}", "name": name, "photos": "[]",
                 GEOMETRY: shapely.Point(114.0, 23.0)},
            )
            for fid, name in (("one", "<script>alert(1)</script>"), ("two", "Same"), ("6", "Same"))
        }  # fmt: skip
        perform(session, add_features("Add outfalls", table, rows))
        sources = pictures_in(place / "walk")[0]
        made = import_photos(session.file, session.store.project, place / "walk", sources, Silent())
        perform(session, import_edit(session.store.project, made))
        decisions = {fid: PhotoDecision(FeatureId("one"), 0.9, "10 m away") for fid in made.rows}
        perform(session, decide_edit("Accept", session.store.project, decisions))
        perform(
            session,
            change_outfall("Name", session.store.project, FeatureId("one"), {"remark": "looked"}),
        )
        for _ in range(2):
            edit, visit = add_related(
                "Visit", session.store.project, VISITS, FeatureId("one"), {"leader": "A"}
            )
            perform(session, edit)
        perform(session, delete_related("Delete visit", session.store.project, VISITS, [visit]))
    return place / "survey"


@pytest.fixture(scope="module")
def pack(folder, qapp) -> Path:
    path = folder.parent / "one.zip"
    words = ["evidence", "--project", str(folder), "--outfall", "W-one", "--output", str(path)]
    assert run_program([*words, "--lang", "en"]) == 0
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rewritten(pack: Path, path: Path, change) -> Path:
    """The pack with its members changed, as somebody would do who wants it unseen."""
    there = members(pack)
    change(there)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in there.items():
            archive.writestr(name, content)
    return path


def told(path: Path, seal: str = "") -> list[tuple[str, str]]:
    proof = prove_pack(path, seal)
    assert proof.ok is (not proof.faults)
    return [(fault.kind, fault.member) for fault in proof.faults]


def test_what_is_in_it(pack, folder):
    there = members(pack)
    assert list(there)[:2] == ["manifest.json", "manifest.sha256"]
    names = [name for name in there if name.startswith("W-one/")]
    assert names == [
        "W-one/history.json",
        "W-one/photos/001-照片_0.jpg",
        "W-one/photos/002-照片_1.jpg",
        "W-one/record.html",
        "W-one/record.json",
        "W-one/record.pdf",
    ]
    assert (
        there["W-one/photos/001-照片_0.jpg"] == (folder.parent / "walk" / "照片 0.jpg").read_bytes()
    )
    record = json.loads(there["W-one/record.json"])
    assert record["outfall"]["remark"] == "looked"
    assert record["photos"][0]["original_name"] == "照片 0.jpg"
    assert record["photos"][0]["member"] == "photos/001-照片_0.jpg"
    assert len(record["related"][VISITS]) == 1
    history = json.loads(there["W-one/history.json"])
    assert [change["number"] for change in history] == sorted(c["number"] for c in history)
    assert {"Add outfalls", "Accept", "Name", "Visit", "Delete visit"} <= {
        change["label"] for change in history
    }
    page = there["W-one/record.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "SHA-256 " + record["photos"][0]["sha256"] in page


def test_the_same_bytes_again_and_a_proof_on_a_machine_without_the_project(pack, folder, tmp_path):
    again = tmp_path / "again.zip"
    words = ["evidence", "--project", str(folder), "--outfall", "one", "--output", str(again)]
    assert run_program([*words, "--lang", "en"]) == 0
    assert again.read_bytes() == pack.read_bytes()
    alone = tmp_path / "alone" / "pack.zip"
    alone.parent.mkdir()
    shutil.move(again, alone)
    done = subprocess.run(
        [sys.executable, "-m", "gisapp", "verify-evidence", str(alone), "--json", "--lang", "en"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["members"]) == (0, True, 6)
    assert told(alone, answer["manifest_sha256"]) == []
    assert told(alone, "0" * 64) == [("changed", "manifest.json")]


def test_every_change_is_named(pack, tmp_path):
    photo, record = "W-one/photos/001-照片_0.jpg", "W-one/record.json"

    def swap(there):
        there[photo] = there[photo][:-1] + b"\0"

    assert told(rewritten(pack, tmp_path / "a.zip", swap)) == [("changed", photo)]

    def several(there):
        del there[record]
        there["W-one/more.txt"] = b"mine"
        there[photo] += b"\0"

    assert told(rewritten(pack, tmp_path / "b.zip", several)) == [
        ("changed", photo), ("missing", record), ("extra", "W-one/more.txt"),
    ]  # fmt: skip

    def with_its_manifest(there):  # and the manifest made to fit
        import hashlib

        there[record] = b"{}\n"
        manifest = json.loads(there["manifest.json"])
        [entry] = [e for e in manifest["members"] if e["path"] == record]
        entry |= {"bytes": 3, "sha256": hashlib.sha256(b"{}\n").hexdigest()}
        there["manifest.json"] = json.dumps(manifest).encode()

    fooled = rewritten(pack, tmp_path / "c.zip", with_its_manifest)
    assert told(fooled) == [("changed", "manifest.json")]
    told_on_paper = prove_pack(pack).seal
    assert ("changed", "manifest.json") in told(fooled, told_on_paper)


def test_any_flipped_byte_of_a_member_is_found(pack, tmp_path):
    content = bytearray(pack.read_bytes())
    with zipfile.ZipFile(pack) as archive:
        for info in archive.infolist():
            changed = bytearray(content)
            start = info.header_offset + 30 + len(info.filename.encode())
            changed[start + info.file_size // 2] ^= 1
            path = tmp_path / "flipped.zip"
            path.write_bytes(changed)
            assert not prove_pack(path).ok, info.filename


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "/etc/passwd", "a/../../b", "C:/x", "a\\..\\b", "folder/", "a//b", "nul\x01"],
)
def test_names_that_lead_out_are_refused(pack, tmp_path, name):
    path = tmp_path / "p.zip"
    shutil.copyfile(pack, path)
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, b"x")
    [(kind, _)] = told(path)
    assert kind == "refused"


def test_bombs_links_doubles_and_things_behind_are_refused(pack, tmp_path):
    bomb, link, double, behind = (tmp_path / f"{n}.zip" for n in range(4))
    for path in (bomb, link, double, behind):
        shutil.copyfile(pack, path)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W-one/bomb.jpg", bytes(50 << 20))
    assert told(bomb) == [("refused", "W-one/bomb.jpg")]
    info = zipfile.ZipInfo("W-one/link.jpg")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(link, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    assert told(link) == [("refused", "W-one/link.jpg")]
    with zipfile.ZipFile(double, "a") as archive:
        archive.writestr("W-one/RECORD.json", b"{}")
    assert told(double) == [("refused", "W-one/RECORD.json")]
    with zipfile.ZipFile(behind, "a") as archive:
        archive.comment = b"more"
    assert told(behind) == [("extra", "")]


def test_what_is_no_pack(tmp_path, pack):
    (tmp_path / "a.zip").write_bytes(b"no zip at all")
    (tmp_path / "b.zip").write_bytes(pack.read_bytes()[:-40])
    for name in ("a.zip", "b.zip", "none.zip"):
        with pytest.raises(ReadError):
            prove_pack(tmp_path / name)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("x.txt", b"x")
    (tmp_path / "c.zip").write_bytes(made.getvalue())
    assert ("manifest", "manifest.json") in told(tmp_path / "c.zip")
    for text in (b"[]", b"{", b'{"format": "gisapp-evidence", "version": 2}', b"[" * 100_000):
        odd = rewritten(pack, tmp_path / "d.zip", lambda t, text=text: t.update(
            {"manifest.json": text}))  # fmt: skip
        assert ("manifest", "manifest.json") in told(odd)


def test_no_evidence_of_photos_that_are_not_the_originals(folder, tmp_path, capsys):
    copy = tmp_path / "survey"
    shutil.copytree(folder, copy)
    with open_project(copy) as session:
        table = session.store.project.tables[PHOTOS]
        file = table.row(table.ids[0])["file"]
    photo_path(copy, file).write_bytes(b"\xff\xd8\xff changed")
    output = tmp_path / "x.zip"
    words = ["evidence", "--project", str(copy), "--all", "--output", str(output)]
    assert run_program([*words, "--lang", "en"]) == 1
    assert "missing in the project or was changed" in capsys.readouterr().err
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*")) == []


def test_outfalls_by_id_code_or_name(folder):
    with open_project(folder, read_only=True) as session:
        project = session.store.project
        assert outfall_named(project, "W-two") == outfall_named(project, "two") == "two"
        for name in ("Same", "nobody"):
            with pytest.raises(ParameterError):
                outfall_named(project, name)


def test_names_of_members_fit_every_system():
    taken: set[str] = set()
    names = [safe_member(n, taken) for n in ("a/b.jpg", "a:b.jpg", "A?B.JPG", "..", "x" * 300, "")]
    assert names[:3] == ["a_b.jpg", "a_b_2.jpg", "A_B_3.JPG"]
    assert names[3] == "outfall"
    assert len(names[4]) == 60
    assert len({name.casefold() for name in names}) == len(names)


def test_the_file_of_an_outfall_as_pages(folder, tmp_path, capsys):
    words = ["evidence", "--project", str(folder), "--outfall", "one", "--output"]
    zh, again, en = (tmp_path / name for name in ("zh.pdf", "again.pdf", "en.pdf"))
    for path, language in ((zh, "zh_CN"), (again, "zh_CN"), (en, "en")):
        assert run_program([*words, str(path), "--lang", language, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["pages"] == 1
        assert path.read_bytes().startswith(b"%PDF-")
    assert zh.read_bytes() == again.read_bytes() != en.read_bytes()
    bare = tmp_path / "bare.zip"
    assert run_program([*words, str(bare), "--no-pages", "--lang", "en"]) == 0
    assert "W-one/record.pdf" not in members(bare)
