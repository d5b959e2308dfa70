"""A folder of frames becomes a flight: placed, aligned, evened out, one mosaic in °C."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from gisapp.app.flight import make_flight, place_at_once
from gisapp.app.flight_dragging import dragged
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_points import frames_at
from gisapp.io.flight_file import read_flight
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.errors import ParameterError
from gisapp.model.progress import Cancelled, Silent
from tests.flight_files import (
    CELL,
    NORTH,
    WEST,
    MadeFlight,
    make_flight_files,
    scene,
    true_poses,
)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MadeFlight]:
    folder = tmp_path_factory.mktemp("frames")
    return folder, make_flight_files(folder)


@pytest.fixture(scope="module")
def made(
    frames: tuple[Path, MadeFlight], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, MadeFlight]:
    output = tmp_path_factory.mktemp("output")
    make_flight(frames[0], output, FlightOptions(), Silent())
    return output, frames[1]


def test_a_generated_flight_is_put_where_it_was(made: tuple[Path, MadeFlight]) -> None:
    output, truth = made
    flight = read_flight(output / "flight.json")
    assert flight.fit is not None
    fit = flight.fit
    assert fit["as_written"]["median_m"] > 2.0  # 40° of yaw
    assert fit["flight"]["median_m"] < 1.0
    assert fit["frames"]["median_m"] < 0.15
    assert fit["flight"]["yaw_offset_deg"] == pytest.approx(40, abs=2)
    assert fit["legs"]["yaw_offset_deg"] == pytest.approx(40, abs=0.1)
    assert len(flight.frames) == len(truth.poses) == 10
    pairs = list(zip(flight.frames, truth.poses, strict=True))
    # A shift of the whole flight by the mean error of its positions is all that is left.
    off = np.array([(f.pose.x - p.x, f.pose.y - p.y) for f, p in pairs])
    assert np.hypot(*np.median(off, axis=0)) < 1.5
    turn = [(f.pose.yaw - p.yaw + 180) % 360 - 180 for f, p in pairs]
    assert np.abs(turn).max() < 2.5


def test_the_drift_of_each_frame_is_found_and_its_jump_stays_a_jump(
    made: tuple[Path, MadeFlight],
) -> None:
    output, truth = made
    flight = read_flight(output / "flight.json")
    offsets = np.array([frame.offset_c for frame in flight.frames])
    expected = -(truth.drift - np.median(truth.drift))
    assert np.median(offsets) == pytest.approx(0, abs=1e-6)
    assert np.abs(offsets - expected).max() < 0.15
    assert flight.fit is not None
    drift = flight.fit["drift"]
    assert drift["before_rms_c"] > 0.8
    assert drift["after_rms_c"] < 0.1
    assert drift["largest_step_c"] > 1.5
    rows = (output / "offsets.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "file,taken_at,offset_c,part,overlaps"
    assert len(rows) == 11


def test_the_mosaic_shows_the_scene_in_degrees(made: tuple[Path, MadeFlight]) -> None:
    output, truth = made
    with rasterio.open(output / "mosaic.tif") as file:
        values, transform, tags = file.read(1), file.transform, file.tags()
        assert file.crs.to_epsg() == 32650
        assert np.isnan(file.nodata)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert tags["GISAPP_UNIT"] == "degC"
    assert "iirp" in tags["GISAPP_DECODER"]
    assert json.loads(tags["GISAPP_PARAMETERS"])["emissivity"] == 1.0
    ground = scene(3)
    rows, columns = np.nonzero(np.isfinite(values))
    x, y = transform * (columns + 0.5, rows + 0.5)
    shift = _mean_error(output, truth)
    at = ((NORTH - (y - shift[1])) / CELL).astype(int), ((x - shift[0] - WEST) / CELL).astype(int)
    off = values[rows, columns] - ground[at] - np.median(truth.drift)
    assert np.isfinite(values).mean() > 0.5
    assert abs(np.median(off)) < 0.1
    assert np.percentile(np.abs(off), 75) < 0.4  # edges of patches lie a pixel off


def _mean_error(output: Path, truth: MadeFlight) -> tuple[float, float]:
    flight = read_flight(output / "flight.json")
    # The boresight moves the middle of the picture, and with it the place of the camera.
    x = [f.pose.x - p.x for f, p in zip(flight.frames, truth.poses, strict=True)]
    y = [f.pose.y - p.y for f, p in zip(flight.frames, truth.poses, strict=True)]
    return float(np.mean(x)), float(np.mean(y))


def test_blending_invents_no_temperature(
    made: tuple[Path, MadeFlight], frames: tuple[Path, MadeFlight]
) -> None:
    output, _ = made
    flight = read_flight(output / "flight.json")
    lows, highs = [], []
    for frame in flight.frames:
        celsius = open_thermal_image(output / frame.file).celsius() + frame.offset_c
        lows.append(np.nanmin(celsius))
        highs.append(np.nanmax(celsius))
    with rasterio.open(output / "mosaic.tif") as file:
        values = file.read(1)
    assert np.nanmin(values) >= min(lows) - 1e-3
    assert np.nanmax(values) <= max(highs) + 1e-3


def test_layers_hold_track_frames_footprints_and_coverage(made: tuple[Path, MadeFlight]) -> None:
    import pyogrio

    path = made[0] / "footprints.gpkg"
    assert {name for name, _ in pyogrio.list_layers(path)} == {
        "track",
        "frames",
        "footprints",
        "coverage",
        "gaps",
    }
    info = pyogrio.read_info(path, layer="footprints")
    assert info["features"] == 10
    assert pyogrio.read_info(path, layer="track")["features"] == 1


def test_nothing_is_left_but_the_four_files(made: tuple[Path, MadeFlight]) -> None:
    assert sorted(path.name for path in made[0].iterdir()) == [
        "flight.json",
        "footprints.gpkg",
        "mosaic.tif",
        "offsets.csv",
    ]


def test_every_frame_that_saw_a_point_is_found_with_its_temperature(
    made: tuple[Path, MadeFlight],
) -> None:
    output, _ = made
    flight = read_flight(output / "flight.json")
    middle = flight.frames[2].pose
    seen = frames_at(flight, output, middle.x, middle.y)
    assert len(seen) >= 3
    assert [one.off_centre for one in seen] == sorted(one.off_centre for one in seen)
    assert all(one.visible is not None and one.visible.exists() for one in seen)
    normalised = [one.celsius for one in seen if one.celsius is not None]
    raw = [one.raw_c for one in seen if one.raw_c is not None]
    assert len(normalised) == len(seen)
    assert np.ptp(normalised) < np.ptp(raw) + 0.5
    for one in seen:
        held = open_thermal_image(one.file).celsius()
        near = held[int(one.row) - 2 : int(one.row) + 3, int(one.column) - 2 : int(one.column) + 3]
        assert near.min() - 0.01 <= float(one.raw_c or np.nan) <= near.max() + 0.01
    assert frames_at(flight, output, middle.x + 5000, middle.y) == ()


def test_a_frame_that_has_gone_is_listed_with_the_reason(
    made: tuple[Path, MadeFlight],
) -> None:
    output, _ = made
    flight = read_flight(output / "flight.json")
    first = replace(flight.frames[2], file="gone.jpg")
    lost = replace(flight, frames=(first,))
    (one,) = frames_at(lost, output, first.pose.x, first.pose.y)
    assert one.celsius is None
    assert one.problem


def test_a_frame_is_dragged_by_two_points(made: tuple[Path, MadeFlight]) -> None:
    flight = read_flight(made[0] / "flight.json")
    frame = flight.frames[3]
    seen = frame.corners[0], frame.corners[2]
    wanted = ((seen[0][0] + 2.0, seen[0][1] + 1.0), (seen[1][0] + 2.0, seen[1][1] + 1.0))
    moved = dragged(flight, made[0], frame.file, seen, wanted).frames[3]
    assert np.allclose(np.array(moved.corners) - np.array(frame.corners), (2.0, 1.0), atol=2e-3)
    assert moved.affine is not None
    u, v = 320.0, 256.0
    a, b, c, d, e, f = moved.affine
    assert (a * u + b * v + c, d * u + e * v + f) == pytest.approx(moved.corners[2], abs=0.02)
    with pytest.raises(ParameterError, match="no frame"):
        dragged(flight, made[0], "other.jpg", seen, wanted)


def test_footprints_are_there_at_once_without_decoding(
    frames: tuple[Path, MadeFlight], monkeypatch: pytest.MonkeyPatch
) -> None:
    import gisapp.app.flight_frames

    def never(_path: Path) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(gisapp.app.flight_frames, "open_thermal_image", never)
    found = place_at_once(frames[0], FlightOptions(), Silent())
    assert len(found.flight.frames) == 10
    assert found.coverage.covered_m2 > 1000
    assert {out.verdict for out in found.flight.left_out} == {"visible"}
    assert all(frame.twin.endswith("_V.JPG") for frame in found.flight.frames)


def test_a_run_that_was_stopped_goes_on_and_gives_the_same(
    frames: tuple[Path, MadeFlight], made: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    class StopAt:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.5:
                raise Cancelled

    with pytest.raises(Cancelled):
        make_flight(frames[0], tmp_path, FlightOptions(), StopAt())
    assert [path.name for path in tmp_path.iterdir()] == [".flight"]
    done = make_flight(frames[0], tmp_path, FlightOptions(), Silent())
    assert done.frames_kept == 10
    with (
        rasterio.open(tmp_path / "mosaic.tif") as one,
        rasterio.open(made[0] / "mosaic.tif") as two,
    ):
        assert np.array_equal(one.read(1), two.read(1), equal_nan=True)


def test_a_damaged_piece_is_done_again(frames: tuple[Path, MadeFlight], tmp_path: Path) -> None:
    class StopAt:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.45:
                raise Cancelled

    options = FlightOptions(mosaic=False)
    with pytest.raises(Cancelled):
        make_flight(frames[0], tmp_path, options, StopAt())
    piece = sorted(tmp_path.glob(".flight/*/frame_*.npz"))[0]
    piece.write_bytes(piece.read_bytes()[:100])
    done = make_flight(frames[0], tmp_path, options, Silent())
    assert done.frames_kept == 9
    assert len(done.flight.frames) == 10


def test_lerc_keeps_what_was_asked_and_is_smaller(
    frames: tuple[Path, MadeFlight], made: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    make_flight(frames[0], tmp_path, FlightOptions(precision_c=0.01), Silent())
    small, exact = tmp_path / "mosaic.tif", made[0] / "mosaic.tif"
    with rasterio.open(small) as one, rasterio.open(exact) as two:
        off = np.abs(one.read(1) - two.read(1))
    assert np.nanmax(off) <= 0.0101
    assert small.stat().st_size < 0.7 * exact.stat().st_size


def test_a_level_elevation_model_changes_nothing(
    frames: tuple[Path, MadeFlight], tmp_path: Path
) -> None:
    path = tmp_path / "dem.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=40,
        height=40,
        count=1,
        dtype="float32",
        crs="EPSG:32650",
        transform=rasterio.Affine(50, 0, 499_000, 0, -50, 3_001_000),
    ) as file:
        file.write(np.full((40, 40), 321.5, np.float32), 1)
    options = FlightOptions(cell_m=0.25)
    make_flight(frames[0], tmp_path / "flat", options, Silent())
    make_flight(frames[0], tmp_path / "model", replace(options, elevation=path), Silent())
    flat, model = (read_flight(tmp_path / name / "flight.json") for name in ("flat", "model"))
    for one, two in zip(flat.frames, model.frames, strict=True):
        assert two.pose.z - one.pose.z == pytest.approx(321.5, abs=0.01)
        assert np.allclose(one.corners, two.corners, atol=0.02)
        assert one.affine is not None
        assert np.allclose(one.affine, two.affine, atol=0.02)
    with (
        rasterio.open(tmp_path / "flat/mosaic.tif") as a,
        rasterio.open(tmp_path / "model/mosaic.tif") as b,
    ):
        left, right = a.read(1), b.read(1)
    assert left.shape == right.shape
    assert np.nanmedian(np.abs(left - right)) < 0.02
    middle = model.frames[2].pose
    assert len(frames_at(model, tmp_path / "model", middle.x, middle.y)) >= 3


def test_an_oblique_flight_is_placed_by_its_rays(tmp_path: Path) -> None:
    poses = [replace(pose, pitch=-60.0, yaw=0.0) for pose in true_poses(1, 4)]
    poses = [replace(pose, y=pose.y - 30) for pose in poses]
    folder = tmp_path / "frames"
    folder.mkdir()
    make_flight_files(folder, poses=poses)
    done = make_flight(folder, tmp_path / "out", FlightOptions(cell_m=0.2), Silent())
    fit = done.flight.fit
    assert fit is not None
    assert fit["frames"]["median_m"] < 0.3
    assert fit["frames"]["median_m"] < fit["as_written"]["median_m"] / 3
    for frame, pose in zip(done.flight.frames, poses, strict=True):
        assert frame.affine is None
        far = np.hypot(*(np.array(frame.corners[:2]) - (pose.x, pose.y)).T)
        near = np.hypot(*(np.array(frame.corners[2:]) - (pose.x, pose.y)).T)
        assert (far > near).all()
    with rasterio.open(tmp_path / "out" / "mosaic.tif") as file:
        assert np.isfinite(file.read(1)).mean() > 0.3


def test_frames_that_look_to_the_side_are_asked_but_not_laid(tmp_path: Path) -> None:
    poses = true_poses(2, 3)
    beside = replace(poses[2], pitch=-35.0, y=poses[2].y - 60, yaw=0.0)
    folder, out = tmp_path / "frames", tmp_path / "out"
    folder.mkdir()
    truth = make_flight_files(folder, poses=[*poses[:2], beside, *poses[3:]])
    done = make_flight(folder, out, FlightOptions(cell_m=0.2, align=False), Silent())
    assert done.flight.fit is not None
    assert done.flight.fit["not_in_mosaic"] == [truth.names[2]]
    placed = {frame.name: frame for frame in done.flight.frames}
    x, y = np.mean(placed[truth.names[2]].corners, axis=0)
    seen = {one.file.name: one for one in frames_at(done.flight, out, x, y)}
    assert seen[truth.names[2]].is_steep
    with rasterio.open(out / "mosaic.tif") as file:
        reach = np.vstack([f.corners for f in done.flight.frames if f.name != truth.names[2]])
        assert file.bounds.top <= reach[:, 1].max() + 0.4  # no farther than those that look down
    # Nothing but such frames is a mosaic of them: there is nothing better.
    others = tmp_path / "all"
    others.mkdir()
    make_flight_files(others, poses=[beside, replace(beside, x=beside.x + 5)])
    alone = make_flight(others, tmp_path / "b", FlightOptions(cell_m=0.5, align=False), Silent())
    assert "not_in_mosaic" not in (alone.flight.fit or {})
    assert alone.mosaic is not None


@pytest.mark.real_data
def test_either_written_position_can_be_used_and_all_of_it_shifted(shared_data: Path) -> None:
    """The positions in EXIF and in XMP of the real flight lie 4.25 m apart, in every frame."""
    folder = shared_data / "thermal" / "flight_m2ea_guangzhou"

    def places(**more: Any) -> np.ndarray:
        flight = place_at_once(folder, FlightOptions(**more), Silent()).flight
        return np.array([(frame.pose.x, frame.pose.y) for frame in flight.frames])

    xmp, exif = places(), places(position="exif")
    apart = exif - xmp
    assert np.hypot(*apart.T) == pytest.approx(4.25, abs=0.1)
    assert np.abs(apart - np.median(apart, axis=0)).max() < 0.1  # constant
    east, north = np.median(apart, axis=0).tolist()
    np.testing.assert_allclose(places(shift_m=(east, north)), exif, atol=0.1)


@pytest.mark.real_data
def test_the_real_flight_is_placed_as_well_as_promised(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "thermal" / "flight_m2ea_guangzhou"
    done = make_flight(folder, tmp_path, FlightOptions(), Silent())
    fit = done.flight.fit
    assert fit is not None
    assert len(done.flight.frames) == 14
    assert fit["as_written"]["median_m"] > 20
    assert fit["legs"]["yaw_offset_deg"] == pytest.approx(52.3, abs=1.5)
    assert fit["flight"]["median_m"] <= 2.0
    assert fit["flight"]["boresight_y_deg"] == pytest.approx(-3.0, abs=0.5)
    assert fit["frames"]["median_m"] <= 0.5
    assert fit["drift"]["before_rms_c"] > 1.5
    assert fit["drift"]["after_rms_c"] <= 0.35
    assert fit["drift"]["largest_step_c"] > 2.5
    assert fit["drift"]["without_overlap"] == []
    with rasterio.open(tmp_path / "mosaic.tif") as file:
        values = file.read(1)
    assert 0.6 < np.isfinite(values).mean() < 0.95
