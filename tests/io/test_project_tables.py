"""Reading many rows leaves the interpreter as it was."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from gisapp.io.project_file import ProjectFile
from gisapp.model.errors import ProjectError
from tests.projects import CONTENT, adding


@pytest.mark.parametrize("on", [True, False])
def test_collecting_garbage_is_as_it_was_also_after_a_failure(tmp_path: Path, on: bool) -> None:
    folder = tmp_path / "survey"
    file = ProjectFile.create(folder, content=(*CONTENT, adding("A")))
    before = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        assert "A" in file.load().tables["outfalls"]
        assert gc.isenabled() is on
        file._db.execute("UPDATE outfalls SET flow = 'much'")
        with pytest.raises(ProjectError, match="damaged"):
            file.load()
        assert gc.isenabled() is on
    finally:
        (gc.enable if before else gc.disable)()
        file.close()
