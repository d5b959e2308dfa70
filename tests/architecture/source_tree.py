"""The project's own sources, parsed once."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.checkout import ROOT


def python_files(*folders: str) -> list[Path]:
    """The program's modules, without tests that lie beside a plugin."""
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not path.name.startswith("test_")
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place(path: Path, node: ast.AST) -> str:
    return f"{name_of(path)}:{getattr(node, 'lineno', 0)}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression, else an empty text."""
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return node.id if isinstance(node, ast.Name) else ""


def imported(module: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every imported module, with the node that imports it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", node
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node


@cache
def tracked_files() -> list[Path]:
    """What git knows; without git (an unpacked archive), what lies in the known folders."""
    if git := shutil.which("git"):
        done = subprocess.run(
            [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            paths = [ROOT / name for name in done.stdout.split("\0") if name]
            return [path for path in paths if path.is_file()]
    folders = ("gisapp", "plugins", "tests", "installer", "sample_data", ".ci")
    paths = [*ROOT.glob("*.*"), *(p for f in folders for p in (ROOT / f).rglob("*"))]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def text_of(path: Path) -> str | None:
    """None for a binary file."""
    data = path.read_bytes()
    if b"\0" in data[:8000]:
        return None
    return data.decode("utf-8", "replace")
