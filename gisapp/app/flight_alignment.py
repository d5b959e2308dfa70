"""Aligning a flight from its overlaps, and evening out its temperatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.analysis.flight_drift import Drift, Overlaps, overlap_difference, solve_offsets
from gisapp.analysis.flight_fit import (
    Alignment,
    Disagreement,
    Ties,
    disagreement,
    fit_flight,
    refine_frames,
    tie_heights,
)
from gisapp.analysis.flight_geometry import Floats
from gisapp.analysis.flight_legs import yaw_offset
from gisapp.analysis.flight_ties import FrameFeatures, candidate_pairs, match_features
from gisapp.app.flight_frames import Celsius, opened, piece_of
from gisapp.app.flight_options import FlightOptions
from gisapp.app.flight_placing import Placed, with_pose
from gisapp.app.flight_workers import Workers
from gisapp.io.flight_work import read_piece, work_folder, write_piece
from gisapp.model.progress import Progress, track
from gisapp.model.text import tr

_LEAST_TIES = 30
_LEAST_OFFSET = 5.0  # degrees: a yaw that legs find off by less is as it should be
_FEATURES_IN_MEMORY = 96

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TieTask:
    first: str
    others: tuple[str, ...]
    piece: str
    oblique: bool


def align(
    placed: Placed,
    frame_work: Path,
    output: Path,
    options: FlightOptions,
    workers: Workers,
    progress: Progress,
) -> tuple[Placed, Figures]:
    """Better poses and lens, and figures before and after each step, ready for flight.json.

    A flight whose frames share too little stays as its straight legs say, or as it was written;
    `figures["yaw_source"]` says which.
    """
    figures: Figures = {"yaw_source": "as written"}
    written = placed.poses
    if options.yaw_offset is not None:
        placed = with_pose(placed, written.turned(options.yaw_offset), placed.lens)
        figures |= {"yaw_source": "given", "yaw_offset_deg": options.yaw_offset}
    legs = None
    if options.align and options.yaw_offset is None:
        heading = placed.flight_yaw if np.isfinite(placed.flight_yaw).any() else None
        legs = yaw_offset(written.xyz[:, :2], written.angles[:, 0], heading)
        if legs is not None:
            figures["legs"] = {
                "yaw_offset_deg": legs.degrees,
                "spread_deg": legs.spread,
                "frames": legs.frames,
            }
    if not options.align or len(placed.frames) < 2:
        return placed, figures
    ties, pairs = find_ties(placed, frame_work, output, workers, progress)
    figures |= {"pairs": pairs, "ties": len(ties)}
    level = tie_heights(placed.lens, placed.poses, ties, placed.heights)
    before = disagreement(placed.lens, placed.poses, ties, level)
    figures["as_written"] = _figures(before)
    turned = placed.poses.turned(legs.degrees) if legs else placed.poses
    if legs is not None:
        figures["legs"] |= _figures(disagreement(placed.lens, turned, ties, level))
    if len(ties) < _LEAST_TIES:
        if legs is not None and abs(legs.degrees) >= _LEAST_OFFSET:
            figures |= {"yaw_source": "straight legs", "yaw_offset_deg": legs.degrees}
            placed = with_pose(placed, turned, placed.lens)
        return placed, figures
    progress.report(0.9, tr("Aligning the flight"))
    hint = legs.degrees if legs is not None else 0.0
    fitted = fit_flight(placed.lens, placed.poses, ties, placed.heights, yaw_hint=hint)
    if not fitted.disagreement.median <= before.median:
        return placed, figures  # as written it was better: nothing is gained by numbers
    figures |= {"yaw_source": "overlaps", "yaw_offset_deg": fitted.yaw_offset}
    figures["flight"] = _figures(fitted.disagreement) | _lens_figures(fitted)
    best = fitted
    if options.refine:
        refined = refine_frames(fitted, ties, placed.heights)
        figures["frames"] = _figures(refined.disagreement) | {
            "shift_rms_m": float(np.sqrt(np.mean(np.sum(refined.shift**2, axis=1)))),
            "turn_rms_deg": float(np.sqrt(np.mean(refined.turn**2))),
            "shift_max_m": float(np.hypot(*refined.shift.T).max()),
        }
        best = refined
    tied = np.zeros(len(placed.frames), bool)
    tied[ties.first] = tied[ties.second] = True
    figures["without_ties"] = [_name(placed, int(number)) for number in np.flatnonzero(~tied)]
    return with_pose(placed, best.poses, best.lens), figures


def find_ties(
    placed: Placed, frame_work: Path, output: Path, workers: Workers, progress: Progress
) -> tuple[Ties, int]:
    """Ties of all frames that may overlap, and the number of pairs that have some. What was found
    by an earlier run is not looked for again."""
    # Frames that share less than a quarter seldom have ties.
    reach = 0.75 * _reach(placed)
    pairs = candidate_pairs(placed.poses.xyz[:, :2], reach)
    work = work_folder(output, "ties", frame_work.name, pairs.tolist(), list(placed.numbers))
    pieces = [str(piece_of(frame_work, number)) for number in placed.numbers]
    tasks = []
    for first in np.unique(pairs[:, 0]):
        others = pairs[pairs[:, 0] == first, 1]
        tasks.append(
            TieTask(
                pieces[first],
                tuple(pieces[other] for other in others),
                str(work / f"ties_{first:06d}.npz"),
                placed.is_oblique,
            )
        )
    missing = [task for task in tasks if read_piece(Path(task.piece), ()) is None]
    done = len(tasks) - len(missing)
    for count, _ in enumerate(workers.each(tie_one, missing)):
        progress.report(0.9 * (done + count) / max(len(tasks), 1), tr("Finding overlaps"))
    _features.cache_clear()
    number_of = {piece: number for number, piece in enumerate(pieces)}
    return _gathered(tasks, number_of)


def tie_one(task: TieTask) -> None:
    """Runs on a worker."""
    first = _features(task.first)
    owner, left, right = [], [np.empty((0, 2))], [np.empty((0, 2))]
    for which, other in enumerate(task.others):
        found = match_features(first, _features(other), oblique=task.oblique)
        if found is not None:
            owner += [which] * len(found[0])
            left.append(found[0])
            right.append(found[1])
    write_piece(
        Path(task.piece),
        {
            "owner": np.array(owner, np.int64),
            "first": np.vstack(left),
            "second": np.vstack(right),
        },
    )


@lru_cache(maxsize=_FEATURES_IN_MEMORY)
def _features(piece: str) -> FrameFeatures:
    return opened(Path(piece), ("pixels", "marks")).features


def _gathered(tasks: Sequence[TieTask], number_of: Mapping[str, int]) -> tuple[Ties, int]:
    first, second, left, right, pairs = [], [], [np.empty((0, 2))], [np.empty((0, 2))], 0
    for task in tasks:
        kept = read_piece(Path(task.piece))
        if kept is None:
            continue
        owner = kept[0]["owner"]
        others = np.array([number_of[piece] for piece in task.others], np.intp)
        first.append(np.full(len(owner), number_of[task.first], np.intp))
        second.append(others[owner])
        left.append(kept[0]["first"])
        right.append(kept[0]["second"])
        pairs += len(np.unique(owner))
    none = np.empty(0, np.intp)
    return (
        Ties(
            np.concatenate([none, *first]),
            np.concatenate([none, *second]),
            np.vstack(left),
            np.vstack(right),
        ),
        pairs,
    )


def normalise(placed: Placed, frame_work: Path, progress: Progress) -> tuple[Drift, Overlaps]:
    """The offset of each frame from its overlaps at the poses that are known by now."""
    count = len(placed.frames)
    small = [_small(frame_work, placed.numbers[n]) for n in range(count)]
    pairs = candidate_pairs(placed.poses.xyz[:, :2], _reach(placed), nearest=16)
    found: list[tuple[int, int, float, float, int]] = []
    for i, j in track(pairs, len(pairs), progress, tr("Comparing temperatures")):
        seen = overlap_difference(
            placed.lens,
            placed.poses,
            int(i),
            int(j),
            (small[i], small[j]),
            float((placed.level[i] + placed.level[j]) / 2),
        )
        if seen is not None:
            found.append((int(i), int(j), *seen))
    table = np.array(found, float).reshape(-1, 5)
    overlaps = Overlaps(
        table[:, 0].astype(np.intp),
        table[:, 1].astype(np.intp),
        table[:, 2],
        table[:, 3],
        table[:, 4].astype(np.intp),
        small[0].size,
    )
    return solve_offsets(overlaps, count), overlaps


def drift_figures(drift: Drift, overlaps: Overlaps, placed: Placed) -> Figures:
    """Plain values of the drift for flight.json; None where there was no overlap at all."""
    sizes = (drift.before, drift.after, drift.before_p90, drift.after_p90)
    names = ("before_rms_c", "after_rms_c", "before_p90_c", "after_p90_c")
    steps = np.abs(np.diff(drift.offset)) if len(drift.offset) > 1 else np.zeros(1)
    return {
        **{
            name: float(size) if np.isfinite(size) else None
            for name, size in zip(names, sizes, strict=True)
        },
        "overlaps": len(overlaps),
        "lowest_c": float(drift.offset.min(initial=0.0)),
        "highest_c": float(drift.offset.max(initial=0.0)),
        "largest_step_c": float(steps.max()),
        "parts": len(np.unique(drift.part)) - len(drift.alone),
        "without_overlap": [_name(placed, int(number)) for number in drift.alone],
    }


def _small(frame_work: Path, number: int) -> Celsius:
    return opened(piece_of(frame_work, number), ("small",)).small


def _reach(placed: Placed) -> Floats:
    """Metres across each footprint, with room for positions that are off."""
    across = np.hypot(placed.lens.columns, placed.lens.rows) / placed.lens.focal_px
    return np.asarray(np.maximum(placed.heights_above_ground, 1.0) * across + 10.0)


def _figures(found: Disagreement) -> Figures:
    if not found.ties:
        return {"median_m": None, "p90_m": None}
    return {"median_m": found.median, "p90_m": found.p90}


def _lens_figures(found: Alignment) -> Figures:
    lens = found.lens
    return {
        "yaw_offset_deg": found.yaw_offset,
        "focal_px": lens.focal_px,
        "boresight_x_deg": float(np.degrees(np.arctan(lens.shift_x / lens.focal_px))),
        "boresight_y_deg": float(np.degrees(np.arctan(lens.shift_y / lens.focal_px))),
    }


def _name(placed: Placed, number: int) -> str:
    return placed.frames[number].facts.name
