"""A package of a telephone in the window: looked at, imported with its photos, tidied away."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.app.project_session import make_survey_project, open_project
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS
from gisapp.ui.import_panel import ImportPanel
from tests.app.test_package_photos import qfield, zipped
from tests.ui.window_setting import said, window_context


@pytest.mark.parametrize("as_zip", [False, True])
def test_rows_and_their_photos_are_one_step(qtbot, tmp_path: Path, as_zip: bool) -> None:
    package = qfield(tmp_path / "field")
    path = zipped(package, tmp_path / "field.zip") if as_zip else package
    make_survey_project(tmp_path / "survey", "Survey")
    with (
        open_project(tmp_path / "survey") as session,
        window_context(session=session) as context,
    ):
        told, store = said(context), context.workspace.store
        panel = ImportPanel(context, path, lambda place: None, lambda t: None, lambda s, t: None)
        qtbot.addWidget(panel)
        qtbot.waitUntil(lambda: panel.import_button.isEnabled(), timeout=10_000)
        assert "5 named by rows, 1 of them not found; 1 that no row names" in panel.facts.text()
        unpacked = panel.answer.package.root
        with qtbot.waitSignal(panel.closed, timeout=10_000):
            QTest.mouseClick(panel.import_button, Qt.MouseButton.LeftButton)
        assert len(store.project.tables[OUTFALL_TABLE]) == 3
        # four pairs of a row and a photo; one photo is of two outfalls
        assert len(store.project.tables[PHOTOS]) == 4
        [message] = [m for m in told if m.text.startswith("Photos:")]
        assert (message.level, "DCIM/gone.jpg" in message.hint) == ("warning", True)
        for leave in panel.leave:
            leave()
        panel.leave.clear()
        qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=10_000)
        assert unpacked.exists() is (not as_zip)
        store.undo()
        tables = store.project.tables
        assert (len(tables[OUTFALL_TABLE]), len(tables[PHOTOS])) == (0, 0)
