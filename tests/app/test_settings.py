"""Settings are declared once; a bad file never keeps the program from starting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gisapp.app import settings as module
from gisapp.app.settings import MapSettings, Settings, WindowSettings, read_settings, settings_text


def read(folder: Path, text: str) -> tuple[Settings, list[str]]:
    path = folder / "settings.toml"
    path.write_text(text, "utf-8")
    return read_settings(path)


def test_without_a_file_everything_is_as_declared(tmp_path):
    assert read_settings(tmp_path / "none.toml") == (Settings(), [])


def test_what_is_written_is_read_again(tmp_path):
    wanted = Settings(
        language="en", window=WindowSettings(theme="dark"), map=MapSettings(draw_threads=2)
    )
    assert read(tmp_path, settings_text(wanted)) == (wanted, [])
    assert settings_text(Settings()) == "\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[map]\ndraw_threads = 0", "draw_threads"),
        ('[map]\ndraw_threads = "much"', "'much' is not a int"),
        ("[map]\ndraw_threads = true", "True is not a int"),
        ("[map]\nsize = 3", "map.size: no such setting"),
        ('[window]\ntheme = "pink"', "'pink' is none of system, light, dark"),
        ("map = 3", "map is a group of settings"),
        ("language = ", "settings.toml"),
    ],
)
def test_a_bad_line_is_reported_and_left_aside(tmp_path, line, said):
    settings, problems = read(tmp_path, line)
    assert settings == Settings()
    assert len(problems) == 1
    assert said in problems[0]


def test_good_lines_beside_a_bad_one_count(tmp_path):
    settings, problems = read(tmp_path, '[window]\ntheme = "dark"\ncolour = "red"')
    assert settings.window.theme == "dark"
    assert len(problems) == 1


def test_a_file_that_is_no_text_is_left_aside(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe\x00")
    settings, problems = read_settings(path)
    assert settings == Settings()
    assert problems


def test_a_renamed_setting_keeps_its_value(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RENAMED", {"display.memory": "map.draw_threads"})
    settings, _ = read(tmp_path, "[display]\nmemory = 8")
    assert settings.map.draw_threads == 8


def test_settings_are_values():
    dark = replace(Settings(), window=WindowSettings(theme="dark"))
    assert dark != Settings()
    with pytest.raises(AttributeError):
        dark.language = "en"
