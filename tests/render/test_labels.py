"""Labels: none on another, none that jumps, the same every time, and never too much work."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.geometry import Pixel, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, Style
from gisapp.render import label_features, labels
from gisapp.render.camera import Camera
from gisapp.render.colours import lightness
from gisapp.render.detail_building import build_detail
from gisapp.render.label_room import EDGE, cuts
from gisapp.render.label_words import Candidate, Label, box_of, places_of
from gisapp.render.labels import measure_of, place_labels, register_labeller, write_labels
from gisapp.render.request import RenderRequest
from tests.render.recording import Recording
from tests.render.scenes import CRS, EXTENT, FILE, ORIGIN, features, outfalls, rivers, zones

CAMERA = Camera.fit(EXTENT, Size(800, 600), CRS)
MEASURE = measure_of(Recording())
POINTS = Layer("Outfalls", FILE, PointStyle(label="code_local"))
LINES = Layer("Rivers", FILE, LineStyle(label="name"), role="rivers")
AREAS = Layer("Zones", FILE, AreaStyle(label="name"))


def asked(camera: Camera, *pairs: tuple[Layer, Any], **more: Any) -> RenderRequest:
    layers = tuple(layer for layer, _ in pairs)
    return RenderRequest(camera, layers, {layer.id: data for layer, data in pairs}, {}, **more)


def placed(view: RenderRequest, kept: tuple[Label, ...] = ()) -> tuple[Label, ...]:
    return place_labels(view, MEASURE, kept, Silent())


def boxes(found: tuple[Label, ...], camera: Camera) -> list[list[tuple[float, ...]]]:
    return [places_of(label, camera, MEASURE) for label in found]


def meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def line(*xy: tuple[float, float]) -> np.ndarray:
    return np.array(xy, np.float64) + ORIGIN


def named(lines: list[np.ndarray], names: list[str]) -> Features:
    starts = np.cumsum([0, *map(len, lines)])
    shapes = Shapes("line", np.concatenate(lines), starts, np.arange(len(lines)))
    return features(shapes, {"name": names})


@settings(deadline=None, max_examples=8)
@given(
    st.integers(1, 400), st.integers(0, 9), st.sampled_from([0.0, 17.0, 90.0, 200.0]),
    st.sampled_from([1.0, 2.0]),
)  # fmt: skip
def test_no_two_labels_lie_on_each_other(count, seed, rotation, ratio) -> None:
    camera = CAMERA.resized(Size(int(800 * ratio), int(600 * ratio)), ratio).turned(rotation)
    view = asked(
        camera, (AREAS, zones()), (LINES, rivers(8, seed=seed)), (POINTS, outfalls(count, seed))
    )
    found = placed(view)
    assert found
    for one, other in combinations(boxes(found, camera), 2):
        assert not any(meet(a, b) for a in one for b in other)
    for box in boxes(found, camera):
        for left, top, right, bottom in box:
            assert left >= 0
            assert top >= 0
            assert right <= camera.size.width
            assert bottom <= camera.size.height


SEEN = (128.0, 128.0, 928.0, 728.0)  # of a picture with a margin around the view
WIDE = replace(CAMERA, size=Size(1056, 856))


def cut(found: tuple[Label, ...], camera: Camera) -> set[str]:
    """Names through which the edge of SEEN runs."""
    wrong = set()
    for label in found:
        left, top, right, bottom = box_of(label, camera, MEASURE)
        if meet((left, top, right, bottom), SEEN) and not (
            left >= SEEN[0] and top >= SEEN[1] and right <= SEEN[2] and bottom <= SEEN[3]
        ):
            wrong.add(label.text)
    return wrong


@pytest.mark.parametrize(
    ("seed", "dx", "dy", "turn"), [(0, 0, 4, 0), (1, -120, 57, 0), (2, 33, -91, 30), (3, 7, 0, 90)]
)
def test_the_edge_of_a_view_at_rest_cuts_no_label(seed, dx, dy, turn) -> None:
    camera = WIDE.turned(turn)
    pairs = ((AREAS, zones()), (LINES, rivers(8, seed=seed)), (POINTS, outfalls(150, seed)))
    first = place_labels(asked(camera, *pairs), MEASURE, (), Silent(), SEEN)
    assert first
    assert cut(first, camera) == set()
    moved = camera.panned(dx, dy)
    view = asked(moved, *pairs)
    halfway = place_labels(view, MEASURE, first, Silent(), SEEN, moving=True)
    assert cut(halfway, moved) <= {label.text for label in first}  # nothing new is cut
    rests = place_labels(view, MEASURE, halfway, Silent(), SEEN, moving=False)
    assert cut(rests, moved) == set()
    near = {la for la in halfway if cuts(SEEN, places_of(la, moved, MEASURE), EDGE)}
    whole = set(halfway) - near
    assert whole <= set(rests)  # what lies well stays where it is


def test_the_same_view_has_the_same_labels() -> None:
    view = asked(CAMERA, (AREAS, zones()), (LINES, rivers(8)), (POINTS, outfalls(300)))
    assert placed(view) == placed(view)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 9), st.integers(-300, 300), st.integers(-300, 300), st.booleans())
def test_labels_stay_where_they_are_while_the_map_is_moved(seed, dx, dy, turned) -> None:
    camera = CAMERA.turned(30) if turned else CAMERA
    pairs = ((AREAS, zones()), (LINES, rivers(8, seed=seed)), (POINTS, outfalls(200, seed)))
    first = placed(asked(camera, *pairs))
    moved = camera.panned(dx, dy)
    later = set(placed(asked(moved, *pairs), first))
    for label, places in zip(first, boxes(first, moved), strict=True):
        point = moved.to_screen(label.anchor)
        seen = [p for p in places if meet(p, (0, 0, *moved.size))]
        if seen and meet(
            (*point, *point), (-50, -50, moved.size.width + 50, moved.size.height + 50)
        ):
            assert label in later


def test_a_label_moves_with_its_point_and_goes_with_it() -> None:
    points = outfalls(20)
    first = placed(asked(CAMERA, (POINTS, points)))
    coords = points.shapes.coords.copy()
    coords[3] += (30, 0)
    moved = features(point_shapes(coords), dict(points.columns))
    later = {label.key[1]: label for label in placed(asked(CAMERA, (POINTS, moved)), first)}
    before = {label.key[1]: label for label in first}
    assert later["id3"].anchor == tuple(coords[3])
    assert before["id5"] == later["id5"]
    fewer = outfalls(3)
    assert {label.key[1] for label in placed(asked(CAMERA, (POINTS, fewer)), first)} <= {
        "id0",
        "id1",
        "id2",
    }


def test_another_scale_is_another_placing() -> None:
    first = placed(asked(CAMERA, (POINTS, outfalls(50))))
    near = CAMERA.zoomed(3, Pixel(400, 300))
    assert all(
        label.placed_for(near) for label in placed(asked(near, (POINTS, outfalls(50))), first)
    )


def test_what_is_selected_is_labelled_first() -> None:
    rng = np.random.default_rng(1)
    crowd = features(
        point_shapes(rng.normal(500, 4, (200, 2)) + ORIGIN),
        {"code_local": [f"W-{n:03d}" for n in range(200)]},
    )
    without = {label.key[1] for label in placed(asked(CAMERA, (POINTS, crowd)))}
    missing = next(f"id{n}" for n in range(200) if f"id{n}" not in without)
    chosen = {POINTS.id: frozenset({missing})}
    with_it = placed(asked(CAMERA, (POINTS, crowd), selected=chosen))
    assert missing in {label.key[1] for label in with_it}


def test_stations_come_before_other_points_and_upper_layers_before_lower() -> None:
    spot = point_shapes(np.array([[500.0, 500.0]] * 2) + ORIGIN)
    data = features(spot, {"name": ["a long name that fills the room", "another long name here"]})
    crowd = features(
        point_shapes(np.random.default_rng(2).normal(500, 30, (90, 2)) + ORIGIN),
        {"code_local": ["W"] * 90},
    )
    station = Layer("Stations", FILE, PointStyle(label="name"), role="stations")
    found = placed(asked(CAMERA, (station, data), (POINTS, crowd)))
    assert found[0].key[0] == station.id
    below, above = (Layer(name, FILE, PointStyle(label="name")) for name in "ba")
    found = placed(asked(CAMERA, (below, data), (above, data)))
    assert found[0].key[0] == above.id


def test_very_many_points_are_thinned_out_and_few_values_are_read(monkeypatch) -> None:
    points, read = outfalls(60_000), []
    taken = label_features.points_in(points, CAMERA)[0]
    assert len(taken) <= label_features.MOST
    texts = labels.label_points.__globals__["texts"]

    def counted(data, name, rows):
        read.append(len(rows))
        return texts(data, name, rows)

    monkeypatch.setitem(labels.label_points.__globals__, "texts", counted)
    found = placed(asked(CAMERA, (POINTS, points)))
    assert len(found) > 50
    assert sum(read) <= label_features.MOST


def test_thinning_out_is_the_same_wherever_the_view_is() -> None:
    points = outfalls(60_000)
    here = label_features.points_in(points, CAMERA)[0]
    there = label_features.points_in(points, CAMERA.panned(5, 5))[0]
    both = CAMERA.panned(5, 5).extent
    at = points.shapes.coords[here]
    shared = (at[:, 0] >= both.left) & (at[:, 0] <= both.right)
    shared &= (at[:, 1] >= both.bottom) & (at[:, 1] <= both.top)
    assert set(here[shared]) <= set(there)


def test_a_chinese_name_stands_apart_along_its_river_and_never_on_its_head() -> None:
    for turn in range(0, 360, 15):
        angle = np.radians(turn)
        way = np.column_stack([np.cos(angle), np.sin(angle)]) * np.linspace(-450, 450, 60)[:, None]
        data = named([way + ORIGIN + 500], ["清溪河"])
        (label,) = placed(asked(CAMERA, (LINES, data)))[:1]
        assert [letter.text for letter in label.letters] == ["清", "溪", "河"]
        assert all(abs(letter.angle) <= 46 for letter in label.letters)
        spots = np.array([CAMERA.to_screen(letter.at) for letter in label.letters])
        steps = np.diff(spots, axis=0)
        assert (np.hypot(*steps.T) > 14).all()
        right, down = steps.sum(axis=0)
        assert right > -1e-6 if abs(right) >= abs(down) else down > 0


@pytest.mark.parametrize("rotation", [0, 70, 135, 250])
def test_a_latin_name_follows_the_bend_from_left_to_right(rotation) -> None:
    turn = np.linspace(0.2, np.pi - 0.2, 200)
    arc = np.column_stack([np.cos(turn), np.sin(turn)]) * 350 + ORIGIN + (500, 300)
    camera = CAMERA.turned(rotation)
    found = placed(asked(camera, (LINES, named([arc], ["Long Meandering River"]))))
    assert found
    for label in found:
        turns = [letter.angle + rotation for letter in label.letters]
        turns = [(angle + 180) % 360 - 180 for angle in turns]
        assert all(abs(angle) <= 90 for angle in turns)
        assert "".join(letter.text for letter in label.letters) == "Long Meandering River"
        spots = np.array([camera.to_screen(letter.at) for letter in label.letters])
        if len(spots) > 1:
            assert spots[-1, 0] > spots[0, 0]
            assert abs(np.diff(turns)).max() <= 26


def test_reaches_of_one_name_bear_it_together_and_again_when_they_are_long() -> None:
    xs = np.linspace(0, 1000, 201)
    whole = np.column_stack([xs, 500 + 20 * np.sin(xs / 90)]) + ORIGIN
    reaches = [whole[n : n + 6] if n % 10 else whole[n : n + 6][::-1] for n in range(0, 200, 5)]
    data = named(reaches, ["Qing"] * len(reaches))
    assert len(placed(asked(CAMERA, (LINES, data)))) == 1
    wide = Camera.fit(EXTENT, Size(3000, 400), CRS).zoomed(7, Pixel(1500, 200))
    found = placed(asked(wide, (LINES, data)))
    assert len(found) >= 3
    at = np.array([wide.to_screen(label.anchor) for label in found])
    for one, other in combinations(at, 2):
        assert np.hypot(*(one - other)) >= 799


def test_an_areas_name_lies_inside_it_not_in_its_hole() -> None:
    data = zones()
    (one, two) = sorted(placed(asked(CAMERA, (AREAS, data))), key=lambda label: label.key[1])
    for label, (middle, inner, outer) in (
        (one, ((300, 500), 90, 220)),
        (two, ((760, 620), 0, 150)),
    ):
        away = np.hypot(*(np.array(label.anchor) - ORIGIN - middle))
        assert inner < away < outer or (inner == 0 and away < outer)


def test_an_area_too_small_for_its_name_has_none() -> None:
    far = Camera.fit(EXTENT, Size(60, 60), CRS)
    assert not placed(asked(far, (AREAS, zones())))


def test_labels_are_written_for_a_camera_that_moves_on() -> None:
    found = placed(asked(CAMERA, (POINTS, outfalls(5))))
    for camera in (CAMERA, CAMERA.panned(40, 0), CAMERA.zoomed(2, Pixel(0, 0)), CAMERA.turned(40)):
        canvas = Recording(camera.size)
        write_labels(canvas, found, camera)
        assert canvas.texts == [label.text for label in found]
        place = canvas.boxes[0]
        at = camera.to_screen(found[0].anchor)
        assert place[1] - 40 < at.x < place[3] + 40


def test_placing_stops_when_told_to() -> None:
    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        place_labels(asked(CAMERA, (POINTS, outfalls(5))), MEASURE, (), Stopped())


class HeatStyle(Style):
    """A style somebody brings along."""


def test_another_style_can_have_labels_too(monkeypatch) -> None:
    monkeypatch.setattr(labels, "_labellers", dict(labels._labellers))

    def label_heat(layer, data, ask):
        key = layer.id, "hot"
        made = ask.label(key, "hot", ask.camera.center)
        place = places_of(made, ask.camera, ask.measure)
        yield Candidate(key, (1.0,), lambda far: [(place, lambda: made)], lambda label: True)

    register_labeller(HeatStyle, label_heat)
    layer = Layer("Heat", FILE, HeatStyle())
    assert [label.text for label in placed(asked(CAMERA, (layer, object())))] == ["hot"]


def test_hidden_layers_and_lost_columns_have_no_labels() -> None:
    hidden = replace(POINTS, visible=False)
    assert not placed(asked(CAMERA, (hidden, outfalls(5))))
    for layer, data in ((POINTS, outfalls(5)), (LINES, rivers(3)), (AREAS, zones())):
        lost = replace(layer, style=replace(layer.style, label="lost"))
        assert not placed(asked(CAMERA, (lost, data)))


def prepared(data: Features) -> Features:
    data.keep_detail(build_detail(data.shapes_in(CRS), CRS, Silent()))
    return data


@pytest.mark.parametrize("rotation", [0.0, 40.0])
def test_prepared_geometry_gives_the_same_labels(with_loops, rotation) -> None:
    camera = CAMERA.turned(rotation)
    for layer, make in (
        (POINTS, lambda: outfalls(300)),
        (AREAS, zones),
        (LINES, lambda: rivers(8)),
    ):
        plain = placed(asked(camera, (layer, make())))
        quick = placed(asked(camera, (layer, prepared(make()))))
        assert [label.key for label in plain] == [label.key for label in quick]
        for one, other in zip(plain, quick, strict=True):
            away = np.subtract(camera.to_screen(one.anchor), camera.to_screen(other.anchor))
            assert np.hypot(*away) < 3


def test_very_many_prepared_points_are_thinned_out_along_the_curve(with_loops) -> None:
    points = prepared(outfalls(50_000))
    rows, at, count = label_features.points_in(points, CAMERA)
    assert count == 50_000
    assert label_features.MOST / 2 < len(rows) <= label_features.MOST
    assert (points.shapes.coords[rows] == at).all()
    crowded = np.histogram2d(*at.T, bins=8)[0]
    assert crowded.min() > 0.5 * crowded.mean()
    assert len(placed(asked(CAMERA, (POINTS, points)))) > 50


def test_of_very_many_lines_the_longest_are_looked_at(with_loops) -> None:
    for data in (rivers(4000, 6), prepared(rivers(4000, 6))):
        seen = label_features.Seen.of(data, CAMERA, 8, 500)
        assert len(seen) == 500
        assert (np.diff(seen.sizes) <= 1).all()
        assert placed(asked(CAMERA, (LINES, data)))


def test_on_a_dark_ground_names_are_light_with_a_dark_halo() -> None:
    found = placed(asked(CAMERA, (LINES, rivers(8)), (POINTS, outfalls(20))))
    for dark in (False, True):
        canvas = Recording()
        write_labels(canvas, found, CAMERA, dark=dark)
        inks = {(told[2], told[5]) for told in canvas.all("words")}
        assert inks
        for ink, halo in inks:
            of_halo = ink in ("#ffffffe6", "#12161ad9")  # the first of two passes
            assert of_halo or (lightness(ink) > 0.8) is dark
            assert not halo or (lightness(halo) < 0.2) is dark
