from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from gisapp.model.geometry import Pixel, Size
from gisapp.model.progress import Silent
from gisapp.render import compiled
from gisapp.render.canvas import Canvas
from gisapp.render.qt_canvas import QtPress, paint_picture
from gisapp.render.qt_marks import draw_symbols
from tests.render.scenes import scene


def streams(pdf: bytes) -> list[tuple[bytes, bytes]]:
    """Dictionary and content of each stream."""
    found = []
    for match in re.finditer(rb"<<((?:(?!endobj).)*?)>>\nstream\n", pdf, re.S):
        raw = pdf[match.end() : pdf.index(b"endstream", match.end())]
        if b"FlateDecode" in match.group(1):
            raw = zlib.decompress(raw)
        found.append((match.group(1), raw))
    return found


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of the colours, 0 to 255."""
    return float(abs(one.astype(int) - other.astype(int)).mean())


def test_the_compiled_loops_paint_what_qt_paints(press: QtPress, monkeypatch) -> None:
    request = scene(warm=False)
    compiled.load()
    fast = paint_picture(request, Silent())
    monkeypatch.setattr(compiled, "_loaded", None)
    slow = paint_picture(request, Silent())
    assert fast.any()
    assert difference(fast, slow) < 1.5
    assert np.percentile(abs(fast.astype(int) - slow.astype(int)), 99) < 80


@pytest.mark.parametrize("shape", ["circle", "triangle", "square", "diamond"])
@pytest.mark.parametrize("size", [7.0, 12.0, 31.5])
def test_stamped_symbols_are_the_drawn_ones(press, both_ways, shape, size) -> None:
    grid = np.stack(np.meshgrid(np.arange(20) * 40 + 20.3, np.arange(10) * 40 + 20.6), -1)
    many = grid.reshape(-1, 2)

    def stamped(canvas: Canvas) -> None:
        canvas.symbols(many, shape, "#aa3311", size)

    def drawn(canvas: Canvas) -> None:
        draw_symbols(canvas._painter, many, shape, "#aa3311", size, "#ffffff")

    area = Size(800, 400)
    one, other = press.picture(area, stamped), press.picture(area, drawn)
    assert one[:, :, 3].any()
    assert difference(one, other) < 3


def test_a_half_seen_symbol_is_cut_at_the_border(press: QtPress, both_ways: str) -> None:
    at = np.array([[0.0, 50], [100, 50], [50, 0], [50, 100], [-40, 50], [np.nan, 3]] * 50)
    picture = press.picture(Size(100, 100), lambda c: c.symbols(at, "circle", "#ff0000", 20))
    solid = picture[:, :, 3] == 255
    assert solid[[50, 50, 0, 99], [0, 99, 50, 50]].all()
    assert not solid[20:80, 20:80].any()


def test_nothing_shows_outside_a_frame(press: QtPress, both_ways: str) -> None:
    places = np.array([[0.0, 0], [60, 60], [-30, 30], [30, -30]] * 40)

    def draw(canvas: Canvas) -> None:
        with canvas.frame(Pixel(20, 30), Size(60, 60)) as part, part.layer(0.5) as sheet:
            for inside in (part, sheet):
                inside.symbols(places, "square", "#ff0000", 30)
                inside.symbols(places[:4], "circle", "#00ff00", 30)
                inside.lines([np.array([[-50.0, 30], [150, 30]])], "#0000ff", 9)
                inside.areas([[places[:3]]], "#00ffff", "#000000", 5)
                inside.words(Pixel(50, 40), "Outside", "#000000", 20, halo="#ffffff")
                inside.image(np.full((90, 90, 4), 255, np.uint8), Pixel(-9, 30), 1)

    shown = press.picture(Size(100, 120), draw)[:, :, 3] > 0
    assert shown[30:90, 20:80].any()
    shown[30:90, 20:80] = False
    assert not shown.any()


def test_a_sheet_is_laid_on_as_one(press: QtPress, both_ways: str) -> None:
    def draw(canvas: Canvas) -> None:
        with canvas.layer(0.5) as sheet:
            for _ in range(3):
                sheet.lines([np.array([[0.0, 10], [40, 10]])], "#ff0000", 12)

    picture = press.picture(Size(40, 20), draw)
    assert picture[10, 20] == pytest.approx([128, 0, 0, 128], abs=2)


def test_a_translucent_line_does_not_darken_where_it_meets_itself(press, with_loops) -> None:
    line = np.array([[5.0, 5], [35, 5], [35, 15], [5, 15], [5, 5], [35, 5]])
    picture = press.picture(Size(40, 20), lambda c: c.lines([line], "#ff000080", 6))
    assert set(picture[5, 8:32, 3].tolist()) == {picture[5, 10, 3]}


def test_holes_are_empty(press: QtPress, both_ways: str) -> None:
    outer = np.array([[5.0, 5], [95, 5], [95, 95], [5, 95]])
    inner = np.array([[40.0, 40], [60, 40], [60, 60], [40, 60]])
    picture = press.picture(Size(100, 100), lambda c: c.areas([[outer, inner]], "#0000ff", "", 0))
    assert picture[20, 20].tolist() == [0, 0, 255, 255]
    assert picture[50, 50].tolist() == [0, 0, 0, 0]


def test_words_are_as_wide_as_they_say(press: QtPress) -> None:
    sizes = []

    def draw(canvas: Canvas) -> None:
        sizes.append(canvas.words_size("排污口 W-017", 20))
        canvas.words(Pixel(10, 20), "排污口 W-017", "#000000", 20)

    ink = press.picture(Size(300, 40), draw)[:, :, 3].nonzero()
    assert sizes[0][0] == pytest.approx(ink[1].max() - 10, abs=3)
    assert ink[0].mean() == pytest.approx(20, abs=3)


def test_eight_threads_paint_at_once(press: QtPress, both_ways: str) -> None:
    request = scene()
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda _: paint_picture(request, Silent()), range(16)))
    assert all((picture == pictures[0]).all() for picture in pictures)


def test_a_png_says_how_dense_it_is_and_not_when_it_was_made(press: QtPress) -> None:
    made = [press.png(Size(40, 30), 300, lambda c: None) for _ in range(2)]
    assert made[0] == made[1]
    assert b"pHYs" + (11811).to_bytes(4) + (11811).to_bytes(4) in made[0]
    assert b"tIME" not in made[0]


def test_a_pdf_keeps_lines_text_and_font(press: QtPress, tmp_path: Path) -> None:
    request = scene(warm=False)
    pdf = press.pdf((200, 150), 96, lambda canvas: request.paint(canvas, Silent()))
    parts = streams(pdf)
    page = max((content for head, content in parts if b"FontFile" not in head), key=len)
    assert page.count(b" l\n") > 500
    assert page.count(b"Tj") > 20
    assert not [head for head, _ in parts if b"/Subtype /Image" in head]
    assert b"GisappSans" in pdf
    assert b"FontFile2" in pdf
    if shutil.which("pdftotext"):
        file = tmp_path / "map.pdf"
        file.write_bytes(pdf)
        text = subprocess.run(
            ["pdftotext", file, "-"], check=True, capture_output=True, encoding="utf-8"
        ).stdout
        assert "二级保护区" in text
        assert "Ⅲ" in text
        assert "W-0" in text


def test_rasters_in_a_pdf_lose_nothing(press: QtPress) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 4), np.uint8)
    pixels[:, :, 3] = 255
    pdf = press.pdf((50, 50), 96, lambda c: c.image(pixels, Pixel(3, 3), 1))
    images = [content for head, content in streams(pdf) if b"/Subtype /Image" in head]
    assert pixels[:, :, :3].tobytes() in images


def test_the_same_page_is_the_same_bytes(press: QtPress, both_ways: str) -> None:
    request = scene()
    first, second = (
        press.pdf((200, 150), 150, lambda canvas: request.paint(canvas, Silent())) for _ in range(2)
    )
    assert first == second
