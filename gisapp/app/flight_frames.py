"""Frames of a flight: which files there are, and what each of them gives when it is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_drift import small_frame
from gisapp.analysis.flight_pairs import visible_twins
from gisapp.analysis.flight_ties import FrameFeatures, find_features
from gisapp.app.flight_workers import Workers
from gisapp.io.flight_work import read_piece, stamp_of, write_piece
from gisapp.io.frame_facts import PICTURES, read_frame_facts
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.errors import GisError, ReadError
from gisapp.model.flight import FrameVerdict, LeftOut, SurveyedFrame
from gisapp.model.frame import FrameFacts
from gisapp.model.progress import Progress, track
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalParameters

Celsius = npt.NDArray[np.float32]
Seen = Callable[[FrameFacts], None]

_FRAMES_IN_MEMORY = 48


@dataclass(frozen=True)
class Survey:
    """The thermal frames of a folder in the order of time, and why other files are none."""

    folder: Path
    frames: tuple[SurveyedFrame, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class OpenedFrame:
    """What is kept of a frame once it was decoded."""

    features: FrameFeatures
    small: Celsius
    columns: int
    rows: int
    decoder: str
    accuracy_c: float | None
    parameters: Mapping[str, float]
    problem: str = ""  # why there are no temperatures


def survey_folder(folder: Path, progress: Progress, seen: Seen | None = None) -> Survey:
    """Look at every JPEG in a folder and below: kind, position, angles; about 1 ms a file. `seen`
    is told of each thermal frame.

    Raises ReadError when there is no folder or no thermal frame in it.
    """
    if not folder.is_dir():
        raise ReadError(
            tr("{folder} is not a folder").format(folder=folder),
            hint=tr("Give the folder that holds the frames of one flight."),
        )
    try:
        paths = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in PICTURES and not path.name.startswith(".")
        )
    except OSError as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=folder, reason=error.strerror)
        ) from error
    facts: dict[Path, FrameFacts] = {}
    left_out: list[LeftOut] = []
    for path in track(paths, len(paths), progress, tr("Looking at the files")):
        try:
            facts[path] = read_frame_facts(path)
            if seen is not None and facts[path].kind == "thermal":
                seen(facts[path])
        except GisError as error:
            left_out.append(LeftOut(_inside(folder, path), "damaged", error.message))
    twins = _twins(folder, facts)
    frames = []
    for path, said in facts.items():
        if said.kind == "thermal":
            frames.append(SurveyedFrame(str(path), said, twins.get(path, "")))
        else:
            verdict: FrameVerdict = "visible" if said.kind == "visible" else "photo"
            left_out.append(LeftOut(_inside(folder, path), verdict, tr("no temperatures in it")))
    if not frames:
        raise ReadError(
            tr("There is no thermal frame in {folder}").format(folder=folder),
            hint=_what_there_is(paths, left_out),
        )
    frames.sort(key=lambda frame: (str(frame.facts.taken_at or ""), frame.path))
    return Survey(folder, tuple(frames), tuple(left_out))


def _twins(folder: Path, facts: Mapping[Path, FrameFacts]) -> dict[Path, str]:
    """Pairs within each folder: the same name may occur in several."""
    found: dict[Path, str] = {}
    for parent in {path.parent for path in facts}:
        here = {path.name: path for path in facts if path.parent == parent}
        for thermal, visible in visible_twins([facts[path] for path in here.values()]).items():
            found[here[thermal]] = str(here[visible])
    return found


def _what_there_is(paths: Sequence[Path], left_out: Sequence[LeftOut]) -> str:
    if not paths:
        return tr("It holds no JPEG files. Give the folder that the camera's files were copied to.")
    kinds = Counter(out.verdict for out in left_out)
    return tr(
        "Of {n} JPEG files {visible} are visible pictures, {photo} other photos and {damaged} "
        "damaged. Thermal frames are the camera's original files (R-JPEG), never exported ones."
    ).format(
        n=len(paths),
        visible=kinds["visible"],
        photo=kinds["photo"],
        damaged=kinds["damaged"],
    )


def _inside(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


@dataclass(frozen=True, slots=True)
class OpeningTask:
    path: str
    piece: str
    parameters: ThermalParameters | None
    features: bool


def open_frames(
    frames: Sequence[SurveyedFrame],
    work: Path,
    parameters: ThermalParameters | None,
    features: bool,
    workers: Workers,
    progress: Progress,
) -> int:
    """Decode each frame once and keep what alignment and drift need; how many were kept from an
    earlier run. Pieces are read back with `opened`."""
    tasks = [
        OpeningTask(frame.path, str(piece_of(work, number)), parameters, features)
        for number, frame in enumerate(frames)
    ]
    missing = [task for task in tasks if read_piece(Path(task.piece), ()) is None]
    done = len(tasks) - len(missing)
    for count, _ in enumerate(workers.each(open_one, missing)):
        progress.report((done + count) / max(len(tasks), 1), tr("Reading temperatures"))
    return done


def piece_of(work: Path, number: int) -> Path:
    return work / f"frame_{number:06d}.npz"


def open_one(task: OpeningTask) -> None:
    """Runs on a worker: a frame that cannot be decoded is a piece that says why."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    try:
        image = open_thermal_image(Path(task.path), parameters=task.parameters)
        celsius = image.celsius(task.parameters)
    except GisError as error:
        facts: dict[str, Any] = {"problem": f"{error.message} {error.hint}".strip()}
    else:
        rows, columns = celsius.shape
        facts = {
            "columns": columns,
            "rows": rows,
            "decoder": image.decoding.decoder,
            "accuracy_c": image.decoding.accuracy_c,
            "parameters": _plain(task.parameters or image.parameters),
        }
        arrays["small"] = small_frame(celsius)
        if task.features:
            found = find_features(celsius)
            arrays.update(pixels=found.pixels, marks=found.marks)
    write_piece(Path(task.piece), arrays, facts)


def _plain(parameters: ThermalParameters) -> dict[str, float]:
    """Files hold float32: 0.95 is what 0.949999988 means."""
    return {name: round(value, 6) for name, value in asdict(parameters).items()}


def opened(piece: Path, wanted: Collection[str] = ()) -> OpenedFrame:
    """What `open_one` kept, of the arrays (pixels, marks, small) only those that are wanted: those
    of thousands of frames would fill the memory. Raises ReadError when the piece is gone."""
    kept = read_piece(piece, wanted)
    if kept is None:
        raise ReadError(
            tr("{file} is not there").format(file=piece.name),
            hint=tr("Something removed what was done so far. Start again."),
        )
    arrays, facts = kept
    none = np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8)
    return OpenedFrame(
        FrameFeatures(arrays.get("pixels", none[0]), arrays.get("marks", none[1])),
        arrays.get("small", np.empty((0, 0), np.float32)),
        facts.get("columns", 0),
        facts.get("rows", 0),
        facts.get("decoder", ""),
        facts.get("accuracy_c"),
        facts.get("parameters", {}),
        facts.get("problem", ""),
    )


def celsius_of(path: str, parameters: ThermalParameters | None) -> Celsius:
    """Temperatures of a frame, from memory when it was opened a moment ago. Raises ReadError."""
    return _celsius(path, stamp_of(Path(path)), parameters)


@lru_cache(maxsize=_FRAMES_IN_MEMORY)
def _celsius(
    path: str, stamp: tuple[str, int, int], parameters: ThermalParameters | None
) -> Celsius:
    return open_thermal_image(Path(path), parameters=parameters).celsius(parameters)


def forget_frames() -> None:
    """Give the memory of `celsius_of` back when a flight is done."""
    _celsius.cache_clear()
