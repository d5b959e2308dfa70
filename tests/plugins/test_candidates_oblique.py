"""Frames that look to the side: laid flat on the ground, or left out with the reason."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from gisapp_plugins.outfall_candidates.night import run_night
from gisapp_plugins.outfall_candidates.oblique import homography, laid_flat, moved, reason_against
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gisapp.analysis.flight_geometry import footprint, to_ground
from gisapp.api import Silent
from gisapp.model.flight import Flight, FlightFrame
from gisapp.model.frame import Lens, Pose
from tests.plugins.test_candidates import LEFT, TO_MAP, plume, river
from tests.plugins.test_candidates_night import CRS, ORDER, corner, the_river, written

LENS = Lens(320, 256, 360.0)
ROW = 300  # of the plume
RIVER = river(3)
plume(RIVER, ROW, 2.0)


def looking(pitch: float, yaw: float = 90.0, away: float = 40.0) -> Pose:
    """From so many metres to the west of the plume, flying at 60 m."""
    x, y = corner(LEFT, ROW)
    turn = math.radians(yaw)
    return Pose(x - away * math.sin(turn), y - away * math.cos(turn), 60.0, yaw, pitch, 0.0)


def seen_from(pose: Pose) -> np.ndarray:
    """The picture that the lens makes of the river."""
    u, v = np.meshgrid(np.arange(LENS.columns) + 0.5, np.arange(LENS.rows) + 0.5)
    ground = to_ground(LENS, pose, np.c_[u.ravel(), v.ravel()])
    columns, rows = ~TO_MAP * (ground[:, 0], ground[:, 1])
    found = ndimage.map_coordinates(
        RIVER, [np.nan_to_num(rows) - 0.5, np.nan_to_num(columns) - 0.5], order=1, mode="nearest"
    )
    return found.reshape(LENS.rows, LENS.columns).astype(np.float32)


def frame_of(pose: Pose, file: str = "f.tif") -> FlightFrame:
    return FlightFrame(file, "", pose, tuple(map(tuple, footprint(LENS, pose).tolist())))


def flight_of(*frames: FlightFrame) -> Flight:
    return Flight(CRS, "made up", LENS, frames)


def test_what_lies_flat_is_where_it_is_and_as_warm():
    pose = looking(-58)
    laid = laid_flat(seen_from(pose), flight_of(), frame_of(pose), 1.0)
    pixels = laid.pixels
    rows, columns = np.nonzero(np.isfinite(pixels.celsius))
    x, y = pixels.to_map * (columns + 0.5, rows + 0.5)
    across, down = ~TO_MAP * (x, y)
    straight = ndimage.map_coordinates(RIVER, [down - 0.5, across - 0.5], order=1, mode="nearest")
    apart = np.abs(pixels.celsius[rows, columns] - straight)
    assert np.median(apart) < 0.15
    far = np.hypot(x - pose.x, y - pose.y)
    assert far.max() < pose.z * math.tan(math.radians(60)) + 2 * pixels.pixel_m
    assert laid.seen.area == pytest.approx(len(rows) * pixels.pixel_m**2, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(st.floats(-80, -35), st.floats(-180, 180))
def test_the_plane_of_the_corners_is_the_ground(pitch, yaw):
    pose = Pose(0.0, 0.0, 50.0, yaw, pitch, 0.0)
    frame = frame_of(pose)
    if reason_against(flight_of(frame), frame):
        return
    picture = np.array([(0, 0), (LENS.columns, 0), (LENS.columns, LENS.rows), (0, LENS.rows)])
    matrix = homography(picture.astype(float), np.array(frame.corners))
    inner = np.random.default_rng(1).uniform(0.1, 0.9, (20, 2)) * (LENS.columns, LENS.rows)
    assert moved(matrix, inner) == pytest.approx(to_ground(LENS, pose, inner), abs=1e-6)
    assert moved(np.linalg.inv(matrix), moved(matrix, inner)) == pytest.approx(inner, abs=1e-6)


def test_what_shows_the_horizon_or_lies_too_far_aside_says_so():
    horizon = frame_of(looking(-12))
    assert "horizon" in reason_against(flight_of(horizon), horizon)
    nothing = replace(frame_of(looking(-60)), corners=())
    assert reason_against(flight_of(nothing), nothing)
    flat = looking(-26)  # all of it beyond 60 degrees, but no horizon
    narrow = Lens(320, 256, 4000.0)
    frame = FlightFrame("f", "", flat, tuple(map(tuple, footprint(narrow, flat).tolist())))
    flight = replace(flight_of(frame), lens=narrow)
    assert reason_against(flight, frame) == ""
    assert laid_flat(np.zeros((256, 320), np.float32), flight, frame, 1.0) is None


def test_oblique_frames_of_a_flight_are_searched_and_fused(tmp_path: Path):
    poses = (looking(-58), looking(-62, 100.0, 35.0), looking(-55, 80.0, 42.0), looking(-12))
    frames = []
    for number, pose in enumerate(poses):
        noise = np.random.default_rng(number).normal(0, 0.04, (LENS.rows, LENS.columns))
        file = f"f{number}.tif"
        celsius = (seen_from(pose) + noise).astype(np.float32)
        written(tmp_path / file, celsius, crs=None, to_map=Affine(2, 0, 0, 0, 2, 0))
        frames.append({
            "file": file, "taken_at": "", "affine": None,
            "corners": footprint(LENS, pose).tolist(), "offset_c": 0.0, "decoder": "tiff",
            "accuracy_c": None, "parameters": {}, "verdict": "used", "part": 0, "visible": "",
            "pose": {"x": pose.x, "y": pose.y, "z": pose.z, "yaw": pose.yaw, "pitch": pose.pitch,
                     "roll": pose.roll},
        })  # fmt: skip
    lens = {"columns": 320, "rows": 256, "focal_px": 360.0, "shift_x": 0, "shift_y": 0}
    flight = {"version": 1, "crs": CRS, "camera": "made up", "lens": lens, "elevation": "",
              "frames": frames, "fit": {}, "mosaic": ""}  # fmt: skip
    (tmp_path / "flight.json").write_text(json.dumps(flight), "utf-8")
    files = [tmp_path / "flight.json"]
    (verdict,) = run_night(files, the_river(), tmp_path / "out", ORDER, Silent())
    assert verdict.verdict == "done", verdict.message
    kept = [c for c in verdict.found.candidates if c.status == "candidate"]
    assert [c.frames for c in kept] == [3]
    x, y = corner(LEFT, ROW)
    assert math.hypot(kept[0].x - x, kept[0].y - y) < 2.5
    assert verdict.found.facts["frames_oblique"] == 3
    assert "horizon" in verdict.found.facts["frames_left_out"]["f3.tif"]
    assert any("laid flat" in note for note in verdict.found.notes)
    only = {**flight, "frames": frames[3:]}
    (tmp_path / "flight.json").write_text(json.dumps(only), "utf-8")
    (verdict,) = run_night(files, the_river(), tmp_path / "out", ORDER, Silent())
    assert verdict.verdict == "refused"
    assert "horizon" in verdict.hint
