"""Drawings a project brings along: what is kept of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gisapp.io.marker_files import MAX_BYTES, keep_marker, kept_marker, read_marker, safe_svg
from gisapp.model.errors import GisError, ReadError

PLAIN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<path d="M1 1h8v8z" fill="currentColor"/></svg>'
)


def test_a_plain_drawing_stays_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "gauge.svg"
    file.write_text(PLAIN)
    text = read_marker(file)
    assert 'd="M1 1h8v8z"' in text
    assert 'fill="currentColor"' in text
    assert safe_svg(text.encode(), "again") == text


@pytest.mark.parametrize(
    "bad",
    [
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        '<script>alert("x")</script>',
        '<use href="other.svg#a"/>',
        "<foreignObject><p>x</p></foreignObject>",
        "<style>@import url(other.css);</style>",
        '<rect width="1" height="1" fill="url(other.svg#a)" onload="x()"/>',
        '<rect width="1" height="1" style="fill:url( &quot;http://a.b/c&quot; )"/>',
        '<animate attributeName="x" dur="1s"/>',
    ],
)
def test_what_acts_or_points_elsewhere_is_left_out(bad: str) -> None:
    text = safe_svg(PLAIN.replace("</svg>", f"{bad}</svg>").encode(), "bad.svg")
    assert "M1 1h8v8z" in text
    for word in ("href", "url(", "script", "foreign", "import", "onload", "http:", "animate"):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no drawing",
        b"<html/>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        PLAIN.encode("utf-16"),
        b'<!DOCTYPE svg [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        f"<svg>{'<g>' * 200}<path d='M0 0h1'/>{'</g>' * 200}</svg>".encode(),
        b"<svg>" + b'<path d="M0 0h1"/>' * 3000 + b"</svg>",
    ],
)
def test_what_is_no_drawing_is_refused_with_the_name_of_the_file(content: bytes) -> None:
    with pytest.raises(ReadError, match=r"bad\.svg") as caught:
        safe_svg(content, "bad.svg")
    assert caught.value.hint


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.svg"
    file.write_bytes(PLAIN.encode() + b" " * MAX_BYTES)
    with pytest.raises(ReadError, match=r"huge\.svg"):
        read_marker(file)


def test_a_size_becomes_the_view() -> None:
    text = safe_svg(b'<svg width="20px" height="30"><circle r="4"/></svg>', "a.svg")
    assert 'viewBox="0 0 20 30"' in text


def test_a_project_keeps_what_it_brings(tmp_path: Path) -> None:
    text = safe_svg(PLAIN.encode(), "a.svg")
    name = keep_marker(text, "../my gauge!.svg", tmp_path)
    assert name.startswith("markers/my-gauge-")
    assert keep_marker(text, "../my gauge!.svg", tmp_path) == name
    assert kept_marker(name, tmp_path) == text
    other = safe_svg(PLAIN.replace("8v8", "7v7").encode(), "a.svg")
    assert keep_marker(other, "my gauge!.svg", tmp_path) != name
    assert [path.parent.name for path in tmp_path.rglob("*.svg")] == ["markers", "markers"]


@pytest.mark.parametrize("name", ["../a.svg", "markers/../../a.svg", "/etc/a.svg", "data/a.svg"])
def test_only_what_lies_in_its_folder_is_a_projects_marker(tmp_path: Path, name: str) -> None:
    (tmp_path / "project" / "data").mkdir(parents=True)
    for place in (tmp_path / "a.svg", tmp_path / "project" / "data" / "a.svg"):
        place.write_text(PLAIN)
    with pytest.raises(ReadError):
        kept_marker(name, tmp_path / "project")


def test_a_link_out_of_the_project_is_no_marker(tmp_path: Path) -> None:
    (tmp_path / "project" / "markers").mkdir(parents=True)
    (tmp_path / "a.svg").write_text(PLAIN)
    (tmp_path / "project" / "markers" / "a.svg").symlink_to(tmp_path / "a.svg")
    with pytest.raises(ReadError):
        kept_marker("markers/a.svg", tmp_path / "project")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "markers").write_text("a file where the folder should be")
    with pytest.raises(GisError):
        keep_marker(safe_svg(PLAIN.encode(), "a.svg"), "a.svg", tmp_path)
