"""The ranking as a report: HTML, DOCX or PDF, with the same words and the same drawing."""

from __future__ import annotations

from pathlib import Path

from gisapp.api import (
    FeatureSet,
    ParameterError,
    Press,
    Progress,
    Silent,
    WriteError,
    tr,
    write_file,
)

from .rank_answer import SourceRanking
from .report_docx import as_docx
from .report_html import ranking_html
from .report_pages import as_pdf
from .report_parts import report_of

ENDINGS = (".pdf", ".docx", ".html")


def export_ranking(
    found: SourceRanking,
    path: Path,
    *,
    rivers: FeatureSet | None = None,
    date: str = "",
    press: Press | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the report; the same bytes for the same ranking and date. Raises WriteError.

    Without rivers there is no map. A PDF, and the figures of a DOCX, need a press.
    """
    progress = progress or Silent()
    progress.report(0.0, tr("Writing the report"))
    kind = path.suffix.lower()
    if kind not in ENDINGS:
        raise WriteError(
            tr("{file} is not a kind of file that can be written").format(file=path.name),
            hint=tr("Endings: {endings}").format(endings=", ".join(ENDINGS)),
        )
    report = report_of(found, date, rivers)
    progress.report(0.4)
    if kind == ".html":
        content = ranking_html(report).encode("utf-8")
    elif kind == ".docx":
        content = as_docx(report, press)
    elif press is None:
        raise ParameterError(
            tr("A PDF cannot be drawn here"), hint=tr("Write the report as DOCX or HTML.")
        )
    else:
        content = as_pdf(report, press)
    progress.report(0.9)
    write_file(path, content)
    progress.report(1.0)
