"""Promises the code makes about itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gisapp import api
from gisapp.model import errors
from tests.architecture.checkout import ROOT
from tests.architecture.source_tree import dotted, imported, name_of, place, python_files, tree

API_NAMES = Path(__file__).with_name("api_names.txt")
HOMELESS = (
    "base",
    "common",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "service",
    "services",
    "util",
    "utils",
)
HOMELESS_CLASS = re.compile(r"(Manager|Handler|Helper|Helpers|Util|Utils|Service|Base)$")

SLOW = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"][
    "flake8-tidy-imports"
]["banned-module-level-imports"]

# Modules beside io that may open files, each with its reason.
OPENERS = {
    "gisapp/app/settings.py": "the settings of one person, not of a project",
}
PATH_VERBS = {"read_text", "read_bytes", "write_text", "write_bytes"}
OPENING_CALLS = {
    "open",
    "io.open",
    "os.open",
    "np.fromfile",
    "np.load",
    "np.loadtxt",
    "np.memmap",
    "np.save",
    "np.savez",
    "np.savez_compressed",
    "sqlite3.connect",
    "urlopen",
    "urllib.request.urlopen",
}


def test_every_error_is_a_gis_error() -> None:
    found = [e for _, e in inspect.getmembers(errors, inspect.isclass)]
    assert len(found) > 1
    assert all(issubclass(e, errors.GisError) for e in found)


def test_errors_elsewhere_are_gis_errors_or_private() -> None:
    """A public class called …Error derives, by name, from one of the errors a person can act on."""
    known = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    strays = [
        place(path, node)
        for path in python_files("gisapp", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and node.name.endswith("Error")
        and not node.name.startswith("_")
        and name_of(path) != "gisapp/model/errors.py"
        and not {dotted(b).rpartition(".")[2] for b in node.bases} & known
    ]
    assert not strays


@pytest.mark.parametrize("module", ["gisapp.api", "gisapp.cli", "gisapp.app.workspace"])
def test_no_window_is_needed_for(module: str) -> None:
    code = f"import {module}, sys; print('PySide6.QtWidgets' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


@pytest.mark.parametrize("module", ["gisapp.api", "gisapp.ui.main_window"])
def test_importing_loads_nothing_slow(module: str) -> None:
    """Else the window waits for libraries it does not need yet."""
    code = f"import {module}, sys; print(*(m for m in {SLOW!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_nothing_has_a_homeless_name() -> None:
    modules = [
        name_of(path)
        for path in python_files("gisapp", "plugins")
        if {*path.relative_to(ROOT).with_suffix("").parts} & {*HOMELESS}
    ]
    classes = [
        f"{place(path, node)} {node.name}"
        for path in python_files("gisapp", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and HOMELESS_CLASS.search(node.name)
    ]
    assert modules + classes == []


def test_own_modules_are_imported_at_the_top() -> None:
    late = [
        place(path, node)
        for path in python_files("gisapp", "plugins")
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for name, node in imported(function)
        if name.split(".")[0] in ("gisapp", "gisapp_plugins")
    ]
    assert late == []


def test_the_api_changes_only_on_purpose() -> None:
    """To add a name, add it to api_names.txt too; to remove one, raise API_VERSION."""
    assert sorted(api.__all__) == API_NAMES.read_text("utf-8").split()


def test_every_name_of_the_api_is_there_and_said_once() -> None:
    assert len(set(api.__all__)) == len(api.__all__)
    assert [name for name in api.__all__ if not hasattr(api, name)] == []


def comes_with_the_program(node: ast.AST) -> bool:
    """`files("gisapp")…`: icons, fonts and catalogues, which lie in the package itself."""
    return any(
        isinstance(part, ast.Call) and dotted(part.func).rpartition(".")[2] == "files"
        for part in ast.walk(node)
    )


def opens_a_file(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if dotted(node.func) in OPENING_CALLS:
        return True
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr == "open":
        # `ProjectFile.open`, whose class opens it in io; a dialog; the program, asked to open a
        # project; and a QBuffer, which is no file.
        receiver = dotted(node.func.value)
        ours = receiver[:1].isupper() and receiver != "Image"
        dialog = receiver.lower().endswith(("dialog", "box", "program"))
        return not (ours or dialog or any("OpenModeFlag" in dotted(a) for a in node.args))
    return node.func.attr in PATH_VERBS and not comes_with_the_program(node.func.value)


@pytest.mark.parametrize(
    "code",
    ["open('x')", "path.read_text()", "Path('x').open('rb')", "np.load(path)", "p.write_bytes(b)"],
)
def test_an_opened_file_is_noticed(code: str) -> None:
    assert any(opens_a_file(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "files('gisapp').joinpath('a.svg').read_text()",
        "buffer.open(QIODevice.OpenModeFlag.Read)",
        "ProjectFile.open(folder)",
        "dialog.open()",
    ],
)
def test_what_is_no_file_of_the_user_is_left_alone(code: str) -> None:
    assert not any(opens_a_file(node) for node in ast.walk(ast.parse(code)))


def test_files_are_opened_only_in_io() -> None:
    found = {
        name_of(path): place(path, node)
        for path in python_files("gisapp")
        if not name_of(path).startswith("gisapp/io/")
        for node in ast.walk(tree(path))
        if opens_a_file(node)
    }
    assert [line for name, line in found.items() if name not in OPENERS] == []


def test_every_exception_from_the_rule_is_still_needed() -> None:
    idle = [
        name
        for name in OPENERS
        if not any(opens_a_file(node) for node in ast.walk(tree(ROOT / name)))
    ]
    assert idle == []


def test_a_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in python_files("gisapp", "plugins")
        if not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_an_init_holds_a_sentence_and_no_code() -> None:
    busy = [
        name_of(path)
        for path in python_files("gisapp")
        if path.name == "__init__.py"
        and name_of(path) != "gisapp/__init__.py"
        and len(tree(path).body) > 1
    ]
    assert busy == []


def test_files_stay_readable_in_one_sitting() -> None:
    """About 300 lines; a few tables of data are longer."""
    long = {
        name_of(path): lines
        for path in python_files("gisapp", "plugins")
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_the_environment_of_the_map_libraries_is_left_alone() -> None:
    """Each brings its own data files and must find its own; the start takes foreign ones away."""
    names = re.compile(r"[\"'](PROJ_DATA|PROJ_LIB|GDAL_DATA)[\"']")
    found = [
        name_of(path)
        for path in python_files("gisapp", "plugins", "installer")
        if names.search(path.read_text("utf-8"))
    ]
    assert found == ["gisapp/main.py"]


def test_what_other_programs_set_for_their_map_libraries_does_not_reach_ours() -> None:
    """Shells of other GIS programs point PROJ and GDAL at their own, different, data."""
    foreign = dict.fromkeys(("PROJ_DATA", "PROJ_LIB", "GDAL_DATA"), "/nowhere")
    code = (
        "import gisapp.main, sys; gisapp.main.main(['plugins', '--json']);"
        "from gisapp.model.crs import title; sys.stderr.write(title('EPSG:4547'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **foreign}, capture_output=True, text=True
    )
    assert "Gauss-Kruger" in done.stderr, done.stderr


def test_the_version_is_said_once() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    package = importlib.import_module("gisapp")
    assert getattr(package, "__version__", version) == version
