"""A basin manager's week on the fictional sample basin, killed on the way.

An exceedance, who may have caused it, tasks with deadlines, a case until it is closed, figures, and
the evidence proved elsewhere; killed while tasks are given out and while evidence is written.
"""

from __future__ import annotations

import json
import os
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gisapp.app.photo_deciding import PhotoDecision, decide_edit, open_photos
from gisapp.app.project_session import ProjectSession, open_project
from gisapp.app.sample_project import EVENT_STATION, make_sample_project
from gisapp.cli.program import run_program
from gisapp.cli.projects import perform
from gisapp.io.project_check import check
from gisapp.model.crs import CGCS2000
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import add_related, change_outfall, change_related, related
from gisapp.model.survey import HISTORY, OUTFALL_TABLE, RECTIFICATION, TASKS
from gisapp.model.workflow import StateRefused, missing, scheme_of, set_state
from tests.photo_files import write_photo
from tests.stories.test_team_day import KILLED, killed

MONDAY, FRIDAY, NEXT_WEEK = "2025-03-24", "2025-03-28", "2025-04-04"
WHO, COUNTY = "basin office", "county bureau"
EVENT = """
start = "{station}"
value_mg_l = 6.583
baseline_mg_l = 0.29
time = 2025-03-20T04:00:00
sources = '{folder}/data/sources.gpkg'
stations = '{folder}/data/stations.gpkg'
[excess]
nh3n = 6.3
"""
GIVE_OUT = """if True:
    import sys
    from pathlib import Path
    from tests.stories.test_manager_week import give_out
    give_out(Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3]))
"""
CHAIN = ("traced", "plan_set", "rectifying", "rectified", "to_accept", "closed")


def give_out(folder: Path, outfalls: list[str], stop: int = -1) -> None:
    """A task for each outfall that has none of this case yet; dies after `stop` of them."""
    with open_project(folder) as session:
        given = 0
        for fid in map(FeatureId, outfalls):
            if case_tasks(session, fid):
                continue
            values = {"title": "Look into it", "assigned_to": COUNTY, "due_at": FRIDAY,
                      "state": "open", "origin": "case"}  # fmt: skip
            perform(session, add_related("Task", session.store.project, TASKS, fid, values)[0])
            os.write(1, f"{fid}\n".encode())
            given += 1
            if given == stop:
                os.kill(os.getpid(), signal.SIGKILL)


def case_tasks(session: ProjectSession, outfall: str) -> list[FeatureId]:
    """Tasks of an outfall that come from this case."""
    rows = related(session.store.project, TASKS, FeatureId(outfall))
    return [fid for fid, row in rows if row["origin"] == "case"]


def fill(session: ProjectSession, outfall: FeatureId, state: str) -> None:
    """What the state asks for and the record does not have, filled in as an office would."""
    said = {"type": "规范整治", "measures": "pipe connected to the sewer", "finished_at": FRIDAY,
            "checked_by": COUNTY, "accepted_by": "city", "accepted_at": FRIDAY,
            "deadline": NEXT_WEEK, "responsible_body": COUNTY}  # fmt: skip
    scheme = scheme_of(session.store.project)
    for need in missing(session.store.project, outfall, scheme.state(state)):
        project = session.store.project
        photos = project.tables[OUTFALL_TABLE].row(outfall)["photos"]
        value = photos if need.field.startswith("photos") else said[need.field]
        if not need.table:
            perform(session, change_outfall("Fill in", project, outfall, {need.field: value}))
            continue
        rows = related(project, need.table, outfall)
        if rows:
            edit = change_related("Fill in", project, need.table, rows[0][0], {need.field: value})
        else:
            edit = add_related("Fill in", project, need.table, outfall, {need.field: value})[0]
        perform(session, edit)


@pytest.fixture
def gisapp(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict]:
    def run(*words: object) -> dict:
        capsys.readouterr()
        assert run_program([*map(str, words), "--json", "--lang", "en"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.usefixtures("qapp")  # pages are drawn
def test_a_week_from_an_exceedance_to_a_closed_case(tmp_path: Path, gisapp: Callable[..., dict]):
    folder, case, report = tmp_path / "basin", tmp_path / "case.json", tmp_path / "ranking.html"
    make_sample_project(folder).close()

    # Monday: the station exceeds. Who may have caused it, kept as a case; what lies upstream.
    event = tmp_path / "event.toml"
    event.write_text(EVENT.format(station=EVENT_STATION, folder=folder.as_posix()), "utf-8")
    rivers = folder / "data" / "rivers.gpkg"
    ranked = gisapp("rank", rivers, event, "--output", case, "--output", report)
    assert gisapp("case", "show", case)["rows"] == ranked["rows"]
    culprit = ranked["rows"][0]["id"]
    assert culprit in report.read_text("utf-8")
    traced = gisapp("trace", folder, "--start", f"station:{EVENT_STATION}",
                    "--max-distance-m", 12_000)  # fmt: skip
    assert culprit in {one["id"] for one in traced["found"]}
    upstream = [one["feature"] for one in traced["found"] if one["role"] == "outfalls"]
    assert len(upstream) >= 6

    # Tasks with a deadline for six of them; killed after two, and gone on with.
    six = upstream[:6]
    told = killed(GIVE_OUT, folder, ",".join(six), 2).split()
    assert told == six[:2]
    give_out(folder, six)
    with open_project(folder, read_only=True) as session:
        project = session.store.project
        for fid in six:
            [one] = case_tasks(session, fid)
            task = project.tables[TASKS].row(one)
            assert (task["assigned_to"], task["due_at"], task["state"]) == (COUNTY, FRIDAY, "open")
        table = project.tables[OUTFALL_TABLE]
        chosen = next(fid for fid in upstream if table.row(fid)["state"] in CHAIN[:3])
        first, place = table.row(chosen)["state"], session.store.project.tables[OUTFALL_TABLE]
        x, y = place.shapes_in(CGCS2000).coords[int(place.numbers_of([chosen])[0])].tolist()

    # The county's photos of it, before the work and after.
    for name in ("before", "after"):
        write_photo(tmp_path / "photos" / f"{name}.jpg", lon=x, lat=y)
    photos = gisapp("photos", tmp_path / "photos", "--project", folder, "--accept", 0.3)
    assert photos["counts"]["new"] == 2

    # The case, state by state: never without its evidence, always with who, when and why.
    before = gisapp("coverage", "--project", folder, "--by", "county", "--today", NEXT_WEEK)
    with open_project(folder) as session:
        decide_where_open(session, FeatureId(chosen))
        history = len(related(session.store.project, HISTORY, chosen))
        steps = CHAIN[CHAIN.index(first) + 1 :]
        for number, state in enumerate(steps):
            at = f"2025-03-{24 + number:02}T10:00:00+08:00"
            words = {"who": WHO, "at": at, "why": f"step {number}"}
            wanted = scheme_of(session.store.project).state(state)
            if missing(session.store.project, FeatureId(chosen), wanted):
                with pytest.raises(StateRefused):
                    set_state(session.store.project, [FeatureId(chosen)], state, **words)
            fill(session, FeatureId(chosen), state)
            project = session.store.project
            perform(session, set_state(project, [FeatureId(chosen)], state, **words))
        rows = related(session.store.project, HISTORY, chosen)
        assert len(rows) == history + len(steps)
        newest = rows[0][1]
        assert (newest["to_state"], newest["who"], newest["reason"]) == (
            "closed", WHO, f"step {len(steps) - 1}",
        )  # fmt: skip
        for task in case_tasks(session, chosen):
            done = {"state": "done", "done_at": FRIDAY, "result": "connected to the sewer"}
            edit = change_related("Done", session.store.project, TASKS, task, done)
            perform(session, edit)
        county = session.store.project.tables[OUTFALL_TABLE].row(chosen)["county"]
        [(_, work)] = related(session.store.project, RECTIFICATION, chosen)[:1]
        assert work["accepted_by"] == "city"

    # Friday: figures by county, river and team. One case more is closed, in its county only.
    for by in ("county", "river", "team"):
        now = gisapp("coverage", "--project", folder, "--by", by, "--today", NEXT_WEEK)
        whole, groups = now["all"], now["groups"]
        assert whole["figures"]["closed"]["done"] == before["all"]["figures"]["closed"]["done"] + 1
        for key in ("points", "outfalls", "overdue"):
            assert sum(group[key] for group in groups) == whole[key]
        if by == "county":
            closed = [{g["name"]: g["figures"]["closed"]["done"] for g in answer["groups"]}
                      for answer in (before, now)]  # fmt: skip
            grown = {name for name in closed[1] if closed[1][name] != closed[0][name]}
            assert grown == {county}
    later = gisapp("coverage", "--project", folder, "--by", "county", "--today", "2030-01-01")
    assert later["all"]["overdue"] > 0

    # The evidence: killed before it is in its place, then written, and proved elsewhere.
    pack = tmp_path / "case.zip"
    words = ("evidence", "--project", folder, "--outfall", chosen, "--output", pack)
    killed(KILLED, -1, *words)
    assert not pack.exists()
    written = gisapp(*words)
    other = tmp_path / "another machine"
    other.mkdir()
    os.rename(pack, other / "case.zip")
    proof = gisapp("verify-evidence", other / "case.zip", "--manifest-sha256",
                   written["manifest_sha256"])  # fmt: skip
    assert proof["ok"]
    with zipfile.ZipFile(other / "case.zip") as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        assert {"record.pdf", "record.html"} <= names.keys()
        assert {"before.jpg", "after.jpg"} <= {name.partition("-")[2] for name in names}
        history = json.loads(archive.read(names["history.json"]))
        said = [change["after"] for change in history if change["table"] == HISTORY]
        assert said[-1]["to_state"] == "closed"
        assert said[-1]["who"] == WHO
    assert [result for result in check(folder) if not result.ok] == []


def decide_where_open(session: ProjectSession, outfall: FeatureId) -> None:
    """Photos that lie between two outfalls are given to the one they were taken for."""
    decisions = dict.fromkeys(open_photos(session.store.project), PhotoDecision(outfall))
    edit = decide_edit("Decide", session.store.project, decisions)
    if edit is not None:
        perform(session, edit)
