"""Views of the project by name: kept, gone to, renamed and deleted, each with undo."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gisapp.model.bookmark import Bookmark
from gisapp.model.crs import transform_point
from gisapp.model.edit import BookmarksEdit
from gisapp.model.geometry import Point, Size
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.render.camera import Camera

FURTHEST = 1e10  # map units


def bookmark_of(name: str, camera: Camera) -> Bookmark:
    return Bookmark(name, camera.center, camera.scale, camera.rotation, camera.crs)


def camera_at(bookmark: Bookmark, like: Camera) -> Camera | None:
    """The view in the system and the size of another camera; None where that cannot show it."""
    center = transform_point(bookmark.center, bookmark.crs, like.crs)
    if not is_somewhere(replace(like, center=center, rotation=bookmark.rotation)):
        return None
    moved = replace(like, center=center, rotation=bookmark.rotation % 360)
    found = moved.at_scale(bookmark.scale)
    return found if is_somewhere(found) else None


def is_somewhere(camera: Camera) -> bool:
    """Whether a camera that was read from a file can be drawn with."""
    numbers = (*camera.center, camera.resolution, camera.rotation)
    if not all(map(math.isfinite, numbers)):
        return False
    return max(map(abs, camera.center)) < FURTHEST and 1 / FURTHEST < camera.resolution < FURTHEST


def camera_of_numbers(numbers: Iterable[Any], size: Size, crs: str) -> Camera | None:
    """x, y, resolution and perhaps rotation as they were kept; None when they are none."""
    try:
        x, y, resolution, *turn = map(float, numbers)
    except (TypeError, ValueError):
        return None
    kept = Camera(Point(x, y), resolution, size, crs, rotation=sum(turn))
    return kept if is_somewhere(kept) else None


def free_name(project: Project, wanted: str = "") -> str:
    """The name, or the name with a number when another bookmark has it."""
    taken = {one.name for one in project.bookmarks}
    wanted = wanted.strip()
    if wanted and wanted not in taken:
        return wanted
    numbers = range(2 if wanted else 1, len(taken) + 3)
    words = wanted or tr("View")
    return next(name for n in numbers if (name := f"{words} {n}") not in taken)


def keep_view(project: Project, camera: Camera, name: str = "") -> BookmarksEdit:
    """The view becomes the last bookmark."""
    made = bookmark_of(free_name(project, name), camera)
    label = tr("Bookmark {name}").format(name=made.name)
    return BookmarksEdit(label, project.bookmarks, (*project.bookmarks, made))


def renamed(project: Project, name: str, wanted: str) -> BookmarksEdit | None:
    """None when nothing would change."""
    wanted = wanted.strip()
    if not wanted or wanted == name or all(one.name != name for one in project.bookmarks):
        return None
    wanted = free_name(project, wanted)
    after = (replace(one, name=wanted) if one.name == name else one for one in project.bookmarks)
    label = tr("Rename bookmark {name}").format(name=name)
    return BookmarksEdit(label, project.bookmarks, tuple(after))


def removed(project: Project, name: str) -> BookmarksEdit | None:
    left = tuple(one for one in project.bookmarks if one.name != name)
    if len(left) == len(project.bookmarks):
        return None
    return BookmarksEdit(tr("Delete bookmark {name}").format(name=name), project.bookmarks, left)


def bookmark_named(project: Project, name: str) -> Bookmark | None:
    return next((one for one in project.bookmarks if one.name == name), None)
