"""Whatever happens, an edit that was shown is on the disk, and no edit is there by halves.

Made-up outfalls; a real program that is killed; real disks that are full or may not be written.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE, connect_to_read
from gisapp.io.project_file import ProjectFile
from gisapp.io.snapshots import snapshots, verify
from gisapp.model.errors import ProjectError, WriteError
from tests.projects import CONTENT, CRS, adding, content

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal, forks")

EDITOR = Path(__file__).with_name("editor_to_kill.py")


class Editors:
    """A started program that forks one editor a round, so that a round costs no start."""

    def __init__(self, *options: str) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, str(EDITOR), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )

    def round(self, folder: Path, seed: int, chance: random.Random) -> list[tuple[int, str, str]]:
        """Let it edit, kill it at a random moment; what it had acknowledged by then."""
        stdin, stdout = self._parent.stdin, self._parent.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{json.dumps([str(folder), seed])}\n".encode())
        stdin.flush()
        pid = int(stdout.readline())
        lines = [stdout.readline() for _ in range(chance.choice((0, 0, 1, 5, 20, 40)))]
        if b"died\n" not in lines:
            select.select([], [], [], chance.uniform(0, 0.03))
            os.kill(pid, signal.SIGKILL)
            while lines[-1:] != [b"died\n"]:
                lines.append(stdout.readline())
        assert not [line for line in lines if line.startswith(b"refused")], lines
        told = [json.loads(line) for line in lines if line.startswith(b"[")]
        return [(number, kind, label) for number, kind, label in told]

    def close(self) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait()
        assert self._parent.stdout is not None
        self._parent.stdout.close()


def new_project(folder: Path) -> Path:
    ProjectFile.create(folder, "Survey", CRS, (*CONTENT, adding("A", "B", "C"))).close()
    return folder


def log_of(folder: Path) -> dict[int, tuple[str, str]]:
    with closing(connect_to_read(folder / PROJECT_FILE)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = db.execute("SELECT number, kind, label FROM gisapp_changes").fetchall()
    return {number: (kind, label) for number, kind, label in rows}


def kill_again_and_again(place: Path, rounds: int, *options: str) -> int:
    chance = random.Random(20260501)
    editors = Editors(*options)
    acknowledged: dict[int, tuple[str, str]] = {}
    total = 0
    try:
        for number in range(rounds):
            if number % 20 == 0:
                folder = new_project(place / f"survey-{number}")
                acknowledged = {}
            for change, kind, label in editors.round(folder, number, chance):
                acknowledged[change] = (kind, label)
                total += 1
            there = log_of(folder)
            lost = {n: told for n, told in acknowledged.items() if there.get(n) != told}
            assert lost == {}, f"round {number}"
            assert sorted(there) == list(range(1, len(there) + 1))
            if number % 5 == 4:
                assert [r for r in check(folder) if not r.ok] == []
    finally:
        editors.close()
    return total


@pytest.mark.slow
def test_killed_in_200_rounds_of_edits(tmp_path: Path) -> None:
    """Also while opening, closing, undoing and laying the journal into the file."""
    assert kill_again_and_again(tmp_path, 200) > 1000


@pytest.mark.slow
def test_killed_while_the_map_draws_exports_and_snapshots(tmp_path: Path) -> None:
    """GDAL reads the copies made for it in the same process; the live file stays whole."""
    assert kill_again_and_again(tmp_path, 25, "busy") > 100
    made = [s for folder in tmp_path.iterdir() for s in snapshots(folder)]
    assert made
    assert [verify(s.path)[0] for s in made] == [[]] * len(made)


FULL = """if True:
    import json, resource, sys
    from pathlib import Path
    from gisapp.io.project_file import ProjectFile
    from gisapp.model.errors import WriteError
    from tests.projects import adding
    folder = Path(sys.argv[1])
    file = ProjectFile.open(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    done, told = 0, None
    while told is None:
        try:
            file.commit("edit", adding(*(f"{done}-{n}" for n in range(50))), None)
            done += 1
        except WriteError as error:
            told = [error.message, error.hint]
    again = None
    try:
        file.commit("edit", adding("again"), None)
    except WriteError as error:
        again = error.message
    rows = len(file.load().tables["outfalls"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    file.commit("edit", adding("after"), None)
    file.close()
    print(json.dumps([done, told, rows, again]))
"""


def test_no_room_to_write(tmp_path: Path) -> None:
    """The system lets files grow no further, in the middle of writing."""
    folder = new_project(tmp_path / "survey")
    answer = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    done, told, rows, again = json.loads(answer.stdout)
    assert done > 0
    assert "could not be written" in told[0] or "disk is full" in told[0]
    assert "Nothing was changed" in told[1]
    assert rows == 3 + 50 * done + (again is None)
    assert [r for r in check(folder) if not r.ok] == []
    file = ProjectFile.open(folder)
    assert "after" in file.load().tables["outfalls"]
    file.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    tried = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True
    )
    if not tried or tried.returncode:
        pytest.skip("only an administrator can make a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_real_full_disk(small_disk: Path) -> None:
    folder = new_project(small_disk / "survey")
    file = ProjectFile.open(folder)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    done, full = 0, None
    while full is None:
        try:
            file.commit("edit", adding(*(f"{done}-{n}" for n in range(100))), None)
            done += 1
        except WriteError as error:
            full = error
    assert "disk is full" in full.message
    assert "Free some space" in full.hint
    assert len(file.load().tables["outfalls"]) == 3 + 100 * done
    assert [r for r in check(folder) if not r.ok] == []
    ballast.unlink()
    file.commit("edit", adding("after"), None)
    file.close()
    assert [r for r in check(folder) if not r.ok] == []
    ballast.write_bytes(bytes(500_000))
    fill = adding(*(f"x{n}" for n in range(20_000)))
    with pytest.raises(WriteError):
        ProjectFile.create(small_disk / "second", content=(*CONTENT, fill))
    assert not (small_disk / "second" / PROJECT_FILE).exists()


@pytest.fixture
def somebody() -> Iterator[Path]:
    """A folder of a user who is no administrator: permissions mean nothing to those."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(place, 65534, 65534)
        os.seteuid(65534)
        try:
            yield place
        finally:
            os.seteuid(0)
    else:
        yield place
    for path in (place, *place.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(place)


def test_a_folder_that_cannot_be_written(somebody: Path) -> None:
    folder = new_project(somebody / "survey")
    before = (folder / PROJECT_FILE).read_bytes()
    folder.chmod(0o555)
    file = ProjectFile.open(folder)
    assert file.read_only
    assert file.notices == ["The folder cannot be written; open for reading only."]
    assert sorted(content(file.load())["tables"]["outfalls"][2]) == ["A", "B", "C"]
    with pytest.raises(WriteError, match="reading only"):
        file.commit("edit", adding("D"), None)
    file.close()
    assert (folder / PROJECT_FILE).read_bytes() == before
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == [PROJECT_FILE]
    with pytest.raises((WriteError, ProjectError)):
        ProjectFile.create(folder / "inside")
    folder.chmod(0o755)
    file = ProjectFile.open(folder)
    file.commit("edit", adding("D"), None)
    file.close()
    assert [r for r in check(folder) if not r.ok] == []


def test_a_project_file_that_is_marked_read_only(somebody: Path) -> None:
    folder = new_project(somebody / "survey")
    (folder / PROJECT_FILE).chmod(0o444)
    file = ProjectFile.open(folder)
    assert file.read_only
    file.close()


def test_the_last_edits_after_a_crash_on_a_medium_that_cannot_be_written(somebody: Path) -> None:
    """They still lie beside the file and cannot be laid in where they are."""
    folder = new_project(somebody / "survey")
    file = ProjectFile.open(folder)
    file.commit("edit", adding("late"), None)
    crashed = somebody / "crashed"
    crashed.mkdir()
    for name in (PROJECT_FILE, PROJECT_FILE + "-wal"):
        shutil.copyfile(folder / name, crashed / name)
    file.close()
    crashed.chmod(0o555)
    reader = ProjectFile.open(crashed)
    assert reader.read_only
    assert "late" in reader.load().tables["outfalls"]
    reader.close()
    assert sorted(p.name for p in crashed.iterdir()) == [PROJECT_FILE, PROJECT_FILE + "-wal"]


def test_a_database_that_another_sqlite_looked_into_is_given_up_in_time(tmp_path: Path) -> None:
    """GDAL on the live file takes its journal away; the next edit says so instead of vanishing."""
    code = """if True:
        import sys
        from pathlib import Path
        import pyogrio
        from gisapp.io.project_file import ProjectFile
        from gisapp.io.snapshots import snapshot_for_readers
        from gisapp.model.errors import WriteError
        from tests.projects import adding
        folder = Path(sys.argv[1])
        file = ProjectFile.open(folder)
        for number in range(5):
            file.commit("edit", adding(f"N{number}"), None)
            pyogrio.read_info(snapshot_for_readers(folder), layer="outfalls")
        print("copy", len(list((folder / "cache" / "readers").iterdir())), flush=True)
        pyogrio.read_info(folder / "project.gpkg", layer="outfalls")
        try:
            file.commit("edit", adding("unseen"), None)
            print("written", flush=True)
        except WriteError as error:
            print("refused", flush=True)
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    """
    folder = new_project(tmp_path / "survey")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True,
        check=False,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines()[0] == "copy 1", done.stderr
    there = {label for _, label in log_of(folder).values()}
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        rows = {uuid for (uuid,) in db.execute("SELECT uuid FROM outfalls")}
    if done.stdout.splitlines()[1] == "written":
        assert "unseen" in rows
    assert there
    assert {f"N{n}" for n in range(5)} <= rows


LIVE = """if True:
    import os, signal, sys
    from pathlib import Path
    import pyogrio
    from gisapp.io.project_file import ProjectFile
    from gisapp.io.snapshots import snapshot_for_readers
    from gisapp.model.errors import WriteError
    from tests.projects import adding
    folder, what = Path(sys.argv[1]), sys.argv[2]
    if what == "live unguarded":
        ProjectFile._check_still_there = lambda self: None
        ProjectFile._check_unchanged = lambda self: None
    file = ProjectFile.open(folder)
    for number in range(6):
        try:
            file.commit("edit", adding(f"N{number}"), None)
            print(f"N{number}", flush=True)
        except WriteError:
            print("refused", flush=True)
        path = folder / "project.gpkg" if what != "copy" else snapshot_for_readers(folder)
        pyogrio.read_info(path, layer="outfalls")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("what", "told", "lost"),
    [
        ("copy", ["N0", "N1", "N2", "N3", "N4", "N5"], []),
        ("live", ["N0", *["refused"] * 5], []),
        ("live unguarded", ["N0", "N1", "N2", "N3", "N4", "N5"], ["N1", "N2", "N3", "N4", "N5"]),
    ],
)
def test_what_a_second_sqlite_on_the_live_file_would_lose(
    tmp_path: Path, what: str, told: list[str], lost: list[str]
) -> None:
    """The last case is the control: without the guard, edits that were acknowledged vanish."""
    folder = new_project(tmp_path / "survey")
    done = subprocess.run(
        [sys.executable, "-c", LIVE, str(folder), what],
        capture_output=True,
        check=False,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split() == told, done.stderr
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        rows = {uuid for (uuid,) in db.execute("SELECT uuid FROM outfalls")}
    assert [name for name in told if name != "refused" and name not in rows] == lost
