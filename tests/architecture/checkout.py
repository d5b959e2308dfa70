"""Copies of the source tree in which checkers run and rules are broken on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    "__pycache__", "*.mo", "*.ttf", "*.otf", "*.svg", "*.gpkg", "*.tif", "*.png"
)


def copy_sources(into: Path) -> Path:
    """gisapp, its settings, and the plugins: where they lie, and as they are imported.

    The package gisapp_plugins exists only while the program runs; checkers that look at
    files see it in this copy, without the plugins' tests.
    """
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", into)
    shutil.copytree(ROOT / "gisapp", into / "gisapp", ignore=NOT_COPIED)
    shutil.copytree(ROOT / "plugins", into / "plugins", ignore=NOT_COPIED)
    package = into / "gisapp_plugins"
    package.mkdir()
    (package / "__init__.py").write_text('"""The plugins, as they are imported."""\n')
    for folder in sorted((ROOT / "plugins").iterdir()):
        if (folder / "plugin.toml").is_file():
            copy_plugin(folder, package / folder.name)
    return into


def copy_plugin(folder: Path, into: Path) -> None:
    def left_out(_: str, names: list[str]) -> list[str]:
        return [n for n in names if n.startswith("test_") or n == "__pycache__"]

    shutil.copytree(folder, into, ignore=left_out)
    if not (into / "__init__.py").exists():
        (into / "__init__.py").write_text("")


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def lint_imports(cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command as c; c()"
    return run("-c", code, "--no-cache", cwd=cwd, COLUMNS="300")


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "ruff", *arguments, cwd=cwd, NO_COLOR="1")
