"""One writer at a time, and a notice that says who it is."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from gisapp.io.project_file import ProjectFile
from gisapp.io.project_lock import LOCK_FILE, ProjectInUse, ProjectLock, holder_of
from gisapp.io.risky_folders import is_risky_folder
from tests.projects import CONTENT, CRS, adding

HOLD = """if True:
    import sys
    from pathlib import Path
    from gisapp.io.project_file import ProjectFile
    file = ProjectFile.open(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding("A"))).close()
    return tmp_path / "survey"


def notice(folder: Path, **values: object) -> None:
    holder = {"who": "li", "host": "boat-2", "pid": 1, "since": "2026-05-01T08:00:00+08:00"}
    (folder / LOCK_FILE).write_text(json.dumps({**holder, **values}), "utf-8")


def test_the_notice_says_who_where_and_since_when(folder: Path) -> None:
    assert holder_of(folder) is None
    file = ProjectFile.open(folder)
    holder = holder_of(folder)
    assert holder is not None
    assert (holder.pid, holder.host) == (os.getpid(), platform.node())
    with pytest.raises(ProjectInUse) as caught:
        ProjectFile.open(folder)
    assert caught.value.holder == holder
    assert caught.value.certain
    assert holder.who in caught.value.message
    file.close()
    assert not (folder / LOCK_FILE).exists()


def test_another_process_cannot_write_and_its_end_lets_others_in(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"open"
        with pytest.raises(ProjectInUse) as caught:
            ProjectFile.open(folder)
        assert caught.value.holder.pid == holder.pid
        # Even a removed notice does not help: the running program notices its own loss only
        # when it writes, but a reader and a working copy are always possible.
        reader = ProjectFile.open(folder, read_only=True)
        assert list(reader.load().tables["outfalls"].ids) == ["A"]
        reader.close()
        holder.kill()
    assert (folder / LOCK_FILE).exists()
    file = ProjectFile.open(folder)
    file.commit("edit", adding("B"), None)
    file.close()


def test_a_notice_from_another_machine_is_asked_about(folder: Path) -> None:
    notice(folder)
    with pytest.raises(ProjectInUse, match="li on boat-2 since 2026-05-01") as caught:
        ProjectFile.open(folder)
    assert not caught.value.certain
    assert holder_of(folder).host == "boat-2"
    ProjectFile.open(folder, take_over=True).close()
    assert holder_of(folder) is None


@pytest.mark.parametrize("text", ["", "nonsense", '{"who": 1}', "[]"])
def test_a_notice_that_cannot_be_read_and_nobody_holds(folder: Path, text: str) -> None:
    (folder / LOCK_FILE).write_text(text, "utf-8")
    ProjectFile.open(folder).close()


def test_released_twice(folder: Path) -> None:
    lock = ProjectLock.take(folder)
    lock.release()
    with_other = ProjectLock.take(folder)
    lock.release()
    assert (folder / LOCK_FILE).exists()
    with_other.release()


def test_network_folders_are_known(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    share = tmp_path / "my share"
    share.mkdir()
    escaped = str(share).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\n//nas/x {escaped} cifs rw 0 0\nbad line\n", "utf-8")
    assert is_risky_folder(share / "survey", mounts)
    assert not is_risky_folder(tmp_path, mounts)
    assert not is_risky_folder(share, tmp_path / "nowhere")
