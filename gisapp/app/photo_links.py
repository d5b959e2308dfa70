"""Photos that are named in a project and do not lie in its folder, or not as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gisapp.io.photo_batch import relink_photos
from gisapp.io.photo_files import hash_of, photo_path
from gisapp.io.project_file import ProjectFile
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr


@dataclass(frozen=True, slots=True)
class PhotoLink:
    """A photo of the register: its file in the project, its name where it came from, its bytes.
    `source`: where it was found again."""

    sha256: str
    file: str
    name: str
    bytes: int
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class FoundAgain:
    found: tuple[PhotoLink, ...]
    missing: tuple[PhotoLink, ...]


def broken_links(file: ProjectFile, progress: Progress) -> list[PhotoLink]:
    """Photos whose file is missing or was changed; every file is read. On any thread."""
    broken = []
    links = [PhotoLink(*row) for row in file.registered_photos()]
    for number, link in enumerate(links):
        progress.report(number / len(links), tr("Looking at the photos"))
        try:
            if hash_of(photo_path(file.folder, link.file)) == link.sha256:
                continue
        except ReadError:
            continue  # a name nobody wrote through this program: said by the check
        except OSError:
            pass
        broken.append(link)
    return broken


def bring_back_photos(file: ProjectFile, sources: Sequence[Path], progress: Progress) -> FoundAgain:
    """Copy photos that are missing from wherever they lie now, known by their bytes."""
    broken = broken_links(file, progress)
    wanted = {link.sha256: (link.file, link.bytes) for link in broken}
    found = relink_photos(file.folder, wanted, list(sources)) if wanted else {}
    again = tuple(
        PhotoLink(link.sha256, link.file, link.name, link.bytes, found[link.sha256])
        for link in broken
        if link.sha256 in found
    )
    return FoundAgain(again, tuple(link for link in broken if link.sha256 not in found))
