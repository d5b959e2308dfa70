"""Frames of a real flight, searched and reviewed in the window."""

from __future__ import annotations

import shutil

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.app.candidate_table import candidates_of
from gisapp.app.flight import FlightOptions, make_flight
from gisapp.io.flight_file import read_flight
from gisapp.model.progress import Silent
from gisapp.ui.candidate_review import CandidateReview
from tests.ui.test_candidate_review import (  # noqa: F401  (program is a fixture)
    WAIT,
    card_of,
    decided,
    decision,
    made_project,
    opened,
    program,
    project,
    search_card,
)


@pytest.mark.real_data
@pytest.mark.slow
def test_frames_of_a_flight_are_searched_and_reviewed(program, qtbot, tmp_path, shared_data):  # noqa: F811
    import geopandas

    frames = tmp_path / "frames"
    frames.mkdir()
    for path in sorted((shared_data / "thermal" / "flight_m2ea_guangzhou").glob("*.JPG"))[:5]:
        shutil.copy(path, frames)
    made = tmp_path / "flight"
    make_flight(frames, made, FlightOptions(), Silent())
    flight = read_flight(made / "flight.json")
    corners = [shapely.Polygon(f.corners) for f in flight.frames if f.corners]
    left, bottom, right, top = shapely.union_all(corners).bounds
    middle = (bottom + top) / 2
    water = shapely.box(left - 50, middle - 25, right + 50, middle + 25)  # a strip across
    folder = tmp_path / "survey"
    made_project(folder, thermal=False)
    frame = geopandas.GeoDataFrame({"name": ["Strip"]}, geometry=[water], crs=flight.crs)
    path = folder / "data" / "water.gpkg"
    path.unlink()
    frame.to_file(path)
    opened(program, qtbot, folder)
    card = search_card(program, qtbot)
    card.add_files([made / "flight.json"])
    QTest.mouseClick(card.run_button, Qt.MouseButton.LeftButton)
    done = lambda: isinstance(card_of(program), CandidateReview) or card.problem.text()  # noqa: E731
    qtbot.waitUntil(lambda: bool(done()), timeout=3 * WAIT)
    assert isinstance(card_of(program), CandidateReview), card.problem.text()
    review = card_of(program)
    found = candidates_of(project(program))
    assert found
    fid = review.queue.current.fid

    def evidence():
        shown = review.showing.of(fid)
        return None if shown is None else shown.evidence

    qtbot.waitUntil(lambda: evidence() is not None, timeout=WAIT)
    # no layer of temperatures is there: the picture that the search has kept is shown
    assert evidence().thermal is None
    assert evidence().kept.startswith(b"\x89PNG")
    review.setFocus()
    QTest.keyClick(review, Qt.Key.Key_A)
    decided(program, qtbot, lambda: decision(program, fid) == "accepted")
