"""The checkers that everybody's code passes: layers, style, types."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, copy_sources, lint_imports, ruff, run

CHECKED = ("gisapp", "plugins", "tests", "installer", "sample_data", "conftest.py")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("contracts") / "copy")


def test_every_import_goes_downward(sources: Path) -> None:
    done = lint_imports(sources)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(contracts['contracts'])} kept, 0 broken" in done.stdout


def test_ruff_finds_nothing() -> None:
    done = ruff("check", *CHECKED, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_is_formatted() -> None:
    done = ruff("format", "--check", *CHECKED, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_types_are_right(sources: Path) -> None:
    """gisapp and, as a package of its own, the plugins."""
    cache = ROOT / ".mypy_cache"  # the next run takes seconds
    where = {"MYPYPATH": os.pathsep.join([str(sources)])}
    done = run("-m", "mypy", "--cache-dir", str(cache), "-p", "gisapp", "-p", "gisapp_plugins",
               cwd=sources, **where)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_may_be_ignored_is_ignored_with_a_reason() -> None:
    """`# noqa` and `# type: ignore` always name what they silence."""
    bare = re.compile(r"#\s*(noqa(?!: [A-Z]+\d+)|type: ignore(?!\[))")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("gisapp", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert not found
