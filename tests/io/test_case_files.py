"""Files of kept rankings: named, renamed, deleted and there again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.io.case_files import (
    case_files,
    case_name,
    delete_case,
    new_case_file,
    rename_case,
    restore_case,
)
from gisapp.model.errors import ReadError, WriteError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = new_case_file(tmp_path, "2025-03-20-ST09")
    path.write_text("{}", "utf-8")
    return path


@given(st.text())
def test_any_words_become_a_name_that_stays_as_it_is(text: str) -> None:
    name = case_name(text)
    assert name
    assert not set(name) & set('\\/:*?"<>| .')
    assert case_name(name) == name


def test_a_case_is_renamed(case: Path, tmp_path: Path) -> None:
    new = rename_case(case, "三月 超标/再查")
    assert new.name == "三月-超标-再查.json"
    assert case_files(tmp_path) == (new,)
    assert rename_case(new, new.stem) == new


def test_the_name_of_another_case_is_refused_and_both_stay(case: Path, tmp_path: Path) -> None:
    other = new_case_file(tmp_path, "other")
    other.write_text("other", "utf-8")
    with pytest.raises(WriteError, match="There is a case other already"):
        rename_case(case, "other")
    assert other.read_text("utf-8") == "other"
    assert case.read_text("utf-8") == "{}"


def test_a_case_that_is_gone_is_said(case: Path) -> None:
    case.unlink()
    with pytest.raises(ReadError, match="not there any more"):
        rename_case(case, "new")
    with pytest.raises(ReadError, match="not there any more"):
        delete_case(case)


def test_a_deleted_case_is_there_again_as_it_was(case: Path, tmp_path: Path) -> None:
    held = delete_case(case)
    assert case_files(tmp_path) == ()
    assert restore_case(case, held) == case
    assert case.read_bytes() == held
    case.write_text("another that was kept meanwhile", "utf-8")
    second = restore_case(case, held)
    assert second != case
    assert second.read_bytes() == held
    assert case.read_text("utf-8").startswith("another")
    assert set(case_files(tmp_path)) == {case, second}
    assert list(case.parent.glob("*.part")) == []


def test_a_case_that_cannot_be_written_again_leaves_nothing_half(
    case: Path, tmp_path: Path
) -> None:
    held = delete_case(case)
    case.parent.rmdir()
    case.parent.write_text("a file where the folder was", "utf-8")
    with pytest.raises(WriteError):
        restore_case(case, held)
