"""The scripts: correct bash, quick the second time, and nothing of one machine in any file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT
from tests.architecture.source_tree import name_of, text_of, tracked_files

SCRIPTS = sorted([*(ROOT / "installer").glob("*.sh"), ROOT / ".ci" / "run"])
BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="bash on Linux")

# In pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "farm", "root")) + r")/[A-Za-z.]")
HOSTS = re.compile("|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npm",
                             "deb" + r"\.debian\.org", "archive" + r"\.ubuntu\.com")))  # fmt: skip
_WHERE = r"[a-z_]+ (<|>=|==|!=) '[^']+'"
LOCK_LINE = re.compile(rf"[a-z0-9][a-z0-9._-]*==[^\s/@]+( ; {_WHERE}( and {_WHERE})*)?")


def bash(code: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    assert BASH is not None
    return subprocess.run(
        [BASH, "-c", code],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_bash
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_bash_can_read_it(script: Path) -> None:
    done = bash(f"bash -n '{script}'", ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_it_stops_at_the_first_mistake(script: Path) -> None:
    if script.name != "setup.sh":  # sourced by the others, under their rule
        assert "set -euo pipefail" in script.read_text()


@pytest.fixture
def pretend(tmp_path: Path) -> Path:
    """A checkout whose Python only writes down what it is asked for."""
    shutil.copytree(ROOT / "installer", tmp_path / "installer")
    (tmp_path / "gisapp").mkdir()
    (tmp_path / "gisapp" / "warmup.py").write_text("import numba\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$*" >> "$(dirname "$0")/asked"\n')
    python.chmod(0o755)
    return tmp_path


def asked(checkout: Path) -> list[str]:
    log = checkout / ".venv" / "bin" / "asked"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [line for line in lines if "sys.version_info" not in line and "--version" not in line]


def prepare(checkout: Path, what: str = "program") -> list[str]:
    done = bash(f"set -euo pipefail; . installer/setup.sh; prepare {what}", checkout)
    assert done.returncode == 0, done.stderr
    return asked(checkout)


@needs_bash
def test_the_first_run_installs_and_compiles_and_the_second_does_nothing(pretend: Path) -> None:
    first = prepare(pretend)
    assert any("requirements.lock" in line for line in first)
    assert first[-1] == "-m gisapp.warmup"
    assert prepare(pretend) == []


@needs_bash
def test_new_settings_install_again(pretend: Path) -> None:
    prepare(pretend)
    with (pretend / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert any("requirements.lock" in line for line in prepare(pretend))


@needs_bash
def test_new_drawing_code_is_compiled_again_and_nothing_is_installed(pretend: Path) -> None:
    prepare(pretend)
    with (pretend / "gisapp" / "warmup.py").open("a") as file:
        file.write("# changed\n")
    assert prepare(pretend) == ["-m gisapp.warmup"]


@needs_bash
def test_the_tests_environment_serves_the_program_too(pretend: Path) -> None:
    assert any("requirements-test.lock" in line for line in prepare(pretend, "tests"))
    assert prepare(pretend) == []


@needs_bash
def test_an_installation_that_failed_is_tried_again(pretend: Path) -> None:
    python = pretend / ".venv" / "bin" / "python"
    good = python.read_text()
    python.write_text(good + 'case "$*" in *requirements*) exit 1 ;; esac\n')
    done = bash("set -euo pipefail; . installer/setup.sh; prepare program", pretend)
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    asked(pretend)
    python.write_text(good)
    assert any("requirements.lock" in line for line in prepare(pretend))


@needs_bash
def test_a_missing_library_without_the_right_to_install_is_told_as_a_command(
    pretend: Path,
) -> None:
    tools = pretend / "tools"
    tools.mkdir()
    for name, body in {
        "uname": "echo Linux",
        "id": "echo 1000",
        "sudo": "exit 1",
        "ldconfig": "exit 0",
        "apt-get": "echo apt-get must not run >&2; exit 9",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    done = bash("set -euo pipefail; . installer/setup.sh; need_system windowless", pretend,
                PATH=path)  # fmt: skip
    assert done.returncode == 1
    assert "sudo sh -c 'apt-get update && apt-get install" in done.stderr
    assert "libegl1" in done.stderr
    assert "must not run" not in done.stderr


@needs_bash
def test_no_package_manager_is_asked_when_nothing_is_missing(pretend: Path) -> None:
    tools = pretend / "tools"
    tools.mkdir()
    everything = re.findall(r"(lib[\w.-]+\.so[\d.]*)=", (ROOT / "installer/setup.sh").read_text())
    assert len(everything) > 20
    listing = "\n".join(f"\t{name} (libc6) => /lib/{name}" for name in everything)
    (tools / "ldconfig").write_text(f"#!/bin/sh\ncat <<'END'\n{listing}\nEND\n")
    (tools / "apt-get").write_text("#!/bin/sh\nexit 9\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    done = bash("set -euo pipefail; . installer/setup.sh; need_system windowless window wayland",
                pretend, PATH=path)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@needs_bash
def test_a_machine_without_python_is_told_what_to_do(pretend: Path) -> None:
    (pretend / ".venv" / "bin" / "python").unlink()
    tools = pretend / "tools"
    tools.mkdir()
    for name in ("dirname", "cat", "cksum", "grep", "sort", "uname"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = bash("set -euo pipefail; . installer/setup.sh; prepare program", pretend,
                PATH=str(tools), GISAPP_PYTHON="")  # fmt: skip
    assert done.returncode == 1
    assert "Python 3.11 to 3.14 is needed" in done.stderr


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / "installer" / name).read_text().splitlines()
    assert all(LOCK_LINE.fullmatch(line) for line in lines)
    return {line.split("==")[0]: line for line in lines}


def normal(requirement: str) -> str:
    name = re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_that_is_needed_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    program, tests = locked("requirements.lock"), locked("requirements-test.lock")
    assert {normal(r) for r in project["dependencies"]} <= set(program)
    assert {normal(r) for r in project["optional-dependencies"]["test"]} <= set(tests)


def test_both_locks_hold_the_same_versions() -> None:
    program, tests = locked("requirements.lock"), locked("requirements-test.lock")
    assert [line for name, line in program.items() if tests.get(name, line) != line] == []


OURS = {"gisapp", "gisapp-plugins", "tests", "making"}
# By name in pyproject.toml under another name, or only with the program that is compared with.
NOT_LISTED = {"pyside6", "shiboken6", "qgis"}
# import name: name in pyproject.toml
NAMED_OTHERWISE = {
    "cv2": "opencv-python-headless",
    "docx": "python-docx",
    "skimage": "scikit-image",
}
BY_HAND = {"tests/data/make_fonts.py"}  # says itself what it needs


def imports_of(*folders: str) -> dict[str, str]:
    """Every foreign package that is imported, and one file that does."""
    from tests.architecture.source_tree import imported, python_files, tree

    return {
        normal(NAMED_OTHERWISE.get(name.split(".")[0], name.split(".")[0])): name_of(path)
        for path in python_files(*folders)
        for name, _ in imported(tree(path))
        if name.split(".")[0] not in sys.stdlib_module_names and name_of(path) not in BY_HAND
    }


def test_every_import_is_a_declared_dependency() -> None:
    """What is imported stands in pyproject.toml, not only in what others bring along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    program = {normal(r) for r in project["dependencies"]} | OURS | NOT_LISTED
    tests = program | {normal(r) for r in project["optional-dependencies"]["test"]}
    tests |= {"importlinter"}  # of import-linter
    found = imports_of("gisapp", "plugins")
    assert {name: where for name, where in found.items() if name not in program} == {}
    found = imports_of("tests", "sample_data")
    assert {name: where for name, where in found.items() if name not in tests} == {}


def test_every_declared_dependency_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {normal(r) for r in project["dependencies"]} - {"pyside6-essentials"}
    assert wanted - set(imports_of("gisapp", "plugins")) == set()


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATHS.search(line) or HOSTS.search(line)
    ]
    assert found == []


def test_no_file_is_large() -> None:
    """15 MB for the sample project, and nothing else of weight."""
    sizes = {name_of(path): path.stat().st_size for path in tracked_files()}
    assert {name: size for name, size in sizes.items() if size > 10_000_000} == {}
    samples = sum(size for name, size in sizes.items() if name.startswith("sample_data/"))
    assert samples < 15_000_000
