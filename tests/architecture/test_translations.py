"""Every sentence that people see has its Chinese, and no translation is left over."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from gisapp.model.text import read_catalogue
from tests.architecture.checkout import ROOT
from tests.architecture.source_tree import dotted, name_of, place, python_files, tree

CATALOGUE = ROOT / "gisapp" / "locale" / "zh_CN" / "LC_MESSAGES" / "gisapp.po"
PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def calls_of_tr() -> list[tuple[Path, ast.Call]]:
    return [
        (path, node)
        for path in python_files("gisapp", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "tr"
    ]


def messages() -> dict[str, str]:
    """Each sentence in tr("…"), with the first place that says it."""
    found: dict[str, str] = {}
    for path, call in calls_of_tr():
        argument = call.args[0] if call.args else None
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.setdefault(argument.value, place(path, call))
    return found


def marked() -> dict[str, str]:
    """Sentences that stand in tables and go through tr(variable) later, marked by N_("…")."""
    return {
        node.args[0].value: place(path, node)
        for path in python_files("gisapp", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and dotted(node.func) == "N_"
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return read_catalogue(CATALOGUE.read_text("utf-8"))


def test_there_is_something_to_translate() -> None:
    assert len(messages()) > 20


def test_nothing_is_missing(catalogue: dict[str, str]) -> None:
    """A message without translation, or with an empty one, is shown in English."""
    spoken = messages() | marked()
    assert {m: where for m, where in spoken.items() if not catalogue.get(m)} == {}


def test_nothing_is_left_over(catalogue: dict[str, str]) -> None:
    """Sentences that tr gets in a variable stand somewhere in the sources as a constant."""
    constants = {
        node.value
        for path in python_files("gisapp", "plugins")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    constants |= {text for _, text in manifest_titles()}
    assert [m for m in catalogue if m and m not in constants] == []


def test_placeholders_are_the_same(catalogue: dict[str, str]) -> None:
    different = {
        message: translation
        for message, translation in catalogue.items()
        if sorted(PLACEHOLDER.findall(message)) != sorted(PLACEHOLDER.findall(translation))
    }
    assert different == {}


def test_no_message_is_translated_twice() -> None:
    ids = re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


def test_tr_gets_words_and_not_sums() -> None:
    """An f-string or a joined text can be in no catalogue."""
    wrong = [
        place(path, call)
        for path, call in calls_of_tr()
        if len(call.args) != 1 or isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
    ]
    assert wrong == []


def manifests() -> list[Path]:
    found = [*sorted((ROOT / "plugins").glob("*/plugin.toml")), ROOT / "gisapp" / "builtin.toml"]
    return [path for path in found if path.is_file()]


def manifest_titles() -> list[tuple[Path, str]]:
    def walk(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["title"]] if "title" in value else []
            return own + [t for inner in value.values() for t in walk(inner)]
        if isinstance(value, list):
            return [t for inner in value for t in walk(inner)]
        return []

    return [
        (path, title)
        for path in manifests()
        for title in walk(tomllib.loads(path.read_text("utf-8")))
    ]


def untranslated(value: object, where: str) -> list[str]:
    """Tables of a manifest with a title and no Chinese one (a proper name is said again)."""
    if isinstance(value, dict):
        own = "title" in value and not value.get("title_zh_CN")
        inner = [u for key, v in value.items() for u in untranslated(v, f"{where}.{key}")]
        return ([f"{where}: {value['title']}"] if own else []) + inner
    if isinstance(value, list):
        return [u for v in value for u in untranslated(v, where)]
    return []


def test_titles_in_manifests_have_their_chinese() -> None:
    assert manifests()
    found = [
        line
        for path in manifests()
        for line in untranslated(tomllib.loads(path.read_text("utf-8")), name_of(path))
    ]
    assert found == []


def test_a_title_without_chinese_is_noticed() -> None:
    bad = {"title": "T", "title_zh_CN": "题", "tool": [{"title": "A"}]}
    assert untranslated(bad, "m") == ["m.tool: A"]
