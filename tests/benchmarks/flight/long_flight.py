"""A long flight over a made-up river: every frame is its own picture of one large scene, with known
poses, a wrong zero of the yaw, and temperatures that drift and jump. Nobody measured any of this.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gisapp.model.bilinear import bilinear
from tests.flight_files import CELL, make_flight_files, true_poses

STEP, BETWEEN = 7.0, 9.0  # metres between frames and between lines, as `true_poses` has them
AROUND = 60.0
JUMPS = 45  # frames between two recalibrations of the shutter


def river_scene(wide_m: float, high_m: float, seed: int = 5) -> npt.NDArray[np.float32]:
    """°C: fields and roofs with edges of every size, a cool river that winds through, and the warm
    plumes of outfalls along its bank."""
    rng = np.random.default_rng(seed)
    rows, columns = round(high_m / CELL), round(wide_m / CELL)
    values = np.zeros((rows, columns), np.float32)
    for step in (300, 70, 18):
        size = rows // step + 3, columns // step + 3
        coarse = rng.normal(0, 1, size).astype(np.float32)
        down = (np.arange(rows) + 0.5) / step + 1
        across = (np.arange(columns) + 0.5) / step + 1
        for first in range(0, rows, 200):  # in strips: the scene may be large
            u, v = np.meshgrid(across, down[first : first + 200])
            part = bilinear(coarse, u.ravel(), v.ravel())
            values[first : first + 200] += part.reshape(u.shape)
    for _ in range(rows * columns // 1100):
        row, column = rng.integers(0, rows - 5), rng.integers(0, columns - 5)
        high, wide = rng.integers(4, 40, 2)
        values[row : row + high, column : column + wide] += rng.normal(0, 1.5)
    x = np.arange(columns) * CELL
    middle = rows * CELL * (0.5 + 0.22 * np.sin(x / 55.0) + 0.05 * np.sin(x / 17.0))
    away = np.abs(np.arange(rows)[:, None] * CELL - middle)
    water = away < 11.0
    smooth = -6.0 + 0.3 * np.sin(x / 30.0)[None, :] + rng.normal(0, 0.05, values.shape)
    values = np.where(water, smooth, values).astype(np.float32)
    return 20 + values


def make_long_flight(folder: Path, lines: int, frames: int) -> None:
    """`lines` to and fro of `frames` each; whole when the folder has its name."""
    half = folder.with_name(f"{folder.name}.part")
    half.mkdir(parents=True, exist_ok=True)
    ground = river_scene(AROUND + frames * STEP, AROUND + 10 + lines * BETWEEN)
    rng = np.random.default_rng(11)
    count = lines * frames
    jumps = [(n, float(rng.normal(0, 1.5))) for n in range(JUMPS, count, JUMPS)]
    truth = make_flight_files(
        half, poses=true_poses(lines, frames), visible=False, ground=ground, jumps=jumps
    )
    known = {
        "names": truth.names,
        "drift": truth.drift.tolist(),
        "poses": [(p.x, p.y, p.z, p.yaw) for p in truth.poses],
    }
    (half / "truth.json").write_text(json.dumps(known), "utf-8")
    half.rename(folder)


def against_truth(folder: Path, output: Path) -> dict[str, float]:
    """How far the placed flight is from the one that was flown: metres, degrees, °C. What all
    frames have in common (the mean error of their positions, the zero of the drift) is left out.
    """
    known = json.loads((folder / "truth.json").read_text("utf-8"))
    flight = json.loads((output / "flight.json").read_text("utf-8"))
    used = {Path(row["file"]).name: row for row in flight["frames"] if row["verdict"] == "used"}
    rows = [used[name] for name in known["names"]]
    truth = np.array(known["poses"])
    found = np.array([(r["pose"]["x"], r["pose"]["y"]) for r in rows])
    off = found - truth[:, :2]
    # The axis of the camera looks ahead by a constant angle, which the fit may take for a shift
    # along each line: lines to and fro are compared with their own kind.
    for yaw in np.unique(truth[:, 3]):
        off[truth[:, 3] == yaw] -= np.median(off[truth[:, 3] == yaw], axis=0)
    turned = np.array([r["pose"]["yaw"] for r in rows]) - truth[:, 3]
    turned = (turned + 180) % 360 - 180
    left = np.array([r["offset_c"] for r in rows]) + np.array(known["drift"])
    fit = flight["fit"]
    return {
        "as_written_m": fit["as_written"]["median_m"],
        "flight_m": fit.get("flight", {}).get("median_m", float("nan")),
        "frames_m": fit.get("frames", {}).get("median_m", float("nan")),
        "position_rms_m": float(np.sqrt(np.mean(np.sum(off**2, axis=1)))),
        "yaw_median_deg": float(np.median(np.abs(turned))),
        "drift_before_c": float(np.std(known["drift"])),
        "drift_after_c": float(np.std(left)),
        "overlap_before_c": fit["drift"]["before_rms_c"],
        "overlap_after_c": fit["drift"]["after_rms_c"],
    }
