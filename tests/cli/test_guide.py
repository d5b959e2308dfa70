"""The guide names every command, and every command it names is there."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from gisapp.app.plugins import find_plugins
from gisapp.cli.commands import every_command
from gisapp.cli.program import run_program

COMMANDS = every_command()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_guide_and_the_program_know_the_same_commands(language):
    text = files("gisapp").joinpath("guide", f"{language}.md").read_text("utf-8")
    named = set(re.findall(r"gisapp ([a-z]+(?:-[a-z]+)*)", text))
    brought = {c.name for c in find_plugins().contributions("command")}
    assert named == {command.name for command in COMMANDS} | brought


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_option_in_the_guide_is_taken(language, capsys):
    text = files("gisapp").joinpath("guide", f"{language}.md").read_text("utf-8")
    lines = re.findall(r"^gisapp ([a-z]+)(.*)$", text, re.MULTILINE)
    assert len(lines) == 10
    for name, rest in lines:
        assert run_program(["--lang", "en", name, "--help"]) == 0
        known = capsys.readouterr().out
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, f"{name} {option}"
