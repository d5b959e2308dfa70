"""Colours that can be read, and icons that are there in every size."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon

from gisapp.ui import icons
from gisapp.ui.theme import DARK, LIGHT, Theme, Tokens, contrast, style_sheet, tokens_for

WORDS = ("text", "dim", "accent", "ok", "warn", "bad")


def test_contrast_of_known_pairs():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("ground", ["panel", "bg", "hover"])
def test_words_can_be_read_on_every_ground(tokens: Tokens, words: str, ground: str):
    assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda t: t.name)
def test_the_primary_button_can_be_read(tokens: Tokens):
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda t: t.name)
def test_the_style_sheet_is_complete(tokens: Tokens):
    sheet = style_sheet(tokens)
    assert sheet.count("{") == sheet.count("}")
    for line in sheet.splitlines():
        if "url(" in line:
            assert Path(line.partition('url("')[2].partition('"')[0]).is_file()


def test_the_system_is_followed_until_the_user_chooses(qapp):
    assert tokens_for("system", Qt.ColorScheme.Dark) is DARK
    assert tokens_for("system", Qt.ColorScheme.Light) is LIGHT
    assert tokens_for("light", Qt.ColorScheme.Dark) is LIGHT
    theme = Theme("light")
    told = []
    theme.changed.subscribe(told.append)
    theme.choose("dark")
    assert told == [DARK]
    assert qapp.palette().window().color().name() == DARK.bg
    theme.choose("light")
    assert qapp.palette().window().color().name() == LIGHT.bg


def test_every_colour_token_is_a_full_code():
    for tokens in (LIGHT, DARK):
        for token in fields(tokens):
            if token.name != "name":
                assert len(getattr(tokens, token.name)) == 7


@pytest.mark.parametrize("name", icons.names())
def test_icons_are_drawn_sharp_from_16_to_48_pixels_at_300_percent(qapp, name: str):
    made = icons.icon(name, LIGHT)
    for size in (16, 24, 48):
        for ratio in (1.0, 2.0, 3.0):
            pixmap = made.pixmap(QSize(size, size), ratio)
            assert pixmap.width() == size * ratio  # drawn for this size, not blown up
    image = icons.pixmap(name, LIGHT.text, 48).toImage()
    drawn = [image.pixelColor(x, y).alpha() for x in range(48) for y in range(48)]
    assert max(drawn) == 255
    assert sum(a > 0 for a in drawn) < 48 * 48 * 0.7  # a line icon, not a block


def test_icons_take_the_colours_of_the_theme(qapp):
    plain = icons.pixmap("plus", DARK.text, 32).toImage()
    assert plain.pixelColor(16, 16).name() == DARK.text
    on = icons.icon("plus", DARK).pixmap(QSize(32, 32), 1.0, QIcon.Mode.Normal, QIcon.State.On)
    assert on.toImage().pixelColor(16, 16).name() == DARK.accent
