"""A flight in a project: its folder and layers, and what is made anew when something is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from gisapp.app import flight_mosaic
from gisapp.app.flight_dragging import dragged
from gisapp.app.flight_import import (
    change_flight,
    crs_of_flight,
    flights_of,
    import_flight,
    level_flight,
    looks_like_flight,
    open_flight,
    safe_folder_name,
)
from gisapp.app.flight_layers import (
    SCALE,
    compare_edit,
    follow_edit,
    frame_edit,
    frame_layer,
    levelled_edit,
    limits_of,
    placed_edit,
    shows_before,
)
from gisapp.app.flight_points import frames_at
from gisapp.app.flight_remaking import touched_by, with_parameters
from gisapp.app.layer_import import with_option
from gisapp.io.thermal_frame import open_source
from gisapp.model.crs import transform_extent
from gisapp.model.errors import ReadError
from gisapp.model.frame import FrameFacts
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.model.thermal_image import ThermalParameters
from tests.flight_files import make_flight_files, true_poses
from tests.flight_project import OPTIONS, FlightPlace, make_levelled, make_place

ROUNDED_C = 0.05  # flight.json keeps millimetres, which edges of the scene show

UTM = "EPSG:32650"


@pytest.fixture(scope="module")
def levelled(tmp_path_factory: pytest.TempPathFactory) -> FlightPlace:
    return make_levelled(tmp_path_factory.mktemp("levelled"))


@pytest.fixture
def place(levelled: FlightPlace, tmp_path: Path) -> FlightPlace:
    return levelled.copied(tmp_path / "copy")


def mosaic_of(place: FlightPlace) -> np.ndarray:
    path = place.opened().mosaic
    assert path is not None
    with rasterio.open(path) as file:
        return np.asarray(file.read(1))


def test_frames_are_told_as_they_are_found_and_a_second_import_is_the_same_flight(
    tmp_path: Path,
) -> None:
    place = make_place(tmp_path)
    seen: list[FrameFacts] = []
    first = import_flight(place.frames, place.project, OPTIONS, Silent(), seen.append)
    assert sorted(facts.name for facts in seen) == sorted(place.truth.names)
    assert not first.is_aligned
    assert first.mosaic is None
    again = import_flight(place.frames, place.project, OPTIONS, Silent())
    assert again.folder == first.folder
    assert again.flight == first.flight
    other = tmp_path / "elsewhere" / place.frames.name
    other.parent.mkdir()
    place.frames.rename(other)
    place.frames.mkdir()
    moved = import_flight(other, place.project, OPTIONS, Silent())
    assert moved.folder.name == f"{place.frames.name} 2"  # another folder of the same name


def test_a_folder_says_whether_it_is_a_flight(levelled: FlightPlace, tmp_path: Path) -> None:
    assert looks_like_flight(levelled.frames)
    assert not looks_like_flight(tmp_path)
    (tmp_path / "note.JPG").write_bytes(b"\xff\xd8\xffnothing")
    assert not looks_like_flight(tmp_path)
    assert not looks_like_flight(tmp_path / "gone")
    assert crs_of_flight(levelled.frames) == "EPSG:4548"  # 117° east
    with pytest.raises(ReadError, match="where it was taken"):
        crs_of_flight(tmp_path)


def test_names_of_folders_are_allowed_everywhere() -> None:
    assert safe_folder_name('a<b>:"c"/d\\e|f?g*') == "a_b_c_d_e_f_g_"
    assert safe_folder_name(" .. ") == "flight"


def test_a_levelled_flight_and_one_as_it_was_flown(levelled: FlightPlace) -> None:
    opened = levelled.opened()
    assert opened.is_aligned
    assert opened.mosaic is not None
    assert opened.as_flown is not None
    assert opened.written != opened.flight
    assert all(frame.offset_c == 0 for frame in opened.written.frames)
    assert np.ptp([frame.offset_c for frame in opened.flight.frames]) > 1.5  # a jump of 2 °C
    with rasterio.open(opened.mosaic) as after, rasterio.open(opened.as_flown) as before:
        assert after.crs == before.crs
        assert after.tags()["GISAPP_NORMALISED"] == "yes"
        assert after.shape != before.shape  # 40° of yaw
    assert flights_of((), levelled.project) == ()


def test_layers_of_a_flight_come_in_one_step_and_the_mosaics_share_a_scale(
    levelled: FlightPlace,
) -> None:
    opened, project = levelled.opened(), Project("One", "EPSG:32650", (), {})
    edit = placed_edit(project, opened, levelled.project)
    assert edit is not None
    assert "night one" in edit.label
    shown = edit.apply(project)
    parts = [layer.source.option("layer") for layer in shown.layers]
    assert set(parts) == {"coverage", "footprints", "track", "frames"}  # it has no gaps
    assert placed_edit(shown, opened, levelled.project) is None
    assert opened.mosaic is not None
    limits = limits_of(opened.mosaic, Silent())
    assert 15 < limits[0] < limits[1] < 30
    edit = levelled_edit(shown, opened, levelled.project, limits)
    assert edit is not None
    final = edit.apply(shown)
    thermal = [layer for layer in final.layers if isinstance(layer.style, ThermalStyle)]
    assert [layer.visible for layer in thermal] == [False, True]
    assert {layer.style.scale for layer in thermal} == {SCALE}  # type: ignore[union-attr]
    assert flights_of(final.layers, levelled.project) == (opened.folder,)
    assert not shows_before(final, opened, levelled.project)
    back = compare_edit(final, opened, levelled.project, before=True)
    assert back is not None
    assert shows_before(back.apply(final), opened, levelled.project)
    # Another run gives the layer another file, not another layer.
    renamed = replace(opened, flight=replace(opened.flight, mosaic="mosaic_2.tif"))
    (opened.folder / "mosaic_2.tif").write_bytes(opened.mosaic.read_bytes())
    follow = levelled_edit(final, renamed, levelled.project, limits)
    (opened.folder / "mosaic_2.tif").unlink()
    assert follow is not None
    assert len(follow.apply(final).layers) == len(final.layers)


def test_a_frame_as_a_layer_lies_where_the_flight_says(levelled: FlightPlace) -> None:
    opened, project = levelled.opened(), Project("One", "EPSG:32650", (), {})
    frame = opened.flight.frames[2]
    layer = frame_layer(opened, frame, project, levelled.project)
    assert layer is not None
    raster = open_source(levelled.project / layer.source.path, dict(layer.source.options), Silent())
    x, y = np.mean(frame.corners, axis=0)
    value = raster.value_at(Point(x, y), opened.flight.crs)
    assert opened.mosaic is not None
    with rasterio.open(opened.mosaic) as file:
        levelled_value = next(file.sample([(x, y)]))[0]
    assert value == pytest.approx(levelled_value, abs=0.6)
    edit = frame_edit(project, layer)
    assert edit is not None
    shown = edit.apply(project)
    assert frame_edit(shown, layer) is None
    moved = replace(layer, source=replace(layer.source, options=(("offset_c", "1"),)))
    again = frame_edit(shown, moved)
    assert again is not None
    assert len(again.apply(shown).layers) == 1
    # Its own emissivity stays when the flight is levelled anew.
    said = with_option(shown.layers[0], emissivity="0.9", offset_c="9")
    following = follow_edit(replace(shown, layers=(said,)), opened, levelled.project, "Move")
    assert following is not None
    source = following.apply(replace(shown, layers=(said,))).layers[0].source
    assert source.option("emissivity") == "0.9"
    assert source.option("offset_c") == layer.source.option("offset_c")


def test_a_frame_that_holds_the_horizon_is_no_layer(levelled: FlightPlace) -> None:
    opened = levelled.opened()
    frame = opened.flight.frames[0]
    beside = replace(frame, affine=None, pose=replace(frame.pose, pitch=-5.0))
    project = Project("One", "EPSG:32650", (), {})
    assert frame_layer(opened, beside, project, levelled.project) is None


def test_a_frame_that_looks_to_the_side_lies_as_its_perspective_says(tmp_path: Path) -> None:
    poses = [replace(pose, pitch=-50.0, y=pose.y - 30, yaw=20.0) for pose in true_poses(1, 3)]
    frames, project = tmp_path / "night", tmp_path / "project"
    frames.mkdir()
    project.mkdir()
    make_flight_files(frames, poses=poses)
    opened = import_flight(frames, project, OPTIONS, Silent())
    frame = opened.flight.frames[1]
    assert frame.affine is None
    layer = frame_layer(opened, frame, Project("One", UTM, (), {}), project)
    assert layer is not None
    raster = open_source(project / layer.source.path, dict(layer.source.options), Silent())
    middle = np.mean(frame.corners, axis=0)
    for share in (0.0, 0.4, 0.8):  # from the middle towards a far corner
        x, y = (middle + share * (np.array(frame.corners[1]) - middle)).tolist()
        seen = {one.file.name: one for one in frames_at(opened.flight, opened.folder, x, y)}
        meant = seen[frame.name]
        lens = opened.flight.lens  # of the camera's table; a made-up frame has fewer cells
        column = int(meant.column * raster.size.width / lens.columns)
        row = int(meant.row * raster.size.height / lens.rows)
        assert raster.value_at(Point(x, y), UTM) == pytest.approx(
            float(raster.sample(Silent())[row, column]), abs=1e-5
        )
    # Drawn in another system it shows the same: the places between are worked out.
    grid = PixelGrid.of(raster.extent, Size(90, 80), UTM)
    shown = raster.values(grid, Silent())
    assert 0.3 < np.isfinite(shown).mean() < 0.95
    degrees = "EPSG:4326"
    extent = transform_extent(raster.extent, UTM, degrees)
    there = raster.values(PixelGrid.of(extent, Size(90, 80), degrees), Silent())
    assert np.isfinite(there).mean() == pytest.approx(np.isfinite(shown).mean(), abs=0.06)
    low, high = np.nanpercentile(shown, [5, 95])
    assert np.nanpercentile(there, [5, 95]) == pytest.approx([low, high], abs=0.5)
    assert raster.value_at(Point(x + 500, y), UTM) is None


def test_a_moved_frame_changes_the_mosaic_where_it_lay_and_lies_only(
    place: FlightPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, before = place.opened(), mosaic_of(place)
    monkeypatch.setattr(flight_mosaic, "BLOCK", 32)
    blend = flight_mosaic.block_one
    made: list[str] = []

    def counted(task: flight_mosaic.BlockTask) -> None:
        made.append(task.piece)
        blend(task)

    monkeypatch.setattr(flight_mosaic, "block_one", counted)
    frame = opened.flight.frames[1]
    middle = tuple(map(float, np.mean(frame.corners, axis=0)))
    there = (middle[0] + 0.6, middle[1] - 0.6)
    flight = dragged(opened.flight, opened.folder, frame.file, (middle, middle), (there, there))
    done = change_flight(opened, flight, OPTIONS, Silent())
    assert done.mosaic is not None
    assert done.mosaic != opened.mosaic  # a map may still show the old one
    assert open_flight(done.folder).flight == done.flight
    after = mosaic_of(place)
    touched = shapely.union_all([shapely.box(*one) for one in touched_by(opened.flight, flight)])
    with rasterio.open(done.mosaic) as file:
        changed = np.argwhere(~np.isclose(before, after, atol=ROUNDED_C, equal_nan=True))
        assert len(changed)
        x, y = file.xy(changed[:, 0], changed[:, 1])
    assert shapely.contains_xy(touched.buffer(0.5), x, y).all()
    rows, columns = before.shape
    assert 0 < len(made) < -(-rows // 32) * -(-columns // 32)  # the others were copied
    back = change_flight(done, opened.flight, OPTIONS, Silent())
    assert np.allclose(mosaic_of(place), before, atol=ROUNDED_C, equal_nan=True)
    kept = sorted(path.name for path in back.folder.glob("mosaic*.tif"))
    assert len(kept) == 4  # this one, the two before and the one as flown


def test_other_parameters_make_all_of_the_mosaic_anew(place: FlightPlace) -> None:
    opened, before = place.opened(), mosaic_of(place)
    said = opened.flight.frames[0].parameters
    assert said is not None
    parameters = ThermalParameters(**said).changed(emissivity=0.9, reflected_c=-20.0)
    changed = with_parameters(opened.flight, parameters)
    change_flight(opened, changed, OPTIONS, Silent())
    after = mosaic_of(place)
    # A tenth of the radiation is now held to be that of a cold sky.
    assert np.nanmin(after - before) > 1.0
    again = place.opened().flight.frames[3].parameters
    assert again is not None
    assert again["emissivity"] == 0.9


class _Stops:
    """Is cancelled at the first word of a stage."""

    def __init__(self, words: str) -> None:
        self.words = words

    def report(self, fraction: float, message: str = "") -> None:
        if message == self.words:
            raise Cancelled


def test_levelling_that_is_stopped_leaves_the_flight_and_goes_on(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    opened = import_flight(place.frames, place.project, OPTIONS, Silent())
    files = {path.name: path.read_bytes() for path in opened.folder.iterdir() if path.is_file()}
    with pytest.raises(Cancelled):
        level_flight(opened, OPTIONS, _Stops("Making the mosaic"))
    left = {path.name: path.read_bytes() for path in opened.folder.iterdir() if path.is_file()}
    assert left == files
    done = level_flight(open_flight(opened.folder), OPTIONS, Silent())
    assert done.mosaic is not None
    assert not (opened.folder / ".flight").exists()
