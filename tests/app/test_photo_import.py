"""Photos of a walk: copied once, told of one by one, resumed after anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from gisapp.app.photo_deciding import decide_edit, open_photos, proposals, sure_decisions
from gisapp.app.photo_import import import_edit, import_photos
from gisapp.app.photo_links import bring_back_photos, broken_links
from gisapp.app.project_session import ProjectSession, make_survey_project, open_project
from gisapp.cli.projects import perform
from gisapp.io import photo_batch
from gisapp.io.photo_batch import pictures_in
from gisapp.io.photo_files import photo_path
from gisapp.io.photo_track import read_track
from gisapp.io.project_check import check
from gisapp.model.edit import add_features
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import full_row
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS, VISITS
from gisapp.model.table import GEOMETRY
from tests.photo_files import write_photo

NOON = datetime(2026, 5, 1, 12, 0, 0)
LON, LAT = 114.0, 23.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(tmp_path: Path):
    make_survey_project(tmp_path / "survey", "Survey")
    with open_project(tmp_path / "survey") as opened:
        yield opened


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    folder = tmp_path / "walk"
    for number in range(6):
        write_photo(
            folder / f"IMG_{number}.JPG",
            lon=LON + number / 1000,
            lat=LAT,
            taken_at=NOON.replace(minute=number),
            heading=90.0,
        )
    return folder


def take(session: ProjectSession, folder: Path, track=None):
    project = session.store.project
    made = import_photos(session.file, project, folder, pictures_in(folder)[0], Silent(), track)
    edit = import_edit(project, made)
    if edit is not None:
        perform(session, edit)
    return made


def add_outfalls(session: ProjectSession, **places: tuple[float, float]) -> None:
    import shapely

    table = session.store.project.tables[OUTFALL_TABLE]
    rows = {
        FeatureId(fid): full_row(table, {"name": fid, "photos": "[]", GEOMETRY: shapely.Point(at)})
        for fid, at in places.items()
    }
    perform(session, add_features("outfalls", table, rows))


def faults(folder: Path) -> list[str]:
    return [f"{r.message} {r.details}" for r in check(folder) if not r.ok]


def test_one_batch_is_one_step_with_place_time_and_heading(session, walk):
    (walk / "notes.txt").write_text("mine", "utf-8")
    made = take(session, walk)
    assert made.counts() == {"new": 6, "there": 0, "twice": 0, "refused": 0, "failed": 0}
    table = session.store.project.tables[PHOTOS]
    row = table.row(made.verdicts[3].photo)
    assert row["original_name"] == "IMG_3.JPG"
    assert (row["lon"], row["lat"]) == pytest.approx((LON + 0.003, LAT), abs=1e-6)
    assert row["taken_at"] == "2026-05-01T12:03:00"
    assert (row["heading"], row["width_px"], row["camera"]) == (90.0, 40, "Made-up camera")
    assert row[GEOMETRY].x == pytest.approx(LON + 0.003, abs=1e-6)
    copied = photo_path(session.folder, row["file"])
    assert copied.read_bytes() == (walk / "IMG_3.JPG").read_bytes()
    assert [layer.source.path for layer in session.store.project.layers] == ["outfalls", PHOTOS]
    session.store.undo()
    assert len(session.store.project.tables[PHOTOS]) == 0
    assert len(session.store.project.layers) == 1
    assert faults(session.folder) == []


def test_again_is_nothing_new_and_the_same_picture_twice_is_one(session, walk):
    take(session, walk)
    (walk / "copy.JPG").write_bytes((walk / "IMG_0.JPG").read_bytes())
    again = take(session, walk)
    assert again.counts()["there"] == 6
    assert again.counts()["twice"] == 1
    assert len(session.store.project.tables[PHOTOS]) == 6
    session.store.undo()  # the rows go, the files stay; then the rows come back
    assert take(session, walk).counts()["new"] == 6


def test_bad_files_have_a_verdict_and_stop_nothing(session, walk):
    good = (walk / "IMG_5.JPG").read_bytes()
    (walk / "a empty.jpg").touch()
    (walk / "b program.jpg").write_bytes(b"MZ" + bytes(100))
    (walk / "c short.jpg").write_bytes(good[:30])
    (walk / "d cut.jpg").write_bytes(good[:-2])
    write_photo(walk / "e nowhere.jpg", lon=0.0, lat=0.0)
    (walk / "f picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
    made = take(session, walk)
    told = {verdict.file: (verdict.status, verdict.findings) for verdict in made.verdicts}
    assert told["a empty.jpg"][0] == told["b program.jpg"][0] == "refused"
    assert told["c short.jpg"][0] == "refused"
    assert told["d cut.jpg"] == ("new", ("the file ends too early",))
    assert told["e nowhere.jpg"] == ("new", ("no place", "no time"))
    assert told["f picture.png"][0] == "new"
    assert made.counts()["new"] == 9
    assert faults(session.folder) == []


def test_a_full_disk_keeps_what_came_in_and_the_rest_comes_later(session, walk, monkeypatch):
    real, written = os.replace, []

    def full_after_three(source, target):
        if str(target).endswith(".jpg"):
            if len(written) >= 3:
                raise OSError(28, "No space left on device")
            written.append(target)
        real(source, target)

    monkeypatch.setattr(photo_batch.os, "replace", full_after_three)
    made = take(session, walk)
    assert (made.counts()["new"], made.counts()["failed"]) == (3, 3)
    assert "disk is full" in next(v for v in made.verdicts if v.status == "failed").findings[0]
    assert not list(session.folder.rglob("*.tmp"))
    assert faults(session.folder) == []
    monkeypatch.undo()
    again = take(session, walk)
    assert (again.counts()["there"], again.counts()["new"]) == (3, 3)


class StopAfter:
    def __init__(self, count: int) -> None:
        self.left = count

    def report(self, fraction: float, message: str = "") -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_stopped_in_between_it_goes_on_where_it_was(session, walk):
    with pytest.raises(Cancelled):
        import_photos(session.file, session.store.project, walk, pictures_in(walk)[0], StopAfter(3))
    assert len(session.store.project.tables[PHOTOS]) == 0
    assert take(session, walk).counts()["new"] == 6
    assert faults(session.folder) == []


KILLED = """if True:
    import os, signal, sys
    from gisapp.cli.program import run_program
    from gisapp.io import photo_batch
    real, done = os.replace, []
    def replace(source, target):
        real(source, target)
        done.append(target)
        if len(done) == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    photo_batch.os.replace = replace
    run_program(["photos", sys.argv[1], "--project", sys.argv[2], "--json"])
"""


@pytest.mark.parametrize("after", [1, 5])
def test_killed_between_two_photos_doing_it_again_does_the_rest(tmp_path, walk, after):
    folder = tmp_path / "other"
    make_survey_project(folder, "Survey")
    command = [sys.executable, "-c", KILLED, str(walk), str(folder), str(after)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    (folder / "photos" / "1-1.tmp").write_bytes(b"half")
    with open_project(folder) as session:
        assert len(session.store.project.tables[PHOTOS]) == 0
        assert take(session, walk).counts()["new"] == 6
    assert faults(folder) == []


def test_outfalls_are_proposed_accepted_and_taken_back_in_one_step(session, walk):
    add_outfalls(session, near=(LON + 0.0001, LAT), far=(LON + 0.0035, LAT + 0.0004))
    take(session, walk)
    found = {p.row["original_name"]: p for p in proposals(session.store.project)}
    first = found["IMG_0.JPG"]
    assert first.sure
    assert first.outfalls[0].outfall == "near"
    assert first.outfalls[0].score > 0.7
    assert "10 m away" in first.outfalls[0].reason
    assert found["IMG_5.JPG"].outfalls == ()
    decisions = sure_decisions(found.values(), 0.6)
    perform(session, decide_edit("accept", session.store.project, decisions))
    project = session.store.project
    assert first.row["file"] in project.tables[OUTFALL_TABLE].row("near")["photos"]
    row = project.tables[PHOTOS].row(first.photo)
    assert (row["outfall_id"], row["accepted"]) == ("near", True)
    assert first.photo not in open_photos(project)
    session.store.undo()
    assert session.store.project.tables[OUTFALL_TABLE].row("near")["photos"] == "[]"
    assert first.photo in open_photos(session.store.project)


def test_a_photo_moves_to_another_outfall_or_to_none(session, walk):
    from gisapp.app.photo_deciding import PhotoDecision

    add_outfalls(session, one=(LON, LAT), two=(LON, LAT + 0.0001))
    made = take(session, walk)
    photo = made.verdicts[0].photo
    for outfall in ("one", "two", None):
        edit = decide_edit("x", session.store.project, {photo: PhotoDecision(outfall)})
        perform(session, edit)
        table = session.store.project.tables[OUTFALL_TABLE]
        having = [str(fid) for fid in table.ids if table.row(fid)["photos"] != "[]"]
        assert having == ([outfall] if outfall else [])
    assert session.store.project.tables[PHOTOS].row(photo)["accepted"] is False
    assert photo not in open_photos(session.store.project)
    assert decide_edit("x", session.store.project, {photo: PhotoDecision(None)}) is None


def test_missing_and_changed_photos_are_found_by_their_bytes(session, walk, tmp_path):
    made = take(session, walk)
    table = session.store.project.tables[PHOTOS]
    files = [photo_path(session.folder, table.row(v.photo)["file"]) for v in made.verdicts]
    files[0].unlink()
    files[1].write_bytes(b"x" * files[1].stat().st_size)
    files[2].unlink()
    assert len(broken_links(session.file, Silent())) == 3
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for number in (0, 1):  # under other names
        (walk / f"IMG_{number}.JPG").rename(elsewhere / f"renamed {number}.jpg")
    found = bring_back_photos(session.file, pictures_in(elsewhere)[0], Silent())
    assert {link.name for link in found.found} == {"IMG_0.JPG", "IMG_1.JPG"}
    assert [link.name for link in found.missing] == ["IMG_2.JPG"]
    assert bring_back_photos(session.file, pictures_in(walk)[0], Silent()).missing == ()
    assert faults(session.folder) == []


TRACK = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">
<wpt lat="23.0" lon="114.0"><time>2026-05-01T04:00:00Z</time><name>P1</name></wpt>
<trk><trkseg>{fixes}</trkseg></trk></gpx>"""


def write_track(path: Path) -> Path:
    fixes = "".join(
        f'<trkpt lat="23.0" lon="{114 + n / 1000}"><time>2026-05-01T04:{n:02d}:00Z</time></trkpt>'
        for n in range(5)
    )
    path.write_text(TRACK.format(fixes=fixes), "utf-8")
    return path


def test_a_track_gives_places_to_photos_without_one(session, tmp_path):
    folder = tmp_path / "camera"
    write_photo(folder / "a.jpg", taken_at=NOON.replace(minute=1, second=30))
    write_photo(folder / "b.jpg", taken_at=NOON.replace(hour=15))
    track = read_track(write_track(tmp_path / "walk.gpx"), 8.0)
    made = take(session, folder, track)
    placed, lost = made.verdicts
    assert (placed.lon, placed.lat) == pytest.approx((114.0015, 23.0))
    assert placed.findings == ("place from the track",)
    assert lost.lon is None
    assert track.length_m == pytest.approx(4 * 102.5, rel=0.01)
    assert [(w.name, w.lon) for w in track.waypoints] == [("P1", 114.0)]


@pytest.mark.parametrize(
    "text",
    ["no xml", "<kml/>", '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', "<gpx><trk>"],
)
def test_what_is_no_track(tmp_path, text):
    (tmp_path / "x.gpx").write_text(text, "utf-8")
    with pytest.raises(ReadError):
        read_track(tmp_path / "x.gpx", 0.0)


def test_visits_speak_for_an_outfall(session, walk):
    add_outfalls(session, a=(LON, LAT + 0.00005), b=(LON, LAT - 0.00005))
    table = session.store.project.tables[VISITS]
    row = full_row(table, {"outfall_id": "b", "visited_at": "2026-05-01T12:10:00"})
    perform(session, add_features("visit", table, {FeatureId("v"): row}))
    take(session, walk)
    best = proposals(session.store.project)[0].outfalls
    assert [one.outfall for one in best] == ["b", "a"]
    assert "10 min from a visit" in best[0].reason
