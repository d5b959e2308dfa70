"""Photos are copied into the project under their hash and can be proved unchanged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gisapp.io import photo_files
from gisapp.io.photo_files import photo_path
from gisapp.io.project_check import CheckResult, check
from gisapp.io.project_file import ProjectFile
from gisapp.model.errors import ReadError
from tests.projects import CONTENT, CRS, adding

PICTURE = b"\xff\xd8\xff\xe1 not really a picture, only bytes " * 100


@pytest.fixture
def file(tmp_path: Path):
    made = ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding("A")))
    yield made
    made.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "DJI_0001 排口.JPG"
    path.write_bytes(PICTURE)
    return path


def photos(folder: Path) -> CheckResult:
    return next(r for r in check(folder) if r.name == "photos")


def test_a_photo_comes_into_the_project(file: ProjectFile, picture: Path) -> None:
    photo = file.add_photo(picture, "outfalls", "A")
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert photo == (digest, digest + ".jpg", picture.name, len(PICTURE))
    path = photo_path(file.folder, photo.file)
    assert path == file.folder / "photos" / digest[:2] / photo.file
    assert path.read_bytes() == PICTURE
    assert file.add_photo(picture) == photo
    assert photos(file.folder).message == "1 photos are there, unchanged"
    assert not list(file.folder.rglob("*.tmp"))
    file.commit("edit", adding("B"), None)


def test_lost_changed_and_foreign_photos_are_named(file: ProjectFile, tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        source = tmp_path / f"{number}.png"
        source.write_bytes(bytes([number]) * 50)
        paths.append(photo_path(file.folder, file.add_photo(source).file))
    paths[0].unlink()
    paths[1].write_bytes(b"x" * 50)
    (file.folder / "photos" / "notes.txt").write_text("mine", "utf-8")
    result = photos(file.folder)
    assert not result.ok
    assert [d.split(" (")[0] for d in result.details[:2]] == ["0.png", "1.png"]
    assert result.details[0].endswith("is missing")
    assert result.details[1].endswith("was changed")
    assert result.details[2] == f"{Path('photos') / 'notes.txt'} belongs to no entry"
    assert "--relink" in result.hint


def test_what_is_no_photo(
    file: ProjectFile, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.exe").write_bytes(b"MZ")
    (tmp_path / "empty.jpg").touch()
    monkeypatch.setattr(photo_files, "LARGEST", 1000)
    for path in (tmp_path / "a.exe", tmp_path / "empty.jpg", tmp_path / "none.jpg", picture):
        with pytest.raises(ReadError):
            file.add_photo(path)
    assert list((file.folder / "photos").iterdir()) == []


@pytest.mark.parametrize("name", ["../project.gpkg", "/etc/passwd", "a.jpg", "0" * 64 + ".sh", ""])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReadError, match="not the name of a photo"):
        photo_path(tmp_path, name)


def test_a_failed_copy_leaves_nothing(
    file: ProjectFile, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="disk is full"):
        file.add_photo(picture)
    monkeypatch.undo()
    assert list((file.folder / "photos").iterdir()) == []
    file.add_photo(picture)
