"""A survey team's day: points and photos in, walked, marked, handed over; killed on the way.

Everything is made up. The small day runs always; that of 2,000 photos and 300 points is slow.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gisapp.app.photo_deciding import PhotoDecision, decide_edit, open_photos
from gisapp.app.photo_placing import outfalls_of_track
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.app.tools import MapState
from gisapp.cli.program import run_program
from gisapp.cli.projects import perform
from gisapp.io.photo_files import photo_files
from gisapp.io.photo_track import PhotoTrack, read_track
from gisapp.io.project_check import check
from gisapp.model.outfall_record import add_related
from gisapp.model.survey import HISTORY, OUTFALL_ID, OUTFALL_TABLE, PHOTOS, VISITS
from gisapp.model.workflow import set_state
from tests.photo_files import photo_bytes

ROOT = Path(__file__).parents[2]
LON, LAT, STEP = 114.0, 23.0, 0.002  # a point every 200 m along a made-up bank
MORNING = datetime(2026, 5, 1, 8)

# Killed by itself in the middle: of the files (photos), or of the pack (evidence).
KILLED = """if True:
    import os, signal, sys
    from gisapp.cli.program import run_program
    from gisapp.io import evidence_pack, photo_batch
    real, count = os.replace, [0]
    def replace(source, target):
        if str(target).endswith(".zip"):
            os.kill(os.getpid(), signal.SIGKILL)
        real(source, target)
        count[0] += 1
        if count[0] == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
    photo_batch.os.replace = replace
    run_program(sys.argv[2:])
"""

WALK = """if True:
    import sys
    from pathlib import Path
    from tests.stories.test_team_day import walk
    walk(Path(sys.argv[1]), int(sys.argv[2]))
"""


def add_points(folder: Path, track: PhotoTrack) -> int:
    """The marks of a track as suspected outfalls, in one step."""
    with open_project(folder) as session:
        project = session.store.project
        table = project.tables[OUTFALL_TABLE]
        edit, made = outfalls_of_track(MapState(project), table, track.waypoints)
        perform(session, edit)
    return len(made)


def walk(folder: Path, stop: int = -1) -> None:
    """A visit and a new state for each point that is still suspected; dies after `stop` points."""
    at = "2026-05-01T09:00:00"
    with open_project(folder) as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        left = [fid for fid in table.ids if (table.row(fid) or {})["state"] == "suspected"]
        for number, fid in enumerate(left, 1):
            values = {"visited_at": at, "discharging": True}
            perform(session, add_related("Visit", session.store.project, VISITS, fid, values)[0])
            perform(
                session,
                set_state(session.store.project, [fid], "to_verify", who="team", at=f"{at}+08:00"),
            )
            os.write(1, f"{fid}\n".encode())
            if number == stop:
                os.kill(os.getpid(), signal.SIGKILL)


def killed(code: str, *words: object) -> str:
    """What it said before it died."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def write_points(path: Path, count: int) -> None:
    """Suspected points as the marks of a track, and the walk along them."""
    marks = "".join(
        f'<wpt lat="{LAT}" lon="{LON + n * STEP:.6f}"><name>S-{n:03d}</name></wpt>'
        for n in range(count)
    )
    fixes = "".join(f'<trkpt lat="{LAT}" lon="{LON + n * STEP:.6f}"></trkpt>' for n in range(count))
    path.write_text(f'<gpx version="1.1">{marks}<trk><trkseg>{fixes}</trkseg></trk></gpx>', "utf-8")


def write_photos(folder: Path, count: int, points: int) -> None:
    """Taken some metres before each point in turn, looking at it; every seventh without a place."""
    folder.mkdir()
    for n in range(count):
        place = {} if n % 7 == 6 else {"lon": LON + (n % points) * STEP - 0.0001, "lat": LAT}
        content = photo_bytes(
            note=str(n), taken_at=MORNING + timedelta(seconds=15 * n), heading=90.0, **place
        )
        (folder / f"IMG_{n:05d}.jpg").write_bytes(content)


@pytest.mark.usefixtures("qapp")  # pages are drawn
@pytest.mark.parametrize(
    ("photos", "points"), [(60, 12), pytest.param(2000, 300, marks=pytest.mark.slow)]
)
def test_a_day_from_suspected_points_to_the_hand_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], photos: int, points: int
):
    def gisapp(*words: object) -> dict:
        capsys.readouterr()
        assert run_program([*map(str, words), "--json", "--lang", "en"]) == 0
        return json.loads(capsys.readouterr().out)

    folder, pictures, pack = tmp_path / "survey", tmp_path / "walk", tmp_path / "hand over.zip"
    make_survey_project(folder, "Made-up day")
    write_points(tmp_path / "points.gpx", points)
    write_photos(pictures, photos, points)

    track = read_track(tmp_path / "points.gpx", 8.0)
    assert add_points(folder, track) == points
    assert track.length_m == pytest.approx((points - 1) * STEP * 102_530, rel=0.01)

    # The walk: visits and states, killed after some of them and gone on with.
    told = killed(WALK, folder, points // 3).split()
    assert len(told) == points // 3
    with open_project(folder) as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        assert all(table.row(fid)["state"] == "to_verify" for fid in told)
        assert len(session.store.project.tables[VISITS]) == points // 3
    walk(folder)

    # The photos: killed among the files, then all of them, as one step.
    words = ("photos", pictures, "--project", folder)
    killed(KILLED, photos // 2, *words)
    assert 0 < len(list(photo_files(folder))) < photos
    answer = gisapp(*words, "--accept", "0.6")
    with_place = photos - photos // 7
    assert answer["counts"]["new"] == photos
    assert answer["counts"]["refused"] == answer["counts"]["failed"] == 0
    assert answer["accepted"] == answer["sure"] == with_place
    assert gisapp(*words)["counts"] | {"there": photos} == answer["counts"] | {
        "new": 0, "there": photos,
    }  # fmt: skip

    # What has no place is decided by hand: shows nothing.
    with open_project(folder) as session:
        left = open_photos(session.store.project)
        assert len(left) == photos // 7
        decisions = dict.fromkeys(left, PhotoDecision(None))
        perform(session, decide_edit("Decide", session.store.project, decisions))
        project = session.store.project
        assert open_photos(project) == []
        table, rows = project.tables[OUTFALL_TABLE], project.tables[PHOTOS]
        for fid in table.ids:
            listed = json.loads(table.row(fid)["photos"])
            assert len(listed) == len(rows.matching(OUTFALL_ID, fid)) > 0
        assert len(project.tables[VISITS]) == len(project.tables[HISTORY]) == points

    # The hand-over: killed before it is in its place, then written, and proved elsewhere.
    words = ("evidence", "--project", folder, "--all", "--output", pack)
    killed(KILLED, -1, *words)
    assert not pack.exists()
    for left_over in tmp_path.glob(".*.zip.*"):
        left_over.unlink()
    written = gisapp(*words)
    os.rename(pack, tmp_path / "elsewhere.zip")
    proof = gisapp(
        "verify-evidence", tmp_path / "elsewhere.zip", "--manifest-sha256",
        written["manifest_sha256"],
    )  # fmt: skip
    assert proof["ok"]
    assert proof["members"] == with_place + 4 * points  # with the pages as PDF
    assert [result for result in check(folder) if not result.ok] == []
