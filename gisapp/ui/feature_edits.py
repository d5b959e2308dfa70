"""What the feature panel does to a table: each gesture one edit, and no question asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gisapp.app.feature_words import feature_title
from gisapp.app.jobs import Job
from gisapp.model.edit import change_feature, delete_features
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress, track
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.photo_strip import photo_names

PHOTOS = "photos"  # the field with the names of a feature's photos


def change(context: WindowContext, layer: Layer, fid: FeatureId, field: Field, value: Any) -> None:
    """One field of one feature."""
    store = context.workspace.store
    table = store.project.table_of(layer)
    if table is not None and fid in table:
        title = feature_title(layer, table, fid)
        words = tr("{field} of {feature}").format(field=field.caption, feature=title)
        store.apply(change_feature(words, table, fid, {field.name: value}))


def delete(context: WindowContext, layer: Layer, fids: Sequence[FeatureId]) -> None:
    """At once; the message that says so brings them back."""
    store = context.workspace.store
    table = store.project.table_of(layer)
    there = tuple(fid for fid in fids if table is not None and fid in table)
    if table is None or not there:
        return
    if len(there) == 1:
        title = feature_title(layer, table, there[0])
        words = tr("Delete {feature}").format(feature=title)
        done = tr("{feature} was deleted").format(feature=title)
    else:
        words = tr("Delete {n} features").format(n=len(there))
        done = tr("{n} features were deleted").format(n=len(there))
    store.apply(delete_features(words, table, there))
    context.say_done(done, "deleted")


def add_photos(context: WindowContext, layer: Layer, fid: FeatureId, paths: Sequence[Path]) -> None:
    """Copy pictures into the project, in the background, then list them at the feature."""
    session = context.session
    if session is None:
        return

    def work(progress: Progress) -> list[str]:
        steps = track(paths, len(paths), progress, tr("Copying photos"))
        return [session.file.add_photo(path, layer.source.path, fid).file for path in steps]

    job = Job(tr("Copying photos"), work)
    job.done.subscribe(lambda names: list_photos(context, layer, fid, names))
    context.jobs.start(job)


def list_photos(context: WindowContext, layer: Layer, fid: FeatureId, names: Sequence[str]) -> None:
    """Photos that lie in the project now belong to this feature."""
    store = context.workspace.store
    table = store.project.table_of(layer)
    row = table.row(fid) if table is not None else None
    if table is None or row is None:
        return
    had = photo_names(row.get(PHOTOS))
    new = [*had, *(name for name in names if name not in had)]
    kept = new if isinstance(row.get(PHOTOS), list) else json.dumps(new)
    words = tr("Photos of {feature}").format(feature=feature_title(layer, table, fid))
    store.apply(change_feature(words, table, fid, {PHOTOS: kept}))
