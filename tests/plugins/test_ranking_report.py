"""The report of a ranking: HTML, DOCX and PDF say the same, in both languages, byte for byte."""

from __future__ import annotations

import io

import pytest
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.report_ranking import export_ranking

from gisapp.api import ParameterError, WriteError
from gisapp.io.vector import read_features
from gisapp.model.text import use_language
from gisapp.render.qt_canvas import QtPress


@pytest.fixture(scope="module")
def layers(sample_files):
    return {n: read_features(sample_files / f"{n}.gpkg") for n in ("rivers", "stations", "sources")}


@pytest.fixture(scope="module")
def found(layers):
    return rank_sources.run(
        {
            **layers, "start": "ST09", "value_mg_l": 6.583, "baseline_mg_l": 0.29,
            "time": "2025-03-20T04:00", "excess": "nh3n=6.3",
        }
    )  # fmt: skip


def test_a_page_says_all_that_the_ranking_rests_on(found, layers, tmp_path):
    export_ranking(found, tmp_path / "r.html", rivers=layers["rivers"], date="2025-03-21")
    text = (tmp_path / "r.html").read_text("utf-8")
    said = ("not a verdict", "P291", "unknown or diffuse", "Timing", "Assumptions", "<svg")
    for words in (*said, "What would decide it", "2025-03-21", "rank 1 in every case"):
        assert words in text
    assert found.question.data[0].fingerprint[:16] in text
    export_ranking(found, tmp_path / "bare.html")
    assert "<svg" not in (tmp_path / "bare.html").read_text("utf-8")


def test_a_document_opens_with_words_table_and_drawing(found, layers, tmp_path, qapp):
    docx = pytest.importorskip("docx")
    path = tmp_path / "r.docx"
    export_ranking(found, path, rivers=layers["rivers"], press=QtPress())
    document = docx.Document(io.BytesIO(path.read_bytes()))
    words = "\n".join(p.text for p in document.paragraphs)
    assert "not a verdict" in words
    assert "P291" in words
    assert len(document.inline_shapes) == 1
    assert len(document.tables[0].rows) == len(found.rows) + 1
    export_ranking(found, tmp_path / "again.docx", rivers=layers["rivers"], press=QtPress())
    assert (tmp_path / "again.docx").read_bytes() == path.read_bytes()


def test_pages_are_the_same_each_time(found, layers, tmp_path, qapp):
    for name in ("one.pdf", "two.pdf"):
        export_ranking(found, tmp_path / name, rivers=layers["rivers"], press=QtPress())
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 3


def test_in_chinese(found, layers, tmp_path):
    use_language("zh_CN")
    try:
        export_ranking(found, tmp_path / "zh.html", rivers=layers["rivers"])
    finally:
        use_language("en")
    text = (tmp_path / "zh.html").read_text("utf-8")
    assert 'lang="zh-CN"' in text
    assert "不作定论" in text


def test_names_are_words_and_no_code(found, tmp_path):
    rows = found.question.candidates
    evil = found.question.__class__(
        **{
            **{name: getattr(found.question, name) for name in found.question.__dataclass_fields__},
            "candidates": tuple(
                c.__class__(**{**{n: getattr(c, n) for n in c.__dataclass_fields__},
                               "title": "<script>alert(1)</script>"})
                for c in rows
            ),
        }
    )  # fmt: skip
    again = found.__class__(evil, found.ranking, found.sources).again()
    export_ranking(again, tmp_path / "r.html")
    assert "<script" not in (tmp_path / "r.html").read_text("utf-8")


def test_other_kinds_and_a_missing_press_are_told(found, tmp_path):
    with pytest.raises(WriteError, match=r"r\.xyz"):
        export_ranking(found, tmp_path / "r.xyz")
    with pytest.raises(ParameterError, match="PDF"):
        export_ranking(found, tmp_path / "r.pdf")
    assert not list(tmp_path.iterdir())
