"""The report of a layer of temperatures: what is on it, and the same bytes on each run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from affine import Affine

from gisapp.app.thermal_measures import compare_edit, correct_edit, keep_edit, measure_on
from gisapp.app.thermal_report import _of_frame, band_words, export_thermal_report
from gisapp.io.thermal_frame import open_source
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point, Size
from gisapp.model.progress import Silent
from gisapp.model.style import Correction, Isotherm
from gisapp.model.text import use_language
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from tests.app.thermal_scene import (
    CELL,
    LEFT,
    NIGHT,
    TOP,
    UTM,
    cells,
    opened,
    two_nights,
    values_of,
    write_raster,
)
from tests.own import OWN
from tests.render.recording import Recording
from tests.thermal_files import DUCKS

SILENT = Silent()
CAMERA = Camera(Point(LEFT + 80 * CELL, TOP - 60 * CELL), 0.2, Size(400, 300), UTM)


@pytest.fixture
def raster(tmp_path: Path):
    with opened(write_raster(tmp_path / "night.tif", values_of(1))) as found:
        yield found


def with_measures(raster, count: int):
    project, fids = two_nights(), []
    for number in range(count):
        at = cells((10.5 + number, 20.5))
        edit, fid = keep_edit(
            project, measure_on(project.layer(NIGHT), raster, "spot", at, UTM, SILENT)
        )
        project, _ = edit.apply(project), fids.append(fid)
    if count > 1:
        project = compare_edit(project, fids[0], fids[1]).apply(project)
    return correct_edit(project, NIGHT, Correction(1.0, 0.5, 3, 0.2)).apply(project)


def written(project, raster, path: Path, **more):
    return export_thermal_report(
        project,
        project.layer(NIGHT),
        path,
        camera=CAMERA,
        data={NIGHT: raster},
        painters=OWN.painters(),
        press=QtPress(),
        made_on="2025-01-18",
        **more,
    )


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_same_report_has_the_same_bytes(qapp, raster, tmp_path, language) -> None:
    project = with_measures(raster, 2)
    use_language(language)
    try:
        paths = [tmp_path / name for name in ("a.pdf", "b.pdf")]
        assert [written(project, raster, path) for path in paths] == [2, 2]
    finally:
        use_language("en")
    one, two = (path.read_bytes() for path in paths)
    assert one == two
    assert one.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", one)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf", "b.pdf", "night.tif"]


def test_many_measures_go_on_to_more_pages(qapp, raster, tmp_path) -> None:
    path = tmp_path / "many.pdf"
    assert written(with_measures(raster, 70), raster, path) == 70
    assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) == 3


class Recorded(QtPress):
    """Keeps the words of each page instead of making a file."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[list[str]] = []

    def pdf_pages(self, size_mm, dpi, draws) -> bytes:
        for draw in draws:
            canvas = Recording()
            draw(canvas)
            self.pages.append([call[1] for call in canvas.all("words")])
        return b"%PDF"


def test_it_says_values_and_where_they_are_from(raster, tmp_path) -> None:
    press, project = Recorded(), with_measures(raster, 2)
    export_thermal_report(
        project,
        project.layer(NIGHT),
        tmp_path / "a.pdf",
        camera=CAMERA,
        data={NIGHT: raster},
        painters=OWN.painters(),
        press=press,
    )
    (words,) = press.pages
    known = values_of(1)[20, 10:12].astype(float) + 0.5
    assert f"{known[0]:.2f}" in words
    assert f"{known[0] - known[1]:+.2f} S2".replace("-", "−") in words
    for said in ("made up 1", "± 0.3 °C", "night.tif", "2025-01-17 20:41:07"):
        assert said in words
    assert "T = T + 0.50 °C · 3 readings, RMSE 0.20" in words
    assert "Emissivity 0.98 · Accuracy 0.3 °C" in words


def test_what_cannot_be_reported_is_refused(raster, tmp_path) -> None:
    project = two_nights()
    with pytest.raises(ParameterError, match="written as PDF"):
        written(project, raster, tmp_path / "report.docx")
    with pytest.raises(ParameterError, match="that is loaded"):
        written(project, None, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_isotherms_are_said_in_words() -> None:
    said = [
        band_words(band, "°C")
        for band in (
            Isotherm(20.0, None, "#ff0000"),
            Isotherm(None, 4.5, "#ff0000"),
            Isotherm(10.0, 12.0, "#ff0000"),
            Isotherm(None, None, "#ff0000"),
        )
    ]
    assert said == ["above 20 °C", "below 4.5 °C", "10 to 12 °C", "all values"]


def test_a_frame_fills_its_report_as_it_was_taken(qapp, tmp_path) -> None:
    turned = Affine.translation(LEFT, TOP) * Affine.rotation(30) * Affine.scale(0.2, -0.2)
    place = {"crs": UTM, "affine": ",".join(map(repr, turned[:6]))}
    frame = open_source(DUCKS, place, SILENT)
    view = _of_frame(frame, UTM)
    corners = [(0, 0), (120, 0), (120, 120), (0, 120)]
    asked = [view.to_screen(Point(*(turned * corner))) for corner in corners]
    left, top = asked[0]
    # Upright: the upper edge lies level, the left edge upright, and the frame fills the height.
    assert asked[1].y == pytest.approx(top, abs=1e-3)
    assert asked[3].x == pytest.approx(left, abs=1e-3)
    assert asked[1].x > left
    assert asked[3].y - top > 0.95 * view.size.height
    project = two_nights()
    path = tmp_path / "frame.pdf"
    layer = project.layer(NIGHT)
    known = {"data": {NIGHT: frame}, "painters": OWN.painters(), "press": QtPress()}
    assert export_thermal_report(project, layer, path, camera=CAMERA, **known) == 0
    assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) == 1
