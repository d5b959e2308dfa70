"""The files of a mosaic: found in a folder, looked at, and what fits together kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gisapp.io.gathered import MissingCrsError
from gisapp.io.raster import GridFile, open_raster
from gisapp.io.raster_handles import Handles
from gisapp.model.crs import transform_extent
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.progress import Progress
from gisapp.model.text import tr

TOLD = ("band", "unit", "resampling", "thermal_unit", "nodata")  # to each file
PATTERNS = (".tif", ".tiff")
MOST = 20_000  # files
READERS = 4  # threads that look at files
SHOWN = 3  # files named in one warning


@dataclass(frozen=True, eq=False)
class Member:
    """One file; extent in the system of the mosaic."""

    grid: GridFile
    extent: Extent


@dataclass(frozen=True, eq=False)
class Members:
    """What a mosaic is made of, from the bottom to the top, and what was left out and why."""

    crs: str
    listed: tuple[Member, ...]
    warnings: tuple[str, ...]


def files_of(folder: Path | str, options: Mapping[str, str]) -> list[Path]:
    """The GeoTIFFs of a folder. Option `files`: only these names, parted by "/".

    Raises ReadError for addresses, for what is no folder, and when there is none in it.
    """
    text = str(folder)
    place = Path(folder).absolute()
    if text.startswith("/vsi") or "://" in text or not place.is_dir():
        raise ReadError(
            tr("{path} is not a folder on this computer").format(path=text[:80]),
            hint=tr("Choose the folder with the files of the mosaic."),
        )
    if wanted := options.get("files"):
        found = [place / name for name in wanted.split("/") if name]
    else:
        try:
            found = [f for f in place.iterdir() if f.suffix.lower() in PATTERNS]
        except OSError as error:
            raise ReadError(
                tr("{file} cannot be read: {reason}").format(file=text, reason=error.strerror),
                hint=tr("Check that you may read it and that the disk is still connected."),
            ) from error
        found = [f for f in found if not f.name.startswith(".")]
    if not found or len(found) > MOST:
        raise ReadError(
            tr("{folder} holds {n} GeoTIFFs").format(folder=place.name, n=len(found)),
            hint=tr("A mosaic has from 1 to {n}.").format(n=MOST),
        )
    return sorted(found)


def members_of(
    files: list[Path], options: Mapping[str, str], handles: Handles, progress: Progress
) -> Members:
    """Look at all files, some at a time. Raises ReadError when none can be shown."""
    told = {k: v for k, v in options.items() if k in TOLD}
    wrong: list[tuple[str, str]] = []  # file, why

    def look(file: Path) -> GridFile | GisError:
        try:
            return open_raster(file, options=told, handles=handles, kept_bytes=0)
        except MissingCrsError as error:
            if not options.get("crs"):
                return error
        except GisError as error:
            return error
        try:
            said = {**told, "crs": options["crs"]}
            return open_raster(file, options=said, handles=handles, kept_bytes=0)
        except GisError as error:
            return error

    grids: list[GridFile] = []
    first: GisError | None = None
    with ThreadPoolExecutor(READERS, thread_name_prefix="mosaic") as pool:
        for done, (file, found) in enumerate(zip(files, pool.map(look, files), strict=True)):
            progress.report(done / len(files))
            if isinstance(found, GridFile):
                grids.append(found)
            else:
                first = first or found
                wrong.append((file.name, tr("cannot be read")))
    if not grids:
        if first is not None and (len(files) == 1 or isinstance(first, MissingCrsError)):
            raise first
        raise ReadError(
            tr("None of the {n} files can be shown").format(n=len(files)),
            hint=first.message if first is not None else "",
        )
    grids, others = _alike(grids)
    wrong += others
    if options.get("order") == "newest":
        grids.sort(key=lambda grid: (grid.path.stat().st_mtime_ns, grid.path.name))
    crs = Counter(grid.crs for grid in grids).most_common(1)[0][0]
    listed = []
    for grid in grids:
        try:
            listed.append(Member(grid, transform_extent(grid.extent, grid.crs, crs)))
        except GisError:
            wrong.append((grid.path.name, tr("lies where the others cannot be shown")))
    damage = [words for member in listed for words in member.grid.warnings]
    return Members(crs, tuple(listed), (*_words(wrong), *damage[:SHOWN]))


def _alike(grids: list[GridFile]) -> tuple[list[GridFile], list[tuple[str, str]]]:
    """Those of the commonest kind and unit, and why the others are left out."""
    kind = Counter(grid.is_picture for grid in grids).most_common(1)[0][0]
    reason = tr("holds values, not a picture") if kind else tr("is a picture, not values")
    wrong = [(grid.path.name, reason) for grid in grids if grid.is_picture is not kind]
    kept = [grid for grid in grids if grid.is_picture is kind]
    unit = Counter(grid.unit for grid in kept).most_common(1)[0][0]
    wrong += [
        (grid.path.name, tr("has the unit {unit}").format(unit=grid.unit or "–"))
        for grid in kept
        if grid.unit != unit and not kind
    ]
    return [grid for grid in kept if kind or grid.unit == unit], wrong


def _words(wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    """A sentence for each reason, with the first files by name."""
    said = []
    for reason in dict.fromkeys(why for _, why in wrong):
        names = [name for name, why in wrong if why == reason]
        listed = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        words = tr("Left out of the mosaic ({n}, {reason}): {names}")
        said.append(words.format(n=len(names), reason=reason, names=listed))
    return tuple(said)
