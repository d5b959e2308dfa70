"""A folder that a search for suspected outfalls wrote, read again and checked."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from gisapp.io.map_file import write_file
from gisapp.io.project_database import write_error
from gisapp.model.crs import checked
from gisapp.model.errors import GisError, ReadError
from gisapp.model.text import tr

RESULT, SUMMARY = "candidates.json", "summary.json"
KEPT = "data/candidates"  # in the project: cut-outs by run
LARGEST = 200 << 20  # bytes of a result
LARGEST_PICTURE = 16 << 20
MOST = 50_000  # candidates
_NUMBERS = ("x", "y", "delta_t_c", "area_m2", "sigma_m2c", "z", "length_m", "bearing")
_TEXTS = ("id", "kind", "status", "bank", "towards", "mosaic", "cutout")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class FoundCandidate:
    """One find of a search, in the system of its run. Contrasts are negative where it is cooler.

    profile: metres from the source and °C above the water around. cutout: a picture, None where
    there is none. provenance: decoder, accuracy_c and parameters as far as they were said.
    """

    id: str
    kind: str  # warm, cold
    status: str  # candidate, rejected
    x: float
    y: float
    delta_t_c: float
    area_m2: float
    sigma_m2c: float
    z: float
    length_m: float
    bearing: float
    bank: str
    towards: str
    reasons: tuple[str, ...]
    mosaic: str
    frames: int
    profile: tuple[tuple[float, float], ...]
    outline: Any = field(repr=False)  # shapely
    cutout: Path | None
    provenance: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundRun:
    """What a search found. reasons: words by code. notes: what was taken for granted."""

    crs: str
    candidates: tuple[FoundCandidate, ...]
    settings: Mapping[str, Any]
    reasons: Mapping[str, str]
    files: tuple[str, ...]
    water: str
    notes: tuple[str, ...]


def read_run(folder: Path) -> FoundRun:
    """What `gisapp detect` wrote into a folder. Raises ReadError that says what is wrong."""
    path = folder / RESULT
    data = _json(path)
    rows = data.get("candidates")
    crs = data.get("crs")
    if not isinstance(rows, list) or not isinstance(crs, str) or len(rows) > MOST:
        raise _misfit(path, tr("it holds no list of candidates"))
    if rows:
        try:
            checked(crs)
        except GisError as error:
            raise _misfit(path, error.message) from error
    summary = _json(folder / SUMMARY) if (folder / SUMMARY).is_file() else {}
    listed = summary.get("files")
    files = [f for f in listed if isinstance(f, dict)] if isinstance(listed, list) else []
    by_name = {str(one.get("file")): one for one in files}
    found = []
    for number, row in enumerate(rows):
        try:
            found.append(_candidate(row, folder, by_name))
        except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
            raise _misfit(
                path, tr("candidate {n}: {why}").format(n=number + 1, why=error)
            ) from error
    settings, reasons = data.get("settings"), data.get("reasons")
    return FoundRun(
        crs,
        tuple(found),
        settings if isinstance(settings, dict) else {},
        {str(k): str(v) for k, v in reasons.items()} if isinstance(reasons, dict) else {},
        tuple(by_name) or tuple(dict.fromkeys(one.mosaic for one in found)),
        next((str(one["water"]) for one in files if one.get("water")), ""),
        tuple(dict.fromkeys(str(n) for one in files for n in one.get("notes") or ())),
    )


def keep_cutouts(project: Path, run: str, pictures: Iterable[tuple[str, Path]]) -> None:
    """Copy cut-outs into the project: `data/candidates/<run>/<name>.png`. A picture that has gone
    or is none is left out. Raises WriteError."""
    place = project / KEPT / run
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(error, place) from error
    for name, source in pictures:
        content = picture_bytes(source)
        if content:
            write_file(cutout_path(project, run, name), content)


def cutout_path(project: Path, run: str, name: str) -> Path:
    """Where the cut-out of a candidate lies in a project."""
    for part in (run, name):
        if not part or any(c in part for c in "/\\:") or part.startswith("."):
            raise ReadError(tr("{name} is not the name of a run or candidate").format(name=part))
    return project / KEPT / run / f"{name}.png"


def picture_bytes(path: Path) -> bytes:
    """A PNG as it is; empty where there is none."""
    try:
        if path.stat().st_size > LARGEST_PICTURE:
            return b""
        content = path.read_bytes()
    except OSError:
        return b""
    return content if content.startswith(_PNG) else b""


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise _misfit(path, tr("it is too large"))
        data = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ReadError(
            tr("{folder} holds no {file}").format(folder=path.parent.name, file=path.name),
            hint=tr("Choose the folder that a search has written (gisapp detect … --output)."),
        ) from error
    except OSError as error:
        raise ReadError(
            tr("{file} cannot be read").format(file=path), hint=error.strerror or ""
        ) from error
    except (ValueError, RecursionError) as error:
        raise _misfit(path, tr("it is no JSON")) from error
    if not isinstance(data, dict):
        raise _misfit(path, tr("it holds no list of candidates"))
    return data


def _candidate(row: Any, folder: Path, files: Mapping[str, Any]) -> FoundCandidate:
    if not isinstance(row, dict):
        raise TypeError(tr("no values"))
    numbers: dict[str, Any] = {name: float(row[name]) for name in _NUMBERS}
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError(tr("a number is missing"))
    texts: dict[str, Any] = {name: str(row.get(name) or "") for name in _TEXTS}
    if texts["kind"] not in ("warm", "cold") or texts["status"] not in ("candidate", "rejected"):
        raise ValueError(tr("neither warm nor cold, neither candidate nor rejected"))
    outline = shapely.from_wkt(str(row.get("outline") or "POLYGON EMPTY"))
    cutout = texts.pop("cutout")
    facts = files.get(texts["mosaic"]) or (next(iter(files.values())) if len(files) == 1 else {})
    return FoundCandidate(
        **numbers,
        **texts,
        reasons=tuple(str(code) for code in row.get("reasons") or ()),
        frames=int(row.get("frames") or 0),
        profile=tuple((float(a), float(b)) for a, b in row.get("profile") or ()),
        outline=outline,
        cutout=_inside(folder, cutout),
        provenance={
            name: facts[name]
            for name in ("decoder", "accuracy_c", "parameters", "taken", "unit")
            if facts.get(name) not in (None, "")
        },
    )


def _inside(folder: Path, name: str) -> Path | None:
    """A file of the folder itself; a name that leads elsewhere is none."""
    if not name:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.suffix == ".png" else None


def _misfit(path: Path, why: str) -> ReadError:
    return ReadError(
        tr("{file} is no result of a search: {why}").format(file=path.name, why=why),
        hint=tr("Choose the folder that a search has written (gisapp detect … --output)."),
    )
