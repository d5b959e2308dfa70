"""What the documents speak of exists: linked files, paths, commands and names."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from functools import cache

import pytest

from gisapp.model.manifest import KINDS
from tests.architecture.checkout import ROOT
from tests.architecture.source_tree import text_of, tracked_files

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
START = "import sys; from gisapp.main import main; sys.exit(main())"
MADE = ("output", ".venv")  # by running the scripts
FOREIGN = {"PROJ_DATA", "PROJ_LIB", "GDAL_DATA"}  # named to say that we do not touch them
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]*/[\w./-]*|[\w-]+\.(py|md|toml|sh|lock|json|po|txt)|\.ci/run")
DOTTED = re.compile(r"gisapp(\.\w+)+")
NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*(\(\))?")
COMMAND = re.compile(r"gisapp ([a-z][a-z-]+)")
SCRIPT = re.compile(r"bash ((?:installer|\.ci)/[\w./-]+)")


def text(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def ticked(document: str) -> list[str]:
    return TICKED.findall(FENCED.sub("", text(document)))


@cache
def source_words() -> frozenset[str]:
    """Every word of the sources, to tell a name of ours from an invented one."""
    words: set[str] = set()
    for path in tracked_files():
        if "architecture" in path.parts:
            continue  # these tests speak of names that must not exist
        if path.suffix in (".py", ".toml", ".sh", ".lock") and (content := text_of(path)):
            words.update(re.findall(r"\w+", content))
    return frozenset(words)


@cache
def file_names() -> frozenset[str]:
    return frozenset(path.name for path in tracked_files())


def exists(path: str) -> bool:
    name = path.rstrip("/").removeprefix("./")
    if name.startswith("../") or name.split("/")[0] in MADE or "NAME" in name:
        return True  # beside the checkout, made by a script, or a word to fill in
    if any((ROOT / folder / name).exists() for folder in ("", "gisapp", "tests")):
        return True
    if "/" in name:
        return False
    # A file of that name somewhere (panel.py), or one that the code makes (snapshots/).
    return name in file_names() or set(re.findall(r"\w+", name)) <= source_words()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_linked_files_exist(document: str) -> None:
    links = [link for link in LINK.findall(text(document)) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_exist(document: str) -> None:
    paths = [word for word in ticked(document) if PATH.fullmatch(word)]
    paths += SCRIPT.findall(text(document))
    assert [path for path in paths if not exists(path)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_and_what_is_in_them_exist(document: str) -> None:
    missing = []
    for word in ticked(document):
        if not DOTTED.fullmatch(word.removesuffix("()")):
            continue
        parts = word.removesuffix("()").split(".")
        for length in range(len(parts), 0, -1):
            try:
                thing = importlib.import_module(".".join(parts[:length]))
            except ModuleNotFoundError:
                continue
            for part in parts[length:]:
                thing = getattr(thing, part, None)
            if thing is None:
                missing.append(word)
            break
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_names_are_in_the_sources(document: str) -> None:
    """`RenderRequest`, `with_rows()`, `Store.apply`: each part is a word of the code."""
    missing = [
        word
        for word in ticked(document)
        if NAME.fullmatch(word) and not PATH.fullmatch(word)
        for part in word.removesuffix("()").split(".")
        if part not in source_words() | FOREIGN
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_exist(document: str) -> None:
    code = "\n".join(TICKED.findall(text(document)) + FENCED.findall(text(document)))
    wanted = set(COMMAND.findall(code))
    if not wanted:
        return
    done = subprocess.run(
        [sys.executable, "-c", START, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    known = set(re.findall(r"[a-z][a-z-]+", done.stdout))
    assert wanted - known == set()


def test_the_guide_says_how_to_add_each_kind_of_contribution() -> None:
    words = ticked("CONTRIBUTING.md")
    assert [kind for kind in KINDS if kind not in words] == []


def outline(page: str) -> list[str]:
    """What a page is made of, whatever its language: headings, table rows, blocks of code."""
    found = []
    for line in FENCED.sub("CODE", page).splitlines():
        if heading := re.match(r"#+(?= )", line):
            found.append(heading.group())
        elif line.startswith(("|", "CODE")):
            found.append(line[:1])
    return found


def test_every_page_of_help_is_there_in_both_languages_with_the_same_parts() -> None:
    pages = sorted((ROOT / "gisapp" / "guide").glob("*.md"))
    assert {page.stem.partition(".")[0] for page in pages} == {"en", "zh_CN"}
    english, chinese = (outline(page.read_text("utf-8")) for page in pages)
    assert english.count("##") > 3
    assert english == chinese


def test_a_heading_that_is_missing_in_one_language_is_noticed() -> None:
    assert outline("# A\n## B\n") != outline("# 甲\n")
    assert outline("# A\n```\n# no heading\n```\n") == ["#", "C"]


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## \[?(.+?)\]?(?: .*)?$", text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_what_is_not_there_is_noticed() -> None:
    assert not exists("gisapp/io/nowhere.py")
    assert "InventedClass" not in source_words()
    assert exists("gisapp/model/text.py")
    assert "FeatureTable" in source_words()
