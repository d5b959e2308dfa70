"""The report of a ranking as a document for word processors, to be taken further by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gisapp.api import Press, WriteError, language, tr

from .rank_rows import ShownRow
from .report_figure import picture
from .report_html import BARS, reasons, segments
from .report_parts import Report, Table

FIXED = (1980, 1, 1, 0, 0, 0)  # the date of the parts: the same bytes for the same report
BAR = 40  # blocks of a full score
LATIN, CHINESE = "Calibri", "Microsoft YaHei"
INK = "1D2329"
ROOM = 166.0  # mm between the margins


def as_docx(report: Report, press: Press | None) -> bytes:
    """Raises WriteError where python-docx is not installed. Without a press: no figures."""
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
    _headed_table(document, report.leading)
    for figure in report.figures if press is not None else ():
        assert press is not None
        document.add_heading(figure.title, 1)
        drawn = io.BytesIO(picture(figure, press))
        document.add_picture(drawn, width=Mm(160))
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        document.add_paragraph(figure.note)
    document.add_heading(tr("Candidates and their reasons"), 1)
    for row in report.rows:
        _candidate(document, row)
    for table in report.tables:
        _headed_table(document, table)
    document.add_paragraph(report.foot)
    out = io.BytesIO()
    document.save(out)
    return _without_dates(out.getvalue())


def _headed_table(document: Any, table: Table) -> None:
    document.add_heading(table.title, 1)
    _table(document, table.heads, table.rows, table.shares)
    if table.note:
        document.add_paragraph(table.note)


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


def _table(
    document: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]
) -> None:
    """Columns by their shares; the heads come again on each page, rows are not torn."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    listed = [tuple(heads), *rows] if heads else rows
    table = document.add_table(rows=len(listed), cols=len(shares))
    table.style, table.autofit = "Table Grid", False
    for number, (line, cells) in enumerate(zip(table.rows, listed, strict=True)):
        is_head = bool(heads) and number == 0
        facts = line._tr.get_or_add_trPr()
        facts.append(OxmlElement("w:cantSplit"))
        if is_head:
            facts.append(OxmlElement("w:tblHeader"))
        for cell, text, share in zip(line.cells, cells, shares, strict=True):
            cell.width = Mm(ROOM * share)
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.bold = Pt(8.5), is_head


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
