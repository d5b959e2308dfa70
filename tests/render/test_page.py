from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from gisapp.model.crs import geod, transform
from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.model.page import Page
from gisapp.model.progress import Silent
from gisapp.model.text import use_language
from gisapp.render import legend
from gisapp.render.camera import Camera
from gisapp.render.grid import angle_text, grid
from gisapp.render.page import paint_page, sheet_camera, sheet_of
from gisapp.render.request import RenderRequest
from gisapp.render.scale_bar import metres_per_pixel, round_length, scale_text
from tests.render.recording import Recording
from tests.render.scenes import CRS, EXTENT, scene

DPI = 96.0


def sheet(page: Page, request: RenderRequest | None = None) -> tuple[Recording, RenderRequest]:
    request = request or scene()
    camera = sheet_camera(page, request.camera, DPI)
    request = replace(request, camera=camera)
    canvas = Recording(sheet_of(page, DPI).size)
    paint_page(
        page, request, canvas, Silent(), dots_per_inch=DPI, sources=["Made up"], maker="gisapp"
    )
    return canvas, request


PAGES = [
    Page("排污口分布图", date="2026-03-15", note="虚构数据"),
    Page("Outfalls", landscape=False, date="15 March 2026", note="Fictional"),
    Page("Outfalls", paper="A3", legend=False),
    Page("A title that is far too long for one line of the paper " * 3, landscape=False),
    Page(grid=False, north_arrow=False),
    Page("Bare", legend=False, scale_bar=False, north_arrow=False, grid=False),
]


@pytest.mark.parametrize("page", PAGES, ids=range(len(PAGES)))
def test_everything_is_on_the_paper_and_nothing_on_anything(page: Page) -> None:
    canvas, _ = sheet(page)
    width, height = sheet_of(page, DPI).size
    inside = [told for told in canvas.boxes if not _on_map(told, page)]
    for text, left, top, right, bottom in inside:
        assert left > 15, text
        assert top > 15, text
        assert right < width - 15, text
        assert bottom < height - 15, text
    for (one, *a), (other, *b) in combinations(inside, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (one, other)


def _on_map(told, page: Page) -> bool:
    frame = sheet_of(page, DPI).map
    _, left, top, right, bottom = told
    return (
        frame.left < (left + right) / 2 < frame.right
        and frame.top < (top + bottom) / 2 < frame.bottom
    )


def test_the_sheet_says_what_it_is() -> None:
    canvas, _ = sheet(PAGES[0])
    said = "\n".join(canvas.texts)
    for words in ("排污口分布图", "2026-03-15", "虚构数据", "EPSG:4547", "Made up", "gisapp", "N"):
        assert words in said


def test_the_extent_asked_for_is_seen_at_a_round_scale() -> None:
    extent = Extent(500_200, 2_560_200, 500_700, 2_560_500)
    page = Page(extent=extent)
    camera = sheet_camera(page, scene().camera, DPI)
    view = camera.extent
    assert view.left <= extent.left
    assert view.right >= extent.right
    assert view.bottom <= extent.bottom
    assert view.top >= extent.top
    number = metres_per_pixel(camera) * DPI / 0.0254
    digits = f"{number:.6e}".split("e")[0].rstrip("0").rstrip(".")
    assert float(digits) in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8)


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4490", "EPSG:3857"])
def test_the_scale_is_true_on_the_ground_at_the_centre(crs: str) -> None:
    corners = np.array([[113.9, 23.1], [114.1, 23.2]])
    (left, bottom), (right, top) = transform(corners, "EPSG:4490", crs)
    camera = Camera.fit(Extent(left, bottom, right, top), Size(800, 600), crs)
    ends = [camera.to_map(Pixel(x, 300)) for x in (300, 500)]
    (x0, y0), (x1, y1) = transform(np.array(ends), crs, "EPSG:4326")
    ground = geod(crs).inv(x0, y0, x1, y1)[2]
    assert metres_per_pixel(camera) * 200 == pytest.approx(ground, rel=1e-5)


def test_the_bar_is_as_long_as_it_says() -> None:
    canvas, request = sheet(Page(grid=False, legend=False, north_arrow=False))
    ((total,),) = [[told[1] for told in canvas.all("words") if told[1].endswith(" m")]]
    bars = [path[0] for _, paths, *_ in canvas.all("areas") for path in paths][-5:]
    long = max(bar[:, 0].max() for bar in bars) - min(bar[:, 0].min() for bar in bars)
    metres = float(total.removesuffix(" m"))
    assert long * metres_per_pixel(request.camera) == pytest.approx(metres, rel=1e-6)


def test_round_lengths() -> None:
    assert [round_length(value) for value in (9.99, 10, 49, 0.3)] == [5, 10, 20, pytest.approx(0.2)]
    camera = Camera.fit(EXTENT, Size(1000, 1000), CRS, margin=1.0)
    assert scale_text(camera, 96).startswith("1 : 3 7")


def test_a_grid_in_metres_is_at_round_metres() -> None:
    camera = Camera.fit(EXTENT, Size(500, 500), CRS, margin=1.0)
    lines = [line for line in grid(camera, 90) if line.way == "up"]
    assert [line.text for line in lines] == [
        f"{x:,}".replace(",", " ") for x in range(500_000, 501_001, 200)
    ]
    assert [line.at for line in lines] == pytest.approx([0, 100, 200, 300, 400, 500])


def test_a_grid_in_degrees_is_at_round_minutes_and_seconds() -> None:
    camera = Camera.fit(Extent(114.0, 23.0, 114.01, 23.01), Size(500, 500), "EPSG:4490", margin=1)
    texts = [line.text for line in grid(camera, 90) if line.way == "up"]
    assert texts == ["114°00′00″E", "114°00′10″E", "114°00′20″E", "114°00′30″E"]


def test_angles() -> None:
    assert angle_text(-70.5, "EW", 0.5) == "70°30′W"
    assert angle_text(31, "NS", 1) == "31°N"
    assert angle_text(-0.0002777, "NS", 1 / 3600) == "0°00′01″S"


def test_the_legend_has_only_what_is_in_view() -> None:
    request = scene()
    all_titles = {row.text for row in legend.rows(request)}
    near = Camera.fit(Extent(500_100, 2_560_160, 500_140, 2_560_200), Size(100, 100), CRS)
    few = [row.text for row in legend.rows(replace(request, camera=near))]
    assert {"热红外", "断面", "河流", "保护区", "排污口"} <= all_titles
    assert "断面" in few
    assert "排污口" not in few


def test_hidden_layers_have_no_row() -> None:
    request = scene()
    hidden = tuple(replace(layer, visible=False) for layer in request.layers)
    assert legend.rows(replace(request, layers=hidden)) == ()


def test_the_legend_speaks_the_language() -> None:
    use_language("zh_CN")
    try:
        texts = {row.text for row in legend.rows(scene())}
    finally:
        use_language("en")
    assert "疑似" in texts
    assert "Suspected" not in texts


def test_a_legend_that_is_too_long_says_how_many_are_missing() -> None:
    listed = legend.rows(scene())
    short = legend.fitting(listed, legend.height(listed) / 2)
    assert legend.height(short) <= legend.height(listed) / 2
    shown = sum(row.kind != "head" for row in short)
    total = sum(row.kind != "head" for row in listed)
    assert str(total - shown) in short[-1].text


def test_north_is_true_north() -> None:
    """East of the central meridian grid north and true north differ: the arrow leans."""
    far = Extent(800_000, 5_000_000, 801_000, 5_001_000)
    request = scene()
    request = replace(request, camera=Camera.fit(far, Size(600, 400), CRS))
    canvas, _ = sheet(Page(legend=False, scale_bar=False, grid=False), request)
    arrow = canvas.all("areas")[-1][1][0][0]
    tip, tail = arrow[0], arrow[2]
    lean = np.degrees(np.arctan2(tip[0] - tail[0], tail[1] - tip[1]))
    assert lean == pytest.approx(-2.67, abs=0.3)


@pytest.mark.parametrize("turn", [30.0, 90.0, 200.0, 315.0])
def test_a_turned_map_is_turned_on_paper_too(turn: float) -> None:
    request = scene()
    request = replace(request, camera=request.camera.turned(turn))
    canvas, shown = sheet(Page("Turned"), request)
    camera = shown.camera
    assert camera.rotation == turn
    assert np.allclose(camera.center, request.camera.center)
    width, height = request.camera.size
    for corner in ((0, 0), (width, 0), (0, height), (width, height)):  # nothing is lost
        x, y = camera.to_screen(request.camera.to_map(Pixel(*corner)))
        assert -1e-6 <= x <= camera.size.width + 1e-6
        assert -1e-6 <= y <= camera.size.height + 1e-6
    # the arrow points where a step to the north goes in the picture
    a = np.array(camera.to_screen(camera.center))
    north = camera.center._replace(y=camera.center.y + 100 * camera.resolution)
    step = np.array(camera.to_screen(north)) - a
    boxes = {text: (left, top, right, bottom) for text, left, top, right, bottom in canvas.boxes}
    left, top, right, bottom = boxes["N"]
    frame = sheet_of(Page("Turned"), DPI)
    middle = np.array([frame.column.right - 20, frame.column.top + 27])
    arrow = np.array([(left + right) / 2, (top + bottom) / 2]) - middle
    cos = (step @ arrow) / np.hypot(*step) / np.hypot(*arrow)
    assert cos > 0.999
    # lines of the grid run with the map, their numbers outside of the frame
    numbers = [text for text in canvas.texts if text.replace(" ", "").isdigit() and len(text) > 5]
    assert len(numbers) >= 4


def test_a_sheet_of_a_kept_extent_has_north_up() -> None:
    turned = scene().camera.turned(30)
    assert sheet_camera(Page(extent=EXTENT), turned, DPI).rotation == 0
