"""Catalogues and languages."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gisapp.model import text
from gisapp.model.field import Field


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    text.use_language("en")


def test_a_catalogue_is_read_with_its_continued_lines_and_escapes():
    found = text.read_catalogue(
        '# comment\nmsgid ""\nmsgstr "Content-Type: text/plain"\n\n'
        'msgid "Open"\nmsgstr "打开"\n\nmsgid ""\n"two "\n"lines"\nmsgstr "两\\n行"\n\n'
        'msgid "untranslated"\nmsgstr ""\n'
    )
    assert found == {"Open": "打开", "two lines": "两\n行"}


@given(st.text(max_size=12))
def test_what_is_written_is_read_whatever_it_holds(message):
    written = json.dumps(f"x{message}", ensure_ascii=False).replace("\\u", "\\x5cu")
    for end in ("\x85", "\u2028", "\u2029", "\x1c", "\x1d", "\x1e", "\x7f"):
        assume(end not in message)  # ends of lines to Python; no catalogue holds one
    found = text.read_catalogue(f'msgid "a"\nmsgstr {written}\n')
    assert found["a"] == ast.literal_eval(written)


def test_a_quote_that_is_not_closed_is_told():
    for line in ('"', '"open', '"a" b"'):
        with pytest.raises(SyntaxError):
            text.read_catalogue(f'msgid "a"\nmsgstr {line}\n')


def test_unknown_messages_and_languages_stay_english():
    text.use_language("xx")
    assert text.language() == "en"
    assert text.tr("No such sentence") == "No such sentence"


def test_fields_speak_the_language():
    field = Field(
        "state",
        "choice",
        "State",
        "状态",
        choices=("s",),
        choice_titles=(("s", "Suspected", "疑似"),),
    )
    assert (field.caption, field.shown("s"), field.shown(None)) == ("State", "Suspected", "")
    text.use_language("zh_CN")
    assert (field.caption, field.shown("s")) == ("状态", "疑似")
