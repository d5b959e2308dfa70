"""Help, language, JSON and exit codes, the same for every command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gisapp.cli.commands import PLACES, commands_for, every_command
from gisapp.cli.program import run_program

COMMANDS = every_command()
BROKEN = """
id = "made_broken_on_purpose"
title = "Broken"
version = "1"
api = 1
[[algorithm]]
title = "Divide"
object = "algorithm:divide"
[[algorithm]]
name = "deep"
title = "Deep"
object = "algorithm:deep"
[[command]]
name = "greet"
title = "Say a name"
title_zh_CN = "说出名字"
object = "commands:GREET"
[[command]]
name = "unwell"
title = "Cannot be loaded"
object = "commands:MISSING"
[[command]]
name = "check"
title = "Not this one"
object = "commands:GREET"
"""
COMMANDS_OF_PLUGIN = """
from gisapp.api import Answer, Command

def arguments(parser):
    parser.add_argument("who")

GREET = Command(
    "greet", "", arguments, lambda given, desk: Answer({"who": given.who}, [f"Hello {given.who}"])
)
"""
CODE = """
from gisapp.api import ParameterError, algorithm

@algorithm("divide", "Divide")
def divide(by: int = 0, *, precisely: bool = False, progress=None) -> float:
    "Divide one."
    if by < 0:
        raise ParameterError("by must not be negative", hint="Give 1 or more.")
    return 1 / by if precisely else 1 // by

@algorithm("deep", "Deep")
def deep(*, progress=None) -> dict:
    return {"nothing": float("nan"), "many": (1, 2)}
""".replace("progress=None", "progress: Progress").replace(
    "import ParameterError", "import ParameterError, Progress"
)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plugins" / "broken"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text(BROKEN)
    (folder / "algorithm.py").write_text(CODE)
    (folder / "commands.py").write_text(COMMANDS_OF_PLUGIN)
    monkeypatch.setenv("GISAPP_PLUGINS", str(folder.parent))


def test_help_shows_every_command_in_one_line(gisapp):
    ran = gisapp("--help")
    assert ran.code == 0
    for command in COMMANDS:
        [line] = [text for text in ran.out.splitlines() if text.split()[:1] == [command.name]]
        assert command.title in line


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself_and_takes_json_and_a_language(gisapp, name):
    ran = gisapp(name, "--help")
    assert ran.code == 0
    if name != "run":
        assert "--json" in ran.out
        assert "--lang" in ran.out
    assert len({c.name for c in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("info",), ("map", "somewhere"), ("info", "a", "b"), ("trace", "p", "--wide")],
)
def test_wrong_usage_is_2_and_says_how(gisapp, words):
    ran = gisapp(*words)
    assert ran.code == 2
    assert "usage:" in ran.err
    assert ran.out == ""


def test_wrong_usage_of_an_algorithm_is_2_too(gisapp, plugin):
    assert gisapp("run", "divide", "--into", "3").code == 2
    assert gisapp("run", "divide", "--help").code == 0


def test_what_the_user_can_fix_is_1_with_message_and_hint(gisapp, tmp_path, plugin):
    ran = gisapp("info", tmp_path / "nowhere")
    assert ran.code == 1
    assert "There is no project" in ran.err
    assert ran.out == ""
    assert gisapp("run", "divide", "--by", "-1").code == 1
    assert gisapp("run", "divide", "--by", "two").code == 1
    assert gisapp("run", "divide", "--precisely", "perhaps").code == 1
    assert gisapp("run", "multiply").code == 1


def test_a_bug_is_70_with_a_report_for_its_makers(gisapp, plugin):
    ran = gisapp("run", "divide", "--by", "0")
    assert ran.code == 70
    assert "bug" in ran.err
    assert "ZeroDivisionError" in ran.err
    assert "gisapp run divide" not in ran.out


def test_the_answer_of_an_algorithm(gisapp, plugin):
    assert gisapp("run", "divide", "--by", "2", "--precisely", "yes").out == "0.5\n"
    ran = gisapp("run", "deep", "--json")
    assert ran.json == {"algorithm": "deep", "result": {"nothing": None, "many": [1, 2]}}
    assert "divide" in gisapp("run").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plugins",), 0),
        (("info", "nowhere"), 1),
        (("nonsense",), 2),
        (("run", "divide"), 70),
    ],
)
def test_json_is_one_object_on_standard_output_whatever_happens(gisapp, plugin, words, code):
    ran = gisapp(*words, "--json")
    assert ran.code == code
    assert isinstance(ran.json, dict)
    assert ("error" in ran.json) == bool(code)


def test_without_a_command_the_window_opens(gisapp):
    seen = []

    def window(project, *, sample, read_only, language):
        seen.append((project, sample, read_only, language))
        return 0

    assert run_program([], window) == 0
    assert run_program(["open", "here", "--read-only"], window) == 0
    assert gisapp("open", "--sample", "--lang", "zh_CN", window=window).code == 0
    assert seen == [
        (None, False, False, ""),
        (Path("here"), False, True, ""),
        (None, True, False, "zh_CN"),
    ]
    assert gisapp("open").code == 1


def test_the_language_is_that_of_the_option_or_the_system(gisapp, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run_program(["plugins", "--json"]) == 0
    titles = {p["id"]: p["title"] for p in json.loads(capsys.readouterr().out)["plugins"]}
    assert titles["upstream_tracing"] == "上游溯源"
    assert gisapp("plugins", "--lang", "en").out.count("Upstream tracing") == 1


def test_as_a_program_of_its_own_without_a_display(sample_once):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-m", "gisapp", "info", str(sample_once), "--json", "--lang", "en"],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tables"]["outfalls"] == 400


def test_a_reader_that_has_seen_enough_is_no_fault(sample_once):
    with subprocess.Popen(
        [sys.executable, "-m", "gisapp", "layers", str(sample_once), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.usefixtures("plugin")
def test_a_plugin_brings_a_command(gisapp):
    assert gisapp("greet", "river").out == "Hello river\n"
    assert json.loads(gisapp("greet", "river", "--json").out) == {"who": "river"}
    assert "Say a name" in gisapp("--help").out
    assert gisapp("greet").code == 2


@pytest.mark.usefixtures("plugin")
def test_the_line_of_a_plugins_command_is_in_the_users_language(gisapp, capsys):
    assert run_program(["--lang", "zh_CN", "--help"]) == 0
    assert "说出名字" in capsys.readouterr().out


@pytest.mark.usefixtures("plugin")
def test_a_command_that_cannot_be_loaded_is_told_and_the_others_go_on(gisapp):
    ran = gisapp("unwell")
    assert ran.code == 1
    assert "MISSING" in ran.err
    assert gisapp("greet", "river").code == 0


@pytest.mark.usefixtures("plugin")
def test_a_plugin_cannot_take_the_place_of_a_command(gisapp):
    assert "Not this one" not in gisapp("--help").out
    assert gisapp("check", "--help").code == 0


def test_a_command_is_where_it_is_looked_for():
    assert [command.name for command in COMMANDS] == [n for names in PLACES.values() for n in names]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ((), {"open", "new", "sample"}),
        (("--lang", "en", "check", "map"), {"check", "repair"}),
        (("coverage", "--help"), {"coverage"}),
        (("--help",), {c.name for c in COMMANDS}),
        (("chekc", "check"), {c.name for c in COMMANDS}),
    ],
)
def test_only_the_command_that_is_named_is_loaded(words, known):
    assert {command.name for command in commands_for(words)} == known
