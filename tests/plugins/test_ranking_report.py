"""The report of a ranking: HTML, DOCX and PDF say the same, in both languages, byte for byte."""

from __future__ import annotations

import io

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.report_figure import Words
from gisapp_plugins.upstream_tracing.report_pages import as_pdf
from gisapp_plugins.upstream_tracing.report_parts import report_of
from gisapp_plugins.upstream_tracing.report_profile import profile_of_ranking
from gisapp_plugins.upstream_tracing.report_ranking import export_ranking
from gisapp_plugins.upstream_tracing.report_series import shifted_series

from gisapp.api import ParameterError, WriteError
from gisapp.io.vector import read_features
from gisapp.model.features import Features
from gisapp.model.text import use_language
from gisapp.render.qt_canvas import QtPress


@pytest.fixture(scope="module")
def layers(sample_files):
    return {n: read_features(sample_files / f"{n}.gpkg") for n in ("rivers", "stations", "sources")}


@pytest.fixture(scope="module")
def found(layers, sample_files):
    return ranked(layers, records=str(sample_files / "station_records.parquet"))


def ranked(layers, **more):
    return rank_sources.run(
        {
            **layers, **more, "start": "ST09", "value_mg_l": 6.583, "baseline_mg_l": 0.29,
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
    assert text.count("<svg") == 3
    for words in ("Profile of the river", "Series shifted", "Balance of loads", "ST01", "clean"):
        assert words in text
    assert "≤ 1 mg/L (GB 3838-2002, III)" in text
    export_ranking(found, tmp_path / "bare.html")
    assert "<title>Map" not in (tmp_path / "bare.html").read_text("utf-8")


def test_a_document_opens_with_words_table_and_drawing(found, layers, tmp_path, qapp):
    docx = pytest.importorskip("docx")
    path = tmp_path / "r.docx"
    export_ranking(found, path, rivers=layers["rivers"], press=QtPress())
    qn = pytest.importorskip("docx.oxml.ns").qn
    document = docx.Document(io.BytesIO(path.read_bytes()))
    words = "\n".join(p.text for p in document.paragraphs)
    assert "not a verdict" in words
    assert "P291" in words
    assert len(document.inline_shapes) == 3
    leading, listed = document.tables[0], document.tables[1]
    assert leading.rows[1].cells[1].text == found.rows[0].name
    assert len(leading.rows) == 1 + len({*found.rows[:5], *(r for r in found.rows if not r.id)})
    assert len(listed.rows) == len(found.rows) + 1
    [head] = listed.rows[0]._tr.trPr.findall(qn("w:tblHeader"))
    assert head is not None
    export_ranking(found, tmp_path / "again.docx", rivers=layers["rivers"], press=QtPress())
    assert (tmp_path / "again.docx").read_bytes() == path.read_bytes()


def test_pages_are_the_same_each_time(found, layers, tmp_path, qapp):
    for name in ("one.pdf", "two.pdf"):
        export_ranking(found, tmp_path / name, rivers=layers["rivers"], press=QtPress())
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 3


def test_the_foremost_stand_on_the_first_page_and_no_heading_stands_alone(found, layers, qapp):
    """What a page draws, noted word by word."""
    report = report_of(found, "2025-03-21", layers["rivers"])
    sheets = []

    class Noted:
        def picture(self, size, paint):
            return QtPress().picture(size, paint)

        def pdf_pages(self, paper, dpi, pages):
            for page in pages:
                said = []
                page(_Deaf(said))
                sheets.append([text for _, text in sorted(said)])
            return b""

    as_pdf(report, Noted())
    assert report.leading.title in sheets[0]
    assert found.rows[0].name in sheets[0]
    titles = {table.title for table in report.tables} | {"Candidates and their reasons"}
    assert titles <= {text for sheet in sheets for text in sheet}
    for sheet in sheets:
        content = [text for text in sheet if text != report.foot and " / " not in text]
        assert content[-1] not in titles
    balance = next(table for table in report.tables if table.title == "Balance of loads")
    [own] = [sheet for sheet in sheets if balance.title in sheet]
    assert {row[0] for row in balance.rows} <= set(own)  # a short table is not torn


def test_parameters_are_named_and_not_coded(found):
    report = report_of(found, "")
    told = next(table for table in report.tables if table.title == "Assumptions")
    excess = next(text for title, text in told.rows if "times of the limit" in title)
    assert "Ammonia nitrogen" in excess
    assert "nh3n" not in excess


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


class _Deaf:
    """A canvas that notes words and lets all else go by."""

    def __init__(self, said):
        self._said = said

    def words(self, at, text, *more, **how):
        self._said.append((at.y, text))

    def __getattr__(self, name):
        return lambda *args, **how: None


def words_of(figure):
    return [piece.text for piece in figure.pieces if isinstance(piece, Words)]


def test_the_profile_steps_where_tributaries_come_in(found):
    figure = profile_of_ranking(found)
    river = found.question.evidence.river
    assert river.unit == "km²"
    known = [value for value in river.value if value is not None]
    assert known == sorted(known, reverse=True)  # upstream less is drained
    assert list(river.nearer_m[1:]) == pytest.approx(list(river.farther_m[:-1]), abs=0.2)
    words = words_of(figure)
    assert "Drained area, km²" in words
    assert {str(row.place) for row in found.rows[:12] if row.id} <= set(words)
    assert any(one.title in words for one in river.tributaries)
    assert all(0 <= piece.x <= figure.width for piece in figure.pieces if isinstance(piece, Words))


def test_series_are_shifted_to_the_station_so_that_cause_and_peak_meet(found):
    records = found.question.evidence.records
    assert [one.station for one in records] == ["ST01", "ST09", "ST11", "ST12"]  # as water runs
    own = next(one for one in records if one.station == "ST09")
    hours, values = own.shifted()
    assert hours[np.nanargmax(values)] == 0.0  # the event
    above = records[0]
    moved, _ = above.shifted()
    assert moved[0] - above.hours[0] == pytest.approx(above.travel_h)
    assert above.shifted(2.0)[0][0] - above.hours[0] == pytest.approx(above.travel_h / 2)
    below = next(one for one in records if one.station == "ST11")
    assert below.travel_h < 0
    assert below.distance_m == pytest.approx(-6867, abs=2)  # of the truth: 12,731.6 - 5,864.5
    words = words_of(shifted_series(found))
    for said in ("13.8 km above, moved 9.0 h later", "stayed as usual: clean", "03-20 04:00", "0"):
        assert said in words
    assert "Ammonia nitrogen, mg/L" in words
    slower = words_of(shifted_series(found.again(velocity=0.5)))
    assert "13.8 km above, moved 17.9 h later" in slower


def test_what_the_culprit_let_out_stands_under_the_peak(found):
    row = found.rows[0]
    [candidate] = [c for c in found.question.candidates if c.id == row.id]
    moved = [(a + row.travel_h, b + row.travel_h) for a, b in candidate.discharged_h]
    assert any(first < 0 < last for first, last in moved)


def test_without_records_flows_and_areas_what_is_missing_is_said(layers, tmp_path):
    bare = ranked(layers)
    assert bare.question.evidence.records == ()
    assert "none were used" in ranked_page(bare, tmp_path)
    rivers = without(layers["rivers"], "up_area_km2", "discharge_m3s")
    poor = ranked({**layers, "rivers": rivers})
    text = ranked_page(poor, tmp_path)
    assert "nobody says how much water flows" in text
    assert "loads are not compared" in text
    unknown = next(row for row in poor.rows if not row.id)
    assert "not known: no flow" in unknown.load
    assert unknown.score == 50.0
    assert {row.parts[1].value for row in poor.rows if row.id} == {0.0}


def ranked_page(found, folder):
    export_ranking(found, folder / "page.html")
    return (folder / "page.html").read_text("utf-8")


def without(features, *names):
    kept = tuple(f for f in features.fields if f.name not in names)
    columns = {f.name: features.column(f.name) for f in kept}
    return Features(features.crs, kept, features.ids, columns, features.shapes_in(features.crs))
