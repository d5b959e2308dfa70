"""Views of the project by name: kept, gone to, renamed and deleted, each with undo."""

from __future__ import annotations

import math
from dataclasses import replace

from gisapp.model.bookmark import Bookmark
from gisapp.model.crs import transform_point
from gisapp.model.edit import BookmarksEdit
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.render.camera import Camera


def bookmark_of(name: str, camera: Camera) -> Bookmark:
    return Bookmark(name, camera.center, camera.scale, camera.rotation, camera.crs)


def camera_at(bookmark: Bookmark, like: Camera) -> Camera | None:
    """The view in the system and the size of another camera; None where that cannot show it."""
    center = transform_point(bookmark.center, bookmark.crs, like.crs)
    if not all(map(math.isfinite, center)) or not 0 < bookmark.scale < math.inf:
        return None
    moved = replace(like, center=center, rotation=bookmark.rotation % 360)
    return moved.at_scale(bookmark.scale)


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
