"""Commands run in this process, with what they wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gisapp.app.sample_project import make_sample_project
from gisapp.cli.program import run_program
from gisapp.model.text import language, use_language


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Gisapp = Callable[..., Ran]


@pytest.fixture
def gisapp(capsys: pytest.CaptureFixture[str]) -> Iterator[Gisapp]:
    before = language()

    def run(*words: object, window: Any = None) -> Ran:
        capsys.readouterr()
        code = run_program(["--lang", "en", *map(str, words)], window)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    yield run
    use_language(before)


@pytest.fixture(scope="session")
def sample_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample project, to be looked at only."""
    folder = tmp_path_factory.mktemp("sample") / "basin"
    make_sample_project(folder).close()
    return folder
