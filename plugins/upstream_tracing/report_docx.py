"""The report of a ranking as a document for word processors, to be taken further by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gisapp.api import Press, WriteError, language, tr

from .rank_rows import ShownRow
from .report_html import BARS, data_heads, reasons, segments, table_heads, table_row
from .report_pages import sketch_picture
from .report_parts import CANDIDATES, Drawing, Report

FIXED = (1980, 1, 1, 0, 0, 0)  # the date of the parts: the same bytes for the same report
BAR = 40  # blocks of a full score
LATIN, CHINESE = "Calibri", "Microsoft YaHei"
INK = "1D2329"


def as_docx(report: Report, drawing: Drawing | None, press: Press | None) -> bytes:
    """Raises WriteError where python-docx is not installed. Without a press: no drawing."""
    try:
        import docx
        from docx.shared import Mm
    except ImportError as error:
        raise WriteError(
            tr("Documents cannot be written: {reason}").format(reason=error),
            hint=tr("Install python-docx, or write the report as PDF or HTML."),
        ) from error
    document = docx.Document()
    _dress(document, report)
    document.add_heading(report.title, 0)
    for text in report.summary:
        document.add_paragraph(text)
    document.add_paragraph().add_run(report.caution).bold = True
    if drawing is not None and press is not None:
        picture = io.BytesIO(sketch_picture(drawing, press))
        document.add_picture(picture, width=Mm(160))
        document.add_paragraph(drawing.note)
    document.add_heading(tr("Candidates and their reasons"), 1)
    for row in report.rows[:CANDIDATES]:
        _candidate(document, row)
    document.add_heading(tr("All candidates"), 1)
    _table(document, table_heads(), map(table_row, report.rows))
    document.add_heading(tr("Assumptions"), 1)
    _table(document, (), report.assumptions)
    if report.unreached:
        document.add_heading(tr("Not placed on a river"), 1)
        _table(document, (tr("Id"), tr("Name"), tr("Why")), report.unreached)
    if report.unreached_more:
        document.add_paragraph(tr("and {n} more").format(n=report.unreached_more))
    document.add_heading(tr("Data"), 1)
    _table(document, data_heads(), report.data)
    document.add_paragraph(report.foot)
    out = io.BytesIO()
    document.save(out)
    return _without_dates(out.getvalue())


def _dress(document: Any, report: Report) -> None:
    """A4, one font for Latin and one for Chinese letters, in ink."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 14)):
        style = document.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.color.rgb = RGBColor.from_string(INK)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:ascii"), LATIN)
        fonts.set(qn("w:hAnsi"), LATIN)
        fonts.set(qn("w:eastAsia"), CHINESE)
    document.styles["Normal"].paragraph_format.space_after = Pt(3)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = report.title, "gisapp", ""
    facts.language = language().replace("_", "-")
    facts.created = facts.modified = datetime(*FIXED[:6])
    facts.last_modified_by, facts.revision = "gisapp", 1


def _candidate(document: Any, row: ShownRow) -> None:
    from docx.shared import Pt, RGBColor

    head = document.add_paragraph()
    head.paragraph_format.keep_with_next = True
    head.paragraph_format.space_before = Pt(8)
    head.add_run(f"{row.place}. {row.name}   {row.score:.1f}").bold = True
    bar = document.add_paragraph()
    bar.paragraph_format.keep_with_next = True
    used = 0
    done = 0.0
    for wide, colour in zip(segments(row), BARS, strict=False):
        done += wide
        blocks = round(done / 100 * BAR) - used
        used += blocks
        run = bar.add_run("█" * blocks)
        run.font.size, run.font.color.rgb = Pt(7), RGBColor.from_string(colour[1:].upper())
    rest = bar.add_run("█" * (BAR - used))
    rest.font.size, rest.font.color.rgb = Pt(7), RGBColor.from_string("E6EAEE")
    for text in reasons(row):
        line = document.add_paragraph(text)
        line.paragraph_format.space_after = Pt(0)
        line.runs[0].font.size = Pt(9)


def _table(document: Any, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from docx.shared import Pt

    listed = [tuple(row) for row in rows]
    if not listed:
        return
    table = document.add_table(rows=0, cols=len(listed[0]))
    table.style = "Table Grid"
    for number, cells in enumerate([tuple(heads), *listed] if heads else listed):
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.bold = Pt(8.5), bool(heads) and number == 0


def _without_dates(content: bytes) -> bytes:
    """The same archive with a fixed date on each part, in the order of their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            part = zipfile.ZipInfo(name, FIXED)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o644 << 16
            new.writestr(part, old.read(name))
    return out.getvalue()
