"""A night's mosaics, several at a time; what is done is not done again after a stop of any kind."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisapp.api import (
    Cancelled,
    FeatureSet,
    GisError,
    ParameterError,
    Progress,
    WriteError,
    open_raster,
    read_flight,
    tr,
    transform,
    write_file,
)

from .candidate import VERSION, Candidate, candidate_from
from .field_settings import FieldSettings
from .finding import Found, find_in_flight, find_in_mosaic, threads
from .mosaic import mosaic_of
from .results import write_results
from .water_source import WaterSource, water_from

PARTS = "parts"
NOTHING = Found((), "", {})  # of a night whose finds are listed with the first


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, the same for all mosaics. jobs: mosaics at once, 0: as many as help.
    together: the mosaics show one place on several nights, and are looked at as one."""

    settings: FieldSettings
    unit: str = ""
    width_m: float = 0.0
    placement_m: float = 3.0
    jobs: int = 0
    together: bool = False


@dataclass(frozen=True, eq=False)
class Verdict:
    """What became of one file: done, kept (from an earlier run), or refused with the reason."""

    file: Path
    verdict: str
    found: Found | None
    message: str = ""
    hint: str = ""

    def row(self) -> dict[str, Any]:
        facts = {} if self.found is None else self.found.facts
        own = () if self.found is None else self.found.candidates
        return {
            "file": self.file.name,
            "verdict": self.verdict,
            "message": self.message,
            "hint": self.hint,
            "candidates": sum(c.status == "candidate" for c in own),
            "rejected": sum(c.status == "rejected" for c in own),
            "notes": [] if self.found is None else list(self.found.notes),
            **facts,
        }


class _Watch:
    """The progress of all files together; stops all of them when it is stopped."""

    def __init__(self, progress: Progress, count: int) -> None:
        self._progress, self._count = progress, max(1, count)
        self._done = [0.0] * count
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def report(self, number: int, part: float, name: str) -> None:
        if self.stopped.is_set():
            raise Cancelled
        with self._lock:
            self._done[number] = max(self._done[number], part)
            try:
                self._progress.report(sum(self._done) / self._count, name)
            except BaseException:
                self.stopped.set()
                raise


def run_night(
    files: Sequence[Path],
    water: FeatureSet | None,
    output: Path,
    order: Order,
    progress: Progress,
) -> tuple[Verdict, ...]:
    """Search every file (mosaics, or flight.json) and write candidates.gpkg, candidates.json,
    summary.json and cut-outs into the folder `output`.

    A file that cannot be searched is refused in its verdict; the others are done. Raises
    WriteError, ParameterError where no file is given, Cancelled.
    """
    if not files:
        raise ParameterError(
            tr("No mosaic is given"), hint=tr("Give GeoTIFFs of temperatures, or a flight.json.")
        )
    for folder in (output, output / PARTS, output / "cutouts"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(
                tr("{folder} cannot be made").format(folder=folder), hint=error.strerror or ""
            ) from error
    if order.together and len(files) > 1:
        ordered = _together(files, water, output, order, progress)
        return _written(ordered, output, order)
    jobs = order.jobs or max(1, min(len(files), threads()))
    watch = _Watch(progress, len(files))
    stems = _stems(files)

    def work(number: int) -> Verdict:
        return _one(files[number], stems[number], water, output, order,
                    lambda part: watch.report(number, part, files[number].name),
                    max(1, threads() // jobs))  # fmt: skip

    verdicts: dict[int, Verdict] = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(work, number): number for number in range(len(files))}
        try:
            for future in as_completed(running):
                verdicts[running[future]] = future.result()
                watch.report(running[future], 1.0, files[running[future]].name)
        except BaseException:
            watch.stopped.set()
            for future in running:
                future.cancel()
            raise
    return _written(tuple(verdicts[number] for number in range(len(files))), output, order)


def _written(ordered: tuple[Verdict, ...], output: Path, order: Order) -> tuple[Verdict, ...]:
    crs, candidates = gathered([v.found for v in ordered if v.found is not None])
    write_results(output, candidates, crs, _said(order), [v.row() for v in ordered])
    return ordered


def _together(
    files: Sequence[Path], water: FeatureSet | None, output: Path, order: Order, progress: Progress
) -> tuple[Verdict, ...]:
    """All nights as one search, under the name of the first that can be read; the others say so."""
    rasters: dict[Path, Any] = {}
    refused: dict[Path, Verdict] = {}
    try:
        for file in files:
            try:
                if file.suffix.lower() == ".json":
                    raise ParameterError(
                        tr("{file} is a flight: its frames are fused anyway").format(
                            file=file.name
                        ),
                        hint=tr("Give mosaics of several nights, or search it alone."),
                    )
                _key(file, water, order)
                raster = open_raster(file)
                rasters[file] = raster, mosaic_of(raster, order.unit)
            except GisError as error:
                refused[file] = Verdict(file, "refused", None, error.message, error.hint)
        ready = list(rasters)
        if not ready:
            return tuple(refused[file] for file in files)
        first, stem = ready[0], f"{_stems(files)[files.index(ready[0])]}-together"
        key = "+".join(_key(file, water, order) for file in ready)
        found, verdict = _kept(output / PARTS / f"{stem}.json", key, output), "kept"
        if found is None:
            mosaics = [mosaic for _, mosaic in rasters.values()]
            source = None if water is None else water_from(water, mosaics[0].crs, order.width_m)
            found, verdict = find_in_mosaic(
                mosaics[0], source, order.settings,
                lambda part: progress.report(part, tr("All nights together")), stem,
                lambda name, picture: write_file(output / name, picture), threads(), mosaics[1:],
            ), "done"  # fmt: skip
            _keep(output / PARTS / f"{stem}.json", key, found)
    except WriteError:
        raise
    except GisError as error:
        said = {f: Verdict(f, "refused", None, error.message, error.hint) for f in rasters}
        return tuple((refused | said)[file] for file in files)
    finally:
        for raster, _ in rasters.values():
            raster.close()
    done = {f: Verdict(f, verdict, found if f == first else NOTHING) for f in ready}
    return tuple((refused | done)[file] for file in files)


def _said(order: Order) -> dict[str, Any]:
    said = {**asdict(order.settings), "width_m": order.width_m, "placement_m": order.placement_m}
    return {**said, "together": True} if order.together else said


def _stems(files: Sequence[Path]) -> list[str]:
    """A name for each file that no other has."""
    out: list[str] = []
    for file in files:
        stem = file.parent.name or "flight" if file.suffix.lower() == ".json" else file.stem
        name, number = stem, 2
        while name in out:
            name, number = f"{stem}-{number}", number + 1
        out.append(name)
    return out


def _one(
    file: Path, stem: str, water: FeatureSet | None, output: Path, order: Order, report: Any,
    at_once: int,
) -> Verdict:  # fmt: skip
    try:
        key = _key(file, water, order)
        kept = _kept(output / PARTS / f"{stem}.json", key, output)
        if kept is not None:
            return Verdict(file, "kept", kept)

        def draw(name: str, picture: bytes) -> None:
            write_file(output / name, picture)

        if file.suffix.lower() == ".json":
            found = _flight(file, stem, water, order, report, draw, at_once)
        else:
            raster = open_raster(file)
            try:
                mosaic = mosaic_of(raster, order.unit)
                source = None if water is None else water_from(water, mosaic.crs, order.width_m)
                found = find_in_mosaic(mosaic, source, order.settings, report, stem, draw, at_once)
            finally:
                raster.close()
        _keep(output / PARTS / f"{stem}.json", key, found)
        return Verdict(file, "done", found)
    except WriteError:
        raise
    except GisError as error:
        return Verdict(file, "refused", None, error.message, error.hint)


def _flight(
    file: Path, stem: str, water: FeatureSet | None, order: Order, report: Any, draw: Any,
    at_once: int,
) -> Found:  # fmt: skip
    if water is None:
        raise ParameterError(
            tr("Frames need to be told where the water is"), hint=tr("Give it with --water.")
        )
    source: WaterSource = water_from(water, read_flight(file).crs, order.width_m)
    return find_in_flight(
        file, source, order.settings, order.placement_m, report, stem, draw, at_once
    )


def _key(file: Path, water: FeatureSet | None, order: Order) -> str:
    """What the result of a file depends on."""
    try:
        facts = file.stat()
    except OSError as error:
        raise ParameterError(
            tr("{file} is not there").format(file=file), hint=error.strerror or ""
        ) from error
    shape = hashlib.sha256()
    if water is not None:
        coords = np.ascontiguousarray(water.shapes_in(water.crs).coords, np.float64)
        shape.update(coords.tobytes())
        shape.update(water.crs.encode())
    said = [VERSION, str(file.resolve()), facts.st_size, facts.st_mtime_ns, _said(order),
            order.unit, shape.hexdigest()]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _keep(path: Path, key: str, found: Found) -> None:
    """Written last, whole or not at all: what is there was finished."""
    parameters = found.candidates[0].parameters if found.candidates else ""
    data = {
        "key": key,
        "crs": found.crs,
        "facts": found.facts,
        "notes": list(found.notes),
        "parameters": parameters,
        "candidates": [c.row() for c in found.candidates],
    }
    write_file(path, json.dumps(data, ensure_ascii=False).encode())


def _kept(path: Path, key: str, output: Path) -> Found | None:
    try:
        data = json.loads(path.read_bytes())
        if data["key"] != key:
            return None
        own = tuple(candidate_from(row, data["parameters"]) for row in data["candidates"])
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.ShapelyError):
        return None
    if not all((output / c.cutout).is_file() for c in own):
        return None
    return Found(own, data["crs"], data["facts"], tuple(data["notes"]))


def gathered(every: Sequence[Found]) -> tuple[str, list[Candidate]]:
    """All candidates in the system of the first, those to look at before the rejected ones."""
    crs = every[0].crs if every else ""
    out: list[Candidate] = []
    for found in every:
        for c in found.candidates:
            out.append(c if found.crs == crs else _moved(c, found.crs, crs))
    return crs, sorted(out, key=lambda c: c.status == "rejected")


def _moved(candidate: Candidate, source: str, target: str) -> Candidate:
    def move(coords: Any) -> Any:
        return transform(np.asarray(coords, np.float64), source, target)

    x, y = move([(candidate.x, candidate.y)])[0]
    outline = shapely.transform(candidate.outline, move)
    return replace(candidate, x=float(x), y=float(y), outline=outline)
