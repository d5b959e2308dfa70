from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gisapp.model.errors import ProjectError
from gisapp.model.features import Shapes, point_shapes
from gisapp.model.geometry import Extent, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    PictureStyle,
    PointStyle,
    ThermalStyle,
)
from gisapp.model.survey import OUTFALL_STYLE
from gisapp.render.camera import Camera
from gisapp.render.labels import measure_of, place_labels, write_labels
from gisapp.render.painters import (
    paint_areas,
    paint_lines,
    paint_picture,
    paint_points,
    paint_thermal,
)
from gisapp.render.ramps import RAMPS, ramp
from gisapp.render.request import RenderRequest
from tests.render.recording import Recording
from tests.render.scenes import CRS, EXTENT, FILE, ORIGIN, Warm, features, outfalls, rivers, zones

SIZE = Size(400, 400)
CAMERA = Camera.fit(EXTENT, SIZE, CRS, margin=1.0)
TWO = (Category("a", "A", "甲", "#111111"), Category("b", "B", "乙", "#222222", shape="diamond"))


def painted(painter, style, data, camera: Camera = CAMERA) -> Recording:
    canvas = Recording(camera.size)
    layer = Layer("Layer", FILE, style)
    painter(layer, data, camera, canvas, Silent())
    view = RenderRequest(camera, (layer,), {layer.id: data}, {})
    write_labels(canvas, place_labels(view, measure_of(canvas), (), Silent()), camera)
    return canvas


def places(*xy: tuple[float, float]) -> Shapes:
    return point_shapes(np.array(xy, np.float64) + ORIGIN)


def test_colour_is_the_category_and_the_first_lies_on_top() -> None:
    data = features(places((100, 100), (200, 200), (300, 300)), {"kind": ["a", "b", "other"]})
    style = PointStyle(color="#999999", size=10, by="kind", categories=TWO)
    told = painted(paint_points, style, data).all("symbols")
    assert {(shape, fill) for _, _, shape, fill, _ in told} == {
        ("diamond", "#222222"),
        ("circle", "#111111"),
        ("circle", "#999999"),
    }
    order = [fill for _, _, _, fill, _ in told]
    assert order.index("#111111") > order.index("#222222")


def test_shape_is_the_kind() -> None:
    data = features(places((100, 100), (200, 200)), {"kind": ["suspected", "outfall"]})
    style = PointStyle(
        shape_by="kind", shapes=(("suspected", "triangle"), ("outfall", "circle")), label=""
    )
    shapes = {
        told[2]: told[1].round().tolist()
        for told in painted(paint_points, style, data).all("symbols")
    }
    assert shapes == {"triangle": [[40, 360]], "circle": [[80, 320]]}


def test_points_out_of_view_and_without_a_place_are_left_out() -> None:
    data = features(places((500, 500), (99_999, 500), (np.nan, np.nan)), {})
    (told,) = painted(paint_points, PointStyle(), data).all("symbols")
    assert told[1].tolist() == [[200, 200]]


def test_sizes_follow_the_screen() -> None:
    data = features(places((500, 500)), {})
    sharp = CAMERA.resized(Size(800, 800), 2.0)
    (told,) = painted(paint_points, PointStyle(size=12), data, sharp).all("symbols")
    assert told[4] == 24


def test_a_class_is_written_inside_as_a_roman_numeral() -> None:
    data = features(places((100, 100), (300, 300)), {"target": [3, "劣Ⅴ"]})
    style = PointStyle(shape="square", size=20, color="#f59e0b", inside="target")
    assert painted(paint_points, style, data).texts == ["Ⅲ", "劣Ⅴ"]


def test_labels_lie_neither_on_each_other_nor_on_symbols() -> None:
    data = outfalls(120)
    canvas = painted(paint_points, OUTFALL_STYLE, data)
    assert len(canvas.boxes) > 40
    for (_, *one), (_, *other) in combinations(canvas.boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    at = CAMERA.to_pixels(data.shapes.coords)
    for _, left, top, right, bottom in canvas.boxes:
        inside = (at[:, 0] > left) & (at[:, 0] < right) & (at[:, 1] > top) & (at[:, 1] < bottom)
        assert not inside.any()


def test_very_many_points_have_no_labels() -> None:
    canvas = painted(paint_points, OUTFALL_STYLE, outfalls(5000))
    assert not canvas.texts
    assert sum(len(told[1]) for told in canvas.all("symbols")) == 5000


def test_a_column_that_is_gone_is_no_reason_to_draw_nothing() -> None:
    data = features(places((100, 100)), {})
    style = PointStyle(color="#abcdef", by="lost", categories=TWO, label="lost", inside="lost")
    canvas = painted(paint_points, style, data)
    assert [told[3] for told in canvas.all("symbols")] == ["#abcdef"]
    assert not canvas.texts


def test_lines_are_wider_with_the_root_of_the_value(both_ways: str) -> None:
    told = painted(paint_lines, LineStyle(width=8, width_by="flow"), rivers(40)).all("lines")
    widths = [width for *_, width in told]
    assert widths == sorted(widths)
    assert widths[-1] == 8
    assert sum(len(parts) for _, parts, *_ in told) <= 40


def test_a_line_keeps_its_ends_and_loses_what_nobody_sees(both_ways: str) -> None:
    xs = np.linspace(0, 1000, 50_001)
    line = np.column_stack([xs, np.full_like(xs, 500.0)]) + ORIGIN
    data = features(Shapes("line", line, np.array([0, len(line)]), np.array([0])), {})
    ((_, (part,), *_),) = painted(paint_lines, LineStyle(), data).all("lines")
    assert part[0] == pytest.approx([0, 200])
    assert part[-1] == pytest.approx([400, 200])
    assert len(part) < 1000


def test_a_name_is_written_once_along_its_river(both_ways: str) -> None:
    xs = np.linspace(0, 1000, 20)
    one = np.column_stack([xs, np.full_like(xs, 300.0)]) + ORIGIN
    two = np.column_stack([xs, np.full_like(xs, 700.0)]) + ORIGIN
    shapes = Shapes("line", np.vstack([one, two]), np.array([0, 20, 40]), np.array([0, 1]))
    data = features(shapes, {"name": ["Qing", "Qing"]})
    assert painted(paint_lines, LineStyle(label="name"), data).texts == ["Qing"]


def test_an_area_comes_with_its_holes(both_ways: str) -> None:
    style = AreaStyle(by="level", categories=(Category("1", "First", "一级", "#0000ff33"),))
    told = painted(paint_areas, style, zones()).all("areas")
    assert [(fill, [len(path) for path in paths]) for _, paths, fill, *_ in told] == [
        ("#0000ff33", [2]),
        (style.fill, [1]),
        ("", [2, 1]),  # all outlines, over all fills
    ]


def test_a_huge_area_is_cut_to_the_picture(both_ways: str) -> None:
    near = Camera.fit(Extent(500_299, 2_560_589, 500_301, 2_560_591), SIZE, CRS)
    ((_, ((hull, hole),), *_), *_) = painted(paint_areas, AreaStyle(), zones(), near).all("areas")
    assert abs(hull).max() < 1000
    assert abs(hole).max() < 1000
    assert np.ptp(hull, axis=0).tolist() == [528, 528]
    assert hole[:, 1].min() == pytest.approx(200, abs=30)


def test_an_area_whose_box_only_is_in_view_is_no_matter(both_ways: str) -> None:
    corner = np.array([[0.0, 0], [1e6, 0], [0, 1e6], [0, 0]]) + ORIGIN
    data = features(Shapes("area", corner, np.array([0, 4]), np.array([0])), {"name": ["Far"]})
    far = Camera.fit(Extent(1_400_000, 3_460_000, 1_400_100, 3_460_100), SIZE, CRS)
    canvas = painted(paint_areas, AreaStyle(label="name"), data, far)
    assert not canvas.texts


def test_no_value_is_no_colour_and_the_ends_are_the_ends() -> None:
    style = ThermalStyle("inferno", 10, 20)
    ((_, pixels, _, _),) = painted(paint_thermal, style, Warm()).all("image")
    assert (pixels[:30, :, 3] == 0).all()
    assert (pixels[60:, :, 3] == 255).all()
    assert pixels[200, 0].tolist() == ramp("inferno")[0].tolist()
    assert pixels[200, -1].tolist() == ramp("inferno")[-2].tolist()
    middle = pixels[200, round((15 - 8) / 18 * 400)].astype(int)
    assert abs(middle - ramp("inferno")[512].astype(int)).max() < 6


UNEVEN = ("gray_inverted", "rainbow", "blue_red")  # falls, and rise and fall again


@pytest.mark.parametrize("name", [name for name in RAMPS if name not in UNEVEN])
def test_ramps_rise_in_lightness(name: str) -> None:
    colors = ramp(name)[:-1].astype(float)
    light = colors[:, :3] @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light[::32]) > -1).all()
    assert light[-1] > light[0] + 100


def test_a_picture_is_shown_as_it_is() -> None:
    ((_, pixels, _, _),) = painted(paint_picture, PictureStyle(), Warm()).all("image")
    assert pixels[0, 0].tolist() == [90, 120, 60, 255]


@pytest.mark.parametrize(
    ("painter", "style", "data"),
    [(paint_points, PointStyle(), Warm()), (paint_thermal, ThermalStyle(), outfalls(2))],
)
def test_a_style_that_does_not_suit_the_data_is_said(painter, style, data) -> None:
    with pytest.raises(ProjectError) as caught:
        painted(painter, style, data)
    assert caught.value.hint


def test_painting_stops_when_told_to() -> None:
    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    layer = Layer("Layer", FILE, OUTFALL_STYLE)
    with pytest.raises(Cancelled):
        paint_points(layer, outfalls(100), CAMERA, Recording(), Stopped())


def test_numbers_are_categories_too() -> None:
    style = PointStyle(by="level", categories=(Category("3", "Third", "三", "#333333"),))
    for column in ([3, 4], np.array([3.0, 4.0]), np.array([3, 4])):
        data = features(places((100, 100), (200, 200)), {"level": column})
        fills = {told[3] for told in painted(paint_points, style, data).all("symbols")}
        assert fills == {"#333333", style.color}


def test_an_edited_column_is_read_anew() -> None:
    style = PointStyle(by="kind", categories=TWO)
    shapes = places((100, 100))
    first = features(shapes, {"kind": ["a"]})
    later = features(shapes, {"kind": ["b"]})
    fills = [
        painted(paint_points, style, data).all("symbols")[0][3] for data in (first, later, first)
    ]
    assert fills == ["#111111", "#222222", "#111111"]
