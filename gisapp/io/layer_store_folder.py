"""Where prepared layers are kept: which file belongs to which source, and how many may stay."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp import __version__
from gisapp.io.array_file import is_in_use
from gisapp.io.layer_store import Fingerprint, open_layer, write_layer
from gisapp.io.safe_path import existing_file
from gisapp.model.detail import Detail
from gisapp.model.errors import GisError, WriteError
from gisapp.model.features import Features
from gisapp.model.progress import Progress

ENDING = ".layer"
LIMIT = 4 * 1024**3  # bytes of all prepared layers in one folder
READING = 1  # raise it when a reader or the making of details begins to give something else
LEFT_BEHIND = 3600.0  # seconds after which a file half written is nobody's any more
BESIDE = (".dbf", ".shx", ".prj", ".cpg", ".DBF", ".SHX", ".PRJ", ".CPG")
LOGS = ("-wal", "-journal")  # of a GeoPackage that another program is writing


def fingerprint(
    path: Path, name: str, form: str, options: Mapping[str, str], crs: str
) -> Fingerprint | None:
    """What a prepared layer was made of, as plain values; None for a file that is not there.

    name: the path as the project has it, so that a project that is moved keeps what it prepared.
    form: of the reader. crs: the map's.
    """
    beside = [path.with_suffix(ending) for ending in BESIDE] if form == "shapefile" else []
    beside += [path.with_name(path.name + ending) for ending in LOGS]
    try:
        found = existing_file(path)
        sizes = [_size(found), *(_size(side) for side in beside if side.is_file())]
    except (GisError, OSError):
        return None
    facts = {
        "name": name,
        "format": form,
        "options": dict(sorted(options.items())),
        "map": crs,
        "files": sizes,
        "reading": f"{__version__}/{READING}",
    }
    return json.loads(json.dumps(facts))  # type: ignore[no-any-return]


def _size(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.name, status.st_size, status.st_mtime_ns


def places(project: Path | None) -> tuple[Place, ...]:
    """Where to look and write, the best one first: in the project, else in the user's cache."""
    own = () if project is None else (Place(project / "cache" / "layers"),)
    whose = "" if project is None else str(project.absolute())
    return *own, Place(_user_cache() / "gisapp" / "layers", whose)


def _user_cache() -> Path:
    given = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or ""
    if given and Path(given).is_absolute():
        return Path(given)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of prepared layers; `whose` tells projects that share it from each other."""

    folder: Path
    whose: str = ""

    def path(self, made_of: Fingerprint) -> Path:
        """The first part of the name says which source, options and map system; the second, in
        which state the source is."""
        source = {key: made_of[key] for key in ("name", "format", "options", "map")}
        return self.folder / f"{_short(source, self.whose)}-{_short(made_of)}{ENDING}"


class LayerStore:
    """Prepared layers in some folders. Safe to use from several threads and programs at once:
    files are never changed, only added and taken away."""

    def __init__(self, places: Sequence[Place], limit: int = LIMIT) -> None:
        self._places, self._limit = tuple(places), limit

    def ready(self, made_of: Fingerprint) -> Features | None:
        """The layer, ready for the map's system; None if it is still to be prepared."""
        for place in self._places:
            path = place.path(made_of)
            features = open_layer(path, made_of)
            if features is not None:
                with suppress(OSError):
                    os.utime(path)  # used last now; read-only folders keep their order
                return features
        return None

    def write(
        self,
        made_of: Fingerprint,
        features: Features,
        crs: str,
        detail: Detail | None,
        progress: Progress,
    ) -> None:
        """Raises WriteError when no place takes it; nothing half written is left."""
        failed: WriteError | None = None
        for place in self._places:
            path = place.path(made_of)
            try:
                write_layer(path, made_of, features, crs, detail, progress)
            except WriteError as error:
                failed = failed or error
                continue
            self._tidy(place.folder, path)
            return
        if failed is not None:
            raise failed

    def _tidy(self, folder: Path, newest: Path) -> None:
        """Take away older ones of the same source, what was left half written, and what was not
        used for longest beyond the limit. What cannot be removed now is removed another time."""
        source = newest.name.split("-")[0]
        kept = []
        for path in folder.iterdir():
            with suppress(OSError):
                status = path.stat()
                if path.suffix == ".new":
                    if time.time() - status.st_mtime > LEFT_BEHIND:
                        path.unlink()
                elif path.suffix != ENDING or path == newest:
                    continue
                elif path.name.startswith(f"{source}-"):
                    path.unlink()
                else:
                    kept.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in kept) + newest.stat().st_size
        for _, size, path in sorted(kept):
            if total <= self._limit:
                return
            if not is_in_use(path):
                with suppress(OSError):
                    path.unlink()
                    total -= size


def _short(facts: Mapping[str, Any], whose: str = "") -> str:
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False) + whose
    return hashlib.sha256(text.encode()).hexdigest()[:20]
